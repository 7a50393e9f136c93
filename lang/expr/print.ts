// Canonical text of an expression: one line, single spaces, brackets only where the tree needs them, numbers as written.
// Parsing it gives the same tree, places apart.
import type { Clause, Expr } from "../ast.ts";
import { precedence } from "./fold.ts";

const UNARY = 6;
const ATOM = 7;

/** Text of an expression. A `broken` one prints as the author wrote it. */
export function printExpr(expr: Expr): string {
  switch (expr.kind) {
    case "number":
      return expr.raw;
    case "text":
      return quote(expr.value);
    case "bytes":
      return quoteBytes(expr.value);
    case "bool":
      return String(expr.value);
    case "null":
      return "null";
    case "name":
      return expr.name;
    case "select":
      // `0.a` would be read as one number.
      return `${expr.of.kind === "number" ? `(${expr.of.raw})` : inBrackets(expr.of, ATOM)}.${isName(expr.name) ? expr.name : quote(expr.name)}`;
    case "index":
      return `${inBrackets(expr.of, ATOM)}[${printExpr(expr.at)}]`;
    case "call":
      return `${expr.callee}(${expr.args.map(printExpr).join(", ")})`;
    case "unary":
      return `${expr.op}${inBrackets(expr.of, UNARY)}`;
    case "binary": {
      const strength = precedence[expr.op];
      // Everything binds to the left, so an equal strength on the right needs brackets. So does a comparison on the left
      // of a comparison: without them it would be a chain.
      const left = inBrackets(expr.left, strength === 3 ? strength + 1 : strength);
      return `${left} ${expr.op} ${inBrackets(expr.right, strength + 1)}`;
    }
    case "interpolation":
      return `"${expr.parts.map((part) => (typeof part === "string" ? escapeText(part) : `\\(${printExpr(part)})`)).join("")}"`;
    case "list":
      return `[${expr.items.map(printExpr).join(", ")}]`;
    case "struct":
      return `{${expr.fields.map(({ name, value }) => `${isName(name.text) ? name.text : quote(name.text)}: ${printExpr(value)}`).join(", ")}}`;
    case "comprehension": {
      const body = printExpr(expr.body);
      return `[${expr.clauses.map(printClause).join(" ")} ${expr.body.kind === "struct" ? body : `{${body}}`}]`;
    }
    case "broken":
      return expr.span.source.text.slice(expr.span.start, expr.span.end);
  }
}

function printClause(clause: Clause): string {
  switch (clause.kind) {
    case "for":
      return `for ${clause.key === null ? "" : `${clause.key.name}, `}${clause.value.name} in ${printExpr(clause.source)}`;
    case "if":
      return `if ${printExpr(clause.condition)}`;
    case "let":
      return `let ${clause.name.name} = ${printExpr(clause.value)}`;
  }
}

const strengthOf = (expr: Expr): number =>
  expr.kind === "binary" ? precedence[expr.op] : expr.kind === "unary" ? UNARY : ATOM;

const inBrackets = (expr: Expr, least: number): string => {
  const text = printExpr(expr);
  return strengthOf(expr) < least ? `(${text})` : text;
};

/** A key that needs no quotes. `for` would start a clause, but not before `:`. */
const isName = (text: string): boolean => /^[\p{L}$][\p{L}\p{M}\p{Nd}_$]*$/u.test(text) && !/[^\0-\u1fff]/.test(text);

const escapes: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\", '"': '\\"' };

const escapeText = (text: string): string =>
  text.replace(
    /[\\"\p{Cc}\u2028\u2029\ufeff]/gu,
    (unit) => escapes[unit] ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** A text in quotes, as expressions write it. */
export const quote = (text: string): string => `"${escapeText(text)}"`;

const quoteBytes = (bytes: Uint8Array): string =>
  `'${Array.from(bytes, (byte) =>
    byte >= 0x20 && byte < 0x7f && byte !== 0x27 && byte !== 0x5c
      ? String.fromCharCode(byte)
      : `\\x${byte.toString(16).padStart(2, "0")}`,
  ).join("")}'`;
