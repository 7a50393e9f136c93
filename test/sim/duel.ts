// One agreement, compiled and as a model, playing the same events; what differs, shrunk and written as steps of a test.
import { compile } from "../../compiler/index.ts";
import type { Program } from "../../compiler/model.ts";
import { fieldsOf, type Game, openGame, showTime } from "../../compiler/scenario/index.ts";
import { hasErrors, renderDiagnostics } from "../../lang/index.ts";
import { type EventParts, eventRecord } from "../../vm/drive.ts";
import { writeJson } from "../../vm/json.ts";
import { MapValue, type Value } from "../../vm/value.ts";
import { compiledView, differences, modelView, plain, plainAnswer, stepType } from "./compare.ts";
import { askedTerms, didFor, type Generator, generatorOf, nextEvent, startOf } from "./generate.ts";
import { offered, stepAll } from "./model.ts";
import { minus, plus, ZERO } from "./money.ts";
import { randomFrom } from "./random.ts";
import { type Model, Refused, type SimEvent } from "./state.ts";

export interface Contestant {
  readonly name: string;
  readonly program: Program;
  readonly game: Game;
}

export function contestant(name: string, text: string): Contestant {
  const { program, value, diagnostics } = compile({ name: `${name}.yaml`, text });
  if (program === null || value === null || hasErrors(diagnostics))
    throw new Error(`\n${renderDiagnostics(diagnostics, { colour: false })}`);
  const opened = openGame(program, value.module);
  if ("reason" in opened) throw new Error(opened.reason);
  return { name, program, game: opened.game };
}

export interface Offer {
  readonly asked: Value;
  readonly at: number;
}
export interface Story {
  readonly offer: Offer;
  readonly events: readonly SimEvent[];
}

export interface Difference {
  readonly story: Story;
  readonly lines: readonly string[];
}

export interface Tally {
  events: number;
  timers: number;
  accepted: number;
  /** How often each refusal was met, and each status, outcome and phase seen: what the events reached. */
  readonly seen: Map<string, number>;
}

/** The next event of a running story, null to end it. */
export type Next = (model: Model, index: number) => SimEvent | null;

/** Plays a story on both; stops at the first difference. */
export function play({ game, program }: Contestant, offer: Offer, next: Next, tally?: Tally): Difference | null {
  const dids = program.roles.map((_, r) => didFor(program, r));
  const begun = offered(program, { dids, ...offer });
  const ran = game.driver.init([dids, offer.asked, offer.at]);
  const events: SimEvent[] = [];
  const differ = (lines: readonly string[]): Difference => ({ story: { offer, events }, lines });
  if ("fault" in ran) return differ([`init: compiled fault ${ran.fault.code}`]);
  const { refusal } = ran.value;
  if (refusal !== null || begun instanceof Refused) {
    const same = refusal !== null && begun instanceof Refused && refusal.kind === begun.kind;
    return same
      ? null
      : differ([`init: compiled ${refusal?.kind}, model ${begun instanceof Refused ? begun.kind : null}`]);
  }
  let state = ran.value.state as Value;
  let model = begun;
  for (;;) {
    const event = next(model, events.length);
    if (event === null) return null;
    events.push(event);
    const compiled = game.driver.stepAll(state, eventRecord(event as EventParts));
    const said = stepAll(model, event);
    const lines: string[] = [];
    if (compiled.fault !== null)
      lines.push(
        `compiled fault ${compiled.fault.code} ${compiled.fault.error?.code ?? ""} ${compiled.fault.error?.about ?? ""}`,
      );
    if (compiled.more !== said.more) lines.push(`more: compiled ${compiled.more}, model ${said.more}`);
    for (let i = 0; i < Math.max(compiled.steps.length, said.steps.length) && lines.length === 0; i++) {
      const [one, other] = [compiled.steps[i], said.steps[i]];
      const where = `run ${i + 1}${other?.answer.kind === "timer" ? ` (timer ${other.answer.name})` : ""}`;
      if (one === undefined || other === undefined) {
        lines.push(`${where}: compiled ${one?.name ?? "none"}, model ${other?.answer.name ?? "none"}`);
        break;
      }
      lines.push(...differences(plainAnswer(one), plainAnswer(other.answer)).map((line) => `${where}: ${line}`));
      lines.push(...conserves(game, state, one, event).map((line) => `${where}: ${line}`));
      state = one.state;
      model = other.model;
      lines.push(
        ...differences(compiledView(game, state, model.clock), modelView(model)).map((line) => `${where}: ${line}`),
      );
      if (tally !== undefined) count(tally, other.answer, model);
    }
    if (lines.length > 0) return differ(lines);
  }
}

function count(tally: Tally, answer: ReturnType<typeof stepAll>["steps"][number]["answer"], model: Model): void {
  const saw = (what: string): void => {
    tally.seen.set(what, (tally.seen.get(what) ?? 0) + 1);
  };
  tally.events += answer.kind === "event" ? 1 : 0;
  tally.timers += answer.kind === "timer" ? 1 : 0;
  tally.accepted += answer.kind === "event" && answer.refusal === null ? 1 : 0;
  if (answer.refusal !== null) saw(`${answer.kind} ${answer.refusal.kind}`);
  saw(model.outcome ?? model.phase);
  for (const norm of model.norms)
    for (const instance of norm.born) {
      saw(instance.status);
      if (instance.late) saw("late");
    }
}

/** The invariant of step 6, read from the compiled state: value taken + balances before = paid out + balances after. */
function conserves(
  game: Game,
  before: Value,
  step: ReturnType<Game["driver"]["stepAll"]>["steps"][number],
  event: SimEvent,
): string[] {
  const sums = new Map<string, Value>();
  const add = (asset: string, amount: Value): void => {
    sums.set(asset, plus(sums.get(asset) ?? ZERO, amount));
  };
  const { accounts, assets } = game.program;
  const balances = (state: Value) => fieldsOf(fieldsOf({ value: state, type: stepType(game) }).get("balances"));
  for (const account of accounts) {
    const asset = assets[account.asset]!.name;
    add(asset, balances(before).get(account.name)?.value);
    add(asset, minus(ZERO, balances(step.state).get(account.name)?.value));
  }
  const names = new Set(accounts.map((account) => account.name));
  if (step.kind === "event" && step.refusal === null)
    for (const [asset, amount] of event.value ?? []) add(asset, amount);
  for (const move of step.moves) if (!names.has(move.to)) add(move.asset, minus(ZERO, move.amount));
  return [...sums]
    .filter(([, rest]) => plain(rest) !== "0")
    .map(([asset, rest]) => `${asset} not conserved: ${plain(rest)}`);
}

/** The offer and the events of a seed: at most `most`, a few after the end. */
export function beginning(
  made: Contestant,
  seed: number,
  most: number,
): { readonly offer: Offer; readonly next: Next } {
  const random = randomFrom(seed);
  const generator: Generator = generatorOf(made.program, random);
  const at = startOf(generator);
  const dids = made.program.roles.map((_, r) => didFor(made.program, r));
  let asked = askedTerms(generator, at);
  for (let tries = 0; tries < 10; tries++) {
    if (!(offered(made.program, { dids, asked, at }) instanceof Refused)) break;
    asked = askedTerms(generator, at);
  }
  let ended = 0;
  const next: Next = (model, index) => {
    if (model.phase === "ended") ended += 1;
    return index >= most || ended > AFTER_END_MOST ? null : nextEvent(generator, model);
  };
  return { offer: { asked, at }, next };
}
const AFTER_END_MOST = 6;

export function playRandom(made: Contestant, seed: number, most: number, tally?: Tally): Difference | null {
  const { offer, next } = beginning(made, seed, most);
  return play(made, offer, next, tally);
}

const replay = (made: Contestant, { offer, events }: Story): Difference | null =>
  play(made, offer, (_, index) => events[index] ?? null);

/** Events are left out while the two still differ. */
export function shrink(made: Contestant, found: Difference): Difference {
  let least = found;
  for (let size = Math.ceil(found.story.events.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = 0; start + 1 <= least.story.events.length; ) {
      const events = least.story.events.filter((_, i) => i < start || i >= start + size);
      const smaller = events.length < least.story.events.length ? replay(made, { ...least.story, events }) : null;
      if (smaller !== null) least = smaller;
      else start += size;
    }
  }
  return least;
}

/** As an author would write it in `tests:`. */
export function written({ program, name }: Contestant, { story, lines }: Difference, seed: number): string {
  const clock = { ticks: program.ticks, zone: null };
  const roleOf = (did: string): string => program.roles.find((_, r) => didFor(program, r) === did)?.name ?? "stranger";
  const steps = story.events.map((event) => {
    const at = showTime(event.at, clock);
    if (event.kind === "tick") return `- ${at}: tick`;
    const parts = [`${roleOf(event.by)}: ${event.kind === "act" || event.kind === "use" ? event.name : event.kind}`];
    if (event.kind === "withdraw" && event.name !== "") parts.push(`of: ${event.name}`);
    if (event.for !== null) parts.push(`for: ${event.for}`);
    if (event.inputs instanceof MapValue)
      for (const [i, key] of event.inputs.keys.entries()) parts.push(`${key}: ${writeJson(event.inputs.values[i])}`);
    for (const [asset, amount] of event.value ?? []) parts.push(`value: ${plain(amount)} ${asset}`);
    return `- ${at}: {${parts.join(", ")}}`;
  });
  const asked = story.offer.asked instanceof MapValue ? writeJson(story.offer.asked) : "{}";
  const given = `- given: {at: ${showTime(story.offer.at, clock)}, terms: ${asked}}`;
  return [`${name}, seed ${seed}`, given, ...steps, ...lines.map((line) => `  # ${line}`)].join("\n");
}
