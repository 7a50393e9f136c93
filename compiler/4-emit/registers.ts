// Registers for variables. Code is straight but for forward jumps and loops, so a variable lives from its first mention to
// its last, and to the end of each loop that it enters from outside. Groups need neighbouring registers.
import type { Group, IrFunction, Item, Var } from "../3-lower/ir.ts";
import { shapeOf } from "./shape.ts";

export interface Allocation {
  readonly count: number;
  readonly of: (variable: Var) => number;
}

/** Where groups live, by their ids: positions of the first and the last item. */
interface Lives {
  /** Those that are mentioned, by their start. */
  readonly groups: readonly Group[];
  readonly start: Int32Array;
  readonly end: Int32Array;
}

const NONE = -1;

export function allocate(fn: IrFunction, items: readonly Item[]): Allocation {
  const { groups, start, end } = livesOf(fn, items);
  const at = new Int32Array(fn.groups); // first register of a group
  const busy = new Uint8Array(fn.variables).fill(1, 0, fn.params);
  let lowest = fn.params; // all below are busy
  // Groups by the position after which they are free: the last one met, and for each the one met before it.
  const leaving = new Int32Array(items.length).fill(NONE);
  const before = new Int32Array(fn.groups);
  const sizes = new Int32Array(fn.groups);
  let count = fn.params;
  let position = 0;
  for (const { id, size, pinned } of groups) {
    for (; position < start[id]!; position++)
      for (let gone = leaving[position]!; gone !== NONE; gone = before[gone]!) {
        for (let r = at[gone]!; r < at[gone]! + sizes[gone]!; r++) busy[r] = 0;
        lowest = Math.min(lowest, at[gone]!);
      }
    const first = pinned ? 0 : firstFree(busy, lowest, size);
    for (let r = first; r < first + size; r++) busy[r] = 1;
    if (first === lowest) lowest += size;
    count = Math.max(count, first + size);
    at[id] = first;
    if (pinned) continue;
    sizes[id] = size;
    before[id] = leaving[end[id]!]!;
    leaving[end[id]!] = id;
  }
  return { count, of: ({ group, offset }) => at[group.id]! + offset };
}

function firstFree(busy: Uint8Array, lowest: number, size: number): number {
  let first = lowest;
  for (let r = lowest; r < first + size; r++) if (busy[r] === 1) first = r + 1;
  return first;
}

function livesOf(fn: IrFunction, items: readonly Item[]): Lives {
  const groups: Group[] = [];
  const start = new Int32Array(fn.groups);
  const end = new Int32Array(fn.groups).fill(NONE);
  const loops: { readonly start: number; end: number; readonly parent: number }[] = [];
  const around = new Int32Array(items.length); // innermost loop of a position
  let inner = NONE;
  for (let position = 0; position < items.length; position++) {
    const item = items[position] as Item;
    if (item.kind === "loop" && item.edge === "begin")
      inner = loops.push({ start: position, end: position, parent: inner }) - 1;
    around[position] = inner;
    if (item.kind === "loop" && item.edge === "end") {
      const ended = loops[inner] as (typeof loops)[number];
      ended.end = position;
      inner = ended.parent;
    }
    if (item.kind !== "instruction") continue;
    for (const operand of shapeOf(item).variables) {
      const { group } = item.operands[operand] as Var;
      if (end[group.id] === NONE) {
        groups.push(group);
        start[group.id] = group.pinned ? -1 : position;
      }
      end[group.id] = position;
    }
  }
  // What comes into a loop from outside lives to its end: the next round reads it again.
  for (const { id } of groups)
    for (let loop = around[end[id]!]!; loop !== NONE; ) {
      const { start: top, end: bottom, parent } = loops[loop] as (typeof loops)[number];
      if (start[id]! < top) end[id] = bottom;
      loop = parent;
    }
  groups.sort((a, b) => start[a.id]! - start[b.id]! || a.id - b.id);
  return { groups, start, end };
}
