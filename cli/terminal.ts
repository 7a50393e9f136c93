// Text for people: colours, columns, rules. Everything that came from outside is cleaned before it reaches a terminal.
import { visible } from "../lang/index.ts";
import { colourOf, type Io } from "./io.ts";

export interface Paint {
  readonly strong: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly accent: (text: string) => string;
}

const same = (text: string): string => text;
const ansi =
  (code: string) =>
  (text: string): string =>
    `\u001b[${code}m${text}\u001b[0m`;
const PLAIN: Paint = { strong: same, dim: same, good: same, bad: same, warn: same, accent: same };
const COLOURS: Paint = {
  strong: ansi("1"),
  dim: ansi("2"),
  good: ansi("32"),
  bad: ansi("31"),
  warn: ansi("33"),
  accent: ansi("36"),
};

export const paintFor = (io: Io, stream: "out" | "err" = "out"): Paint => (colourOf(io, stream) ? COLOURS : PLAIN);

/** Text from outside, its hidden characters shown. */
export const clean = visible;

/** Columns of a text without its colours. */
export const width = (text: string): number => [...text.replace(/\u001b\[[0-9;]*m/g, "")].length;

export const padEnd = (text: string, columns: number): string => text + " ".repeat(Math.max(0, columns - width(text)));
export const padStart = (text: string, columns: number): string =>
  " ".repeat(Math.max(0, columns - width(text))) + text;

/** Rows under each other; the last column is not padded. `right`: columns set to the right. */
export function columns(rows: readonly (readonly string[])[], gap = 2, right: readonly number[] = []): string[] {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, at) => {
      widths[at] = Math.max(widths[at] ?? 0, width(cell));
    });
  return rows.map((row) =>
    row
      .map((cell, at) =>
        right.includes(at)
          ? padStart(cell, widths[at] as number)
          : at === row.length - 1
            ? cell
            : padEnd(cell, widths[at] as number),
      )
      .join(" ".repeat(gap))
      .trimEnd(),
  );
}

/** `1 obligation`, `2 obligations`. */
export const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

/** A number with thousands set apart. */
export const thousands = (value: number | bigint): string => String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
