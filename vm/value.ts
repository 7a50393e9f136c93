// The values a program computes with, and how each type is represented.
//
//   type                                   representation
//   bool, null, text                       boolean, null, string (well-formed Unicode)
//   unknown (of a `T?`)                    undefined
//   int, instant (ms or ticks), date (days since 1970-01-01), month (months since 1970-01),
//   clock (ns of the day), duration (ms), period (count of its unit), size (bytes)
//                                          number when safe, bigint beyond; never the other way round
//   decimal, percent, quotient, money      Decimal (percent 10.5% is 0.105; money is the amount, its asset is in the type)
//   bytes, ip (4 or 16 bytes)              Uint8Array
//   host, path, did, party, enum           string
//   cidr                                   [ip, prefix length]; evidence: [hash hex, media type, author did]
//   record                                 array, one item a field, in the order of the type
//   list                                   array
//   map, object of an `any`                MapValue, keys sorted by UTF-8 bytes
//   zone, calendar                         arrays of constants, see stdlib/time
//   error                                  ErrorValue: travels through expressions like NaN, see opcodes.ts
//
// Invariant: a value is never changed after it was made; writing gives a new array.
import type { Decimal } from "./decimal.ts";

export type Value =
  | undefined
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Decimal
  | MapValue
  | ErrorValue
  | readonly Value[];

/** A map with text keys; `keys` ascend by UTF-8 bytes, `values[i]` belongs to `keys[i]`. */
export class MapValue {
  readonly keys: readonly string[];
  readonly values: readonly Value[];
  constructor(keys: readonly string[], values: readonly Value[]) {
    this.keys = keys;
    this.values = values;
  }
}

/** Why an expression has no value. Stable words, compared by control flow; part of results and receipts. */
export const ERROR_CODES = [
  "absent", // a missing field, key or list item
  "divide-by-zero",
  "overflow", // an exact result needs more than 34 digits, or an instant leaves its range
  "kind", // operands of kinds that do not go together (only possible with `any`)
  "not-a-value", // text that is not the number, date … it is read as
  "limit", // longer or larger than a declared bound
  "empty", // `min` of nothing
  "unstated", // raised by `fail` with a text of the compiler
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

export class ErrorValue {
  readonly code: ErrorCode;
  /** What the error is about, for people: a path or a name. Deterministic, may be empty. */
  readonly about: string;
  constructor(code: ErrorCode, about = "") {
    this.code = code;
    this.about = about;
  }
}
