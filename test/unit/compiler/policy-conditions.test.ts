// Coverage of conditions: which way each part went in the tests of a policy.
import { describe, expect, it } from "vitest";
import { lcovText } from "../../../cli/lcov.ts";
import { compile } from "../../../compiler/index.ts";
import { coverConditions, runPolicyTests } from "../../../compiler/policy/index.ts";
import { readDocument } from "../../../lang/index.ts";

const TEXT = `policy: shelves
on: {act: [look, lend], items: list(Item) up to 50, card?: text}
types:
  Item: {weight: int}
data: {members: map(bool)}
rules:
  - allow: look
    id: look
    match: {act: look}
  - allow: lend
    id: lend
    match: {act: lend}
    when:
      - data.members[card]
      - len(items) > 0
  - deny: heavy
    id: heavy
    each: {item: items}
    when: item.weight > 20
tests:
  member lends:
    data: {members: {a: true}}
    input: {act: lend, items: [{weight: 1}, {weight: 2}], card: a}
    expect: {decision: allow}
  nobody lends:
    data: {members: {}}
    input: {act: lend, items: [{weight: 1}], card: b}
    expect: {decision: deny, errors: [lend]}
  misfit:
    data: {members: {}}
    input: {act: burn, items: []}
    expect: {decision: deny, errors: [input]}
`;

function coverage(text: string, only?: string) {
  const { value: document } = readDocument(text, "shelves.yaml");
  const { policy: program, value: compiled, diagnostics } = compile({ name: "shelves.yaml", text });
  if (document?.kind !== "policy" || program === null || compiled === null)
    throw new Error(JSON.stringify(diagnostics));
  const input = { document, program, compiled, only };
  const report = runPolicyTests(input);
  expect(report.diagnostics).toEqual([]);
  return { conditions: coverConditions(input), rules: report.coverage };
}

const brief = ({ conditions }: ReturnType<typeof coverage>) =>
  conditions.flatMap(({ rule, parts }) =>
    parts.map((part) => `${rule} ${part.place.line} ${part.text}: ${part.true} ${part.false} ${part.error}`),
  );

describe("conditions in tests", () => {
  it("counts each part true, false and error, and every element", () => {
    expect(brief(coverage(TEXT))).toEqual([
      "heavy 19 item.weight > 20: 0 3 0",
      "lend 12 act: lend: 2 0 0",
      "lend 14 data.members[card]: 1 0 1",
      "lend 15 len(items) > 0: 2 0 0",
      "look 9 act: look: 0 2 0",
    ]);
  });

  it("asks only the tests that were chosen", () => {
    expect(brief(coverage(TEXT, "nobody"))).toContain("lend 14 data.members[card]: 0 0 1");
  });

  it("counts all elements of a long list", () => {
    const items = Array.from({ length: 50 }, (_, i) => `{weight: ${i < 49 ? 30 : 1}}`).join(", ");
    const text = TEXT.replace("items: [{weight: 1}, {weight: 2}], card: a", `items: [${items}], card: a`).replace(
      "expect: {decision: allow}",
      "expect: {decision: deny}",
    );
    expect(brief(coverage(text))).toContain("heavy 19 item.weight > 20: 49 2 0");
  });

  it("is written for lcov: rules are functions, each part a branch with two ways", () => {
    const text = lcovText([coverage(TEXT)]);
    expect(text.split("\n").slice(0, 11)).toEqual([
      "TN:",
      "SF:shelves.yaml",
      "FN:16,heavy",
      "FN:10,lend",
      "FN:7,look",
      "FNDA:0,heavy",
      "FNDA:1,lend",
      "FNDA:0,look",
      "FNF:3",
      "FNH:1",
      "BRDA:19,0,0,0",
    ]);
    expect(text).toContain("BRDA:14,2,0,1\nBRDA:14,2,1,0\n");
    expect(text).toContain("BRF:10\nBRH:5\n");
    expect(text.endsWith("end_of_record\n")).toBe(true);
    const found = [...text.matchAll(/^DA:(\d+),(\d+)$/gm)].map(([, line, hits]) => [Number(line), Number(hits)]);
    expect(found.map(([line]) => line)).toEqual(found.map(([line]) => line).sort((a, b) => a! - b!));
    expect(text).toContain(`LF:${found.length}\nLH:${found.filter(([, hits]) => hits! > 0).length}\n`);
  });

  it("a part nobody asked is written as such", () => {
    expect(
      lcovText([
        coverage(
          TEXT.replaceAll("act: lend, items", "act: burn, items").replaceAll(/expect: .*/g, "expect: {decision: deny}"),
        ),
      ]),
    ).toContain("BRDA:19,0,0,-");
  });
});

describe("an empty list", () => {
  it.each([
    "count(get(tags, [])) == 0",
    'any([for t in get(tags, []) {t == "x"}])',
    "contains(get(tags, []), act)",
    'count(choose(act == "x", [], tags)) == 0',
  ])("stands for a list of anything: %s", (when) => {
    const text = `policy: p\non: {act: text, tags?: list(text)}\nrules:\n  - allow: a\n    when: '${when}'\n`;
    expect(compile({ name: "p.yaml", text }).diagnostics).toEqual([]);
  });
});
