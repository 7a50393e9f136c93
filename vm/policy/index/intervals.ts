// Ranges that may overlap in any way, and which of them hold a value: sorted by their lower bounds, as a tree in which each
// part knows its greatest upper bound.
import { compareValues } from "../../order.ts";
import type { Value } from "../../value.ts";

/** Both bounds of one kind, or null for none; open bounds are outside. */
export interface Interval {
  readonly min: Value;
  readonly minOpen: boolean;
  readonly max: Value;
  readonly maxOpen: boolean;
}

const order = (a: Value, b: Value): number => compareValues(a, b) as number;
const above = (value: Value, { min, minOpen }: Interval): boolean =>
  min === null || (minOpen ? order(value, min) > 0 : order(value, min) >= 0);
const below = (value: Value, { max, maxOpen }: Interval): boolean =>
  max === null || (maxOpen ? order(value, max) < 0 : order(value, max) <= 0);

function byMin(a: Interval, b: Interval): number {
  if (a.min === null || b.min === null) return a.min === b.min ? 0 : a.min === null ? -1 : 1;
  return order(a.min, b.min) || Number(a.minOpen) - Number(b.minOpen);
}

function byMax(a: Interval, b: Interval): number {
  if (a.max === null || b.max === null) return a.max === b.max ? 0 : a.max === null ? 1 : -1;
  return order(a.max, b.max) || Number(b.maxOpen) - Number(a.maxOpen);
}

export class Intervals<Node> {
  readonly #ranges: readonly Interval[];
  readonly #nodes: readonly Node[];
  /** Of the part whose middle is there: the range of it that ends last. */
  readonly #last: Interval[];

  constructor(entries: readonly (readonly [Interval, Node])[]) {
    const sorted = [...entries].sort((a, b) => byMin(a[0], b[0]));
    this.#ranges = sorted.map(([range]) => range);
    this.#nodes = sorted.map(([, node]) => node);
    this.#last = [...this.#ranges];
    this.#close(0, sorted.length);
  }

  #close(from: number, to: number): Interval | null {
    if (from >= to) return null;
    const middle = (from + to) >> 1;
    for (const part of [this.#close(from, middle), this.#close(middle + 1, to)])
      if (part !== null && byMax(part, this.#last[middle]!) > 0) this.#last[middle] = part;
    return this.#last[middle]!;
  }

  /** Calls `visit` for each range that holds the value, which is of the kind of the bounds. */
  find(value: Value, visit: (node: Node) => void): void {
    this.#find(value, 0, this.#ranges.length, visit);
  }

  #find(value: Value, start: number, end: number, visit: (node: Node) => void): void {
    let from = start;
    while (from < end) {
      const middle = (from + end) >> 1;
      if (!below(value, this.#last[middle]!)) return;
      this.#find(value, from, middle, visit);
      const range = this.#ranges[middle]!;
      if (!above(value, range)) return;
      if (below(value, range)) visit(this.#nodes[middle]!);
      from = middle + 1;
    }
  }
}
