// Plays events through a module on the machine and keeps what happened: the base of tests, of `writ run` and of `writ
// explain`. Meaning comes from the module alone; this file only hands over events in order.
import { BUILTINS } from "../../stdlib/index.ts";
import {
  type AgreementDriver,
  createAgreement,
  type EventParts,
  eventRecord,
  type Refusal,
  type Step,
} from "../../vm/drive.ts";
import type { Fault } from "../../vm/fault.ts";
import { createMachine } from "../../vm/machine.ts";
import { mapOf } from "../../vm/map.ts";
import type { Module } from "../../vm/module.ts";
import type { Tier } from "../../vm/tier.ts";
import type { Value } from "../../vm/value.ts";
import type { Program } from "../model.ts";
import { didOf } from "./event.ts";

/** One run of `step`: a timer that fired, or the event itself. */
export interface Happened {
  readonly event: EventParts;
  /** The state before it. */
  readonly before: Value;
  readonly step: Step;
}

/** All runs that one event caused. */
export interface Played {
  readonly event: EventParts;
  readonly runs: readonly Happened[];
  /** The event was not reached: send it again. */
  readonly more: boolean;
  readonly fault: Fault | null;
  readonly refusal: Refusal | null;
}

export interface Game {
  readonly program: Program;
  readonly module: Module;
  readonly driver: AgreementDriver;
}

/** A machine for the module; the reason when the module is refused. */
export function openGame(
  program: Program,
  module: Module,
  tier: Tier = "auto",
): { readonly game: Game } | { readonly reason: string } {
  const made = createMachine(module, BUILTINS, { tier });
  if ("error" in made) return { reason: `${made.error.code}: ${made.error.message}` };
  const { machine } = made;
  const fuel = Math.max(...["init", "step", "due", "query"].map((entry) => machine.worstFuel(entry) ?? 0));
  return { game: { program, module, driver: createAgreement(machine, program.catchUp, fuel) } };
}

export type Offered = { readonly state: Value } | { readonly refusal: Refusal } | { readonly fault: Fault };

/** The state of a new agreement between the parties' keys. `terms`: JSON of the asked terms, by name. */
export function offer(game: Game, terms: readonly (readonly [string, Value])[], at: number): Offered {
  const ran = game.driver.init([game.program.roles.map(didOf), mapOf(terms) ?? null, at]);
  if ("fault" in ran) return { fault: ran.fault };
  const { state, refusal } = ran.value;
  if (refusal !== null) return { refusal };
  return { state };
}

/** Sends one event; timers that are due fire before it. */
export function send(game: Game, state: Value, event: EventParts): Played & { readonly state: Value } {
  const { steps, more, fault } = game.driver.stepAll(state, eventRecord(event));
  const runs: Happened[] = [];
  let before = state;
  for (const step of steps) {
    runs.push({ event, before, step });
    before = step.state;
  }
  const last = steps.at(-1);
  return { event, runs, more, fault, refusal: last?.consumed === true ? last.refusal : null, state: before };
}

/** Every role that has to sign signs, in the order they are declared. How much money must come with a signature is what
 *  the agreement itself answers when it comes with too little. */
export function signAll(
  game: Game,
  start: Value,
  at: number,
): { readonly played: readonly Played[]; readonly state: Value } {
  const played: Played[] = [];
  let state = start;
  for (const role of game.program.roles) {
    let value: (readonly [string, Value])[] = [];
    for (let tries = 0; tries <= game.program.assets.length; tries++) {
      const event: EventParts = {
        kind: "sign",
        name: role.name,
        by: didOf(role),
        at,
        value: value.length === 0 ? null : value,
        inputs: null,
        for: null,
      };
      const sent = send(game, state, event);
      const needed = sent.refusal?.kind === "wrong-amount" ? neededBy(sent.refusal) : null;
      if (needed !== null && !value.some(([asset]) => asset === needed[0])) {
        value = [...value, needed];
        continue;
      }
      // A role that need not sign is no event of this agreement.
      if (sent.refusal?.kind === "unknown-event") break;
      played.push(sent);
      state = sent.state;
      break;
    }
  }
  return { played, state };
}

/** What a refused signature should have brought: asset and amount. */
export function neededBy(refusal: Refusal): readonly [string, Value] | null {
  for (const pair of refusal.values) {
    const [name, value] = pair as readonly [string, Value];
    if (name === "needed") return [refusal.name, value];
  }
  return null;
}
