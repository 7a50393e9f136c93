// From the text of a scalar back to its place: which offset of the source each unit came from, through quotes, escapes,
// folded lines and blocks.
import type { Scalar } from "../ast.ts";
import { readText } from "../cue/text.ts";
import type { MappedText } from "../expr/mapped.ts";

/** The text of a scalar with the way back. Every unit that is not white space maps to where it was written; white space that
 *  a line break became maps to the end of what stands before it. */
export function scalarText(scalar: Scalar): MappedText {
  const { source, start, end } = scalar.span;
  if (scalar.form === "computed") return { text: scalar.text, source, at: scalar.span };
  if (scalar.form === "cue") {
    const read = readText(source.text.slice(start, end));
    if (read !== null) return { text: scalar.text, source, at: read.at.map((offset) => offset + start) };
  }
  const raw = source.text.slice(start, end);
  if (raw === scalar.text) return { text: scalar.text, source, at: start };
  const opening = raw[0];
  if ((opening === '"' || opening === "'") && raw === opening + scalar.text + opening)
    return { text: scalar.text, source, at: start + 1 };
  const at = align(scalar.text, unitsOf(raw));
  return { text: scalar.text, source, at: at.map((offset) => offset + start) };
}

interface Unit {
  readonly unit: string;
  readonly at: number;
}

/** What each stretch of the raw scalar writes, unit by unit; folding is not undone. */
function unitsOf(raw: string): { units: readonly Unit[]; end: number } {
  const units: Unit[] = [];
  const quote = raw[0] === '"' || raw[0] === "'" ? raw[0] : "";
  // A block starts behind its header line.
  let at = quote !== "" ? 1 : raw[0] === "|" || raw[0] === ">" ? raw.indexOf("\n") + 1 || raw.length : 0;
  const end = quote !== "" && raw.endsWith(quote) && raw.length > 1 ? raw.length - 1 : raw.length;
  while (at < end) {
    const escaped = quote === '"' && raw[at] === "\\" ? escapeAt(raw, at) : null;
    if (escaped !== null) {
      for (const unit of escaped.value) for (const half of unit.split("")) units.push({ unit: half, at });
      at += escaped.length;
    } else {
      units.push({ unit: raw[at]!, at });
      at += quote === "'" && raw.startsWith("''", at) ? 2 : 1;
    }
  }
  return { units, end };
}

const namedEscapes: Readonly<Record<string, string>> = {
  "0": "\0",
  a: "\x07",
  b: "\b",
  e: "\x1b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  N: "\u0085",
  _: "\u00a0",
  L: "\u2028",
  P: "\u2029",
};

/** A double-quoted escape. Source: YAML 1.2.2, section 5.7. */
function escapeAt(raw: string, at: number): { value: string; length: number } {
  const letter = raw[at + 1] ?? "";
  if (letter === "\n" || letter === "\r") return { value: "", length: 2 };
  const digits = { x: 2, u: 4, U: 8 }[letter];
  if (digits === undefined) return { value: namedEscapes[letter] ?? letter, length: 2 };
  const point = Number.parseInt(raw.slice(at + 2, at + 2 + digits), 16);
  return { value: point <= 0x10ffff ? String.fromCodePoint(point) : "\ufffd", length: 2 + digits };
}

/** Offsets of the units of `text` in the raw scalar, and its end as the last item. */
function align(text: string, raw: { units: readonly Unit[]; end: number }): Uint32Array {
  const { units, end } = raw;
  const offsets = new Uint32Array(text.length + 1);
  const space = /\s/;
  let next = 0;
  let after = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text[at]!;
    if (space.test(unit)) {
      offsets[at] = after;
      continue;
    }
    while (next < units.length && units[next]!.unit !== unit && space.test(units[next]!.unit)) next++;
    offsets[at] = units[next]?.at ?? end;
    next++;
    after = units[next]?.at ?? end;
  }
  offsets[text.length] = after;
  return offsets;
}
