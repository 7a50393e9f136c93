// Readers of single values: scalars, words of a closed set, names, expressions, written values.
import type { Expr, ExprOrLiteral, Node, Scalar } from "../ast.ts";
import * as codes from "../codes.ts";
import { type MappedText, sliceOf, spanIn, trimmed } from "../expr/mapped.ts";
import { parseExpr } from "../expr/parse.ts";
import { nearest } from "../suggest.ts";
import { scalarText } from "../yaml/scalar.ts";
import { quotedLine } from "../yaml/traps.ts";
import { type Reader, type Reading, report, wrongShape } from "./reading.ts";

/** Any scalar, as written. */
export const scalar =
  (expected = "a value"): Reader<Scalar> =>
  (reading, node) =>
    node.kind === "scalar" ? node : wrongShape(reading, node, expected);

/** One of a closed set of words. */
export const word =
  (...words: readonly string[]): Reader<Scalar> =>
  (reading, node) => {
    if (node.kind !== "scalar") return wrongShape(reading, node, list(words));
    if (!words.includes(node.text)) wrongWord(reading, node, words);
    return node;
  };

const list = (words: readonly string[]): string =>
  words.map((each) => `\`${each}\``).join(words.length === 2 ? " or " : ", ");

export function wrongWord(reading: Reading, node: Scalar, words: readonly string[]): void {
  if (reading.guessed.has(node.span.start)) return;
  const near = nearest(node.text, words);
  const help = near === null ? undefined : `did you mean \`${near}\`?`;
  report(reading, codes.wrongWord(node.span, { word: node.text, words: list(words) }, { help }));
}

/** `true`/`yes` or `false`/`no`. */
export const flag: Reader<boolean> = (reading, node) => {
  if (node.kind !== "scalar") return wrongShape(reading, node, "`true` or `false`");
  if (node.text === "true" || node.text === "yes") return true;
  if (node.text === "false" || node.text === "no") return false;
  wrongWord(reading, node, ["true", "false"]);
  return null;
};

/** A scalar or a list of scalars. */
export const scalars =
  (expected: string): Reader<readonly Scalar[]> =>
  (reading, node) => {
    if (node.kind === "scalar") return [node];
    if (node.kind !== "list") return wrongShape(reading, node, expected);
    return node.items.flatMap((item) => (item.kind === "scalar" ? item : (wrongShape(reading, item, expected) ?? [])));
  };

/** A condition or value: read as an expression whatever it looks like. */
export const expression: Reader<Expr> = (reading, node) => {
  const text = expressionText(reading, node);
  if (text === null) return isNullLiteral(node) ? { kind: "null", span: node.span } : null;
  const expr = exprOf(reading, text, text.scalar);
  reading.expressions.set(text.scalar, { expr, orLiteral: false });
  return expr;
};

/** An expression, or a written value that stands alone: `30 days`, `5.00 USD`, `2026-01-31`. */
export const exprOrLiteral: Reader<ExprOrLiteral> = (reading, node) => {
  if (node.kind === "scalar" && isWrittenValue(node.text)) return node;
  const text = expressionText(reading, node);
  if (text === null) return isNullLiteral(node) ? { kind: "null", span: node.span } : null;
  const expr = exprOf(reading, text, text.scalar);
  reading.expressions.set(text.scalar, { expr, orLiteral: true });
  return expr;
};

/** The same for a stretch of a scalar: the amount of a move, the bound of a band. */
export function exprOrLiteralIn(reading: Reading, text: MappedText): ExprOrLiteral {
  const inner = trimmed(text);
  if (isWrittenValue(inner.text))
    return { kind: "scalar", text: inner.text, quoted: false, span: spanIn(inner, 0, inner.text.length) };
  return exprIn(reading, inner);
}

/** An expression in a stretch of a scalar. */
export const exprIn = (reading: Reading, text: MappedText): Expr => exprOf(reading, text, null);

function exprOf(reading: Reading, text: MappedText, whole: Scalar | null): Expr {
  const { value, diagnostics } = parseExpr(text);
  if (diagnostics.length === 0 || (whole !== null && reading.guessed.has(whole.span.start))) return value;
  const cut = whole === null ? null : commentCut(whole);
  const open = diagnostics.some(({ code }) => code === "lang/unclosed-text" || code === "lang/unclosed-bracket");
  if (cut !== null && open) {
    const { source, start } = whole!.span;
    const help = quotedLine(source, start, cut.end);
    report(reading, codes.yamlCommentCut({ source, start: cut.start, end: cut.end }, { help }));
  } else for (const diagnostic of diagnostics) report(reading, diagnostic);
  return value;
}

/** The comment directly behind a plain scalar. */
function commentCut({ quoted, span: { source, end } }: Scalar): { start: number; end: number } | null {
  if (quoted) return null;
  const line = /^[ \t]+(?=#)[^\r\n]*/.exec(source.text.slice(end, end + 1_000));
  if (line === null) return null;
  const space = line[0].length - line[0].trimStart().length;
  return { start: end + space, end: end + line[0].trimEnd().length };
}

function expressionText(reading: Reading, node: Node): (MappedText & { readonly scalar: Scalar }) | null {
  if (node.kind === "scalar") return { ...scalarText(node), scalar: node };
  if (isNullLiteral(node)) return null;
  const example = node.kind === "null" ? undefined : "'[a, b]', in quotes";
  return wrongShape(reading, node, "an expression", example);
}

/** `null` as written, not an empty value. */
const isNullLiteral = (node: Node): boolean => node.kind === "null" && node.span.end > node.span.start;

const number = "[+-]?\\d[\\d_]*(?:,\\d{3})*(?:\\.\\d+)?";
const unit = "(?:business )?[A-Za-z]+";
const writtenValue = new RegExp(
  [
    // 5   10.5%   5.00 USD   2 days   10 business days   1 year 6 months   4 GiB
    `${number}(?:\\s*%|(?:\\s+${unit}(?:\\s+\\d+\\s+${unit})*))?`,
    // 2026-01   2026-01-31   2026-01-31T10:00:00Z   2026-01-31 10:00+02:00
    "\\d{4}-\\d{2}(?:-\\d{2}(?:[T ]\\d{2}:\\d{2}(?::\\d{2}(?:\\.\\d+)?)?(?:Z|[+-]\\d{2}:?\\d{2})?)?)?",
    // 18:00   18:00:30
    "\\d{1,2}:\\d{2}(?::\\d{2}(?:\\.\\d+)?)?",
    // 10.0.0.1   10.0.0.0/8
    "\\d+\\.\\d+\\.\\d+\\.\\d+(?:/\\d+)?",
  ]
    .map((each) => `(?:${each})`)
    .join("|"),
);
const wholly = new RegExp(`^(?:${writtenValue.source})$`);
const operatorWords = /\s(?:and|or|is|div|mod|quo|rem|in|not)(?:\s|$)/;

/** Whether a text guesses as a written value: it starts with a digit or sign and is no arithmetic. Linear in its length. */
export const isWrittenValue = (text: string): boolean =>
  text.length <= 100 && wholly.test(text) && !operatorWords.test(text);

/** The part of a scalar between two offsets of its text, as a scalar of its own. */
export function partOf(text: MappedText, start: number, end: number): Scalar {
  const part = trimmed(sliceOf(text, start, end));
  return { kind: "scalar", text: part.text, quoted: false, span: spanIn(part, 0, part.text.length) };
}
