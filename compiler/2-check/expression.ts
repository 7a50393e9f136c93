// Expressions to typed expressions. Every expression gets a type; what is wrong is reported once and gets the error type,
// which silences what is built on it.
import type { Expr } from "../../lang/ast.ts";
import type { Span } from "../../lang/source.ts";
import { parseDecimal, parseInt34 } from "../../vm/decimal.ts";
import { compilePattern } from "../../vm/pattern.ts";
import type { Type } from "../../vm/type.ts";
import { ErrorValue } from "../../vm/value.ts";
import { kindWords } from "../1-resolve/names.ts";
import {
  badLiteral,
  badOperands,
  badPattern,
  needsWrittenText,
  noCaller,
  noSuchField,
  typeMismatch,
  unknownName,
  wrongName,
} from "../codes.ts";
import type { TExpr } from "../model.ts";
import { bytesMax, noteBytes } from "./bounds.ts";
import { broken, constant, isBroken, junction, operation, read } from "./build.ts";
import { callBuiltin } from "./calls.ts";
import { comprehension } from "./comprehension.ts";
import type { Context, Scope } from "./context.ts";
import { unify } from "./convert.ts";
import { callForm } from "./forms.ts";
import { arithmetic, comparison, isArithmetic, isComparison, negation } from "./operators.ts";
import { readNow, stateType } from "./places.ts";
import {
  ANY,
  BOOL,
  DECIMAL,
  INT,
  isBool,
  isTextLike,
  moneyOf,
  OUTCOMES,
  optional,
  optionalLike,
  PARTY,
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

/** How a name of another kind is asked about, for the help line. */
const ASKED: Partial<Record<string, (name: string) => string>> = {
  account: (name) => `write \`held(${name})\` for the money in it`,
  obligation: (name) => `ask about it: \`done(${name})\`, \`violated(${name})\`, \`owed(${name})\``,
  power: (name) => `ask about it: \`used(${name})\` or \`usable(${name})\``,
  action: () => "ask about the obligation that demands it, or let the action set a fact",
  state: (name) => `compare the state: \`state == "${name}"\``,
};

function named(context: Context, scope: Scope, name: string, span: Span): TExpr {
  const local = scope.locals.get(name);
  if (local !== undefined) {
    const made = read(local.type, { kind: "local", index: local.index }, span);
    if (local.rough) context.rough.add(made);
    return made;
  }
  const input = scope.inputs.get(name);
  if (input !== undefined) {
    const type = scope.narrowed.has(name) ? strip(input.type) : input.type;
    const made = read(type, { kind: "input", index: input.index }, span);
    noteBytes(made, input.bytesMax);
    return made;
  }
  const word = reservedWord(context, scope, name, span);
  if (word !== null) return word;
  const declared = context.names.get(name);
  if (declared === undefined) return unknown(context, scope, name, span);
  context.used.add(name);
  const known = (type: Type): Type => (scope.narrowed.has(name) ? strip(type) : type);
  switch (declared.kind) {
    case "term": {
      const term = context.terms[declared.index];
      return term === undefined
        ? broken(span)
        : typedRead(read(term.type, { kind: "term", index: declared.index }, span));
    }
    case "fact": {
      const fact = context.facts[declared.index];
      return fact === undefined
        ? broken(span)
        : typedRead(read(known(fact.type), { kind: "fact", index: declared.index }, span));
    }
    case "derived": {
      const is = context.derivedAt(declared.index);
      if (isBroken(is)) return broken(span);
      const made = read(known(is.type), { kind: "derived", index: declared.index }, span);
      if (context.rough.has(is)) context.rough.add(made);
      return made;
    }
    case "party":
      return constant(PARTY, name, span);
    case "region":
      return read(stateType(context, declared.index), { kind: "state", region: declared.index }, span);
    default:
      context.report(
        wrongName(
          span,
          { name, actual: kindWords[declared.kind], expected: "a value" },
          { help: ASKED[declared.kind]?.(name), labels: [{ span: declared.span, text: "declared here" }] },
        ),
      );
      return broken(span);
  }
}

/** A read of a declaration whose own type was reported is broken too. */
const typedRead = (made: TExpr): TExpr => (isBroken(made) ? broken(made.span) : made);

/** Names authors bring from elsewhere, and what they mean here. */
const FOREIGN: ReadonlyMap<string, string> = new Map([
  ["today", "date(now)"],
  ["time", "now"],
  ["sender", "caller"],
  ["None", "null"],
  ["True", "true"],
  ["False", "false"],
]);

function unknown(context: Context, scope: Scope, name: string, span: Span): TExpr {
  const near = context.names.suggest(
    name,
    [],
    [...scope.locals.keys(), ...scope.inputs.keys(), "now", "caller", "state", "active", "ended", "outcome"],
  );
  const meant = FOREIGN.get(name) ?? near;
  context.report(
    unknownName(span, { kind: "name", name }, meant === null ? {} : { help: `did you mean \`${meant}\`?` }),
  );
  return broken(span);
}

function reservedWord(context: Context, scope: Scope, name: string, span: Span): TExpr | null {
  switch (name) {
    case "now":
      return readNow(context, span);
    case "caller":
      if (scope.noCaller === null) return read(PARTY, { kind: "caller" }, span);
      context.report(noCaller(span, { name, why: scope.noCaller }));
      return broken(span);
    case "active":
    case "ended":
      return read(BOOL, { kind: name }, span);
    case "outcome":
      return read(optional({ kind: "enum", values: OUTCOMES }), { kind: "outcome" }, span);
    case "state": {
      const regions = context.document.regions;
      if (regions.length === 1) return read(stateType(context, 0), { kind: "state", region: 0 }, span);
      const why = regions.length === 0 ? "the document declares no states" : "there are several sets of states";
      const help =
        regions.length === 0
          ? undefined
          : `write the name of one: ${regions.map((each) => `\`${each.name}\``).join(", ")}`;
      context.report(noCaller(span, { name, why }, { help }));
      return broken(span);
    }
    case "cause": {
      const why = scope.cause === null ? "nothing caused this" : "it is an instance, not a value";
      context.report(
        noCaller(
          span,
          { name, why },
          scope.cause === null ? {} : { help: "write `cause.due`, `cause.amount` or `cause.paid`" },
        ),
      );
      return broken(span);
    }
    case "period":
      context.report(noCaller(span, { name, why: "nothing here repeats" }));
      return broken(span);
    default:
      return null;
  }
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
  return {
    kind: "field",
    of,
    slot,
    type: optionalLike(field.optional ? optional(field.type) : field.type, [of]),
    span: expr.span,
  };
}

function causeField(context: Context, scope: Scope, expr: Extract<Expr, { kind: "select" }>): TExpr {
  const { place, norms } = scope.cause!;
  const made = (type: Type, field: "due" | "amount" | "paid" | "born"): TExpr =>
    read(type, { kind: place, field }, expr.span);
  const causes = norms.map((at) => context.resolved.norms[at]!.obligation);
  if (expr.name === "born") return made(context.settings.instant, "born");
  if (expr.name === "due") {
    const instant = context.settings.instant;
    return made(causes.every((each) => each.deadline !== null) ? instant : optional(instant), "due");
  }
  if (expr.name === "amount" || expr.name === "paid") {
    const assets = new Set(norms.map((at) => context.assetOfNorm(at)));
    const [asset] = assets;
    if (assets.size === 1 && asset !== null && asset !== undefined) return made(moneyOf(asset), expr.name);
  }
  const has = "it has `due`, `born`, and for a payment `amount` and `paid`";
  context.report(noSuchField(expr.nameSpan, { of: "this cause", name: expr.name }, { help: has }));
  return broken(expr.span);
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

/** `text =~ pattern`; the pattern is written, so that it is compiled into the module. */
export function matching(context: Context, negated: boolean, text: TExpr, pattern: TExpr, span: Span): TExpr {
  if (isBroken(text) || isBroken(pattern)) return broken(span);
  const type = strip(text.type);
  if (!isTextLike(type) && type.kind !== "any") {
    context.report(
      typeMismatch(text.span, { what: "the left side of `=~`", actual: words(type), expected: words(TEXT) }),
    );
    return broken(span);
  }
  if (pattern.kind !== "const" || typeof pattern.value !== "string") {
    context.report(needsWrittenText(pattern.span, { call: "a pattern" }));
    return broken(span);
  }
  if (!isPattern(context, pattern.value, pattern.span)) return broken(span);
  const result = optionalLike(BOOL, [text]);
  const made: TExpr = {
    kind: "match",
    text,
    pattern: pattern.value,
    bound: bytesMax(context, text),
    type: result,
    span,
  };
  return negated ? operation("not", [made], result, span) : made;
}

/** Whether a pattern compiles; reports why not. */
export function isPattern(context: Context, pattern: string, span: Span): boolean {
  const compiled = compilePattern(pattern);
  if ("pattern" in compiled) return true;
  context.report(badPattern(span, { pattern, why: compiled.reason }));
  return false;
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
