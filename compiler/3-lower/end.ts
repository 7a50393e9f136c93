// How an agreement ends: because something said so, or by itself when every duty is settled and none can come. Then open
// duties without `survives` are terminated, timers vanish and accounts return what they hold.
import type { AccountDecl, NormDecl, Program } from "../model.ts";
import { activate, ready, waits } from "./births.ts";
import type { Context, Signals } from "./context.ts";
import { end } from "./effects.ts";
import { expression, norm as keptOf } from "./expressions.ts";
import { Kept } from "./instances.ts";
import type { Label, Var } from "./ir.ts";
import { terminate } from "./judgement.ts";
import { NORM, POWER } from "./layout.ts";
import { list, receive } from "./moves.ts";

/** What ended an agreement that ended by itself. */
export const SETTLED_CAUSE = "settled";

/** Marks the agreement as ended by itself, fulfilled, when that is so. */
export function endBySettling(cx: Context): void {
  const { b, program } = cx;
  if (program.norms.length === 0 || program.norms.some((norm) => bornForever(program, norm))) return;
  b.block("not settled", (exit) => {
    program.norms.forEach((norm, n) => {
      mustBeSettled(cx, norm, n, exit);
    });
    b.block("some were born", (some) => {
      program.norms.forEach((_, n) => {
        b.jumpIf(b.op("lt", [b.const(0), b.get(keptOf(cx, n), NORM.born)]), some);
      });
      b.jump(exit);
    });
    end(cx, "fulfilled", SETTLED_CAUSE);
  });
}

/** As long as the agreement runs, one more may be born: by an action without `times`, or again and again. */
function bornForever(program: Program, norm: NormDecl): boolean {
  return norm.again || (norm.birth.kind === "on" && program.actions[norm.birth.action]?.times === null);
}

function mustBeSettled(cx: Context, norm: NormDecl, index: number, exit: Label): void {
  const { b } = cx;
  const kept = keptOf(cx, index);
  b.jumpNe(b.op("length", [b.get(kept, NORM.open)]), 0, exit);
  if (waits(norm)) b.jumpNe(b.op("length", [b.get(kept, NORM.waiting)]), 0, exit);
  if (norm.birth.kind === "on") {
    const { action } = norm.birth;
    const times = cx.program.actions[action]?.times as number;
    b.jumpNe(b.get(cx.frame.state("uses"), action), times, exit);
  }
}

/** Ends the agreement when the step said so. */
export function endIfSaid(cx: Context): void {
  const { b, frame } = cx;
  const { ends, endedBy } = cx.signals as Signals;
  b.if(b.op("known", [ends]), () => {
    cx.assign("phase", "ended");
    b.move(frame.state("outcome"), ends);
    b.move(frame.state("cause"), endedBy);
    cx.replace("ended", frame.run("now"));
    cx.assign("expires", undefined);
    cx.program.norms.forEach((norm, n) => {
      if (norm.survives) survive(cx, norm, n);
      else terminateIfAny(cx, norm, n);
    });
    dropNotices(cx);
    returnAccounts(cx, (account) => (account.returnsTo === "giver" ? account.from : account.returnsTo));
    cx.program.norms.forEach((norm, n) => {
      if (norm.survives && waits(norm)) awakeAtEnd(cx, norm, n);
    });
  });
}

function terminateIfAny(cx: Context, norm: NormDecl, index: number): void {
  const { b } = cx;
  b.block("nothing open", (exit) => {
    b.block("something", (some) => {
      const kept = keptOf(cx, index);
      for (const slot of [NORM.open, NORM.waiting, NORM.late]) b.jumpNe(b.op("length", [b.get(kept, slot)]), 0, some);
      b.jump(exit);
    });
    terminate(cx, norm, index);
  });
}

function survive(cx: Context, norm: NormDecl, index: number): void {
  if (norm.survivesUntil === null) return;
  const until = expression(cx, norm.survivesUntil.at);
  cx.faultUnlessKnown(until, norm.name);
  const kept = new Kept(cx, index);
  kept.set("until", until);
  kept.write();
}

/** `ended` has just become true: what waited for it is born. */
function awakeAtEnd(cx: Context, norm: NormDecl, index: number): void {
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

function dropNotices(cx: Context): void {
  const { b } = cx;
  cx.program.powers.forEach((power, p) => {
    if (power.notice === null) return;
    const kept = b.get(cx.frame.state("powers"), p);
    b.if(b.op("known", [b.get(kept, POWER.notice)]), () =>
      cx.write("powers", p, b.set(kept, POWER.notice, b.const(undefined))),
    );
  });
}

/** Every account pays out, in declared order. */
export function returnAccounts(cx: Context, receiver: (account: AccountDecl) => number | null): void {
  const { b, frame } = cx;
  cx.program.accounts.forEach((account, a) => {
    const role = receiver(account);
    if (role === null) return;
    const balance: Var = b.get(frame.state("balances"), a);
    b.if(b.op("lt", [b.const(0), balance]), () => {
      cx.write("balances", a, b.op("sub", [balance, balance]));
      receive(cx, role, account.asset, balance);
      list(cx, {
        verb: "release",
        asset: account.asset,
        amount: balance,
        from: { name: b.const(account.name) },
        to: { name: b.const(cx.roleName(role)) },
      });
    });
  });
}
