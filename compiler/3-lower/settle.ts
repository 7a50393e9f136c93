// Settling: regions move, then obligations are swept in the order of their ranks, and again while that changes something
// a state waits for. What the event or the timer was belongs to the first round only.
import type { Program } from "../model.ts";
import type { Context, Signals, StepVars } from "./context.ts";
import { sweep } from "./norms.ts";
import { entriesMax, nothingEntered, transitions } from "./states.ts";
import type { Timers } from "./timers.ts";

/** Rounds that can change something: without states one is enough, since ranks order the obligations, unless an `else`
 *  leads back to an obligation of the same or a lower rank. */
export function roundsMax(program: Program): number {
  const entries = entriesMax(program);
  return entries > 0 ? entries + 1 : leadsBack(program) ? 2 : 1;
}

function leadsBack(program: Program): boolean {
  return program.norms.some((norm) =>
    norm.else.some((next) => next.kind === "norm" && (program.norms[next.norm]?.rank ?? 0) <= norm.rank),
  );
}

export function settle(cx: Context, timers: Timers): void {
  const { b, program } = cx;
  const rounds = roundsMax(program);
  const round = (entered: Parameters<typeof transitions>[2]): void => {
    transitions(cx, timers, entered);
    program.norms.forEach((_, index) => {
      sweep(cx, timers, index);
    });
  };
  if (rounds === 1) return round([]);
  const { changed } = cx.signals as Signals;
  const entered = nothingEntered(cx);
  b.loop(b.const(Array.from({ length: rounds }, (_, i) => i)), rounds, (_item, _index, exit) => {
    b.const(false, changed);
    round(entered);
    forgetEvent(cx);
    b.jumpUnless(changed, exit);
  });
}

function forgetEvent(cx: Context): void {
  const { b } = cx;
  const step = cx.step as StepVars;
  for (const signal of [step.act, step.timer, step.miss]) b.const(-1, signal);
  for (const signal of [step.activating, step.paying]) b.const(false, signal);
}
