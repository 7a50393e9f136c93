// Money that moves: out of an account or the value that came with the event, into an account or to a party. Every move
// takes from one place exactly what it gives to another and is listed in the answer, so nothing is created or burnt:
//
//   value taken + balances before = paid out + balances after      (per asset)
//
// A shortage refuses an event. A timer has no author to refuse: it pays what the account holds, the rest becomes a debt.
import { ZERO } from "../../vm/decimal.ts";
import type { MoveDecl, PlaceOfMoney } from "../model.ts";
import type { Context, CutPayment } from "./context.ts";
import { expression } from "./expressions.ts";
import type { Label, Var } from "./ir.ts";
import { debtorOf, gotSlot } from "./layout.ts";
import { roundMoney } from "./rounding.ts";

/** A place with its name and, when it depends on the run, its value. */
interface Place {
  readonly is: PlaceOfMoney;
  readonly name: Var;
}

/** A move whose amounts, shares and parties are already read, on the state before. */
export interface ReadMove {
  readonly declared: MoveDecl;
  readonly amount: Var | null; // null: all
  readonly from: Place;
  readonly to: readonly Place[];
  readonly shares: readonly Var[];
}

export function readMove(cx: Context, move: MoveDecl): ReadMove {
  const places = move.kind === "transfer" ? [move.to] : [...move.shares.map((share) => share.to), move.remainder];
  return {
    declared: move,
    amount: move.amount === "all" ? null : expression(cx, move.amount),
    from: placeOf(cx, move.from),
    to: places.map((place) => placeOf(cx, place)),
    shares: move.kind === "split" ? move.shares.map((share) => expression(cx, share.share)) : [],
  };
}

export function placeOf(cx: Context, place: PlaceOfMoney): Place {
  switch (place.kind) {
    case "account":
      return { is: place, name: cx.b.const(cx.accountName(place.account)) };
    case "role":
      return { is: place, name: cx.b.const(cx.roleName(place.role)) };
    case "caller":
      return { is: place, name: cx.frame.run("caller") };
    case "party":
      return { is: place, name: expression(cx, place.expr) };
  }
}

export function makeMove(cx: Context, move: ReadMove): void {
  cx.b.at(move.declared.span, () => {
    const { declared } = move;
    const amount = move.amount ?? allOf(cx, declared.from, declared.asset);
    if (declared.kind === "transfer")
      transfer(cx, { verb: declared.verb, asset: declared.asset, amount, from: move.from, to: move.to[0] as Place });
    else split(cx, move, amount);
  });
}

function allOf(cx: Context, from: PlaceOfMoney, asset: number): Var {
  if (from.kind === "account") return cx.b.get(cx.frame.state("balances"), from.account);
  return cx.pots[asset] ?? cx.b.const(ZERO);
}

/** Each share is rounded where it lands and is at most what is left; the remainder place gets the rest, so the parts make
 *  the whole. Shares of more than the whole are a fault. */
function split(cx: Context, move: ReadMove, whole: Var): void {
  const { b } = cx;
  const { asset } = move.declared;
  checkAmount(cx, whole, () => {
    const rest = b.move(b.var(), whole);
    const shared = b.const(ZERO);
    const parts = move.shares.map((share) => {
      b.op("round_add", [shared, share], shared);
      const part = b.move(b.var(), roundMoney(cx, b.op("round_mul", [whole, share]), asset));
      cx.faultUnlessKnown(part, "split");
      b.if(b.op("lt", [rest, part]), () => b.move(part, rest));
      b.op("sub", [rest, part], rest);
      return part;
    });
    b.unless(b.op("le", [shared, b.const(1)]), () => cx.fault(b.op("fail", ["shares pass the whole"]), "split"));
    [...parts, rest].forEach((amount, i) => {
      transfer(cx, { verb: "split", asset, amount, from: move.from, to: move.to[i] as Place });
    });
  });
}

/** Runs `body` when there is something to move; a negative amount or none is a fault. */
function checkAmount(cx: Context, amount: Var, body: () => void): void {
  const { b } = cx;
  cx.faultUnlessKnown(amount, "amount");
  b.if(b.op("lt", [b.const(0), amount]), body, () => {
    b.if(b.op("lt", [amount, b.const(0)]), () => cx.fault(b.op("fail", ["a negative amount"]), "amount"));
  });
}

export interface Transfer {
  readonly verb: string;
  readonly asset: number;
  readonly amount: Var;
  readonly from: Place;
  readonly to: Place;
}

export function transfer(cx: Context, t: Transfer): void {
  const { b } = cx;
  checkAmount(cx, t.amount, () => {
    b.block("moved", (done) => {
      const amount = take(cx, t, done);
      giveTo(cx, t.asset, amount, t.to);
      list(cx, { ...t, amount });
    });
  });
}

/** Takes the amount from where it leaves; gives what was really taken. Jumps to `nothing` when that is nothing. */
function take(cx: Context, t: Transfer, nothing: Label): Var {
  const { b } = cx;
  const { is } = t.from;
  if (is.kind !== "account") return takeFromValue(cx, t);
  const amount = b.move(b.var(), t.amount);
  const balance = b.get(cx.frame.state("balances"), is.account);
  if (cx.runs !== "event") {
    const cut = (): void => {
      const owed = payable(cx, { account: is.account, norm: null }, amount);
      owe(cx, is.account, t, owed);
      b.unless(b.op("lt", [b.const(0), amount]), () => b.jump(nothing));
    };
    if (cx.runs === "timer") cut();
    else b.if(cx.frame.run("timer"), cut);
  }
  if (cx.runs !== "timer")
    b.unless(b.op("le", [amount, balance]), () =>
      cx.refuse("shortage", cx.accountName(is.account), "", valuesOf(cx, { needed: amount, held: balance })),
    );
  cx.write("balances", is.account, b.op("sub", [balance, amount]));
  return amount;
}

/** Lowers `amount` to what the account holds and the limits with a `cut` let through; gives what is owed instead. */
export function payable(cx: Context, payment: CutPayment, amount: Var): Var {
  const { b } = cx;
  const asked = b.move(b.var(), amount);
  const balance = b.get(cx.frame.state("balances"), payment.account);
  b.unless(b.op("le", [amount, balance]), () => b.move(amount, balance));
  const owed = b.op("sub", [asked, amount]);
  const cut = cx.functions.cut(payment);
  if (cut !== null) {
    const answer = b.call(cut, [...cx.frame.vars, amount]);
    b.get(answer, 0, amount);
    b.op("add", [owed, b.get(answer, 1)], owed);
  }
  return owed;
}

/** The rest of a payment by timer: owed by the giver of the account to a party; kept in the account when for another account. */
function owe(cx: Context, account: number, t: Transfer, rest: Var): void {
  const { b } = cx;
  const debtor = debtorOf(cx.program, account);
  if (debtor === null || t.to.is.kind === "account" || t.to.is.kind === "caller") return;
  b.if(b.op("lt", [b.const(0), rest]), () => {
    cx.layout.debts.forEach((debt, slot) => {
      if (debt.debtor !== debtor || debt.asset !== t.asset) return;
      b.ifEq(t.to.name, cx.roleName(debt.creditor), () => {
        cx.write("debts", slot, b.op("add", [b.get(cx.frame.state("debts"), slot), rest]));
      });
    });
  });
}

/** From the value that came with the event. Only the author's own value is there to take. */
function takeFromValue(cx: Context, t: Transfer): Var {
  const { b } = cx;
  const { is } = t.from;
  const pot = cx.pots[t.asset];
  const short = (): void => cx.refuse("shortage", t.from.name, "");
  if (pot === undefined) {
    short();
    return t.amount;
  }
  if (is.kind === "role") b.ifNe(cx.frame.run("caller"), cx.roleName(is.role), short);
  if (is.kind === "party") b.unless(b.op("eq", [t.from.name, cx.frame.run("caller"), 1]), short);
  b.unless(b.op("le", [t.amount, pot]), () =>
    cx.refuse("wrong-amount", cx.assetName(t.asset), "value", valuesOf(cx, { needed: t.amount, came: pot })),
  );
  b.op("sub", [pot, t.amount], pot);
  return t.amount;
}

function giveTo(cx: Context, asset: number, amount: Var, to: Place): void {
  const { b } = cx;
  const { is } = to;
  if (is.kind === "account") {
    const sum = b.op("add", [b.get(cx.frame.state("balances"), is.account), amount]);
    cx.faultUnlessKnown(sum, cx.accountName(is.account));
    cx.write("balances", is.account, sum);
    return;
  }
  if (is.kind === "role") return receive(cx, is.role, asset, amount);
  cx.faultUnlessKnown(to.name, "party");
  b.block("received", (done) => {
    cx.program.roles.forEach((role, r) => {
      b.ifEq(to.name, role.name, () => {
        receive(cx, r, asset, amount);
        b.jump(done);
      });
    });
  });
}

/** Counts what a role has received. */
export function receive(cx: Context, role: number, asset: number, amount: Var): void {
  const slot = gotSlot(cx.program, role, asset);
  const sum = cx.b.op("add", [cx.b.get(cx.frame.state("got"), slot), amount]);
  cx.faultUnlessKnown(sum, cx.roleName(role));
  cx.write("got", slot, sum);
}

/** Adds to the moves of the answer. */
export function list(
  cx: Context,
  move: { verb: string; asset: number; amount: Var; from: Pick<Place, "name">; to: Pick<Place, "name"> },
): void {
  const { b } = cx;
  const entry = b.record([
    b.const(move.verb),
    b.const(cx.assetName(move.asset)),
    move.amount,
    move.from.name,
    move.to.name,
  ]);
  const moves = cx.frame.run("moves");
  b.op("put", [moves, b.op("length", [moves]), entry, cx.movesMax], moves);
}

/** Values a refusal shows. */
export function valuesOf(cx: Context, values: Readonly<Record<string, Var>>): Var {
  const { b } = cx;
  return b.record(Object.entries(values).map(([name, value]) => b.record([b.const(name), value])));
}
