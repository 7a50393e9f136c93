// Before the agreement is active: signing, which funds accounts, and taking a signature back.
import { ZERO } from "../../vm/decimal.ts";
import type { Program } from "../model.ts";
import { refuseInputs } from "./admission.ts";
import { refuseValue } from "./certified.ts";
import type { Context, StepVars } from "./context.ts";
import { returnAccounts } from "./end.ts";
import { expression } from "./expressions.ts";
import type { Var } from "./ir.ts";
import { list, valuesOf } from "./moves.ts";
import { enterInitial } from "./states.ts";

/** The event `sign`: the author signs for every role it holds (or the one named) that has to sign and has not yet. */
export function sign(cx: Context): void {
  const { b, frame, program } = cx;
  const step = cx.step as StepVars;
  const { signers } = cx.layout;
  b.block("role", (known) => {
    b.jumpEq(step.name, "", known);
    for (const role of signers) b.jumpEq(step.name, cx.roleName(role), known);
    cx.refuse("unknown-event", step.name, "sign");
  });
  refuseInputs(cx, "sign");
  const meant = signers.map((role) => isMeant(cx, role));
  b.block("party", (found) => {
    for (const one of meant) b.jumpIf(one, found);
    cx.refuse("not-the-party", "sign", "");
  });
  b.ifNe(frame.state("phase"), "offered", () => cx.refuse("wrong-state", "sign", "phase"));
  const due = program.assets.map(() => b.const(ZERO));
  const fresh = b.const(false);
  signers.forEach((role, i) => {
    b.if(meant[i] as Var, () => {
      b.unless(b.get(frame.state("signed"), role), () => {
        cx.write("signed", role, b.const(true));
        b.const(true, fresh);
        b.const(cx.roleName(role), frame.run("caller"));
        fund(cx, program, role, due);
      });
    });
  });
  b.unless(fresh, () => cx.refuse("wrong-state", "sign", "signed"));
  program.assets.forEach((asset, a) => {
    const pot = cx.pots[a] as Var;
    b.unless(b.op("eq", [pot, due[a] as Var, 1]), () =>
      cx.refuse("wrong-amount", asset.name, "value", valuesOf(cx, { needed: due[a] as Var, came: pot })),
    );
  });
  b.block("not all signed", (exit) => {
    for (const role of signers) b.jumpUnless(b.get(frame.state("signed"), role), exit);
    becomeActive(cx);
  });
}

/** A bool: the author holds the role, and the event names it or no role. */
function isMeant(cx: Context, role: number): Var {
  const { b } = cx;
  const step = cx.step as StepVars;
  const result = b.const(false);
  b.block("meant", (exit) => {
    b.block("named", (named) => {
      b.jumpEq(step.name, "", named);
      b.jumpNe(step.name, cx.roleName(role), exit);
    });
    b.op("is_true", [b.op("eq", [b.get(cx.frame.state("roles"), role), step.by, 1])], result);
  });
  return result;
}

/** Accounts the role funds get what they begin with. */
function fund(cx: Context, program: Program, role: number, due: readonly Var[]): void {
  const { b } = cx;
  program.accounts.forEach((account, a) => {
    if (account.from !== role || account.toBegin === null) return;
    const amount = b.move(b.var(), expression(cx, account.toBegin));
    cx.faultUnlessKnown(amount, account.name);
    b.if(b.op("lt", [amount, b.const(0)]), () => cx.fault(b.op("fail", ["a negative amount"]), account.name));
    b.if(b.op("lt", [b.const(0), amount]), () => {
      const sum = due[account.asset] as Var;
      b.op("add", [sum, amount], sum);
      cx.write("balances", a, b.op("add", [b.get(cx.frame.state("balances"), a), amount]));
      list(cx, {
        verb: "hold",
        asset: account.asset,
        amount,
        from: { name: b.const(cx.roleName(role)) },
        to: { name: b.const(account.name) },
      });
    });
  });
}

function becomeActive(cx: Context): void {
  const { b, frame, program } = cx;
  cx.assign("phase", "active");
  cx.replace("activated", frame.run("now"));
  if (program.expires !== null) {
    const at = expression(cx, program.expires.at);
    cx.faultUnlessKnown(at, "runs");
    cx.replace("expires", at);
  }
  b.const(true, (cx.step as StepVars).activating);
  enterInitial(cx);
}

/** The event `withdraw` before activation: who has signed may step back; nothing comes to be and funds return. */
export function withdraw(cx: Context): void {
  const { b, frame } = cx;
  const step = cx.step as StepVars;
  refuseInputs(cx, "withdraw");
  b.block("signed", (found) => {
    const held = b.const(false);
    for (const role of cx.layout.signers) {
      b.if(b.op("eq", [b.get(frame.state("roles"), role), step.by, 1]), () => {
        b.const(true, held);
        b.ifNe(frame.state("phase"), "offered", () => cx.refuse("wrong-state", "withdraw", "phase"));
        b.if(b.get(frame.state("signed"), role), () => {
          b.const(cx.roleName(role), frame.run("caller"));
          b.jump(found);
        });
      });
    }
    b.if(held, () => cx.refuse("wrong-state", "withdraw", "signed"));
    cx.refuse("not-the-party", "withdraw", "");
  });
  refuseValue(cx, []);
  cx.assign("phase", "ended");
  cx.assign("outcome", "rescinded");
  cx.replace("cause", frame.run("caller"));
  cx.replace("ended", frame.run("now"));
  returnAccounts(cx, (account) => account.from);
}
