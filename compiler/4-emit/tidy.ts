// Small improvements that need no analysis: what cannot be reached is dropped, a jump to the next instruction is dropped, a
// value computed into a variable only to be moved is computed where it goes.

import type { IrFunction, IrInstruction, Item, Label, Operand, Var } from "../3-lower/ir.ts";
import { shapeOf } from "./shape.ts";

/** The items of a function that are left, in a list of its own. */
export function tidy(fn: IrFunction): readonly Item[] {
  const items = reachable(fn);
  retarget(items, fn.variables);
  dropIdleJumps(items);
  return items;
}

function reachable({ items, labels }: IrFunction): Item[] {
  const kept: Item[] = [];
  const targeted = new Uint8Array(labels);
  let reached = true;
  // Loops begun in reach: their `next` stays even when no round gets there.
  const loops: boolean[] = [];
  for (const item of items) {
    if (item.kind === "loop") {
      if (item.edge === "begin") {
        loops.push(reached);
        if (reached) kept.push(item);
      } else if (loops.pop() === true) kept.push(item);
      continue;
    }
    if (item.kind === "label") {
      if (targeted[item.label.id] === 1) reached = true;
      if (reached) kept.push(item);
      continue;
    }
    const isNext = item.op === "next" && loops[loops.length - 1] === true;
    if (!reached && !isNext) continue;
    kept.push(item);
    const { label } = shapeOf(item);
    if (label >= 0) targeted[(item.operands[label] as Label).id] = 1;
    if (item.op === "jump" || item.op === "ret" || item.op === "next") reached = false;
  }
  return kept;
}

/** `t = …; d = t` where t is mentioned nowhere else: `d = …`. */
function retarget(items: Item[], variables: number): void {
  const mentions = new Uint32Array(variables);
  for (const item of items) {
    if (item.kind !== "instruction") continue;
    for (const at of shapeOf(item).variables) mentions[(item.operands[at] as Var).id]!++;
  }
  let kept = 0;
  let last: Item | null = null;
  for (const item of items) {
    if (
      item.kind === "instruction" &&
      item.op === "move" &&
      last?.kind === "instruction" &&
      shapeOf(last).writesFirst
    ) {
      const [target, from] = item.operands as [Var, Var];
      const made = last.operands[0] as Var;
      if (made.id === from.id && made.group.size === 1 && !made.group.pinned && mentions[made.id] === 2) {
        last = writing(last, target);
        items[kept - 1] = last;
        continue;
      }
    }
    items[kept++] = item;
    last = item;
  }
  items.length = kept;
}

function writing({ kind, op, operands, span }: IrInstruction, target: Var): IrInstruction {
  const changed: Operand[] = operands.slice();
  changed[0] = target;
  return { kind, op, operands: changed, span };
}

function dropIdleJumps(items: Item[]): void {
  let kept = 0;
  for (let at = 0; at < items.length; at++) {
    const item = items[at] as Item;
    if (item.kind !== "instruction" || item.op !== "jump" || !isIdle(items, at, item.operands[0] as Label))
      items[kept++] = item;
  }
  items.length = kept;
}

/** Between the jump at `at` and its target are labels alone. */
function isIdle(items: readonly Item[], at: number, target: Label): boolean {
  for (let next = at + 1; next < items.length; next++) {
    const follower = items[next] as Item;
    if (follower.kind !== "label") return false;
    if (follower.label === target) return true;
  }
  return false;
}
