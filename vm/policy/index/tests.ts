// Atoms made ready: the test of a value, with what can be known before it. The same answers as `holds` in ../atoms.ts.
import type { Value } from "../../value.ts";
import { holdsOf } from "../atoms.ts";
import type { AtomTest } from "../table.ts";
import { type Key, keyOf } from "./keys.ts";

/** Of a value that is there; what is not there holds nothing. */
export type Test = (value: Value) => boolean;

/** Values from which a set beats a comparison with each. */
const SET_MIN = 4;

export function testOf(test: AtomTest): Test {
  if (test.kind === "in" || test.kind === "has_any") {
    const keys = keysOf(test.values);
    if (keys !== null) return test.kind === "in" ? isOneOf(keys) : hasOneOf(keys);
  }
  return (value) => holdsOf(value, test);
}

/** The keys of values, or null when one has none. */
export function keysOf(values: readonly Value[]): readonly Key[] | null {
  const keys: Key[] = [];
  for (const value of values) {
    const key = keyOf(value);
    if (key === undefined) return null;
    keys.push(key);
  }
  return [...new Set(keys)];
}

function isOneOf(keys: readonly Key[]): Test {
  if (keys.every((key) => typeof key === "string" && key < "\ud800") && keys.length < SET_MIN) {
    const [a, b, c] = keys;
    return (value) => value === a || (value === b && b !== undefined) || (value === c && c !== undefined);
  }
  const set = new Set<Key | undefined>(keys);
  return (value) => set.has(keyOf(value));
}

function hasOneOf(keys: readonly Key[]): Test {
  const set = new Set<Key | undefined>(keys);
  return (value) => {
    if (!Array.isArray(value)) return false;
    for (const item of value) if (set.has(keyOf(item))) return true;
    return false;
  };
}
