// Steps 5 and 6: right sides are read in the state before, facts are written together, moves run in written order against
// running balances. Also business states, since effects enter them.
import type { EffectsDecl, MoveDecl, PlaceOfMoney, Program, TExpr } from "../../compiler/model.ts";
import { round } from "../../vm/decimal.ts";
import { ErrorValue, type Value } from "../../vm/value.ts";
import { type Env, evaluate } from "./evaluate.ts";
import {
  countOf,
  isAmount,
  isNegative,
  isPositive,
  isZero,
  lessThan,
  minus,
  plus,
  roundedSum,
  share,
  smaller,
  times,
  unitOf,
  ZERO,
} from "./money.ts";
import { endWith, envOf, type Run } from "./run.ts";
import { addTo, type Instance, Refused } from "./state.ts";

/** Runs effects named `name` (the action, state, norm or power they belong to). */
export function runEffects(run: Run, effects: EffectsDecl, env: Env, name: string): void {
  const chosen = chosenParts(run, effects, env, name);
  const { model } = run;
  const facts = chosen.flatMap((part) =>
    part.then.map(
      ({ fact, value }) => [fact, strict(evaluate(model, value, env), model.program.facts[fact]!.name)] as const,
    ),
  );
  const moves = chosen.flatMap((part) => part.moves.map((move) => prepared(run, move, env)));
  const given = chosen.flatMap((part) =>
    part.give.map((give) => [give.name, strict(evaluate(model, give.value, env), give.name)] as const),
  );
  const tells = chosen.flatMap((part) =>
    part.tell.map(
      (tell) => [model.program.roles[tell.to]!.name, strict(evaluate(model, tell.what, env), "tell")] as const,
    ),
  );
  for (const [fact, value] of facts) model.facts[fact] = value;
  for (const move of moves) move();
  run.given.push(...given);
  run.tells.push(...tells);
  for (const part of chosen) {
    if (part.to !== null) run.targets.set(part.to.region, part.to.state);
    if (part.ends !== null) endWith(run, part.ends, name);
  }
}

/** An unknown may be stored or told; an error may not. */
function strict(value: Value, what: string): Value {
  if (value instanceof ErrorValue) throw new Refused("fault", what);
  return value;
}

/** What stands outside the cases, then the first case that is true. */
function chosenParts(run: Run, effects: EffectsDecl, env: Env, name: string): EffectsDecl[] {
  if (effects.cases.length === 0) return [effects];
  for (const row of effects.cases) {
    const when = row.when === null ? true : evaluate(run.model, row.when, env);
    if (when instanceof ErrorValue) throw new Refused("fault", name);
    if (when !== true) continue;
    if (row.effects === "refuse") throw new Refused("needs", "else");
    return [effects, ...chosenParts(run, row.effects, env, name)];
  }
  return [effects];
}

// ── Moves ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A place of money once it is known who is meant. */
type Purse = { readonly account: number } | { readonly party: string; readonly brought: boolean };

export const purseName = (run: Run, purse: Purse): string =>
  "account" in purse ? run.model.program.accounts[purse.account]!.name : purse.party;

function purseOf(run: Run, place: PlaceOfMoney, env: Env): Purse {
  const { roles } = run.model.program;
  switch (place.kind) {
    case "account":
      return { account: place.account };
    case "role": {
      const party = roles[place.role]!.name;
      return { party, brought: party === run.caller };
    }
    case "caller":
      if (run.caller === null) throw new Refused("fault", "caller");
      return { party: run.caller, brought: true };
    case "party": {
      const party = evaluate(run.model, place.expr, env);
      if (typeof party !== "string") throw new Refused("fault", "party");
      return { party, brought: party === run.caller };
    }
  }
}

/** Amounts are read now, in the state before; `all` is what is there when the move runs. */
function prepared(run: Run, move: MoveDecl, env: Env): () => void {
  const { model } = run;
  const from = purseOf(run, move.from, env);
  const amount = move.amount === "all" ? "all" : evaluate(model, move.amount, env);
  const there = (): Value => (amount === "all" ? ("account" in from ? model.balances[from.account] : ZERO) : amount);
  const asset = model.program.assets[move.asset]!;
  if (move.kind === "transfer") {
    const to = purseOf(run, move.to, env);
    return () => transfer(run, { verb: move.verb, asset: asset.name, amount: there(), from, to });
  }
  const shares = move.shares.map((each) => ({
    to: purseOf(run, each.to, env),
    share: evaluate(model, each.share, env),
  }));
  const remainder = purseOf(run, move.remainder, env);
  return () => {
    const whole = there();
    if (!isAmount(whole)) throw new Refused("fault", "amount");
    if (isZero(whole)) return; // a move of zero is no move
    let left: Value = whole;
    let parts: Value = ZERO;
    const cut: { to: Purse; amount: Value }[] = [];
    for (const each of shares) {
      if (each.share instanceof ErrorValue || each.share === undefined) throw new Refused("fault", "split");
      parts = roundedSum(parts, each.share);
      let amount: Value = share(whole, each.share);
      if (isAmount(amount)) amount = round(amount, asset.digits, model.program.roundingMoney ?? "floor");
      if (lessThan(left, amount)) amount = left;
      left = minus(left, amount);
      cut.push({ to: each.to, amount });
    }
    if (lessThan(unitOf(0), parts)) throw new Refused("fault", "split");
    cut.push({ to: remainder, amount: left });
    for (const each of cut) transfer(run, { verb: "split", asset: asset.name, amount: each.amount, from, to: each.to });
  };
}

export interface Transfer {
  readonly verb: string;
  readonly asset: string;
  readonly amount: Value;
  readonly from: Purse;
  readonly to: Purse;
}

/** One move. In a timer an account pays what it holds (and what limits allow); the rest is owed. */
export function transfer(run: Run, move: Transfer): void {
  const { model } = run;
  let { amount } = move;
  if (!isAmount(amount) || isNegative(amount)) throw new Refused("fault", "amount");
  if (isZero(amount)) return;
  if ("account" in move.from) {
    const { account } = move.from;
    if (run.timer) {
      const { paid, owed } = payable(run, { account, asset: move.asset, to: move.to, instance: null }, amount);
      owe(run, move, owed);
      amount = paid;
      if (isZero(amount)) return;
    } else if (lessThan(model.balances[account], amount)) throw new Refused("shortage", purseName(run, move.from));
  }
  shift(run, { ...move, amount });
  run.moves.push({
    verb: move.verb,
    asset: move.asset,
    amount,
    from: purseName(run, move.from),
    to: purseName(run, move.to),
  });
}

/** Changes the books only. */
export function shift(run: Run, { asset, amount, from, to }: Transfer): void {
  const { model } = run;
  if ("account" in from) model.balances[from.account] = minus(model.balances[from.account], amount);
  else if (!from.brought) throw new Refused("shortage", from.party);
  else {
    addTo(run.taken, asset, amount, plus);
    if (!run.probe && lessThan(run.came.get(asset) ?? ZERO, run.taken.get(asset)!))
      throw new Refused("wrong-amount", asset);
  }
  if ("account" in to) model.balances[to.account] = plus(model.balances[to.account], amount);
  else if (model.program.roles.some((role) => role.name === to.party))
    addTo(model.got, `${to.party} ${asset}`, amount, plus);
}

/** 0005: what a move by timer could not pay is owed by the role that funds the account, else the one it returns to;
 *  nobody owes it to an account, or to itself. */
function owe(run: Run, { asset, from, to }: Transfer, amount: Value): void {
  if (!("account" in from) || "account" in to || !isPositive(amount)) return;
  const debtor = standsFor(run.model.program, from.account);
  if (debtor !== to.party) addTo(run.model.debts, `${debtor} ${to.party} ${asset}`, amount, plus);
}

/** The role that funds an account, else the one it returns to. */
export function standsFor({ accounts, roles }: Program, account: number): string {
  const decl = accounts[account]!;
  const role = decl.from ?? (decl.returnsTo === "giver" ? null : decl.returnsTo);
  return roles[role!]!.name;
}

/** A payment out of an account by timer that is tried: made for a part of its amount, and undone. */
interface Trial {
  readonly account: number;
  readonly asset: string;
  readonly to: Purse;
  /** The claim it is for, null when it is for none. */
  readonly instance: Instance | null;
}

/** What of a payment by timer is made, owed and waived: the largest part that each limit with a `cut` lets through, one
 *  after the other, in minor units. */
export function payable(
  run: Run,
  trial: Trial,
  amount: Value,
): { readonly paid: Value; readonly owed: Value; readonly waived: Value } {
  const { model } = run;
  const held = model.balances[trial.account];
  let paid = smaller(amount, held);
  let owed = minus(amount, paid);
  let waived: Value = ZERO;
  for (const limit of model.phase === "active" ? model.program.limits : []) {
    if (limit.cut === "refuse") continue;
    const part = largestKeeping(run, trial, paid, limit.must.expr);
    if (limit.cut === "owed") owed = plus(owed, minus(paid, part));
    else waived = plus(waived, minus(paid, part));
    paid = part;
  }
  return { paid, owed, waived };
}

function largestKeeping(run: Run, trial: Trial, amount: Value, must: TExpr): Value {
  const { model } = run;
  const holds = (part: Value): boolean => {
    const before = { balances: [...model.balances], got: new Map(model.got), paid: trial.instance?.paid };
    shift(run, { verb: "pay", asset: trial.asset, amount: part, from: { account: trial.account }, to: trial.to });
    if (trial.instance !== null) trial.instance.paid = plus(trial.instance.paid, part);
    const fine = evaluate(model, must, envOf(run)) === true;
    model.balances = before.balances;
    model.got = before.got;
    if (trial.instance !== null) trial.instance.paid = before.paid;
    return fine;
  };
  if (holds(amount)) return amount;
  const { digits } = model.program.assets.find((asset) => asset.name === trial.asset)!;
  const units = (count: number): Value => times(unitOf(digits), count);
  // Invariant: `low` units keep the limit or nothing does, `high` units break it.
  let low = 0;
  let high = countOf(amount, digits);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (holds(units(middle))) low = middle;
    else high = middle;
  }
  return units(low);
}

// ── Business states ───────────────────────────────────────────────────────────────────────────────────────────────────

/** Enters a state, at most once a step; says whether it did. */
export function enter(run: Run, region: number, state: number): boolean {
  const { model, now } = run;
  const key = `${region} ${state}`;
  if (run.entered.has(key)) return false;
  run.entered.add(key);
  const decl = model.program.regions[region]!.states[state]!;
  const place = model.regions[region]!;
  place.state = state;
  place.entered = now;
  const env = envOf(run);
  place.after = decl.after.map(({ at }) => instantOf(evaluate(model, at.at, env), decl.name));
  if (decl.enter !== null) runEffects(run, decl.enter, env, decl.name);
  if (decl.ends !== null) endWith(run, decl.ends, decl.name);
  return true;
}

/** An instant, or null when it is unknown. */
export function instantOf(value: Value, what: string): number | null {
  if (value instanceof ErrorValue) throw new Refused("fault", what);
  return typeof value === "number" ? value : null;
}
