// What a step changed: the places of the state that differ, found by the state's type. Parts that the step did not touch are
// the same objects before and after, so unchanged parts cost nothing.
import { equalBytes } from "../core/index.ts";
import { Decimal, ErrorValue, MapValue, type Type, type Value } from "../vm/index.ts";
import type { Change } from "./protocol/receipt.ts";

/** The same value in every bit: 1 and 1.0 differ here. */
export function identical(a: Value, b: Value): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (a instanceof Decimal) return b instanceof Decimal && a.coefficient === b.coefficient && a.exponent === b.exponent;
  if (a instanceof Uint8Array) return b instanceof Uint8Array && equalBytes(a, b);
  if (a instanceof ErrorValue) return b instanceof ErrorValue && a.code === b.code && a.about === b.about;
  if (a instanceof MapValue)
    return b instanceof MapValue && identicalItems(a.keys, b.keys) && identicalItems(a.values, b.values);
  return Array.isArray(b) && identicalItems(a as readonly Value[], b);
}

function identicalItems(a: readonly Value[], b: readonly Value[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!identical(a[i], b[i])) return false;
  return true;
}

/** The places at which two states of one type differ, in the order of the type; at most `most` are listed, the rest counted. */
export function changesBetween(
  before: Value,
  after: Value,
  type: Type,
  most: number,
): { readonly changes: readonly Change[]; readonly omitted: number } {
  const changes: Change[] = [];
  let omitted = 0;
  const note = (path: string, from: Value, to: Value): void => {
    if (changes.length < most) changes.push({ path, before: from, after: to });
    else omitted++;
  };
  // Paths are written only for what differs: most fields are the same object as before.
  const walk = (path: string, from: Value, to: Value, at: Type): void => {
    const inner = at.kind === "optional" ? at.of : at;
    if (inner.kind === "record" && Array.isArray(from) && Array.isArray(to) && from.length === to.length) {
      for (let i = 0; i < inner.fields.length; i++) {
        if (from[i] === to[i]) continue;
        const field = inner.fields[i] as (typeof inner.fields)[number];
        walk(path === "" ? field.name : `${path}.${field.name}`, from[i], to[i], field.type);
      }
    } else if (inner.kind === "list" && Array.isArray(from) && Array.isArray(to)) {
      const shared = Math.min(from.length, to.length);
      for (let i = 0; i < shared; i++) if (from[i] !== to[i]) walk(`${path}[${i}]`, from[i], to[i], inner.of);
      for (let i = shared; i < from.length; i++) note(`${path}[${i}]`, from[i], undefined);
      for (let i = shared; i < to.length; i++) note(`${path}[${i}]`, undefined, to[i]);
    } else if (inner.kind === "map" && from instanceof MapValue && to instanceof MapValue) {
      const keys = [...new Set([...from.keys, ...to.keys])].sort();
      for (const key of keys) {
        const [i, j] = [from.keys.indexOf(key), to.keys.indexOf(key)];
        walk(`${path}[${key}]`, i < 0 ? undefined : from.values[i], j < 0 ? undefined : to.values[j], inner.of);
      }
    } else if (!identical(from, to)) note(path, from, to);
  };
  walk("", before, after, type);
  return { changes, omitted };
}
