// Operations on values for the model: the arithmetic and order of the machine, which have tests of their own, called one
// by one. How they are put together is the model's own reading.
import type { Operator } from "../../compiler/model.ts";
import { add, div, KIND, mul, neg, roundAdd, roundMul, roundSub, sub, toDecimal } from "../../vm/arithmetic.ts";
import { isKnown, isPresent, itemOf, keyOf, lengthOf } from "../../vm/operations.ts";
import { equalValues, less, lessOrEqual, not } from "../../vm/order.ts";
import { ErrorValue, type Value } from "../../vm/value.ts";

const strictEqual = (a: Value, b: Value, wanted: boolean): Value => {
  if (a instanceof ErrorValue) return a;
  if (b instanceof ErrorValue) return b;
  if (a === undefined || b === undefined) return undefined;
  return equalValues(a, b) === wanted;
};

export function operate(op: Operator, args: readonly Value[]): Value {
  const [a, b] = args;
  switch (op) {
    case "add":
      return add(a, b);
    case "sub":
      return sub(a, b);
    case "mul":
      return mul(a, b);
    case "div":
      return div(a, b);
    case "neg":
      return neg(a);
    case "round_add":
      return roundAdd(a, b);
    case "round_sub":
      return roundSub(a, b);
    case "round_mul":
      return roundMul(a, b);
    case "to_decimal":
      return toDecimal(a);
    case "eq":
      return strictEqual(a, b, true);
    case "ne":
      return strictEqual(a, b, false);
    case "lt":
      return less(a, b);
    case "le":
      return lessOrEqual(a, b);
    case "not":
      return not(a);
    case "known":
      return isKnown(a);
    case "present":
      return isPresent(a);
    case "is_true":
      return a === true;
    case "is_error":
      return a instanceof ErrorValue;
    case "length":
      return lengthOf(a);
    case "item":
      return itemOf(a, b);
    case "key":
      return keyOf(a, b);
  }
}

/** The documents' patterns are plain enough that JavaScript's engine reads them as RE2 does. */
export const findPattern = (pattern: string, text: string): Value => new RegExp(pattern, "u").test(text);

/** The first of several values that is in the way of a strict operation, boxed; null when none is. */
export function inTheWay(args: readonly Value[]): { readonly value: Value } | null {
  const error = args.find((arg) => arg instanceof ErrorValue);
  if (error !== undefined) return { value: error };
  return args.includes(undefined) ? { value: undefined } : null;
}

export { KIND };
