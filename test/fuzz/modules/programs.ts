// Generated programs of every instruction on values of every kind.
import fc from "fast-check";
import { type Decimal, decimalOf } from "../../../vm/decimal.ts";
import { mapOf } from "../../../vm/map.ts";
import { ErrorValue, type Value } from "../../../vm/value.ts";
import type { Line } from "../../unit/vm/asm.ts";

export const REGISTERS = 6; // 0 … 5 hold values, counters and items of loops lie above
const leaf: fc.Arbitrary<Value> = fc.oneof(
  fc.constantFrom<Value>(undefined, null, true, false, 0, 1, -1, 2 ** 53 - 1, 10n ** 33n, "", "a", "abc", "é\u{10000}"),
  fc.integer({ min: -5, max: 5 }),
  fc
    .tuple(fc.integer({ min: -999, max: 999 }), fc.integer({ min: -3, max: 20 }))
    .map(([c, e]) => decimalOf(c, e) as Decimal),
  fc.constantFrom<Value>(new ErrorValue("absent", "x"), new ErrorValue("overflow"), Uint8Array.of(1, 2)),
);
export const value: fc.Arbitrary<Value> = fc.oneof(
  leaf,
  fc.array(leaf, { maxLength: 4 }),
  fc
    .uniqueArray(fc.tuple(fc.constantFrom("a", "b", "kind", "é"), leaf), { selector: ([key]) => key, maxLength: 3 })
    .map((entries) => mapOf(entries)!),
);

const reg = fc.nat({ max: REGISTERS - 1 });
const bound = fc.constantFrom(0, 1, 2, 5, 40);
const unary = fc.constantFrom(
  "move",
  "neg",
  "to_decimal",
  "not",
  "known",
  "present",
  "is_true",
  "is_error",
  "length" as const,
);
const binary = fc.constantFrom(
  "add",
  "sub",
  "mul",
  "div",
  "round_add",
  "round_sub",
  "round_mul",
  "lt",
  "le",
  "and",
  "or",
  "item",
  "key" as const,
);
const count = fc.nat({ max: 3 });
const plain: fc.Arbitrary<Line> = fc.oneof(
  fc.tuple(fc.constant("const" as const), reg, value),
  fc.tuple(unary, reg, reg),
  { weight: 4, arbitrary: fc.tuple(binary, reg, reg, reg) },
  fc.tuple(fc.constantFrom("eq" as const, "ne" as const), reg, reg, reg, bound),
  fc
    .tuple(fc.constant("record" as const), reg, reg, count)
    .map(([name, d, s, n]): Line => [name, d, s, Math.min(n, REGISTERS - s)]),
  fc.tuple(fc.constant("get" as const), reg, reg, count),
  fc.tuple(fc.constant("set" as const), reg, reg, count, reg),
  fc.tuple(fc.constant("put" as const), reg, reg, reg, reg, bound),
  fc.tuple(fc.constant("field" as const), reg, reg, fc.constantFrom("a", "kind", "zz")),
  fc.tuple(fc.constant("builtin" as const), reg, fc.constantFrom(1, 7), reg, fc.constant(1), bound),
  fc.tuple(fc.constant("match" as const), reg, reg, fc.constantFrom("a+b", "^a", "é|\\b"), bound),
  fc.tuple(
    fc.constant("conform" as const),
    reg,
    reg,
    fc.constantFrom({ kind: "int" }, { kind: "list", of: { kind: "text" }, most: 3 }),
    bound,
  ),
  fc.tuple(fc.constant("fail" as const), reg, fc.constantFrom("why", "what")),
  fc.tuple(fc.constant("trap" as const), reg),
);

/** Blocks: plain instructions, jumps over a block, loops around one, calls, early returns, jumps out of blocks and loops
 *  around. */
export type Block =
  | { readonly kind: "plain"; readonly line: Line }
  | { readonly kind: "skip" | "loop"; readonly by: number; readonly blocks: readonly Block[] }
  | { readonly kind: "call" | "ret" | "leave"; readonly by: number; readonly to: number };
export const block: fc.Arbitrary<Block> = fc.letrec<{ block: Block }>((tie) => ({
  block: fc.oneof(
    { maxDepth: 3 },
    { weight: 8, arbitrary: plain.map((line): Block => ({ kind: "plain", line })) },
    fc
      .tuple(
        fc.constantFrom("call" as const, "call" as const, "leave" as const, "leave" as const, "ret" as const),
        reg,
        reg,
      )
      .map(([kind, by, to]): Block => ({ kind, by, to })),
    fc
      .tuple(fc.constantFrom("skip" as const, "loop" as const), reg, fc.array(tie("block"), { maxLength: 5 }))
      .map(([kind, by, blocks]): Block => ({ kind, by, blocks })),
  ),
})).block;

function linesOf(
  blocks: readonly Block[],
  state: { label: number },
  depth: number,
  callee: string | null,
  ends: readonly string[] = [],
): Line[] {
  return blocks.flatMap((one): Line[] => {
    switch (one.kind) {
      case "plain":
        return [one.line];
      case "call":
        return callee === null ? [] : [["call", one.to, callee, one.by, 1]];
      case "ret":
        return [["is_true", 5, one.by], ["jump_unless", 5, `l${++state.label}`], ["ret", one.to], `l${state.label}`];
      case "leave": {
        if (ends.length === 0) return [];
        const end = ends[one.to % ends.length]!;
        return [one.by % 2 === 0 ? ["jump_unless", one.by, end] : ["jump_eq", one.by, one.to, end]];
      }
      case "skip": {
        const label = `l${++state.label}`;
        const jump = (["jump_if", "jump_unless", "jump_if_false"] as const)[one.by % 3]!;
        return [[jump, one.by, label], ...linesOf(one.blocks, state, depth, callee, [...ends, label]), label];
      }
      default: {
        const top = `l${++state.label}`;
        const end = `e${state.label}`;
        const counter = REGISTERS + 2 * depth;
        return [
          ["const", counter, 0],
          top,
          ["each", counter + 1, counter, one.by, end, 4],
          ["move", one.by, counter + 1],
          ...linesOf(one.blocks, state, depth + 1, callee, [...ends, end]),
          ["next", counter, top],
          end,
        ];
      }
    }
  });
}

/** A function of one parameter: registers loaded, the blocks, `ret`. */
export const body = (blocks: readonly Block[], loads: readonly Value[], callee: string | null): Line[] => [
  ...loads.map((load, at): Line => ["const", at + 1, load]),
  ...linesOf(blocks, { label: 0 }, 0, callee),
  ["ret", 0],
];
