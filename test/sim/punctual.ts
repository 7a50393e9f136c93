// Rule 2: late delivery of ticks never changes a result. A story is played as it is, and with a tick at every deadline
// before the next event; after each event both must look the same.
import type { AgreementDriver } from "../../vm/drive.ts";
import { type EventParts, eventRecord, tickAt } from "../../vm/drive.ts";
import type { Value } from "../../vm/value.ts";
import { compiledView, differences, type Plain } from "./compare.ts";
import { beginning, type Contestant, type Difference, type Story } from "./duel.ts";
import { didFor } from "./generate.ts";
import { offered, stepAll } from "./model.ts";
import { Refused, type SimEvent } from "./state.ts";

/** The events of a seed; none when the offer itself is refused. */
export function storyOf(made: Contestant, seed: number, most: number): Story {
  const { offer, next } = beginning(made, seed, most);
  const dids = made.program.roles.map((_, r) => didFor(made.program, r));
  const begun = offered(made.program, { dids, ...offer });
  const events: SimEvent[] = [];
  if (begun instanceof Refused) return { offer, events };
  let model = begun;
  for (let event = next(model, 0); event !== null; event = next(model, events.length)) {
    events.push(event);
    for (let more = true; more; ) {
      const done = stepAll(model, event);
      ({ more } = done);
      model = done.steps.at(-1)?.model ?? model;
    }
  }
  return { offer, events };
}

export function punctual({ game, program }: Contestant, { offer, events }: Story): Difference | null {
  const ran = game.driver.init([program.roles.map((_, r) => didFor(program, r)), offer.asked, offer.at]);
  if ("fault" in ran || ran.value.state === null) return null;
  let late: Value = ran.value.state;
  let prompt: Value = ran.value.state;
  for (const [i, event] of events.entries()) {
    late = sent(game.driver, late, eventRecord(event as EventParts));
    prompt = sent(game.driver, ticked(game.driver, prompt, event.at), eventRecord(event as EventParts));
    const [one, other] = [late, prompt].map((state) => withoutNumbers(compiledView(game, state, event.at)));
    const lines = differences(one!, other!).map((line) => line.replace("compiled", "late").replace("model", "prompt"));
    if (lines.length > 0) return { story: { offer, events: events.slice(0, i + 1) }, lines };
  }
  return null;
}

/** Sends an event, again and again while timers are to be caught up with. */
function sent(driver: AgreementDriver, before: Value, event: Value): Value {
  let state = before;
  for (let more = true; more; ) {
    const done = driver.stepAll(state, event);
    if (done.fault !== null) throw new Error(`fault ${done.fault.code}`);
    ({ more } = done);
    state = done.steps.at(-1)?.state ?? state;
  }
  return state;
}

/** A tick at each deadline that is due at the stamp. */
function ticked(driver: AgreementDriver, before: Value, stamp: number): Value {
  let state = before;
  for (;;) {
    const ran = driver.due(state);
    if ("fault" in ran || ran.value === null) return state;
    const [at, edge] = ran.value as readonly [number, string];
    const first = edge === "open" ? at : at + 1;
    if (first > stamp) return state;
    state = sent(driver, state, tickAt(first));
  }
}

/** Sequence numbers count ticks, too, and are the keys of what actions bear. */
function withoutNumbers(view: Plain): Plain {
  if (Array.isArray(view)) return (view as readonly Plain[]).map(withoutNumbers);
  if (typeof view !== "object" || view === null) return view;
  const kept = Object.entries(view).filter(([name]) => name !== "seq" && name !== "key");
  return Object.fromEntries(kept.map(([name, value]) => [name, withoutNumbers(value as Plain)]));
}
