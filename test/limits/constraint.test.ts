// Bounds of compiled constraints: at each, and past it. What is past a bound is refused, never looked at in part.
import { describe, expect, it } from "vitest";
import { compileConstraint } from "../../compiler/constraint/index.ts";
import { ITEMS_DEFAULT, RECURSION_MAX, TEXT_DEFAULT, VIOLATIONS_MAX } from "../../compiler/constraint/limits.ts";
import type { CueLowered, CueNode, CueShape } from "../../lang/cue/index.ts";
import { LOOP_DEPTH_MAX } from "../../vm/limits.ts";
import { ours } from "../oracle/ours.ts";

const node = (shape: CueShape): CueNode => ({ ...shape, at: [] });
const int = node({ is: "type", kinds: ["int"] });
const listOf = (rest: CueNode): CueNode => node({ is: "list", items: [], rest, also: [] });
const lowered = (root: CueNode, definitions: Readonly<Record<string, CueNode>> = {}): CueLowered => ({
  root,
  definitions: new Map(Object.entries(definitions)),
  unsupported: 0,
});
function verdict(constraint: CueLowered, data: unknown) {
  const made = ours(constraint);
  if ("refusals" in made) throw new Error(JSON.stringify(made.refusals));
  return made.verdict(JSON.stringify(data));
}
const refusals = (constraint: CueLowered): readonly string[] => {
  const made = compileConstraint(constraint);
  return "refusals" in made ? made.refusals.map(({ construct }) => construct) : [];
};
const numbers = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

describe("bounds of constraints", () => {
  it("items of a list", () => {
    expect(verdict(lowered(listOf(int)), numbers(ITEMS_DEFAULT)).accepted).toBe(true);
    const { accepted, found } = verdict(lowered(listOf(int)), numbers(ITEMS_DEFAULT + 1));
    expect([accepted, found]).toEqual([false, [{ path: [], why: `has more than ${ITEMS_DEFAULT} items` }]]);
  });
  it("names of a struct", () => {
    const label = node({ is: "type", kinds: ["string"] });
    const named = lowered(
      node({ is: "struct", fields: [], patterns: [{ label, value: int }], closed: false, also: [] }),
    );
    const data = (count: number) => Object.fromEntries(numbers(count).map((at) => [`k${at}`, at]));
    expect(verdict(named, data(ITEMS_DEFAULT)).accepted).toBe(true);
    expect(verdict(named, data(ITEMS_DEFAULT + 1)).found[0]?.why).toBe(`has more than ${ITEMS_DEFAULT} fields`);
  });
  it("bytes of a text under a pattern", () => {
    const operand = node({ is: "const", kind: "string", text: "^a+$" });
    const bound = (op: "=~" | "!~") => lowered(node({ is: "bound", op, operand }));
    expect(verdict(bound("=~"), "a".repeat(TEXT_DEFAULT)).accepted).toBe(true);
    expect(verdict(bound("=~"), "a".repeat(TEXT_DEFAULT + 1)).accepted).toBe(false);
    // Not matched because not looked at is no match either way.
    expect(verdict(bound("!~"), "b".repeat(TEXT_DEFAULT + 1)).accepted).toBe(false);
  });
  it("parts of a recursive check", () => {
    const tree = node({ is: "ref", name: "#T" });
    const constraint = lowered(tree, { "#T": listOf(listOf(tree)) });
    // The root, then ten children with some hundred each.
    const wide = (parts: number): unknown => {
      const children = Math.ceil((parts - 1) / 500);
      const rest = parts - 1 - children;
      return [
        numbers(children).map((at) => [
          numbers(Math.floor(rest / children) + (at < rest % children ? 1 : 0)).map(() => []),
        ]),
      ];
    };
    expect(verdict(constraint, wide(RECURSION_MAX)).accepted).toBe(true);
    const past = verdict(constraint, wide(RECURSION_MAX + 1));
    expect(past.accepted).toBe(false);
    expect(past.found.map(({ why }) => why)).toEqual([`has more than ${RECURSION_MAX} parts`]);
  });
  it("failing places that are named", () => {
    const { found } = verdict(lowered(listOf(int)), numbers(VIOLATIONS_MAX + 50).map(String));
    expect(found.length).toBe(VIOLATIONS_MAX);
  });
  it("lists within lists", () => {
    const nested = (levels: number): CueNode => (levels === 0 ? int : listOf(nested(levels - 1)));
    expect(refusals(lowered(nested(3)))).toEqual([]);
    expect(refusals(lowered(nested(8)))).toEqual(["a constraint that may need more fuel than a run has"]);
    expect(refusals(lowered(nested(LOOP_DEPTH_MAX)))).toEqual(["lists and patterns nested this deep"]);
  });
  it("definitions that say nothing", () => {
    const self = node({ is: "ref", name: "#T" });
    expect(refusals(lowered(self, { "#T": node({ is: "all", of: [self, int] }) }))).toEqual([
      "`#T`, which is nothing but itself",
    ]);
  });
  it("numbers of a constraint", () => {
    const operand = (digits: number) => node({ is: "const", kind: "int", text: "9".repeat(digits) });
    expect(refusals(lowered(node({ is: "bound", op: "<", operand: operand(34) })))).toEqual([]);
    expect(refusals(lowered(node({ is: "bound", op: "<", operand: operand(35) })))).toEqual([
      `the number \`${"9".repeat(35)}\``,
    ]);
  });
  it("kinds of nodes and validators that are unknown", () => {
    expect(refusals(lowered(node({ is: "unsupported", why: "a slice", value: int })))).toEqual(["a slice"]);
    expect(refusals(lowered(node({ is: "call", name: "net.InCIDR", args: [] })))).toEqual([
      "`net.InCIDR` with these arguments",
    ]);
  });
});
