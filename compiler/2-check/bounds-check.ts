// The check of a value that comes from outside (an input, a term filled in when offered): `min`, `max`, `of`, `matches`,
// `most`, and the digits of money.
import type { ExprOrLiteral, Scalar } from "../../lang/ast.ts";
import type { Span } from "../../lang/source.ts";
import { isOrdered } from "../../stdlib/types.ts";
import type { Type } from "../../vm/type.ts";
import { misplacedKey } from "../codes.ts";
import type { TExpr } from "../model.ts";
import { constant, isBroken, junction, operation } from "./build.ts";
import { callBuiltin } from "./calls.ts";
import type { Context, Scope } from "./context.ts";
import { fieldValue, written } from "./literals.ts";
import { isPattern } from "./match.ts";
import { BOOL, INT, isTextLike, optionalLike, strip, TEXT } from "./types.ts";

export interface Bounds {
  readonly min: ExprOrLiteral | null;
  readonly max: ExprOrLiteral | null;
  readonly of: readonly Scalar[] | null;
  readonly matches: Scalar | null;
  /** UTF-8 bytes of a text or bytes, at most. */
  readonly bytesMax: number | null;
}

/** A condition on `value` that is true for what may come; null when everything of the type may. */
export function boundsCheck(
  context: Context,
  scope: Scope,
  value: TExpr,
  bounds: Bounds,
  what: string,
  span: Span,
): TExpr | null {
  const type = strip(value.type);
  const result = optionalLike(BOOL, [value]);
  const tests: TExpr[] = [];
  const limits: { min: TExpr | null; max: TExpr | null } = { min: null, max: null };
  for (const key of ["min", "max"] as const) {
    const bound = bounds[key];
    if (bound === null) continue;
    if (!isOrdered(type)) {
      context.report(misplacedKey(bound.span, { key, why: `${what} has no order` }));
      continue;
    }
    const limit = fieldValue(context, scope, bound, type, `\`${key}\` of ${what}`);
    if (isBroken(limit)) continue;
    limits[key] = limit;
    tests.push(operation("le", key === "min" ? [limit, value] : [value, limit], result, bound.span));
  }
  if (bounds.of !== null) {
    const choices = bounds.of.map((each) => written(context, each, type)).filter((each) => !isBroken(each));
    const equal = choices.map((each) => operation("eq", [value, each], result, each.span, 1));
    if (equal.length > 0) tests.push(any(equal, result, span));
  }
  if (bounds.matches !== null) {
    if (!isTextLike(type))
      context.report(misplacedKey(bounds.matches.span, { key: "matches", why: `${what} is not a text` }));
    else if (isPattern(context, bounds.matches.text, bounds.matches.span))
      tests.push({
        kind: "match",
        text: value,
        pattern: bounds.matches.text,
        bound: bounds.bytesMax ?? 0,
        type: result,
        span: bounds.matches.span,
      });
  }
  if (bounds.bytesMax !== null && (type.kind === "text" || type.kind === "bytes")) {
    const length = callBuiltin(context, "len", [value], what, span);
    if (!isBroken(length)) tests.push(operation("le", [length, constant(INT, bounds.bytesMax, span)], result, span));
  }
  const digits = digitsCheck(context, value, type, span);
  if (digits !== null) tests.push(digits);
  if (type.kind === "party") {
    const roles = context.document.parties.map((each) =>
      operation("eq", [value, constant(type, each.name.text, span)], result, span, 1),
    );
    if (roles.length > 0) tests.push(any(roles, result, span));
  }
  if (tests.length === 0) return null;
  return tests.length === 1 ? tests[0]! : junction("and", tests, result, span);
}

const any = (tests: TExpr[], type: Type, span: Span): TExpr =>
  tests.length === 1 ? tests[0]! : junction("or", tests, type, span);

/** Money has no more digits than its asset: cut towards zero it is still itself. */
function digitsCheck(context: Context, value: TExpr, type: Type, span: Span): TExpr | null {
  if (type.kind !== "money") return null;
  const digits = constant(INT, context.settings.digitsOf(type.asset), span);
  const cut = callBuiltin(context, "round", [value, digits, constant(TEXT, "toward-zero", span)], "", span);
  return isBroken(cut) ? null : operation("eq", [cut, value], optionalLike(BOOL, [value]), span, 1);
}
