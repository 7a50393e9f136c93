// Draws diagnostics for people:
//
//   bakery.yaml:20:3  error[lang/unknown-key]  unknown key `whom` in action `deliver`
//     20 |     whom: seller
//        |     ^^^^
//     did you mean `who`?
//
// Every place that contributed shows its own line. Nothing of the author's text reaches a terminal uncleaned.
import type { Diagnostic, Severity } from "./diagnostic.ts";
import { DIAGNOSTICS_DRAWN_MAX, DRAWN_COLUMNS_MAX } from "./limits.ts";
import { lineIndex, type Source, type Span } from "./source.ts";
import { visible } from "./visible.ts";

export interface RenderOptions {
  /** ANSI colours. Default false. */
  readonly colour?: boolean;
  /** Diagnostics drawn before the rest is only counted. */
  readonly drawnMax?: number;
}

/** All diagnostics, sorted by source, place and code, each followed by an empty line but the last. "" for none. */
export function renderDiagnostics(diagnostics: readonly Diagnostic[], options: RenderOptions = {}): string {
  const sorted = sortDiagnostics(diagnostics);
  const drawn = sorted.slice(0, options.drawnMax ?? DIAGNOSTICS_DRAWN_MAX);
  const rest = sorted.slice(drawn.length);
  const parts = drawn.map((each) => renderDiagnostic(each, options));
  if (rest.length > 0) parts.push(`… and ${rest.length} more: ${count(rest)}\n`);
  return parts.join("\n");
}

/** `2 errors, 1 warning`. */
export function count(diagnostics: readonly Diagnostic[]): string {
  const of = (severity: Severity): string => {
    const found = diagnostics.filter((each) => each.severity === severity).length;
    return found === 0 ? "" : `${found} ${severity}${found === 1 ? "" : "s"}`;
  };
  return [of("error"), of("warning")].filter((each) => each !== "").join(", ") || "no errors";
}

/** Sorted by source, place, code and message; two that are the same in all of them become one. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const text = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  const order = (a: Diagnostic, b: Diagnostic): number =>
    text(a.span.source.name, b.span.source.name) ||
    a.span.start - b.span.start ||
    text(a.code, b.code) ||
    text(a.message, b.message);
  return [...diagnostics].sort(order).filter((each, at, all) => at === 0 || order(all[at - 1]!, each) !== 0);
}

/** One diagnostic, ending with a line break. */
export function renderDiagnostic(diagnostic: Diagnostic, options: RenderOptions = {}): string {
  const paint = options.colour === true ? colours : plain;
  const { span, severity } = diagnostic;
  const word = `${severity}[${diagnostic.code}]`;
  const lines = [`${place(span)}  ${paint[severity](word)}  ${paint.strong(visible(diagnostic.message))}`];
  const marks = [
    { span, text: "", primary: true },
    ...diagnostic.labels.map((label) => ({ ...label, primary: false })),
  ];
  const own = marks.findIndex((mark) => !mark.primary && sameSpan(mark.span, span));
  if (own > 0) {
    marks[0]!.text = marks[own]!.text;
    marks.splice(own, 1);
  }
  const at = (mark: { span: Span }) => lineIndex(mark.span.source).position(mark.span.start);
  const gutter = Math.max(...marks.map((mark) => String(at(mark).line).length));
  let source: Source = span.source;
  let previousLine = 0;
  for (const mark of marks) {
    if (mark.span.source !== source) {
      source = mark.span.source;
      previousLine = 0;
      lines.push(`  ${place(mark.span)}`);
    }
    const position = at(mark);
    const drawn = drawLine(mark.span, position.line);
    if (position.line !== previousLine)
      lines.push(`  ${paint.dim(`${String(position.line).padStart(gutter)} |`)} ${drawn.text}`.trimEnd());
    previousLine = position.line;
    const carets = (mark.primary ? "^" : "-").repeat(Math.max(1, drawn.width));
    const tone = mark.primary ? paint[severity] : paint.label;
    const note = mark.text === "" ? "" : ` ${visible(mark.text)}`;
    lines.push(`  ${paint.dim(`${" ".repeat(gutter)} |`)} ${" ".repeat(drawn.indent)}${tone(carets + note)}`);
  }
  if (diagnostic.help !== undefined)
    for (const line of diagnostic.help.split("\n")) lines.push(`  ${paint.help(visible(line))}`.trimEnd());
  return `${lines.join("\n")}\n`;
}

const sameSpan = (a: Span, b: Span): boolean => a.source === b.source && a.start === b.start && a.end === b.end;

function place(span: Span): string {
  const { line, column } = lineIndex(span.source).position(span.start);
  return `${visible(span.source.name)}:${line}:${column}`;
}

/** The line as drawn, with the columns before the caret and its width. A span over several lines is drawn to the end of
 *  its first. */
function drawLine(span: Span, line: number): { text: string; indent: number; width: number } {
  const index = lineIndex(span.source);
  const text = index.lineText(line);
  const start = Math.min(span.start - index.startOf(line), text.length);
  const end = Math.max(start, Math.min(span.end - index.startOf(line), text.length));
  // A line of megabytes is cut before its columns are counted. Cutting never parts a surrogate pair.
  const from = start > DRAWN_COLUMNS_MAX - 30 ? onBoundary(text, start - 40) : 0;
  const to = Math.min(text.length, onBoundary(text, from + DRAWN_COLUMNS_MAX));
  const lead = from > 0 ? "…" : "";
  const before = columns(text.slice(from, start), lead.length);
  const under = columns(text.slice(start, Math.min(end, to)), before.width);
  const after = columns(text.slice(Math.min(end, to), to), under.width);
  return {
    text: `${lead}${before.text}${under.text}${after.text}${to < text.length ? "…" : ""}`,
    indent: before.width,
    width: under.width - before.width,
  };
}

const onBoundary = (text: string, at: number): number =>
  at > 0 && at < text.length && /[\udc00-\udfff]/.test(text[at]!) ? at - 1 : at;

const TAB_COLUMNS = 4;

/** Text with tabs as spaces, and the column after it, when it starts at column `width`. */
function columns(text: string, width: number): { text: string; width: number } {
  let drawn = "";
  let column = width;
  for (const char of text) {
    if (char === "\t") {
      const step = TAB_COLUMNS - (column % TAB_COLUMNS);
      drawn += " ".repeat(step);
      column += step;
    } else {
      const shown = visible(char);
      drawn += shown;
      column += shown === char ? charColumns(char) : shown.length;
    }
  }
  return { text: drawn, width: column };
}

/** Terminal columns of a character: 0 for marks that join the one before, 2 for wide ones. Source: UAX #11 in outline. */
function charColumns(char: string): number {
  const point = char.codePointAt(0)!;
  if (point < 0x300) return 1;
  if (/\p{Mn}|\p{Me}|\u200d|\ufe0f/u.test(char)) return 0;
  const wide =
    (point >= 0x1100 && point <= 0x115f) ||
    (point >= 0x2e80 && point <= 0xa4cf) ||
    (point >= 0xac00 && point <= 0xd7a3) ||
    (point >= 0xf900 && point <= 0xfaff) ||
    (point >= 0xfe30 && point <= 0xfe6f) ||
    (point >= 0xff00 && point <= 0xff60) ||
    (point >= 0xffe0 && point <= 0xffe6) ||
    (point >= 0x1f300 && point <= 0x1faff) ||
    (point >= 0x20000 && point <= 0x3fffd);
  return wide ? 2 : 1;
}

type Paint = Record<Severity | "strong" | "dim" | "label" | "help", (text: string) => string>;
const same = (text: string): string => text;
const plain: Paint = { error: same, warning: same, strong: same, dim: same, label: same, help: same };
const ansi =
  (code: string) =>
  (text: string): string =>
    `\u001b[${code}m${text}\u001b[0m`;
const colours: Paint = {
  error: ansi("1;31"),
  warning: ansi("1;33"),
  strong: ansi("1"),
  dim: ansi("2"),
  label: ansi("34"),
  help: ansi("36"),
};
