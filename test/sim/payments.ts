// Rule 9: `pay`. Claims of the payer are met oldest due first, then by name; each whole, unless it takes parts. Last come
// debts that accounts left behind.
import type { EffectsDecl } from "../../compiler/model.ts";
import { parseLiteral } from "../../vm/literal.ts";
import { MapValue, type Value } from "../../vm/value.ts";
import { broughtBy, giveBack } from "./admission.ts";
import { standsFor, transfer } from "./effects.ts";
import { evaluate, restOf } from "./evaluate.ts";
import { isNegative, isPositive, isZero, lessThan, minus, plus, sameAmount, ZERO } from "./money.ts";
import { amountOf, envOfInstance } from "./norms.ts";
import { newRun, type Run } from "./run.ts";
import { type Instance, isLate, isOpen, type Model, Refused, type SimEvent } from "./state.ts";

export interface Claim {
  readonly instance: Instance;
  readonly rest: Value;
}

const infinite = Number.POSITIVE_INFINITY;

/** Claims the holder of a key could pay in an asset, in the order they are met. */
export function claimsOf(run: Run, by: string, asset: string, forNorm: string | null, to: string | null): Claim[] {
  const { model } = run;
  const { norms, roles, assets } = model.program;
  const claims = norms.flatMap((decl, n) => {
    if (decl.duty.kind !== "pay" || assets[decl.duty.asset]!.name !== asset) return [];
    if (model.dids[decl.debtor] !== by || (forNorm !== null && decl.name !== forNorm)) return [];
    if (to !== null && (decl.creditor === null || roles[decl.creditor]!.name !== to)) return [];
    return model.norms[n]!.born.filter((instance) => isOpen(instance) || isLate(model, instance)).map(
      (instance): Claim => {
        if (decl.amountWhenPaid) {
          const amount = amountOf(model, decl, envOfInstance(run, instance));
          return { instance, rest: amount === undefined ? ZERO : minus(amount, instance.paid) };
        }
        return { instance, rest: restOf(instance) };
      },
    );
  });
  const due = ({ instance }: Claim): number => instance.due ?? infinite;
  const name = ({ instance }: Claim): string => norms[instance.norm]!.name;
  return claims.sort((a, b) =>
    due(a) !== due(b) ? (due(a) < due(b) ? -1 : 1) : name(a) !== name(b) ? (name(a) < name(b) ? -1 : 1) : 0,
  );
}

export function pay(model: Model, event: SimEvent): Run {
  const { program } = model;
  const wrong = (): never => {
    throw new Refused("invalid-input", "pay");
  };
  const norm = event.for === null ? null : program.norms.find((each) => each.name === event.for);
  const { asset, amount, to, stated } = readPay(model, event);
  if (event.for !== null && norm?.duty.kind !== "pay") return wrong();
  const held = (role: number): boolean => model.dids[role] === event.by;
  const payers = program.norms.filter((each) => each.duty.kind === "pay" && (event.for === null || each === norm));
  const debtors = event.for === null ? program.roles.flatMap((_, r) => (mayOweDebts(model, r) ? [r] : [])) : [];
  const role = [...payers.map((each) => each.debtor), ...debtors].find(held);
  if (role === undefined) throw new Refused("not-the-party", "pay");
  const caller = program.roles[role]!.name;
  const run = newRun(model, event.at, { caller, for: event.for, came: new Map([[asset, amount]]) });
  if (model.phase === "offered") throw new Refused("wrong-state", "pay");
  // Nothing came: there is no asset to look for claims in.
  if (!isPositive(amount)) throw new Refused("wrong-amount", "pay");
  const claims = claimsOf(run, event.by, asset, event.for, to);
  const debts = event.for === null ? debtsOf(model, event.by, asset, to) : [];
  if (claims.length === 0 && debts.length === 0) throw new Refused("wrong-state", "pay");
  if (stated !== null && !sameAmount(stated, amount)) throw new Refused("wrong-amount", "pay");
  model.clock = event.at;
  let left = amount;
  let returned = false;
  for (const { instance, rest } of claims) {
    const decl = program.norms[instance.norm]!;
    if (isZero(left)) break;
    returned ||= decl.excessReturned;
    const part = lessThan(left, rest) ? left : rest;
    if (lessThan(part, rest)) {
      if (decl.partsAtLeast === null) throw new Refused("wrong-amount", decl.name);
      const least = evaluate(model, decl.partsAtLeast, envOfInstance(run, instance));
      if (lessThan(part, least)) throw new Refused("wrong-amount", decl.name);
    }
    left = minus(left, part);
    if (isPositive(part)) move(run, program.roles[decl.debtor]!.name, program.roles[decl.creditor!]!.name, asset, part);
    instance.amount = plus(instance.paid, rest);
    instance.paid = plus(instance.paid, part);
    // Something came late; `made_good` says that all of it did.
    if (instance.status !== "active") instance.late = true;
    if (!sameAmount(part, rest)) continue;
    if (instance.status === "violated") {
      instance.madeGood = true;
    } else instance.status = instance.status === "overdue" ? "cured" : "fulfilled";
  }
  for (const { key, debtor, creditor } of debts) {
    const owed = model.debts.get(key)!;
    const part = lessThan(left, owed) ? left : owed;
    if (isZero(part)) continue;
    left = minus(left, part);
    move(run, debtor, creditor, asset, part);
    model.debts.set(key, minus(owed, part));
  }
  if (isPositive(left)) {
    if (!returned) throw new Refused("wrong-amount", "pay");
    giveBack(run, asset, left, caller);
  }
  return run;
}

/** Roles that stand for accounts from which a timer pays somebody. */
function mayOweDebts({ program }: Model, role: number): boolean {
  const pays = (effects: EffectsDecl): boolean =>
    effects.moves.some(
      (each) => each.from.kind === "account" && standsFor(program, each.from.account) === program.roles[role]!.name,
    ) || effects.cases.some((row) => row.effects !== "refuse" && pays(row.effects));
  const byTimer = [
    ...program.norms.flatMap((norm) => norm.else.flatMap((next) => (next.kind === "effects" ? [next.effects] : []))),
    ...program.powers.map((power) => power.effects),
    ...program.regions.flatMap((region) =>
      region.states.flatMap((state) => (state.enter === null ? [] : [state.enter])),
    ),
  ];
  return byTimer.some(pays);
}

const move = (run: Run, from: string, to: string, asset: string, amount: Value): void =>
  transfer(run, {
    verb: "pay",
    asset,
    amount,
    from: { party: from, brought: true },
    to: { party: to, brought: false },
  });

interface Debt {
  readonly key: string;
  readonly debtor: string;
  readonly creditor: string;
}

/** Debts of the holder of a key, in the order debtors and creditors are declared. */
function debtsOf(model: Model, by: string, asset: string, to: string | null): Debt[] {
  const { roles } = model.program;
  const place = (name: string): number => roles.findIndex((each) => each.name === name);
  return [...model.debts]
    .flatMap(([key, amount]): Debt[] => {
      const [debtor, creditor, of] = key.split(" ") as [string, string, string];
      const meant = model.dids[place(debtor)] === by && of === asset && (to === null || to === creditor);
      return meant && isPositive(amount) ? [{ key, debtor, creditor }] : [];
    })
    .sort((a, b) => place(a.debtor) - place(b.debtor) || place(a.creditor) - place(b.creditor));
}

/** The asset and amount that came; `amount` and `to` among the inputs. */
function readPay(
  model: Model,
  event: SimEvent,
): { readonly asset: string; readonly amount: Value; readonly to: string | null; readonly stated: Value | null } {
  const wrong = (): never => {
    throw new Refused("invalid-input", "pay");
  };
  const { inputs } = event;
  if (inputs !== null && inputs !== undefined && !(inputs instanceof MapValue)) return wrong();
  let to: string | null = null;
  let stated: { readonly asset: string; readonly amount: Value } | null = null;
  for (const [i, key] of (inputs?.keys ?? []).entries()) {
    const value = inputs?.values[i];
    if (key === "to" && typeof value === "string" && model.program.roles.some((role) => role.name === value))
      to = value;
    else if (key === "amount" && typeof value === "string") stated = statedAmount(model, value) ?? wrong();
    else return wrong();
  }
  const came = [...broughtBy(model, event)];
  const [asset, amount] = came[0] ?? [stated?.asset ?? model.program.assets[0]?.name ?? "", ZERO];
  if (isNegative(amount)) return wrong();
  return { asset, amount, to, stated: stated?.amount ?? null };
}

function statedAmount(model: Model, text: string): { readonly asset: string; readonly amount: Value } | null {
  for (const { name } of model.program.assets) {
    const read = parseLiteral(text, { kind: "money", asset: name });
    if ("value" in read) return { asset: name, amount: read.value };
  }
  return null;
}
