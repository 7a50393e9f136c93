// Bindings of `each`: names for elements of lists. A rule is decided for each combination; the source paths tell them apart.
import type { EachBinding, Expr } from "../../lang/ast.ts";
import { BOUND_MAX } from "../../vm/limits.ts";
import type { Type } from "../../vm/type.ts";
import { broken, constant, isBroken, operation, read } from "../2-check/build.ts";
import { callBuiltin } from "../2-check/calls.ts";
import { asList } from "../2-check/comprehension.ts";
import type { Context, Scope } from "../2-check/context.ts";
import { typed } from "../2-check/expression.ts";
import { ANY, BOOL, INT, joinTypes, strip, TEXT, words } from "../2-check/types.ts";
import { tooMany, typeMismatch } from "../codes.ts";
import type { TExpr } from "../model.ts";
import type { EachDecl } from "./model.ts";

/** The scope with the bindings, and their loops, outer first. */
export function eachOf(
  context: Context,
  outer: Scope,
  bindings: readonly EachBinding[],
): { readonly scope: Scope; readonly each: readonly EachDecl[] } {
  let scope = outer;
  const each: EachDecl[] = [];
  let product = 1;
  for (const binding of bindings) {
    const lists = binding.sources.map((source) => ({
      list: listOf(context, scope, source),
      path: pathText(source),
      source,
    }));
    let item: Type | undefined;
    for (const { list } of lists) {
      const type = strip(list.type);
      if (isBroken(list) || type.kind !== "list") continue;
      item = item === undefined ? type.of : (joinTypes(item, type.of) ?? ANY);
    }
    const index = context.nextLocal++;
    const number = context.nextLocal++;
    const locals = new Map(scope.locals);
    locals.set(binding.name.text, { index, type: item ?? broken(binding.span).type, rough: false });
    if (binding.key !== null) locals.set(binding.key.text, { index: number, type: INT, rough: false });
    scope = { ...scope, locals };
    const sources = lists.flatMap(({ list, path }) => {
      const type = strip(list.type);
      const at = read(INT, { kind: "local", index: number }, binding.span);
      return !isBroken(list) && type.kind === "list"
        ? [{ list, bound: type.most, path: elementPath(context, path, at), name: path }]
        : [];
    });
    product *= Math.max(
      1,
      sources.reduce((sum, source) => sum + source.bound, 0),
    );
    each.push({ item: index, index: number, sources });
  }
  if (product > BOUND_MAX)
    context.report(
      tooMany(
        bindings[0]!.span,
        { count: product, what: "combinations of `each`", most: BOUND_MAX },
        { help: "give the lists a bound:  list(T) up to 50" },
      ),
    );
  return { scope, each };
}

/** A source: absent or null is empty. */
function listOf(context: Context, scope: Scope, source: Expr): TExpr {
  const made = typed(context, scope, source);
  if (isBroken(made)) return made;
  const type = strip(made.type);
  if (type.kind === "map") return orEmpty(callBuiltin(context, "values", [made], "`each` over a map", made.span));
  if (type.kind === "any") return orEmpty(asList(made, context.policy!.itemsMax), made);
  if (type.kind === "list") return orEmpty(made);
  context.report(
    typeMismatch(source.span, { what: "what `each` goes over", actual: words(type), expected: "a list or a map" }),
  );
  return broken(source.span);
}

function orEmpty(list: TExpr, raw: TExpr = list): TExpr {
  if (isBroken(list)) return list;
  const { span } = list;
  const type = strip(list.type);
  const there = operation("present", [raw], BOOL, span);
  const isNull = operation("eq", [raw, constant({ kind: "null" }, null, span)], BOOL, span, 1);
  const empty = constant(type, [], span);
  const rows = [
    { when: operation("not", [there], BOOL, span), give: empty },
    { when: isNull, give: empty },
  ];
  return { kind: "choose", rows, else: list, type, span };
}

/** The path as the author wrote it: `depot.shelves`. */
const pathText = (source: Expr): string => source.span.source.text.slice(source.span.start, source.span.end).trim();

/** The path of an element, `depot.shelves[3]`, of its list's path and number. */
function elementPath(context: Context, path: string, index: TExpr): TExpr {
  const number = callBuiltin(context, "text", [index], "a path", index.span);
  return callBuiltin(
    context,
    "concat_text",
    [constant(TEXT, `${path}[`, index.span), number, constant(TEXT, "]", index.span)],
    "a path",
    index.span,
  );
}
