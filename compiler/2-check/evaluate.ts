// What a typed expression comes to when only its constants and the written terms are known: enough to find conditions that
// never change, limits the terms already break, and lengths of time that are surely more than nothing.
import { obstacle, runBuiltin } from "../../vm/operations.ts";
import { and, or } from "../../vm/order.ts";
import { ErrorValue, type Value } from "../../vm/value.ts";
import type { TExpr } from "../model.ts";
import { operate, remembered } from "./build.ts";
import type { Context } from "./context.ts";

/** A value, or null as a whole where it depends on what is not known yet. */
export type Evaluated = { readonly value: Value } | null;

export function evaluate(context: Context, expr: TExpr): Evaluated {
  const all = (args: readonly TExpr[]): Value[] | null => {
    const values: Value[] = [];
    for (const arg of args) {
      const found = evaluate(context, arg);
      if (found === null) return null;
      values.push(found.value);
    }
    return values;
  };
  switch (expr.kind) {
    case "const":
      return expr;
    case "read": {
      if (expr.place.kind === "derived") return ofDerived(context, context.derivedAt(expr.place.index));
      if (expr.place.kind !== "term") return null;
      const term = context.terms[expr.place.index];
      return term === undefined || term.asked ? null : { value: term.value };
    }
    case "op": {
      const values = all(expr.args);
      return values === null ? null : (operate(expr.op, values) ?? null);
    }
    case "and":
    case "or":
      return junction(context, expr.kind, expr.args);
    case "call": {
      const values = all(expr.args);
      const builtin = context.builtin(expr.builtin);
      if (values === null || builtin === undefined) return null;
      if (builtin.lazy === true) return { value: runBuiltin(builtin, values) };
      return obstacle(values) ?? { value: runBuiltin(builtin, values) };
    }
    case "choose": {
      for (const row of expr.rows) {
        const when = evaluate(context, row.when);
        if (when === null) return null;
        if (when.value === true) return evaluate(context, row.give);
        if (when.value !== false) return when;
      }
      return evaluate(context, expr.else);
    }
    case "known_first": {
      const values = all(expr.args);
      return values === null ? null : { value: values.find((value) => value !== undefined) };
    }
    default:
      return null;
  }
}

const ofDerived = remembered(evaluate);

/** A side that decides is enough. */
function junction(context: Context, kind: "and" | "or", args: readonly TExpr[]): Evaluated {
  let result: Value = kind === "and";
  let open = false;
  for (const arg of args) {
    const found = evaluate(context, arg);
    if (found === null) open = true;
    else result = kind === "and" ? and(result, found.value) : or(result, found.value);
  }
  if (result === (kind === "or")) return { value: result };
  return open ? null : { value: result };
}

/** Whether it is surely more than zero: a known value, or a term with such a `min`. */
export function isSurelyPositive(context: Context, expr: TExpr): boolean {
  const found = evaluate(context, expr);
  if (found !== null) return typeof found.value === "number" && found.value > 0;
  if (expr.kind !== "read" || expr.place.kind !== "term") return false;
  const min = context.ranges.get(context.terms[expr.place.index]!.name)?.min ?? null;
  return min !== null && isSurelyPositive(context, min);
}

/** An error where a value should be: division by zero, more than 34 digits. */
export const isError = (found: Evaluated): boolean => found !== null && found.value instanceof ErrorValue;
