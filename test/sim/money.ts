// Amounts of money in the model.
import { add, mul, roundAdd, roundMul, sub, toInt } from "../../vm/arithmetic.ts";
import { Decimal, decimalOf, ZERO } from "../../vm/decimal.ts";
import { compareValues } from "../../vm/order.ts";
import type { Value } from "../../vm/value.ts";

export { ZERO };
export const plus = (a: Value, b: Value): Value => add(a, b);
export const roundedSum = (a: Value, b: Value): Value => roundAdd(a, b);
export const minus = (a: Value, b: Value): Value => sub(a, b);
export const times = (a: Value, b: Value): Value => mul(a, b);
export const share = (a: Value, b: Value): Value => roundMul(a, b);
export const lessThan = (a: Value, b: Value): boolean => compareValues(a, b) === -1;
export const sameAmount = (a: Value, b: Value): boolean => compareValues(a, b) === 0;
export const isAmount = (a: Value): a is Decimal => a instanceof Decimal;
export const isZero = (a: Value): boolean => sameAmount(a, ZERO);
export const isNegative = (a: Value): boolean => lessThan(a, ZERO);
export const isPositive = (a: Value): boolean => lessThan(ZERO, a);
export const smaller = (a: Value, b: Value): Value => (lessThan(b, a) ? b : a);
/** One unit of the last digit: 0.01 for two digits. */
export const unitOf = (digits: number): Decimal => decimalOf(1, -digits) as Decimal;
/** How many units of the last digit an amount is. */
export const countOf = (amount: Value, digits: number): number => Number(toInt(mul(amount, decimalOf(1, digits))));
