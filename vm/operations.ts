// What instructions on records, lists, maps and builtins do, as functions of values. The interpreter and the trace share
// them, so that one meaning stands in one place. None throws, whatever the values.
import { utf8Length } from "../core/bytes.ts";
import { KIND, misfit, misfitOne } from "./arithmetic.ts";
import { findKey } from "./map.ts";
import { ErrorValue, MapValue, type Value } from "./value.ts";

export const LIMIT = new ErrorValue("limit");
export const ABSENT = new ErrorValue("absent");

/** A builtin as the machine sees it: the part of stdlib's table that running needs. */
export interface MachineBuiltin {
  /** Number used in bytecode. */
  readonly id: number;
  readonly name: string;
  readonly fuel: number;
  /** Fuel per unit of work, and the argument that says how many units: see `workOf`. */
  readonly perUnit?: { readonly fuel: number; readonly argument: number; readonly further?: boolean };
  /** Gets errors and unknowns as they are; others never see them. */
  readonly lazy?: boolean;
  readonly run: (args: readonly Value[]) => Value;
}

const isNothing = (a: Value): a is null | undefined => a === null || a === undefined;

export function getField(a: Value, slot: number): Value {
  if (!Array.isArray(a)) return misfitOne(a);
  return slot < a.length ? a[slot] : ABSENT;
}

export function setField(a: Value, slot: number, value: Value): Value {
  if (!Array.isArray(a)) return misfitOne(a);
  if (slot >= a.length) return ABSENT;
  const copy = a.slice();
  copy[slot] = value;
  return copy;
}

export function itemOf(a: Value, index: Value): Value {
  if (!Array.isArray(a) || (typeof index !== "number" && typeof index !== "bigint")) return misfit(a, index);
  // A bigint is beyond every list. A safe number is an integer: the invariant of values.
  return typeof index === "number" && index >= 0 && index < a.length ? a[index] : ABSENT;
}

/** `value` is stored as it is, so only the list and the index can spoil the result. */
export function putItem(a: Value, index: Value, value: Value, most: number): Value {
  if (!Array.isArray(a) || (typeof index !== "number" && typeof index !== "bigint")) return misfit(a, index);
  if (a.length > most) return LIMIT;
  if (typeof index !== "number" || index < 0 || index > a.length) return ABSENT;
  if (index === most) return LIMIT;
  const copy = a.slice();
  copy[index] = value;
  return copy;
}

export function lengthOf(a: Value): Value {
  if (Array.isArray(a)) return a.length;
  return a instanceof MapValue ? a.keys.length : misfitOne(a);
}

/** `absent`: the error for a missing key, made once per constant. */
export function fieldOf(a: Value, key: string, absent: ErrorValue): Value {
  if (a instanceof MapValue) {
    const index = findKey(a, key);
    return index < 0 ? absent : a.values[index];
  }
  if (isNothing(a)) return absent;
  return a instanceof ErrorValue ? a : KIND;
}

export function keyOf(a: Value, key: Value): Value {
  if (a instanceof ErrorValue) return a;
  if (typeof key !== "string") return misfitOne(key);
  return fieldOf(a, key, new ErrorValue("absent", key));
}

export const isKnown = (a: Value): boolean => a !== undefined && !(a instanceof ErrorValue);

export function isPresent(a: Value): Value {
  if (a instanceof ErrorValue) return a.code === "absent" ? false : a;
  return true;
}

/** Units of work in an argument: bytes of text (UTF-8) or bytes, items of a list, keys of a map, the size of an int (at
 *  least 0), else 0. A bigint counts as more than any bound. */
export function unitsOf(argument: Value): number {
  if (typeof argument === "string") return utf8Length(argument);
  if (typeof argument === "number") return Math.max(0, argument);
  if (Array.isArray(argument) || argument instanceof Uint8Array) return argument.length;
  if (argument instanceof MapValue) return argument.keys.length;
  return typeof argument === "bigint" && argument > 0n ? Number.MAX_SAFE_INTEGER : 0;
}

/** Units of work of a call: those of the argument its row names, and with `further` of all after it. */
export function workOf(perUnit: NonNullable<MachineBuiltin["perUnit"]>, args: readonly Value[]): number {
  if (perUnit.further !== true) return unitsOf(args[perUnit.argument]);
  let units = 0;
  for (let at = perUnit.argument; at < args.length; at++) units += unitsOf(args[at]);
  return units;
}

/** The first error among the arguments, else unknown when one is unknown, else null: nothing in the way of a strict builtin. */
export function obstacle(args: readonly Value[]): { readonly value: Value } | null {
  let unknown = false;
  for (const arg of args) {
    if (arg instanceof ErrorValue) return { value: arg };
    if (arg === undefined) unknown = true;
  }
  return unknown ? UNKNOWN : null;
}
const UNKNOWN = { value: undefined };

/** Runs a builtin. A module may call one with values of kinds it does not take: what it throws then is the error kind. */
export function runBuiltin(builtin: MachineBuiltin, args: readonly Value[]): Value {
  try {
    return builtin.run(args);
  } catch {
    return KIND;
  }
}
