// The control flow of a verified function as nested blocks: each jump target ends a block that begins before its first jump,
// so that every jump leaves a block and every loop is a loop of the host.
//
// Invariant: blocks and loops are properly nested. Verified code jumps forward, never into a loop, and loops are nested; a
// block that would cross another is begun earlier.
import { jumpTarget } from "../fuel.ts";
import type { Instruction } from "../module.ts";
import { OP, opcodeOf } from "../operands.ts";

/** A piece of a function that is entered at its first instruction only. `block`: its end is a jump target. `loop`: from an
 *  `each` to its `next`. `piece`: a function of its own in the text. */
export interface Span {
  readonly kind: "body" | "block" | "loop" | "piece";
  readonly from: number;
  readonly to: number;
  /** Instructions, by their number, and spans, in order. */
  items: readonly (number | Span)[];
}

export interface Shape {
  readonly body: Span;
  /** Fuel of the straight run of instructions that begins here, without what depends on values. 0: none begins here. */
  readonly cost: Int32Array;
  readonly reached: Uint8Array;
  /** Most blocks and loops inside each other. */
  readonly depth: number;
}

export function shapeOf(code: readonly Instruction[]): Shape {
  const reached = reachable(code);
  const first = new Map<number, number>(); // target: its first jump
  const spans: { from: number; readonly to: number; readonly kind: "block" | "loop" }[] = [];
  for (const [pc, instruction] of code.entries()) {
    if (reached[pc] === 0) continue;
    const target = jumpTarget(instruction);
    if (target !== undefined && !first.has(target)) first.set(target, pc);
    if (instruction[0] === OP.each) spans.push({ from: pc, to: instruction[4]!, kind: "loop" });
  }
  for (const [to, from] of first) spans.push({ from, to, kind: "block" });
  // A block that ends where a loop ends is around it: its target is behind the loop.
  spans.sort((a, b) => a.to - b.to || Number(a.kind === "block") - Number(b.kind === "block"));
  // Disjoint spans so far, ascending: a new one swallows those it would cross.
  const outer: { readonly from: number; readonly to: number }[] = [];
  for (const span of spans) {
    while (outer.length > 0 && outer[outer.length - 1]!.to > span.from)
      span.from = Math.min(span.from, outer.pop()!.from);
    outer.push(span);
  }
  spans.reverse(); // of two with the same beginning and end, the block is around the loop
  spans.sort((a, b) => a.from - b.from || b.to - a.to);
  const { body, depth } = nest(spans, code.length);
  return { body, cost: costs(code, reached, first), reached, depth };
}

/** Nested spans, given in the order in which they begin, as a tree. */
function nest(
  spans: readonly { readonly from: number; readonly to: number; readonly kind: Span["kind"] }[],
  length: number,
): { readonly body: Span; readonly depth: number } {
  const body: Span = { kind: "body", from: 0, to: length, items: [] };
  const open: { readonly span: Span; readonly items: (number | Span)[]; next: number }[] = [];
  const begin = (span: Span): void => {
    const items: (number | Span)[] = [];
    span.items = items;
    open.push({ span, items, next: span.from });
  };
  /** Instructions of the innermost span up to `pc`; spans that end there are left. */
  const advance = (pc: number): void => {
    for (;;) {
      const inner = open[open.length - 1]!;
      const stop = Math.min(pc, inner.span.to);
      while (inner.next < stop) inner.items.push(inner.next++);
      if (inner.span.to > pc || open.length === 1) return;
      open.pop();
      open[open.length - 1]!.next = inner.span.to;
    }
  };
  let depth = 0;
  begin(body);
  for (const { kind, from, to } of spans) {
    advance(from);
    const span: Span = { kind, from, to, items: [] };
    open[open.length - 1]!.items.push(span);
    begin(span);
    depth = Math.max(depth, open.length);
  }
  advance(length);
  return { body, depth };
}

/** 1 for each instruction that some path reaches. */
function reachable(code: readonly Instruction[]): Uint8Array {
  const reached = new Uint8Array(code.length + 1);
  reached[0] = 1;
  for (const [pc, instruction] of code.entries()) {
    if (reached[pc] === 0) continue;
    const target = instruction[0] === OP.each ? instruction[4]! : jumpTarget(instruction);
    if (target !== undefined) reached[target] = 1;
    if (instruction[0] !== OP.jump && instruction[0] !== OP.ret && instruction[0] !== OP.next) reached[pc + 1] = 1;
  }
  return reached;
}

/** Runs begin at the start, at targets and after whatever may not go on. */
function costs(code: readonly Instruction[], reached: Uint8Array, targets: ReadonlyMap<number, number>): Int32Array {
  const cost = new Int32Array(code.length);
  let start = 0;
  let begins = true;
  for (const [pc, instruction] of code.entries()) {
    if (reached[pc] === 0) {
      begins = true;
      continue;
    }
    const loop = instruction[0] === OP.each;
    if (begins || loop || targets.has(pc)) start = pc;
    cost[start]! += opcodeOf(instruction[0]!)!.fuel;
    begins = loop || instruction[0] === OP.next || jumpTarget(instruction) !== undefined;
  }
  return cost;
}
