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
  const intervals = intervalsOf(items);
  const at = new Map<number, number>(); // first register of a group
  const busy: boolean[] = new Array(fn.params).fill(true);
  let count = fn.params;
  const active: { end: number; first: number; size: number }[] = [];
  for (const interval of intervals) {
    const { group } = interval;
    for (let i = active.length - 1; i >= 0; i--) {
      const old = active[i] as (typeof active)[number];
      if (old.end >= interval.start) continue;
      for (let r = old.first; r < old.first + old.size; r++) busy[r] = false;
      active.splice(i, 1);
    }
    const first = group.pinned ? 0 : firstFree(busy, group.size);
    for (let r = first; r < first + group.size; r++) busy[r] = true;
    count = Math.max(count, first + group.size);
    at.set(group.id, first);
    if (!group.pinned) active.push({ end: interval.end, first, size: group.size });
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
  const loops: { readonly start: number; end: number }[] = [];
  const open: number[] = [];
  items.forEach((item, position) => {
    if (item.kind === "loop") {
      if (item.edge === "begin") open.push(loops.push({ start: position, end: position }) - 1);
      else (loops[open.pop() as number] as { end: number }).end = position;
    }
    for (const { group } of varsOf(item)) {
      const known = found.get(group.id);
      if (known === undefined) found.set(group.id, { group, start: position, end: position });
      else known.end = position;
    }
  });
  // Inner loops end first, so that a stretched interval is seen by the loops around.
  loops.sort((a, b) => a.end - b.end);
  for (const interval of found.values()) {
    if (interval.group.pinned) interval.start = -1;
    for (const loop of loops) {
      if (interval.start < loop.start && interval.end > loop.start && interval.end < loop.end) interval.end = loop.end;
    }
  }
  return [...found.values()].sort((a, b) => a.start - b.start || a.group.id - b.group.id);
}
