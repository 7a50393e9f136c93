// Plain values of JSON as canonical values, and back. A number that is no safe integer is the tag 1600 over its shortest text, since
// canonical values have no floats.
import { type Canonical, Tagged } from "../../core/index.ts";
import type { PlainRecord, PlainValue } from "../point.ts";

const NUMBER_TAG = 1_600;

/** The value itself where it is canonical already, as almost all are. */
export const toCanonical = (value: PlainValue): Canonical =>
  isCanonical(value) ? (value as Canonical) : converted(value);

export const recordToCanonical = (record: PlainRecord): Canonical =>
  isCanonical(record) ? (record as Canonical) : convertedRecord(record);

/** No number but safe integers, no member without a value. */
function isCanonical(value: PlainValue | undefined): boolean {
  switch (typeof value) {
    case "string":
    case "boolean":
      return true;
    case "number":
      return Number.isSafeInteger(value) && !Object.is(value, -0);
    case "object":
      break;
    default:
      return false;
  }
  if (value === null) return true;
  if (Array.isArray(value)) return value.every(isCanonical);
  const record = value as PlainRecord;
  for (const key in record) if (!isCanonical(record[key])) return false;
  return true;
}

function converted(value: PlainValue): Canonical {
  switch (typeof value) {
    case "number":
      return Number.isSafeInteger(value) && !Object.is(value, -0) ? value : new Tagged(NUMBER_TAG, String(value));
    case "object":
      break;
    default:
      return value;
  }
  if (value === null) return null;
  return Array.isArray(value) ? value.map(converted) : convertedRecord(value as PlainRecord);
}

function convertedRecord(record: PlainRecord): Canonical {
  // A map, since `__proto__` may be a name.
  const out = new Map<string, Canonical>();
  for (const key in record) {
    const value = record[key];
    if (value !== undefined) out.set(key, converted(value));
  }
  return out;
}

/** Undefined for what no plain value gives. */
export function fromCanonical(value: Canonical): PlainValue | undefined {
  if (value === null || typeof value === "boolean" || typeof value === "string" || typeof value === "number")
    return value;
  if (value instanceof Tagged) {
    if (value.tag !== NUMBER_TAG || typeof value.value !== "string") return undefined;
    const number = Number(value.value);
    // One form: the shortest text, and only where there is no other way to say it.
    const own = String(number) === value.value && Number.isFinite(number) && !Number.isSafeInteger(number);
    return own ? number : undefined;
  }
  if (Array.isArray(value)) {
    const out: PlainValue[] = [];
    for (const item of value) {
      const plain = fromCanonical(item as Canonical);
      if (plain === undefined) return undefined;
      out.push(plain);
    }
    return out;
  }
  return value instanceof Map ? recordFromCanonical(value as ReadonlyMap<string, Canonical>) : undefined;
}

export function recordFromCanonical(map: ReadonlyMap<string, Canonical>): PlainRecord | undefined {
  const out = Object.create(null) as { [key: string]: PlainValue };
  for (const [key, value] of map) {
    const plain = fromCanonical(value);
    if (plain === undefined) return undefined;
    out[key] = plain;
  }
  return out;
}
