// Equality and order of values, and Kleene logic. Equality is total: 1 equals 1.0, values of other kinds are unequal, lists
// and maps are compared in depth. Order exists within numbers, within text (UTF-8 bytes) and within bytes.
import { isNumber, KIND, misfit } from "./arithmetic.ts";
import { compareParts, Decimal, type Int } from "./decimal.ts";
import { VALUE_DEPTH_MAX } from "./limits.ts";
import { ErrorValue, MapValue, type Value } from "./value.ts";

/** -1, 0 or 1. Numbers of any kind. */
export function compareNumbers(a: Int | Decimal, b: Int | Decimal): number {
  if (a instanceof Decimal) {
    if (b instanceof Decimal) return compareParts(a.coefficient, a.exponent, b.coefficient, b.exponent);
    return compareParts(a.coefficient, a.exponent, b, 0);
  }
  if (b instanceof Decimal) return compareParts(a, 0, b.coefficient, b.exponent);
  return a < b ? -1 : a > b ? 1 : 0;
}

/** -1, 0 or 1: order of the UTF-8 bytes, which is the order of code points. Both texts are well-formed. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    // A surrogate stands for a code point above U+FFFF, so it sorts above U+E000 … U+FFFF.
    const xHigh = x >= 0xd800 && x <= 0xdfff;
    const yHigh = y >= 0xd800 && y <= 0xdfff;
    if (xHigh !== yHigh) return xHigh ? 1 : -1;
    return x < y ? -1 : 1;
  }
  return a.length < b.length ? -1 : 1;
}

/** -1, 0 or 1; a prefix is less. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = a[i]! - b[i]!;
    if (difference !== 0) return difference < 0 ? -1 : 1;
  }
  return a.length < b.length ? -1 : a.length > b.length ? 1 : 0;
}

/** Order of two values of one ordered kind: -1, 0 or 1, or undefined when they have none. */
export function compareValues(a: Value, b: Value): number | undefined {
  if (isNumber(a) && isNumber(b)) return compareNumbers(a, b);
  if (typeof a === "string" && typeof b === "string") return compareText(a, b);
  if (a instanceof Uint8Array && b instanceof Uint8Array) return compareBytes(a, b);
  return undefined;
}

export function less(a: Value, b: Value): Value {
  const order = compareValues(a, b);
  return order === undefined ? misfit(a, b) : order < 0;
}

export function lessOrEqual(a: Value, b: Value): Value {
  const order = compareValues(a, b);
  return order === undefined ? misfit(a, b) : order <= 0;
}

/** A count of compared parts that `equal` adds to; when it passes `most`, the answer means nothing. */
export interface Parts {
  count: number;
  readonly most: number;
}

/** Equality in depth. Each value met is a part; stops as soon as the answer is known or `parts.count > parts.most`.
 *  Deeper than VALUE_DEPTH_MAX counts as over the bound. Errors and unknowns inside are compared as values. */
export function equalWithin(a: Value, b: Value, parts: Parts, depth = 0): boolean {
  if (++parts.count > parts.most) return false;
  if (a === b) return true;
  if (isNumber(a)) return isNumber(b) && compareNumbers(a, b) === 0;
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    return equalItems(a, b, parts, depth + 1);
  }
  if (a instanceof MapValue) {
    if (!(b instanceof MapValue) || a.keys.length !== b.keys.length) return false;
    for (let i = 0; i < a.keys.length; i++) if (a.keys[i] !== b.keys[i]) return false;
    return equalItems(a.values, b.values, parts, depth + 1);
  }
  if (a instanceof Uint8Array) return b instanceof Uint8Array && compareBytes(a, b) === 0;
  if (a instanceof ErrorValue) return b instanceof ErrorValue && a.code === b.code && a.about === b.about;
  return false;
}

function equalItems(a: readonly Value[], b: readonly Value[], parts: Parts, depth: number): boolean {
  if (depth > VALUE_DEPTH_MAX) {
    parts.count = parts.most + 1;
    return false;
  }
  for (let i = 0; i < a.length; i++) if (!equalWithin(a[i], b[i], parts, depth)) return false;
  return true;
}

/** Equality in depth of values known to be small (constants, keys): asserts nothing, compares at most 2^53 parts. */
export function equalValues(a: Value, b: Value): boolean {
  return equalWithin(a, b, { count: 0, most: Number.MAX_SAFE_INTEGER });
}

// ── Kleene logic: a deciding operand wins in both orders, then an error, then unknown ─────────────────────────────────

export function and(a: Value, b: Value): Value {
  if (a === false || b === false) return false;
  if (a === true && b === true) return true;
  return undecided(a, b);
}

export function or(a: Value, b: Value): Value {
  if (a === true || b === true) return true;
  if (a === false && b === false) return false;
  return undecided(a, b);
}

function undecided(a: Value, b: Value): Value {
  const left = truthOf(a);
  const right = truthOf(b);
  if (left instanceof ErrorValue) return left;
  if (right instanceof ErrorValue) return right;
  return undefined;
}

/** A bool, unknown or error as it is; any other kind as the error kind. */
function truthOf(a: Value): Value {
  return typeof a === "boolean" || a === undefined || a instanceof ErrorValue ? a : KIND;
}

export function not(a: Value): Value {
  return typeof a === "boolean" ? !a : truthOf(a);
}
