// Scalars as keys of the host's maps: two scalars are equal, as `eq` says, when their keys are the same.
import { Decimal, decimalToInt, formatDecimal } from "../../decimal.ts";
import { ErrorValue, type Value } from "../../value.ts";

export type Key = string | number | bigint | boolean | null;

// A half of a surrogate pair begins no text, so these are no keys of texts.
const DECIMAL = "\ud800d";
const BYTES = "\ud800b";

/** Bytes of the longest bytes that have a key: more than an address. */
const KEY_BYTES_MAX = 64;

/** The key of a scalar. Undefined of anything else, which equals no scalar that has a key. */
export function keyOf(value: Value): Key | undefined {
  switch (typeof value) {
    case "string":
    case "number":
    case "bigint":
    case "boolean":
      return value;
    case "undefined":
      return undefined;
    default:
      return value === null ? null : keyOfObject(value);
  }
}

function keyOfObject(value: Exclude<Value, null>): Key | undefined {
  if (value instanceof Decimal) {
    const whole = decimalToInt(value);
    return whole instanceof ErrorValue ? DECIMAL + formatDecimal(value) : whole;
  }
  return value instanceof Uint8Array && value.length <= KEY_BYTES_MAX
    ? BYTES + String.fromCharCode(...value)
    : undefined;
}
