// What names, types and calls mean in a policy: fields of the input, data, values, derived values, functions, relations.
import type { Expr } from "../../lang/ast.ts";
import type { Span } from "../../lang/source.ts";
import { READS_DATA, READS_INPUT, READS_RELATIONS } from "../../vm/policy/table.ts";
import type { Type } from "../../vm/type.ts";
import { broken, constant, isBroken, operation, read } from "../2-check/build.ts";
import { callBuiltin } from "../2-check/calls.ts";
import type { Context, PolicyWords, Scope } from "../2-check/context.ts";
import { convert, unify } from "../2-check/convert.ts";
import { typed } from "../2-check/expression.ts";
import { typeOf } from "../2-check/type-expr.ts";
import { ANY, BOOL, ERROR, strip, TEXT } from "../2-check/types.ts";
import { badCall, functionCycle, typeCycle } from "../codes.ts";
import { FUNCTION_DEPTH_MAX, INPUT_NAMES_SHOWN_MAX } from "../limits.ts";
import type { TExpr } from "../model.ts";
import type { Namespace } from "./namespaces.ts";
import { recordOf } from "./values.ts";

/** What the words lean on; filled in while the policy is checked, before any expression is. */
export interface Known {
  input: Type;
  data: { readonly name: string; readonly type: Type }[];
  /** Set before the first word is asked. */
  names: Namespace;
  readonly relations: readonly string[];
  readonly itemsMax: number;
}

export function wordsOf(context: Context, known: Known): PolicyWords {
  const made = new Map<object, Type | "open">();
  let depth = 0;
  /** Whose names are read at present; null: those of the policy. */
  let reading: Namespace | null = null;
  const home = (): Namespace => reading ?? known.names;
  const within = <T>(names: Namespace, work: () => T): T => {
    const before = reading;
    reading = names;
    const result = work();
    reading = before;
    return result;
  };

  const type = (name: string, span: Span): Type | null => {
    const placed = home().types.get(name);
    if (placed === undefined) return null;
    const { declared } = placed;
    const before = made.get(declared);
    if (before === "open") {
      context.report(typeCycle(span, { name }, { labels: [{ span: declared.name.span, text: "declared here" }] }));
      return ERROR;
    }
    if (before !== undefined) return before;
    made.set(declared, "open");
    const found = within(placed.home, () => typeOf(context, declared.type));
    made.set(declared, found);
    return found;
  };

  const dataType = (): Type => ({
    kind: "record",
    fields: known.data.map((each) => ({ ...each, optional: false })),
    open: false,
  });

  const named = (_scope: Scope, name: string, span: Span): TExpr | null => {
    if (name === "values") return recordOf(home().values, span);
    // A function of a module reads its parameters and the values of its module.
    if (home().module !== null) return null;
    const input = read(known.input, { kind: "env", index: READS_INPUT }, span);
    if (name === "input") return input;
    if (name === "data") return read(dataType(), { kind: "env", index: READS_DATA }, span);
    const declared = context.names.get(name);
    if (declared?.kind === "derived") {
      const is = context.derivedAt(declared.index);
      return isBroken(is) ? broken(span) : read(is.type, { kind: "derived", index: declared.index }, span);
    }
    if (known.input.kind === "any") return { kind: "any_field", of: input, name, type: ANY, span };
    if (known.input.kind !== "record") return null;
    const slot = known.input.fields.findIndex((field) => field.name === name);
    return slot < 0 ? null : { kind: "field", of: input, slot, type: known.input.fields[slot]!.type, span };
  };

  const call = (scope: Scope, expr: Extract<Expr, { kind: "call" }>): TExpr | null => {
    const relation = home().module === null ? known.relations.indexOf(expr.callee) : -1;
    if (relation >= 0) return relationCall(context, scope, expr, relation);
    const placed = home().functions.get(expr.callee);
    if (placed === undefined) return ownForm(context, scope, expr);
    const { declared } = placed;
    if (declared.is === null) return broken(expr.span);
    if (expr.args.length !== declared.params.length) {
      const given = expr.args.length === 1 ? "1 argument" : `${expr.args.length} arguments`;
      const usage = `${expr.callee}(${declared.params.map(({ name }) => name.text).join(", ")})`;
      context.report(badCall(expr.span, { name: expr.callee, given }, { help: `it is called so: \`${usage}\`` }));
      return broken(expr.span);
    }
    const args = declared.params.map((param, at): [string, TExpr] => {
      const wanted = within(placed.home, () => typeOf(context, param.type));
      const value = convert(
        context,
        typed(context, scope, expr.args[at]!),
        wanted,
        `\`${param.name.text}\` of \`${expr.callee}\``,
      );
      return [param.name.text, value];
    });
    if (args.some(([, value]) => isBroken(value))) return broken(expr.span);
    if (depth >= FUNCTION_DEPTH_MAX) {
      context.report(functionCycle(declared.name.span, { name: expr.callee }));
      return broken(expr.span);
    }
    depth++;
    const inner: Scope = { ...scope, where: `function \`${expr.callee}\``, locals: new Map(), given: new Map(args) };
    const result = within(placed.home, () => typed(context, inner, declared.is!));
    depth--;
    return result;
  };

  return {
    named,
    call,
    type,
    typeNames: () => home().types.keys(),
    functionNames: () => home().functions.keys(),
    candidates: () => [
      ...(known.input.kind === "record" ? known.input.fields.map(({ name }) => name) : []),
      "input",
      "data",
      "values",
    ],
    inputHelp: () => inputHelp(known.input),
    itemsMax: known.itemsMax,
  };
}

function inputHelp(input: Type): string | undefined {
  if (input.kind !== "record" || input.fields.length === 0) return undefined;
  const shown = input.fields.slice(0, INPUT_NAMES_SHOWN_MAX).map(({ name }) => `\`${name}\``);
  const left = input.fields.length - shown.length;
  return `the input has ${shown.join(", ")}${left === 0 ? "" : ` and ${left} more`}`;
}

function relationCall(context: Context, scope: Scope, expr: Extract<Expr, { kind: "call" }>, relation: number): TExpr {
  const args = expr.args.map((arg) => typed(context, scope, arg));
  if (args.length !== 2) {
    const help = `it asks whether one is below another: \`${expr.callee}(x, y)\``;
    context.report(badCall(expr.span, { name: expr.callee, given: `${args.length} arguments` }, { help }));
    return broken(expr.span);
  }
  const all = read(ANY, { kind: "env", index: READS_RELATIONS }, expr.span);
  const closure: TExpr = { kind: "field", of: all, slot: relation, type: ANY, span: expr.span };
  return callBuiltin(context, "reaches", [closure, ...args], `\`${expr.callee}\``, expr.span);
}

/** Forms that only policies have: `first` and `ok`, lazy in what they are given. */
function ownForm(context: Context, scope: Scope, expr: Extract<Expr, { kind: "call" }>): TExpr | null {
  const { span } = expr;
  if (expr.callee === "ok" && expr.args.length === 1) {
    const of = typed(context, scope, expr.args[0]!);
    return isBroken(of) ? of : operation("not", [operation("is_error", [of], BOOL, span)], BOOL, span);
  }
  if (expr.callee !== "first" || expr.args.length === 0) return null;
  const given = unify(
    context,
    expr.args.map((arg) => typed(context, scope, arg)),
    "what `first` gives",
    span,
  );
  if (given.exprs.some(isBroken)) return broken(span);
  // Neither absent nor null; another error is given as it is.
  const [last, ...before] = [...given.exprs].reverse() as [TExpr, ...TExpr[]];
  return before.reduce<TExpr>((otherwise, each) => {
    const isNull = operation("eq", [each, constant({ kind: "null" }, null, span)], BOOL, span, 1);
    const there = operation("present", [each], BOOL, span);
    const when: TExpr = { kind: "and", args: [there, operation("not", [isNull], BOOL, span)], type: BOOL, span };
    return { kind: "choose", rows: [{ when, give: each }], else: otherwise, type: strip(given.type), span };
  }, last);
}

/** A text shown in prose; an error shows as `?`. */
export function shownOr(context: Context, of: TExpr, span: Span): TExpr {
  const shown = strip(of.type).kind === "text" ? of : callBuiltin(context, "text", [of], "a value in a text", span);
  if (isBroken(shown)) return shown;
  const when = operation("is_error", [shown], BOOL, span);
  return { kind: "choose", rows: [{ when, give: constant(TEXT, "?", span) }], else: shown, type: TEXT, span };
}
