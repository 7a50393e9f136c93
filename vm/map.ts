// Maps with text keys: building in key order, and finding a key.
import { compareText } from "./order.ts";
import { MapValue, type Value } from "./value.ts";

/** Below this many keys a scan by identity beats a search by order. */
const SCAN_MAX = 8;

/** Position of a key, or -1. */
export function findKey(map: MapValue, key: string): number {
  const keys = map.keys;
  if (keys.length <= SCAN_MAX) return keys.indexOf(key);
  let low = 0;
  let high = keys.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const order = compareText(keys[middle]!, key);
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/** A map of entries in any order; undefined when a key comes twice. Keys are well-formed text. */
export function mapOf(entries: readonly (readonly [string, Value])[]): MapValue | undefined {
  const sorted = [...entries].sort((a, b) => compareText(a[0], b[0]));
  for (let i = 1; i < sorted.length; i++) if (sorted[i]![0] === sorted[i - 1]![0]) return undefined;
  return new MapValue(
    sorted.map((entry) => entry[0]),
    sorted.map((entry) => entry[1]),
  );
}
