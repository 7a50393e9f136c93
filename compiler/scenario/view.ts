// The answer of `query` with names on it: what tests compare, and what a host shows. Read by the type the module declares,
// so nothing here knows where a field stands.
import type { Fault } from "../../vm/fault.ts";
import type { Module } from "../../vm/module.ts";
import type { Type } from "../../vm/type.ts";
import type { Value } from "../../vm/value.ts";
import type { Game } from "./play.ts";

/** A value with its type: enough to print it. */
export interface Shown {
  readonly value: Value;
  readonly type: Type;
}

/** An obligation: its status is that of the latest instance, `waiting` before it is active, empty before it is born. */
export interface NormView {
  readonly status: string;
  /** `due`, `amount`, `paid`, `late` … of the latest instance; empty before it is born. */
  readonly latest: ReadonlyMap<string, Shown>;
  /** `born`, `violated`, `paid`, `owed`: over all its instances. */
  readonly totals: ReadonlyMap<string, Shown>;
}

export interface View {
  readonly phase: string;
  readonly outcome: string | null;
  readonly facts: ReadonlyMap<string, Shown>;
  readonly derived: ReadonlyMap<string, Shown>;
  readonly terms: ReadonlyMap<string, Shown>;
  readonly norms: ReadonlyMap<string, NormView>;
  readonly powers: ReadonlyMap<string, Shown>;
  readonly balances: ReadonlyMap<string, Shown>;
  readonly states: ReadonlyMap<string, string | null>;
  readonly owes: readonly {
    readonly debtor: string;
    readonly creditor: string;
    readonly asset: string;
    readonly amount: Value;
  }[];
  readonly got: readonly { readonly role: string; readonly asset: string; readonly amount: Value }[];
  /** The next timer, null when there is none. */
  readonly due: { readonly at: number; readonly edge: "open" | "closed"; readonly name: string } | null;
  /** Every field as it came, for JSON. */
  readonly whole: Shown;
}

/** Type of the state record: first parameter of `step`. Null when the module has no such entry. */
export function stateType(module: Module): Type | null {
  const index = module.entries.find((entry) => entry.name === "step")?.params[0];
  return index === undefined ? null : (module.types[index] ?? null);
}

/** The view at an instant. */
export function readView(game: Game, state: Value, now: number): View | { readonly fault: Fault } {
  const ran = game.driver.query(state, now);
  if ("fault" in ran) return { fault: ran.fault };
  const index = game.module.entries.find((entry) => entry.name === "query")?.result;
  const type = index === undefined ? undefined : game.module.types[index];
  return viewOf(ran.value, type ?? { kind: "any" });
}

/** The view in an answer of `query`, whose type the module declares. */
export function viewOf(value: Value, type: Type): View {
  const top = fieldsOf({ value, type });
  const due = top.get("due");
  const words = due?.value === undefined || due.value === null ? null : (due.value as readonly Value[]);
  return {
    phase: textOf(top.get("phase")) ?? "",
    outcome: textOf(top.get("outcome")),
    facts: fieldsOf(top.get("facts")),
    derived: fieldsOf(top.get("derived")),
    terms: fieldsOf(top.get("terms")),
    norms: new Map([...fieldsOf(top.get("norms"))].map(([name, norm]) => [name, normOf(norm)])),
    powers: fieldsOf(top.get("powers")),
    balances: fieldsOf(top.get("balances")),
    states: new Map(
      [...fieldsOf(top.get("states"))].map(([name, region]) => [name, textOf(fieldsOf(region).get("state"))]),
    ),
    owes: rowsOf(top.get("owes")).map(([debtor, creditor, asset, amount]) => ({
      debtor: debtor as string,
      creditor: creditor as string,
      asset: asset as string,
      amount,
    })),
    got: rowsOf(top.get("got")).map(([role, asset, amount]) => ({
      role: role as string,
      asset: asset as string,
      amount,
    })),
    due:
      words === null
        ? null
        : { at: Number(words[0]), edge: words[1] === "open" ? "open" : "closed", name: String(words[2]) },
    whole: { value, type },
  };
}

/** Fields of a record by name; empty for anything else. */
export function fieldsOf(shown: Shown | undefined): Map<string, Shown> {
  const fields = new Map<string, Shown>();
  if (shown === undefined) return fields;
  const type = shown.type.kind === "optional" ? shown.type.of : shown.type;
  if (type.kind !== "record" || !Array.isArray(shown.value)) return fields;
  type.fields.forEach((field, at) => {
    fields.set(field.name, { value: (shown.value as readonly Value[])[at], type: field.type });
  });
  return fields;
}

const textOf = (shown: Shown | undefined): string | null => (typeof shown?.value === "string" ? shown.value : null);
const rowsOf = (shown: Shown | undefined): readonly (readonly Value[])[] =>
  Array.isArray(shown?.value) ? (shown.value as readonly (readonly Value[])[]) : [];

function normOf(norm: Shown): NormView {
  const totals = fieldsOf(norm);
  return { status: textOf(totals.get("status")) ?? "", latest: fieldsOf(totals.get("latest")), totals };
}
