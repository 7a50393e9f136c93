// A value where a type is wanted: widened when it is a whole number, refused with the reason otherwise.
import type { Span } from "../../lang/source.ts";
import { didYouMean } from "../../lang/suggest.ts";
import { ZERO } from "../../vm/decimal.ts";
import type { Type } from "../../vm/type.ts";
import { ErrorValue } from "../../vm/value.ts";
import {
  badLiteral,
  mayBeUnknown,
  mixedCurrencies,
  mixedDurations,
  quotientUnrounded,
  typeMismatch,
} from "../codes.ts";
import type { TExpr } from "../model.ts";
import { broken, constant, isBroken, operation } from "./build.ts";
import type { Context } from "./context.ts";
import { BOOL, INT, isNumber, joinTypes, optionalLike, sameType, simple, strip, suits, words } from "./types.ts";

/** The literal 0, which is zero of every asset. */
export const isZero = (expr: TExpr): boolean =>
  expr.kind === "const" && isNumber(expr.type) && (expr.value === 0 || expr.value === ZERO);

/** `expr` as a value of `to`; `what` begins the sentence when it is not: ``the amount of `repay` ``. */
export function convert(context: Context, expr: TExpr, to: Type, what: string): TExpr {
  if (isBroken(expr)) return expr;
  const wanted = strip(to);
  if (wanted.kind === "money" && isZero(expr)) return constant(wanted, ZERO, expr.span);
  if (expr.kind === "const" && expr.type.kind === "text" && wanted.kind === "enum") {
    if (wanted.values.includes(expr.value as string)) return constant(wanted, expr.value, expr.span);
    context.report(
      badLiteral(
        expr.span,
        { text: String(expr.value), expected: words(wanted) },
        { help: didYouMean(String(expr.value), wanted.values) },
      ),
    );
    return broken(expr.span);
  }
  const fits = suits(expr.type, to);
  if (fits === "as it is") return expr;
  if (fits === "widened") return operation("to_decimal", [expr], optionalLike(wanted, [expr]), expr.span);
  if (fits === "if short enough") return shortened(expr, wanted);
  context.report(misfit(expr, to, what));
  return broken(expr.span);
}

/** A list or map that may be longer than its place allows: the error `limit` when it is. */
function shortened(expr: TExpr, to: Type): TExpr {
  const most = to.kind === "list" || to.kind === "map" ? to.most : 0;
  const type = optionalLike(to, [expr]);
  const count = operation("length", [expr], optionalLike(INT, [expr]), expr.span);
  const when = operation("le", [count, constant(INT, most, expr.span)], optionalLike(BOOL, [expr]), expr.span);
  const long = constant(to, new ErrorValue("limit", `more than ${most} items`), expr.span);
  return { kind: "choose", rows: [{ when, give: expr }], else: long, type, span: expr.span };
}

function misfit(expr: TExpr, to: Type, what: string) {
  const from = strip(expr.type);
  if (expr.type.kind === "optional" && to.kind !== "optional" && suits(from, to) !== null)
    return mayBeUnknown(
      expr.span,
      { what },
      { help: "ask `known(…)` first, or give a value for the meantime: `default(…, …)`" },
    );
  if (from.kind === "quotient" && isNumber(strip(to)))
    return quotientUnrounded(expr.span, { what, expected: words(strip(to)) });
  return typeMismatch(
    expr.span,
    { what, actual: words(expr.type), expected: words(to) },
    { help: advice(expr, strip(to)) },
  );
}

/** One thing to do about a value of the wrong type, where one is likely. */
function advice(expr: TExpr, to: Type): string | undefined {
  const from = strip(expr.type);
  if (from.kind === "date" && to.kind === "instant")
    return "write `instant(…)`: the start of that day in the agreement's zone";
  if (from.kind === "instant" && to.kind === "date") return "write `date(…)`: the local day of that instant";
  if (from.kind === "decimal" && to.kind === "int") return "whole numbers come from `int(round(…, 0))`";
  if (
    from.kind === "text" &&
    ["money", "date", "instant", "duration", "percent", "size", "ip", "cidr"].includes(to.kind)
  )
    return `write \`${to.kind}("…")\``;
  return undefined;
}

/** Why two values of the same nature do not mix: other currencies, or lengths of time of other units. Null when it is not that. */
export function mixture(a: TExpr, b: TExpr, place: Span) {
  const [left, right] = [strip(a.type), strip(b.type)];
  if (sameType(left, right)) return null;
  const params = { left: words(left), right: words(right) };
  const labels = [
    { span: a.span, text: words(left) },
    { span: b.span, text: words(right) },
  ];
  if (left.kind === "money" && right.kind === "money") return mixedCurrencies(place, params, { labels });
  const isLength = (type: Type): boolean => type.kind === "duration" || type.kind === "period";
  return isLength(left) && isLength(right) ? mixedDurations(place, params, { labels }) : null;
}

/** One type for values that may stand for each other (branches, items), each converted to it; reports when there is none. */
export function unify(
  context: Context,
  exprs: readonly TExpr[],
  what: string,
  span: Span,
): { type: Type; exprs: TExpr[] } {
  const broke = exprs.find(isBroken);
  if (broke !== undefined) return { type: broke.type, exprs: [...exprs] };
  const typed = exprs.filter((expr) => !isZero(expr));
  const money = typed.find((expr) => strip(expr.type).kind === "money");
  const voting = money === undefined ? exprs : typed;
  let type: Type | undefined;
  for (const expr of voting) {
    const joined: Type | undefined = type === undefined ? expr.type : joinTypes(type, expr.type);
    if (joined === undefined) {
      const first = voting[0]!;
      const labels = [{ span: first.span, text: `${words(first.type)} here` }];
      context.report(
        mixture(first, expr, expr.span) ??
          typeMismatch(expr.span, { what, actual: words(expr.type), expected: words(type!) }, { labels }),
      );
      return { type: broken(span).type, exprs: [...exprs] };
    }
    type = joined;
  }
  const result = type ?? simple("any");
  return { type: result, exprs: exprs.map((expr) => convert(context, expr, result, what)) };
}
