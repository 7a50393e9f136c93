// What one step carries along: who acts, what came with the event, what has been moved, whether the agreement ends.
import type { Value } from "../../vm/value.ts";
import { type Env, plainEnv } from "./evaluate.ts";
import type { Cause, Model, Move, Outcome } from "./state.ts";

export interface Run {
  readonly model: Model;
  readonly now: number;
  /** A timer cannot be refused. */
  readonly timer: boolean;
  /** Name of the role that acts, or the did of a stranger; null in a timer. */
  readonly caller: string | null;
  readonly inputs: readonly Value[];
  /** The action whose event this is. */
  readonly action: number | null;
  /** The claim or duty the event is for. */
  readonly for: string | null;
  /** Only asks what would be taken. */
  readonly probe: boolean;
  readonly moves: Move[];
  readonly given: (readonly [string, Value])[];
  readonly tells: (readonly [string, Value])[];
  /** Taken from what came with the event, by asset. */
  readonly taken: Map<string, Value>;
  /** Births by `else` that their norm has not yet handled. */
  readonly births: { readonly norm: number; readonly cause: Cause }[];
  /** `region state` entered in this step. */
  readonly entered: Set<string>;
  /** Regions to move when the step settles, to the state of that number. */
  readonly targets: Map<number, number>;
  /** What came with the event. */
  readonly came: ReadonlyMap<string, Value>;
  end: { readonly outcome: Outcome; readonly cause: string } | null;
}

export const newRun = (
  model: Model,
  now: number,
  more: Partial<Pick<Run, "timer" | "caller" | "inputs" | "action" | "for" | "probe" | "came">> = {},
): Run => ({
  model,
  now,
  timer: false,
  caller: null,
  inputs: [],
  action: null,
  for: null,
  probe: false,
  moves: [],
  given: [],
  tells: [],
  taken: new Map(),
  births: [],
  entered: new Set(),
  targets: new Map(),
  came: new Map(),
  end: null,
  ...more,
});

export const envOf = (run: Run): Env => plainEnv(run.now, run.caller, run.inputs);

export function endWith(run: Run, outcome: Outcome, cause: string): void {
  run.end ??= { outcome, cause };
}
