// Registers for variables. Code is straight but for forward jumps and loops, so a variable lives from its first mention to
// its last, and to the end of each loop that it enters from outside. Groups need neighbouring registers.
import type { Group, IrFunction, Item, Var } from "../3-lower/ir.ts";

export interface Allocation {
  readonly count: number;
  readonly of: (variable: Var) => number;
}

interface Interval {
  readonly group: Group;
  start: number;
  end: number;
}

export const isVar = (operand: unknown): operand is Var =>
  typeof operand === "object" && operand !== null && "group" in operand;

/** Variables an item mentions; a `base` stands for as many as its `count` says. */
export function varsOf(item: Item): readonly Var[] {
  return item.kind === "instruction" ? item.operands.filter(isVar) : [];
}

export function allocate(fn: IrFunction, items: readonly Item[]): Allocation {
  const at = new Map<number, number>(); // first register of a group
  const busy: boolean[] = new Array(fn.params).fill(true);
  const leaving = new Map<number, Interval[]>(); // by the position after which they are free
  let count = fn.params;
  let position = -1;
  for (const interval of intervalsOf(items)) {
    const { group } = interval;
    for (; position < interval.start; position++) {
      for (const { group: gone } of leaving.get(position) ?? [])
        busy.fill(false, at.get(gone.id), (at.get(gone.id) as number) + gone.size);
    }
    const first = group.pinned ? 0 : firstFree(busy, group.size);
    for (let r = first; r < first + group.size; r++) busy[r] = true;
    count = Math.max(count, first + group.size);
    at.set(group.id, first);
    if (group.pinned) continue;
    const sharing = leaving.get(interval.end);
    if (sharing === undefined) leaving.set(interval.end, [interval]);
    else sharing.push(interval);
  }
  return { count, of: (variable) => (at.get(variable.group.id) ?? 0) + variable.offset };
}

function firstFree(busy: readonly boolean[], size: number): number {
  let first = 0;
  for (let r = 0; r < first + size; r++) if (busy[r] === true) first = r + 1;
  return first;
}

/** Where each group lives, by its start. */
function intervalsOf(items: readonly Item[]): Interval[] {
  const found = new Map<number, Interval>();
  const loops: { readonly start: number; end: number; readonly parent: number }[] = [];
  const around = new Int32Array(items.length); // innermost loop of a position; -1: none
  let inner = -1;
  items.forEach((item, position) => {
    if (item.kind === "loop" && item.edge === "begin")
      inner = loops.push({ start: position, end: position, parent: inner }) - 1;
    around[position] = inner;
    if (item.kind === "loop" && item.edge === "end") {
      const ended = loops[inner] as (typeof loops)[number];
      ended.end = position;
      inner = ended.parent;
    }
    if (item.kind !== "instruction") return;
    for (const operand of item.operands) {
      if (!isVar(operand)) continue;
      const { group } = operand;
      const known = found.get(group.id);
      if (known === undefined) found.set(group.id, { group, start: group.pinned ? -1 : position, end: position });
      else known.end = position;
    }
  });
  // What comes into a loop from outside lives to its end: the next round reads it again.
  for (const interval of found.values()) {
    for (let loop = around[interval.end] as number; loop >= 0; ) {
      const { start, end, parent } = loops[loop] as (typeof loops)[number];
      if (interval.start < start) interval.end = end;
      loop = parent;
    }
  }
  return [...found.values()].sort((a, b) => a.start - b.start || a.group.id - b.group.id);
}
