// From an instruction back to the author's text, by the debug map of a module.
import type { DebugMap } from "./module.ts";

export interface SourcePlace {
  /** Name of the source. */
  readonly source: string;
  /** 1-based line of the first character. */
  readonly line: number;
  /** The whole line, without its end. */
  readonly text: string;
  /** UTF-16 offsets of the part that was compiled to the instruction. */
  readonly start: number;
  readonly end: number;
}

/** A function from (function, pc) to the place it was made from; null where the map says nothing. */
export function placesOf(debug: DebugMap): (functionIndex: number, pc: number) => SourcePlace | null {
  const lineStarts = debug.sources.map((source) => {
    const starts = [0];
    for (let at = source.text.indexOf("\n"); at >= 0; at = source.text.indexOf("\n", at + 1)) starts.push(at + 1);
    return starts;
  });
  const { functions } = debug;
  return (functionIndex, pc) => {
    const lines = functions[functionIndex] ?? [];
    const found = last(lines.length, (index) => lines[index]![0] <= pc);
    if (found < 0) return null;
    const [, sourceIndex, start, end] = lines[found]!;
    const source = debug.sources[sourceIndex];
    if (source === undefined) return null;
    const starts = lineStarts[sourceIndex]!;
    const line = last(starts.length, (index) => starts[index]! <= start);
    const lineEnd = (starts[line + 1] ?? source.text.length + 1) - 1;
    return {
      source: source.name,
      line: line + 1,
      text: source.text.slice(starts[line]!, lineEnd).trimEnd(),
      start,
      end,
    };
  };
}

/** The last index for which a condition holds that holds for a prefix; -1 when for none. */
function last(size: number, holds: (index: number) => boolean): number {
  let low = 0;
  let high = size;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
