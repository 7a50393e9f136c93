// Small improvements that need no analysis: what cannot be reached is dropped, a jump to the next instruction is dropped, a
// value computed into a variable only to be moved is computed where it goes.

import { OPCODES } from "../../vm/opcodes.ts";
import type { Item, Label, Operand, Var } from "../3-lower/ir.ts";
import { Label as LabelClass } from "../3-lower/ir.ts";
import { varsOf } from "./registers.ts";

/** Operations whose first operand is written and nothing else. */
const WRITES_FIRST = new Set(
  OPCODES.filter((row) => row.operands[0]?.kind === "dst" && row.name !== "each").map((row) => row.name),
);

export function tidy(items: readonly Item[]): readonly Item[] {
  return dropIdleJumps(retarget(dropUnreachable(items)));
}

export function labelsOf(item: Item): readonly Label[] {
  return item.kind === "instruction"
    ? item.operands.filter((operand): operand is Label => operand instanceof LabelClass)
    : [];
}

function dropUnreachable(items: readonly Item[]): Item[] {
  const kept: Item[] = [];
  const targeted = new Set<Label>();
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
      if (targeted.has(item.label)) reached = true;
      if (reached) kept.push(item);
      continue;
    }
    const isNext = item.op === "next" && loops[loops.length - 1] === true;
    if (!reached && !isNext) continue;
    kept.push(item);
    for (const label of labelsOf(item)) targeted.add(label);
    if (item.op === "jump" || item.op === "ret" || item.op === "next") reached = false;
  }
  return kept;
}

/** `t = …; d = t` where t is mentioned nowhere else: `d = …`. */
function retarget(items: readonly Item[]): Item[] {
  const mentions = new Map<number, number>();
  for (const item of items)
    for (const variable of varsOf(item)) mentions.set(variable.id, (mentions.get(variable.id) ?? 0) + 1);
  const kept: Item[] = [];
  for (const item of items) {
    const last = kept[kept.length - 1];
    if (
      item.kind === "instruction" &&
      item.op === "move" &&
      last?.kind === "instruction" &&
      WRITES_FIRST.has(last.op)
    ) {
      const [target, from] = item.operands as [Var, Var];
      const made = last.operands[0] as Var;
      if (made.id === from.id && made.group.size === 1 && !made.group.pinned && mentions.get(made.id) === 2) {
        kept[kept.length - 1] = { ...last, operands: [target, ...last.operands.slice(1)] as readonly Operand[] };
        continue;
      }
    }
    kept.push(item);
  }
  return kept;
}

function dropIdleJumps(items: readonly Item[]): Item[] {
  return items.filter((item, at) => {
    if (item.kind !== "instruction" || item.op !== "jump") return true;
    for (let next = at + 1; next < items.length; next++) {
      const follower = items[next] as Item;
      if (follower.kind === "instruction") return true;
      if (follower.kind === "loop") return true;
      if (follower.kind === "label" && follower.label === item.operands[0]) return false;
    }
    return true;
  });
}
