// Moves of money: where it comes from, where it may go, and that each is of one asset and rounded where it lands.
import type { Amount, Move, Scalar } from "../../lang/ast.ts";
import type { Span } from "../../lang/source.ts";
import { add } from "../../vm/arithmetic.ts";
import { Decimal, decimalOf } from "../../vm/decimal.ts";
import { printLiteral } from "../../vm/literal.ts";
import { compareValues } from "../../vm/order.ts";
import type { Value } from "../../vm/value.ts";
import {
  forbiddenMove,
  misplacedKey,
  missingKey,
  noCaller,
  noPayer,
  splitOver,
  typeMismatch,
  wrongAsset,
} from "../codes.ts";
import type { MoveDecl, PlaceOfMoney, TExpr } from "../model.ts";
import { broken, isBroken } from "./build.ts";
import { type Context, find, type Scope } from "./context.ts";
import { convert } from "./convert.ts";
import { typed } from "./expression.ts";
import { land } from "./land.ts";
import { fieldValue } from "./literals.ts";
import { ERROR, isNumber, isOptional, moneyOf, PERCENT, strip, words } from "./types.ts";

/** Who acts: one of these roles; some role, not known before it runs; or anyone at all. */
export interface Payer {
  readonly roles: readonly number[] | "some" | "anyone";
  /** Why no money comes with the event; null where it may. */
  readonly nobody: string | null;
}

/** The move, or null when it is reported. */
export function checkMove(context: Context, scope: Scope, move: Move, payer: Payer): MoveDecl | null {
  const { span } = move;
  switch (move.kind) {
    case "hold": {
      const to = account(context, move.into);
      const from = bringer(context, move.from, payer, span);
      if (to === null || from === null) return null;
      return transfer(context, scope, { verb: "hold", amount: move.amount, asset: to.asset, from, to: to.place, span });
    }
    case "pay": {
      const to = receiver(context, scope, move.to);
      const source = move.from === null ? null : account(context, move.from);
      const from = move.from === null ? bringer(context, null, payer, span) : (source?.place ?? null);
      if (to === null || from === null) return null;
      if (source !== null && !mayLeave(context, source.index, to, move.from!, move.to, payer)) return null;
      return transfer(context, scope, {
        verb: "pay",
        amount: move.amount,
        asset: source?.asset ?? null,
        from,
        to,
        span,
      });
    }
    case "move": {
      const from = account(context, move.from);
      const to = account(context, move.into);
      if (from === null || to === null) return null;
      if (from.asset !== to.asset) {
        context.report(
          wrongAsset(
            move.into.span,
            { what: "the money of this move", actual: from.asset, account: move.into.text, asset: to.asset },
            { labels: [{ span: move.from.span, text: `holds ${from.asset}` }] },
          ),
        );
        return null;
      }
      if (!mayLeave(context, from.index, to.place, move.from, move.into, payer)) return null;
      return transfer(context, scope, {
        verb: "move",
        amount: move.amount,
        asset: from.asset,
        from: from.place,
        to: to.place,
        span,
      });
    }
    case "release": {
      const from = account(context, move.from);
      if (from === null) return null;
      const declared = context.document.accounts[from.index]!;
      const owner = declared.returnsTo?.text === "giver" ? declared.from : declared.returnsTo;
      const role = owner === null ? undefined : context.names.get(owner.text);
      if (role?.kind !== "party") return null; // reported with the account
      return transfer(context, scope, {
        verb: "release",
        amount: move.amount,
        asset: from.asset,
        from: from.place,
        to: { kind: "role", role: role.index },
        span,
      });
    }
    case "split":
      return split(context, scope, move, payer);
  }
}

interface AccountRef {
  readonly index: number;
  readonly asset: string;
  readonly place: PlaceOfMoney;
}

function account(context: Context, name: Scalar): AccountRef | null {
  const found = find(context, name, ["account"]);
  const asset = found === undefined ? null : (context.accountAssets[found.index] ?? null);
  return found === undefined || asset === null
    ? null
    : { index: found.index, asset, place: { kind: "account", account: found.index } };
}

/** The caller, as the one who brings the money. */
function bringer(context: Context, name: Scalar | null, payer: Payer, span: Span): PlaceOfMoney | null {
  const role = name === null || name.text === "caller" ? null : find(context, name, ["party"]);
  if (role === undefined) return null;
  if (payer.nobody !== null) {
    context.report(noPayer(name?.span ?? span, { why: payer.nobody }, { help: "take it from an account: `from: …`" }));
    return null;
  }
  if (role !== null && (typeof payer.roles === "string" || payer.roles.length !== 1 || payer.roles[0] !== role.index)) {
    context.report(
      noPayer(
        name!.span,
        { why: `only the one who acts brings money, and that is not always \`${name!.text}\`` },
        { help: "leave `from` out, or take it from an account" },
      ),
    );
    return null;
  }
  return { kind: "caller" };
}

/** Who gets money: a role, the caller, or a value of type party. */
function receiver(context: Context, scope: Scope, name: Scalar): PlaceOfMoney | null {
  if (name.text === "caller") {
    if (scope.noCaller === null) return { kind: "caller" };
    context.report(noCaller(name.span, { name: "caller", why: scope.noCaller }));
    return null;
  }
  const declared = context.names.get(name.text);
  if (declared?.kind === "account") {
    context.report(
      misplacedKey(
        name.span,
        { key: "pay", why: `\`${name.text}\` is an account` },
        { help: `money goes from account to account by \`move\`, from the caller by \`hold … in ${name.text}\`` },
      ),
    );
    return null;
  }
  const isValue =
    scope.inputs.has(name.text) ||
    declared?.kind === "fact" ||
    declared?.kind === "term" ||
    declared?.kind === "derived";
  if (!isValue) {
    const role = find(context, name, ["party"]);
    return role === undefined ? null : { kind: "role", role: role.index };
  }
  const expr = typed(context, scope, { kind: "name", name: name.text, span: name.span });
  if (isBroken(expr)) return null;
  if (expr.type.kind === "party") return { kind: "party", expr };
  context.report(typeMismatch(name.span, { what: "the receiver", actual: words(expr.type), expected: "a party" }));
  return null;
}

/** Whether `leaves` of the account lets the money go there; `returns_to` always may have it. */
function mayLeave(
  context: Context,
  from: number,
  to: PlaceOfMoney,
  source: Scalar,
  target: Scalar,
  payer: Payer,
): boolean {
  const declared = context.document.accounts[from]!;
  if (declared.leaves === null) return true;
  const allowed = [...declared.leaves, ...(declared.returnsTo === null ? [] : [declared.returnsTo])].map(
    (each) => each.text,
  );
  if (declared.returnsTo?.text === "giver" && declared.from !== null) allowed.push(declared.from.text);
  const everyone = context.document.parties.map((each) => each.name.text);
  const actors = typeof payer.roles === "string" ? everyone : payer.roles.map((role) => everyone[role]!);
  // Who a party value is, is only known when it runs: all roles must be allowed. `anyone` need not have one at all.
  const names = to.kind === "party" ? everyone : to.kind === "caller" ? actors : [target.text];
  const stranger = to.kind === "caller" && payer.roles === "anyone";
  if (!stranger && names.every((name) => allowed.includes(name))) return true;
  context.report(
    forbiddenMove(
      target.span,
      { account: source.text, to: target.text },
      { labels: [{ span: declared.leaves[0]?.span ?? declared.name.span, text: "only there" }] },
    ),
  );
  return false;
}

interface Transfer {
  readonly verb: "hold" | "pay" | "move" | "release";
  readonly amount: Amount;
  /** Null: that of the amount. */
  readonly asset: string | null;
  readonly from: PlaceOfMoney;
  readonly to: PlaceOfMoney;
  readonly span: Span;
}

function transfer(context: Context, scope: Scope, move: Transfer): MoveDecl | null {
  const { verb, from, to, span } = move;
  const holder = from.kind === "account" ? from.account : to.kind === "account" ? to.account : null;
  const amount = amountOf(
    context,
    scope,
    { amount: move.amount, asset: move.asset, holder, leaves: from.kind === "account", span },
    `the amount of this \`${verb}\``,
  );
  if (amount === null) return null;
  const asset = context.settings.assetIndex(amount.asset);
  return asset === undefined ? null : { kind: "transfer", verb, asset, amount: amount.expr, from, to, span };
}

interface AmountOf {
  readonly amount: Amount;
  /** Null: the amount says which. */
  readonly asset: string | null;
  /** The account whose asset it must be. */
  readonly holder: number | null;
  /** The money leaves that account. */
  readonly leaves: boolean;
  readonly span: Span;
}

/** The landed amount with its asset. */
function amountOf(context: Context, scope: Scope, { amount, asset, holder, leaves, span }: AmountOf, what: string) {
  if (amount === "all") {
    if (leaves && asset !== null) return { expr: "all" as const, asset };
    context.report(missingKey(span, { what, key: "from" }, { help: "`all` is the whole of an account: say which" }));
    return null;
  }
  const made = fieldValue(context, scope, amount, null, what);
  if (isBroken(made)) return null;
  const type = strip(made.type);
  if (asset !== null && type.kind === "money" && type.asset !== asset && holder !== null) {
    const { name } = context.document.accounts[holder]!;
    context.report(
      wrongAsset(
        made.span,
        { what, actual: words(type), account: name.text, asset },
        { labels: [{ span: name.span, text: `holds ${asset}` }] },
      ),
    );
    return null;
  }
  const wanted =
    asset ??
    (type.kind === "money"
      ? type.asset
      : context.settings.assets.length === 1
        ? context.settings.assets[0]!.name
        : null);
  const money = wanted === null ? ERROR : moneyOf(wanted);
  if (money === ERROR || (type.kind === "money" && type.asset !== wanted)) {
    context.report(
      typeMismatch(made.span, {
        what,
        actual: words(made.type),
        expected: wanted === null ? "an amount of money" : words(moneyOf(wanted)),
      }),
    );
    return null;
  }
  const expr = convert(context, made, money, what);
  if (isBroken(expr) || wanted === null) return null;
  return { expr: land(context, expr, what), asset: wanted };
}

function split(context: Context, scope: Scope, move: Extract<Move, { kind: "split" }>, payer: Payer): MoveDecl | null {
  const from = account(context, move.from);
  if (from === null) return null;
  const amount = amountOf(
    context,
    scope,
    { amount: move.amount, asset: from.asset, holder: from.index, leaves: true, span: move.span },
    "the amount of this `split`",
  );
  const rest = move.to.find((each) => each.share === "rest");
  if (rest !== undefined && rest.place.text !== move.remainder.text)
    context.report(
      misplacedKey(
        move.remainder.span,
        { key: "remainder", why: `\`${rest.place.text}\` gets the rest` },
        { help: `write \`remainder: ${rest.place.text}\``, labels: [{ span: rest.place.span, text: "the rest" }] },
      ),
    );
  const place = (name: Scalar): PlaceOfMoney | null => {
    const to =
      context.names.get(name.text)?.kind === "account"
        ? (account(context, name)?.place ?? null)
        : receiver(context, scope, name);
    return to !== null && mayLeave(context, from.index, to, move.from, name, payer) ? to : null;
  };
  const shares: { to: PlaceOfMoney; share: TExpr }[] = [];
  let failed = amount === null;
  for (const each of move.to) {
    if (each.share === "rest") continue;
    const to = place(each.place);
    const share = shareOf(context, scope, each.share);
    if (to === null || isBroken(share)) failed = true;
    else shares.push({ to, share });
  }
  const remainder = place(move.remainder);
  reportSum(
    context,
    move,
    shares.map(({ share }) => share),
  );
  // The mode that cuts the shares.
  const mode = context.settings.implicit("rounding.money", "cutting the shares of a `split`", move.span);
  const asset = context.settings.assetIndex(from.asset);
  if (failed || amount === null || remainder === null || isBroken(mode) || asset === undefined) return null;
  return { kind: "split", asset, amount: amount.expr, from: from.place, shares, remainder, span: move.span };
}

function shareOf(
  context: Context,
  scope: Scope,
  field: Exclude<Extract<Move, { kind: "split" }>["to"][number]["share"], "rest">,
): TExpr {
  const made = fieldValue(context, scope, field, field.kind === "scalar" ? PERCENT : null, "a share");
  if (isBroken(made) || (isNumber(made.type) && !isOptional(made.type))) return made;
  context.report(typeMismatch(made.span, { what: "a share", actual: words(made.type), expected: words(PERCENT) }));
  return broken(made.span);
}

const ONE = decimalOf(1, 0) as Decimal;

/** Constant shares add up to at most everything. */
function reportSum(context: Context, move: Extract<Move, { kind: "split" }>, shares: readonly TExpr[]): void {
  let sum: Value = 0;
  for (const share of shares) {
    const found = context.evaluate(share);
    if (found !== null && (typeof found.value === "number" || found.value instanceof Decimal))
      sum = add(sum, found.value);
  }
  if ((compareValues(sum, ONE) ?? 0) <= 0) return;
  const shown = printLiteral(sum instanceof Decimal ? sum : ONE, PERCENT) ?? "more than 100%";
  context.report(
    splitOver(move.span, { sum: shown }, { labels: shares.map((share) => ({ span: share.span, text: "a share" })) }),
  );
}
