// Our matcher against the RE2 port whose parser we use: generated patterns over generated texts, and steps within the bound.
import fc from "fast-check";
import { RE2JS } from "re2js";
import { describe, expect, it } from "vitest";
import { compilePattern } from "../../vm/pattern.ts";
import { decodeProgram, search, worstSteps } from "../../vm/regex.ts";

const atom = fc.constantFrom(
  "a",
  "b",
  ".",
  "[ab]",
  "[^a]",
  "\\d",
  "\\w",
  "\\s",
  "\\b",
  "\\B",
  "^",
  "$",
  "\\A",
  "\\z",
  "(?i:k)",
  "(?i:S)",
  "x",
  "é",
  "\\n",
  "(?m:^)",
  "(?m:$)",
  "(?s:.)",
  "[[:alpha:]]",
  "\\x41",
);
const pattern = fc.letrec<{ node: string }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4 },
    atom,
    fc.tuple(tie("node"), tie("node")).map(([a, b]) => a + b),
    fc.tuple(tie("node"), tie("node")).map(([a, b]) => `(?:${a}|${b})`),
    fc
      .tuple(tie("node"), fc.constantFrom("*", "+", "?", "*?", "{2}", "{1,3}", "{0}", "{2,}"))
      .map(([a, q]) => `(${a})${q}`),
  ),
})).node;
const text = fc.string({
  unit: fc.constantFrom("a", "b", "x", "k", "K", "\u212a", "s", "\u017f", "é", " ", "\n", "1", "_", "😀", "A"),
  maxLength: 12,
});

describe("patterns", () => {
  it("find what RE2 finds, within the counted bound", () => {
    fc.assert(
      fc.property(pattern, fc.array(text, { minLength: 1, maxLength: 5 }), (source, texts) => {
        let theirs: RE2JS | null = null;
        try {
          theirs = RE2JS.compile(source);
        } catch {}
        const ours = compilePattern(source);
        if (theirs === null || !("pattern" in ours)) {
          // We refuse what RE2 refuses, and beyond it only folding outside ASCII.
          if ("pattern" in ours) throw new Error(`RE2 refuses ${source}`);
          if (theirs !== null) expect(ours.reason).toMatch(/fold/);
          return;
        }
        const decoded = decodeProgram(ours.pattern.program);
        if (!("program" in decoded)) throw new Error(decoded.reason);
        for (const sample of texts) {
          const bound = worstSteps(decoded.program.length, new TextEncoder().encode(sample).length);
          const result = search(decoded.program, sample, bound);
          expect([source, sample, result.found]).toEqual([source, sample, theirs.matcher(sample).find()]);
          expect(result.steps).toBeLessThanOrEqual(bound);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it("refuse what depends on Unicode tables, by name", () => {
    for (const source of ["\\pL", "\\P{Greek}", "(?i)é", "a(?i:\\x{e9})"])
      expect(compilePattern(source)).toHaveProperty("reason");
    for (const source of ["(", "a**", "\\1", "(?=a)", "x{1001}", "[b-a]"])
      expect(compilePattern(source)).toHaveProperty("reason");
  });

  it("take no longer on hostile patterns", () => {
    const ours = compilePattern("^(a+)+$");
    const decoded = "pattern" in ours ? decodeProgram(ours.pattern.program) : ours;
    if (!("program" in decoded)) throw new Error("no program");
    const hostile = `${"a".repeat(20_000)}!`;
    const result = search(decoded.program, hostile, worstSteps(decoded.program.length, hostile.length));
    expect(result.found).toBe(false);
    expect(result.steps).toBeLessThan(decoded.program.length * (hostile.length + 1));
    expect(search(decoded.program, hostile, 100)).toEqual({ found: null, steps: 100 });
  });

  it("programs with any byte changed or cut are refused or stay within bounds", () => {
    const ours = compilePattern("^(?:ab|[c-f]+x{2,4})\\b.*z$");
    if (!("pattern" in ours)) throw new Error(ours.reason);
    const bytes = ours.pattern.program;
    for (let cut = 0; cut < bytes.length; cut++) expect(decodeProgram(bytes.slice(0, cut))).toHaveProperty("reason");
    for (let at = 0; at < bytes.length; at++)
      for (let bit = 0; bit < 8; bit++) {
        const changed = bytes.slice();
        changed[at] = changed[at]! ^ (1 << bit);
        const decoded = decodeProgram(changed);
        if (!("program" in decoded)) continue;
        const sample = "abxxxz cdef\nz";
        const bound = worstSteps(decoded.program.length, sample.length);
        expect(search(decoded.program, sample, bound).steps).toBeLessThanOrEqual(bound);
      }
  });
});
