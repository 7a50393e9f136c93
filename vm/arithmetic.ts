// The number instructions over any values: int, bigint and decimal mix freely (a decimal operand makes a decimal result);
// errors and unknowns pass through; other kinds give the error `kind`. The interpreter takes its own shortcut for two small
// ints and falls back to these.
import {
  addParts,
  Decimal,
  decimalToInt,
  divParts,
  type Int,
  intOf,
  intToDecimal,
  mulParts,
  OVERFLOW,
} from "./decimal.ts";
import { ErrorValue, type Value } from "./value.ts";

export const KIND = new ErrorValue("kind");

const SAFE = Number.MAX_SAFE_INTEGER;

const isInt = (x: Value): x is Int => typeof x === "number" || typeof x === "bigint";
const coefficientOf = (x: Int | Decimal): Int => (x instanceof Decimal ? x.coefficient : x);
const exponentOf = (x: Int | Decimal): number => (x instanceof Decimal ? x.exponent : 0);

export const isNumber = (x: Value): x is Int | Decimal =>
  typeof x === "number" || x instanceof Decimal || typeof x === "bigint";

/** What an operation gives whose operands are not what it works on: the first error, else unknown, else the error kind. */
export function misfit(a: Value, b: Value): Value {
  if (a instanceof ErrorValue) return a;
  if (b instanceof ErrorValue) return b;
  return a === undefined || b === undefined ? undefined : KIND;
}

export function misfitOne(a: Value): Value {
  return a instanceof ErrorValue || a === undefined ? a : KIND;
}

export function add(a: Value, b: Value): Value {
  if (a instanceof Decimal && b instanceof Decimal)
    return addParts(a.coefficient, a.exponent, b.coefficient, b.exponent, false);
  if (!isNumber(a) || !isNumber(b)) return misfit(a, b);
  if (isInt(a) && isInt(b)) {
    if (typeof a === "number" && typeof b === "number") {
      const sum = a + b;
      if (sum <= SAFE && sum >= -SAFE) return sum;
    }
    return intOf(BigInt(a) + BigInt(b));
  }
  return addParts(coefficientOf(a), exponentOf(a), coefficientOf(b), exponentOf(b), false);
}

export function sub(a: Value, b: Value): Value {
  if (a instanceof Decimal && b instanceof Decimal)
    return addParts(a.coefficient, a.exponent, -b.coefficient, b.exponent, false);
  if (!isNumber(a) || !isNumber(b)) return misfit(a, b);
  if (isInt(a) && isInt(b)) {
    if (typeof a === "number" && typeof b === "number") {
      const difference = a - b;
      if (difference <= SAFE && difference >= -SAFE) return difference;
    }
    return intOf(BigInt(a) - BigInt(b));
  }
  return addParts(coefficientOf(a), exponentOf(a), -coefficientOf(b), exponentOf(b), false);
}

export function mul(a: Value, b: Value): Value {
  if (a instanceof Decimal && b instanceof Decimal)
    return mulParts(a.coefficient, a.exponent, b.coefficient, b.exponent, false);
  if (!isNumber(a) || !isNumber(b)) return misfit(a, b);
  if (isInt(a) && isInt(b)) {
    if (typeof a === "number" && typeof b === "number") {
      const product = a * b;
      if (product <= SAFE && product >= -SAFE) return product + 0; // -0 becomes 0
    }
    return intOf(BigInt(a) * BigInt(b));
  }
  return mulParts(coefficientOf(a), exponentOf(a), coefficientOf(b), exponentOf(b), false);
}

export function div(a: Value, b: Value): Value {
  if (!isNumber(a) || !isNumber(b)) return misfit(a, b);
  return divParts(coefficientOf(a), exponentOf(a), coefficientOf(b), exponentOf(b));
}

export function neg(a: Value): Value {
  if (typeof a === "number") return 0 - a;
  if (typeof a === "bigint") return -a;
  return a instanceof Decimal
    ? new Decimal(typeof a.coefficient === "number" ? 0 - a.coefficient : -a.coefficient, a.exponent)
    : misfitOne(a);
}

export function roundAdd(a: Value, b: Value): Value {
  if (!isNumber(a) || !isNumber(b)) return misfit(a, b);
  return addParts(coefficientOf(a), exponentOf(a), coefficientOf(b), exponentOf(b), true);
}

export function roundSub(a: Value, b: Value): Value {
  if (!isNumber(a) || !isNumber(b)) return misfit(a, b);
  return addParts(coefficientOf(a), exponentOf(a), -coefficientOf(b), exponentOf(b), true);
}

export function roundMul(a: Value, b: Value): Value {
  if (!isNumber(a) || !isNumber(b)) return misfit(a, b);
  return mulParts(coefficientOf(a), exponentOf(a), coefficientOf(b), exponentOf(b), true);
}

export function toDecimal(a: Value): Value {
  if (a instanceof Decimal) return a;
  return isInt(a) ? intToDecimal(a) : misfitOne(a);
}

/** A whole number as an int; see `decimalToInt`. */
export function toInt(a: Value): Value {
  if (isInt(a)) return a;
  return a instanceof Decimal ? decimalToInt(a) : misfitOne(a);
}

export { OVERFLOW };
