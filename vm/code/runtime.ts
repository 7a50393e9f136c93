// What translated code calls: the machine's operations, and the meter. A run that cannot end with a value within its fuel is
// given up by throwing LEFT; the interpreter then runs it again from the start and says how it ends. So the code tier knows
// no fault, and fuel need only be right when there is a value.
//
// Invariant: no operation here changes anything but the meter and the guesses of where keys stand.
import { utf8Length } from "../../core/bytes.ts";
import { add, div, KIND, misfitOne, mul, neg, roundAdd, roundMul, roundSub, sub, toDecimal } from "../arithmetic.ts";
import { conformWithin } from "../conform.ts";
import type { Interpreter } from "../interpret.ts";
import type { Loaded } from "../load.ts";
import { findKey } from "../map.ts";
import {
  fieldOf,
  getField,
  isPresent,
  itemOf,
  keyOf,
  LIMIT,
  lengthOf,
  putItem,
  setField,
  unitsOf,
} from "../operations.ts";
import { and, equalWithin, less, lessOrEqual, not, or, type Parts } from "../order.ts";
import { search } from "../regex.ts";
import { ErrorValue, MapValue, type Value } from "../value.ts";
import { UNSETTLED_FUEL_MAX } from "./limits.ts";

/** Thrown by code that gives a run up. */
export const LEFT = { left: true } as const;

/** The names of the operations in the text of translated code, and their values. */
export type Runtime = ReturnType<typeof runtimeOf>;

/** `sites`: how many instructions read a field by key. */
export function runtimeOf(loaded: Loaded, interpreter: Interpreter, sites: number) {
  const { module, programs } = loaded;
  /** Fuel settled so far, and the most there is. */
  const meter = new Float64Array(2);
  /** Where each site last found its key. */
  const guesses = new Int32Array(sites);

  const room = (): number => Math.min(meter[1]! - meter[0]!, UNSETTLED_FUEL_MAX) | 0;
  /** Settles `fuel`; gives how much may be counted until the next time. */
  const settle = (fuel: number): number => {
    meter[0]! += fuel;
    if (meter[0]! > meter[1]!) throw LEFT;
    return room();
  };

  return {
    // the meter
    meter,
    room,
    settle,
    LEFT,
    // operations that only compute
    add,
    sub,
    mul,
    div,
    neg,
    roundAdd,
    roundSub,
    roundMul,
    toDecimal,
    less,
    lessOrEqual,
    and,
    or,
    not,
    isPresent,
    getField,
    setField,
    itemOf,
    putItem,
    lengthOf,
    keyOf,
    unitsOf,
    // operations that settle fuel of their own
    compare: (a: Value, b: Value, bound: number, negate: boolean): Value => {
      if (a instanceof ErrorValue) return a;
      if (b instanceof ErrorValue) return b;
      if (a === undefined || b === undefined) return undefined;
      const parts: Parts = { count: 0, most: bound };
      const equal = equalWithin(a, b, parts);
      settle(Math.min(parts.count, bound));
      return parts.count > bound ? LIMIT : equal !== negate;
    },
    match: (a: Value, pattern: number, bound: number): Value => {
      if (typeof a !== "string") return misfitOne(a);
      if (a.length > bound || utf8Length(a) > bound) return LIMIT;
      const { found, steps } = search(programs[pattern]!, a, meter[1]! - meter[0]!);
      if (found === null) throw LEFT;
      settle(steps);
      return found;
    },
    conform: (a: Value, type: number, bound: number): Value => {
      if (a instanceof ErrorValue || a === undefined) return a;
      const { value, parts } = conformWithin(a, module.types[type]!, bound);
      settle(parts);
      return value;
    },
    /** A function that is not translated. */
    interpreted: (f: number, args: readonly Value[]): Value => {
      const result = interpreter(f, args, meter[1]! - meter[0]!);
      if ("fault" in result) throw LEFT;
      meter[0]! += result.fuel;
      return result.value;
    },
    field: (a: Value, key: string, absent: ErrorValue, site: number): Value => {
      if (!(a instanceof MapValue)) return fieldOf(a, key, absent);
      const at = findKey(a, key);
      if (at < 0) return absent;
      guesses[site] = at;
      return a.values[at];
    },
    // tables and classes
    guesses,
    constants: module.constants,
    absent: loaded.absent,
    unstated: loaded.unstated,
    builtins: loaded.builtins,
    ErrorValue,
    MapValue,
    KIND,
    LIMIT,
  };
}
