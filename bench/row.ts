// One figure of a benchmark. Everything a figure is compared with is measured in the same run, on the same machine.
export interface Row {
  readonly bench: string;
  readonly row: string;
  readonly value: number;
  readonly unit: string;
  /** value ÷ what it is compared with; null when it stands alone. */
  readonly ratio: number | null;
  /** What it is compared with. */
  readonly against: string | null;
  /** In words, for people: `≤ 15×`. */
  readonly goal: string | null;
  /** Whether the goal holds; null without one. */
  readonly holds: boolean | null;
}

/** What makes the rows of one benchmark: a figure that stands alone, unless more is said. */
export const rowOf =
  (bench: string) =>
  (name: string, value: number, unit: string, more: Partial<Row> = {}): Row => ({
    bench,
    row: name,
    value,
    unit,
    ratio: null,
    against: null,
    goal: null,
    holds: null,
    ...more,
  });
