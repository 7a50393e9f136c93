// The host's side of an agreement: names for the four entries, and the loop that lets due timers fire before an event. No
// meaning of its own: whether a timer is due, which one, and what it does, is decided by the module in each run.
import type { Fault } from "./fault.ts";
import type { Machine } from "./machine.ts";
import type { Value } from "./value.ts";

/** Field numbers of an event record, the argument of `step`. */
export const EVENT = { kind: 0, name: 1, by: 2, at: 3, value: 4, inputs: 5, for: 6 } as const;
export type EventKind = "sign" | "act" | "pay" | "use" | "withdraw" | "tick";

export interface EventParts {
  readonly kind: EventKind;
  /** Name of the action or power; empty otherwise. */
  readonly name: string;
  /** Author, a did. Empty for a tick. */
  readonly by: string;
  /** Stamp: ms since 1970, or ticks. */
  readonly at: number;
  /** Certified value that comes with the event: asset and amount. */
  readonly value: readonly (readonly [asset: string, amount: Value])[] | null;
  /** JSON with tokens kept. */
  readonly inputs: Value;
  /** Claim that a payment is for, or null. */
  readonly for: string | null;
}

export const eventRecord = (event: EventParts): Value => [
  event.kind,
  event.name,
  event.by,
  event.at,
  event.value,
  event.inputs,
  event.for,
];
export const tickAt = (at: number): Value =>
  eventRecord({ kind: "tick", name: "", by: "", at, value: null, inputs: null, for: null });

/** Field numbers of the answer of `step`. */
export const ANSWER = {
  state: 0,
  kind: 1,
  name: 2,
  consumed: 3,
  refusal: 4,
  moves: 5,
  tells: 6,
  given: 7,
  at: 8,
} as const;

export interface Refusal {
  /** One of the kinds of the refusal order, such as `not-the-party` or `too-late`. */
  readonly kind: string;
  readonly name: string;
  readonly path: string;
  /** What the rule read, as `[name, value]` pairs. */
  readonly values: readonly Value[];
}
export interface MoveMade {
  readonly verb: string;
  readonly asset: string;
  readonly amount: Value;
  readonly from: string;
  readonly to: string;
}

/** One step: one run, one receipt. */
export interface Step {
  /** The state after it. */
  readonly state: Value;
  readonly kind: "timer" | "event";
  readonly name: string;
  readonly consumed: boolean;
  readonly refusal: Refusal | null;
  readonly moves: readonly MoveMade[];
  readonly tells: readonly (readonly [to: string, what: Value])[];
  readonly given: readonly (readonly [name: string, value: Value])[];
  readonly at: number;
  readonly fuel: number;
}

export type Ran<T> = { readonly value: T; readonly fuel: number } | { readonly fault: Fault; readonly fuel: number };

export interface AgreementDriver {
  /** `[state | null, refusal | null]` of an offer record `[dids, asked terms, at]`. */
  init(offer: Value): Ran<{ readonly state: Value | null; readonly refusal: Refusal | null }>;
  /** One step: fires the least due timer (`consumed: false`) or handles the event. */
  step(state: Value, event: Value): Ran<Step>;
  /** Steps until the event is consumed, at most `catchUp` runs; `more`: send the event again. A fault ends the list. */
  stepAll(
    state: Value,
    event: Value,
  ): { readonly steps: readonly Step[]; readonly more: boolean; readonly fault: Fault | null };
  /** `null` or `[at, edge, name, key]` of the least timer. */
  due(state: Value): Ran<Value>;
  /** The view record, see the module's manifest. */
  query(state: Value, now: number): Ran<Value>;
}

const refusalOf = (value: Value): Refusal | null => {
  if (value === null || value === undefined) return null;
  const [kind, name, path, values] = value as [string, string, string, Value[]];
  return { kind, name, path, values: values ?? [] };
};

/** Reads an answer record. */
export function readAnswer(value: Value, fuel: number): Step {
  const answer = value as readonly Value[];
  return {
    state: answer[ANSWER.state],
    kind: answer[ANSWER.kind] as Step["kind"],
    name: answer[ANSWER.name] as string,
    consumed: answer[ANSWER.consumed] as boolean,
    refusal: refusalOf(answer[ANSWER.refusal]),
    moves: (answer[ANSWER.moves] as Value[][]).map(([verb, asset, amount, from, to]) => ({
      verb: verb as string,
      asset: asset as string,
      amount,
      from: from as string,
      to: to as string,
    })),
    tells: answer[ANSWER.tells] as unknown as Step["tells"],
    given: answer[ANSWER.given] as unknown as Step["given"],
    at: answer[ANSWER.at] as number,
    fuel,
  };
}

/** `fuel`: allowance of one run; by default the module's own declared worst case lets every run finish. */
export function createAgreement(machine: Machine, catchUp: number, fuel: number): AgreementDriver {
  const run = <T>(entry: string, args: readonly Value[], read: (value: Value, fuel: number) => T): Ran<T> => {
    const result = machine.run(entry, args, { fuel });
    return "fault" in result ? result : { value: read(result.value, result.fuel), fuel: result.fuel };
  };
  const step = (state: Value, event: Value): Ran<Step> => run("step", [state, event], readAnswer);
  return {
    init: (offer) =>
      run("init", [offer], (value) => {
        const [state, refusal] = value as readonly Value[];
        return { state: state ?? null, refusal: refusalOf(refusal) };
      }),
    step,
    stepAll: (state, event) => {
      const steps: Step[] = [];
      let current = state;
      while (steps.length < catchUp) {
        const ran = step(current, event);
        if ("fault" in ran) return { steps, more: false, fault: ran.fault };
        steps.push(ran.value);
        if (ran.value.consumed) return { steps, more: false, fault: null };
        current = ran.value.state;
      }
      return { steps, more: true, fault: null };
    },
    due: (state) => run("due", [state], (value) => value),
    query: (state, now) => run("query", [state, now], (value) => value),
  };
}
