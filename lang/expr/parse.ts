// Text of an expression to its tree. Never throws; reports every mistake it can tell apart.

import type { BinaryOperator, Expr, Scalar } from "../ast.ts";
import * as codes from "../codes.ts";
import type { Diagnostic, Outcome } from "../diagnostic.ts";
import { EXPR_DEPTH_MAX, EXPR_NESTING_MAX, EXPR_UNITS_MAX } from "../limits.ts";
import type { Span } from "../source.ts";
import type { ILexingError, IToken } from "./chevrotain.ts";
import { fold, unchained } from "./fold.ts";
import { type Build, Grammar } from "./grammar.ts";
import { decodeNumber, decodeQuoted } from "./literals.ts";
import { type MappedText, mapped, sliceOf, spanIn, trimmed } from "./mapped.ts";
import { repair, visible } from "./repair.ts";
import * as t from "./tokens.ts";

/** Made with the first expression: a document that has none does not wait for it. */
let made: { readonly lexer: ReturnType<typeof t.lexerOf>; readonly grammar: Grammar } | null = null;

/** The tree of an expression, or `broken` over the whole of it when its meaning cannot be told. */
export function parseExpr(text: MappedText): Outcome<Expr> {
  const diagnostics: Diagnostic[] = [];
  const value = parse(trimmed(text), diagnostics, 0);
  return { value, diagnostics };
}

/** An expression that stands for itself, as in tests and tools. */
export const parseExprText = (text: string, name = "expression"): Outcome<Expr> =>
  parseExpr(mapped({ name, text }, 0, text.length));

function parse(text: MappedText, diagnostics: Diagnostic[], nesting: number): Expr {
  const whole = spanIn(text, 0, text.text.length);
  const broken: Expr = { kind: "broken", span: whole };
  const refuse = (diagnostic: Diagnostic): Expr => {
    diagnostics.push(diagnostic);
    return broken;
  };
  if (text.text === "") return refuse(codes.emptyExpression(whole));
  if (text.text.length > EXPR_UNITS_MAX)
    return refuse(codes.expressionTooLong(whole, { units: text.text.length, max: EXPR_UNITS_MAX }));
  made ??= { lexer: t.lexerOf(false), grammar: new Grammar(false) };
  const { lexer, grammar } = made;
  const lexed = lexer.tokenize(text.text);
  if (nesting + nestingOf(lexed.tokens) > EXPR_NESTING_MAX)
    return refuse(codes.expressionTooDeep(whole, { max: EXPR_NESTING_MAX }));
  const before = diagnostics.length;
  for (const error of lexed.errors) diagnostics.push(unexpected(text, error));
  const repaired = repair(text, lexed.tokens);
  // A character that was left out leaves a gap of its own making.
  const gaps = lexed.errors.length > 0 ? ["lang/missing-operator", "lang/missing-operand"] : [];
  diagnostics.push(...repaired.diagnostics.filter(({ code }) => !gaps.includes(code)));
  const built = builder(text, diagnostics, nesting);
  grammar.build = built.build;
  grammar.input = repaired.tokens;
  const value = grammar.expression();
  const error = grammar.errors[0];
  if (error !== undefined && diagnostics.length === before)
    diagnostics.push(syntax(text, error.token, error.message, repaired.tokens));
  if (error !== undefined || repaired.lost || lexed.errors.length > 0) return broken;
  // Texts are read after the parser is done with its state: an interpolation uses the parser, too.
  const tree = built.finish(value);
  if (depthOf(tree) > EXPR_DEPTH_MAX) return refuse(codes.expressionTooDeep(whole, { max: EXPR_DEPTH_MAX }));
  return tree;
}

/** Most brackets open at once. */
function nestingOf(tokens: readonly IToken[]): number {
  let open = 0;
  let most = 0;
  for (const { image } of tokens) {
    if (image === "(" || image === "[" || image === "{") most = Math.max(most, ++open);
    else if (image === ")" || image === "]" || image === "}") open--;
  }
  return most;
}

function builder(text: MappedText, diagnostics: Diagnostic[], nesting: number) {
  const span = (token: IToken): Span => spanIn(text, token.startOffset, token.startOffset + token.image.length);
  const build: Build = {
    span,
    number(token) {
      const value = decodeNumber(token.image);
      return value.ok
        ? { kind: "number", text: value.text, raw: token.image, span: span(token) }
        : { kind: "broken", span: span(token) };
    },
    quoted(token) {
      return quotedExpr(token);
    },
    fold: (operands, operators) =>
      fold(
        operands,
        operators.map((token) => ({ op: operatorOf(token), span: span(token) })),
        (first, at, right) => diagnostics.push(codes.chainedComparison(at, unchained(first, at, right))),
      ),
    call(of, args, whole) {
      const callee = calleeOf(of);
      if (callee !== null) return { kind: "call", callee, calleeSpan: of.span, args, span: whole };
      if (of.kind !== "broken") diagnostics.push(codes.notCallable(of.span));
      return { kind: "broken", span: whole };
    },
    key(token): Scalar {
      if (token.tokenType !== t.Quoted) return { kind: "scalar", text: token.image, quoted: false, span: span(token) };
      const { parts, mistakes, bytes } = decodeQuoted(token.image);
      const plain = mistakes.length === 0 && !bytes && parts.every((part) => part.kind === "text");
      if (!plain)
        diagnostics.push(
          codes.expressionSyntax(span(token), { expected: "a plain text as a key", found: `\`${token.image}\`` }),
        );
      const value = parts.map((part) => (part.kind === "text" ? part.value : "")).join("");
      return { kind: "scalar", text: value, quoted: true, span: span(token) };
    },
  };
  const interpolated = new Map<Expr, IToken>();

  function quotedExpr(token: IToken): Expr {
    const { bytes, parts, mistakes } = decodeQuoted(token.image);
    const at = (start: number, end: number) => spanIn(text, token.startOffset + start, token.startOffset + end);
    for (const { start, end, why } of mistakes)
      diagnostics.push(codes.badEscape(at(start, end), { escape: token.image.slice(start, end), why }));
    if (mistakes.length > 0) return { kind: "broken", span: span(token) };
    if (bytes) {
      for (const part of parts)
        if (part.kind === "expression") {
          diagnostics.push(codes.interpolatedBytes(at(part.start, part.end)));
          return { kind: "broken", span: span(token) };
        }
      const encoder = new TextEncoder();
      const value = parts.flatMap((part) =>
        part.kind === "byte" ? [part.value] : part.kind === "text" ? [...encoder.encode(part.value)] : [],
      );
      return { kind: "bytes", value: Uint8Array.from(value), span: span(token) };
    }
    if (parts.every((part) => part.kind === "text"))
      return {
        kind: "text",
        value: parts.map((part) => (part.kind === "text" ? part.value : "")).join(""),
        span: span(token),
      };
    const node: Expr = { kind: "interpolation", parts: [], span: span(token) };
    interpolated.set(node, token);
    return node;
  }

  /** Fills the interpolations that stand in the tree. */
  function finish(tree: Expr): Expr {
    for (const [node, token] of interpolated) {
      const parts: (string | Expr)[] = [];
      let run = "";
      for (const part of decodeQuoted(token.image).parts) {
        if (part.kind === "text") run += part.value;
        else if (part.kind === "expression") {
          const inside = sliceOf(text, token.startOffset + part.start, token.startOffset + part.end);
          parts.push(run, parse(trimmed(inside), diagnostics, nesting + 1));
          run = "";
        }
      }
      parts.push(run);
      (node as { parts: readonly (string | Expr)[] }).parts = parts;
    }
    return tree;
  }
  return { build, finish };
}

/** The operator a token stands for; a repaired one still shows what the author wrote. */
function operatorOf(token: IToken): BinaryOperator {
  return token.tokenType.PATTERN as BinaryOperator;
}

const calleeOf = (expr: Expr): string | null => {
  if (expr.kind === "name") return expr.name;
  if (expr.kind !== "select") return null;
  const of = calleeOf(expr.of);
  return of === null ? null : `${of}.${expr.name}`;
};

/** Levels of a tree, counted without recursion. */
export function depthOf(root: Expr): number {
  let most = 0;
  const waiting: [Expr, number][] = [[root, 1]];
  while (waiting.length > 0) {
    const [expr, depth] = waiting.pop()!;
    most = Math.max(most, depth);
    for (const child of childrenOf(expr)) waiting.push([child, depth + 1]);
  }
  return most;
}

/** The expressions directly inside one, in the order they are written. */
export function childrenOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case "select":
      return [expr.of];
    case "index":
      return [expr.of, expr.at];
    case "call":
      return expr.args;
    case "unary":
      return [expr.of];
    case "binary":
      return [expr.left, expr.right];
    case "interpolation":
      return expr.parts.filter((part) => typeof part !== "string");
    case "list":
      return expr.items;
    case "struct":
      return expr.fields.map((field) => field.value);
    case "comprehension":
      return [
        ...expr.clauses.map((clause) =>
          clause.kind === "for" ? clause.source : clause.kind === "if" ? clause.condition : clause.value,
        ),
        expr.body,
      ];
    default:
      return [];
  }
}

function unexpected(text: MappedText, error: ILexingError): Diagnostic {
  const character = text.text.slice(error.offset, error.offset + error.length);
  const help = /^[\p{Z}\p{C}]/u.test(character)
    ? { help: "it is invisible or only looks like a space; delete it, or write a plain space" }
    : undefined;
  return codes.unexpectedCharacter(
    spanIn(text, error.offset, error.offset + error.length),
    { character: visible(character) },
    help,
  );
}

/** A mistake only the grammar sees. `message` names what was expected. */
function syntax(text: MappedText, token: IToken, expected: string, tokens: readonly IToken[]): Diagnostic {
  const end = text.text.length;
  const known = Number.isFinite(token.startOffset);
  const last = tokens.at(-1);
  const start = known
    ? token.startOffset
    : last === undefined
      ? end
      : Math.min(end, last.startOffset + last.image.length);
  const found = known && token.image !== "" ? `\`${token.image}\`` : "the end of the expression";
  const span = spanIn(text, start, known ? start + token.image.length : start);
  return codes.expressionSyntax(span, { expected, found });
}
