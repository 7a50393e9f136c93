// Drives a compiled agreement event by event in tests.
import { expect } from "vitest";
import { compileAgreement } from "../../../compiler/4-emit/index.ts";
import type { Program } from "../../../compiler/model.ts";
import { BUILTINS } from "../../../stdlib/index.ts";
import {
  type AgreementDriver,
  createAgreement,
  createMachine,
  Decimal,
  ErrorValue,
  type EventKind,
  eventRecord,
  formatDecimal,
  mapOf,
  type Step,
  type Tier,
  type Value,
} from "../../../vm/index.ts";
import type { Module } from "../../../vm/module.ts";
import type { Type } from "../../../vm/type.ts";

export const did = (role: string): string => `did:key:${role}`;

/** Loads a program on the real machine, verified: in the reference tier unless another is asked for. */
export function load(program: Program, tier: Tier = "interpreter") {
  const compiled = compileAgreement(program);
  if ("problem" in compiled) throw new Error(compiled.problem);
  const made = createMachine(compiled.module, BUILTINS, { tier });
  if ("error" in made)
    throw new Error(`${made.error.code}: ${made.error.message} in function ${made.error.function} at ${made.error.pc}`);
  const { machine } = made;
  const fuel = Math.max(...["init", "step", "due", "query"].map((entry) => machine.worstFuel(entry) as number));
  return { ...compiled, machine, driver: createAgreement(machine, program.catchUp, fuel) };
}

/** A value as plain data by its type: records become objects, decimals texts, errors `!code`. */
export function plain(value: Value, type: Type): unknown {
  if (value === undefined || value === null) return null;
  if (value instanceof ErrorValue) return `!${value.code}`;
  if (value instanceof Decimal) return formatDecimal(value, 2);
  if (type.kind === "optional") return plain(value, type.of);
  if (type.kind === "union") return plain(value, type.of.find((one) => one.kind !== "null") ?? { kind: "any" });
  if (type.kind === "record" && Array.isArray(value))
    return Object.fromEntries(type.fields.map((field, i) => [field.name, plain(value[i], field.type)]));
  if (type.kind === "list" && Array.isArray(value)) return value.map((item) => plain(item, type.of));
  if (Array.isArray(value)) return value.map((item) => plain(item, { kind: "any" }));
  return value;
}

const shown = (amount: Value): string => (amount instanceof Decimal ? formatDecimal(amount, 2) : String(amount));

// biome-ignore lint/suspicious/noExplicitAny: tests read views of every shape.
export type Plain = any;

export interface Sent {
  readonly kind?: EventKind;
  readonly name?: string;
  readonly by?: string;
  readonly value?: readonly (readonly [string, Value])[] | null;
  readonly inputs?: Value;
  readonly for?: string | null;
}

const instantOf = (at: number | string): number => (typeof at === "number" ? at : Date.parse(at));

/** One agreement being played. Every run is checked: money is conserved, fuel stays under the declared worst. */
export class Play {
  readonly program: Program;
  readonly module: Module;
  readonly loaded: ReturnType<typeof load>;
  state: Value;
  /** Steps of the last event. */
  steps: readonly Step[] = [];
  more = false;
  /** Asked the same as the machine; must answer the same. */
  rival: AgreementDriver | null = null;

  constructor(
    program: Program,
    at: number | string,
    options: { terms?: Record<string, Value>; roles?: (string | null)[] } = {},
  ) {
    this.program = program;
    this.loaded = load(program);
    this.module = this.loaded.module;
    const roles = options.roles ?? program.roles.map((role) => role.key ?? did(role.name));
    const ran = this.loaded.driver.init([roles, mapOf(Object.entries(options.terms ?? {})) as Value, instantOf(at)]);
    if ("fault" in ran) throw new Error(JSON.stringify(ran.fault));
    if (ran.value.refusal !== null) throw new Refused(ran.value.refusal);
    this.state = ran.value.state as Value;
  }

  send(at: number | string, sent: Sent): this {
    const event = eventRecord({
      kind: sent.kind ?? "act",
      name: sent.name ?? "",
      by: sent.by === undefined ? "" : sent.by.startsWith("did:") ? sent.by : did(sent.by),
      at: instantOf(at),
      value: sent.value ?? null,
      inputs: sent.inputs ?? null,
      for: sent.for ?? null,
    });
    const ran = this.loaded.driver.stepAll(this.state, event);
    if (this.rival !== null) expect(this.rival.stepAll(this.state, event)).toEqual(ran);
    if (ran.fault !== null)
      throw new Error(
        `fault ${ran.fault.code} ${ran.fault.error?.code ?? ""} in ${ran.fault.function} at ${ran.fault.pc}`,
      );
    let before = this.state;
    for (const step of ran.steps) {
      conserves(this, before, step, step.kind === "event" && step.refusal === null ? (sent.value ?? []) : []);
      if (step.fuel > (this.loaded.machine.worstFuel("step") as number))
        throw new Error(`fuel ${step.fuel} over the worst`);
      before = step.state;
    }
    this.steps = ran.steps;
    this.more = ran.more;
    this.state = before;
    return this;
  }
  sign(at: number | string, role: string, value: readonly (readonly [string, Value])[] | null = null): this {
    return this.send(at, { kind: "sign", by: role, value });
  }
  signAll(at: number | string): this {
    for (const role of this.program.roles) if (role.kind === "party") this.sign(at, role.name);
    return this;
  }
  act(
    at: number | string,
    by: string,
    name: string,
    inputs: Record<string, Value> | null = null,
    value: readonly (readonly [string, Value])[] | null = null,
  ): this {
    return this.send(at, {
      by,
      name,
      inputs: inputs === null ? null : (mapOf(Object.entries(inputs)) as Value),
      value,
    });
  }
  tick(at: number | string): this {
    return this.send(at, { kind: "tick" });
  }

  get last(): Step {
    return this.steps[this.steps.length - 1] as Step;
  }
  /** Of the event itself. */
  get refusal(): string | null {
    const { refusal } = this.last;
    return refusal === null ? null : refusal.name === "" ? refusal.kind : `${refusal.kind} ${refusal.name}`;
  }
  /** Names of the timers that fired, with their own instants. */
  get timers(): readonly string[] {
    const instant = (at: number): string => (this.program.ticks ? String(at) : new Date(at).toISOString());
    return this.steps.filter((step) => step.kind === "timer").map((step) => `${step.name} ${instant(step.at)}`);
  }
  get moves(): readonly string[] {
    return this.steps.flatMap((step) =>
      step.moves.map((move) => `${move.verb} ${shown(move.amount)} ${move.asset} ${move.from} -> ${move.to}`),
    );
  }
  view(now?: number | string): Plain {
    const clock = (this.state as readonly Value[])[1] as number;
    const ran = this.loaded.driver.query(this.state, now === undefined ? clock : instantOf(now));
    if ("fault" in ran) throw new Error(JSON.stringify(ran.fault));
    return plain(ran.value, this.#result("query"));
  }
  due(): Plain {
    const ran = this.loaded.driver.due(this.state);
    if ("fault" in ran) throw new Error(JSON.stringify(ran.fault));
    return plain(ran.value, this.#result("due"));
  }
  whole(state: Value = this.state): Plain {
    const entry = this.module.entries.find((one) => one.name === "step");
    return plain(state, this.module.types[entry?.params[0] as number] as Type);
  }
  status(norm: string): string {
    return this.view().norms[norm].status;
  }
  #result(name: string): Type {
    const entry = this.module.entries.find((one) => one.name === name);
    return this.module.types[entry?.result as number] as Type;
  }
}

export class Refused extends Error {
  readonly refusal: NonNullable<Step["refusal"]>;
  constructor(refusal: NonNullable<Step["refusal"]>) {
    super(`${refusal.kind} ${refusal.name} ${refusal.path}`);
    this.refusal = refusal;
  }
}

/** value taken + balances before = paid out + balances after, per asset; and every account changes by its moves. */
export function conserves(play: Play, before: Value, step: Step, value: readonly (readonly [string, Value])[]): void {
  const units = new Map<string, bigint>();
  const scaled = (amount: Value): bigint => {
    const text = String(amount);
    const negative = text.startsWith("-");
    const [whole = "0", part = ""] = text.replace("-", "").split(".");
    const size = BigInt(whole) * 10n ** 20n + BigInt(part.padEnd(20, "0"));
    return negative ? -size : size;
  };
  const add = (key: string, amount: bigint): void => {
    units.set(key, (units.get(key) ?? 0n) + amount);
  };
  const balances = (state: Value): Plain => play.whole(state).balances;
  const accounts = new Set(play.program.accounts.map((account) => account.name));
  const was = balances(before);
  const is = balances(step.state);
  for (const account of play.program.accounts) {
    const asset = play.program.assets[account.asset]?.name as string;
    add(asset, scaled(was[account.name]) - scaled(is[account.name]));
    add(account.name, scaled(is[account.name]) - scaled(was[account.name]));
  }
  for (const [asset, amount] of value) add(asset, scaled(amount));
  for (const move of step.moves) {
    const amount = scaled(move.amount);
    if (amount <= 0n) throw new Error(`a move of ${String(move.amount)}`);
    if (accounts.has(move.from)) add(move.from, amount);
    if (accounts.has(move.to)) add(move.to, -amount);
    else add(move.asset, -amount);
  }
  for (const [what, rest] of units) if (rest !== 0n) throw new Error(`${what} is not conserved: ${rest} left`);
}
