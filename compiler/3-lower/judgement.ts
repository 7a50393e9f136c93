// Judgement of an obligation's instances: at the due instant, at the end of cure, when declared missed, when a condition that
// must hold fails; what follows a violation; and the end of what survived.
import type { NormDecl } from "../model.ts";
import { bear, causeOf } from "./births.ts";
import type { Context, StepVars } from "./context.ts";
import { end, runEffects } from "./effects.ts";
import { expression, norm as keptOf } from "./expressions.ts";
import { Kept, oldestDue, within, withStatus } from "./instances.ts";
import type { Label, Var } from "./ir.ts";
import { INSTANCE, NORM, POWER } from "./layout.ts";
import type { Timers } from "./timers.ts";

/** A condition kept from birth on, with no instant at which it is read. */
export const isStanding = (norm: NormDecl): boolean => norm.duty.kind === "holds" && norm.deadline === null;

/** At the due instant, at the end of cure, when declared missed, or when a standing condition fails. */
export function judge(cx: Context, timers: Timers, norm: NormDecl, index: number): void {
  const { b } = cx;
  const step = cx.step as StepVars;
  const timer = timers.due(index);
  const missable = cx.program.powers.some((power) => power.may.kind === "declare_missed" && power.may.norm === index);
  const watched = isStanding(norm) || (norm.duty.kind === "holds" && norm.cure !== null);
  if (timer === null && !missable && !watched) return;
  b.block("not judged", (exit) => {
    if (!watched) {
      b.block("judged", (judged) => {
        if (timer !== null) b.jumpEq(step.timer, timer, judged);
        if (missable) b.jumpEq(step.miss, index, judged);
        b.jump(exit);
      });
    }
    // Which instance was declared missed: the one with the oldest deadline.
    const missed = missable
      ? b.get(oldestDue(cx, b.get(keptOf(cx, index), NORM.open), norm.openAtMost), INSTANCE.key)
      : null;
    b.loop(b.get(keptOf(cx, index), NORM.open), norm.openAtMost, (instance) => {
      b.block("next instance", (next) => {
        const called = calledFor(cx, step, { timer, index, missed, instance });
        const violated = b.const(false);
        within(cx, norm, instance, () => verdict(cx, norm, { index, instance, called, violated, next }));
        b.if(violated, () => violate(cx, norm, index, instance));
      });
    });
  });
}

/** A bool: the timer of this step, or a declaration, is about this instance. */
function calledFor(
  cx: Context,
  step: StepVars,
  of: { timer: number | null; index: number; missed: Var | null; instance: Var },
): Var {
  const { b } = cx;
  const called = b.const(false);
  const key = b.get(of.instance, INSTANCE.key);
  if (of.timer !== null) b.ifEq(step.timer, of.timer, () => b.op("eq", [key, step.timerKey, 1], called));
  if (of.missed !== null) {
    const { missed } = of;
    b.ifEq(step.miss, of.index, () => b.op("eq", [key, missed, 1], called));
  }
  return called;
}

interface Judged {
  readonly index: number;
  readonly instance: Var;
  readonly called: Var;
  /** Set when the instance is violated; everything else is done here. */
  readonly violated: Var;
  readonly next: Label;
}

function verdict(cx: Context, norm: NormDecl, judged: Judged): void {
  const { b } = cx;
  const { instance, called, violated } = judged;
  const holds = norm.duty.kind === "holds" ? norm.duty.condition.expr : null;
  b.block("verdict", (done) => {
    const active = (): void => {
      if (holds !== null) {
        const condition = expression(cx, holds);
        if (isStanding(norm)) {
          // Watched all the time: only exactly false breaks it, unless it is declared missed.
          b.block("broken", (broken) => {
            b.jumpIfFalse(condition, broken);
            b.jumpUnless(called, done);
            b.jumpIf(condition, done);
          });
        } else {
          b.jumpUnless(called, done);
          cx.faultIfError(condition, norm.name);
          b.if(condition, () => settleAs(cx, judged, "fulfilled", done));
          if (norm.unknown === "excused")
            b.unless(b.op("known", [condition]), () => settleAs(cx, judged, "excused", done));
        }
      } else b.jumpUnless(called, done);
      if (norm.unless !== null) {
        const excuse = expression(cx, norm.unless);
        cx.faultIfError(excuse, norm.name);
        b.if(excuse, () => settleAs(cx, judged, "excused", done));
        if (norm.unknown === "excused") b.unless(b.op("known", [excuse]), () => settleAs(cx, judged, "excused", done));
      }
      if (norm.cure === null) {
        b.const(true, violated);
        return;
      }
      const cure = expression(cx, norm.cure.at);
      cx.faultUnlessKnown(cure, norm.name);
      const changed = b.set(withStatus(cx, instance, "overdue"), INSTANCE.cure, cure);
      const kept = new Kept(cx, judged.index);
      kept.update(changed);
      kept.write();
    };
    if (norm.cure === null) return active();
    b.ifEq(
      b.get(instance, INSTANCE.status),
      "overdue",
      () => {
        if (holds !== null) b.if(expression(cx, holds), () => settleAs(cx, judged, "cured", done));
        b.move(violated, called);
      },
      active,
    );
  });
}

function settleAs(cx: Context, judged: Judged, status: "fulfilled" | "cured" | "excused", done: Label): void {
  const { b } = cx;
  const kept = new Kept(cx, judged.index);
  const changed = withStatus(cx, judged.instance, status);
  if (status === "cured") b.set(changed, INSTANCE.late, b.const(true), changed);
  kept.settle(changed);
  kept.write();
  b.jump(done);
}

/** The duty is violated: what stands in its `else` happens, in order, with this instance as the cause. */
function violate(cx: Context, norm: NormDecl, index: number, instance: Var): void {
  const { b } = cx;
  const changed = withStatus(cx, instance, "violated");
  const kept = new Kept(cx, index);
  kept.count("violated");
  kept.settle(changed);
  if (norm.late) kept.keepLate(changed);
  kept.write();
  if (norm.else.length === 0) return;
  const cause = causeOf(cx, index, changed);
  for (const next of norm.else) {
    switch (next.kind) {
      case "norm":
        bear(cx, next.norm, cause);
        break;
      case "power":
        enable(cx, next.power);
        break;
      case "end":
        end(cx, "terminated", norm.name);
        break;
      case "effects":
        // Inside its remedies an instance is read both as itself and as the cause.
        within(cx, norm, changed, () => {
          cx.self = { field: (field) => b.get(changed, INSTANCE[field]), cause: () => cause };
          runEffects(cx, next.effects, norm.name);
        });
        break;
    }
  }
}

function enable(cx: Context, power: number): void {
  const { b } = cx;
  cx.write("powers", power, b.set(b.get(cx.frame.state("powers"), power), POWER.enabled, b.const(true)));
}

// ── After the end ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** What survived the end for a time is over. */
export function expireSurvivor(cx: Context, timers: Timers, norm: NormDecl, index: number): void {
  const { b } = cx;
  const timer = timers.until(index);
  if (timer === null) return;
  b.ifEq((cx.step as StepVars).timer, timer, () => terminate(cx, norm, index));
}

/** Open and waiting instances are terminated; nothing of the obligation can happen any more. */
export function terminate(cx: Context, norm: NormDecl, index: number): void {
  const { b } = cx;
  const kept = new Kept(cx, index);
  const latest = kept.get("latest");
  const unsettled = b.op("length", [kept.get("open")]);
  b.if(b.op("lt", [b.const(0), unsettled]), () => {
    b.loop(kept.get("open"), norm.openAtMost, (instance) => {
      b.if(b.op("eq", [b.get(instance, INSTANCE.key), b.get(latest, INSTANCE.key), 1]), () =>
        kept.set("latest", withStatus(cx, instance, "terminated")),
      );
    });
  });
  for (const list of ["open", "waiting", "late"] as const) kept.set(list, b.const([]));
  kept.set("until", b.const(undefined));
  kept.write();
}
