// The semantics of an agreement written a second time: a plain reading of the specification over the checked Program,
// without a thought of speed. It shares no code with lowering. `differential.test.ts` runs both on random events.
import { act, use } from "./admission.ts";
import { checkEnd, checkLimits, rescind } from "./ending.ts";
import { settle } from "./norms.ts";
import { pay } from "./payments.ts";
import { newRun, type Run } from "./run.ts";
import { sign, withdraw } from "./signing.ts";
import { type Answer, copyOf, type Model, Refused, type SimEvent } from "./state.ts";
import { type Timer, timersOf } from "./timers.ts";

export { offered } from "./signing.ts";

export interface Stepped {
  readonly model: Model;
  readonly answer: Answer;
}

/** One step: fires the least timer that is due at the stamp, else handles the event. The model given stays as it is. */
export function step(before: Model, event: SimEvent): Stepped {
  if (event.at < before.clock) return refused(before, event, new Refused("stale", event.kind));
  const timer = timersOf(before).find((each) => isDue(each, event.at));
  return timer === undefined ? handle(before, event) : fire(before, timer);
}

/** Steps until the event is consumed, at most `catch_up` of them. */
export function stepAll(
  before: Model,
  event: SimEvent,
): { readonly steps: readonly Stepped[]; readonly more: boolean } {
  const steps: Stepped[] = [];
  let model = before;
  while (steps.length < before.program.catchUp) {
    const made = step(model, event);
    steps.push(made);
    model = made.model;
    if (made.answer.consumed) return { steps, more: false };
  }
  return { steps, more: true };
}

/** Rule 1: an open edge fires once clock >= d, a closed one once clock > d. */
const isDue = ({ at, edge }: Timer, stamp: number): boolean => (edge === "open" ? at <= stamp : at < stamp);

/** The least timer; one whose instant is past has the clock's. */
export function nextTimer(model: Model): Pick<Timer, "at" | "edge" | "name" | "key"> | null {
  const [timer] = timersOf(model);
  return timer === undefined ? null : { ...timer, at: Math.max(timer.at, model.clock) };
}

function fire(before: Model, timer: Timer): Stepped {
  const now = Math.max(timer.at, before.clock);
  const model = copyOf(before);
  model.seq += 1;
  model.clock = now;
  const run = newRun(model, now, { timer: true });
  const answer = { kind: "timer", name: timer.name, consumed: false, at: now } as const;
  try {
    timer.fire(run);
    finish(run);
    const { moves, given, tells } = run;
    return { model, answer: { ...answer, refusal: null, moves, given, tells } };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const failed = copyOf(before);
    failed.seq += 1;
    failed.clock = now;
    timer.fail(failed);
    const refusal = { kind: error.kind, name: error.what };
    return { model: failed, answer: { ...answer, refusal, moves: [], given: [], tells: [] } };
  }
}

function handle(before: Model, event: SimEvent): Stepped {
  const model = copyOf(before);
  model.seq += 1;
  try {
    const run = admit(model, event);
    finish(run);
    const { moves, given, tells } = run;
    return {
      model,
      answer: { kind: "event", name: nameOf(event), consumed: true, refusal: null, moves, given, tells, at: event.at },
    };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return refused(before, event, error);
  }
}

const nameOf = (event: SimEvent): string => (event.name === "" ? event.kind : event.name);

function refused(before: Model, event: SimEvent, { kind, what }: Refused): Stepped {
  const model = copyOf(before);
  model.seq += 1;
  const refusal = { kind, name: what };
  return {
    model,
    answer: {
      kind: "event",
      name: nameOf(event),
      consumed: true,
      refusal,
      moves: [],
      given: [],
      tells: [],
      at: event.at,
    },
  };
}

function admit(model: Model, event: SimEvent): Run {
  switch (event.kind) {
    case "act":
      return act(model, event);
    case "use":
      return use(model, event);
    case "pay":
      return pay(model, event);
    case "sign":
      return sign(model, event);
    case "withdraw":
      return withdraw(model, event);
    case "tick":
      throw new Refused("nothing-due", "tick");
  }
}

/** Steps 7 to 9. */
function finish(run: Run): void {
  if (run.model.phase === "offered") return rescind(run);
  const wasActive = run.model.phase === "active";
  settle(run);
  if (!wasActive) return;
  checkLimits(run);
  checkEnd(run);
}
