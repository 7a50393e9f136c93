// Values as canonical bytes: what is hashed, signed and stored. Deterministic CBOR (core/canonical.ts) with
//
//   int                          integer                     decimal, percent, money   tag 4 [exponent, coefficient]
//   bool null text bytes         themselves                  unknown                   undefined
//   record, list, cidr …         array                       map                       map, keys in CBOR's order
//   error                        tag 30578 [code, about]
//
// A decimal stands in normal form, so equal values have equal bytes. Source: RFC 8949, sections 3.4.4 and 4.2.1.
import { type Canonical, CanonicalError, decode, encodeBy, put, Tagged } from "../core/canonical.ts";
import { Decimal, decimalFromParts, type Int } from "./decimal.ts";
import { DIGITS_MAX, VALUE_BYTES_MAX, VALUE_DEPTH_MAX, VALUE_PARTS_MAX } from "./limits.ts";
import { findKey, mapOf } from "./map.ts";
import { ERROR_CODES, type ErrorCode, ErrorValue, type MapValue, type Value } from "./value.ts";

/** RFC 8949 section 3.4.4: decimal fraction. */
const DECIMAL_TAG = 4;
/** Ours, "wr" as a number: an error value. */
const ERROR_TAG = 30_578;
const INT_LIMIT = 10n ** BigInt(DIGITS_MAX);

/** Why a value has no bytes, or bytes no value: one lower-case line, and the byte offset (0 when encoding). */
export interface EncodingProblem {
  readonly message: string;
  readonly offset: number;
}

class Refusal {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

/** Parts that the value under way may still have. */
let partsLeft = 0;

/** The bytes of a value. Values made by running a hostile module may be over the bounds: deeper than VALUE_DEPTH_MAX, more
 *  than VALUE_PARTS_MAX parts or VALUE_BYTES_MAX bytes. */
export const encodeValue = (value: Value): { readonly bytes: Uint8Array } | { readonly problem: EncodingProblem } =>
  encodeValueBy(writeRoot, value);

const writeRoot = (value: Value): void => writeValue(value, 0);

/** The same for a value that is not built: `write` puts its parts with `put` of core/canonical.ts, and the values within it with
 *  `writeValue`. */
export function encodeValueBy<T>(
  write: (what: T) => void,
  what: T,
): { readonly bytes: Uint8Array } | { readonly problem: EncodingProblem } {
  partsLeft = VALUE_PARTS_MAX;
  try {
    const bytes = encodeBy(write, what);
    if (bytes.length > VALUE_BYTES_MAX)
      return { problem: { message: `more than ${VALUE_BYTES_MAX} bytes`, offset: 0 } };
    return { bytes };
  } catch (error) {
    if (error instanceof Refusal || error instanceof CanonicalError)
      return { problem: { message: error.message, offset: 0 } };
    throw error;
  }
}

/** Writes a value that lies `depth` lists and maps deep. */
export function writeValue(value: Value, depth: number): void {
  if (--partsLeft < 0) throw new Refusal(`more than ${VALUE_PARTS_MAX} parts`);
  if (typeof value !== "object" || value === null) put.plain(value);
  // Lists first: most that is not plain is one, and to ask a list whether it is one of the others takes a walk up its prototypes for each.
  else if (Array.isArray(value)) {
    if (depth >= VALUE_DEPTH_MAX) tooDeep();
    const list = value as readonly Value[];
    const { length } = list;
    put.array(length);
    for (let i = 0; i < length; i++) writeItem(list[i], depth + 1);
  } else if (value instanceof Decimal) {
    put.tag(DECIMAL_TAG);
    put.array(2);
    put.number(value.exponent);
    put.plain(value.coefficient);
  } else if (value instanceof Uint8Array) put.bytes(value);
  else if (value instanceof ErrorValue) {
    put.tag(ERROR_TAG);
    put.array(2);
    put.text(value.code);
    put.text(value.about);
  } else {
    if (depth >= VALUE_DEPTH_MAX) tooDeep();
    const map = value as MapValue;
    put.map(map.keys, (key) => writeValue(map.values[findKey(map, key)], depth + 1));
  }
}

function tooDeep(): never {
  throw new Refusal(`lists lie more than ${VALUE_DEPTH_MAX} deep inside each other`);
}

function writeItem(item: Value, depth: number): void {
  if (typeof item === "object" && item !== null) writeValue(item, depth);
  else {
    // Counted here, and found too many with the next list: as it was when the first receipts were written.
    partsLeft--;
    put.plain(item);
  }
}

/** The value of canonical bytes; anything else, a second form of the same value included, is refused. */
export function decodeValue(bytes: Uint8Array): { readonly value: Value } | { readonly problem: EncodingProblem } {
  if (bytes.length > VALUE_BYTES_MAX) return { problem: { message: `more than ${VALUE_BYTES_MAX} bytes`, offset: 0 } };
  try {
    return { value: fromCanonical(decode(bytes), 0) };
  } catch (error) {
    if (error instanceof Refusal) return { problem: { message: error.message, offset: 0 } };
    if (error instanceof CanonicalError) return { problem: { message: error.message, offset: error.offset } };
    throw error;
  }
}

function fromCanonical(canonical: Canonical, depth: number): Value {
  if (typeof canonical === "bigint" && (canonical >= INT_LIMIT || canonical <= -INT_LIMIT))
    throw new Refusal(`an integer has more than ${DIGITS_MAX} digits`);
  if (typeof canonical !== "object" || canonical === null || canonical instanceof Uint8Array) return canonical;
  if (canonical instanceof Tagged) return taggedValue(canonical);
  if (depth >= VALUE_DEPTH_MAX) throw new Refusal(`lists lie more than ${VALUE_DEPTH_MAX} deep inside each other`);
  if (Array.isArray(canonical)) {
    const list = canonical as Value[];
    for (let i = 0; i < list.length; i++) list[i] = fromCanonical(list[i] as Canonical, depth + 1); // a fresh array of decode
    return list;
  }
  const entries = [...(canonical as ReadonlyMap<string, Canonical>)].map(
    ([key, item]) => [key, fromCanonical(item, depth + 1)] as const,
  );
  return mapOf(entries)!; // decode refuses a key that comes twice
}

function taggedValue(tagged: Tagged): Value {
  const parts = Array.isArray(tagged.value) && tagged.value.length === 2 ? (tagged.value as Canonical[]) : null;
  if (tagged.tag === DECIMAL_TAG && parts !== null) {
    const [exponent, coefficient] = parts;
    if (typeof exponent === "number" && (typeof coefficient === "number" || typeof coefficient === "bigint")) {
      const value = decimalFromParts(coefficient as Int, exponent);
      if (value !== undefined) return value;
    }
    throw new Refusal("a decimal is not in normal form");
  }
  if (tagged.tag === ERROR_TAG && parts !== null) {
    const [code, about] = parts;
    if (typeof about === "string" && ERROR_CODES.includes(code as ErrorCode))
      return new ErrorValue(code as ErrorCode, about);
  }
  throw new Refusal(`tag ${tagged.tag} with this content is no value`);
}
