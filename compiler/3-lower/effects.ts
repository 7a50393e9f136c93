// Effects: facts written, money moved, values given, notices, a state to enter, an end. All right sides are read on the
// state before; then facts are written together; then moves are made in written order.
import type { EffectsDecl } from "../model.ts";
import type { Context, Signals } from "./context.ts";
import { saidMax } from "./counts.ts";
import { expression } from "./expressions.ts";
import type { Var } from "./ir.ts";
import { makeMove, type ReadMove, readMove } from "./moves.ts";

/** Effects whose right sides are read and which are not made yet. */
interface Pending {
  readonly effects: EffectsDecl;
  readonly facts: readonly Var[];
  readonly moves: readonly ReadMove[];
  readonly given: readonly Var[];
  readonly tells: readonly Var[];
}

export const isEmpty = (effects: EffectsDecl): boolean =>
  effects.then.length + effects.moves.length + effects.cases.length + effects.give.length + effects.tell.length === 0 &&
  effects.to === null &&
  effects.ends === null;

/** `by`: name of what they belong to, the cause if they end the agreement. */
export function runEffects(cx: Context, effects: EffectsDecl, by: string): void {
  if (!isEmpty(effects)) readAndMake(cx, effects, by, []);
}

function readAndMake(cx: Context, effects: EffectsDecl, by: string, outer: readonly Pending[]): void {
  const { b } = cx;
  const pending = [...outer, readAll(cx, effects)];
  if (effects.cases.length === 0) {
    for (const part of pending) write(cx, part);
    for (const part of pending) finish(cx, part, by);
    return;
  }
  // The first row whose condition is exactly true; an error refuses.
  b.block("chosen", (chosen) => {
    for (const row of effects.cases) {
      b.block("next case", (next) => {
        if (row.when !== null) {
          const condition = expression(cx, row.when);
          cx.faultIfError(condition, by);
          b.jumpUnless(condition, next);
        }
        if (row.effects === "refuse") cx.refuse("needs", "else", "");
        else {
          readAndMake(cx, row.effects, by, pending);
          b.jump(chosen);
        }
      });
    }
  });
}

function readAll(cx: Context, effects: EffectsDecl): Pending {
  return {
    effects,
    facts: effects.then.map((write) => {
      const value = expression(cx, write.value);
      cx.faultIfError(value, cx.program.facts[write.fact]?.name ?? "");
      return keep(cx, value);
    }),
    moves: effects.moves.map((move) => readMove(cx, move)),
    given: effects.give.map((give) => {
      const value = expression(cx, give.value);
      cx.faultIfError(value, give.name);
      return keep(cx, value);
    }),
    tells: effects.tell.map((tell) => {
      const what = expression(cx, tell.what);
      cx.faultIfError(what, "tell");
      return keep(cx, what);
    }),
  };
}

/** A part of the frame may be written before the value is used. */
function keep(cx: Context, value: Var): Var {
  return cx.frame.vars.includes(value) ? cx.b.move(cx.b.var(), value) : value;
}

function write(cx: Context, part: Pending): void {
  part.effects.then.forEach((write, i) => {
    cx.b.at(write.span, () => cx.write("facts", write.fact, part.facts[i] as Var));
  });
}

function finish(cx: Context, part: Pending, by: string): void {
  const { b } = cx;
  const { effects } = part;
  const signals = cx.signals as Signals;
  for (const move of part.moves) makeMove(cx, move);
  effects.give.forEach((give, i) => {
    append(cx, signals.given, [b.const(give.name), part.given[i] as Var], saidMax(cx.program, "give"));
  });
  effects.tell.forEach((tell, i) => {
    append(cx, signals.tells, [b.const(cx.roleName(tell.to)), part.tells[i] as Var], saidMax(cx.program, "tell"));
  });
  if (effects.to !== null) {
    const { region, state } = effects.to;
    goTo(cx, region, state);
  }
  if (effects.ends !== null) end(cx, effects.ends, by);
}

function append(cx: Context, list: Var, pair: readonly Var[], most: number): void {
  const { b } = cx;
  b.op("put", [list, b.op("length", [list]), b.record(pair), most], list);
}

/** The region enters the state when the step settles. */
export function goTo(cx: Context, region: number, state: number): void {
  const { targets, changed } = cx.signals as Signals;
  cx.b.const(cx.program.regions[region]?.states[state]?.name as string, targets[region]);
  cx.b.const(true, changed);
}

/** The agreement ends with this step; the first reason stays. */
export function end(cx: Context, outcome: string, by: string): void {
  const { b } = cx;
  const { ends, endedBy } = cx.signals as Signals;
  b.unless(b.op("known", [ends]), () => {
    b.const(outcome, ends);
    b.const(by, endedBy);
  });
}
