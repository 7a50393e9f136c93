// JSON values (`any`) to values of a type and back. A type says what JSON may stand for it:
//
//   int                    a number without point            decimal, quotient   any number
//   percent, money, instant, date, period, size …            text, as an author writes it (`10.5%`, `200.00 USD`)
//   instant, duration, period, size                          also a number without point: ms (ticks), ms, count, bytes
//   int, decimal           also text, for readers that would spoil digits; not inside a union
//   record, map            an object                         list                a list
//   T?                     null or left out: unknown         evidence            {"by", "hash", "type"}
//
// `zone` and `calendar` have no JSON.
import { isWellFormed } from "../core/bytes.ts";
import { Decimal, intToDecimal } from "./decimal.ts";
import { BOUND_MAX, JSON_PARTS_MAX, TEXT_BYTES_MAX } from "./limits.ts";
import { parseLiteral, printLiteral } from "./literal.ts";
import { findKey, mapOf } from "./map.ts";
import { equalValues } from "./order.ts";
import { INSTANT_MAX, INSTANT_MIN } from "./time-text.ts";
import type { Type } from "./type.ts";
import { describeType, exampleOf } from "./type-text.ts";
import { ErrorValue, MapValue, type Value } from "./value.ts";

/** Why a JSON value is none of a type. `path`: `items[3].amount`, empty for the whole. */
export interface Misfit {
  readonly code: "not-a-value" | "limit";
  readonly path: string;
  /** One lower-case line. */
  readonly reason: string;
}

class Failure {
  readonly code: Misfit["code"];
  readonly reason: string;
  path: string;
  constructor(code: Misfit["code"], reason: string) {
    this.code = code;
    this.reason = reason;
    this.path = "";
  }
  /** Steps out of a field or item: the path grows to the left. */
  inside(step: string): this {
    this.path = this.path === "" || this.path.startsWith("[") ? step + this.path : `${step}.${this.path}`;
    return this;
  }
}

interface Work {
  parts: number;
  readonly most: number;
  /** Inside a union a text is not read as a number, so that members stay apart. */
  strict: boolean;
}

/** The typed value, or the misfit. `most`: JSON values read at most, tries of union members included. */
export function conform(
  value: Value,
  type: Type,
  most = BOUND_MAX,
): { readonly value: Value } | { readonly misfit: Misfit } {
  const read = convert(value, type, { parts: 0, most, strict: false });
  return read instanceof Failure
    ? { misfit: { code: read.code, path: read.path, reason: read.reason } }
    : { value: read };
}

/** For the machine: the typed value or an error about the path, and the parts to charge (at most `most`). */
export function conformWithin(
  value: Value,
  type: Type,
  most: number,
): { readonly value: Value; readonly parts: number } {
  const work: Work = { parts: 0, most, strict: false };
  const read = convert(value, type, work);
  return {
    value: read instanceof Failure ? new ErrorValue(read.code, read.path) : read,
    parts: Math.min(work.parts, most),
  };
}

const misfit = (type: Type): Failure => {
  const example = exampleOf(type);
  return new Failure(
    "not-a-value",
    `expected ${describeType(type)}${example === undefined ? "" : ` such as \`${example}\``}`,
  );
};

function convert(value: Value, type: Type, work: Work): Value | Failure {
  if (++work.parts > work.most) return new Failure("limit", "is too large");
  switch (type.kind) {
    case "any":
      return value === undefined ? null : value;
    case "optional":
      return value === null || value === undefined ? undefined : convert(value, type.of, work);
    case "bool":
      return typeof value === "boolean" ? value : misfit(type);
    case "null":
      return value === null ? null : misfit(type);
    case "text":
      if (typeof value !== "string") return misfit(type);
      return value.length <= TEXT_BYTES_MAX && isWellFormed(value) ? value : new Failure("limit", "is too long");
    case "int":
      if (typeof value === "number" || typeof value === "bigint") return value;
      return work.strict ? misfit(type) : fromText(value, type);
    case "decimal":
    case "quotient":
      if (value instanceof Decimal) return value;
      if (typeof value === "number" || typeof value === "bigint") return intToDecimal(value);
      return work.strict ? misfit(type) : fromText(value, type);
    case "instant":
      if (typeof value !== "number" && typeof value !== "bigint") return fromText(value, type);
      return value >= INSTANT_MIN && value <= INSTANT_MAX
        ? value
        : new Failure("not-a-value", "is outside the years 0001 to 9999");
    case "duration":
    case "period":
    case "size":
      if (typeof value === "number" || typeof value === "bigint")
        return type.kind === "size" && value < 0 ? misfit(type) : value;
      return fromText(value, type);
    case "list":
      return convertList(value, type, work);
    case "map":
      return convertMap(value, type, work);
    case "record":
      return convertRecord(value, type, work);
    case "union":
      return convertUnion(value, type, work);
    case "evidence":
      return convertEvidence(value);
    case "zone":
    case "calendar":
      return misfit(type);
    default:
      return fromText(value, type);
  }
}

function fromText(value: Value, type: Type): Value | Failure {
  if (typeof value !== "string") return misfit(type);
  const parsed = parseLiteral(value, type);
  return "value" in parsed ? parsed.value : new Failure("not-a-value", parsed.reason);
}

function convertList(value: Value, type: Type & { kind: "list" }, work: Work): Value | Failure {
  if (!Array.isArray(value)) return misfit(type);
  if (value.length > type.most) return new Failure("limit", `has ${value.length} items, at most ${type.most}`);
  const out: Value[] = [];
  for (let i = 0; i < value.length; i++) {
    const item = convert(value[i], type.of, work);
    if (item instanceof Failure) return item.inside(`[${i}]`);
    out.push(item);
  }
  return out;
}

function convertMap(value: Value, type: Type & { kind: "map" }, work: Work): Value | Failure {
  if (!(value instanceof MapValue)) return misfit(type);
  if (value.keys.length > type.most) return new Failure("limit", `has ${value.keys.length} keys, at most ${type.most}`);
  const out: Value[] = [];
  for (let i = 0; i < value.keys.length; i++) {
    const item = convert(value.values[i], type.of, work);
    if (item instanceof Failure) return item.inside(value.keys[i]!);
    out.push(item);
  }
  return new MapValue(value.keys, out);
}

function convertRecord(value: Value, type: Type & { kind: "record" }, work: Work): Value | Failure {
  if (!(value instanceof MapValue)) return misfit(type);
  const out: Value[] = [];
  let used = 0;
  for (const field of type.fields) {
    const at = findKey(value, field.name);
    if (at < 0) {
      if (!field.optional && field.type.kind !== "optional")
        return new Failure("not-a-value", "is missing").inside(field.name);
      out.push(undefined);
      continue;
    }
    used++;
    const item =
      field.optional && value.values[at] === null && field.type.kind !== "null" && field.type.kind !== "any"
        ? undefined
        : convert(value.values[at], field.type, work);
    if (item instanceof Failure) return item.inside(field.name);
    out.push(item);
  }
  if (!type.open && used < value.keys.length) {
    const extra = value.keys.find((key) => !type.fields.some((field) => field.name === key))!;
    return new Failure("not-a-value", "is not a field here").inside(extra);
  }
  return out;
}

/** The first member that fits. When none does: the misfit of the only member of that JSON kind, else that of the union. */
function convertUnion(value: Value, type: Type & { kind: "union" }, work: Work): Value | Failure {
  const outer = work.strict;
  work.strict = true;
  let deepest: Failure | null = null;
  for (const member of type.of) {
    const read = convert(value, member, work);
    if (!(read instanceof Failure)) {
      work.strict = outer;
      return read;
    }
    if (work.parts > work.most) return read;
    if (read.path !== "" && (deepest === null || read.path.length > deepest.path.length)) deepest = read;
  }
  work.strict = outer;
  return deepest ?? misfit(type);
}

const EVIDENCE_FIELDS = ["by", "hash", "type"];

function convertEvidence(value: Value): Value | Failure {
  if (!(value instanceof MapValue) || value.keys.join() !== EVIDENCE_FIELDS.join()) return misfit({ kind: "evidence" });
  const [by, hash, media] = value.values;
  if (typeof hash !== "string" || !/^[0-9a-f]{64}$/.test(hash))
    return new Failure("not-a-value", "expected a hash of 64 hex digits").inside("hash");
  if (typeof media !== "string" || !/^[a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.+-]+$/.test(media))
    return new Failure("not-a-value", "expected a media type such as `application/pdf`").inside("type");
  const author = fromText(by, { kind: "did" });
  return author instanceof Failure ? author.inside("by") : [hash, media, author];
}

// ── Back to JSON ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** The JSON value of a typed value: what `conform` reads back as the same value. `digits`: fewest digits of an asset after
 *  the point. Unknown becomes null (a field that is unknown is left out when optional), an error stays an error value. A value
 *  that does not fit its type, or too large a one, becomes the error `kind` or `limit`. */
export function toJson(
  value: Value,
  type: Type,
  digits: (asset: string) => number | undefined = () => undefined,
): Value {
  return back(value, type, digits, { left: JSON_PARTS_MAX });
}

const UNFIT = new ErrorValue("kind");
const TOO_LARGE = new ErrorValue("limit");

function back(value: Value, type: Type, digits: (asset: string) => number | undefined, room: { left: number }): Value {
  if (--room.left < 0) return TOO_LARGE;
  if (value instanceof ErrorValue) return value;
  if (value === undefined) return null;
  switch (type.kind) {
    case "any":
    case "bool":
    case "text":
    case "null":
    case "int":
    case "decimal":
    case "quotient":
    case "zone":
    case "calendar":
      return value;
    case "optional":
      return back(value, type.of, digits, room);
    case "list":
      return Array.isArray(value) ? value.map((item) => back(item, type.of, digits, room)) : UNFIT;
    case "map":
      if (!(value instanceof MapValue)) return UNFIT;
      return new MapValue(
        value.keys,
        value.values.map((item) => back(item, type.of, digits, room)),
      );
    case "record":
      if (!Array.isArray(value) || value.length !== type.fields.length) return UNFIT;
      return (
        mapOf(
          type.fields.flatMap((field, slot) =>
            field.optional && value[slot] === undefined
              ? []
              : [[field.name, back(value[slot], field.type, digits, room)] as const],
          ),
        ) ?? UNFIT
      );
    case "union": {
      for (const member of type.of) {
        const out = back(value, member, digits, room);
        if (out instanceof ErrorValue) continue;
        const read = conform(out, type);
        if ("value" in read && equalValues(read.value, value)) return out;
      }
      return UNFIT;
    }
    case "evidence":
      if (!Array.isArray(value) || value.length !== 3) return UNFIT;
      return new MapValue(EVIDENCE_FIELDS, [value[2], value[0], value[1]]);
    default:
      // A stamp outside the written years, such as a tick, stays a number.
      return (
        printLiteral(value, type, digits) ?? (typeof value === "number" || typeof value === "bigint" ? value : UNFIT)
      );
  }
}
