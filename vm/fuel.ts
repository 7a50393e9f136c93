// The fuel schedule and the worst case of a function. Version 1: an instruction costs its row's `fuel`, charged before it
// runs, and `perUnit` for each unit of its work, charged when the work is known:
//
//   eq, ne      a value compared        record     a register stored
//   put         an item copied          conform    a JSON value read
//   match       a thread step of the matcher: see `worstSteps` in regex.ts
//   builtin     its own row in the builtin table, per unit of the argument named there
//   call        what the function called costs
//
// The verifier proves a declared worst fuel with the same function the compiler computes it with.

import { FUEL_MAX } from "./limits.ts";
import type { Instruction } from "./module.ts";
import { OP, opcodeOf } from "./operands.ts";
import type { MachineBuiltin } from "./operations.ts";
import { worstSteps } from "./regex.ts";

/** Version of the schedule below. A change of any number is a new version. */
export const FUEL_SCHEDULE = 1;

/** What the cost of an instruction depends on outside its function. Undefined: unknown, so there is no worst case. */
export interface FuelLookup {
  /** Worst fuel of a function with a smaller index. */
  readonly worstOf: (functionIndex: number) => number | undefined;
  readonly builtin: (id: number) => Pick<MachineBuiltin, "fuel" | "perUnit"> | undefined;
  /** Instructions of a regex program. */
  readonly patternSize: (index: number) => number | undefined;
}

/** Worst fuel of one execution of one instruction, loops not counted. Undefined: something it names is unknown. */
export function worstOfInstruction(instruction: Instruction, lookup: FuelLookup): number | undefined {
  const opcode = opcodeOf(instruction[0]!);
  if (opcode === undefined) return undefined;
  const fixed = opcode.fuel;
  const last = instruction[instruction.length - 1]!;
  switch (opcode.code) {
    case OP.eq:
    case OP.ne:
    case OP.put:
    case OP.conform:
      return fixed + opcode.perUnit * last; // the bound
    case OP.record:
      return fixed + opcode.perUnit * last; // the count
    case OP.call: {
      const callee = lookup.worstOf(instruction[2]!);
      return callee === undefined ? undefined : fixed + callee;
    }
    case OP.builtin: {
      const row = lookup.builtin(instruction[2]!);
      return row === undefined ? undefined : fixed + row.fuel + (row.perUnit?.fuel ?? 0) * last;
    }
    case OP.match: {
      const size = lookup.patternSize(instruction[3]!);
      return size === undefined ? undefined : fixed + opcode.perUnit * worstSteps(size, last);
    }
    default:
      return fixed;
  }
}

/** A loop being walked: an `each` at `top`, its `next` at `bottom`. Fuel inside is counted from the top of one round. */
interface Open {
  /** The loop around it. */
  readonly outer: Open | null;
  readonly bottom: number;
  readonly bound: number;
  readonly entered: number;
  /** Jumps out of the body, and returns in it (target -1), with the fuel spent in their round. */
  readonly exits: { readonly target: number; readonly spent: number }[];
}

/** Worst fuel of one call of a function: the longest path, each loop taken `bound` times. Expects the shape the verifier
 *  proves (forward jumps, `each … next` properly nested, no jump into a loop); on another shape or an unknown lookup it
 *  gives undefined. Over FUEL_MAX: Infinity. */
export function worstFuel(fn: { readonly code: readonly Instruction[] }, lookup: FuelLookup): number | undefined {
  const code = fn.code;
  // arrive[pc]: most fuel spent before pc runs, from the start of the innermost round around pc; -1: not reached.
  const arrive = new Float64Array(code.length + 1).fill(-1);
  let inner = null as Open | null;
  let worst = 0;
  const reach = (target: number, spent: number): void => {
    if (inner !== null && (target < 0 || target > inner.bottom)) inner.exits.push({ target, spent });
    else if (target < 0) worst = Math.max(worst, spent);
    else if (spent > arrive[target]!) arrive[target] = spent;
  };
  arrive[0] = 0;
  for (let pc = 0; pc < code.length; pc++) {
    const instruction = code[pc]!;
    const spent = arrive[pc]!;
    const loop = inner as Open | null; // `reach` reads it, too
    if (instruction[0] === OP.next) {
      if (loop === null || loop.bottom !== pc) return undefined;
      inner = loop.outer;
      const cost = worstOfInstruction(instruction, lookup)!;
      const test = opcodeOf(OP.each)!.fuel;
      const round = spent < 0 ? 0 : test + spent + cost;
      // After the last round the test fails once more.
      const out = loop.entered + loop.bound * round + test;
      if (loop.entered >= 0) {
        reach(pc + 1, out);
        // The round that leaves early is the last of at most `bound`.
        const before = loop.entered + Math.max(0, loop.bound - 1) * round + test;
        if (loop.bound > 0) for (const exit of loop.exits) reach(exit.target, before + exit.spent);
      }
      if (out > FUEL_MAX) return Number.POSITIVE_INFINITY;
      continue;
    }
    if (instruction[0] === OP.each) {
      const bottom = instruction[4]! - 1;
      if (bottom <= pc || (loop !== null && bottom >= loop.bottom)) return undefined;
      inner = { outer: loop, bottom, bound: instruction[5]!, entered: spent, exits: [] };
      if (pc + 1 <= bottom) arrive[pc + 1] = spent < 0 ? -1 : 0;
      continue;
    }
    if (spent < 0) continue;
    const cost = worstOfInstruction(instruction, lookup);
    if (cost === undefined) return undefined;
    const after = spent + cost;
    if (after > FUEL_MAX) return Number.POSITIVE_INFINITY;
    if (instruction[0] === OP.ret) {
      reach(-1, after);
      continue;
    }
    const target = jumpTarget(instruction);
    if (target !== undefined) {
      if (target <= pc || target >= code.length) return undefined;
      reach(target, after);
      if (instruction[0] === OP.jump) continue;
    }
    reach(pc + 1, after);
  }
  return inner === null ? worst : undefined;
}

/** Where a jump goes; undefined for instructions that are no jump (loops are not jumps here). */
export function jumpTarget(instruction: Instruction): number | undefined {
  switch (instruction[0]) {
    case OP.jump:
      return instruction[1];
    case OP.jump_if:
    case OP.jump_unless:
    case OP.jump_if_false:
      return instruction[2];
    case OP.jump_eq:
    case OP.jump_ne:
      return instruction[3];
    default:
      return undefined;
  }
}
