// What a host, a page or a command line shows of an agreement, as plain data in the module. Types are indexes into the
// module's table of types, so everything can be read and written as JSON without knowing the agreement.
//
//   {title, clock, catchUp, rail, assets: [{name, digits, unique}], parties: [{name, title, kind, key, signs}],
//    terms: [{name, type, value, asked}], facts: [{name, type}], derived: [{name, type}],
//    accounts: [{name, asset, from, returnsTo}],
//    actions: [{name, who, inputs: [{name, type, optional}], inputType, pays, into, opens, closes, times, states, gives}],
//    obligations: [{name, who, to, must, amount, deadline, late, cure, survives, openAtMost, else}],
//    powers: [{name, who, may, of, notice, times}], states: [{region, states: [{name, initial, ends}]}], limits: [{name, message}],
//    types: {offer, state, event, answer, due, view}, worstFuel: {init, step, due, query}, stateBytesMax}
import { hex } from "../core/index.ts";
import { toJson } from "../vm/conform.ts";
import type { Manifest, ManifestValue } from "../vm/module.ts";
import type { Type } from "../vm/type.ts";
import type { Value } from "../vm/value.ts";
import { inputsType } from "./3-lower/layout.ts";
import type { Lowered } from "./3-lower/lower.ts";
import { bytesOf } from "./3-lower/sizes.ts";
import type { EffectsDecl, NormDecl, PowerDecl, Program, WhoDecl } from "./model.ts";

export interface ManifestTables {
  readonly type: (type: Type) => number;
  readonly worstFuel: (entry: string) => number;
}

export function manifestOf(program: Program, { layout, types }: Lowered, tables: ManifestTables): Manifest {
  const { type } = tables;
  const role = (index: number | null): string | null => (index === null ? null : (program.roles[index]?.name ?? null));
  const action = (index: number): string => program.actions[index]?.name ?? "";
  const who = (decl: WhoDecl): Manifest =>
    decl.kind === "roles" ? { kind: "roles", roles: decl.roles.map((r) => role(r) as string) } : { kind: decl.kind };
  return {
    title: program.title,
    clock: program.ticks ? "ticks" : "time",
    catchUp: program.catchUp,
    rail: role(program.rail) ?? "test",
    assets: program.assets.map(({ name, digits, unique }) => ({ name, digits, unique })),
    parties: program.roles.map((one, r) => ({
      name: one.name,
      title: one.title,
      kind: one.kind,
      key: one.key,
      signs: layout.signers.includes(r),
    })),
    terms: program.terms.map((term) => ({
      name: term.name,
      type: type(term.type),
      value: term.asked ? null : shown(program, term.value, term.type),
      asked: term.asked,
    })),
    facts: program.facts.map((fact) => ({ name: fact.name, type: type(fact.type) })),
    derived: program.derived.map((derived) => ({ name: derived.name, type: type(derived.is.type) })),
    accounts: program.accounts.map((account) => ({
      name: account.name,
      asset: program.assets[account.asset]?.name ?? "",
      from: role(account.from),
      returnsTo: role(account.returnsTo === "giver" ? account.from : account.returnsTo),
    })),
    actions: program.actions.map((one, index) => ({
      name: one.name,
      who: who(one.who),
      inputs: one.inputs.map((input) => ({
        name: input.name,
        type: type(input.type),
        optional: input.type.kind === "optional",
      })),
      inputType: type(inputsType(program, index)),
      pays: one.pays === null ? null : (program.assets[one.pays.asset]?.name ?? null),
      into: one.pays === null || one.pays.into === null ? null : (program.accounts[one.pays.into]?.name ?? null),
      opens: one.opens !== null,
      closes: one.closes?.edge ?? null,
      times: one.times,
      states: one.states.flatMap((allowed) =>
        allowed.states.map((state) => program.regions[allowed.region]?.states[state]?.name ?? ""),
      ),
      gives: givesOf(one.effects).map((give) => ({ name: give.name, type: type(give.type) })),
    })),
    obligations: program.norms.map((norm) => ({
      ...obligation(program, norm),
      who: role(norm.debtor),
      to: role(norm.creditor),
      must: mustOf(norm, action),
    })),
    powers: program.powers.map((power) => ({ ...powerOf(program, power), who: who(power.who) })),
    states: program.regions.map((region) => ({
      region: region.name,
      states: region.states.map((state, s) => ({ name: state.name, initial: s === region.initial, ends: state.ends })),
    })),
    limits: program.limits.map((limit) => ({ name: limit.name, message: limit.message })),
    types: {
      offer: type(types.offer),
      state: type(types.state),
      event: type(types.event),
      answer: type(types.answer),
      due: type(types.due),
      view: type(types.view),
    },
    worstFuel: {
      init: tables.worstFuel("init"),
      step: tables.worstFuel("step"),
      due: tables.worstFuel("due"),
      query: tables.worstFuel("query"),
    },
    stateBytesMax: bytesOf(layout.state),
  };
}

const mustOf = (norm: NormDecl, action: (index: number) => string): string =>
  norm.duty.kind === "must" ? action(norm.duty.action) : norm.duty.kind;

function obligation(program: Program, norm: NormDecl): Manifest {
  return {
    name: norm.name,
    birth: norm.birth.kind === "on" ? (program.actions[norm.birth.action]?.name ?? "") : norm.birth.kind,
    conditional: norm.when !== null,
    amount: norm.amount !== null,
    deadline: norm.deadline?.edge ?? null,
    cure: norm.cure !== null,
    late: norm.late,
    survives: norm.survives,
    openAtMost: norm.openAtMost,
    else: norm.else.map((next) =>
      next.kind === "norm"
        ? (program.norms[next.norm]?.name ?? "")
        : next.kind === "power"
          ? (program.powers[next.power]?.name ?? "")
          : next.kind,
    ),
  };
}

function powerOf(program: Program, power: PowerDecl): Manifest {
  return {
    name: power.name,
    may: power.may.kind,
    of: power.may.kind === "declare_missed" ? (program.norms[power.may.norm]?.name ?? null) : null,
    notice: power.notice !== null,
    times: power.times,
    onlyAfterElse: power.onlyAfterElse,
  };
}

/** Values an action may give, its cases included; one name, one type. */
function givesOf(effects: EffectsDecl): readonly { readonly name: string; readonly type: Type }[] {
  const found = new Map<string, Type>();
  const visit = (part: EffectsDecl): void => {
    for (const give of part.give) if (!found.has(give.name)) found.set(give.name, give.value.type);
    for (const row of part.cases) if (row.effects !== "refuse") visit(row.effects);
  };
  visit(effects);
  return [...found].map(([name, type]) => ({ name, type }));
}

/** A term as JSON, numbers as text, so that the manifest stays plain. */
function shown(program: Program, value: Value, type: Type): ManifestValue {
  const json = toJson(value, type, (asset) => program.assets.find((one) => one.name === asset)?.digits ?? 0);
  return plain(json as Value);
}

function plain(value: Value): ManifestValue {
  if (value === undefined || value === null) return null;
  if (typeof value === "boolean" || typeof value === "string") return value;
  if (value instanceof Uint8Array) return hex(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "object" && "keys" in value && Array.isArray(value.keys)) {
    const map = value as { readonly keys: readonly string[]; readonly values: readonly Value[] };
    return Object.fromEntries(map.keys.map((key, i) => [key, plain(map.values[i])]));
  }
  return String(value);
}
