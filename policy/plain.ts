// Plain values of JavaScript to values of JSON, and back. A number with a fraction becomes the decimal that it prints as, so no
// binary fraction reaches a policy.
import { isWellFormed } from "../core/bytes.ts";
import { ErrorValue, type Json, MapValue, mapOf, parseDecimal, parseInt34, type Value } from "../vm/index.ts";
import { badInput } from "./codes.ts";
import { fail } from "./errors.ts";
import { PLAIN_DEPTH_MAX } from "./limits.ts";

/** What a caller may give as JSON: as `JSON.stringify` takes it, and bigints. Members that are undefined are left out. */
export type Plain =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly Plain[]
  | { readonly [key: string]: Plain | undefined };

/** The value of JSON. Throws PolicyError `policy/bad-input` for what JSON has no word for. */
export function plainValue(plain: Plain): Value {
  return convert(plain, "", 0);
}

const no = (path: string, reason: string): never =>
  fail(badInput({ reason: path === "" ? reason : `${path}: ${reason}` }));

function convert(plain: unknown, path: string, depth: number): Value {
  if (depth > PLAIN_DEPTH_MAX) return no("", `it lies more than ${PLAIN_DEPTH_MAX} deep`);
  switch (typeof plain) {
    case "boolean":
      return plain;
    case "string":
      return isWellFormed(plain) ? plain : no(path, "a text has half of a surrogate pair");
    case "number":
    case "bigint":
      return numberOf(plain, path);
    case "object":
      break;
    default:
      return no(path, `a ${typeof plain}`);
  }
  if (plain === null) return null;
  if (Array.isArray(plain)) return plain.map((item, i) => convert(item, `${path}[${i}]`, depth + 1));
  const prototype = Object.getPrototypeOf(plain) as unknown;
  if (prototype !== Object.prototype && prototype !== null) return no(path, "an object with a class of its own");
  const entries: (readonly [string, Value])[] = [];
  for (const [key, value] of Object.entries(plain)) {
    if (value === undefined) continue;
    const at = path === "" ? key : `${path}.${key}`;
    if (!isWellFormed(key)) return no(at, "a key has half of a surrogate pair");
    entries.push([key, convert(value, at, depth + 1)]);
  }
  return mapOf(entries) ?? no(path, "a key comes twice");
}

function numberOf(plain: number | bigint, path: string): Value {
  if (typeof plain === "number" && !Number.isFinite(plain)) return no(path, String(plain));
  const text = Object.is(plain, -0) ? "0" : String(plain);
  const value = typeof plain === "bigint" || Number.isSafeInteger(plain) ? parseInt34(text) : parseDecimal(text);
  if (value === undefined || value instanceof ErrorValue) return no(path, "a number of more than 34 digits");
  return value;
}

/** JSON of an answer as a value. */
export function jsonValue(json: Json): Value {
  if (json === null || typeof json !== "object") return json;
  if (Array.isArray(json)) return json.map((item: Json) => jsonValue(item));
  const record = json as { readonly [key: string]: Json };
  return (
    mapOf(Object.entries(record).map(([key, value]) => [key, jsonValue(value)] as const)) ??
    fail(badInput({ reason: "a key comes twice" }))
  );
}

/** Member of an object of JSON, undefined when it is not there or this is no object. */
export function member(value: Value, key: string): Value {
  if (!(value instanceof MapValue)) return undefined;
  const at = value.keys.indexOf(key);
  return at < 0 ? undefined : value.values[at];
}
