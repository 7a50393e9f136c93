// Data without what CUE found wrong in it: then CUE comes to what it had not looked at.

import type { Path } from "./compare.ts";
import { type Data, Num } from "./generate.ts";

/** Null when a place is in a list: what is behind it would move. */
export function without(data: Data, paths: readonly Path[]): Data | null {
  let left: Data | null = data;
  for (const path of paths) if (left !== null) left = remove(left, path);
  return left;
}

function remove(data: Data, [first, ...rest]: Path): Data | null {
  if (first === undefined || Array.isArray(data)) return null;
  if (!(data instanceof Map) || data instanceof Num) return data;
  const copy = new Map<string, Data>(data as ReadonlyMap<string, Data>);
  const inner = copy.get(first);
  if (inner === undefined) return data;
  if (rest.length === 0) copy.delete(first);
  else {
    const made = remove(inner, rest);
    if (made === null) return null;
    copy.set(first, made);
  }
  return copy;
}
