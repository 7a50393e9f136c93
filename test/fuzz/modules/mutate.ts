// Ways to damage a module: its bytes, its sections, its tables, its code. All are decided by `next`, so a seed repeats them.
import { varint } from "../../../core/bytes.ts";
import { createMachine, type Entry, type Module, OPCODES } from "../../../vm/index.ts";
import { BUILTINS } from "./subjects.ts";

/** 0 <= n < below. */
export type Next = (below: number) => number;

/** xorshift32. */
export function random(seed: number): Next {
  let state = seed | 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

export const pull = <T>(list: readonly T[], next: Next): T => list[next(list.length)]!;

export function flipBits(bytes: Uint8Array, count: number, next: Next): Uint8Array {
  const copy = bytes.slice();
  for (let i = 0; i < count; i++) copy[next(copy.length)]! ^= 1 << next(8);
  return copy;
}

// ── Sections ──────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface Section {
  readonly id: number;
  readonly payload: Uint8Array;
}

const HEAD = 5; // magic, format version

function number(bytes: Uint8Array, at: number): { value: number; end: number } {
  let value = 0;
  let factor = 1;
  for (let end = at; ; end++) {
    value += (bytes[end]! & 0x7f) * factor;
    factor *= 128;
    if (bytes[end]! < 0x80) return { value, end: end + 1 };
  }
}

/** The sections of a sound file, in order. */
export function sectionsOf(bytes: Uint8Array): Section[] {
  const found: Section[] = [];
  for (let at = HEAD; at < bytes.length; ) {
    const { value, end } = number(bytes, at + 1);
    found.push({ id: bytes[at]!, payload: bytes.slice(end, end + value) });
    at = end + value;
  }
  return found;
}

/** Lengths around the ends of sections, and every 97th. */
export function cutSections(bytes: Uint8Array): number[] {
  const cuts = new Set<number>();
  let at = HEAD;
  for (const { payload } of sectionsOf(bytes)) {
    for (const near of [at, at + 1, at + 2, at + 3]) if (near < bytes.length) cuts.add(near);
    at += 1 + varint(payload.length).length + payload.length;
  }
  for (let length = 0; length < bytes.length; length += 97) cuts.add(length);
  return [...cuts];
}

const HUGE = [0x7f, 0xffff, 0x10_0000, 0x7fff_ffff, 0xffff_ffff, Number.MAX_SAFE_INTEGER];

/** A file put together again from damaged sections; lengths are right unless they are what is damaged. */
export function spliced(own: readonly Section[], other: readonly Section[], next: Next): Uint8Array {
  const sections = [...own];
  const at = next(sections.length);
  const section = sections[at]!;
  let wrongLength: number | null = null;
  switch (next(8)) {
    case 0: // of another module
      sections[at] = other[at]!;
      break;
    case 1: // in the place of another
      sections[at] = { id: section.id, payload: pull(own, next).payload };
      break;
    case 2:
      sections.splice(at, 0, section);
      break;
    case 3:
      sections.splice(at, 1);
      break;
    case 4: {
      const to = next(sections.length);
      sections[at] = sections[to]!;
      sections[to] = section;
      break;
    }
    case 5: // a number becomes huge: a count, a length, an index
      sections[at] = {
        id: section.id,
        payload: withNumber(section.payload, next(section.payload.length), pull(HUGE, next)),
      };
      break;
    case 6: // a stretch is doubled or moved
      sections[at] = { id: section.id, payload: shuffled(section.payload, next) };
      break;
    default:
      wrongLength = next(2) === 0 ? section.payload.length + 1 + next(4) : pull(HUGE, next);
  }
  const parts = sections.flatMap(({ id, payload }, index) => [
    Uint8Array.of(id),
    varint(index === at && wrongLength !== null ? wrongLength : payload.length),
    payload,
  ]);
  return joined([Uint8Array.of(0x57, 0x52, 0x49, 0x54, 1), ...parts]);
}

function withNumber(bytes: Uint8Array, at: number, value: number): Uint8Array {
  return joined([bytes.slice(0, at), varint(value), bytes.slice(at + 1)]);
}

function shuffled(bytes: Uint8Array, next: Next): Uint8Array {
  if (bytes.length === 0) return bytes;
  const from = next(bytes.length);
  const part = bytes.slice(from, from + 1 + next(40));
  const to = next(bytes.length);
  const rest = next(2) === 0 ? bytes : joined([bytes.slice(0, from), bytes.slice(from + part.length)]);
  return joined([rest.slice(0, to), part, rest.slice(to)]);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

// ── Tables ────────────────────────────────────────────────────────────────────────────────────────────────────────────

const swapped = <T>(list: readonly T[], next: Next): T[] => {
  const copy = [...list];
  if (copy.length < 2) return copy;
  const a = next(copy.length);
  const b = next(copy.length);
  [copy[a], copy[b]] = [copy[b]!, copy[a]!];
  return copy;
};

/** A module with two rows of a table exchanged, or an entry point that names something else. */
export function changeTables(module: Module, next: Next): Module {
  switch (next(6)) {
    case 0:
      return { ...module, types: swapped(module.types, next) };
    case 1:
      return rightFuel({ ...module, constants: swapped(module.constants, next) });
    case 2:
      return rightFuel({ ...module, functions: swapped(module.functions, next) });
    case 3: {
      const names = swapped(module.entries, next).map((entry) => entry.name);
      return { ...module, entries: module.entries.map((entry, at) => ({ ...entry, name: names[at]! })) };
    }
    case 4:
      return { ...module, kind: next(2) === 0 ? module.kind : "policy", patterns: swapped(module.patterns, next) };
    default: {
      const at = next(module.entries.length);
      const change = (entry: Entry): Entry => ({
        ...entry,
        function: next(module.functions.length),
        params: entry.params.map(() => next(module.types.length + 1)),
        result: next(module.types.length + 1),
      });
      return { ...module, entries: module.entries.map((entry, index) => (index === at ? change(entry) : entry)) };
    }
  }
}

// ── Code ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A module with a few instructions changed, doubled or removed, declaring what it now costs. */
export function changeCode(module: Module, next: Next): Module {
  const functions = module.functions.map((fn) => ({ ...fn, code: fn.code.map((instruction) => [...instruction]) }));
  for (let edits = 1 + next(3); edits > 0; edits--) {
    const fn = pull(functions, next);
    const pc = next(fn.code.length);
    const instruction = fn.code[pc]!;
    switch (next(6)) {
      case 0: {
        // another instruction with operands of the same number
        const same = OPCODES.filter((opcode) => opcode.operands.length === instruction.length - 1);
        if (same.length > 0) instruction[0] = pull(same, next).code;
        break;
      }
      case 1:
      case 2:
        if (instruction.length > 1)
          instruction[1 + next(instruction.length - 1)] = next(pull([4, 32, fn.registers, 300], next) + 1);
        break;
      case 3: {
        // an operand of another instruction of the function
        const other = pull(fn.code, next);
        const at = 1 + next(Math.max(1, Math.min(instruction.length, other.length) - 1));
        if (at < instruction.length && at < other.length) instruction[at] = other[at]!;
        break;
      }
      case 4:
        // the same instruction again, elsewhere: jumps keep their targets
        fn.code[next(fn.code.length)] = [...instruction];
        break;
      default:
        fn.code[pc] = [0x02, next(fn.registers || 1), next(fn.registers || 1)];
    }
  }
  return rightFuel({ ...module, functions });
}

/** Declares what the verifier computes, function by function. */
function rightFuel(module: Module): Module {
  const functions = [...module.functions];
  for (let tries = 0; tries <= functions.length; tries++) {
    const made = createMachine({ ...module, functions }, BUILTINS);
    if (!("error" in made) || made.error.code !== "vm/wrong-fuel") break;
    const computed = /computed (\d+)/.exec(made.error.message)?.[1];
    if (computed === undefined) break;
    functions[made.error.function] = { ...functions[made.error.function]!, worstFuel: Number(computed) };
  }
  return { ...module, functions };
}
