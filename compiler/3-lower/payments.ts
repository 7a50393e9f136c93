// The built-in event `pay {for, amount}`: the payer's open claims in the asset that came are met, oldest deadline first,
// then by name; then what accounts could not pay. A claim without `parts` is paid whole or not at all.
import type { Type } from "../../vm/type.ts";
import { MapValue } from "../../vm/value.ts";
import type { NormDecl } from "../model.ts";
import { refuseClaim } from "./admission.ts";
import { giveBack } from "./certified.ts";
import type { Context, StepVars } from "./context.ts";
import { expression, norm as keptOf } from "./expressions.ts";
import { Kept, within } from "./instances.ts";
import type { Label, Var } from "./ir.ts";
import { INSTANCE, moneyOf, NORM, optional, TEXT } from "./layout.ts";
import { list, receive, valuesOf } from "./moves.ts";
import { partsOf } from "./sizes.ts";

interface Claim {
  readonly norm: NormDecl;
  readonly index: number;
}

/** Obligations to pay in one asset, by name: the order among equal deadlines. */
function claimsIn(cx: Context, asset: number): Claim[] {
  return cx.program.norms
    .map((norm, index) => ({ norm, index }))
    .filter(({ norm }) => norm.duty.kind === "pay" && norm.duty.asset === asset)
    .sort((a, b) => (a.norm.name < b.norm.name ? -1 : 1));
}

export function pay(cx: Context): void {
  const { b, program, frame } = cx;
  const step = cx.step as StepVars;
  const duties = program.norms.filter((norm) => norm.duty.kind === "pay");
  b.if(step.badValue, () => cx.refuse("invalid-input", "pay", "value"));
  refuseClaim(
    cx,
    "pay",
    duties.map((norm) => norm.name),
  );
  const payee = b.const(undefined);
  const stated = b.const(undefined);
  readInputs(cx, stated, payee);
  admitPayer(cx, duties);
  b.ifEq(frame.state("phase"), "offered", () => cx.refuse("wrong-state", "pay", "phase"));
  b.block("paid", (done) => {
    program.assets.forEach((asset, a) => {
      const pot = cx.pots[a] as Var;
      b.if(b.op("lt", [b.const(0), pot]), () => {
        program.assets.forEach((_, other) => {
          if (other !== a)
            b.if(b.op("lt", [b.const(0), cx.pots[other] as Var]), () => cx.refuse("wrong-amount", "pay", "value"));
        });
        const came = b.move(b.var(), pot);
        payIn(cx, a, pot, payee);
        covers(cx, a, stated, came, asset.name);
        b.jump(done);
      });
    });
    cx.refuse("wrong-amount", "pay", "value");
  });
  b.const(true, step.paying);
}

/** Inputs of a payment: `{amount?, to?}`. The amount stays JSON: its asset must be the one that came. */
function readInputs(cx: Context, stated: Var, payee: Var): void {
  const { b, program } = cx;
  const step = cx.step as StepVars;
  const given = b.move(b.var(), step.inputs);
  b.if(b.op("eq", [given, b.const(null), 1]), () => b.const(new MapValue([], []), given));
  const kinds = program.assets.map((_, a) => moneyOf(program, a));
  const [only = TEXT] = kinds;
  const type: Type = {
    kind: "record",
    fields: [
      {
        name: "amount",
        type: optional(
          kinds.length === 1 ? only : { kind: "union", of: kinds.length === 0 ? [TEXT, { kind: "null" }] : kinds },
        ),
        optional: true,
      },
      { name: "to", type: optional(TEXT), optional: true },
    ],
    open: false,
  };
  const inputs = b.conform(given, type, partsOf(type));
  b.if(b.op("is_error", [inputs]), () => cx.refuse("invalid-input", "pay", "amount", valuesOf(cx, { inputs })));
  b.if(b.op("known", [b.get(inputs, 0)]), () => b.op("field", [given, "amount"], stated));
  b.get(inputs, 1, payee);
  b.block("payee", (fine) => {
    b.unless(b.op("known", [payee]), () => b.jump(fine));
    for (const role of program.roles) b.jumpEq(payee, role.name, fine);
    cx.refuse("invalid-input", "pay", "to");
  });
}

/** The author owes something under the agreement, or under the obligation named in `for`. */
function admitPayer(cx: Context, duties: readonly NormDecl[]): void {
  const { b, frame, layout } = cx;
  const { claim } = cx.step as StepVars;
  const admit = (role: number): void => {
    b.const(cx.roleName(role), frame.run("caller"));
  };
  b.block("payer", (found) => {
    for (const norm of duties) {
      b.block("not this duty", (next) => {
        b.if(b.op("ne", [claim, b.const(null), 1]), () => b.jumpNe(claim, norm.name, next));
        b.jumpUnless(isPayer(cx, norm.debtor), next);
        admit(norm.debtor);
        b.jump(found);
      });
    }
    for (const debtor of new Set(layout.debts.map((debt) => debt.debtor))) {
      b.block("not this debt", (next) => {
        b.if(b.op("ne", [claim, b.const(null), 1]), () => b.jump(next));
        b.jumpUnless(isPayer(cx, debtor), next);
        admit(debtor);
        b.jump(found);
      });
    }
    cx.refuse("not-the-party", "pay", "");
  });
  b.forget();
}

/** What the author says it pays is what came. */
function covers(cx: Context, asset: number, stated: Var, pot: Var, name: string): void {
  const { b, program } = cx;
  b.if(b.op("known", [stated]), () => {
    const needed = b.conform(stated, moneyOf(program, asset), 1);
    b.unless(b.op("eq", [needed, pot, 1]), () =>
      cx.refuse("wrong-amount", name, "value", valuesOf(cx, { needed, came: pot })),
    );
  });
}

/** The best claim found so far. */
interface Best {
  readonly instance: Var; // unknown: none
  readonly norm: Var; // index
  readonly late: Var; // bool: from the list of violated ones
}

function payIn(cx: Context, asset: number, rest: Var, payee: Var): void {
  const { b } = cx;
  const claims = claimsIn(cx, asset);
  const debts = cx.layout.debts.map((debt, slot) => ({ ...debt, slot })).filter((debt) => debt.asset === asset);
  const touched = b.const(false);
  const excess = b.const(false); // some claim met lets the payer have the excess back
  const rounds = claims.reduce((sum, { norm }) => sum + norm.openAtMost * (norm.late ? 2 : 1), 0);
  if (rounds > 0) {
    b.loop(b.const(Array.from({ length: rounds }, (_, i) => i)), rounds, (_item, _index, exit) => {
      const best: Best = { instance: b.const(undefined), norm: b.const(-1), late: b.const(false) };
      for (const claim of claims) seek(cx, claim, payee, best);
      b.jumpEq(best.norm, -1, exit);
      for (const claim of claims) {
        b.ifEq(best.norm, claim.index, () => {
          meet(cx, claim, asset, best, rest);
          if (claim.norm.excessReturned) b.const(true, excess);
        });
      }
      b.const(true, touched);
      b.unless(b.op("lt", [b.const(0), rest]), () => b.jump(exit));
    });
  }
  for (const debt of debts) payDebt(cx, debt, { asset, rest, payee, touched });
  b.unless(touched, () => cx.refuse("wrong-state", "pay", "claim"));
  b.if(b.op("lt", [b.const(0), rest]), () => {
    b.unless(excess, () => cx.refuse("wrong-amount", "pay", "value", valuesOf(cx, { left: rest })));
    giveBack(cx, asset, rest);
  });
}

const isPayer = (cx: Context, role: number): Var =>
  cx.b.op("eq", [cx.b.get(cx.frame.state("roles"), role), (cx.step as StepVars).by, 1]);

/** Offers every unpaid instance of the claim. */
function seek(cx: Context, { norm, index }: Claim, payee: Var, best: Best): void {
  const { b } = cx;
  const { claim } = cx.step as StepVars;
  b.block("not this claim", (exit) => {
    b.jumpUnless(isPayer(cx, norm.debtor), exit);
    b.if(b.op("ne", [claim, b.const(null), 1]), () => b.jumpNe(claim, norm.name, exit));
    b.if(b.op("known", [payee]), () => b.jumpNe(payee, cx.roleName(norm.creditor as number), exit));
    const kept = keptOf(cx, index);
    for (const late of norm.late ? [false, true] : [false]) {
      b.loop(b.get(kept, late ? NORM.late : NORM.open), norm.openAtMost, (instance) => {
        b.block("not better", (skip) => {
          unpaid(cx, norm, instance, skip);
          b.block("better", (better) => {
            b.jumpEq(best.norm, -1, better);
            const due = b.get(instance, INSTANCE.due);
            const bestDue = b.get(best.instance, INSTANCE.due);
            b.unless(b.op("known", [due]), () => b.jump(skip));
            b.unless(b.op("known", [bestDue]), () => b.jump(better));
            b.jumpUnless(b.op("lt", [due, bestDue]), skip);
          });
          b.move(best.instance, instance);
          b.const(index, best.norm);
          b.const(late, best.late);
        });
      });
    }
  });
}

/** What the instance still asks for; jumps away when nothing. */
function unpaid(cx: Context, norm: NormDecl, instance: Var, nothing: Label): Var {
  const { b } = cx;
  const amount = b.var();
  if (norm.amountWhenPaid && norm.amount !== null) {
    const { amount: declared } = norm;
    within(cx, norm, instance, () => b.move(amount, expression(cx, declared, amount)));
    cx.faultIfError(amount, norm.name);
  } else b.get(instance, INSTANCE.amount, amount);
  const rest = b.op("sub", [amount, b.get(instance, INSTANCE.paid)]);
  b.jumpUnless(b.op("lt", [b.const(0), rest]), nothing);
  return rest;
}

function meet(cx: Context, { norm, index }: Claim, asset: number, best: Best, rest: Var): void {
  const { b } = cx;
  b.at(norm.span, () => {
    const instance = b.move(b.var(), best.instance);
    b.block("met", (done) => {
      const needed = unpaid(cx, norm, instance, done);
      const part = b.move(b.var(), needed);
      b.if(b.op("lt", [rest, needed]), () => {
        b.move(part, rest);
        const wrong = (): void => cx.refuse("wrong-amount", norm.name, "value", valuesOf(cx, { needed, came: rest }));
        if (norm.partsAtLeast === null) wrong();
        else {
          const { partsAtLeast } = norm;
          within(cx, norm, instance, () => b.unless(b.op("le", [expression(cx, partsAtLeast), part]), wrong));
        }
      });
      b.set(instance, INSTANCE.amount, b.op("add", [b.get(instance, INSTANCE.paid), needed]), instance);
      b.set(instance, INSTANCE.paid, b.op("add", [b.get(instance, INSTANCE.paid), part]), instance);
      const kept = new Kept(cx, index);
      const total = b.op("add", [kept.get("paid"), part]);
      cx.faultUnlessKnown(total, norm.name);
      kept.set("paid", total);
      if (norm.late) {
        b.if(
          best.late,
          () => {
            b.set(instance, INSTANCE.late, b.const(true), instance);
            kept.updateLate(instance);
          },
          () => kept.update(instance),
        );
      } else kept.update(instance);
      kept.write();
      b.op("sub", [rest, part], rest);
      receive(cx, norm.creditor as number, asset, part);
      list(cx, {
        verb: "pay",
        asset,
        amount: part,
        from: { name: b.const(cx.roleName(norm.debtor)) },
        to: { name: b.const(cx.roleName(norm.creditor as number)) },
      });
    });
  });
}

function payDebt(
  cx: Context,
  debt: { readonly debtor: number; readonly creditor: number; readonly slot: number },
  of: { readonly asset: number; readonly rest: Var; readonly payee: Var; readonly touched: Var },
): void {
  const { b, frame } = cx;
  const { rest } = of;
  b.block("no debt", (exit) => {
    b.if(b.op("ne", [(cx.step as StepVars).claim, b.const(null), 1]), () => b.jump(exit));
    b.if(b.op("known", [of.payee]), () => b.jumpNe(of.payee, cx.roleName(debt.creditor), exit));
    b.jumpUnless(isPayer(cx, debt.debtor), exit);
    const owed = b.get(frame.state("debts"), debt.slot);
    const part = b.move(b.var(), owed);
    b.if(b.op("lt", [rest, part]), () => b.move(part, rest));
    b.jumpUnless(b.op("lt", [b.const(0), part]), exit);
    cx.write("debts", debt.slot, b.op("sub", [owed, part]));
    b.op("sub", [rest, part], rest);
    receive(cx, debt.creditor, of.asset, part);
    list(cx, {
      verb: "pay",
      asset: of.asset,
      amount: part,
      from: { name: b.const(cx.roleName(debt.debtor)) },
      to: { name: b.const(cx.roleName(debt.creditor)) },
    });
    b.const(true, of.touched);
  });
}
