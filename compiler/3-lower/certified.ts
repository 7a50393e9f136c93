// The certified value that comes with an event: one pot per asset, emptied by what the event takes. What is left over is
// returned where the author says so, otherwise the amount was wrong: nothing of it can stay behind.
import { ZERO } from "../../vm/decimal.ts";
import type { ActionDecl, EffectsDecl, MoveDecl } from "../model.ts";
import type { Context, StepVars } from "./context.ts";
import { expression } from "./expressions.ts";
import type { Var } from "./ir.ts";
import { list, placeOf, transfer, valuesOf } from "./moves.ts";
import { roundMoney } from "./rounding.ts";

/** Reads the certified value into one pot per asset. */
export function readValue(cx: Context): void {
  const { b, program } = cx;
  const { value, badValue } = cx.step as StepVars;
  cx.pots = program.assets.map(() => b.const(ZERO));
  b.if(b.op("ne", [value, b.const(null), 1]), () => {
    const most = b.const(program.assets.length);
    // More entries than assets, or no list at all, cannot be read.
    b.unless(b.op("le", [b.op("length", [value]), most]), () => b.const(true, badValue));
    b.unless(badValue, () => {
      b.loop(value, program.assets.length, (entry) => {
        const amount = b.op("to_decimal", [b.get(entry, 1)]);
        b.block("read", (read) => {
          b.block("bad", (bad) => {
            b.jumpUnless(b.op("lt", [b.const(0), amount]), bad);
            program.assets.forEach((asset, a) => {
              b.ifEq(b.get(entry, 0), asset.name, () => {
                const pot = cx.pots[a] as Var;
                b.op("add", [pot, amount], pot);
                b.unless(b.op("known", [pot]), () => b.jump(bad));
                b.jump(read);
              });
            });
          });
          b.const(true, badValue);
        });
      });
      // Whole minor units only: there is nothing smaller to pay with.
      program.assets.forEach((_, a) => {
        const pot = cx.pots[a] as Var;
        b.if(b.op("lt", [b.const(0), pot]), () => {
          b.unless(b.op("eq", [roundMoney(cx, pot, a, "floor"), pot, 1]), () => b.const(true, badValue));
        });
      });
    });
  });
}

/** Value of assets that this event cannot take is refused. */
export function refuseValue(cx: Context, takes: readonly number[]): void {
  const { b, program } = cx;
  program.assets.forEach((asset, a) => {
    const pot = cx.pots[a] as Var;
    if (!takes.includes(a))
      b.unless(b.op("le", [pot, b.const(0)]), () =>
        cx.refuse("wrong-amount", asset.name, "value", valuesOf(cx, { came: pot })),
      );
  });
}

/** Assets that the moves of an action take from the author. */
function takenByMoves(effects: EffectsDecl): number[] {
  const fromAuthor = (move: MoveDecl): boolean => move.from.kind !== "account";
  const own = effects.moves.filter(fromAuthor).map((move) => move.asset);
  return [...own, ...effects.cases.flatMap((row) => (row.effects === "refuse" ? [] : takenByMoves(row.effects)))];
}

/** Checks the value against `pays`; gives the amount that `pays` asks for, null without it. */
export function admitValue(cx: Context, action: ActionDecl): Var | null {
  const { b } = cx;
  const moved = takenByMoves(action.effects);
  const { pays } = action;
  refuseValue(cx, pays === null ? moved : [...moved, pays.asset]);
  if (pays === null) return null;
  const amount = b.move(b.var(), expression(cx, pays.amount));
  cx.faultUnlessKnown(amount, action.name);
  const pot = cx.pots[pays.asset] as Var;
  // What comes beyond is for the moves when they take of this asset too; else it is returned or wrong.
  const more = pays.changeReturned || (pays.into !== null && moved.includes(pays.asset));
  const enough = more ? b.op("le", [amount, pot]) : b.op("eq", [amount, pot, 1]);
  b.unless(enough, () => cx.refuse("wrong-amount", action.name, "value", valuesOf(cx, { needed: amount, came: pot })));
  return amount;
}

/** `pays … into` is the first move of the action. */
export function takeInto(cx: Context, action: ActionDecl, amount: Var | null): void {
  const { pays } = action;
  if (pays === null || pays.into === null || amount === null) return;
  transfer(cx, {
    verb: "hold",
    asset: pays.asset,
    amount,
    from: placeOf(cx, { kind: "caller" }),
    to: placeOf(cx, { kind: "account", account: pays.into }),
  });
}

/** The moves from the author must equal the value taken. */
export function settleValue(cx: Context, action: ActionDecl): void {
  const { b, program } = cx;
  const moved = takenByMoves(action.effects);
  program.assets.forEach((asset, a) => {
    const returned = action.pays?.changeReturned === true && action.pays.asset === a;
    if (!moved.includes(a) && action.pays?.asset !== a) return;
    const pot = cx.pots[a] as Var;
    b.if(b.op("lt", [b.const(0), pot]), () => {
      if (returned) giveBack(cx, a, pot);
      else cx.refuse("wrong-amount", action.name, "value", valuesOf(cx, { [`${asset.name} left`]: pot }));
    });
  });
}

/** The rest of the value goes back to its author: listed, so that the moves from the author equal the value that came. */
export function giveBack(cx: Context, asset: number, rest: Var): void {
  const { b } = cx;
  const caller = { name: cx.frame.run("caller") };
  list(cx, { verb: "return", asset, amount: b.move(b.var(), rest), from: caller, to: caller });
  b.const(ZERO, rest);
}
