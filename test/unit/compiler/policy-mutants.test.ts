// Mutants of policies: tests that say everything notice every one, and what tests leave out is named.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compile } from "../../../compiler/index.ts";
import { mutatePolicy } from "../../../compiler/policy/index.ts";
import { readDocument } from "../../../lang/index.ts";

const TEXT = `policy: shelves
on: {act: [look, lend, burn], grade: int, tags: list(text) up to 8}
obligations: {hold: {minutes: int}}
rules:
  - allow: look
    id: look
    match: {act: [look, burn]}
  - allow: lend
    id: lend
    match: {act: lend, grade: {min: 2}}
    then: {hold: {minutes: 5}}
  - deny: fire
    id: fire
    match: {act: burn}
    unless: any([for t in tags {t == "kiln"}])
`;
const WHOLE = `tests:
  looking: {input: {act: look, grade: 5, tags: []}, expect: {decision: allow, by: [look]}}
  lending: {input: {act: lend, grade: 2, tags: []}, expect: {decision: allow, by: [lend], obligations: [hold]}}
  too low: {input: {act: lend, grade: 1, tags: []}, expect: {decision: deny, by: []}}
  fire: {input: {act: burn, grade: 0, tags: [wood]}, expect: {decision: deny, by: [fire]}}
  nothing tagged: {input: {act: burn, grade: 0, tags: []}, expect: {decision: deny, by: [fire]}}
  kiln: {input: {act: burn, grade: 0, tags: [kiln, wood]}, expect: {decision: allow, by: [look]}}
`;

function mutated(text: string) {
  const { value: document } = readDocument(text, "shelves.yaml");
  const { policy: program, diagnostics } = compile({ name: "shelves.yaml", text });
  if (document?.kind !== "policy" || program === null)
    throw new Error(JSON.stringify(diagnostics.map(({ message }) => message)));
  return mutatePolicy({ document, program });
}
const brief = ({ survived }: ReturnType<typeof mutated>): string[] =>
  survived.map(({ rule, place, what }) => `${rule} ${place.line} ${what}`);

describe("mutants", () => {
  it("whole tests notice every one", () => {
    const report = mutated(TEXT + WHOLE);
    expect(brief(report)).toEqual([]);
    expect(report.killed).toBe(report.mutants);
    expect(report.mutants).toBeGreaterThan(12);
    expect(report.left).toBe(0);
  });

  it.each([
    ["too low", ["lend 10 without `grade: min: 2`"]],
    ["kiln", ["look 7 without value 2 of 2"]],
    ["looking", ["look 7 without value 1 of 2", "lend 10 without `act: lend`"]],
    ["lending", ["lend 8 without the rule", "lend 11 without the obligation `hold`"]],
  ])("without the test `%s` some are not", (name, expected) => {
    const tests = WHOLE.split("\n").filter((line) => !line.startsWith(`  ${name}:`));
    const found = brief(mutated(TEXT + tests.join("\n")));
    expect(found).toEqual(expect.arrayContaining(expected));
  });

  it("edges of bounds, quantifiers, connectives and rows", () => {
    const text = `policy: edges
on: {n: int, m: int, list: list(int) up to 8, day: text}
rules:
  - allow: near
    id: near
    when: n < 3 || m <= 4
  - deny: list
    id: list
    when: any([for x in list {x > 9}])
  - table: rota
    mode: ordered
    rules:
      - deny: sunday
        match: {day: sun}
      - allow: other days
        match: {day: mon}
tests:
  nothing much: {input: {n: 0, m: 0, list: [], day: tue}, expect: allow}
`;
    const found = brief(mutated(text));
    expect(found).toEqual(
      expect.arrayContaining([
        "near 6 `n < 3` when equal, too",
        "near 6 `m <= 4` not when equal",
        "near 6 and in place of or",
        "list 9 `x > 9` when equal, too",
      ]),
    );
    // All of nothing is true: the list of the test is empty.
    expect(found).not.toContain("list 9 all in place of any");
    expect(found.filter((each) => each.startsWith("rota"))).toEqual(
      expect.arrayContaining([
        expect.stringContaining("allow in place of deny"),
        expect.stringContaining("without the row"),
      ]),
    );
  });

  it.each(["plan", "review", "rota", "night-shift", "quota"])("%s has mutants, and its tests notice most", (name) => {
    const text = readFileSync(new URL(`../../corpus/policies/${name}.yaml`, import.meta.url), "utf8");
    const { mutants, killed } = mutated(text);
    expect(mutants).toBeGreaterThan(0);
    expect(killed * 2).toBeGreaterThan(mutants);
  });
});
