// Which way values can move by timers alone. A limit that holds `held(safe) <= price` cannot be broken by timers that only
// take money out of the safe: this proves such limits, and says "maybe" to everything else.

import { isNumber } from "../../vm/arithmetic.ts";
import { signOf } from "../../vm/decimal.ts";
import { LESS, MORE, STATE, writesOfTimers } from "../1-resolve/footprint.ts";
import type { TExpr } from "../model.ts";
import { children, remembered } from "./build.ts";
import type { Context } from "./context.ts";

interface Drift {
  readonly up: boolean;
  readonly down: boolean;
}
const STILL: Drift = { up: false, down: false };
const BOTH: Drift = { up: true, down: true };
const turned = ({ up, down }: Drift): Drift => ({ up: down, down: up });
const together = (all: readonly Drift[]): Drift => ({
  up: all.some((each) => each.up),
  down: all.some((each) => each.down),
});
const moves = ({ up, down }: Drift): boolean => up || down;

/** What timers write, found once for a document. */
const timers = new WeakMap<Context, ReadonlySet<string>>();
function writesOf(context: Context): ReadonlySet<string> {
  const found = timers.get(context) ?? writesOfTimers(context.document);
  timers.set(context, found);
  return found;
}

/** Whether a timer can turn the condition from true to anything else. */
export const canBreak = (context: Context, condition: TExpr): boolean => truth(context, condition).down;

/** Of a condition: `down`, it can stop being true; `up`, it can become true. */
const truth = remembered((context, expr): Drift => {
  const of = (each: TExpr): Drift => truth(context, each);
  if (expr.kind === "and" || expr.kind === "or") return together(expr.args.map(of));
  if (expr.kind === "read" && expr.place.kind === "derived") return of(context.derivedAt(expr.place.index));
  if (expr.kind === "op" && expr.op === "not") return turned(of(expr.args[0]!));
  if (expr.kind === "op" && (expr.op === "lt" || expr.op === "le")) {
    const [less, more] = expr.args.map((each) => drift(context, each)) as [Drift, Drift];
    return { down: less.up || more.down, up: less.down || more.up };
  }
  return drift(context, expr);
});

/** Of a value: the ways it can go. */
const drift = remembered((context, expr): Drift => {
  const of = (each: TExpr): Drift => drift(context, each);
  const any = (): Drift => (children(expr).some((each) => moves(of(each))) ? BOTH : STILL);
  switch (expr.kind) {
    case "const":
      return STILL;
    case "read":
      return ofRead(context, expr);
    case "norm_amount": {
      const pays = context.resolved.norms[expr.norm]!.obligation.from !== null;
      return expr.ask === "paid" ? { up: pays, down: false } : BOTH;
    }
    case "norm":
    case "norm_due":
    case "power":
      return BOTH;
    case "op":
      return ofOperation(context, expr, of) ?? any();
    case "choose":
      return expr.rows.some((row) => moves(of(row.when)))
        ? any()
        : together([...expr.rows.map((row) => of(row.give)), of(expr.else)]);
    case "call":
      return MONOTONE.has(context.builtin(expr.builtin)?.name ?? "") ? together(expr.args.map(of)) : any();
    default:
      return any();
  }
});

/** Functions that never fall when an argument grows. */
const MONOTONE: ReadonlySet<string> = new Set([
  "round_money",
  "round",
  "min",
  "max",
  "at_most",
  "at_least",
  "floor",
  "ceiling",
  "sum",
]);

function ofOperation(context: Context, expr: Extract<TExpr, { kind: "op" }>, of: (each: TExpr) => Drift): Drift | null {
  const [left, right] = expr.args as [TExpr, TExpr];
  switch (expr.op) {
    case "add":
    case "round_add":
      return together([of(left), of(right)]);
    case "sub":
    case "round_sub":
      return together([of(left), turned(of(right))]);
    case "neg":
      return turned(of(left));
    case "to_decimal":
      return of(left);
    case "mul":
    case "round_mul":
    case "div": {
      const scaled =
        scaledBy(context, right, of(left)) ?? (expr.op === "div" ? null : scaledBy(context, left, of(right)));
      return scaled;
    }
    default:
      return null;
  }
}

/** The drift times a factor that is known. */
function scaledBy(context: Context, factor: TExpr, drifting: Drift): Drift | null {
  const value = context.evaluate(factor)?.value;
  if (!isNumber(value)) return null;
  return signOf(value) < 0 ? turned(drifting) : drifting;
}

function ofRead(context: Context, expr: Extract<TExpr, { kind: "read" }>): Drift {
  const writes = writesOf(context);
  const { place } = expr;
  switch (place.kind) {
    case "derived":
      return drift(context, context.derivedAt(place.index));
    case "balance": {
      const name = context.document.accounts[place.account]!.name.text;
      return { up: writes.has(MORE + name), down: writes.has(LESS + name) };
    }
    case "fact":
      return writes.has(context.facts[place.index]!.name) ? BOTH : STILL;
    case "state":
    case "entered":
      return writes.has(STATE) ? BOTH : STILL;
    case "now":
      return { up: true, down: false };
    // Terms are settled; limits are read while the agreement is active.
    case "term":
    case "active":
    case "activated":
      return STILL;
    default:
      return BOTH;
  }
}
