// A condition that only compares fields, as forks: each way through it ends with an outcome and its fuel, and that is all that is left of its
// instructions. Followed from the verified bytecode, so the fuel is the machine's.
import { shapeOf } from "../code/shape.ts";
import type { ModuleFunction } from "../module.ts";
import { OP, opcodeOf } from "../operands.ts";
import type { Field } from "../type.ts";
import type { Value } from "../value.ts";
import { readOf } from "../verify.ts";
import { CODE_FUNCTION_PARTS_MAX, CODE_WAYS_MAX } from "./limits.ts";
import { READS_INPUT, type Reading } from "./table.ts";

export interface Way {
  readonly outcome: boolean;
  readonly fuel: number;
}

/** What is compared: the field in a slot, or a value where `slot` is -1. */
export interface Side {
  readonly slot: number;
  readonly value: Value;
}

export interface Fork {
  readonly test: "===" | "!==" | "<" | "<=";
  readonly left: Side;
  readonly right: Side;
  /** Both sides must be numbers of the host; larger ones are left to the general way. */
  readonly numbers: boolean;
  readonly yes: Ways;
  readonly no: Ways;
}

export type Ways = Way | Fork;

export const isWay = (at: Ways): at is Way => "fuel" in at;

/** The ways of a condition over the input; null where it does anything but compare fields, or has too many. */
export function waysOf(
  { reads, function: index }: Reading,
  functions: readonly ModuleFunction[],
  constants: readonly Value[],
  fields: readonly Field[],
): Ways | null {
  const fn = functions[index]!;
  return onlyCompares({ reads, function: index }, fn, constants, fields) ? follow(fn, constants, fields) : null;
}

/** Whether a condition only compares fields that are texts, numbers or bools with each other and with such constants. */
export function onlyCompares(
  { reads }: Reading,
  fn: ModuleFunction,
  constants: readonly Value[],
  fields: readonly Field[],
): boolean {
  if (reads.length !== 1 || reads[0] !== READS_INPUT || !onlyFields(fn, 0, fields.length)) return false;
  if (fn.code.length + fn.registers > CODE_FUNCTION_PARTS_MAX) return false;
  const simple = ({ type, optional }: Field): boolean =>
    !optional && (type.kind === "text" || type.kind === "int" || type.kind === "bool" || type.kind === "enum");
  return fn.code.every(([op, , second, third]) => {
    if (op === OP.get) return second === 0 && simple(fields[third!]!);
    if (op === OP.const) return ["string", "number", "boolean"].includes(typeof constants[second!]);
    return COMPARING.has(op!);
  });
}

/** Instructions that neither settle fuel nor end a run: with operands of simple kinds they are those of the host. */
const COMPARING: ReadonlySet<number> = new Set([
  OP.move,
  OP.eq,
  OP.ne,
  OP.lt,
  OP.le,
  OP.and,
  OP.or,
  OP.not,
  OP.is_true,
  OP.jump,
  OP.jump_if,
  OP.jump_unless,
  OP.jump_if_false,
  OP.jump_eq,
  OP.jump_ne,
  OP.ret,
]);

/** Whether a function uses a parameter only to take fields out of it, which are there. */
export function onlyFields(fn: ModuleFunction, param: number, count: number): boolean {
  return fn.code.every((instruction) => {
    const [op, first] = instruction;
    if (opcodeOf(op!)!.operands[0]?.kind === "dst" && first === param) return false;
    if (!readOf(instruction).includes(param)) return true;
    return op === OP.get && instruction[3]! < count;
  });
}

function follow({ code }: ModuleFunction, constants: readonly Value[], fields: readonly Field[]): Ways | null {
  const { cost } = shapeOf(code);
  let ways = 0;

  const kindOf = ({ slot, value }: Side): string => {
    if (slot < 0) return typeof value;
    const { kind } = fields[slot]!.type;
    return kind === "int" ? "number" : kind === "bool" ? "boolean" : "string";
  };

  function from(start: number, registers: ReadonlyMap<number, Side>, before: number): Ways | null {
    let fuel = before;
    const held = new Map(registers);
    const set = (register: number, value: Value): void => void held.set(register, valueSide(value));
    const known = (register: number): Value => {
      const at = held.get(register);
      return at !== undefined && at.slot < 0 ? at.value : null;
    };
    for (let pc = start; ; pc++) {
      const [op, a = 0, b = 0, c = 0, bound = 0] = code[pc]!;
      fuel += cost[pc]!;
      /** Both ways on from a test whose result a register holds. */
      const either = (test: Fork["test"], left: Side, right: Side): Ways | null => {
        if (++ways > CODE_WAYS_MAX) return null;
        const yes = from(pc + 1, new Map(held).set(a, valueSide(true)), fuel);
        const no = yes === null ? null : from(pc + 1, new Map(held).set(a, valueSide(false)), fuel);
        if (yes === null || no === null) return null;
        const numbers = kindOf(left) === "number";
        // Fields of ints must be looked at all the same: other numbers than those of the host are compared by the general way.
        return isSame(yes, no) && !numbers ? yes : { test, left, right, numbers, yes, no };
      };
      switch (op) {
        case OP.const:
          set(a, constants[b]!);
          break;
        case OP.get:
          if (fields[c]!.type.kind === "bool") return either("===", fieldSide(c), valueSide(true));
          held.set(a, fieldSide(c));
          break;
        case OP.move:
          held.set(a, held.get(b)!);
          break;
        case OP.eq:
        case OP.ne: {
          const [x, y] = [held.get(b)!, held.get(c)!];
          if (bound === 0 || kindOf(x) !== kindOf(y)) return null;
          fuel += 1;
          if (x.slot >= 0 || y.slot >= 0) return either(op === OP.eq ? "===" : "!==", x, y);
          set(a, (x.value === y.value) === (op === OP.eq));
          break;
        }
        case OP.lt:
        case OP.le: {
          const [x, y] = [held.get(b)!, held.get(c)!];
          if (kindOf(x) !== "number" || kindOf(y) !== "number") return null;
          return either(op === OP.lt ? "<" : "<=", x, y);
        }
        case OP.and:
        case OP.or: {
          const [x, y] = [known(b), known(c)];
          if (typeof x !== "boolean" || typeof y !== "boolean") return null;
          set(a, op === OP.and ? x && y : x || y);
          break;
        }
        case OP.not: {
          const x = known(b);
          if (typeof x !== "boolean") return null;
          set(a, !x);
          break;
        }
        case OP.is_true:
          set(a, known(b) === true);
          break;
        case OP.jump:
          pc = a - 1;
          break;
        case OP.jump_if:
          if (known(a) === true) pc = b - 1;
          break;
        case OP.jump_unless:
          if (known(a) !== true) pc = b - 1;
          break;
        case OP.jump_if_false:
          if (known(a) === false) pc = b - 1;
          break;
        case OP.ret: {
          const outcome = known(a);
          return typeof outcome === "boolean" ? { outcome, fuel } : null;
        }
        default:
          return null;
      }
    }
  }
  return from(0, new Map(), 0);
}

const fieldSide = (slot: number): Side => ({ slot, value: null });
const valueSide = (value: Value): Side => ({ slot: -1, value });

const isSame = (one: Ways, other: Ways): boolean =>
  isWay(one) && isWay(other) && one.fuel === other.fuel && one.outcome === other.outcome;

/** The ends of ways, each once. */
export function endsOf(ways: Ways): readonly Way[] {
  const ends = new Map<string, Way>();
  const add = (at: Ways): void => {
    if (isWay(at)) ends.set(`${at.outcome} ${at.fuel}`, at);
    else {
      add(at.yes);
      add(at.no);
    }
  };
  add(ways);
  return [...ends.values()];
}

/** The way of an input that was read; null: left to the general way. */
export function wayOf(ways: Ways, input: readonly Value[]): Way | null {
  let at = ways;
  while (!isWay(at)) {
    const { left, right, test } = at;
    const a = left.slot < 0 ? left.value : input[left.slot]!;
    const b = right.slot < 0 ? right.value : input[right.slot]!;
    if (at.numbers && (typeof a !== "number" || typeof b !== "number")) return null;
    const holds =
      test === "==="
        ? a === b
        : test === "!=="
          ? a !== b
          : test === "<"
            ? (a as number) < (b as number)
            : (a as number) <= (b as number);
    at = holds ? at.yes : at.no;
  }
  return at;
}
