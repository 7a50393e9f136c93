// The nearest known name to a mistyped one.
import { SUGGESTION_DISTANCE_MAX, SUGGESTION_UNITS_MAX } from "./limits.ts";

/** The candidate nearest to `name`, or null when none is near. Ties go to the earlier candidate by UTF-16 order, so the
 *  answer does not depend on the order of the input. Letter case, `-` and `_` count half. */
export function nearest(name: string, candidates: Iterable<string>): string | null {
  if (name.length === 0 || name.length > SUGGESTION_UNITS_MAX) return null;
  const bound = Math.min(SUGGESTION_DISTANCE_MAX, Math.max(1, Math.floor(name.length / 3)));
  let best: string | null = null;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    if (candidate === name || candidate.length === 0 || candidate.length > SUGGESTION_UNITS_MAX) continue;
    if (Math.abs(candidate.length - name.length) > bound) continue;
    const distance =
      fold(candidate) === fold(name) ? 0.5 : editDistance(name.toLowerCase(), candidate.toLowerCase(), bound);
    if (distance > bound) continue;
    if (distance < bestDistance || (distance === bestDistance && best !== null && candidate < best)) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

const fold = (name: string): string => name.toLowerCase().replace(/[-_ ]/g, "");

/** Damerau-Levenshtein distance (insert, delete, replace, swap of neighbours; restricted form), or `bound + 1` when it is
 *  more than `bound`. Only cells within `bound` of the diagonal are looked at: work is length times bound.
 *  Source: Damerau, CACM 7(3), 1964; Ukkonen, Information and Control 64, 1985. */
export function editDistance(a: string, b: string, bound: number): number {
  if (Math.abs(a.length - b.length) > bound) return bound + 1;
  const far = bound + 1;
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current: number[] = [];
    const from = Math.max(1, row - bound);
    const to = Math.min(b.length, row + bound);
    current[from - 1] = from === 1 ? row : far;
    let least = current[from - 1]!;
    for (let column = from; column <= to; column++) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(
        (previous[column] ?? far) + 1,
        current[column - 1]! + 1,
        (previous[column - 1] ?? far) + (same ? 0 : 1),
      );
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1])
        cost = Math.min(cost, (beforePrevious[column - 2] ?? far) + 1);
      current[column] = cost;
      least = Math.min(least, cost);
    }
    if (least > bound) return far;
    beforePrevious = previous;
    previous = current;
  }
  return Math.min(previous[b.length] ?? far, far);
}

/** Help text for a mistyped name, or undefined when nothing is near. */
export function didYouMean(name: string, candidates: Iterable<string>): string | undefined {
  const found = nearest(name, candidates);
  return found === null ? undefined : `did you mean \`${found}\`?`;
}
