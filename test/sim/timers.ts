// Everything in the state that time alone sets off, and what happens then.
import type { Condition } from "../../compiler/model.ts";
import { runEffects } from "./effects.ts";
import { evaluate, plainEnv } from "./evaluate.ts";
import { due, envOfInstance, violate } from "./norms.ts";
import { endWith, envOf, newRun, type Run } from "./run.ts";
import { type Edge, type Instance, isLate, isOpen, type Model } from "./state.ts";

export interface Timer {
  readonly at: number;
  readonly edge: Edge;
  readonly name: string;
  readonly key: number;
  /** What happens at it, before settling. */
  readonly fire: (run: Run) => void;
  /** What is left when that ends in a fault: it never fires again. */
  readonly fail: (model: Model) => void;
}

const nothing = (): void => undefined;

/** Least first: instant, edge (open first), name, key. */
export function timersOf(model: Model): Timer[] {
  const timers: Timer[] = [];
  const add = (
    at: number | null,
    edge: Edge,
    name: string,
    key: number,
    fire: Timer["fire"],
    fail: Timer["fail"],
  ): void => {
    if (at !== null) timers.push({ at, edge, name, key, fire, fail });
  };
  if (model.phase === "offered") return [];
  norms(model, add);
  if (model.phase === "active") {
    states(model, add);
    powers(model, add);
    const fail = (failed: Model): void => {
      failed.expires = null;
    };
    add(
      model.expires,
      model.program.expires?.edge ?? "open",
      "runs",
      0,
      (run) => endWith(run, "expired", "runs"),
      fail,
    );
  }
  const edge = (timer: Timer): number => (timer.edge === "open" ? 0 : 1);
  const name = (a: Timer, b: Timer): number => (a.name === b.name ? a.key - b.key : a.name < b.name ? -1 : 1);
  return timers.sort((a, b) => a.at - b.at || edge(a) - edge(b) || name(a, b));
}

type Add = (at: number | null, edge: Edge, name: string, key: number, fire: Timer["fire"], fail: Timer["fail"]) => void;

function norms(model: Model, add: Add): void {
  for (const [n, decl] of model.program.norms.entries()) {
    const { born, waiting, until } = model.norms[n]!;
    if (model.phase === "ended" && !decl.survives) continue;
    // Instances are found again by key: a failed step works on a copy.
    const byKey = (key: number) => (from: Model | Run) => {
      const state = ("model" in from ? from.model : from).norms[n]!;
      return [...state.born, ...state.waiting].find((each) => each.key === key)!;
    };
    for (const instance of born) {
      const find = byKey(instance.key);
      const fail = failing(n, instance.key);
      if (instance.status === "active" && decl.deadline !== null)
        add(instance.due, decl.deadline.edge, decl.name, instance.key, (run) => due(run, decl, find(run)), fail);
      if (instance.status === "overdue" && decl.cure !== null)
        add(instance.cure, decl.cure.edge, decl.name, instance.key, (run) => violate(run, decl, find(run)), fail);
      // With a deadline the condition is read there, and after it until it is mended.
      const watched =
        instance.status === "overdue" ||
        (instance.status === "active" && decl.deadline === null) ||
        isLate(model, instance);
      if (watched && decl.duty.kind === "holds")
        for (const at of wakes(model, decl.duty.condition, instance))
          add(at, "open", decl.name, instance.key, nothing, fail);
    }
    if (decl.when !== null) {
      for (const instance of waiting)
        for (const at of wakes(model, decl.when, instance))
          add(at, "open", decl.name, instance.key, nothing, failing(n, instance.key));
      if (decl.again && model.phase === "active")
        for (const at of wakes(model, decl.when, null)) add(at, "open", decl.name, -1, nothing, seen(n));
    }
    if (model.phase === "ended" && until !== null)
      add(
        until,
        decl.survivesUntil!.edge,
        decl.name,
        0,
        (run) => windUp(run, n),
        (failed) => {
          failed.norms[n]!.until = null;
        },
      );
  }
}

/** The instance has failed; one that waited does not come to be any more. */
const failing =
  (norm: number, key: number): Timer["fail"] =>
  (failed) => {
    const state = failed.norms[norm]!;
    const waiting = state.waiting.find((each) => each.key === key);
    const instance = state.born.find((each) => each.key === key) ?? waiting!;
    if (isOpen(instance) || instance === waiting) instance.status = "failed";
    if (waiting === undefined) return;
    state.waiting.splice(state.waiting.indexOf(waiting), 1);
    waiting.unborn = true;
    state.born.push(waiting);
  };

/** The edge counts as seen: the condition must fall before it can rise again. */
const seen =
  (norm: number): Timer["fail"] =>
  (failed) => {
    failed.norms[norm]!.raised = true;
  };

/** The time that an obligation survives is over. */
function windUp(run: Run, norm: number): void {
  const state = run.model.norms[norm]!;
  for (const instance of state.born) {
    if (isOpen(instance)) instance.status = "terminated";
    instance.givenUp = true;
  }
  state.waiting = [];
  state.until = null;
}

/** Instants after the clock at which a condition may turn. */
function wakes(model: Model, condition: Condition, instance: Instance | null): number[] {
  const env = instance === null ? plainEnv(model.clock) : envOfInstance(newRun(model, model.clock), instance);
  return condition.wakes
    .map((wake) => evaluate(model, wake, env))
    .filter((at): at is number => typeof at === "number" && at > model.clock);
}

function states(model: Model, add: Add): void {
  for (const [r, region] of model.program.regions.entries()) {
    const place = model.regions[r]!;
    if (place.state === null) continue;
    const state = region.states[place.state]!;
    for (const [i, after] of state.after.entries()) {
      const fail = (failed: Model): void => {
        failed.regions[r]!.after[i] = null;
      };
      const fire = (run: Run): void => {
        run.model.regions[r]!.after[i] = null;
        run.targets.set(r, after.to);
      };
      add(place.after[i] ?? null, after.at.edge, state.name, 0, fire, fail);
    }
    for (const when of state.when)
      for (const at of wakes(model, when.condition, null)) add(at, "open", state.name, 0, nothing, nothing);
  }
}

function powers(model: Model, add: Add): void {
  for (const [p, decl] of model.program.powers.entries()) {
    const fail = (failed: Model): void => {
      failed.powers[p]!.notice = null;
    };
    add(model.powers[p]!.notice, decl.notice?.edge ?? "open", decl.name, 0, (run) => exercise(run, p), fail);
  }
}

/** What a power does, at its use or at the end of its notice. */
export function exercise(run: Run, index: number): void {
  const { model } = run;
  const decl = model.program.powers[index]!;
  model.powers[index]!.notice = null;
  model.powers[index]!.used += 1;
  // What an `else` enabled is usable until it is used.
  model.powers[index]!.armed = false;
  runEffects(run, decl.effects, envOf(run), decl.name);
  if (decl.may.kind === "end") endWith(run, "terminated", decl.name);
  else {
    const norm = decl.may.norm;
    const of = model.program.norms[norm]!;
    for (const instance of model.norms[norm]!.born.filter((each) => each.status === "active")) due(run, of, instance);
  }
}
