// The machine: a switch over numbered instructions and one register file. The reference for meaning and fuel, cheap to
// start. A module is verified before it gets here, so the loop checks nothing that was proved: registers exist and are
// written, jumps land, loops and calls end. It allocates nothing but values.
//
// Invariant: whatever the arguments, a run gives a value or a fault within its fuel, and never throws.
import { utf8Length } from "../core/bytes.ts";
import { add, div, misfitOne, mul, neg, roundAdd, roundMul, roundSub, sub, toDecimal } from "./arithmetic.ts";
import { conformWithin } from "./conform.ts";
import type { Fault, FaultCode } from "./fault.ts";
import { jumpTarget } from "./fuel.ts";
import type { Loaded, Result } from "./load.ts";
import type { Module } from "./module.ts";
import { OP, opcodeOf } from "./operands.ts";
import {
  fieldOf,
  getField,
  isKnown,
  isPresent,
  itemOf,
  keyOf,
  LIMIT,
  lengthOf,
  obstacle,
  putItem,
  runBuiltin,
  setField,
  workOf,
} from "./operations.ts";
import { and, equalWithin, less, lessOrEqual, not, or, type Parts } from "./order.ts";
import { search } from "./regex.ts";
import { ErrorValue, type Value } from "./value.ts";

const SAFE = Number.MAX_SAFE_INTEGER;

/** A function ready to run. */
interface Flat {
  /** Instructions one after the other: opcode with its fuel in the bits above the lowest 8, then the operands; jump targets
   *  are positions in this array. */
  readonly code: Int32Array;
  /** Instruction index of each position. */
  readonly pcOf: Int32Array;
  /** The function's own part of the register file: no function calls itself, so one frame each is enough. An array of any
   *  values from the start, so that the host never changes its representation. */
  readonly registers: Value[];
}

function flatten(fn: Module["functions"][number], builtinIndex: ReadonlyMap<number, number>): Flat {
  const start: number[] = [];
  let size = 0;
  for (const instruction of fn.code) {
    start.push(size);
    size += instruction.length;
  }
  const code = new Int32Array(size);
  const pcOf = new Int32Array(size + 1);
  for (const [pc, instruction] of fn.code.entries()) {
    const at = start[pc]!;
    code.set(instruction, at);
    code[at] = instruction[0]! | (opcodeOf(instruction[0]!)!.fuel << 8);
    pcOf.fill(pc, at, at + instruction.length);
    if (jumpTarget(instruction) !== undefined) code[at + instruction.length - 1] = start[jumpTarget(instruction)!]!;
    else if (instruction[0] === OP.each) code[at + 4] = start[instruction[4]!]!;
    else if (instruction[0] === OP.next) code[at + 2] = start[instruction[2]!]!;
    else if (instruction[0] === OP.builtin) code[at + 2] = builtinIndex.get(instruction[2]!)!;
  }
  return { code, pcOf, registers: new Array<Value>(fn.registers).fill(undefined) };
}

/** Runs function `f` of a module on `args`, one for each parameter, within `fuel`, a whole number that is not negative. */
export type Interpreter = (f: number, args: readonly Value[], fuel: number) => Result;

/** The interpreter of a module. Those of one module may run side by side, not inside each other. */
export function interpreterOf(loaded: Loaded): Interpreter {
  const { module, programs, absent, unstated } = loaded;
  const { constants, types } = module;
  const builtins = [...loaded.builtins.values()];
  const builtinIndex = new Map(builtins.map((builtin, index) => [builtin.id, index]));
  const functions = module.functions.map((fn) => flatten(fn, builtinIndex));
  let fuelLeft = 0;
  let fault: Fault | null = null;

  const stop = (code: FaultCode, fn: number, at: number, error: ErrorValue | null = null): undefined => {
    fault = { code, function: fn, pc: functions[fn]!.pcOf[at]!, error };
    return undefined;
  };

  /** Charges `units` known after the work; false when the fuel is gone. */
  const charge = (units: number): boolean => {
    fuelLeft -= units;
    return fuelLeft >= 0;
  };

  function callBuiltin(index: number, args: readonly Value[], bound: number): Value {
    const builtin = builtins[index]!;
    if (!charge(builtin.fuel)) return undefined;
    if (builtin.lazy !== true) {
      const found = obstacle(args);
      if (found !== null) return found.value;
    }
    if (builtin.perUnit !== undefined) {
      const units = workOf(builtin.perUnit, args);
      if (units > bound) return LIMIT;
      if (!charge(units * builtin.perUnit.fuel)) return undefined;
    }
    return runBuiltin(builtin, args);
  }

  function compare(a: Value, b: Value, bound: number, negate: boolean): Value {
    if (a instanceof ErrorValue) return a;
    if (b instanceof ErrorValue) return b;
    if (a === undefined || b === undefined) return undefined;
    const parts: Parts = { count: 0, most: bound };
    const equal = equalWithin(a, b, parts);
    charge(Math.min(parts.count, bound));
    if (parts.count > bound) return LIMIT;
    return equal !== negate;
  }

  function match(a: Value, pattern: number, bound: number): Value {
    if (typeof a !== "string") return misfitOne(a);
    if (a.length > bound || utf8Length(a) > bound) return LIMIT;
    const { found, steps } = search(programs[pattern]!, a, fuelLeft);
    if (found === null) {
      fuelLeft = -1;
      return undefined;
    }
    charge(steps);
    return found;
  }

  function conform(a: Value, type: number, bound: number): Value {
    if (a instanceof ErrorValue || a === undefined) return a;
    const { value, parts } = conformWithin(a, types[type]!, bound);
    charge(parts);
    return value;
  }

  /** Runs function `f` on what stands in its registers. After it: `fault` is set, or the answer is its value. */
  function execute(f: number): Value {
    const fn = functions[f]!;
    const code = fn.code;
    const r = fn.registers;
    let at = 0;
    let fuel = fuelLeft;
    for (;;) {
      const head = code[at]!;
      const op = head & 0xff;
      fuel -= head >>> 8;
      if (fuel < 0) {
        fuelLeft = fuel;
        return stop("vm/out-of-fuel", f, at);
      }
      switch (op) {
        case 0x01: // const
          r[code[at + 1]!] = constants[code[at + 2]!];
          at += 3;
          continue;
        case 0x02: // move
          r[code[at + 1]!] = r[code[at + 2]!];
          at += 3;
          continue;
        case 0x10: {
          // add
          const a = r[code[at + 2]!];
          const b = r[code[at + 3]!];
          if (typeof a === "number" && typeof b === "number") {
            const result = a + b;
            r[code[at + 1]!] = result <= SAFE && result >= -SAFE ? result : add(a, b);
          } else r[code[at + 1]!] = add(a, b);
          at += 4;
          continue;
        }
        case 0x11: {
          // sub
          const a = r[code[at + 2]!];
          const b = r[code[at + 3]!];
          if (typeof a === "number" && typeof b === "number") {
            const result = a - b;
            r[code[at + 1]!] = result <= SAFE && result >= -SAFE ? result : sub(a, b);
          } else r[code[at + 1]!] = sub(a, b);
          at += 4;
          continue;
        }
        case 0x12: {
          // mul
          const a = r[code[at + 2]!];
          const b = r[code[at + 3]!];
          if (typeof a === "number" && typeof b === "number") {
            const result = a * b;
            r[code[at + 1]!] = result <= SAFE && result >= -SAFE ? result + 0 : mul(a, b); // -0 becomes 0
          } else r[code[at + 1]!] = mul(a, b);
          at += 4;
          continue;
        }
        case 0x13: // div
          r[code[at + 1]!] = div(r[code[at + 2]!], r[code[at + 3]!]);
          at += 4;
          continue;
        case 0x14: // neg
          r[code[at + 1]!] = neg(r[code[at + 2]!]);
          at += 3;
          continue;
        case 0x15: // round_add
          r[code[at + 1]!] = roundAdd(r[code[at + 2]!], r[code[at + 3]!]);
          at += 4;
          continue;
        case 0x16: // round_sub
          r[code[at + 1]!] = roundSub(r[code[at + 2]!], r[code[at + 3]!]);
          at += 4;
          continue;
        case 0x17: // round_mul
          r[code[at + 1]!] = roundMul(r[code[at + 2]!], r[code[at + 3]!]);
          at += 4;
          continue;
        case 0x18: // to_decimal
          r[code[at + 1]!] = toDecimal(r[code[at + 2]!]);
          at += 3;
          continue;
        case 0x20: // eq
        case 0x21: {
          // ne
          const a = r[code[at + 2]!];
          const b = r[code[at + 3]!];
          const bound = code[at + 4]!;
          const type = typeof a;
          if (
            type === typeof b &&
            (type === "string" || type === "number" || type === "boolean") &&
            bound > 0 &&
            fuel > 0
          ) {
            fuel -= 1;
            r[code[at + 1]!] = (a === b) !== (op === 0x21);
          } else {
            fuelLeft = fuel;
            const result = compare(a, b, bound, op === 0x21);
            fuel = fuelLeft;
            if (fuel < 0) return stop("vm/out-of-fuel", f, at);
            r[code[at + 1]!] = result;
          }
          at += 5;
          continue;
        }
        case 0x22: {
          // lt
          const a = r[code[at + 2]!];
          const b = r[code[at + 3]!];
          r[code[at + 1]!] = typeof a === "number" && typeof b === "number" ? a < b : less(a, b);
          at += 4;
          continue;
        }
        case 0x23: {
          // le
          const a = r[code[at + 2]!];
          const b = r[code[at + 3]!];
          r[code[at + 1]!] = typeof a === "number" && typeof b === "number" ? a <= b : lessOrEqual(a, b);
          at += 4;
          continue;
        }
        case 0x28: // and
          r[code[at + 1]!] = and(r[code[at + 2]!], r[code[at + 3]!]);
          at += 4;
          continue;
        case 0x29: // or
          r[code[at + 1]!] = or(r[code[at + 2]!], r[code[at + 3]!]);
          at += 4;
          continue;
        case 0x2a: // not
          r[code[at + 1]!] = not(r[code[at + 2]!]);
          at += 3;
          continue;
        case 0x2b: // known
          r[code[at + 1]!] = isKnown(r[code[at + 2]!]);
          at += 3;
          continue;
        case 0x2c: // present
          r[code[at + 1]!] = isPresent(r[code[at + 2]!]);
          at += 3;
          continue;
        case 0x2d: // is_true
          r[code[at + 1]!] = r[code[at + 2]!] === true;
          at += 3;
          continue;
        case 0x2e: // is_error
          r[code[at + 1]!] = r[code[at + 2]!] instanceof ErrorValue;
          at += 3;
          continue;
        case 0x30: // jump
          at = code[at + 1]!;
          continue;
        case 0x31: // jump_if
          at = r[code[at + 1]!] === true ? code[at + 2]! : at + 3;
          continue;
        case 0x32: // jump_unless
          at = r[code[at + 1]!] === true ? at + 3 : code[at + 2]!;
          continue;
        case 0x33: // jump_if_false
          at = r[code[at + 1]!] === false ? code[at + 2]! : at + 3;
          continue;
        case 0x34: // jump_eq
          at = r[code[at + 1]!] === constants[code[at + 2]!] ? code[at + 3]! : at + 4;
          continue;
        case 0x35: // jump_ne
          at = r[code[at + 1]!] === constants[code[at + 2]!] ? at + 4 : code[at + 3]!;
          continue;
        case 0x40: {
          // record
          const count = code[at + 3]!;
          fuel -= count;
          if (fuel < 0) {
            fuelLeft = fuel;
            return stop("vm/out-of-fuel", f, at);
          }
          const from = code[at + 2]!;
          r[code[at + 1]!] = r.slice(from, from + count);
          at += 4;
          continue;
        }
        case 0x41: {
          // get
          const a = r[code[at + 2]!];
          const slot = code[at + 3]!;
          r[code[at + 1]!] = Array.isArray(a) && slot < a.length ? a[slot] : getField(a, slot);
          at += 4;
          continue;
        }
        case 0x42: // set
          r[code[at + 1]!] = setField(r[code[at + 2]!], code[at + 3]!, r[code[at + 4]!]);
          at += 5;
          continue;
        case 0x43: // item
          r[code[at + 1]!] = itemOf(r[code[at + 2]!], r[code[at + 3]!]);
          at += 4;
          continue;
        case 0x44: {
          // put
          const list = r[code[at + 2]!];
          const bound = code[at + 5]!;
          if (Array.isArray(list)) fuel -= Math.min(list.length, bound);
          if (fuel < 0) {
            fuelLeft = fuel;
            return stop("vm/out-of-fuel", f, at);
          }
          r[code[at + 1]!] = putItem(list, r[code[at + 3]!], r[code[at + 4]!], bound);
          at += 6;
          continue;
        }
        case 0x45: // length
          r[code[at + 1]!] = lengthOf(r[code[at + 2]!]);
          at += 3;
          continue;
        case 0x46: {
          // field
          const key = code[at + 3]!;
          r[code[at + 1]!] = fieldOf(r[code[at + 2]!], constants[key] as string, absent[key]!);
          at += 4;
          continue;
        }
        case 0x47: // key
          r[code[at + 1]!] = keyOf(r[code[at + 2]!], r[code[at + 3]!]);
          at += 4;
          continue;
        case 0x50: {
          // each
          const list = r[code[at + 3]!];
          if (!Array.isArray(list)) {
            at = code[at + 4]!;
            continue;
          }
          if (list.length > code[at + 5]!) {
            fuelLeft = fuel;
            return stop("vm/limit", f, at);
          }
          const i = r[code[at + 2]!] as number; // verified: counts from 0
          if (i < list.length) {
            r[code[at + 1]!] = list[i];
            at += 6;
          } else at = code[at + 4]!;
          continue;
        }
        case 0x51: {
          // next
          const counter = code[at + 1]!;
          r[counter] = (r[counter] as number) + 1;
          at = code[at + 2]!;
          continue;
        }
        case 0x60: {
          // call
          const callee = code[at + 2]!;
          const frame = functions[callee]!.registers;
          const from = code[at + 3]!;
          const count = code[at + 4]!;
          for (let i = 0; i < count; i++) frame[i] = r[from + i];
          fuelLeft = fuel;
          const result = execute(callee);
          if (fault !== null) return undefined;
          fuel = fuelLeft;
          r[code[at + 1]!] = result;
          at += 5;
          continue;
        }
        case 0x61: {
          // builtin
          fuelLeft = fuel;
          const result = callBuiltin(
            code[at + 2]!,
            r.slice(code[at + 3]!, code[at + 3]! + code[at + 4]!),
            code[at + 5]!,
          );
          fuel = fuelLeft;
          if (fuel < 0) return stop("vm/out-of-fuel", f, at);
          r[code[at + 1]!] = result;
          at += 6;
          continue;
        }
        case 0x62: {
          // match
          fuelLeft = fuel;
          const result = match(r[code[at + 2]!], code[at + 3]!, code[at + 4]!);
          fuel = fuelLeft;
          if (fuel < 0) return stop("vm/out-of-fuel", f, at);
          r[code[at + 1]!] = result;
          at += 5;
          continue;
        }
        case 0x63: {
          // conform
          fuelLeft = fuel;
          const result = conform(r[code[at + 2]!], code[at + 3]!, code[at + 4]!);
          fuel = fuelLeft;
          if (fuel < 0) return stop("vm/out-of-fuel", f, at);
          r[code[at + 1]!] = result;
          at += 5;
          continue;
        }
        case 0x70: // fail
          r[code[at + 1]!] = unstated[code[at + 2]!];
          at += 3;
          continue;
        case 0x71: {
          // trap
          const a = r[code[at + 1]!];
          if (a instanceof ErrorValue) {
            fuelLeft = fuel;
            return stop("vm/error", f, at, a);
          }
          at += 2;
          continue;
        }
        default:
          // ret: the only opcode left, the verifier knows no other.
          fuelLeft = fuel;
          return r[code[at + 1]!];
      }
    }
  }

  return (f, args, given) => {
    const frame = functions[f]!.registers;
    for (let i = 0; i < args.length; i++) frame[i] = args[i];
    fuelLeft = given;
    fault = null;
    const value = execute(f);
    if (fault === null) return { value, fuel: given - fuelLeft };
    const ended: Fault = fault;
    return { fault: ended, fuel: ended.code === "vm/out-of-fuel" ? given : given - fuelLeft };
  };
}
