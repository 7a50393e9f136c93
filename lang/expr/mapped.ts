// Text that was decoded from a source, with the way back: which offset of the source each unit came from.
import type { Source, Span } from "../source.ts";

export interface MappedText {
  readonly text: string;
  readonly source: Source;
  /** A number: unit `i` stands at `at + i`. An array of length `text.length + 1`: unit `i` stands at `at[i]`, and the last
   *  item is where the text ends. Ascends, not strictly. A span: the text was computed, and all of it stands there. */
  readonly at: number | Uint32Array | Span;
}

export const mapped = (source: Source, start: number, end: number): MappedText => ({
  text: source.text.slice(start, end),
  source,
  at: start,
});

/** Span in the source of units [start, end) of the text. */
export function spanIn(text: MappedText, start: number, end: number): Span {
  const { at, source } = text;
  if (typeof at === "number") return { source, start: at + start, end: at + end };
  if ("source" in at) return at;
  const from = at[Math.min(start, at.length - 1)]!;
  return { source, start: from, end: Math.max(from, at[Math.min(end, at.length - 1)]!) };
}

/** Units [start, end) as a mapped text of their own. */
export const sliceOf = (text: MappedText, start: number, end = text.text.length): MappedText => ({
  text: text.text.slice(start, end),
  source: text.source,
  at: typeof text.at === "number" ? text.at + start : "source" in text.at ? text.at : text.at.subarray(start, end + 1),
});

/** Without the white space at both ends. */
export function trimmed(text: MappedText): MappedText {
  const start = text.text.length - text.text.trimStart().length;
  return sliceOf(text, start, Math.max(start, text.text.trimEnd().length));
}
