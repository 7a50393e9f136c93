// Reading arguments inside `run`. The compiler proves kinds, except for values of type `any`; a value of another kind gives
// the error `kind` and never an exception.
import { Decimal, decimalToInt, type Int, intToDecimal, ROUNDING_MODES, type RoundingMode } from "../vm/decimal.ts";
import { ErrorValue, type Value } from "../vm/value.ts";
import { DATE_MAX, DATE_MIN, INSTANT_MAX, INSTANT_MIN, MONTH_MAX, MONTH_MIN } from "./limits.ts";

export const KIND = new ErrorValue("kind");
export const OVERFLOW = new ErrorValue("overflow");
export const EMPTY = new ErrorValue("empty");
export const LIMIT = new ErrorValue("limit");

export const notAValue = (about: string): ErrorValue => new ErrorValue("not-a-value", about);

export type Numeric = Int | Decimal;

export const isInt = (value: Value): value is Int => typeof value === "number" || typeof value === "bigint";
export const isNumeric = (value: Value): value is Numeric => isInt(value) || value instanceof Decimal;
export const isText = (value: Value): value is string => typeof value === "string";
export const isList = (value: Value): value is readonly Value[] => Array.isArray(value);
export const isBytes = (value: Value): value is Uint8Array => value instanceof Uint8Array;

/** A whole number that fits, as a host number; a decimal without fraction counts. Undefined otherwise. */
export function safeInt(value: Value): number | undefined {
  if (typeof value === "number") return value;
  if (!(value instanceof Decimal)) return undefined;
  const whole = decimalToInt(value);
  return typeof whole === "number" ? whole : undefined;
}

/** Runs `use` with whole safe numbers. Larger ints give overflow, other kinds the error kind. */
export function withInts(values: readonly Value[], use: (...ints: number[]) => Value): Value {
  for (const value of values) if (typeof value !== "number") return typeof value === "bigint" ? OVERFLOW : KIND;
  return use(...(values as number[]));
}

export const asDecimal = (value: Numeric): Decimal => (value instanceof Decimal ? value : intToDecimal(value));

const within =
  (low: number, high: number) =>
  (value: number): Value =>
    value >= low && value <= high ? value + 0 : OVERFLOW;

/** The value, or overflow outside the range of the language. */
export const instantOf = within(INSTANT_MIN, INSTANT_MAX);
export const dateOf = within(DATE_MIN, DATE_MAX);
export const monthOf = within(MONTH_MIN, MONTH_MAX);

export const isInstant = (value: Value): value is number =>
  typeof value === "number" && value >= INSTANT_MIN && value <= INSTANT_MAX;
export const isDate = (value: Value): value is number =>
  typeof value === "number" && value >= DATE_MIN && value <= DATE_MAX;
export const isMonth = (value: Value): value is number =>
  typeof value === "number" && value >= MONTH_MIN && value <= MONTH_MAX;

/** A rounding mode from its word; `up` and `down` are ceiling and floor. */
export function roundingOf(value: Value): RoundingMode | undefined {
  if (value === "up") return "ceiling";
  if (value === "down") return "floor";
  return ROUNDING_MODES.find((mode) => mode === value);
}

/** The first error among items, else `unknown` when one is unknown, else undefined. */
export function spoiled(items: readonly Value[]): { readonly value: ErrorValue | undefined } | undefined {
  let unknown = false;
  for (const item of items) {
    if (item instanceof ErrorValue) return { value: item };
    if (item === undefined) unknown = true;
  }
  return unknown ? { value: undefined } : undefined;
}
