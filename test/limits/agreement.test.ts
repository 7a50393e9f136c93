// Bounds of compiled agreements: at each, and one past it.
import { describe, expect, it } from "vitest";
import { compile } from "../../compiler/index.ts";
import { FLOW_BITS_MAX, INSTRUCTIONS_MAX, REGISTERS_MAX } from "../../vm/limits.ts";
import { active, START, ticking } from "../unit/compiler/step/written.ts";

const large = (count: number): string => {
  const each = (make: (i: number) => string): string => Array.from({ length: count }, (_, i) => make(i)).join("\n");
  return `agreement: large
version: 1.0.0
clock: ticks
rounding: {money: half-up}
parties: {ann: Ann, ben: Ben}
facts:
${each((i) => `  f${i}: 0`)}
actions:
${each((i) => `  a${i}: {who: ann, with: {x: int}, needs: f${i} < x, then: {f${i}: x}}`)}
obligations:
${each((i) => `  o${i}: {who: ann, to: ben, must: a${i}, by: ${i + 10}, late: allowed, cure: 5, unless: f${i} > 3, else: {then: {f${i}: 7}}}`)}
`;
};

describe("a module", () => {
  it("of a large document stays within the machine's bounds", () => {
    const { value, diagnostics } = compile({ name: "large.yaml", text: large(60) });
    expect(diagnostics.filter((each) => each.severity === "error")).toEqual([]);
    for (const fn of value?.module.functions ?? []) {
      expect(fn.code.length).toBeLessThanOrEqual(INSTRUCTIONS_MAX);
      expect(fn.registers).toBeLessThanOrEqual(REGISTERS_MAX);
      expect(fn.code.length * fn.registers).toBeLessThanOrEqual(FLOW_BITS_MAX);
    }
  });
  it("past them is a diagnostic, not a module that no machine loads", () => {
    const { value, diagnostics } = compile({ name: "large.yaml", text: large(900) });
    expect(value).toBe(null);
    expect(diagnostics.map((each) => each.code)).toContain("compiler/too-large");
  }, 120_000);
});

describe("instances", () => {
  it("`open_at_most` open, and not one more; nothing grows with what is settled", () => {
    const play = ticking(`
actions: {ask: {who: ben}, answer: {who: ann}}
obligations: {reply: {on: ask, who: ann, to: ben, must: answer, within: 10, late: allowed, open_at_most: 7, else: nothing}}
`);
    for (let at = 0; at < 7; at++) expect(play.act(0, "ben", "ask").refusal).toBe(null);
    expect(play.act(0, "ben", "ask").refusal).toBe("limit reply");
    const sizes: number[] = [];
    for (let round = 1; round < 40; round++) {
      play.tick(round * 20);
      for (let each = 0; each < 7; each++) play.act(round * 20, "ben", "ask");
      const { open, late } = play.view().norms.reply;
      expect(open).toHaveLength(7);
      expect(late).toHaveLength(7);
      sizes.push(JSON.stringify(play.whole()).length);
    }
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThan(200);
  });
});

describe("texts", () => {
  it("an input is as long as `most` says, 1,024 bytes unless told", () => {
    const play = active("facts: {said: text?}\nactions: {say: {who: ann, with: {words: text}, then: {said: words}}}");
    expect(play.act(START, "ann", "say", { words: "x".repeat(1024) }).refusal).toBe(null);
    expect(play.act(START, "ann", "say", { words: "x".repeat(1025) }).refusal).toBe("invalid-input say");
  });
});
