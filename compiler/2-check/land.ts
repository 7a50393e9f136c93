// Landing: the moment money is stored, owed, paid or held. There it is rounded to the digits of its asset by the declared
// mode, unless it has these digits already by the way it was made. Source: agreements.md, rule 8.
import type { Span } from "../../lang/source.ts";
import { Decimal } from "../../vm/decimal.ts";
import type { TExpr } from "../model.ts";
import { isBroken, remembered } from "./build.ts";
import { callBuiltin } from "./calls.ts";
import type { Context } from "./context.ts";
import { INT, strip } from "./types.ts";

/** `expr` (money, maybe unknown) rounded where it lands; `use` is what lands, for the message when no mode is declared. */
export function land(context: Context, expr: TExpr, use: string, span: Span = expr.span): TExpr {
  const type = strip(expr.type);
  if (isBroken(expr) || type.kind !== "money" || hasItsDigits(context, expr)) return expr;
  return callBuiltin(context, "round_money", [expr], use, span);
}

/** Whether an amount has at most the digits of its asset, whatever the values it is made of. Stored money landed before,
 *  inputs are checked when they come, and sums and whole multiples of such amounts keep the digits. */
export function hasItsDigits(context: Context, expr: TExpr): boolean {
  const every = (...exprs: readonly TExpr[]): boolean => exprs.every((each) => hasItsDigits(context, each));
  const type = strip(expr.type);
  if (type.kind !== "money") return false;
  switch (expr.kind) {
    case "const":
      return (
        expr.value === undefined ||
        (expr.value instanceof Decimal && -expr.value.exponent <= context.settings.digitsOf(type.asset))
      );
    case "read":
      if (expr.place.kind === "derived") return ofDerived(context, context.derivedAt(expr.place.index));
      return expr.place.kind !== "local";
    case "norm_amount":
      return true;
    case "op": {
      const [left, right] = expr.args as [TExpr, TExpr];
      if (expr.op === "neg") return every(left);
      if (expr.op === "add" || expr.op === "sub") return every(left, right);
      if (expr.op !== "mul") return false;
      const amount = strip(left.type).kind === "money" ? left : right;
      const factor = amount === left ? right : left;
      return isWhole(factor) && every(amount);
    }
    case "choose":
      return every(...expr.rows.map((row) => row.give), expr.else);
    case "known_first":
      return every(...expr.args);
    case "get_or":
      return every(expr.of, expr.else);
    case "call":
      return keepsDigits(context, expr);
    default:
      return false;
  }
}

const ofDerived = remembered(hasItsDigits);

const isWhole = (expr: TExpr): boolean =>
  strip(expr.type).kind === INT.kind ||
  (expr.kind === "const" && expr.value instanceof Decimal && expr.value.exponent >= 0);

/** Functions that give one of their amounts, its size, or a rounded one. */
const KEEPING: ReadonlySet<string> = new Set(["min", "max", "abs", "at_most", "at_least", "known_first", "default"]);

function keepsDigits(context: Context, expr: Extract<TExpr, { kind: "call" }>): boolean {
  const name = context.builtin(expr.builtin)?.name ?? "";
  if (name === "round_money") return true;
  if (!KEEPING.has(name)) return false;
  return expr.args.every((arg) => {
    const type = strip(arg.type);
    if (type.kind === "list") return arg.kind === "list" && arg.items.every((item) => hasItsDigits(context, item));
    return hasItsDigits(context, arg);
  });
}
