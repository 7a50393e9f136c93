// `[for x in xs if c {body}]`: a loop over a list with a bound. Directly inside a quantifier it is not built as a list.
import type { Clause, Expr } from "../../lang/ast.ts";
import type { Span } from "../../lang/source.ts";
import { isOrdered, isQuantity } from "../../stdlib/types.ts";
import { BOUND_MAX } from "../../vm/limits.ts";
import type { Type } from "../../vm/type.ts";
import { kindWords, RESERVED } from "../1-resolve/names.ts";
import { emptyList, reservedName, shadowedName, tooMany, typeMismatch, unbounded } from "../codes.ts";
import type { Loop, TExpr } from "../model.ts";
import { broken, constant, isBroken, operation } from "./build.ts";
import { callBuiltin } from "./calls.ts";
import type { Context, Local, Scope } from "./context.ts";
import { ANY, BOOL, INT, isBool, isOptional, optional, optionalLike, strip, TEXT, words } from "./types.ts";

type Typing = (context: Context, scope: Scope, expr: Expr) => TExpr;
export type Comprehension = Extract<Expr, { kind: "comprehension" }>;

/** The list a comprehension builds. */
export function comprehension(context: Context, scope: Scope, expr: Comprehension, typing: Typing): TExpr {
  const loop = loopOf(context, scope, expr, typing);
  if (loop === null) return broken(expr.span);
  const type: Type = { kind: "list", of: loop.body.type, most: totalBound(loop) };
  return { kind: "comprehension", loop, type, span: expr.span };
}

export type Aggregate = Extract<TExpr, { kind: "aggregate" }>["over"];
export const AGGREGATES: ReadonlySet<string> = new Set(["any", "all", "none", "count", "sum", "min", "max"]);

/** A quantifier or aggregate over a comprehension. `start`: the further argument of `min` and `max`, or null. */
export function aggregate(
  context: Context,
  scope: Scope,
  over: Aggregate,
  expr: Comprehension,
  start: TExpr | null,
  span: Span,
  typing: Typing,
): TExpr {
  if (start !== null) {
    const list = comprehension(context, scope, expr, typing);
    return callBuiltin(context, over, [list, start], `\`${over}\``, span);
  }
  const loop = loopOf(context, scope, expr, typing);
  if (loop === null) return broken(span);
  const body = loop.body;
  const item = strip(body.type);
  const refuse = (expected: string): TExpr => {
    context.report(typeMismatch(body.span, { what: `what \`${over}\` goes over`, actual: words(item), expected }));
    return broken(span);
  };
  const made = (type: Type): TExpr => {
    const result: TExpr = {
      kind: "aggregate",
      over,
      loop,
      type: isOptional(loop.source.type) ? optional(type) : type,
      span,
    };
    if (context.rough.has(body)) context.rough.add(result);
    return result;
  };
  if (over === "count") return made(INT);
  if (over === "sum")
    return isQuantity(item) || item.kind === "any" ? made(body.type) : refuse("numbers, money or lengths of time");
  if (over === "min" || over === "max") {
    if (!isOrdered(item)) return refuse("values that have an order");
    context.report(emptyList(span, { name: over }));
    return broken(span);
  }
  return isBool(item) ? made(optionalLike(BOOL, [body])) : refuse(words(BOOL));
}

/** Items the loop can give, at most: the product of its lists. */
function totalBound(loop: Loop): number {
  return loop.clauses.reduce(
    (product, clause) => (clause.kind === "for" ? product * clause.loop.bound : product),
    loop.bound,
  );
}

function loopOf(context: Context, scope: Scope, expr: Comprehension, typing: Typing): Loop | null {
  let inner: Scope = scope;
  let first: Omit<Loop, "clauses" | "body"> | null = null;
  const clauses: Loop["clauses"][number][] = [];
  let failed = false;
  for (const clause of expr.clauses) {
    if (clause.kind === "for") {
      const opened = openFor(context, inner, clause, typing);
      inner = opened.scope;
      if (opened.loop === null) failed = true;
      else if (first === null) first = opened.loop;
      else clauses.push({ kind: "for", loop: opened.loop });
      if (opened.value !== null) clauses.push(opened.value);
    } else if (clause.kind === "let") {
      const value = typing(context, inner, clause.value);
      const local: Local = { index: context.nextLocal++, type: value.type, rough: context.rough.has(value) };
      inner = bind(context, inner, clause.name, local);
      clauses.push({ kind: "let", local: local.index, value });
      failed ||= isBroken(value);
    } else {
      const condition = typing(context, inner, clause.condition);
      if (!isBroken(condition) && !isBool(condition.type)) {
        context.report(
          typeMismatch(clause.condition.span, {
            what: "the condition of this loop",
            actual: words(condition.type),
            expected: words(BOOL),
          }),
        );
        failed = true;
      }
      failed ||= isBroken(condition);
      clauses.push({ kind: "if", condition });
    }
  }
  const body = typing(context, inner, expr.body);
  if (first === null || failed || isBroken(body)) return null;
  const loop: Loop = { ...first, clauses, body };
  const bound = totalBound(loop);
  if (bound <= BOUND_MAX) return loop;
  context.report(tooMany(expr.span, { count: bound, what: "rounds of this loop", most: BOUND_MAX }));
  return null;
}

interface Opened {
  readonly loop: Omit<Loop, "clauses" | "body"> | null;
  readonly scope: Scope;
  /** The value of a map's key, bound by a further clause. */
  readonly value: Loop["clauses"][number] | null;
}

/** A `for` clause. Over a map the keys are gone through, and the value is looked up. */
function openFor(context: Context, scope: Scope, clause: Extract<Clause, { kind: "for" }>, typing: Typing): Opened {
  const source = typing(context, scope, clause.source);
  const type = strip(source.type);
  const local = (of: Type): Local => ({ index: context.nextLocal++, type: of, rough: false });
  const error = local(broken(clause.span).type);
  const unbound = clause.key === null ? scope : bind(context, scope, clause.key, error);
  const fail = (): Opened => ({ loop: null, scope: bind(context, unbound, clause.value, error), value: null });
  if (isBroken(source)) return fail();
  if (type.kind === "list") {
    const item = { ...local(type.of), rough: context.rough.has(source) };
    const key = clause.key === null ? null : local(INT);
    const keyed = clause.key === null ? scope : bind(context, scope, clause.key, key!);
    return {
      loop: { source, bound: type.most, item: item.index, index: key?.index ?? null },
      scope: bind(context, keyed, clause.value, item),
      value: null,
    };
  }
  if (type.kind === "map") {
    const keys = callBuiltin(context, "keys", [source], "`for` over a map", clause.source.span);
    const key = local(TEXT);
    const value = local(type.of);
    const keyed = clause.key === null ? scope : bind(context, scope, clause.key, key);
    const read: TExpr = { kind: "read", place: { kind: "local", index: key.index }, type: TEXT, span: clause.span };
    return {
      loop: { source: keys, bound: type.most, item: key.index, index: null },
      scope: bind(context, keyed, clause.value, value),
      value: { kind: "let", local: value.index, value: operation("key", [source, read], type.of, clause.span) },
    };
  }
  if (type.kind === "any" && context.policy !== null) return openAny(context, scope, clause, source, local);
  if (type.kind === "any") context.report(unbounded(clause.source.span, { what: "this list" }));
  else
    context.report(
      typeMismatch(clause.source.span, {
        what: "what `for` goes over",
        actual: words(type),
        expected: "a list or a map",
      }),
    );
  return fail();
}

/** Over an `any` of a policy: a list, or the error `kind` when it is another value. */
function openAny(
  context: Context,
  scope: Scope,
  clause: Extract<Clause, { kind: "for" }>,
  source: TExpr,
  local: (of: Type) => Local,
): Opened {
  const most = context.policy!.itemsMax;
  const list: TExpr = asList(source, most);
  const item = local(ANY);
  const key = clause.key === null ? null : local(INT);
  const keyed = clause.key === null ? scope : bind(context, scope, clause.key, key!);
  return {
    loop: { source: list, bound: most, item: item.index, index: key?.index ?? null },
    scope: bind(context, keyed, clause.value, item),
    value: null,
  };
}

/** An `any` read as a list: an error where it is none. */
export function asList(source: TExpr, most: number): TExpr {
  const type: Type = { kind: "list", of: ANY, most };
  const { span } = source;
  // `item` refuses what is no list; an empty one has no item, and is one all the same.
  const first = operation("item", [source, constant(INT, 0, span)], ANY, span);
  const when = operation("present", [first], BOOL, span);
  const empty = operation("eq", [operation("length", [source], INT, span), constant(INT, 0, span)], BOOL, span, 1);
  const rows = [
    { when, give: source },
    { when: empty, give: constant(type, [], span) },
  ];
  return { kind: "choose", rows, else: source, type, span };
}

/** The scope with one more name; a name that means something already is reported. */
function bind(
  context: Context,
  scope: Scope,
  name: { readonly name: string; readonly span: Span },
  local: Local,
): Scope {
  const declared = context.names.get(name.name);
  if (RESERVED.has(name.name)) context.report(reservedName(name.span, { name: name.name, kind: "the item of a loop" }));
  else if (declared !== undefined)
    context.report(
      shadowedName(
        name.span,
        { kind: "the item", name: name.name, other: kindWords[declared.kind] },
        { labels: [{ span: declared.span, text: `${kindWords[declared.kind]} here` }] },
      ),
    );
  else if (scope.inputs.has(name.name) || scope.locals.has(name.name))
    context.report(shadowedName(name.span, { kind: "the item", name: name.name, other: "a value" }));
  return { ...scope, locals: new Map([...scope.locals, [name.name, local]]) };
}

/** `min` and `max` of a list that is not a comprehension: a start is needed unless the list surely has items. */
export function needsStart(list: TExpr): boolean {
  return strip(list.type).kind === "list" && !(list.kind === "list" && list.items.length > 0);
}
