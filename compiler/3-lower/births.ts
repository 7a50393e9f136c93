// Birth of an obligation: an instance comes to be, waits for its `when`, and becomes active; then its amount and deadline
// are read once and stored, and a claim on an account is paid.
import { ZERO } from "../../vm/decimal.ts";
import type { NormDecl, Program } from "../model.ts";
import { Builder } from "./builder.ts";
import { Context, type Functions } from "./context.ts";
import { expression } from "./expressions.ts";
import { FRAME_SIZE, Frame } from "./frame.ts";
import { Kept, within } from "./instances.ts";
import type { IrFunction, Label, Var } from "./ir.ts";
import { CAUSE, INSTANCE, INSTANCE_SIZE, type Layout, type Status } from "./layout.ts";
import { list, payable, receive } from "./moves.ts";

/** An instance may have to wait: for its condition, or until its amount or deadline is known. */
export const waits = (norm: NormDecl): boolean =>
  norm.when !== null ||
  norm.deadline?.at.type.kind === "optional" ||
  (norm.amount?.type.kind === "optional" && !norm.amountWhenPaid);

/** The memory of a cause, as it is when it is violated. */
export function causeOf(cx: Context, norm: number, instance: Var): Var {
  const { b } = cx;
  const group = b.group(Object.keys(CAUSE).length);
  b.const(cx.program.norms[norm]?.name as string, group[CAUSE.norm]);
  for (const field of ["key", "due", "amount", "paid", "born"] as const)
    b.get(instance, INSTANCE[field], group[CAUSE[field]]);
  return b.record(group);
}

/** A new instance of the obligation, active or waiting. `cause`: null when nothing caused it. */
export function bear(cx: Context, index: number, cause: Var | null): void {
  const { b, frame } = cx;
  const norm = cx.program.norms[index] as NormDecl;
  b.block("born", (done) => {
    // Winding up: only what survives is born.
    if (!norm.survives) b.jumpEq(frame.state("phase"), "ended", done);
    const kept = new Kept(cx, index);
    // …and as long as it survives: `until` goes when it has passed.
    if (norm.survivesUntil !== null)
      b.ifEq(frame.state("phase"), "ended", () => b.unless(b.op("known", [kept.get("until")]), () => b.jump(done)));
    checkRoom(cx, norm, kept);
    const instance = fresh(cx, norm, kept, cause);
    if (!waits(norm)) return activate(cx, index, instance);
    b.if(
      ready(cx, norm, instance),
      () => activate(cx, index, instance),
      () => {
        const waiting = kept.get("waiting");
        kept.set("waiting", b.op("put", [waiting, b.op("length", [waiting]), instance, norm.openAtMost]));
        kept.write();
      },
    );
  });
}

function checkRoom(cx: Context, norm: NormDecl, kept: Kept): void {
  const { b } = cx;
  // Born once: there is always room.
  if (norm.birth.kind === "once" && !norm.again) return;
  let taken = b.op("length", [kept.get("open")]);
  if (waits(norm)) taken = b.op("add", [taken, b.op("length", [kept.get("waiting")])]);
  b.unless(b.op("lt", [taken, b.const(norm.openAtMost)]), () => cx.refuse("limit", norm.name, "open_at_most"));
}

/** A waiting instance. Its key: 0 when born once, the sequence number of the event for `on`, otherwise the number of the
 *  birth, which does not depend on how often the agreement was asked in between. */
function fresh(cx: Context, norm: NormDecl, kept: Kept, cause: Var | null): Var {
  const { b, frame } = cx;
  const group = b.group(INSTANCE_SIZE);
  const key = group[INSTANCE.key] as Var;
  if (norm.birth.kind === "on") b.move(key, frame.state("seq"));
  else b.const(0, key);
  if (norm.birth.kind !== "once" || norm.again) {
    // Two births in one step: the later gets the next number. It may wait, so both lists are looked at.
    const raise = (instance: Var): void => {
      const last = b.get(instance, INSTANCE.key);
      b.if(b.op("le", [key, last]), () => b.op("add", [last, b.const(1)], key));
    };
    raise(kept.get("latest"));
    if (waits(norm)) b.loop(kept.get("waiting"), norm.openAtMost, raise);
  }
  if (cause === null) b.const(undefined, group[INSTANCE.cause]);
  else b.move(group[INSTANCE.cause] as Var, cause);
  b.const("waiting", group[INSTANCE.status]);
  b.move(group[INSTANCE.born] as Var, frame.run("now"));
  for (const slot of [INSTANCE.due, INSTANCE.cure, INSTANCE.amount]) b.const(undefined, group[slot]);
  b.const(ZERO, group[INSTANCE.paid]);
  b.const(false, group[INSTANCE.late]);
  b.const(false, group[INSTANCE.madeGood]);
  if (norm.birth.kind === "on") b.move(group[INSTANCE.inputs] as Var, frame.run("inputs"));
  else b.const(undefined, group[INSTANCE.inputs]);
  return b.record(group);
}

/** A bool: the condition is true, amount and deadline are known. An error in the condition is not true. */
export function ready(cx: Context, norm: NormDecl, instance: Var): Var {
  const { b } = cx;
  const result = b.const(false);
  within(cx, norm, instance, () => {
    b.block("not ready", (exit) => {
      if (norm.when !== null) b.jumpUnless(expression(cx, norm.when.expr), exit);
      for (const e of [norm.amountWhenPaid ? null : norm.amount, norm.deadline?.at ?? null]) {
        if (e?.type.kind !== "optional") continue;
        const value = expression(cx, e);
        // An error is not waited for: it becomes a fault at birth.
        b.unless(b.op("is_error", [value]), () => b.jumpUnless(b.op("known", [value]), exit));
      }
      b.const(true, result);
    });
  });
  return result;
}

/** Parts of the frame that the function of a birth gives back. */
const WRITTEN_STATE = ["norms", "balances", "got"] as const;
const WRITTEN_RUN = ["moves", "refusal"] as const;

/** Makes a waiting instance (in no list) active, by the obligation's own function. */
export function activate(cx: Context, index: number, instance: Var): void {
  const { b, frame } = cx;
  const answer = b.call(cx.functions.birth(index), [...frame.vars, instance]);
  WRITTEN_STATE.forEach((part, i) => {
    b.get(answer, i, frame.state(part));
  });
  WRITTEN_RUN.forEach((part, i) => {
    b.get(answer, WRITTEN_STATE.length + i, frame.run(part));
  });
  b.forget();
  b.if(b.op("known", [frame.run("refusal")]), () => b.jump(cx.exit as Label));
  if (cx.signals !== null) b.const(true, cx.signals.changed);
}

export function birthFunction(program: Program, layout: Layout, functions: Functions, index: number): IrFunction {
  const norm = program.norms[index] as NormDecl;
  const b = new Builder(`birth ${norm.name}`, FRAME_SIZE + 1);
  const cx = new Context({ program, layout, functions, b, frame: new Frame(b.params.slice(0, FRAME_SIZE)) });
  b.at(norm.span, () => {
    b.block("refused", (exit) => {
      cx.exit = exit;
      becomeActive(cx, index, b.params[FRAME_SIZE] as Var);
    });
    b.ret(
      b.record([
        ...WRITTEN_STATE.map((part) => cx.frame.state(part)),
        ...WRITTEN_RUN.map((part) => cx.frame.run(part)),
      ]),
    );
  });
  return b.finish();
}

function becomeActive(cx: Context, index: number, waiting: Var): void {
  const { b, frame } = cx;
  const norm = cx.program.norms[index] as NormDecl;
  const kept = new Kept(cx, index);
  const instance = b.set(waiting, INSTANCE.born, frame.run("now"), b.var());
  within(cx, norm, instance, () => {
    if (norm.amount !== null && !norm.amountWhenPaid) {
      const amount = b.move(b.var(), expression(cx, norm.amount));
      cx.faultUnlessKnown(amount, norm.name);
      b.if(b.op("lt", [amount, b.const(0)]), () => cx.fault(b.op("fail", ["a negative amount"]), norm.name));
      b.set(instance, INSTANCE.amount, amount, instance);
    }
    if (norm.deadline !== null) {
      const due = expression(cx, norm.deadline.at);
      cx.faultUnlessKnown(due, norm.name);
      b.set(instance, INSTANCE.due, due, instance);
    }
  });
  if (norm.from !== null && norm.amount !== null && !norm.amountWhenPaid) payFrom(cx, norm, norm.from, kept, instance);
  kept.count("born");
  const status = b.const("active" satisfies Status);
  if (norm.duty.kind === "pay" && norm.amount !== null && !norm.amountWhenPaid) {
    const open = b.op("lt", [b.get(instance, INSTANCE.paid), b.get(instance, INSTANCE.amount)]);
    b.unless(open, () => b.const("fulfilled" satisfies Status, status));
  }
  b.set(instance, INSTANCE.status, status, instance);
  kept.set("latest", instance);
  b.ifEq(status, "active", () => {
    const open = kept.get("open");
    kept.set("open", b.op("put", [open, b.op("length", [open]), instance, norm.openAtMost]));
  });
  kept.write();
}

/** The agreement pays the claim from its account; what the account does not hold stays a claim. */
function payFrom(cx: Context, norm: NormDecl, account: number, kept: Kept, instance: Var): void {
  const { b, frame } = cx;
  const asset = cx.program.accounts[account]?.asset as number;
  const asked = b.get(instance, INSTANCE.amount);
  const amount = b.move(b.var(), asked);
  const index = kept.index;
  b.if(
    frame.run("timer"),
    () => {
      // What a limit waives is no claim any more.
      const owed = payable(cx, { account, norm: index }, amount);
      b.set(instance, INSTANCE.amount, b.op("add", [amount, owed]), instance);
    },
    () => {
      const balance = b.get(frame.state("balances"), account);
      b.unless(b.op("le", [amount, balance]), () => b.move(amount, balance));
    },
  );
  b.if(b.op("lt", [b.const(0), amount]), () => {
    cx.write("balances", account, b.op("sub", [b.get(frame.state("balances"), account), amount]));
    const creditor = norm.creditor as number;
    receive(cx, creditor, asset, amount);
    list(cx, {
      verb: "pay",
      asset,
      amount,
      from: { name: b.const(cx.accountName(account)) },
      to: { name: b.const(cx.roleName(creditor)) },
    });
    b.set(instance, INSTANCE.paid, amount, instance);
    const total = b.op("add", [kept.get("paid"), amount]);
    cx.faultUnlessKnown(total, norm.name);
    kept.set("paid", total);
  });
}
