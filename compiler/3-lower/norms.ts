// One sweep over an obligation, in the order of ranks: met by the event, paid, born, judged. An instance changes its status
// at most once in a sweep.
import type { NormDecl } from "../model.ts";
import { activate, bear, ready, waits } from "./births.ts";
import type { Context, StepVars } from "./context.ts";
import { expression, norm as keptOf } from "./expressions.ts";
import { Kept, oldestDue, within } from "./instances.ts";
import type { Var } from "./ir.ts";
import { expireSurvivor, judge } from "./judgement.ts";
import { INSTANCE, NORM } from "./layout.ts";
import type { Timers } from "./timers.ts";

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
