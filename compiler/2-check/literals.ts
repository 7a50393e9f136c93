// Written values: what the author wrote, read by the type the place asks for, or by its own form where the place asks for
// none (`terms`). A value that does not read says what was expected and shows one.
import type { ExprOrLiteral, Scalar } from "../../lang/ast.ts";
import type { Span } from "../../lang/source.ts";
import { didYouMean } from "../../lang/suggest.ts";
import { Decimal, ZERO } from "../../vm/decimal.ts";
import { guessLiteral, parseLiteral } from "../../vm/literal.ts";
import type { Type } from "../../vm/type.ts";
import { exampleOf } from "../../vm/type-text.ts";
import type { Value } from "../../vm/value.ts";
import { badLiteral, tooManyDigits, unknownAsset } from "../codes.ts";
import type { TExpr } from "../model.ts";
import { broken, constant, isBroken } from "./build.ts";
import type { Context, Scope } from "./context.ts";
import { convert } from "./convert.ts";
import { typed } from "./expression.ts";
import { currencyCodes } from "./settings.ts";
import { ERROR, isNumber, PARTY, simple, strip, suits, words } from "./types.ts";

/** A field that takes an expression or a written value, as a value of `to`; with `to` null as whatever it is. */
export function fieldValue(context: Context, scope: Scope, field: ExprOrLiteral, to: Type | null, what: string): TExpr {
  if (field.kind === "scalar") return to === null ? guessed(context, field) : written(context, field, to);
  // Writing `null` into what may be unknown makes it unknown again.
  if (field.kind === "null" && to?.kind === "optional") return constant(to, undefined, field.span);
  const made = typed(context, scope, field);
  return to === null ? made : convert(context, made, to, what);
}

/** A scalar as a value of `to`. */
export function written(context: Context, scalar: Scalar, to: Type): TExpr {
  const type = strip(to);
  if (to === ERROR) return broken(scalar.span);
  if (to.kind === "optional" && scalar.text === "null" && !scalar.quoted) return constant(to, undefined, scalar.span);
  if (type.kind === "money" && /^0+(\.0+)?$/.test(scalar.text)) return constant(type, ZERO, scalar.span);
  if (type.kind === "party") {
    if (context.names.get(scalar.text)?.kind === "party") return constant(PARTY, scalar.text, scalar.span);
    const parties = context.names.all("party").map((each) => each.name);
    context.report(
      badLiteral(scalar.span, { text: scalar.text, expected: "a party" }, { help: didYouMean(scalar.text, parties) }),
    );
    return broken(scalar.span);
  }
  const parsed = parseLiteral(scalar.text, type);
  if ("value" in parsed) return checkedDigits(context, scalar.text, type, parsed.value, scalar.span);
  // A number may be written as any kind of number that fits: `0` where a percentage is meant, `98%` for a decimal.
  const number = guessLiteral(scalar.text);
  if (isNumber(type) && isNumber(number.type) && suits(number.type, type) !== null)
    return convert(context, constant(number.type, number.value, scalar.span), type, "this number");
  const help =
    type.kind === "enum"
      ? didYouMean(scalar.text, type.values)
      : parsed.reason.startsWith("expected ")
        ? undefined
        : `it ${parsed.reason}`;
  context.report(badLiteral(scalar.span, { text: scalar.text, expected: wanted(type) }, { help }));
  return broken(scalar.span);
}

const wanted = (type: Type): string => {
  const example = exampleOf(type);
  return example === undefined || type.kind === "enum" || type.kind === "bool"
    ? words(type)
    : `${words(type)} such as \`${example}\``;
};

/** A scalar by its own form: `200.00 USD` is money, `2 days` a number of days; quoted it is a text. */
export function guessed(context: Context, scalar: Scalar): TExpr {
  if (scalar.quoted) return constant(simple("text"), scalar.text, scalar.span);
  const { type, value } = guessLiteral(scalar.text);
  return checkedDigits(context, scalar.text, type, value, scalar.span);
}

/** Money must be of a known asset and fit its digits. */
function checkedDigits(context: Context, text: string, type: Type, value: Value, span: Span): TExpr {
  if (type.kind !== "money") return constant(type, value, span);
  const { settings } = context;
  if (settings.assetIndex(type.asset) === undefined) {
    const known = [...settings.assets.map((asset) => asset.name), ...currencyCodes()];
    context.report(unknownAsset(span, { name: type.asset }, { help: didYouMean(type.asset, known) }));
    return broken(span);
  }
  const digits = settings.digitsOf(type.asset);
  if (value instanceof Decimal && -value.exponent > digits) {
    const help = digits === 0 ? `${type.asset} has no smaller unit` : `write at most ${digits} digits after the point`;
    context.report(tooManyDigits(span, { text, asset: type.asset }, { help }));
    return broken(span);
  }
  return constant(type, value, span);
}

/** `money("5.00 USD")`, `duration("15 days")`, … of a text the author wrote. `span`: of the text; `whole`: of the call. */
export function literalOf(context: Context, name: string, text: string, span: Span, whole: Span): TExpr {
  const scalar: Scalar = { kind: "scalar", text, quoted: true, span };
  const { ticks } = context.settings;
  if (name === "money") {
    const guess = guessLiteral(text);
    if (guess.type.kind === "money") return checkedDigits(context, text, guess.type, guess.value, whole);
    context.report(badLiteral(span, { text, expected: "an amount of money such as `5.00 USD`" }));
    return broken(whole);
  }
  if (name === "duration") {
    const guess = guessLiteral(text);
    if (guess.type.kind === "period" && !ticks) return constant(guess.type, guess.value, whole);
    const made = written(context, scalar, context.settings.duration);
    return isBroken(made) ? made : { ...made, span: whole };
  }
  const type: Type = name === "instant" ? context.settings.instant : simple(name as "date");
  const made = written(context, scalar, type);
  return isBroken(made) ? broken(whole) : { ...made, span: whole };
}
