// A run looked at step by step: every instruction as a function over the registers, slower than the machine and separate
// from it, so that looking cannot change a result. It is also the second opinion in tests: value, fault and fuel of both
// must be equal on every program.
import { utf8Length } from "../core/bytes.ts";
import { add, div, misfitOne, mul, neg, roundAdd, roundMul, roundSub, sub, toDecimal } from "./arithmetic.ts";
import { conformWithin } from "./conform.ts";
import type { Fault, FaultCode } from "./fault.ts";
import { TRACE_STEPS_MAX } from "./limits.ts";
import type { Loaded, Result } from "./load.ts";
import type { Instruction } from "./module.ts";
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
import { and, equalWithin, less, lessOrEqual, not, or } from "./order.ts";
import { search } from "./regex.ts";
import { ErrorValue, type Value } from "./value.ts";

/** One instruction that ran. */
export interface TraceStep {
  readonly function: number;
  readonly pc: number;
  /** Calls around it. */
  readonly depth: number;
  /** The register it wrote and the value, or null when it wrote none. */
  readonly wrote: { readonly register: number; readonly value: Value } | null;
  /** Fuel used so far, this instruction included. */
  readonly fuel: number;
}

export interface Trace {
  readonly result: Result;
  /** In the order they ended; at most TRACE_STEPS_MAX, `cut` when there were more. */
  readonly steps: readonly TraceStep[];
  readonly cut: boolean;
}

class Ended {
  readonly fault: Fault;
  constructor(fault: Fault) {
    this.fault = fault;
  }
}

/** Runs an entry point of a loaded module and records every step. Same result as the machine's `run`. `fuelGiven`: a whole
 *  number, not negative. */
export function traceRun(loaded: Loaded, name: string, args: readonly Value[], fuelGiven: number): Trace {
  const entry = loaded.module.entries.find((candidate) => candidate.name === name);
  if (entry === undefined || args.length !== entry.params.length) {
    const fault: Fault = { code: "vm/bad-entry", function: -1, pc: -1, error: null };
    return { result: { fault, fuel: 0 }, steps: [], cut: false };
  }
  return traceFunction(loaded, entry.function, args, fuelGiven);
}

/** The same for a function by its number; one argument for each parameter. */
export function traceFunction(loaded: Loaded, f: number, args: readonly Value[], fuelGiven: number): Trace {
  const run = new Run(loaded, fuelGiven);
  try {
    const value = run.call(f, args, 0);
    return { result: { value, fuel: run.used }, steps: run.steps, cut: run.cut };
  } catch (error) {
    if (!(error instanceof Ended)) throw error;
    const fuel = error.fault.code === "vm/out-of-fuel" ? fuelGiven : run.used;
    return { result: { fault: error.fault, fuel }, steps: run.steps, cut: run.cut };
  }
}

class Run {
  readonly loaded: Loaded;
  readonly most: number;
  readonly steps: TraceStep[] = [];
  cut = false;
  used = 0;
  /** Where the run is, for faults. */
  fn = 0;
  pc = 0;

  constructor(loaded: Loaded, most: number) {
    this.loaded = loaded;
    this.most = most;
  }

  end(code: FaultCode, error: ErrorValue | null = null): never {
    throw new Ended({ code, function: this.fn, pc: this.pc, error });
  }

  charge(fuel: number): void {
    this.used += fuel;
    if (this.used > this.most) this.end("vm/out-of-fuel");
  }

  call(f: number, args: readonly Value[], depth: number): Value {
    const fn = this.loaded.module.functions[f]!;
    const registers: Value[] = [...args];
    let pc = 0;
    for (;;) {
      const instruction = fn.code[pc]!;
      this.fn = f;
      this.pc = pc;
      this.charge(opcodeOf(instruction[0]!)!.fuel);
      if (instruction[0] === OP.ret) {
        this.record(f, pc, depth, null);
        return registers[instruction[1]!];
      }
      const to = this.jump(instruction, registers, pc);
      let wrote: TraceStep["wrote"] = null;
      if (to === null) {
        const value = this.value(instruction, registers, depth);
        this.fn = f;
        this.pc = pc;
        if (instruction[0] !== OP.trap) {
          registers[instruction[1]!] = value;
          wrote = { register: instruction[1]!, value };
        }
      } else if (instruction[0] === OP.each && to === pc + 1) {
        wrote = { register: instruction[1]!, value: registers[instruction[1]!] };
      }
      this.record(f, pc, depth, wrote);
      pc = to ?? pc + 1;
    }
  }

  record(f: number, pc: number, depth: number, wrote: TraceStep["wrote"]): void {
    if (this.steps.length < TRACE_STEPS_MAX) this.steps.push({ function: f, pc, depth, wrote, fuel: this.used });
    else this.cut = true;
  }

  /** Where control goes, or null for an instruction that only computes. */
  jump(i: Instruction, r: Value[], pc: number): number | null {
    const same = (): boolean => r[i[1]!] === this.loaded.module.constants[i[2]!];
    switch (i[0]) {
      case OP.jump:
        return i[1]!;
      case OP.jump_if:
        return r[i[1]!] === true ? i[2]! : pc + 1;
      case OP.jump_unless:
        return r[i[1]!] === true ? pc + 1 : i[2]!;
      case OP.jump_if_false:
        return r[i[1]!] === false ? i[2]! : pc + 1;
      case OP.jump_eq:
        return same() ? i[3]! : pc + 1;
      case OP.jump_ne:
        return same() ? pc + 1 : i[3]!;
      case OP.next:
        r[i[1]!] = (r[i[1]!] as number) + 1;
        return i[2]!;
      case OP.each: {
        const list = r[i[3]!];
        if (!Array.isArray(list)) return i[4]!;
        if (list.length > i[5]!) this.end("vm/limit");
        const at = r[i[2]!] as number;
        if (at >= list.length) return i[4]!;
        r[i[1]!] = list[at];
        return pc + 1;
      }
      default:
        return null;
    }
  }

  /** The value an instruction writes. */
  value(i: Instruction, r: readonly Value[], depth: number): Value {
    const { module, absent, unstated, programs } = this.loaded;
    const a = r[i[2]!];
    const b = r[i[3]!];
    switch (i[0]) {
      case OP.const:
        return module.constants[i[2]!];
      case OP.move:
        return a;
      case OP.add:
        return add(a, b);
      case OP.sub:
        return sub(a, b);
      case OP.mul:
        return mul(a, b);
      case OP.div:
        return div(a, b);
      case OP.neg:
        return neg(a);
      case OP.round_add:
        return roundAdd(a, b);
      case OP.round_sub:
        return roundSub(a, b);
      case OP.round_mul:
        return roundMul(a, b);
      case OP.to_decimal:
        return toDecimal(a);
      case OP.eq:
      case OP.ne:
        return this.compare(a, b, i[4]!, i[0] === OP.ne);
      case OP.lt:
        return less(a, b);
      case OP.le:
        return lessOrEqual(a, b);
      case OP.and:
        return and(a, b);
      case OP.or:
        return or(a, b);
      case OP.not:
        return not(a);
      case OP.known:
        return isKnown(a);
      case OP.present:
        return isPresent(a);
      case OP.is_true:
        return a === true;
      case OP.is_error:
        return a instanceof ErrorValue;
      case OP.record:
        this.charge(i[3]!);
        return r.slice(i[2]!, i[2]! + i[3]!);
      case OP.get:
        return getField(a, i[3]!);
      case OP.set:
        return setField(a, i[3]!, r[i[4]!]);
      case OP.item:
        return itemOf(a, b);
      case OP.put:
        if (Array.isArray(a)) this.charge(Math.min(a.length, i[5]!));
        return putItem(a, b, r[i[4]!], i[5]!);
      case OP.length:
        return lengthOf(a);
      case OP.field:
        return fieldOf(a, module.constants[i[3]!] as string, absent[i[3]!]!);
      case OP.key:
        return keyOf(a, b);
      case OP.call:
        return this.call(i[2]!, r.slice(i[3]!, i[3]! + i[4]!), depth + 1);
      case OP.builtin:
        return this.builtin(i[2]!, r.slice(i[3]!, i[3]! + i[4]!), i[5]!);
      case OP.match: {
        if (typeof a !== "string") return misfitOne(a);
        if (utf8Length(a) > i[4]!) return LIMIT;
        const found = search(programs[i[3]!]!, a, Number.MAX_SAFE_INTEGER);
        this.charge(found.steps);
        return found.found ?? false;
      }
      case OP.conform: {
        if (a === undefined || a instanceof ErrorValue) return a;
        const read = conformWithin(a, module.types[i[3]!]!, i[4]!);
        this.charge(read.parts);
        return read.value;
      }
      case OP.fail:
        return unstated[i[2]!];
      default: {
        // trap
        const error = r[i[1]!];
        if (error instanceof ErrorValue) this.end("vm/error", error);
        return undefined;
      }
    }
  }

  compare(a: Value, b: Value, bound: number, negate: boolean): Value {
    if (a instanceof ErrorValue) return a;
    if (b instanceof ErrorValue) return b;
    if (a === undefined || b === undefined) return undefined;
    const parts = { count: 0, most: bound };
    const equal = equalWithin(a, b, parts);
    this.charge(Math.min(parts.count, bound));
    return parts.count > bound ? LIMIT : equal !== negate;
  }

  builtin(id: number, args: readonly Value[], bound: number): Value {
    const row = this.loaded.builtins.get(id)!;
    this.charge(row.fuel);
    const found = row.lazy === true ? null : obstacle(args);
    if (found !== null) return found.value;
    if (row.perUnit !== undefined) {
      const units = workOf(row.perUnit, args);
      if (units > bound) return LIMIT;
      this.charge(units * row.perUnit.fuel);
    }
    return runBuiltin(row, args);
  }
}
