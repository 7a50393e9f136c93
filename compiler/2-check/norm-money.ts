// What an obligation owes in money: the amount, in which parts it may be paid, and the account that pays it at birth.
import type { Obligation } from "../../lang/ast.ts";
import { dependencies } from "../1-resolve/footprint.ts";
import { amountMayBeUnknown, forbiddenMove, misplacedKey, typeMismatch, wrongAsset } from "../codes.ts";
import type { TExpr } from "../model.ts";
import { isBroken } from "./build.ts";
import { type Context, find, type Scope, scopeOf } from "./context.ts";
import { convert } from "./convert.ts";
import { land } from "./land.ts";
import { fieldValue } from "./literals.ts";
import { isOptional, moneyOf, strip, words } from "./types.ts";

/** The landed amount; null where none is owed or it is reported. */
export function checkAmount(context: Context, obligation: Obligation, index: number, scope: Scope): TExpr | null {
  const what = `the amount of \`${obligation.name.text}\``;
  const misplaced = (keys: readonly ("amount" | "amountRead" | "parts" | "excess" | "from")[], why: string): void => {
    for (const key of keys) {
      const field = obligation[key];
      if (field === null) continue;
      const span = "span" in field ? field.span : obligation.name.span;
      context.report(misplacedKey(span, { key: key === "amountRead" ? "amount_read" : key, why }));
    }
  };
  // An action may be how an amount is paid; what a claim allows beside belongs to `must: pay`.
  if (obligation.duty?.kind !== "pay") misplaced(["parts", "excess", "from"], "only `must: pay` has it");
  if (obligation.duty?.kind === "holds") misplaced(["amount", "amountRead"], "a condition is not paid");
  else if (obligation.amount === null) misplaced(["amountRead"], "there is no `amount`");
  if (obligation.duty?.kind === "holds" || obligation.amount === null) return null;
  const asset = context.assetOfNorm(index);
  const made = fieldValue(context, scope, obligation.amount, null, what);
  if (isBroken(made)) return null;
  const type = strip(made.type);
  if (type.kind !== "money" && asset === null) {
    context.report(typeMismatch(made.span, { what, actual: words(made.type), expected: "an amount of money" }));
    return null;
  }
  const money = type.kind === "money" ? type : moneyOf(asset!);
  const whole = convert(context, made, isOptional(made.type) ? { kind: "optional", of: money } : money, what);
  if (isOptional(whole.type))
    context.report(
      amountMayBeUnknown(whole.span, { name: obligation.name.text }, { help: helpKnown(context, obligation) }),
    );
  return isBroken(whole) ? null : land(context, whole, what);
}

function helpKnown(context: Context, obligation: Obligation): string {
  const reads = dependencies(obligation.amount, context.document, context.names);
  const fact = reads.find((each) => {
    const declared = context.names.get(each.name);
    return declared?.kind === "fact" && isOptional(context.facts[declared.index]!.type);
  });
  return fact === undefined
    ? "say so with `when: known(…)`"
    : `say so with \`when: known(${fact.name})\`, or give a value for the meantime: \`default(${fact.name}, …)\``;
}

/** The smallest part that may be paid; null: only the whole. */
export function checkParts(context: Context, obligation: Obligation, index: number): TExpr | null {
  const { parts } = obligation;
  const asset = context.assetOfNorm(index);
  if (parts === null || !("atLeast" in parts) || asset === null) return null;
  const what = "the smallest part";
  return land(context, fieldValue(context, scopeOf(what), parts.atLeast, moneyOf(asset), what), what);
}

/** The account that pays at birth. */
export function checkFrom(context: Context, obligation: Obligation, index: number): number | null {
  const { from } = obligation;
  if (from === null || obligation.duty?.kind !== "pay") return null;
  const account = find(context, from, ["account"]);
  if (account === undefined) return null;
  const held = context.accountAssets[account.index] ?? null;
  const asset = context.assetOfNorm(index);
  if (held !== null && asset !== null && held !== asset)
    context.report(
      wrongAsset(
        from.span,
        {
          what: `the amount of \`${obligation.name.text}\``,
          actual: `an amount of ${asset}`,
          account: account.name,
          asset: held,
        },
        { labels: [{ span: account.span, text: `holds ${held}` }] },
      ),
    );
  const declared = context.document.accounts[account.index]!;
  const to = obligation.to?.text;
  const allowed =
    declared.leaves === null || declared.leaves.some((each) => each.text === to) || declared.returnsTo?.text === to;
  if (!allowed) {
    const labels = [{ span: declared.leaves![0]?.span ?? declared.name.span, text: "only there" }];
    context.report(forbiddenMove(from.span, { account: account.name, to: to ?? "anyone" }, { labels }));
  }
  return account.index;
}
