// Random events over a Program: right and wrong actors, inputs at and beyond their bounds, sums one unit off, stamps a
// millisecond before, at and after deadlines, long gaps and repeated ticks.
import type { Program } from "../../compiler/model.ts";
import { toJson } from "../../vm/conform.ts";
import { Decimal, decimalOf } from "../../vm/decimal.ts";
import { mapOf } from "../../vm/map.ts";
import type { Type } from "../../vm/type.ts";
import type { Value } from "../../vm/value.ts";
import { takenBy } from "./admission.ts";
import { step } from "./model.ts";
import { minus, plus, unitOf, ZERO } from "./money.ts";
import { claimsOf } from "./payments.ts";
import type { Random } from "./random.ts";
import { newRun } from "./run.ts";
import { funding } from "./signing.ts";
import type { Model, SimEvent } from "./state.ts";
import { timersOf } from "./timers.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;

export const didFor = (program: Program, role: number): string =>
  program.roles[role]!.key ?? `did:test:${program.roles[role]!.name}`;

export interface Generator {
  readonly program: Program;
  readonly random: Random;
  /** Written values of the document by kind of type: where its bounds lie. */
  readonly written: ReadonlyMap<string, readonly Value[]>;
}

export function generatorOf(program: Program, random: Random): Generator {
  const written = new Map<string, Value[]>();
  const seen = new Set<object>();
  const walk = (node: unknown): void => {
    if (typeof node !== "object" || node === null || seen.has(node)) return;
    seen.add(node);
    if ("kind" in node && node.kind === "const" && "type" in node) {
      const { type, value } = node as unknown as { type: Type; value: Value };
      written.set(keyOf(type), [...(written.get(keyOf(type)) ?? []), value]);
    }
    for (const [name, value] of Object.entries(node)) if (name !== "span") walk(value);
  };
  walk(program);
  for (const term of program.terms)
    if (!term.asked) written.set(keyOf(term.type), [...(written.get(keyOf(term.type)) ?? []), term.value]);
  return { program, random, written };
}

const keyOf = (type: Type): string => (type.kind === "money" ? `money ${type.asset}` : type.kind);

// ── Values ────────────────────────────────────────────────────────────────────────────────────────────────────────────

const hundredths = (count: number): Value => decimalOf(count, -2) as Value;

/** A value of a type: one the document speaks of, one beside it, or any. `at`: the stamp of the event. */
export function valueFor(generator: Generator, type: Type, at: number): Value {
  const { random, written, program } = generator;
  const known = written.get(keyOf(type)) ?? [];
  const near = <T extends Value>(any: () => T, beside: (value: Value) => Value): Value =>
    known.length > 0 && random.chance(60)
      ? random.chance(50)
        ? random.pick(known)
        : beside(random.pick(known))
      : any();
  switch (type.kind) {
    case "bool":
      return random.chance(50);
    case "int":
    case "size":
    case "period":
      return near(
        () => random.below(20) - (type.kind === "int" ? 2 : 0),
        (value) => Number(value) + random.pick([-1, 1]),
      );
    case "duration":
      return near(
        () => (program.ticks ? random.below(20) : random.below(5000) * MINUTE),
        (value) => Number(value) + random.pick([-1, 1]),
      );
    case "instant":
      return random.chance(40)
        ? at + random.below(10 * (program.ticks ? 1 : DAY))
        : near(
            () => at,
            (value) => Number(value) + random.pick([-1, 1]),
          );
    case "date":
      return near(
        () => Math.floor(at / DAY) + random.below(40),
        (value) => Number(value) + random.pick([-1, 1]),
      );
    case "decimal":
    case "percent":
    case "quotient":
      return near(
        () => hundredths(random.below(200)),
        (value) => plus(value, hundredths(random.pick([-1, 1]))),
      );
    case "money": {
      const { digits } = program.assets.find((asset) => asset.name === type.asset)!;
      const unit = unitOf(digits);
      return near(
        () => decimalOf(random.below(random.pick([20, 3_000, 100_000])), -digits) as Value,
        (value) => plus(value, random.chance(50) ? unit : minus(ZERO, unit)),
      );
    }
    case "text":
      return near(
        () => random.pick(["", "abc", "a", "noon and night", "x".repeat(50), "ü".repeat(30)]),
        (value) => `${value}x`,
      );
    case "enum":
      return random.pick(type.values);
    case "party":
      return random.pick(program.roles).name;
    case "did":
      return didFor(program, random.below(program.roles.length));
    case "optional":
      return random.chance(25) ? undefined : valueFor(generator, type.of, at);
    case "list":
      return Array.from({ length: random.below(Math.min(5, type.most + 2)) }, () => valueFor(generator, type.of, at));
    case "record":
      return type.fields.map((field) => valueFor(generator, field.type, at));
    default:
      return null;
  }
}

const digitsIn =
  (program: Program) =>
  (asset: string): number | undefined =>
    program.assets.find((each) => each.name === asset)?.digits;

export const jsonFor = (generator: Generator, type: Type, at: number): Value =>
  toJson(valueFor(generator, type, at), type, digitsIn(generator.program)) as Value;

/** JSON of the asked terms. */
export const askedTerms = (generator: Generator, at: number): Value =>
  mapOf(
    generator.program.terms
      .filter((term) => term.asked)
      .map((term): [string, Value] => [term.name, jsonFor(generator, term.type, at)]),
  ) ?? null;

// ── Times ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Instants at which clocks, months and years turn. */
const CORNERS = [
  "2026-01-05T09:00:00Z",
  "2026-01-30T23:30:00Z",
  "2026-03-27T22:00:00Z",
  "2026-10-24T12:00:00Z",
  "2027-12-30T17:00:00Z",
];

/** When the agreement is offered: days before what it speaks of, or at a corner of the calendar. */
export function startOf({ program, random, written }: Generator): number {
  if (program.ticks) return random.below(4);
  const instants = [
    ...(written.get("instant") ?? []).map(Number),
    ...(written.get("date") ?? []).map((day) => Number(day) * DAY),
  ];
  if (instants.length > 0 && random.chance(75)) return Math.min(...instants) - random.below(12 * 24) * 60 * MINUTE;
  return Date.parse(random.pick(CORNERS)) + random.below(3 * 24 * 60) * MINUTE;
}

function stampAfter(generator: Generator, model: Model): number {
  const { random, program } = generator;
  const { clock } = model;
  const roll = random.below(100);
  const timers = timersOf(model).slice(0, 4);
  if (roll < 42 && timers.length > 0)
    return Math.max(clock, random.pick(timers).at + random.pick([-1, 0, 0, 1, 1, program.ticks ? 2 : MINUTE]));
  if (roll < 52) return clock;
  if (roll < 56) return clock + 1;
  if (roll < 59) return Math.max(0, clock - 1);
  // A long gap passes every deadline at once: once in a while is enough.
  if (roll < 60) return clock + (program.ticks ? random.below(300) : random.below(500) * DAY);
  return clock + (program.ticks ? random.below(6) : random.below(random.pick([60, 3000, 20_000])) * MINUTE);
}

// ── Events ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The model once the timers due at a stamp have fired: what an event will meet. */
function caughtUp(model: Model, at: number): Model {
  const tick: SimEvent = { kind: "tick", name: "", by: "", at, value: null, inputs: null, for: null };
  let now = model;
  for (let i = 0; i < 200; i++) {
    const made = step(now, tick);
    if (made.answer.consumed) return now;
    now = made.model;
  }
  return now;
}

export function nextEvent(generator: Generator, model: Model): SimEvent {
  const { random } = generator;
  if (model.phase === "offered") return beforeActive(generator, model);
  // Refusals are worth a look, but a sequence of them leads nowhere.
  let event = anyEvent(generator, model);
  for (let tries = 0; tries < 6 && random.chance(80); tries++) {
    if (step(caughtUp(model, event.at), event).answer.refusal === null) break;
    event = anyEvent(generator, model);
  }
  return event;
}

const blank = { name: "", by: "", value: null, inputs: null, for: null } as const;

function beforeActive(generator: Generator, model: Model): SimEvent {
  const { random, program } = generator;
  const at = model.clock + (random.chance(70) ? 0 : random.below(program.ticks ? 3 : DAY));
  const left = program.roles.map((_, r) => r).filter((r) => !model.signed[r]);
  if (random.chance(88) && left.length > 0) {
    const role = random.chance(90) ? left[0]! : random.pick(left);
    const value = spoilt(generator, [...funding(model, role)], 4);
    return { ...blank, kind: "sign", name: program.roles[role]!.name, by: didFor(program, role), at, value };
  }
  if (random.chance(50)) return { ...blank, kind: "withdraw", by: anyone(generator), at };
  return { ...anyEvent(generator, model), at };
}

const anyone = ({ random, program }: Generator): string =>
  random.chance(8) ? "did:test:stranger" : didFor(program, random.below(program.roles.length));

/** Amounts as they should be, or one unit off, missing, or of nothing. */
function spoilt(
  { random, program }: Generator,
  value: readonly (readonly [string, Value])[],
  percent: number,
): SimEvent["value"] {
  if (random.chance(percent)) {
    const { name, digits } = random.pick([
      ...program.assets,
      ...(program.assets.length === 0 ? [{ name: "XXX", digits: 2, unique: false }] : []),
    ]);
    const was = value.find(([asset]) => asset === name)?.[1] ?? ZERO;
    const unit = unitOf(digits);
    return random.pick([
      null,
      [[name, plus(was, unit)]],
      [[name, minus(was, unit)]],
      [[name, was]],
      [["XXX", unit]],
      [],
    ]);
  }
  return value.length === 0 ? null : value;
}

function anyEvent(generator: Generator, model: Model): SimEvent {
  const { random, program } = generator;
  const at = stampAfter(generator, model);
  const roll = random.below(100);
  if (roll < 22) return { ...blank, kind: "tick", at };
  if (roll < 40 && program.norms.some((norm) => norm.duty.kind === "pay")) return payment(generator, model, at);
  if (roll < 52 && program.powers.length > 0) {
    const power = random.pick(program.powers);
    const kind = random.chance(85) ? "use" : "withdraw";
    return { ...blank, kind, name: power.name, by: actorOf(generator, power.who), at, value: spoilt(generator, [], 2) };
  }
  if (roll < 53) return { ...blank, kind: random.pick(["sign", "withdraw"]), by: anyone(generator), at };
  if (roll < 54) return { ...blank, kind: "act", name: "nonsense", by: anyone(generator), at };
  return action(generator, model, at);
}

function actorOf(generator: Generator, who: Program["actions"][number]["who"]): string {
  const { random, program } = generator;
  return who.kind === "roles" && random.chance(92) ? didFor(program, random.pick(who.roles)) : anyone(generator);
}

function action(generator: Generator, model: Model, at: number): SimEvent {
  const { random, program } = generator;
  if (program.actions.length === 0) return { ...blank, kind: "tick", at };
  const declared = random.pick(program.actions);
  const fields = declared.inputs
    .filter(() => !random.chance(1))
    .map((input): [string, Value] => [input.name, random.chance(1) ? "?" : jsonFor(generator, input.type, at)]);
  if (random.chance(1)) fields.push(["extra", 1]);
  const duties = program.norms.filter((norm) => norm.duty.kind === "must");
  const event: SimEvent = {
    ...blank,
    kind: "act",
    name: declared.name,
    by: actorOf(generator, declared.who),
    at,
    inputs: fields.length === 0 ? null : (mapOf(fields) ?? null),
    for: duties.length > 0 && random.chance(4) ? random.pick(duties).name : null,
  };
  const ready = caughtUp(model, at);
  return { ...event, value: spoilt(generator, [...takenBy(ready, event)], 5) };
}

function payment(generator: Generator, model: Model, at: number): SimEvent {
  const { random, program } = generator;
  const claims = program.norms.flatMap((norm) => (norm.duty.kind === "pay" ? [{ norm, asset: norm.duty.asset }] : []));
  const chosen = random.pick(claims);
  const payer = program.roles[chosen.norm.debtor]!;
  const asset = program.assets[chosen.asset]!;
  const forNorm = random.chance(30) ? chosen.norm.name : null;
  const to = chosen.norm.creditor !== null && random.chance(10) ? program.roles[chosen.norm.creditor]!.name : null;
  const ready = caughtUp(model, at);
  let amount: Value = ZERO;
  try {
    const open = claimsOf(
      newRun(ready, at, { caller: payer.name }),
      didFor(program, chosen.norm.debtor),
      asset.name,
      forNorm,
      to,
    );
    const most = random.pick([1, 1, 2, 3]);
    for (const { rest } of open.slice(0, most)) amount = plus(amount, rest);
  } catch {
    // An amount that cannot be read: any sum will do.
  }
  const debts = [...ready.debts].filter(([key]) => key.startsWith(`${payer.name} `) && key.endsWith(` ${asset.name}`));
  if (debts.length > 0 && random.chance(50)) amount = plus(amount, random.pick(debts)[1]);
  if (random.chance(25)) amount = valueFor(generator, { kind: "money", asset: asset.name }, at);
  const inputs: [string, Value][] = to === null ? [] : [["to", to]];
  if (random.chance(10))
    inputs.push(["amount", toJson(amount, { kind: "money", asset: asset.name }, digitsIn(program)) as Value]);
  return {
    ...blank,
    kind: "pay",
    by: random.chance(92) ? didFor(program, chosen.norm.debtor) : anyone(generator),
    at,
    value: spoilt(generator, amount instanceof Decimal ? [[asset.name, amount]] : [], 5),
    inputs: inputs.length === 0 ? null : (mapOf(inputs) ?? null),
    for: forNorm ?? (random.chance(1) ? "nonsense" : null),
  };
}
