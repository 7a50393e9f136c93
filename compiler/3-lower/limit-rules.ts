// Limits: what must hold after every step of an active agreement, and how much of a payment by timer they let through.
import { decimalOf, ZERO } from "../../vm/decimal.ts";
import type { LimitDecl, Program } from "../model.ts";
import { Builder } from "./builder.ts";
import { Context, type CutPayment, type Functions } from "./context.ts";
import { expression } from "./expressions.ts";
import { FRAME_SIZE, Frame } from "./frame.ts";
import type { IrFunction, Var } from "./ir.ts";
import { type Layout, NORM } from "./layout.ts";
import { CUT_HALVINGS } from "./limits.ts";
import { roundMoney } from "./rounding.ts";
import { valuesRead } from "./shown.ts";

/** Refuses unless each limit is exactly true and no account holds more than its `cap`. */
export function checkLimits(cx: Context): void {
  const { b } = cx;
  for (const limit of cx.program.limits) {
    if (limit.termsOnly) continue;
    b.at(limit.span, () => refuseUnless(cx, limit));
  }
  cx.program.accounts.forEach((account, a) => {
    const { cap } = account;
    if (cap === null) return;
    b.at(account.span, () => {
      const balance = b.get(cx.frame.state("balances"), a);
      b.unless(b.op("le", [balance, expression(cx, cap)]), () => cx.refuse("limit", account.name, "cap"));
    });
  });
}

/** Limits over terms alone, when the agreement is offered. */
export function checkTermLimits(cx: Context): void {
  for (const limit of cx.program.limits) if (limit.termsOnly) cx.b.at(limit.span, () => refuseUnless(cx, limit));
}

function refuseUnless(cx: Context, limit: LimitDecl): void {
  const { expr } = limit.must;
  cx.b.unless(expression(cx, expr), () => cx.refuse("limit", limit.name, limit.message ?? "", valuesRead(cx, [expr])));
}

export const cutting = (program: Program): readonly LimitDecl[] =>
  program.limits.filter((limit) => limit.cut !== "refuse" && !limit.termsOnly);

/** `(frame, amount) -> [paid, owed]`: the largest part of a payment out of an account that keeps every limit with a `cut`
 *  true, found by halving in minor units (a limit that holds for a sum must hold for a smaller one). The rest is owed, or
 *  waived, as the limit says. */
export function cutFunction(program: Program, layout: Layout, functions: Functions, payment: CutPayment): IrFunction {
  const b = new Builder(`cut ${program.accounts[payment.account]?.name}`, FRAME_SIZE + 1);
  const frame = new Frame(b.params.slice(0, FRAME_SIZE));
  const cx = new Context({ program, layout, functions, b, frame });
  const amount = b.move(b.var(), b.params[FRAME_SIZE] as Var);
  const owed = b.const(ZERO);
  const before = { balances: b.move(b.var(), frame.state("balances")), norms: b.move(b.var(), frame.state("norms")) };
  for (const limit of cutting(program)) {
    const whole = b.move(b.var(), amount);
    b.at(limit.span, () => largest(cx, limit, { payment, amount, before }));
    if (limit.cut === "owed") b.op("add", [owed, b.op("sub", [whole, amount])], owed);
  }
  b.ret(b.record([amount, owed]));
  return b.finish();
}

interface Trial {
  readonly payment: CutPayment;
  /** Lowered to the largest part that passes. */
  readonly amount: Var;
  readonly before: { readonly balances: Var; readonly norms: Var };
}

function largest(cx: Context, limit: LimitDecl, trial: Trial): void {
  const { b } = cx;
  const asset = cx.program.accounts[trial.payment.account]?.asset as number;
  const half = decimalOf(5, -1);
  const low = b.const(ZERO); // passes
  const high = b.move(b.var(), trial.amount); // does not pass
  const tried = b.move(b.var(), trial.amount);
  const rounds = CUT_HALVINGS + 2;
  // Round 0 tries the whole, round 1 nothing, the others halve.
  b.loop(b.const(Array.from({ length: rounds }, (_, i) => i)), rounds, (round, _index, exit) => {
    suppose(cx, trial, tried);
    const passes = expression(cx, limit.must.expr);
    b.block("next part", (next) => {
      b.ifEq(round, 0, () => {
        b.if(passes, () => {
          b.move(low, tried);
          b.jump(exit);
        });
        b.const(ZERO, tried);
        b.jump(next);
      });
      b.ifEq(round, 1, () => b.unless(passes, () => b.jump(exit)));
      b.if(
        passes,
        () => b.move(low, tried),
        () => b.move(high, tried),
      );
      const middle = roundMoney(cx, b.op("mul", [b.op("add", [low, high]), b.const(half)]), asset, "floor");
      b.unless(b.op("lt", [low, middle]), () => b.jump(exit));
      b.move(tried, middle);
    });
  });
  b.move(trial.amount, low);
}

/** Writes the state as it would be after paying `part`. */
function suppose(cx: Context, trial: Trial, part: Var): void {
  const { b, frame } = cx;
  const { payment, before } = trial;
  b.set(
    before.balances,
    payment.account,
    b.op("sub", [b.get(before.balances, payment.account), part]),
    frame.state("balances"),
  );
  if (payment.norm !== null) {
    const kept = b.get(before.norms, payment.norm);
    const paid = b.set(kept, NORM.paid, b.op("add", [b.get(kept, NORM.paid), part]));
    b.set(before.norms, payment.norm, paid, frame.state("norms"));
  }
  b.forget();
}
