// The state of an agreement as a record: which part stands in which slot, and the type of each. Everything else in
// lowering reads and writes the state through the numbers of this file.
//
//   state = [seq, clock, phase, outcome, cause, activated, ended, expires, roles, signed, terms, facts, regions, norms, powers,
//            uses, balances, got, debts]
//
// Positional: a migration must name what goes where.
import type { Field, Type } from "../../vm/type.ts";
import type { EffectsDecl, NormDecl, PlaceOfMoney, Program } from "../model.ts";

/** Slots of the state record. */
export const STATE = {
  seq: 0, // receipts made so far, refusals included
  clock: 1, // stamp of the last accepted step
  phase: 2,
  outcome: 3, // how it ended; unknown before
  cause: 4, // what ended it: name of an action, obligation, power, state; unknown before
  activated: 5, // instant; unknown before
  ended: 6, // instant; unknown before
  expires: 7, // instant; unknown: never, or no longer
  roles: 8, // did of each role
  signed: 9, // bool of each role
  terms: 10, // asked terms only
  facts: 11,
  regions: 12,
  norms: 13,
  powers: 14,
  uses: 15, // how often each action was accepted
  balances: 16, // of each account
  got: 17, // what each role received, per asset
  debts: 18, // what accounts could not pay by timer
} as const;
export const STATE_SIZE = 19;

/** Slots of what is kept per obligation. */
export const NORM = {
  open: 0, // unsettled instances, oldest birth first
  waiting: 1, // instances whose `when` has not turned true (or whose amount is not known)
  late: 2, // violated, may still be performed
  latest: 3, // the latest born, settled or not; unknown: none
  born: 4, // how many
  violated: 5, // how often
  paid: 6, // in all
  raised: 7, // with `again`: the condition held at the last look
  until: 8, // surviving the end until this instant
} as const;

/** Slots of one instance of an obligation. */
export const INSTANCE = {
  key: 0,
  cause: 1, // of the instance it was born from; unknown: none
  status: 2,
  born: 3,
  due: 4,
  cure: 5,
  amount: 6,
  paid: 7,
  late: 8, // performed, in full or in part, after its deadline
  madeGood: 9, // performed in full after it was violated
  inputs: 10, // of the action it was born by
} as const;
export const INSTANCE_SIZE = 11;

/** Slots of the memory of a cause: the instance as it was when it was violated. */
export const CAUSE = { norm: 0, key: 1, due: 2, amount: 3, paid: 4, born: 5 } as const;

/** Slots of a region. Deadlines belong to the state it is in, in the order of `after`. */
export const REGION = { state: 0, entered: 1, deadlines: 2 } as const;

/** Slots of a power. */
export const POWER = { enabled: 0, used: 1, notice: 2 } as const;

export const STATUSES = [
  "waiting",
  "active",
  "overdue",
  "fulfilled",
  "cured",
  "violated",
  "excused",
  "terminated",
  "failed",
] as const;
export type Status = (typeof STATUSES)[number];
export const PHASES = ["offered", "active", "ended"] as const;
export const OUTCOMES = ["fulfilled", "expired", "terminated", "rescinded"] as const;

export const BOOL: Type = { kind: "bool" };
export const INT: Type = { kind: "int" };
export const TEXT: Type = { kind: "text" };
export const ANY: Type = { kind: "any" };
export const DECIMAL: Type = { kind: "decimal" };
export const optional = (of: Type): Type => (of.kind === "optional" ? of : { kind: "optional", of });
export const record = (fields: readonly (readonly [name: string, type: Type])[]): Type => ({
  kind: "record",
  fields: fields.map(([name, type]): Field => ({ name, type, optional: false })),
  open: false,
});
export const list = (of: Type, most: number): Type => ({ kind: "list", of, most });
export const words = (values: readonly string[]): Type => ({ kind: "enum", values });

/** A sum an account could not pay by timer: who owes it to whom. */
export interface Debt {
  readonly debtor: number;
  readonly creditor: number;
  readonly asset: number;
}

export interface Layout {
  readonly instant: Type;
  /** Slot in the record of terms, for asked terms. */
  readonly termSlots: readonly (number | null)[];
  readonly debts: readonly Debt[];
  readonly signers: readonly number[];
  readonly state: Type;
}

export const moneyOf = (program: Program, asset: number): Type => ({
  kind: "money",
  asset: (program.assets[asset] as { name: string }).name,
});

/** The asset an obligation counts in, or null. */
export function assetOf(program: Program, norm: NormDecl): number | null {
  if (norm.duty.kind === "pay") return norm.duty.asset;
  const type = norm.amount?.type.kind === "optional" ? norm.amount.type.of : norm.amount?.type;
  if (type?.kind !== "money") return null;
  return program.assets.findIndex((asset) => asset.name === type.asset);
}

/** Slot in `got`: role by role, each with every asset. */
export const gotSlot = (program: Program, role: number, asset: number): number => role * program.assets.length + asset;

export function layoutOf(program: Program): Layout {
  const instant: Type = { kind: program.ticks ? "int" : "instant" };
  const asked = program.terms.filter((term) => term.asked);
  const debts = debtsOf(program);
  const did = optional({ kind: "did" });
  const fields: [string, Type][] = [
    ["seq", INT],
    ["clock", instant],
    ["phase", words(PHASES)],
    ["outcome", optional(words(OUTCOMES))],
    ["cause", optional(TEXT)],
    ["activated", optional(instant)],
    ["ended", optional(instant)],
    ["expires", optional(instant)],
    ["roles", record(program.roles.map((role) => [role.name, did]))],
    ["signed", record(program.roles.map((role) => [role.name, BOOL]))],
    ["terms", record(asked.map((term) => [term.name, term.type]))],
    ["facts", record(program.facts.map((fact) => [fact.name, fact.type]))],
    ["regions", record(program.regions.map((region) => [region.name, regionType(region, instant)]))],
    ["norms", record(program.norms.map((norm) => [norm.name, normType(program, norm, instant)]))],
    [
      "powers",
      record(
        program.powers.map((power) => [
          power.name,
          record([
            ["enabled", BOOL],
            ["used", INT],
            ["notice", optional(instant)],
          ]),
        ]),
      ),
    ],
    ["uses", record(program.actions.map((action) => [action.name, INT]))],
    ["balances", record(program.accounts.map((account) => [account.name, moneyOf(program, account.asset)]))],
    [
      "got",
      record(
        program.roles.flatMap((role) =>
          program.assets.map((asset, a): [string, Type] => [`${role.name} ${asset.name}`, moneyOf(program, a)]),
        ),
      ),
    ],
    ["debts", record(debts.map((debt) => [debtName(program, debt), moneyOf(program, debt.asset)]))],
  ];
  return {
    instant,
    termSlots: program.terms.map((term) => (term.asked ? asked.indexOf(term) : null)),
    debts,
    signers: signersOf(program),
    state: record(fields),
  };
}

const debtName = (program: Program, debt: Debt): string =>
  `${program.roles[debt.debtor]?.name} to ${program.roles[debt.creditor]?.name} ${program.assets[debt.asset]?.name}`;

function regionType(region: Program["regions"][number], instant: Type): Type {
  return record([
    ["state", optional(words(region.states.map((state) => state.name)))],
    ["entered", optional(instant)],
    ["deadlines", list(optional(instant), deadlinesMax(region))],
  ]);
}
export const deadlinesMax = (region: Program["regions"][number]): number =>
  Math.max(0, ...region.states.map((state) => state.after.length));

/** Type of one instance of the obligation. */
export function instanceType(program: Program, norm: NormDecl, instant: Type): Type {
  const asset = assetOf(program, norm);
  const money = asset === null ? DECIMAL : moneyOf(program, asset);
  const inputs = norm.birth.kind === "on" ? inputsType(program, norm.birth.action) : record([]);
  return record([
    ["key", INT],
    ["cause", optional(CAUSE_TYPE(instant))],
    ["status", words(STATUSES)],
    ["born", instant],
    ["due", optional(instant)],
    ["cure", optional(instant)],
    ["amount", optional(money)],
    ["paid", money],
    ["late", BOOL],
    ["made_good", BOOL],
    ["inputs", optional(inputs)],
  ]);
}
const CAUSE_TYPE = (instant: Type): Type =>
  record([
    ["norm", TEXT],
    ["key", INT],
    ["due", optional(instant)],
    ["amount", optional(DECIMAL)],
    ["paid", DECIMAL],
    ["born", instant],
  ]);

function normType(program: Program, norm: NormDecl, instant: Type): Type {
  const instance = instanceType(program, norm, instant);
  const asset = assetOf(program, norm);
  return record([
    ["open", list(instance, norm.openAtMost)],
    ["waiting", list(instance, norm.openAtMost)],
    ["late", list(instance, norm.late ? norm.openAtMost : 0)],
    ["latest", optional(instance)],
    ["born", INT],
    ["violated", INT],
    ["paid", asset === null ? DECIMAL : moneyOf(program, asset)],
    ["raised", BOOL],
    ["until", optional(instant)],
  ]);
}

/** The inputs of an action as a record, in the order they are declared. */
export const inputsType = (program: Program, action: number): Type => ({
  kind: "record",
  fields: (program.actions[action]?.inputs ?? []).map((input) => ({
    name: input.name,
    type: input.type,
    optional: input.type.kind === "optional",
  })),
  open: false,
});

/** Roles whose signature makes the agreement active: every party, and any other role that owes a duty or funds an account. */
function signersOf(program: Program): number[] {
  return program.roles.flatMap((role, r) =>
    role.kind === "party" ||
    program.norms.some((norm) => norm.debtor === r) ||
    program.accounts.some((account) => account.from === r && account.toBegin !== null)
      ? [r]
      : [],
  );
}

/** Pairs between which a payment made by timer can leave a debt: the giver of the account owes its receiver, nobody
 *  itself. */
function debtsOf(program: Program): Debt[] {
  const found = new Map<string, Debt>();
  const add = (account: number, to: PlaceOfMoney): void => {
    const debtor = debtorOf(program, account);
    if (debtor === null) return;
    const asset = program.accounts[account]?.asset as number;
    const creditors = to.kind === "role" ? [to.role] : to.kind === "party" ? program.roles.map((_, r) => r) : [];
    for (const creditor of creditors)
      if (creditor !== debtor) found.set(`${debtor} ${creditor} ${asset}`, { debtor, creditor, asset });
  };
  const visit = (effects: EffectsDecl): void => {
    for (const move of effects.moves) {
      if (move.from.kind !== "account") continue;
      for (const to of move.kind === "split" ? [...move.shares.map((share) => share.to), move.remainder] : [move.to])
        add(move.from.account, to);
    }
    for (const row of effects.cases) if (row.effects !== "refuse") visit(row.effects);
  };
  for (const norm of program.norms) for (const next of norm.else) if (next.kind === "effects") visit(next.effects);
  for (const power of program.powers) if (power.notice !== null) visit(power.effects);
  for (const region of program.regions) for (const state of region.states) if (state.enter !== null) visit(state.enter);
  return [...found.values()].sort((a, b) => a.debtor - b.debtor || a.creditor - b.creditor || a.asset - b.asset);
}

/** Who owes what an account should have paid: the role that funds it, else the role it returns to. */
export function debtorOf(program: Program, account: number): number | null {
  const declared = program.accounts[account];
  return declared?.from ?? (declared !== undefined && declared.returnsTo !== "giver" ? declared.returnsTo : null);
}
