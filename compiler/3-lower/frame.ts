// The variables every part of a step shares, in consecutive registers, so that a function gets all of them with one call:
// first the parts of the state (layout.ts), then what belongs to the run.
import type { Builder } from "./builder.ts";
import type { Var } from "./ir.ts";
import { STATE, STATE_SIZE } from "./layout.ts";

/** Slots behind the state. */
export const RUN = {
  now: STATE_SIZE, // stamp of the event, or the timer's own instant
  caller: STATE_SIZE + 1, // role name, or a did when the author has no role; unknown in a timer
  inputs: STATE_SIZE + 2, // record of the action being run; unknown otherwise
  timer: STATE_SIZE + 3, // bool: no author, nothing can be refused
  moves: STATE_SIZE + 4, // list of [verb, asset, amount, from, to]
  refusal: STATE_SIZE + 5, // [kind, name, path, values]; unknown: none
} as const;
export const FRAME_SIZE = STATE_SIZE + 6;

export type StatePart = keyof typeof STATE;
export type RunPart = keyof typeof RUN;

export class Frame {
  readonly vars: readonly Var[];
  constructor(vars: readonly Var[]) {
    this.vars = vars;
  }
  state(part: StatePart): Var {
    return this.vars[STATE[part]] as Var;
  }
  run(part: RunPart): Var {
    return this.vars[RUN[part]] as Var;
  }
  /** The state alone: consecutive, so one `record` makes the state again. */
  get stateVars(): readonly Var[] {
    return this.vars.slice(0, STATE_SIZE);
  }
}

/** Spreads a state record over a new frame; what belongs to the run starts empty. */
export function openFrame(b: Builder, state: Var): Frame {
  const frame = new Frame(b.group(FRAME_SIZE));
  for (const slot of Object.values(STATE)) b.get(state, slot, frame.vars[slot]);
  emptyRun(b, frame);
  return frame;
}

export function emptyRun(b: Builder, frame: Frame): void {
  b.const(undefined, frame.run("caller"));
  b.const(undefined, frame.run("inputs"));
  b.const(false, frame.run("timer"));
  b.empty(frame.run("moves"));
  b.const(undefined, frame.run("refusal"));
}
