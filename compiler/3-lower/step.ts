// `step(state, event)`: one run, one receipt. When a timer is due at the stamp, the least one fires, with `now` its own
// instant, and the event waits (consumed = false). Otherwise the event is handled. Reads top to bottom as the phases of a
// step; a refused run jumps to the end, where the state before comes back.

import type { Program } from "../model.ts";
import { act } from "./admission.ts";
import { Builder } from "./builder.ts";
import { readValue } from "./certified.ts";
import { Context, type Functions, type OnlyEvent, type Signals, type StepVars } from "./context.ts";
import { end } from "./effects.ts";
import { endBySettling, endIfSaid } from "./end.ts";
import { rescue } from "./fault.ts";
import { openFrame } from "./frame.ts";
import type { IrFunction, Var } from "./ir.ts";
import type { Layout } from "./layout.ts";
import { STATE } from "./layout.ts";
import { checkLimits } from "./limit-rules.ts";
import { pay } from "./payments.ts";
import { revoke, takeEffect, use } from "./powers.ts";
import { settle } from "./settle.ts";
import { sign, withdraw } from "./signing.ts";
import { type Least, noTimer, scan, type Timers, takeLesser } from "./timers.ts";

/** `only`: the same with the code of other events left out, for the worst fuel of one. */
export function stepFunction(
  program: Program,
  layout: Layout,
  functions: Functions,
  timers: Timers,
  only: OnlyEvent | null = null,
): IrFunction {
  const b = new Builder("step", 2);
  const [before, event] = b.params as [Var, Var];
  b.at(program.span, () => {
    const frame = openFrame(b, before);
    const cx = new Context({ program, layout, functions, b, frame });
    const step = readEvent(cx, event);
    const kind = b.get(event, 0);
    cx.only = only;
    cx.step = step;
    cx.signals = noSignals(cx);
    b.op("add", [frame.state("seq"), b.const(1)], frame.state("seq"));
    b.move(frame.run("now"), step.at);
    b.block("refused", (refused) => {
      cx.exit = refused;
      b.unless(b.op("le", [frame.state("clock"), step.at]), () => cx.refuse("stale", kind, ""));
      const least = leastDue(cx, timers, step);
      b.ifNe(
        least.id,
        -1,
        () => {
          if (only === null || only.kind === "timer") fire(cx, timers, least);
          else b.jump(refused);
        },
        () => {
          if (only?.kind !== "timer") handle(cx, kind);
          else b.jump(refused);
        },
      );
      const wasActive = b.op("eq", [frame.state("phase"), b.const("active"), 1]);
      b.block("not active", (windingUp) => {
        // Offered: nothing has come to be. Ended: only what survives goes on.
        b.jumpEq(frame.state("phase"), "offered", windingUp);
        settle(cx, timers);
        b.jumpUnless(wasActive, windingUp);
        endBySettling(cx);
        checkLimits(cx);
        endIfSaid(cx);
      });
      b.ret(answer(cx, b.record(frame.stateVars), frame.run("timer"), b.const(null)));
    });
    b.if(frame.run("timer"), () =>
      b.ret(answer(cx, rescue(cx, timers, before), frame.run("timer"), frame.run("refusal"), true)),
    );
    const refusedState = b.set(before, STATE.seq, frame.state("seq"));
    b.ret(answer(cx, refusedState, frame.run("timer"), frame.run("refusal"), true));
  });
  return b.finish();
}

function readEvent(cx: Context, event: Var): StepVars {
  const { b } = cx;
  return {
    name: b.get(event, 1),
    by: b.get(event, 2),
    at: b.get(event, 3),
    value: b.get(event, 4),
    inputs: b.get(event, 5),
    claim: b.get(event, 6),
    act: b.const(-1),
    timer: b.const(-1),
    timerKey: b.const(-1),
    timerName: b.const(""),
    fired: b.const(-1),
    miss: b.const(-1),
    activating: b.const(false),
    paying: b.const(false),
    badValue: b.const(false),
  };
}

function noSignals(cx: Context): Signals {
  const { b } = cx;
  return {
    ends: b.const(undefined),
    endedBy: b.const(undefined),
    targets: cx.program.regions.map(() => b.const(undefined)),
    changed: b.const(false),
    tells: b.empty(),
    given: b.empty(),
  };
}

// ── Timers ────────────────────────────────────────────────────────────────────────────────────────────────────────────

function leastDue(cx: Context, timers: Timers, step: StepVars): Least {
  const { b } = cx;
  const least = noTimer(cx);
  scan(cx, timers, (timer) => {
    b.block("not due", (later) => {
      b.jumpUnless(b.op(timer.edge === "open" ? "le" : "lt", [timer.at, step.at]), later);
      takeLesser(cx, least, timer);
    });
  });
  return least;
}

/** The clock stands at the timer's instant; a deadline that was past when it was set fires at once, not before. */
function fire(cx: Context, timers: Timers, least: Least): void {
  const { b, frame } = cx;
  const step = cx.step as StepVars;
  b.move(step.timer, least.id);
  b.move(step.fired, least.id);
  b.move(step.timerKey, least.key);
  b.move(step.timerName, least.name);
  b.move(frame.run("now"), least.at);
  b.if(b.op("lt", [least.at, frame.state("clock")]), () => b.move(frame.run("now"), frame.state("clock")));
  b.const(true, frame.run("timer"));
  cx.replace("clock", frame.run("now"));
  timers.sources.forEach((source, id) => {
    if (source.kind === "expiry") {
      b.ifEq(least.id, id, () => {
        cx.assign("expires", undefined);
        end(cx, "expired", source.name);
      });
    }
    if (source.kind === "notice") b.ifEq(least.id, id, () => takeEffect(cx, source.power, "timer"));
  });
}

// ── Events ────────────────────────────────────────────────────────────────────────────────────────────────────────────

function handle(cx: Context, kind: Var): void {
  const { b, frame } = cx;
  cx.replace("clock", frame.run("now"));
  readValue(cx);
  b.block("handled", (done) => {
    const on = (word: OnlyEvent["kind"], body: () => void): void => {
      if (cx.only !== null && cx.only.kind !== word) return;
      b.ifEq(kind, word, () => {
        body();
        b.jump(done);
      });
    };
    on("act", () => act(cx));
    on("pay", () => pay(cx));
    on("use", () => use(cx));
    on("tick", () => cx.refuse("nothing-due", "tick", ""));
    on("sign", () => sign(cx));
    on("withdraw", () =>
      b.ifEq(
        (cx.step as StepVars).name,
        "",
        () => withdraw(cx),
        () => revoke(cx),
      ),
    );
    cx.refuse("unknown-event", kind, "");
  });
  cx.pots = [];
}

/** [state, kind, name, consumed, refusal, moves, tells, given, at] */
function answer(cx: Context, state: Var, timer: Var, refusal: Var, refused = false): Var {
  const { b, frame } = cx;
  const step = cx.step as StepVars;
  const signals = cx.signals as Signals;
  const group = b.group(9);
  const put = (slot: number, value: Var): void => {
    b.move(group[slot] as Var, value);
  };
  put(0, state);
  b.if(
    timer,
    () => {
      b.const("timer", group[1]);
      put(2, step.timerName);
    },
    () => {
      b.const("event", group[1]);
      put(2, step.name);
    },
  );
  b.op("not", [timer], group[3]);
  put(4, refusal);
  put(5, refused ? b.empty() : frame.run("moves"));
  put(6, refused ? b.empty() : signals.tells);
  put(7, refused ? b.empty() : signals.given);
  put(8, frame.run("now"));
  return b.record(group);
}
