// What a refusal shows: names and values its condition read, as they were.
import type { TExpr } from "../model.ts";
import type { Context } from "./context.ts";
import { expression } from "./expressions.ts";
import type { Var } from "./ir.ts";
import { REFUSAL_VALUES_MAX } from "./limits.ts";
import { partsOfExpr } from "./nodes.ts";

/** A list of [name, value]: facts, terms, derived values, inputs and accounts that the conditions name themselves. */
export function valuesRead(cx: Context, conditions: readonly TExpr[]): Var {
  const { b } = cx;
  const found = new Map<string, TExpr>();
  const visit = (e: TExpr): void => {
    if (e.kind === "read") {
      const name = nameOf(cx, e);
      if (name !== null) found.set(name, e);
    }
    for (const part of partsOfExpr(e)) visit(part);
  };
  for (const condition of conditions) visit(condition);
  const shown = [...found].slice(0, REFUSAL_VALUES_MAX);
  return b.record(shown.map(([name, e]) => b.record([b.const(name), expression(cx, e)])));
}

function nameOf(cx: Context, e: TExpr & { kind: "read" }): string | null {
  const { program } = cx;
  const { place } = e;
  switch (place.kind) {
    case "term":
      return program.terms[place.index]?.name ?? null;
    case "fact":
      return program.facts[place.index]?.name ?? null;
    case "derived":
      return program.derived[place.index]?.name ?? null;
    case "input":
      return cx.inputNames[place.index] ?? null;
    case "balance":
      return program.accounts[place.account]?.name ?? null;
    default:
      return null;
  }
}
