// Timers are not stored apart: the least of all deadlines in the state is the next one. This file lists where deadlines
// stand, in the order of their names, and writes the search for the least (instant, edge, name, key).
//
// Edge `open` is due once the stamp reaches the instant, `closed` once it passes it. `2 × instant + edge` orders both.
import type { Deadline, NormDecl, Program, TExpr } from "../model.ts";
import { waits } from "./births.ts";
import type { Context } from "./context.ts";
import { expression, norm as keptOf } from "./expressions.ts";
import { within } from "./instances.ts";
import type { Var } from "./ir.ts";
import { isStanding } from "./judgement.ts";
import { INSTANCE, NORM, POWER, REGION } from "./layout.ts";

type Edge = Deadline["edge"];

/** Where one or more deadlines of a kind stand. The index in the list is the id of the timer. */
export type TimerSource =
  | NormTimer
  | {
      readonly kind: "after";
      readonly name: string;
      readonly region: number;
      readonly state: number;
      readonly slot: number;
    }
  | { readonly kind: "when"; readonly name: string; readonly region: number; readonly state: number }
  | { readonly kind: "expiry"; readonly name: string }
  | { readonly kind: "notice"; readonly name: string; readonly power: number };

interface NormTimer {
  readonly kind: "due" | "wake" | "until";
  readonly name: string;
  readonly norm: number;
}

/** Key of a condition that bears by itself (`again`): no instance has it, so a fault of its timer harms none. */
export const NO_INSTANCE = -1;

/** Name of the timer of the agreement's own end. */
export const EXPIRY_NAME = "runs";

export class Timers {
  readonly sources: readonly TimerSource[];
  constructor(program: Program) {
    this.sources = sourcesOf(program).sort((a, b) => compareUtf8(a.name, b.name));
  }
  #find(kind: TimerSource["kind"], norm: number): number | null {
    const id = this.sources.findIndex((source) => source.kind === kind && "norm" in source && source.norm === norm);
    return id < 0 ? null : id;
  }
  /** Id of the timer of the obligation's deadlines (due and cure), null when it has none. */
  due(norm: number): number | null {
    return this.#find("due", norm);
  }
  until(norm: number): number | null {
    return this.#find("until", norm);
  }
  wake(norm: number): number | null {
    return this.#find("wake", norm);
  }
}

const encoder = new TextEncoder();
function compareUtf8(a: string, b: string): number {
  const x = encoder.encode(a);
  const y = encoder.encode(b);
  for (let i = 0; i < Math.min(x.length, y.length); i++) if (x[i] !== y[i]) return (x[i] as number) - (y[i] as number);
  return x.length - y.length;
}

function sourcesOf(program: Program): TimerSource[] {
  const sources: TimerSource[] = [];
  program.norms.forEach((norm, n) => {
    const { name } = norm;
    if (norm.deadline !== null || norm.cure !== null) sources.push({ kind: "due", name, norm: n });
    if (wakesOf(program, n).length > 0) sources.push({ kind: "wake", name, norm: n });
    if (norm.survivesUntil !== null) sources.push({ kind: "until", name, norm: n });
  });
  program.regions.forEach((region, r) => {
    region.states.forEach((state, s) => {
      state.after.forEach((_, slot) => {
        sources.push({ kind: "after", name: state.name, region: r, state: s, slot });
      });
      if (state.when.some((row) => row.condition.wakes.length > 0))
        sources.push({ kind: "when", name: state.name, region: r, state: s });
    });
  });
  program.powers.forEach((power, p) => {
    if (power.notice !== null) sources.push({ kind: "notice", name: power.name, power: p });
  });
  if (program.expires !== null) sources.push({ kind: "expiry", name: EXPIRY_NAME });
  return sources;
}

/** Is the condition looked at between its instants: all the time, until it is mended, or when it may be kept late? */
const isWatched = (norm: NormDecl): boolean => isStanding(norm) || norm.cure !== null || norm.late;

const holdsWakes = (norm: NormDecl): readonly TExpr[] => (norm.duty.kind === "holds" ? norm.duty.condition.wakes : []);

/** Instants at which an obligation's condition may turn by time alone. */
function wakesOf(program: Program, index: number): readonly TExpr[] {
  const norm = program.norms[index] as Program["norms"][number];
  return [...(norm.when?.wakes ?? []), ...(isWatched(norm) ? holdsWakes(norm) : [])];
}

/** Writes code that offers every deadline in the state. `key`: of the instance, null: none. An absent deadline is unknown. */
export type Offer = (timer: {
  readonly id: number;
  readonly source: TimerSource;
  readonly edge: Edge;
  readonly at: Var;
  readonly key: Var | null;
}) => void;

export function scan(cx: Context, timers: Timers, offer: Offer): void {
  timers.sources.forEach((source, id) => {
    const give = (edge: Edge, at: Var, key: Var | null = null): void => offer({ id, source, edge, at, key });
    if ("norm" in source) scanNorm(cx, source, give);
    else whileActive(cx, () => scanOther(cx, source, give));
  });
}

type Give = (edge: Edge, at: Var, key?: Var | null) => void;

function scanNorm(cx: Context, source: NormTimer, give: Give): void {
  const { b } = cx;
  const norm = cx.program.norms[source.norm] as Program["norms"][number];
  const kept = keptOf(cx, source.norm);
  if (source.kind === "until") {
    if (norm.survivesUntil !== null) give(norm.survivesUntil.edge, b.get(kept, NORM.until));
    return;
  }
  if (source.kind === "wake") {
    const offerWakes = (wakes: readonly TExpr[], key: Var): void => {
      for (const wake of wakes) offerWake(cx, wake, (at) => give("open", at, key));
    };
    const { when } = norm;
    if (when !== null && waits(norm)) {
      b.loop(b.get(kept, NORM.waiting), norm.openAtMost, (instance) => {
        within(cx, norm, instance, () => offerWakes(when.wakes, b.get(instance, INSTANCE.key)));
      });
    }
    if (when !== null && norm.again) whileActive(cx, () => offerWakes(when.wakes, b.const(NO_INSTANCE)));
    const wakes = holdsWakes(norm);
    if (wakes.length === 0 || !isWatched(norm)) return;
    const offerFor = (instance: Var): void =>
      within(cx, norm, instance, () => offerWakes(wakes, b.get(instance, INSTANCE.key)));
    if (isStanding(norm) || norm.cure !== null) {
      b.loop(b.get(kept, NORM.open), norm.openAtMost, (instance) => {
        // With a deadline the condition is read there, and after it until it is mended.
        if (isStanding(norm)) offerFor(instance);
        else b.ifEq(b.get(instance, INSTANCE.status), "overdue", () => offerFor(instance));
      });
    }
    if (norm.late) b.loop(b.get(kept, NORM.late), norm.openAtMost, offerFor);
    return;
  }
  b.loop(b.get(kept, NORM.open), norm.openAtMost, (instance) => {
    const key = b.get(instance, INSTANCE.key);
    const { cure } = norm;
    const due = (): void => {
      if (norm.deadline !== null) give(norm.deadline.edge, b.get(instance, INSTANCE.due), key);
    };
    if (cure === null) due();
    else
      b.ifEq(
        b.get(instance, INSTANCE.status),
        "overdue",
        () => give(cure.edge, b.get(instance, INSTANCE.cure), key),
        due,
      );
  });
}

/** An instant at which a condition may turn counts only while it lies after the clock: there it was looked at already. */
function offerWake(cx: Context, wake: TExpr, give: (at: Var) => void): void {
  const { b } = cx;
  const at = b.move(b.var(), expression(cx, wake));
  b.if(b.op("lt", [cx.frame.state("clock"), at]), () => give(at));
}

function whileActive(cx: Context, body: () => void): void {
  cx.b.ifEq(cx.frame.state("phase"), "active", body);
}

function scanOther(cx: Context, source: Exclude<TimerSource, NormTimer>, give: Give): void {
  const { b, program, frame } = cx;
  switch (source.kind) {
    case "after": {
      const region = b.get(frame.state("regions"), source.region);
      const state = program.regions[source.region]?.states[
        source.state
      ] as Program["regions"][number]["states"][number];
      b.ifEq(b.get(region, REGION.state), state.name, () => {
        const after = state.after[source.slot] as (typeof state.after)[number];
        give(after.at.edge, b.get(b.get(region, REGION.deadlines), source.slot));
      });
      return;
    }
    case "when": {
      const region = b.get(frame.state("regions"), source.region);
      const state = program.regions[source.region]?.states[
        source.state
      ] as Program["regions"][number]["states"][number];
      b.ifEq(b.get(region, REGION.state), state.name, () => {
        for (const row of state.when)
          for (const wake of row.condition.wakes) offerWake(cx, wake, (at) => give("open", at));
      });
      return;
    }
    case "expiry":
      return give((program.expires as Deadline).edge, frame.state("expires"));
    case "notice": {
      const notice = program.powers[source.power]?.notice as Deadline;
      return give(notice.edge, b.get(b.get(frame.state("powers"), source.power), POWER.notice));
    }
  }
}

const hasSeveral = (program: Program, source: TimerSource): boolean =>
  "norm" in source && (program.norms[source.norm]?.openAtMost ?? 1) > 1;

/** The least timer found so far. */
export interface Least {
  readonly id: Var; // -1: none
  readonly rank: Var; // 2 × instant, + 1 when closed
  readonly at: Var;
  readonly key: Var;
  readonly name: Var;
}

export function noTimer(cx: Context): Least {
  const { b } = cx;
  return { id: b.const(-1), rank: b.const(0), at: b.const(0), key: b.const(0), name: b.const("") };
}

/** Takes an offered timer when it comes before the least so far. Of equal instants and edges the name decides, which is the
 *  order of sources; of one name the key. */
export function takeLesser(cx: Context, least: Least, timer: Parameters<Offer>[0]): void {
  const { b } = cx;
  const rank = b.op("add", [timer.at, timer.at]);
  if (timer.edge === "closed") b.op("add", [rank, b.const(1)], rank);
  b.block("later", (later) => {
    b.block("lesser", (lesser) => {
      b.jumpEq(least.id, -1, lesser);
      if (timer.key === null || !hasSeveral(cx.program, timer.source)) {
        b.jumpUnless(b.op("lt", [rank, least.rank]), later);
        return;
      }
      b.jumpIf(b.op("lt", [rank, least.rank]), lesser);
      b.jumpUnless(b.op("eq", [rank, least.rank, 1]), later);
      b.jumpNe(least.name, timer.source.name, later);
      b.jumpUnless(b.op("lt", [timer.key, least.key]), later);
    });
    b.const(timer.id, least.id);
    b.move(least.rank, rank);
    b.move(least.at, timer.at);
    if (timer.key === null) b.const(0, least.key);
    else b.move(least.key, timer.key);
    b.const(timer.source.name, least.name);
  });
}
