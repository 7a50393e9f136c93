// Limits: what must hold after every step. An event that breaks one is refused; a timer has no author to refuse, so a limit
// that timers could break says what gives way. Source: agreements.md, rule 3.
import type { Fact, Limit } from "../../lang/ast.ts";
import type { Span } from "../../lang/source.ts";
import { dependencies, STATE, writesOfTimers } from "../1-resolve/footprint.ts";
import { limitBroken, limitNeedsCut, mayBeUnknown } from "../codes.ts";
import type { LimitDecl, TExpr } from "../model.ts";
import { boundsCheck } from "./bounds-check.ts";
import { isBroken, junction, operation, read, remembered, some } from "./build.ts";
import { type Context, scopeOf } from "./context.ts";
import { canBreak } from "./drift.ts";
import { checkedCondition } from "./norms.ts";
import { BOOL, ERROR, isOptional, strip } from "./types.ts";

export function checkLimit(context: Context, limit: Limit): LimitDecl {
  const name = limit.name.text;
  const where = `limit \`${name}\``;
  const quiet = isOverTerms(context, limit);
  const must = quiet
    ? context.quietly(() => checkedCondition(context, scopeOf(where), limit.must, where))
    : checkedCondition(context, scopeOf(where), limit.must, where);
  // What is over terms only is judged here as a whole; other mistakes are told by checking it aloud.
  if (quiet && isBroken(must.expr)) checkedCondition(context, scopeOf(where), limit.must, where);
  if (isOptional(must.expr.type))
    context.report(
      mayBeUnknown(must.expr.span, { what: where }, { help: "a limit is true or false: write `!known(x) || …`" }),
    );
  const cut = (["owed", "waive"] as const).find((word) => word === limit.cut?.text) ?? "refuse";
  const termsOnly = !isBroken(must.expr) && readsOnlyTerms(context, must.expr);
  if (termsOnly && context.evaluate(must.expr)?.value === false)
    context.report(limitBroken(limit.must.span, { name }, { labels: valuesOfTerms(context, limit) }));
  reportTimers(context, limit, must.expr, cut);
  return { name, must, termsOnly, cut, message: limit.message?.text ?? null, span: limit.span };
}

/** `min` and `max` of a fact are a limit with its name. */
export function limitOfFact(context: Context, fact: Fact, index: number): LimitDecl | null {
  if (fact.min === null && fact.max === null) return null;
  const type = context.facts[index]?.type ?? ERROR;
  if (type === ERROR) return null;
  const name = fact.name.text;
  const where = `fact \`${name}\``;
  const value = read(type, { kind: "fact", index }, fact.name.span);
  const bounds = { min: fact.min, max: fact.max, of: null, matches: null, bytesMax: null };
  const known: TExpr = isOptional(type) ? { ...value, type: strip(type) } : value;
  const kept = boundsCheck(context, scopeOf(where), known, bounds, where, fact.name.span);
  if (kept === null || isBroken(kept)) return null;
  const unknown = operation("not", [operation("known", [value], BOOL, fact.name.span)], BOOL, fact.name.span);
  const expr = isOptional(type) ? junction("or", [unknown, kept], BOOL, fact.name.span) : kept;
  if (writesOfTimers(context.document).has(name))
    context.report(
      limitNeedsCut(
        fact.name.span,
        { name },
        {
          help: "write the bound as a limit of its own, with `cut: owed` or `cut: waive`",
          labels: [{ span: fact.name.span, text: "a timer writes it" }],
        },
      ),
    );
  return { name, must: { expr, wakes: [] }, termsOnly: false, cut: "refuse", message: null, span: fact.span };
}

const isOverTerms = (context: Context, limit: Limit): boolean =>
  dependencies(limit.must, context.document, context.names).every((each) => {
    const kind = context.names.get(each.name)?.kind;
    return kind === "term" || kind === "derived" || kind === "party";
  });

/** Whether the value is settled when the terms are. */
function readsOnlyTerms(context: Context, expr: TExpr): boolean {
  return !some(expr, (each) => {
    if (each.kind === "norm" || each.kind === "norm_amount" || each.kind === "norm_due" || each.kind === "power")
      return true;
    if (each.kind !== "read" || each.place.kind === "term" || each.place.kind === "local") return false;
    return each.place.kind !== "derived" || !derivedOfTerms(context, context.derivedAt(each.place.index));
  });
}

const derivedOfTerms = remembered(readsOnlyTerms);

function valuesOfTerms(context: Context, limit: Limit) {
  const seen = new Set<string>();
  return dependencies(limit.must, context.document, context.names).flatMap((each) => {
    const term = context.document.terms.find(({ name }) => name.text === each.name);
    if (term?.value?.kind !== "scalar" || seen.has(each.name)) return [];
    seen.add(each.name);
    return [{ span: term.value.span, text: `\`${each.name}\` is ${term.value.text}` }];
  });
}

/** A timer cannot be refused, so a limit it could break gives way by cutting a payment, where that keeps it. */
function reportTimers(context: Context, limit: Limit, must: TExpr, cut: LimitDecl["cut"]): void {
  if (isBroken(must) || !canBreak(context, must)) return;
  const { money, other } = changedByTimers(context, limit);
  if (other === null && cut !== "refuse") return;
  const changed = other ?? money;
  const name = limit.name.text;
  const labels = changed === null ? [] : [{ span: changed.span, text: changed.text }];
  const help =
    other === null
      ? undefined
      : "cutting a payment does not keep it: let an obligation, a state or the guard of an action say it instead";
  context.report(limitNeedsCut(limit.name.span, { name }, { labels, help }));
}

interface Changed {
  readonly span: Span;
  readonly text: string;
}

/** What the limit reads that changes without an event: first money that payments move, first anything else. */
function changedByTimers(context: Context, limit: Limit): { money: Changed | null; other: Changed | null } {
  const writes = writesOfTimers(context.document);
  let money: Changed | null = null;
  let other: Changed | null = null;
  for (const each of dependencies(limit.must, context.document, context.names)) {
    const kind = context.names.get(each.name)?.kind;
    const place = each.name === STATE || kind === "region" || kind === "state" ? STATE : each.name;
    if (each.name === "now") other ??= { span: each.span, text: "time passes by itself" };
    else if (kind === "obligation" && (each.ask === "paid" || each.ask === "owed"))
      money ??= { span: each.span, text: `\`${each.name}\` is paid without an event` };
    else if (kind === "obligation")
      other ??= { span: each.span, text: `\`${each.name}\` changes when its deadline passes` };
    else if (writes.has(place)) {
      const change = { span: each.span, text: `\`${each.name}\` changes without an event` };
      if (kind === "account") money ??= change;
      else other ??= change;
    }
  }
  return { money, other };
}
