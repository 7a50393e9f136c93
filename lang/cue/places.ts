// Places as CUE gives them, file names and byte offsets, to spans in the author's sources.
import type { Source, Span } from "../source.ts";

/** A place in an answer of the engine. `end` equals `offset` when it is not known. */
export interface RawPlace {
  readonly file: string;
  readonly offset: number;
  readonly end: number;
}

/** What stands at a place when its end is not known: a text, a name or number, or one character. */
const TOKEN = /"(?:[^"\\\n]|\\.)*"|[\p{L}\p{N}_#$]+|[^\s]/uy;

/** Spans of places; those outside the sources (packages of CUE itself) are left out, and none is given twice. */
export function spansOf(sources: ReadonlyMap<string, Source>): (places: readonly RawPlace[]) => Span[] {
  const offsets = new Map<Source, (bytes: number) => number>();
  return (places) => {
    const spans: Span[] = [];
    for (const place of places) {
      const source = sources.get(place.file);
      if (source === undefined) continue;
      let unitAt = offsets.get(source);
      if (unitAt === undefined) {
        unitAt = unitsOf(source.text);
        offsets.set(source, unitAt);
      }
      const start = unitAt(place.offset);
      const end = place.end > place.offset ? unitAt(place.end) : tokenEnd(source.text, start);
      if (!spans.some((span) => span.source === source && span.start === start)) spans.push({ source, start, end });
    }
    return spans;
  };
}

function tokenEnd(text: string, start: number): number {
  TOKEN.lastIndex = start;
  return TOKEN.test(text) ? TOKEN.lastIndex : start;
}

/** UTF-8 byte offsets of a text to UTF-16 offsets; one past the end is moved to the end. */
export function unitsOf(text: string): (bytes: number) => number {
  if (/^[\x00-\x7f]*$/.test(text)) return (bytes) => Math.min(bytes, text.length);
  const units: number[] = [];
  for (let unit = 0; unit < text.length; unit++) {
    const code = text.codePointAt(unit)!;
    // A lone surrogate becomes U+FFFD on the way in: three bytes, as every unit from U+0800 on.
    const length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (let k = 0; k < length; k++) units.push(unit);
    if (code >= 0x10000) unit++;
  }
  return (bytes) => units[bytes] ?? text.length;
}
