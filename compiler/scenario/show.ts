// Values as people read them, and refusals as sentences.

import { toJson } from "../../vm/conform.ts";
import { Decimal } from "../../vm/decimal.ts";
import type { Refusal } from "../../vm/drive.ts";
import { writeJson } from "../../vm/json.ts";
import { printLiteral } from "../../vm/literal.ts";
import type { Type } from "../../vm/type.ts";
import { ErrorValue, type Value } from "../../vm/value.ts";
import type { Program } from "../model.ts";
import { SHOWN_UNITS_MAX } from "./limits.ts";
import { type Clock, showTime } from "./time.ts";

export interface Words {
  readonly program: Program;
  readonly clock: Clock;
}

/** Digits after the point of an asset of the program. */
export const digitsIn =
  (program: Program) =>
  (asset: string): number | undefined =>
    program.assets.find((each) => each.name === asset)?.digits;

/** One line for a value: `63.00 USD`, `6 days`, `unknown`. */
export function showValue(value: Value, type: Type, words: Words): string {
  if (value instanceof ErrorValue) return `error: ${value.code}${value.about === "" ? "" : ` (${value.about})`}`;
  if (value === undefined) return "unknown";
  if (type.kind === "optional") return showValue(value, type.of, words);
  if (type.kind === "instant" && typeof value === "number") return showTime(value, words.clock);
  const digits = digitsIn(words.program);
  const text = printLiteral(value, type, digits) ?? writeJson(toJson(value, type, digits)) ?? guess(value);
  return text.length > SHOWN_UNITS_MAX ? `${text.slice(0, SHOWN_UNITS_MAX)}…` : text;
}

/** A value whose type is not at hand. */
function guess(value: Value): string {
  if (value instanceof Decimal) return printLiteral(value, { kind: "decimal" }) ?? "a number";
  if (value === undefined) return "unknown";
  if (value instanceof ErrorValue) return `error: ${value.code}`;
  return typeof value === "string" ? value : (writeJson(value) ?? "a value");
}

export const showMoney = (amount: Value, asset: string, words: Words): string =>
  showValue(amount, { kind: "money", asset }, words);

/** Type of a name that a refusal shows: terms, facts, derived values, accounts, inputs of the action, and sums. */
function typeOfName(name: string, program: Program, refusal: Refusal, action: string): Type | null {
  const found =
    program.terms.find((each) => each.name === name)?.type ??
    program.facts.find((each) => each.name === name)?.type ??
    program.derived.find((each) => each.name === name)?.is.type ??
    program.actions.find((each) => each.name === action)?.inputs.find((each) => each.name === name)?.type;
  if (found !== undefined) return found;
  const money = (index: number | undefined): Type | null => {
    const asset = index === undefined ? undefined : program.assets[index]?.name;
    return asset === undefined ? null : { kind: "money", asset };
  };
  const account = program.accounts.find((each) => each.name === name);
  if (account !== undefined) return money(account.asset);
  return ["needed", "came", "left"].includes(name) ? money(assetOf(refusal.name, program)) : null;
}

/** The asset a sum is in: the refusal names the asset itself, a claim, an action or an account. */
function assetOf(name: string, program: Program): number | undefined {
  const asset = program.assets.findIndex((each) => each.name === name);
  if (asset >= 0) return asset;
  const norm = program.norms.find((each) => each.name === name);
  if (norm?.duty.kind === "pay") return norm.duty.asset;
  return (
    program.actions.find((each) => each.name === name)?.pays?.asset ??
    program.accounts.find((each) => each.name === name)?.asset
  );
}

/** What a rule read, in the order of its text: `delay is 0 days, give_up_after is 15 days`. */
export function showReads(refusal: Refusal, step: string, written: string, words: Words): string {
  const pairs = refusal.values.map((pair) => pair as unknown as readonly [string, Value]);
  const place = (name: string): number => (written.includes(name) ? written.indexOf(name) : written.length);
  const parts = [...pairs]
    .sort((a, b) => place(a[0]) - place(b[0]))
    .map(([name, value]) => {
      const type = typeOfName(name, words.program, refusal, step);
      return `${name} is ${type === null ? guess(value) : showValue(value, type, words)}`;
    });
  return parts.join(", ");
}

const SENTENCES: Readonly<Record<string, (name: string, path: string) => string>> = {
  "unknown-event": (name) => `nothing here is called \`${name}\``,
  "invalid-input": (name, path) =>
    path === "" ? `the inputs of \`${name}\` do not fit` : `\`${path}\` of \`${name}\` does not fit`,
  "not-the-party": (name) => `\`${name}\` is not this party's to do`,
  "wrong-state": (name, path) =>
    path === "phase"
      ? `\`${name}\` is not possible in this phase of the agreement`
      : path === "" || path === name
        ? `\`${name}\` is not possible now`
        : `\`${name}\` is not possible now (${path})`,
  "too-early": (name) => `it is too early for \`${name}\``,
  "too-late": (name) => `it is too late for \`${name}\``,
  "wrong-amount": (name) => `\`${name}\` does not take the sum that came with it`,
  needs: (name, path) =>
    path === "unless" ? `\`${name}\` is not allowed because of its \`unless\`` : `\`${name}\` is not fulfilled`,
  shortage: (name) => `\`${name}\` does not hold enough`,
  limit: (name, path) =>
    path === "open_at_most" ? `too many of \`${name}\` are open` : `the limit \`${name}\` would be broken`,
  fault: (name) => `\`${name}\` met an error`,
  "nothing-due": () => "nothing is due",
  stale: () => "its time lies before what has already happened",
};

/** `not-the-party: \`deliver\` is not this party's to do`. */
export function showRefusal(refusal: Refusal, step: string, words: Words): string {
  const written = conditionText(refusal, words.program);
  const reads = showReads(refusal, step, written ?? "", words);
  const sentence =
    refusal.kind === "needs" && written !== null
      ? `\`${refusal.name}\` needs \`${written}\``
      : (SENTENCES[refusal.kind]?.(refusal.name === "" ? step : refusal.name, refusal.path) ?? refusal.name);
  const rest = refusal.kind !== "needs" && written !== null ? `: \`${written}\`` : "";
  return `${refusal.kind}: ${sentence}${rest}${reads === "" ? "" : `; ${reads}`}`;
}

/** The author's own words of the condition that refused. */
function conditionText(refusal: Refusal, program: Program): string | null {
  const text = (span: {
    readonly source: { readonly text: string };
    readonly start: number;
    readonly end: number;
  }): string => span.source.text.slice(span.start, span.end).replace(/\s+/g, " ");
  if (refusal.kind === "needs") {
    const power = program.powers.find((each) => each.name === refusal.name);
    const condition = power !== undefined ? (refusal.path === "unless" ? null : power.when) : null;
    if (condition !== null) return text(condition.span);
    for (const action of program.actions)
      for (const need of action.needs)
        if (need.name === refusal.name && text(need.condition.span) !== need.name) return text(need.condition.span);
  }
  if (refusal.kind === "limit") {
    const limit = program.limits.find((each) => each.name === refusal.name);
    if (limit !== undefined) return limit.message ?? text(limit.must.expr.span);
  }
  return null;
}
