// Programs built by hand: what checking makes, without the checker. For tests of lowering alone.

import type { ActionDecl, EffectsDecl, NormDecl, Program, TExpr } from "../../../compiler/model.ts";
import { type Decimal, decimalOf, ZERO } from "../../../vm/decimal.ts";
import type { Type } from "../../../vm/type.ts";
import type { Value } from "../../../vm/value.ts";

export const SOURCE = { name: "built.yaml", text: "built by hand" };
export const SPAN = { source: SOURCE, start: 0, end: 5 };
export const USD: Type = { kind: "money", asset: "USD" };
export const BOOL: Type = { kind: "bool" };
export const INSTANT: Type = { kind: "instant" };
export const DECIMAL: Type = { kind: "decimal" };

export const at = (text: string): number => Date.parse(text);
export const money = (text: string): Decimal => {
  const [whole = "", part = ""] = text.split(".");
  return decimalOf(BigInt(whole + part), -part.length) as Decimal;
};

export const constant = (value: Value, type: Type): TExpr => ({ kind: "const", value, type, span: SPAN });
export const fact = (index: number, type: Type): TExpr => ({
  kind: "read",
  place: { kind: "fact", index },
  type,
  span: SPAN,
});
export const now: TExpr = { kind: "read", place: { kind: "now" }, type: INSTANT, span: SPAN };
export const op = (name: Extract<TExpr, { kind: "op" }>["op"], type: Type, ...args: TExpr[]): TExpr => ({
  kind: "op",
  op: name,
  args,
  type,
  span: SPAN,
});

export const noEffects: EffectsDecl = {
  then: [],
  moves: [],
  cases: [],
  give: [],
  tell: [],
  to: null,
  ends: null,
  span: SPAN,
};

export const action = (name: string, role: number, more: Partial<ActionDecl> = {}): ActionDecl => ({
  name,
  who: { kind: "roles", roles: [role] },
  inputs: [],
  pays: null,
  states: [],
  opens: null,
  closes: null,
  needs: [],
  effects: noEffects,
  times: null,
  span: SPAN,
  ...more,
});

export const norm = (name: string, rank: number, duty: NormDecl["duty"], more: Partial<NormDecl> = {}): NormDecl => ({
  name,
  rank,
  debtor: 0,
  creditor: 1,
  duty,
  amount: null,
  amountWhenPaid: false,
  partsAtLeast: null,
  excessReturned: false,
  from: null,
  birth: { kind: "once" },
  when: null,
  again: false,
  deadline: null,
  unless: null,
  unknown: "violated",
  late: false,
  cure: null,
  else: [],
  openAtMost: 1,
  survives: false,
  survivesUntil: null,
  span: SPAN,
  ...more,
});

export const program = (more: Partial<Program>): Program => ({
  name: "built",
  version: "1.0.0",
  title: "Built",
  ticks: false,
  catchUp: 64,
  roundingMoney: "half-up",
  assets: [{ name: "USD", digits: 2, unique: false }],
  rail: null,
  roles: [
    { name: "seller", title: "Seller", kind: "party", key: null },
    { name: "buyer", title: "Buyer", kind: "party", key: null },
  ],
  terms: [],
  facts: [],
  derived: [],
  accounts: [],
  actions: [],
  norms: [],
  powers: [],
  regions: [],
  limits: [],
  expires: null,
  span: SPAN,
  ...more,
});

const DUE = at("2019-01-11T03:24:00Z");
const DAY = 86_400_000;

/** A delivery with a penalty of 10.50 for each day begun, at most 110.00, owed once delivered. */
export const lateDelivery: Program = program({
  facts: [
    {
      name: "delivered",
      type: { kind: "optional", of: INSTANT },
      start: constant(undefined, { kind: "optional", of: INSTANT }),
      span: SPAN,
    },
    { name: "force_majeure", type: BOOL, start: constant(false, BOOL), span: SPAN },
  ],
  actions: [
    action("deliver", 0, { effects: { ...noEffects, then: [{ fact: 0, value: now, span: SPAN }] } }),
    action("claim_force_majeure", 0, {
      effects: { ...noEffects, then: [{ fact: 1, value: constant(true, BOOL), span: SPAN }] },
    }),
  ],
  norms: [
    norm(
      "delivery",
      0,
      { kind: "must", action: 0 },
      {
        deadline: { at: constant(DUE, INSTANT), edge: "closed", span: SPAN },
        unless: fact(1, BOOL),
        late: true,
        else: [{ kind: "norm", norm: 1 }],
      },
    ),
    norm(
      "pay_penalty",
      1,
      { kind: "pay", asset: 0 },
      {
        birth: { kind: "else" },
        when: { expr: op("known", BOOL, fact(0, { kind: "optional", of: INSTANT })), wakes: [] },
        amount: constant(money("63.00"), USD),
        deadline: { at: op("add", INSTANT, now, constant(30 * DAY, { kind: "duration" })), edge: "closed", span: SPAN },
      },
    ),
  ],
});

export { ZERO };
