// Expressions to typed expressions. Every expression gets a type; what is wrong is reported once and gets the error type,
// which silences what is built on it.
import type { Expr } from "../../lang/ast.ts";
import { parseDecimal, parseInt34 } from "../../vm/decimal.ts";
import type { Type } from "../../vm/type.ts";
import { ErrorValue } from "../../vm/value.ts";
import { badLiteral, badOperands, noSuchField, typeMismatch } from "../codes.ts";
import type { TExpr } from "../model.ts";
import { broken, constant, isBroken, junction, operation } from "./build.ts";
import { callBuiltin } from "./calls.ts";
import { comprehension } from "./comprehension.ts";
import type { Context, Scope } from "./context.ts";
import { unify } from "./convert.ts";
import { callForm } from "./forms.ts";
import { matching } from "./match.ts";
import { causeField, named } from "./name-reads.ts";
import { arithmetic, comparison, isArithmetic, isComparison, negation } from "./operators.ts";
import {
  ANY,
  BOOL,
  DECIMAL,
  INT,
  isBool,
  isTextLike,
  optional,
  optionalLike,
  simple,
  strip,
  TEXT,
  words,
} from "./types.ts";

export function typed(context: Context, scope: Scope, expr: Expr): TExpr {
  switch (expr.kind) {
    case "number":
      return numberLiteral(context, expr);
    case "text":
      return constant(TEXT, expr.value, expr.span);
    case "bytes":
      return constant(simple("bytes"), expr.value, expr.span);
    case "bool":
      return constant(BOOL, expr.value, expr.span);
    case "null":
      return constant(simple("null"), null, expr.span);
    case "name":
      return named(context, scope, expr.name, expr.span);
    case "select":
      return select(context, scope, expr);
    case "index":
      return index(context, scope, expr);
    case "call":
      return callForm(context, scope, expr) ?? libraryCall(context, scope, expr);
    case "unary":
      return unary(context, scope, expr);
    case "binary":
      return binary(context, scope, expr);
    case "interpolation":
      return interpolation(context, scope, expr);
    case "list": {
      const items = unify(
        context,
        expr.items.map((item) => typed(context, scope, item)),
        "this item",
        expr.span,
      );
      if (items.exprs.some(isBroken) || isBroken(constant(items.type, undefined, expr.span))) return broken(expr.span);
      return {
        kind: "list",
        items: items.exprs,
        type: { kind: "list", of: items.type, most: items.exprs.length },
        span: expr.span,
      };
    }
    case "struct": {
      const fields = expr.fields.map((field) => typed(context, scope, field.value));
      if (fields.some(isBroken)) return broken(expr.span);
      const type: Type = {
        kind: "record",
        fields: expr.fields.map((field, at) => ({ name: field.name.text, type: fields[at]!.type, optional: false })),
        open: false,
      };
      return { kind: "record", fields, type, span: expr.span };
    }
    case "comprehension":
      return comprehension(context, scope, expr, typed);
    case "broken":
      return broken(expr.span);
  }
}

/** An expression that must be a condition; it may be unknown. */
export function condition(context: Context, scope: Scope, expr: Expr): TExpr {
  const made = typed(context, scope, expr);
  if (isBroken(made) || isBool(made.type)) return made;
  context.report(typeMismatch(expr.span, { what: scope.where, actual: words(made.type), expected: words(BOOL) }));
  return broken(expr.span);
}

function numberLiteral(context: Context, expr: Extract<Expr, { kind: "number" }>): TExpr {
  const isInt = /^\d+$/.test(expr.text);
  const value = isInt ? parseInt34(expr.text) : parseDecimal(expr.text);
  if (value !== undefined && !(value instanceof ErrorValue)) return constant(isInt ? INT : DECIMAL, value, expr.span);
  context.report(badLiteral(expr.span, { text: expr.text, expected: "a number of at most 34 digits" }));
  return broken(expr.span);
}

function select(context: Context, scope: Scope, expr: Extract<Expr, { kind: "select" }>): TExpr {
  if (expr.of.kind === "name" && expr.of.name === "cause" && scope.cause !== null)
    return causeField(context, scope, expr);
  const of = typed(context, scope, expr.of);
  if (isBroken(of)) return broken(expr.span);
  const type = strip(of.type);
  if (type.kind === "any" || type.kind === "map")
    return {
      kind: "any_field",
      of,
      name: expr.name,
      type: optionalLike(type.kind === "map" ? type.of : ANY, [of]),
      span: expr.span,
    };
  const fields =
    type.kind === "record"
      ? type.fields
      : type.kind === "evidence"
        ? ["hash", "media", "author"].map((name) => ({
            name,
            type: simple(name === "author" ? "did" : "text"),
            optional: false,
          }))
        : [];
  const slot = fields.findIndex((field) => field.name === expr.name);
  if (slot < 0) {
    const names = fields.map((field) => field.name);
    context.report(
      noSuchField(
        expr.nameSpan,
        { of: words(type), name: expr.name },
        names.length === 0 ? {} : { help: `it has ${names.map((name) => `\`${name}\``).join(", ")}` },
      ),
    );
    return broken(expr.span);
  }
  const field = fields[slot]!;
  if (of.kind === "const" && Array.isArray(of.value)) return constant(field.type, of.value[slot], expr.span);
  return {
    kind: "field",
    of,
    slot,
    // In a policy a field that is not there is an error, not an unknown.
    type: optionalLike(field.optional && context.policy === null ? optional(field.type) : field.type, [of]),
    span: expr.span,
  };
}

function index(context: Context, scope: Scope, expr: Extract<Expr, { kind: "index" }>): TExpr {
  const of = typed(context, scope, expr.of);
  const at = typed(context, scope, expr.at);
  if (isBroken(of) || isBroken(at)) return broken(expr.span);
  const type = strip(of.type);
  const by = strip(at.type);
  const made = (op: "item" | "key", result: Type): TExpr =>
    operation(op, [of, at], optionalLike(result, [of, at]), expr.span);
  if (type.kind === "list" && by.kind === "int") return made("item", type.of);
  if (type.kind === "map" && isTextLike(by)) return made("key", type.of);
  if (type.kind === "any" && by.kind === "int") return made("item", ANY);
  if (type.kind === "any" && isTextLike(by)) return made("key", ANY);
  context.report(badOperands(expr.span, { operator: "[ ]", left: words(type), right: words(by) }));
  return broken(expr.span);
}

function unary(context: Context, scope: Scope, expr: Extract<Expr, { kind: "unary" }>): TExpr {
  const of = typed(context, scope, expr.of);
  if (expr.op === "-") return negation(context, of, expr.span);
  if (isBroken(of)) return broken(expr.span);
  if (expr.op === "+") return of;
  if (isBool(of.type)) return operation("not", [of], optionalLike(BOOL, [of]), expr.span);
  context.report(
    typeMismatch(expr.of.span, { what: "the value behind `!`", actual: words(of.type), expected: words(BOOL) }),
  );
  return broken(expr.span);
}

function binary(context: Context, scope: Scope, expr: Extract<Expr, { kind: "binary" }>): TExpr {
  if (expr.op === "&&" || expr.op === "||") return logic(context, scope, expr, expr.op);
  // A chain `a + b + c …` leans to the left: its spine is walked, not recursed into.
  const spine: Extract<Expr, { kind: "binary" }>[] = [];
  let first: Expr = expr;
  while (first.kind === "binary" && first.op !== "&&" && first.op !== "||") {
    spine.push(first);
    first = first.left;
  }
  let left = typed(context, scope, first);
  for (const each of spine.reverse()) {
    const operands = { left, right: typed(context, scope, each.right), opSpan: each.opSpan, span: each.span };
    if (isArithmetic(each.op)) left = arithmetic(context, each.op, operands);
    else if (isComparison(each.op)) left = comparison(context, each.op, operands);
    else left = matching(context, each.op === "!~", operands.left, operands.right, each.span);
  }
  return left;
}

function logic(context: Context, scope: Scope, expr: Expr, op: "&&" | "||"): TExpr {
  const operands: Expr[] = [];
  const flatten = (each: Expr): void => {
    const parts: Expr[] = [];
    let at = each;
    while (at.kind === "binary" && at.op === op) {
      parts.push(at.right);
      at = at.left;
    }
    operands.push(at);
    for (const part of parts.reverse())
      if (part.kind === "binary" && part.op === op) flatten(part);
      else operands.push(part);
  };
  flatten(expr);
  const known = new Set(scope.narrowed);
  for (const each of operands) {
    const asked = op === "&&" ? each : each.kind === "unary" && each.op === "!" ? each.of : null;
    const name = asked?.kind === "call" && asked.callee === "known" && asked.args.length === 1 ? asked.args[0]! : null;
    if (name?.kind === "name") known.add(name.name);
  }
  const inner: Scope = { ...scope, narrowed: known, where: `a side of \`${op}\`` };
  const args = operands.map((each) => condition(context, inner, each));
  if (args.some(isBroken)) return broken(expr.span);
  return junction(op === "&&" ? "and" : "or", args, optionalLike(BOOL, args), expr.span);
}

function interpolation(context: Context, scope: Scope, expr: Extract<Expr, { kind: "interpolation" }>): TExpr {
  const parts = expr.parts
    .map((part) => {
      if (typeof part === "string") return constant(TEXT, part, expr.span);
      const value = typed(context, scope, part);
      if (isBroken(value) || isTextLike(strip(value.type))) return value;
      return callBuiltin(context, "text", [value], `showing ${words(strip(value.type))}`, part.span);
    })
    .filter((part) => !(part.kind === "const" && part.value === ""));
  if (parts.some(isBroken)) return broken(expr.span);
  if (parts.length === 0) return constant(TEXT, "", expr.span);
  if (parts.length === 1) return parts[0]!;
  return callBuiltin(context, "concat_text", parts, "a text with values in it", expr.span);
}

function libraryCall(context: Context, scope: Scope, expr: Extract<Expr, { kind: "call" }>): TExpr {
  const args = expr.args.map((arg) => typed(context, scope, arg));
  return callBuiltin(context, expr.callee, args, `\`${expr.callee}\``, expr.span);
}
