// Business states: where a region goes, and what happens when it enters a state.
import type { Program, RegionDecl, StateDecl } from "../model.ts";
import type { Context, Signals, StepVars } from "./context.ts";
import { end, goTo, runEffects } from "./effects.ts";
import { expression } from "./expressions.ts";
import type { Var } from "./ir.ts";
import { REGION } from "./layout.ts";
import type { Timers } from "./timers.ts";

/** Most entries into states one step can make: each state at most once. */
export const entriesMax = (program: Program): number =>
  program.regions.reduce((sum, region) => sum + region.states.length, 0);

/** Per region and state: entered in this step already. */
export type Entered = readonly (readonly Var[])[];

export function nothingEntered(cx: Context): Entered {
  return cx.program.regions.map((region) => region.states.map(() => cx.b.const(false)));
}

/** At activation every region enters its initial state. */
export function enterInitial(cx: Context): void {
  cx.program.regions.forEach((region, r) => {
    goTo(cx, r, region.initial);
  });
}

/** One move of each region: by what effects asked for, by its timer, by the event (`on`), by a condition (`when`). */
export function transitions(cx: Context, timers: Timers, entered: Entered): void {
  const { b, frame } = cx;
  if (cx.program.regions.length === 0) return;
  b.ifEq(frame.state("phase"), "active", () => {
    cx.program.regions.forEach((region, r) => {
      const target = (cx.signals as Signals).targets[r] as Var;
      b.unless(b.op("known", [target]), () => choose(cx, timers, region, r, entered));
      b.if(b.op("known", [target]), () => enter(cx, region, r, target, entered));
    });
  });
}

function choose(cx: Context, timers: Timers, region: RegionDecl, r: number, entered: Entered): void {
  const { b } = cx;
  const step = cx.step as StepVars;
  if (!region.states.some((state) => state.on.length + state.after.length + state.when.length > 0)) return;
  const current = b.get(b.get(cx.frame.state("regions"), r), REGION.state);
  b.block("chosen", (chosen) => {
    region.states.forEach((state, s) => {
      if (state.on.length + state.after.length + state.when.length === 0) return;
      b.ifEq(current, state.name, () => {
        b.at(state.span, () => {
          for (const on of state.on) {
            b.ifEq(step.act, on.action, () => {
              for (const branch of on.branches) {
                b.block("next branch", (next) => {
                  if (branch.when !== null) b.jumpUnless(expression(cx, branch.when), next);
                  goTo(cx, r, branch.to);
                  b.jump(chosen);
                });
              }
            });
          }
          state.after.forEach((after, slot) => {
            const id = timers.sources.findIndex(
              (source) => source.kind === "after" && source.region === r && source.state === s && source.slot === slot,
            );
            b.ifEq(step.timer, id, () => {
              goTo(cx, r, after.to);
              b.jump(chosen);
            });
          });
          for (const row of state.when) {
            b.block("next condition", (next) => {
              // A state is entered at most once in a step; the next step may go on.
              b.jumpIf(entered[r]?.[row.to] as Var, next);
              b.jumpUnless(expression(cx, row.condition.expr), next);
              goTo(cx, r, row.to);
              b.jump(chosen);
            });
          }
        });
        b.jump(chosen);
      });
    });
  });
}

function enter(cx: Context, region: RegionDecl, r: number, target: Var, entered: Entered): void {
  const { b } = cx;
  const name = b.move(b.var(), target);
  b.const(undefined, target);
  b.block("entered", (done) => {
    region.states.forEach((state, s) => {
      b.ifEq(name, state.name, () => {
        b.at(state.span, () => {
          const seen = entered[r]?.[s] as Var;
          b.jumpIf(seen, done);
          b.const(true, seen);
          enterState(cx, r, state);
        });
        b.jump(done);
      });
    });
  });
}

/** The state, its entry instant and its deadlines are stored; then its `enter` runs. */
function enterState(cx: Context, r: number, state: StateDecl): void {
  const { b, frame } = cx;
  // Deadlines are read with the entry in place: `entered` in them is this one.
  const fields = [b.const(state.name), frame.run("now"), b.empty()];
  cx.write("regions", r, b.record(fields));
  if (state.after.length > 0) {
    const deadlines = state.after.map((after) => {
      const at = expression(cx, after.at.at);
      cx.faultIfError(at, state.name);
      return at;
    });
    cx.write("regions", r, b.set(b.get(frame.state("regions"), r), REGION.deadlines, b.record(deadlines)));
  }
  b.const(true, (cx.signals as Signals).changed);
  if (state.enter !== null) runEffects(cx, state.enter, state.name);
  if (state.ends !== null) end(cx, state.ends, state.name);
}
