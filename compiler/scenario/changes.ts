// What a step changed, as lines for people: two views compared.
import { ZERO } from "../../vm/decimal.ts";
import { showMoney, showValue, type Words } from "./show.ts";
import { lastDay, showDay, showLocal } from "./time.ts";
import type { NormView, Shown, View } from "./view.ts";

export interface Change {
  /** `delivery`, `pay_penalty due`, `seller owes buyer`. */
  readonly what: string;
  /** Null: it was not there. */
  readonly from: string | null;
  readonly to: string;
}

/** In the order: phase, states, obligations, facts, accounts, what is owed. Derived values move with time and are left out. */
export function changesOf(before: View | null, after: View, words: Words): Change[] {
  const changes: Change[] = [];
  const add = (what: string, from: string | null, to: string): void => {
    if (from !== to) changes.push({ what, from, to });
  };
  add("agreement", before?.phase ?? null, after.phase);
  if (after.outcome !== null) add("outcome", before?.outcome ?? null, after.outcome);
  for (const [region, state] of after.states)
    if (state !== null)
      add(region === "state" ? "state" : `state ${region}`, before?.states.get(region) ?? null, state);
  for (const [name, now] of after.norms) norm(name, before?.norms.get(name), now, words, add);
  const values = (
    old: ReadonlyMap<string, Shown> | undefined,
    now: ReadonlyMap<string, Shown>,
    label: string,
  ): void => {
    for (const [name, shown] of now) {
      const was = old?.get(name);
      if (was === undefined) continue;
      add(label + name, showValue(was.value, was.type, words), showValue(shown.value, shown.type, words));
    }
  };
  values(before?.facts, after.facts, "");
  values(before?.balances, after.balances, "held ");
  owed(before, after, words, add);
  return changes;
}

type Add = (what: string, from: string | null, to: string) => void;

function norm(name: string, was: NormView | undefined, now: NormView, words: Words, add: Add): void {
  if (now.status === "") return;
  add(name, was === undefined || was.status === "" ? null : was.status, now.status);
  const amount = (each: NormView | undefined): string | null => shownOf(each?.latest.get("amount"), words);
  const due = (each: NormView | undefined): string | null => (each === undefined ? null : dueOf(name, each, words));
  const nowAmount = amount(now);
  const nowDue = due(now);
  if (nowAmount !== null) add(`${name} amount`, amount(was), nowAmount);
  if (nowDue !== null && now.status !== "fulfilled") add(`${name} due`, due(was), nowDue);
}

const shownOf = (shown: Shown | undefined, words: Words): string | null =>
  shown?.value === undefined ? null : showValue(shown.value, shown.type, words);

/** The last day in time for deadlines counted in days, else the instant as clocks of the zone show it. */
export function dueOf(name: string, norm: NormView, words: Words): string | null {
  const due = norm.latest.get("due");
  if (due?.value === undefined) return null;
  const edge = words.program.norms.find((each) => each.name === name)?.deadline?.edge ?? "closed";
  const at = Number(due.value);
  return edge === "open" && !words.clock.ticks ? showDay(lastDay(at, edge, words.clock)) : showLocal(at, words.clock);
}

function owed(before: View | null, after: View, words: Words, add: Add): void {
  const key = (each: View["owes"][number]): string => `${each.debtor} owes ${each.creditor}`;
  const sum = (view: View | null, like: View["owes"][number]): string | null => {
    const found = view?.owes.find((each) => key(each) === key(like) && each.asset === like.asset);
    return found === undefined ? null : showMoney(found.amount, found.asset, words);
  };
  for (const each of after.owes)
    add(key(each), sum(before, each) ?? showMoney(ZERO, each.asset, words), showMoney(each.amount, each.asset, words));
  for (const each of before?.owes ?? [])
    if (sum(after, each) === null)
      add(key(each), showMoney(each.amount, each.asset, words), showMoney(ZERO, each.asset, words));
}
