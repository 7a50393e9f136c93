// Digits a product can need. `+ - *` are exact up to 34 significant digits; where declared bounds let a product pass that,
// the author is told before anyone is surprised. Source: agreements.md, rule 4.
import { Decimal } from "../../vm/decimal.ts";
import { DIGITS_MAX } from "../../vm/limits.ts";
import type { Value } from "../../vm/value.ts";
import { digitsMayOverflow } from "../codes.ts";
import type { TExpr } from "../model.ts";
import { children, remembered } from "./build.ts";
import type { Context } from "./context.ts";
import { strip } from "./types.ts";

/** Digits before and behind the point, at most. */
interface Digits {
  readonly whole: number;
  readonly scale: number;
}

/** Warns about each product of the expression that can need more digits than there are. */
export function warnDigits(context: Context, expr: TExpr): void {
  if (expr.kind === "op" && expr.op === "mul") {
    const digits = digitsOf(context, expr);
    const needed = digits === null ? 0 : digits.whole + digits.scale;
    if (needed > DIGITS_MAX) {
      context.report(
        digitsMayOverflow(
          expr.span,
          { digits: needed },
          {
            labels: expr.args.map((arg) => {
              const part = digitsOf(context, arg)!;
              return { span: arg.span, text: `up to ${part.whole + part.scale} digits` };
            }),
          },
        ),
      );
      return;
    }
  }
  for (const child of children(expr)) warnDigits(context, child);
}

/** Null where nothing bounds the value. */
function digitsOf(context: Context, expr: TExpr): Digits | null {
  const all = (args: readonly TExpr[]): Digits[] | null => {
    const found = args.map((arg) => digitsOf(context, arg));
    return found.includes(null) ? null : (found as Digits[]);
  };
  const widest = (found: Digits[] | null, carry = 0): Digits | null =>
    found === null || found.length === 0
      ? null
      : {
          whole: Math.max(...found.map((each) => each.whole)) + carry,
          scale: Math.max(...found.map((each) => each.scale)),
        };
  switch (expr.kind) {
    case "const":
      return ofValue(expr.value);
    case "read":
      return ofRead(context, expr);
    case "op": {
      const found = all(expr.args);
      if (found === null) return null;
      if (expr.op === "add" || expr.op === "sub") return widest(found, 1);
      if (expr.op === "neg" || expr.op === "to_decimal") return found[0]!;
      if (expr.op !== "mul") return null;
      return { whole: found[0]!.whole + found[1]!.whole, scale: found[0]!.scale + found[1]!.scale };
    }
    case "choose":
      return widest(all([...expr.rows.map((row) => row.give), expr.else]));
    case "known_first":
      return widest(all(expr.args));
    case "call": {
      const name = context.builtin(expr.builtin)?.name;
      return name === "min" || name === "max" ? widest(all(expr.args)) : null;
    }
    default:
      return null;
  }
}

const ofDerived = remembered(digitsOf);

function ofRead(context: Context, expr: Extract<TExpr, { kind: "read" }>): Digits | null {
  const { place } = expr;
  if (place.kind === "derived") return ofDerived(context, context.derivedAt(place.index));
  if (place.kind !== "term" && place.kind !== "fact") return null;
  const term = place.kind === "term" ? context.terms[place.index] : undefined;
  if (term !== undefined && !term.asked) return ofValue(term.value);
  const name = term?.name ?? context.facts[place.index]?.name ?? "";
  const range = context.ranges.get(name);
  const ends = [range?.min, range?.max].map((end) => (end?.kind === "const" ? ofValue(end.value) : null));
  if (ends[0] == null || ends[1] == null) return null;
  const type = strip(expr.type);
  // Bounds say how large a number is, not how fine: only whole numbers and money have a finest digit.
  const scale = type.kind === "money" ? context.settings.digitsOf(type.asset) : type.kind === "int" ? 0 : null;
  return scale === null ? null : { whole: Math.max(ends[0].whole, ends[1].whole), scale };
}

function ofValue(value: Value): Digits | null {
  if (typeof value === "number" || typeof value === "bigint")
    return { whole: String(value).replace("-", "").length, scale: 0 };
  if (!(value instanceof Decimal)) return null;
  const length = String(value.coefficient).replace("-", "").length;
  const scale = Math.max(0, -value.exponent);
  return { whole: Math.max(0, length + value.exponent), scale };
}
