// Where text comes from, and where in it something stands. A span points into the author's own file, never into text
// that was decoded, unfolded or unquoted on the way.

/** A file as the author wrote it. `name` is only shown. */
export interface Source {
  readonly name: string;
  readonly text: string;
  /** Everything it was evaluated with, itself included: what is needed to read the document again. */
  readonly beside?: readonly Source[];
}

/** Half-open range of UTF-16 offsets into `source.text`: 0 <= start <= end <= text.length. */
export interface Span {
  readonly source: Source;
  readonly start: number;
  readonly end: number;
}

/** A place for people: both from 1; columns count UTF-16 units, as editors do. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** The span from the start of `first` to the end of `last`, which stand in one source. */
export const join = (first: Span, last: Span): Span => ({ source: first.source, start: first.start, end: last.end });

/** The author's text under a span. */
export const textOf = (span: Span): string => span.source.text.slice(span.start, span.end);

/** Offsets of line starts; answers line and column by binary search. A line ends with `\n`, `\r\n` or `\r`. */
export class LineIndex {
  readonly #text: string;
  readonly #starts: readonly number[];

  constructor(text: string) {
    const starts = [0];
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      if (unit === 10 || (unit === 13 && text.charCodeAt(at + 1) !== 10)) starts.push(at + 1);
    }
    this.#text = text;
    this.#starts = starts;
  }

  get lineCount(): number {
    return this.#starts.length;
  }

  /** Position of an offset; one past the end is allowed, anything further is moved to the end. */
  position(offset: number): Position {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: Math.max(0, Math.min(offset, this.#text.length) - this.#starts[low]!) + 1 };
  }

  /** Offset of the first unit of a line (from 1). */
  startOf(line: number): number {
    return this.#starts[line - 1] ?? this.#text.length;
  }

  /** Offset of the line break that ends a line (from 1), or of the end of the text. */
  endOf(line: number): number {
    const start = this.startOf(line);
    let end = this.#starts[line] ?? this.#text.length;
    while (end > start && (this.#text[end - 1] === "\n" || this.#text[end - 1] === "\r")) end--;
    return end;
  }

  /** Text of a line (from 1) without its line break. */
  lineText(line: number): string {
    return this.#text.slice(this.startOf(line), this.endOf(line));
  }
}

const indexes = new WeakMap<Source, LineIndex>();

/** The line index of a source, built once. */
export function lineIndex(source: Source): LineIndex {
  let index = indexes.get(source);
  if (index === undefined) {
    index = new LineIndex(source.text);
    indexes.set(source, index);
  }
  return index;
}
