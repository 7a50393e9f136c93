// Running the tests of a document: what passes, what fails and where, and the pages of their codes.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compile } from "../../../compiler/index.ts";
import { runScenarios, type ScenarioReport } from "../../../compiler/scenario/index.ts";
import { readDocument, textOf } from "../../../lang/index.ts";

function run(text: string): ScenarioReport {
  const { value: document } = readDocument(text, "agreement.yaml");
  if (document?.kind !== "agreement") throw new Error("unreadable");
  const { program, value, diagnostics } = compile(document);
  if (program === null || value === null) throw new Error(diagnostics.map((each) => each.message).join("\n"));
  return runScenarios({ document, program, module: value.module });
}
const codesOf = (report: ScenarioReport): string[] => report.diagnostics.map((each) => each.code);

const folder = join(import.meta.dirname, "../../../docs/errors/compiler");
describe("error pages about tests", () => {
  for (const file of readdirSync(folder).filter((each) => each.startsWith("test-"))) {
    const word = file.slice(0, -3);
    it(word, () => {
      const example = /```yaml\n([\s\S]*?)```/.exec(readFileSync(join(folder, file), "utf8"))?.[1] ?? "";
      expect(codesOf(run(example))).toEqual([`compiler/${word}`]);
    });
  }
});

const LOAN = `agreement: loan
version: 1.0.0
zone: Europe/Rome
rounding: {money: half-up, days: up}
parties: {lender: Ann, borrower: Ben}
terms: {sum: 100.00 EUR, a_day: 0.33 EUR, day: 2026-03-10}
facts: {given: false, note: text?, at: instant?}
derive: {interest: a_day * 10.1, third: sum / a_day / 7}
accounts: {jar: {asset: EUR, from: borrower, to_begin: 20.00 EUR, returns_to: giver}}
actions:
  give: {who: lender, with: {words: text?}, then: {given: true, note: words, at: now}, give: {when: now}}
  take: {who: borrower, needs: {has_it: given}}
obligations:
  pay_back: {who: borrower, to: lender, must: pay, amount: sum, by: day, late: allowed, else: nothing}
  stay: {who: borrower, to: lender, must: take, by: 2026-04-30, else: nothing}
powers:
  forget: {who: lender, may: end, when: given}
tests:
  t:
`;
const loanWith = (...lines: string[]): ScenarioReport =>
  run(`${LOAN}${lines.map((line) => `    - ${line}\n`).join("")}`);
const at = "2026-03-02T10:00:00Z";

describe("what a test can say", () => {
  const holds: readonly (readonly [string, readonly string[]])[] = [
    ["facts", [`${at}: lender give`, "expect: {given: true, note: unknown, at: 2026-03-02T10:00:00Z}"]],
    ["an instant by its date", [`${at}: lender give`, "expect: {at: 2026-03-02}"]],
    ["an input", [`${at}: {lender: give, words: hello}`, "expect: {note: hello}"]],
    ["terms", [`${at}: lender give`, "expect: {sum: 100.00 EUR, day: 2026-03-10}"]],
    ["a derived amount as it would be shown", [`${at}: lender give`, "expect: {interest: 3.33 EUR}"]],
    ["a quotient to the places written", [`${at}: lender give`, "expect: {third: 43.290}"]],
    ["balances", [`${at}: lender give`, "expect: {held jar: 20.00 EUR}"]],
    ["a deadline by its last day", [`${at}: lender give`, "expect: {pay_back: active, pay_back due: 2026-03-10}"]],
    [
      "a deadline by its instant",
      [`${at}: lender give`, "expect: {pay_back due: 2026-03-10T23:00:00Z, due: 2026-03-10}"],
    ],
    [
      "the amount of a claim",
      [
        `${at}: lender give`,
        "expect: {pay_back amount: 100.00 EUR, pay_back owed: 100.00 EUR, pay_back paid: 0.00 EUR}",
      ],
    ],
    [
      "what is owed",
      [`${at}: lender give`, "expect: {borrower owes lender: 100.00 EUR, lender owes borrower: 0.00 EUR}"],
    ],
    [
      "what was got",
      [`${at}: {borrower: pay, value: 100.00 EUR}`, "expect: {lender got: 100.00 EUR, pay_back: fulfilled}"],
    ],
    [
      "moves",
      [`${at}: {borrower: pay, value: 100.00 EUR}`, "expect: {moves: [pay 100.00 EUR from borrower to lender]}"],
    ],
    ["no moves", [`${at}: lender give`, "expect: {moves: none, tells: none}"]],
    ["what an action gives", [`${at}: lender give`, "expect: {gives when: 2026-03-02T10:00:00Z}"]],
    ["a power", [`${at}: {lender: give}`, "expect: {forget: usable}"]],
    ["a power that cannot be used", ["given: {at: 2026-03-02}", "expect: {forget: not usable}"]],
    [
      "phase and outcome",
      [
        `${at}: lender give`,
        "expect: {phase: active, outcome: none, state: active}",
        "2026-03-03T00:00:00Z: lender forget",
        "expect: {state: ended, outcome: terminated}",
      ],
    ],
    ["a refusal by its kind", [`${at}: borrower give`, "refused: not-the-party"]],
    ["a refusal by its name", [`${at}: borrower take`, "refused: has_it"]],
    ["a refusal by a part of the sentence", [`${at}: borrower take`, "refused: given is false"]],
    ["a stranger", [`${at}: stranger give`, "refused: not-the-party"]],
    ["a wrong sum", [`${at}: {borrower: pay, value: 99.00 EUR}`, "refused: wrong-amount"]],
    ["an input that does not fit", [`${at}: {lender: give, word: hello}`, "refused: invalid-input"]],
    ["nothing due", [`${at}: tick`, "refused: nothing-due"]],
    ["a tick that fires a timer", ["given: {at: 2026-03-02}", "2026-03-11: tick", "expect: {pay_back: violated}"]],
    [
      "signing by hand",
      [
        `${at}: {borrower: sign, value: 20.00 EUR}`,
        "expect: {phase: offered}",
        `${at}: lender sign`,
        "expect: {phase: active}",
      ],
    ],
    [
      "a late payment",
      [
        "given: {at: 2026-03-02}",
        "2026-03-20T00:00:00Z: {borrower: pay, value: 100.00 EUR}",
        "expect: {pay_back: late}",
      ],
    ],
    ["facts given", ["given: {at: 2026-03-02, facts: {given: true}}", `${at}: borrower take`]],
    ["a balance given", ["given: {at: 2026-03-02, accounts: {jar: 7.00 EUR}}", "expect: {held jar: 7.00 EUR}"]],
  ];
  for (const [what, lines] of holds)
    it(what, () => {
      const report = loanWith(...lines);
      expect(report.diagnostics.map((each) => each.message)).toEqual([]);
      expect(report.results.map((each) => each.ok)).toEqual([true]);
    });

  const fails: readonly (readonly [string, readonly string[], string, string, string])[] = [
    ["another value", [`${at}: lender give`, "expect: {given: false}"], "test-expectation", "false", "`true`"],
    [
      "another amount",
      [`${at}: lender give`, "expect: {interest: 3.34 EUR}"],
      "test-expectation",
      "3.34 EUR",
      "`3.33 EUR, rounded as it would be shown`",
    ],
    [
      "another day",
      [`${at}: lender give`, "expect: {pay_back due: 2026-03-11}"],
      "test-expectation",
      "2026-03-11",
      "`2026-03-10`",
    ],
    [
      "another status",
      [`${at}: lender give`, "expect: {pay_back: violated}"],
      "test-expectation",
      "violated",
      "`active`",
    ],
    [
      "another sum owed",
      [`${at}: lender give`, "expect: {borrower owes lender: 1.00 EUR}"],
      "test-expectation",
      "1.00 EUR",
      "`100.00 EUR`",
    ],
    [
      "other moves",
      [`${at}: lender give`, "expect: {moves: [pay 1.00 EUR from a to b]}"],
      "test-expectation",
      "[pay 1.00 EUR from a to b]",
      "none",
    ],
    ["a name with a slip", [`${at}: lender give`, "expect: {givven: true}"], "test-name", "givven", "givven"],
    ["a value of another type", [`${at}: lender give`, "expect: {held jar: 20}"], "test-value", "20", "EUR"],
    ["a time before the last", [`${at}: lender give`, "2026-03-01: tick"], "test-time", "2026-03-01", "2026-03-02"],
    ["a refusal nobody expects", [`${at}: borrower take`], "test-refused", "take", "given is false"],
    [
      "a written term given",
      ["given: {at: 2026-03-02, terms: {sum: 5.00 EUR}}", `${at}: lender give`],
      "test-given",
      "sum",
      "written",
    ],
  ];
  for (const [what, lines, code, place, said] of fails)
    it(`fails: ${what}`, () => {
      const { diagnostics, results } = loanWith(...lines);
      expect(diagnostics.map((each) => each.code)).toEqual([`compiler/${code}`]);
      const [found] = diagnostics;
      expect(found && textOf(found.span)).toBe(place);
      expect(found?.message).toContain(said);
      expect(results[0]?.ok).toBe(false);
    });
});

describe("coverage", () => {
  it("tells what was never reached", () => {
    const { coverage } = loanWith(`${at}: lender give`);
    const missing = (all: readonly { name: string; reached: boolean }[] = []): string[] =>
      all.filter((each) => !each.reached).map((each) => each.name);
    expect(missing(coverage?.met)).toEqual(["pay_back", "stay"]);
    expect(missing(coverage?.broken)).toEqual(["pay_back", "stay"]);
    expect(missing(coverage?.actions)).toEqual(["take"]);
    expect(missing(coverage?.powers)).toEqual(["forget"]);
    const reached = coverage?.expressions.filter((each) => each.reached).map((each) => textOf(each.span)) ?? [];
    expect(reached).toContain("words");
    const never = coverage?.expressions.filter((each) => !each.reached).map((each) => textOf(each.span)) ?? [];
    expect(never).toContain("given");
  });

  it("two runs give the same report", () => {
    const lines = [`${at}: lender give`, "2026-03-11: tick", "expect: {pay_back: violated}"];
    const strip = (report: ScenarioReport): unknown =>
      report.results.map(({ name, ok, fuel, state }) => ({ name, ok, fuel, state }));
    expect(strip(loanWith(...lines))).toEqual(strip(loanWith(...lines)));
  });
});
