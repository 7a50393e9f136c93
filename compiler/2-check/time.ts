// Conditions that become true by time alone. Wherever no event asks (`when`, `holds`, `limits`, states), `now` may only be
// compared with something that does not depend on `now`, so that the instant of the change is known and a timer can be
// set. Source: agreements.md, rule 19.
import type { Span } from "../../lang/source.ts";
import { dependencies } from "../1-resolve/footprint.ts";
import { timeCondition } from "../codes.ts";
import { WAKES_MAX } from "../limits.ts";
import type { Condition, TExpr } from "../model.ts";
import { children, constant, isBroken, operation } from "./build.ts";
import { callBuiltin } from "./calls.ts";
import type { Context } from "./context.ts";
import { optionalLike, strip } from "./types.ts";

/** The condition with the instants at which time changes it; reports where these cannot be told. */
export function timed(context: Context, expr: TExpr, where: string): Condition {
  if (isBroken(expr)) return { expr, wakes: [] };
  const wakes: TExpr[] = [];
  const unfolded = new Set<number>();
  const refuse = (at: TExpr, through: Span | null): void =>
    context.report(
      timeCondition(
        through ?? at.span,
        { where },
        through === null ? {} : { labels: [{ span: at.span, text: "`now` is read here" }] },
      ),
    );
  const visit = (each: TExpr, through: Span | null): void => {
    if (!readsNow(context, each)) return;
    if (each.kind === "op" && (each.op === "lt" || each.op === "le" || each.op === "eq" || each.op === "ne")) {
      const found = wakesOf(context, each.op, each.args as [TExpr, TExpr]);
      if (found === null) refuse(each, through);
      else wakes.push(...found);
      return;
    }
    if (each.kind === "read" && each.place.kind === "derived") {
      if (unfolded.has(each.place.index)) return;
      unfolded.add(each.place.index);
      return visit(context.derivedAt(each.place.index), through ?? each.span);
    }
    const inner =
      ["and", "or", "choose", "known_first", "aggregate"].includes(each.kind) ||
      (each.kind === "op" && (each.op === "not" || each.op === "is_true"));
    if (!inner) return refuse(each, through);
    for (const child of children(each)) visit(child, through);
  };
  visit(expr, null);
  if (wakes.length > WAKES_MAX) refuse(expr, null);
  return { expr, wakes: wakes.slice(0, WAKES_MAX) };
}

const known = new WeakMap<TExpr, boolean>();

/** Whether the value changes as time passes: it reads `now`, itself or through a derived value or a power's condition. */
export function readsNow(context: Context, expr: TExpr): boolean {
  const found = known.get(expr);
  if (found !== undefined) return found;
  const reads =
    (expr.kind === "read" &&
      (expr.place.kind === "now" ||
        (expr.place.kind === "derived" && readsNow(context, context.derivedAt(expr.place.index))))) ||
    (expr.kind === "power" && expr.ask === "usable" && powerReadsNow(context, expr.power)) ||
    children(expr).some((child) => readsNow(context, child));
  known.set(expr, reads);
  return reads;
}

function powerReadsNow(context: Context, index: number): boolean {
  const power = context.document.powers[index]!;
  return [power.when, power.unless].some((expr) =>
    dependencies(expr, context.document, context.names).some((read) => read.name === "now"),
  );
}

/** How a side of a comparison depends on `now`: at which instant it equals the other side, and how it moves. */
interface Crossing {
  /** `instant`: moves with every tick; `days`: counted days since `from`; `date`: local days. */
  readonly kind: "instant" | "days" | "date";
  /** The other side, solved for `now` (`instant`), for the number of days, or for the date. */
  readonly other: TExpr;
  readonly from?: TExpr;
  /** Grows as time passes. */
  readonly rising: boolean;
}

/** Instants at which `left op right` may change; null when they cannot be told. */
function wakesOf(
  context: Context,
  op: "lt" | "le" | "eq" | "ne",
  [left, right]: readonly [TExpr, TExpr],
): TExpr[] | null {
  const onLeft = readsNow(context, left);
  if (onLeft && readsNow(context, right)) return null;
  const crossing = solve(context, onLeft ? left : right, onLeft ? right : left);
  if (crossing === null || isBroken(crossing.other)) return null;
  const both = op === "eq" || op === "ne";
  // `at`: the truth changes when the two become equal; else when they stop being equal.
  const at = (op === "lt") === onLeft ? crossing.rising : !crossing.rising;
  const made = both
    ? [changing(context, crossing, true), changing(context, crossing, false)]
    : [changing(context, crossing, at)];
  return made.some(isBroken) ? null : made;
}

/** The instant at which the crossing becomes equal (`at`), or has just passed. */
function changing(context: Context, crossing: Crossing, at: boolean): TExpr {
  const { other } = crossing;
  const { span } = other;
  if (crossing.kind === "instant") return at ? other : plusOne(context, other);
  if (crossing.kind === "date")
    return callBuiltin(context, at ? "instant" : "end_of_day", [other], "the start of a day", span);
  // `days` reaches n when it is first more than n - 1.
  const reached = at ? operation("sub", [other, constant(strip(other.type), 1, span)], other.type, span) : other;
  return callBuiltin(context, "days_reached", [crossing.from!, reached], "a number of days reached by time", span);
}

const plusOne = (context: Context, instant: TExpr): TExpr =>
  operation("add", [instant, constant(context.settings.duration, 1, instant.span)], instant.type, instant.span);

/** Solves `side == other` for `now`. Only shapes whose value moves in one direction. */
function solve(context: Context, side: TExpr, other: TExpr): Crossing | null {
  const reads = (each: TExpr): boolean => readsNow(context, each);
  if (side.kind === "read") {
    if (side.place.kind === "now") return { kind: "instant", other, rising: true };
    return side.place.kind === "derived" ? solve(context, context.derivedAt(side.place.index), other) : null;
  }
  if (side.kind === "known_first") {
    // Once a fact is known time no longer matters; until then the argument that reads the clock counts.
    const moving = side.args.filter(reads);
    return moving.length === 1 ? solve(context, moving[0]!, other) : null;
  }
  if (side.kind === "op" && (side.op === "add" || side.op === "sub"))
    return solveSum(context, side.op, side.args, side.type, other);
  if (side.kind !== "call") return null;
  const name = context.builtin(side.builtin)?.name;
  const [first, second] = side.args as [TExpr, TExpr];
  if (name === "add" || name === "subtract")
    return strip(second.type).kind === "duration"
      ? solveSum(context, name === "add" ? "add" : "sub", [first, second], side.type, other)
      : null;
  if (name === "date" && first.kind === "read" && first.place.kind === "now")
    return { kind: "date", other, rising: true };
  if (name === "days" && !reads(first)) {
    if (strip(first.type).kind === "date")
      return solve(context, second, callBuiltin(context, "add", [first, other], "a number of days", other.span));
    const moving = solve(context, second, second);
    return moving !== null && moving.kind === "instant" && moving.other === second
      ? { kind: "days", other, from: first, rising: true }
      : null;
  }
  return null;
}

/** `a + b` or `a - b` with one moving side: the other is brought over. Types stay: exact time and ticks are whole numbers. */
function solveSum(
  context: Context,
  op: "add" | "sub",
  args: readonly TExpr[],
  type: TExpr["type"],
  other: TExpr,
): Crossing | null {
  const [a, b] = args as [TExpr, TExpr];
  const movesLeft = readsNow(context, a);
  if (movesLeft === readsNow(context, b)) return null;
  const kinds = [a, b].map((each) => strip(each.type).kind);
  const exact = ["instant", "duration", "int"];
  const result = (each: TExpr) => optionalLike(strip(each.type), [a, b, other]);
  if (!kinds.every((kind) => exact.includes(kind))) {
    // Dates: `date(now) - start` is a number of days.
    if (op !== "sub" || !movesLeft || strip(type).kind !== "period" || kinds[0] !== "date") return null;
    return solve(context, a, callBuiltin(context, "add", [b, other], "a number of days", other.span));
  }
  if (movesLeft) return solve(context, a, operation(op === "add" ? "sub" : "add", [other, b], result(a), other.span));
  if (op === "add") return solve(context, b, operation("sub", [other, a], result(b), other.span));
  const turned = solve(context, b, operation("sub", [a, other], result(b), other.span));
  return turned === null ? null : { ...turned, rising: !turned.rising };
}
