// The tests of several rules on one text, as code: what they say is what each atom says by itself.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { holdsOf } from "../../../vm/policy/atoms.ts";
import { TextTests } from "../../../vm/policy/code-texts.ts";
import type { AtomTest } from "../../../vm/policy/table.ts";

type TextTest = Extract<AtomTest, { kind: "in" | "starts_with" | "ends_with" }>;

/** The bits of the tests that hold, as the code says; `key`: the candidates before. `first`: written for a key of all rules. */
function codeOf(tests: readonly TextTest[], first = false): (text: string, key: number) => number {
  const all = new TextTests();
  for (const [rule, test] of tests.entries()) expect(all.add(1 << rule, test)).toBe(true);
  return new Function("v", "key", `let h = 0;\n${all.text("v", first)}return h;`) as (
    text: string,
    key: number,
  ) => number;
}

const bitsOf = (tests: readonly TextTest[], text: string): number =>
  tests.reduce((bits, test, rule) => (holdsOf(text, test) ? bits | (1 << rule) : bits), 0);

// Few units, so that texts are of one length, begin alike, and hold one another.
const text = fc.string({ unit: fc.constantFrom("a", "b", ".", "/", "é", "\u{1f4a1}"), maxLength: 12 });
const test: fc.Arbitrary<TextTest> = fc.record({
  kind: fc.constantFrom("in" as const, "starts_with" as const, "ends_with" as const),
  values: fc.array(text, { maxLength: 4 }),
});

describe("the tests on one text as code", () => {
  it("say what the atoms say", () => {
    const cases = fc.tuple(fc.array(test, { minLength: 1, maxLength: 8 }), fc.array(text, { maxLength: 8 }));
    fc.assert(
      fc.property(cases, fc.nat(255), ([tests, others], key) => {
        const code = codeOf(tests);
        const first = codeOf(tests, true);
        const parts = tests.flatMap(({ values }) => values as readonly string[]);
        for (const each of [
          ...others,
          ...parts,
          ...parts.flatMap((a) => [`${a}b`, `b${a}`, a.slice(1), a.slice(0, -1)]),
        ]) {
          const wanted = bitsOf(tests, each);
          expect(code(each, 255), each).toBe(wanted);
          expect(first(each, 255), each).toBe(wanted);
          // Rules that are no candidates any more may be left out, and no others are.
          expect(code(each, key) & key, each).toBe(wanted & key);
        }
      }),
      { numRuns: 150 },
    );
  });
  it("take one test of a rule, and only tests on texts", () => {
    const tests = new TextTests();
    expect(tests.add(1, { kind: "in", values: ["a", 1] })).toBe(false);
    expect(tests.add(1, { kind: "present" })).toBe(false);
    expect(tests.add(1, { kind: "in", values: ["a"] })).toBe(true);
    expect(tests.add(1, { kind: "ends_with", values: ["a"] })).toBe(false);
    expect(tests.add(2, { kind: "ends_with", values: ["a"] })).toBe(true);
    expect(tests.rules).toBe(3);
  });
});
