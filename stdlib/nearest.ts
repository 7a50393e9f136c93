// Names that are nearly the one written, for messages: zones, calendars, functions.
import { SUGGESTIONS_MAX } from "./limits.ts";

/** Edits (insert, delete, replace, swap neighbours) from a to b, ignoring ASCII case; `most + 1` when there are more. */
function distance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return most + 1;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, before[j - 2]! + 1);
      row.push(least);
    }
    before = last;
    last = row;
  }
  return Math.min(last[b.length]!, most + 1);
}

/** Up to three of `names` within a third of the length of `name`, nearest first, ties in the order of `names`. */
export function nearest(name: string, names: Iterable<string>): string[] {
  const most = Math.max(1, Math.min(3, Math.floor(name.length / 3)));
  const wanted = name.slice(0, 64).toLowerCase();
  const found: { name: string; distance: number }[] = [];
  for (const each of names) {
    const edits = distance(wanted, each.toLowerCase(), most);
    if (edits <= most) found.push({ name: each, distance: edits });
  }
  return found
    .sort((x, y) => x.distance - y.distance)
    .slice(0, SUGGESTIONS_MAX)
    .map((each) => each.name);
}
