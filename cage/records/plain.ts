// Plain values of JSON from canonical values; `writer.ts` writes them. A number that is no safe integer is the tag 1600 over its shortest
// text, since canonical values have no floats.
import { type Canonical, Tagged } from "../../core/index.ts";
import type { PlainRecord, PlainValue } from "../point.ts";

export const NUMBER_TAG = 1_600;

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
