// One sweep over an obligation, in the order of ranks: met by the event, paid, born, judged. An instance changes its status
// at most once in a sweep.
import type { NormDecl } from "../model.ts";
import { activate, bear, causeOf, ready, waits } from "./births.ts";
import type { Context, StepVars } from "./context.ts";
import { end, runEffects } from "./effects.ts";
import { expression, norm as keptOf } from "./expressions.ts";
import { Kept, oldestDue, within, withStatus } from "./instances.ts";
import type { Label, Var } from "./ir.ts";
import { INSTANCE, NORM, POWER } from "./layout.ts";
import type { Timers } from "./timers.ts";

/** A condition kept from birth on, with no instant at which it is read. */
export const isStanding = (norm: NormDecl): boolean => norm.duty.kind === "holds" && norm.deadline === null;

export function sweep(cx: Context, timers: Timers, index: number): void {
  const norm = cx.program.norms[index] as NormDecl;
  cx.b.at(norm.span, () => {
    if (norm.duty.kind === "must") metByAction(cx, norm, index, norm.duty.action);
    if (norm.duty.kind === "pay") metByPayment(cx, norm, index);
    births(cx, norm, index);
    judge(cx, timers, norm, index);
    if (norm.duty.kind === "holds" && norm.late) madeGoodByItself(cx, norm, index);
    if (norm.survivesUntil !== null) expireSurvivor(cx, timers, norm, index);
  });
}

// ── Performance ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The action it names, by the debtor: the open instance with the oldest deadline, else a late one. */
function metByAction(cx: Context, norm: NormDecl, index: number, action: number): void {
  const { b } = cx;
  const step = cx.step as StepVars;
  b.block("not met", (exit) => {
    b.jumpNe(step.act, action, exit);
    const who = cx.program.actions[action]?.who;
    const debtorOnly = who?.kind === "roles" && who.roles.length === 1 && who.roles[0] === norm.debtor;
    if (!debtorOnly) b.jumpUnless(b.op("eq", [b.get(cx.frame.state("roles"), norm.debtor), step.by, 1]), exit);
    b.if(b.op("ne", [step.claim, b.const(null), 1]), () => b.jumpNe(step.claim, norm.name, exit));
    const kept = new Kept(cx, index);
    const open = oldestDue(cx, kept.get("open"), norm.openAtMost);
    b.if(b.op("known", [open]), () => {
      performed(cx, norm, kept, b.move(b.var(), open));
      b.jump(exit);
    });
    if (!norm.late) return;
    const late = b.op("item", [kept.get("late"), b.const(0)]);
    b.jumpUnless(b.op("known", [late]), exit);
    const done = b.move(b.var(), late);
    payInFull(cx, norm, kept, done);
    madeGood(cx, kept, done);
  });
}

/** An open instance is performed: fulfilled, or cured when it was overdue. */
function performed(cx: Context, norm: NormDecl, kept: Kept, instance: Var): void {
  const { b } = cx;
  const status = b.get(instance, INSTANCE.status);
  payInFull(cx, norm, kept, instance);
  b.ifEq(
    status,
    "overdue",
    () => {
      b.set(instance, INSTANCE.status, b.const("cured"), instance);
      b.set(instance, INSTANCE.late, b.const(true), instance);
    },
    () => b.set(instance, INSTANCE.status, b.const("fulfilled"), instance),
  );
  kept.settle(instance);
  kept.write();
}

/** The action of a duty with an amount pays it. */
function payInFull(cx: Context, norm: NormDecl, kept: Kept, instance: Var): void {
  const { b } = cx;
  if (norm.duty.kind !== "must" || norm.amount === null) return;
  if (norm.amountWhenPaid)
    within(cx, norm, instance, () =>
      b.set(instance, INSTANCE.amount, expression(cx, norm.amount as NonNullable<typeof norm.amount>), instance),
    );
  const amount = b.get(instance, INSTANCE.amount);
  cx.faultUnlessKnown(amount, norm.name);
  const total = b.op("add", [kept.get("paid"), b.op("sub", [amount, b.get(instance, INSTANCE.paid)])]);
  cx.faultUnlessKnown(total, norm.name);
  kept.set("paid", total);
  b.set(instance, INSTANCE.paid, amount, instance);
}

/** A violated instance is performed in full after all; what it led to stays. */
function madeGood(cx: Context, kept: Kept, instance: Var): void {
  const { b } = cx;
  b.set(instance, INSTANCE.late, b.const(true), instance);
  b.set(instance, INSTANCE.madeGood, b.const(true), instance);
  kept.settleLate(instance);
  kept.write();
}

/** Claims that were paid in this step and owe nothing any more. */
function metByPayment(cx: Context, norm: NormDecl, index: number): void {
  const { b } = cx;
  b.block("no payment", (exit) => {
    b.jumpUnless((cx.step as StepVars).paying, exit);
    const each = (list: "open" | "late", settle: (kept: Kept, instance: Var) => void): void => {
      b.loop(b.get(keptOf(cx, index), NORM[list]), norm.openAtMost, (instance) => {
        b.if(b.op("le", [b.get(instance, INSTANCE.amount), b.get(instance, INSTANCE.paid)]), () =>
          settle(new Kept(cx, index), b.move(b.var(), instance)),
        );
      });
    };
    each("open", (kept, instance) => performed(cx, norm, kept, instance));
    if (norm.late) each("late", (kept, instance) => madeGood(cx, kept, instance));
  });
}

/** A violated condition that holds again. */
function madeGoodByItself(cx: Context, norm: NormDecl, index: number): void {
  const { b } = cx;
  if (norm.duty.kind !== "holds") return;
  const { expr } = norm.duty.condition;
  b.loop(b.get(keptOf(cx, index), NORM.late), norm.openAtMost, (instance) => {
    within(cx, norm, instance, () => {
      b.if(expression(cx, expr), () => madeGood(cx, new Kept(cx, index), b.move(b.var(), instance)));
    });
  });
}

// ── Births ────────────────────────────────────────────────────────────────────────────────────────────────────────────

function births(cx: Context, norm: NormDecl, index: number): void {
  const { b } = cx;
  const step = cx.step as StepVars;
  if (waits(norm) && !norm.again) awake(cx, norm, index);
  if (norm.birth.kind === "on") b.ifEq(step.act, norm.birth.action, () => bear(cx, index, null));
  if (norm.birth.kind === "once") {
    if (norm.again && norm.when !== null) risingEdge(cx, norm, index, norm.when.expr);
    else b.if(step.activating, () => bear(cx, index, null));
  }
}

/** Waiting instances whose condition has turned true. */
function awake(cx: Context, norm: NormDecl, index: number): void {
  const { b } = cx;
  b.loop(b.get(keptOf(cx, index), NORM.waiting), norm.openAtMost, (instance) => {
    b.if(ready(cx, norm, instance), () => {
      const kept = new Kept(cx, index);
      kept.drop("waiting", instance);
      kept.write();
      activate(cx, index, instance);
    });
  });
}

/** With `again`, an instance is born each time the condition turns true. */
function risingEdge(cx: Context, norm: NormDecl, index: number, when: NonNullable<NormDecl["when"]>["expr"]): void {
  const { b } = cx;
  awake(cx, norm, index);
  b.block("no edge", (exit) => {
    b.jumpNe(cx.frame.state("phase"), "active", exit);
    const holds = b.op("is_true", [expression(cx, when)]);
    const raised = b.get(keptOf(cx, index), NORM.raised);
    b.jumpIf(b.op("eq", [holds, raised, 1]), exit);
    const kept = new Kept(cx, index);
    kept.set("raised", holds);
    kept.write();
    b.if(holds, () => bear(cx, index, null));
  });
}

// ── Judgement ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** At the due instant, at the end of cure, when declared missed, or when a standing condition fails. */
function judge(cx: Context, timers: Timers, norm: NormDecl, index: number): void {
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
function expireSurvivor(cx: Context, timers: Timers, norm: NormDecl, index: number): void {
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
