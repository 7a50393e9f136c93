// Large functions cut into pieces, each a function of its own in the text, since a host optimises small functions only.
// A piece is some neighbouring items of one span: they are entered at the first one only, so a piece is called there. It
// answers where to go on.
//
// Registers that a piece reads before it writes them, on some path, are shared: one variable outside all pieces. All others
// are variables of each piece.
import { jumpTarget } from "../fuel.ts";
import type { Instruction } from "../module.ts";
import { OP, opcodeOf } from "../operands.ts";
import { readOf } from "../verify.ts";
import type { Shape, Span } from "./shape.ts";

/** How much text an instruction makes: one, and the registers it lists. */
export function partsOf(instruction: Instruction): number {
  const { operands } = opcodeOf(instruction[0]!)!;
  const count = operands.findIndex((operand) => operand.kind === "count");
  return 1 + (count < 0 ? 0 : instruction[count + 1]!);
}

/** Cuts the body until each function of the text has about `most` parts. */
export function cut(code: readonly Instruction[], shape: Shape, most: number): void {
  shrink(code, shape.body, most);
}

/** Parts of a span that are left in the text around its pieces. */
function shrink(code: readonly Instruction[], span: Span, most: number): number {
  let sizes = span.items.map((item) => (typeof item === "number" ? partsOf(code[item]!) : shrink(code, item, most)));
  const total = (): number => sizes.reduce((sum, size) => sum + size, 0);
  while (total() > most) {
    const items: (number | Span)[] = [];
    let group: (number | Span)[] = [];
    let size = 0;
    const close = (): void => {
      if (group.length === 0) return;
      const [head, last] = [group[0]!, group[group.length - 1]!];
      items.push({
        kind: "piece",
        from: typeof head === "number" ? head : head.from,
        to: typeof last === "number" ? last + 1 : last.to,
        items: group,
      });
      group = [];
      size = 0;
    };
    for (const [at, item] of span.items.entries()) {
      // The ends of a loop stay with it.
      const fixed = span.kind === "loop" && (at === 0 || at === span.items.length - 1);
      if (fixed || size + sizes[at]! > most) close();
      if (fixed) items.push(item);
      else {
        group.push(item);
        size += sizes[at]!;
      }
    }
    close();
    if (items.length >= span.items.length) break;
    span.items = items;
    sizes = items.map(() => 1);
  }
  return total();
}

/** Registers written in a range of instructions. */
function writtenIn(code: readonly Instruction[], from: number, to: number): Set<number> {
  const written = new Set<number>();
  for (let pc = from; pc < to; pc++)
    for (const [at, operand] of opcodeOf(code[pc]![0]!)!.operands.entries())
      if (operand.kind === "dst") written.add(code[pc]![at + 1]!);
  return written;
}

/** The registers shared by the pieces of a function. Without pieces there is none. */
export function sharedRegisters(code: readonly Instruction[], params: number, shape: Shape): ReadonlySet<number> {
  const shared = new Set<number>();
  const pieces: Span[] = [];
  const collect = (span: Span): void => {
    for (const item of span.items)
      if (typeof item !== "number") {
        if (item.kind === "piece") pieces.push(item);
        collect(item);
      }
  };
  collect(shape.body);
  if (pieces.length === 0) return shared;
  exposed(code, shape, shape.body, new Set(Array.from({ length: params }, (_, register) => register)), shared);
  for (const piece of pieces) exposed(code, shape, piece, new Set(), shared);
  return shared;
}

/** Adds the registers that a piece reads where it has not written them on every path. What a piece inside it writes counts
 *  as not written here. `written`: at the beginning. */
function exposed(
  code: readonly Instruction[],
  shape: Shape,
  piece: Span,
  written: ReadonlySet<number>,
  shared: Set<number>,
): void {
  const pending = new Map<number, Set<number>>();
  let state: Set<number> | null = new Set(written);
  const flow = (target: number, from: ReadonlySet<number>): void => {
    const known = pending.get(target);
    if (known === undefined) pending.set(target, new Set(from));
    else for (const register of known) if (!from.has(register)) known.delete(register);
  };
  const arrive = (pc: number): void => {
    const joined = pending.get(pc);
    if (joined === undefined) return;
    pending.delete(pc);
    if (state !== null) for (const register of joined) if (!state.has(register)) joined.delete(register);
    state = joined;
  };
  const lose = (span: Span): void => {
    // What pieces inside a span write.
    for (const item of span.items) {
      if (typeof item === "number") continue;
      if (item.kind === "piece") for (const register of writtenIn(code, item.from, item.to)) state?.delete(register);
      else lose(item);
    }
  };
  const one = (pc: number): void => {
    arrive(pc);
    if (state === null || shape.reached[pc] === 0) return;
    const instruction = code[pc]!;
    for (const register of readOf(instruction)) if (!state.has(register)) shared.add(register);
    const target = instruction[0] === OP.each ? instruction[4]! : jumpTarget(instruction);
    if (target !== undefined) flow(target, state);
    if (instruction[0] === OP.ret || instruction[0] === OP.jump || instruction[0] === OP.next) state = null;
    else if (opcodeOf(instruction[0]!)!.operands[0]!.kind === "dst") state.add(instruction[1]!);
  };
  const walk = (span: Span): void => {
    for (const item of span.items) {
      if (typeof item === "number") one(item);
      else if (item.kind !== "piece") {
        arrive(item.from);
        if (item.kind === "loop") lose(item);
        walk(item);
      } else {
        arrive(item.from);
        if (state === null) continue;
        for (const register of writtenIn(code, item.from, item.to)) state.delete(register);
        for (const target of exitsOf(code, shape, item)) flow(target, state);
        arrive(item.to);
      }
    }
  };
  walk(piece);
}

/** Where control goes from a piece, its end included; -1: it returns. */
export function exitsOf(code: readonly Instruction[], shape: Shape, { from, to }: Span): ReadonlySet<number> {
  const exits = new Set<number>([to]);
  for (let pc = from; pc < to; pc++) {
    if (shape.reached[pc] === 0) continue;
    const target = jumpTarget(code[pc]!);
    if (target !== undefined && target >= to) exits.add(target);
    if (code[pc]![0] === OP.ret) exits.add(-1);
  }
  return exits;
}
