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
  if (test.kind === "starts_with" && test.values.length === 1) {
    const [start] = test.values as [string];
    return (value) => typeof value === "string" && value.startsWith(start);
  }
  if (test.kind === "ends_with" && test.values.length === 1) {
    const [end] = test.values as [string];
    return (value) => typeof value === "string" && value.endsWith(end);
  }
  if (test.kind === "range") return between(test);
  return (value) => holdsOf(value, test);
}

/** Numbers of the host are compared at once. */
function between(test: Extract<AtomTest, { kind: "range" }>): Test {
  const { min, minOpen, max, maxOpen } = test;
  const small = (bound: Value): boolean => bound === null || typeof bound === "number";
  if (!small(min) || !small(max)) return (value) => holdsOf(value, test);
  const low = min === null ? Number.NEGATIVE_INFINITY : (min as number);
  const high = max === null ? Number.POSITIVE_INFINITY : (max as number);
  return (value) =>
    typeof value === "number"
      ? (minOpen ? value > low : value >= low) && (maxOpen ? value < high : value <= high)
      : holdsOf(value, test);
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
