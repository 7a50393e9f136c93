// Powers: who may end the agreement or declare a duty missed, and when.
import type { Power } from "../../lang/ast.ts";
import { misplacedKey, missingKey, unusablePower } from "../codes.ts";
import { TIMES_MAX } from "../limits.ts";
import type { PowerDecl, TExpr } from "../model.ts";
import { checkWho, payerOf, warnConstant } from "./actions.ts";
import { isBroken } from "./build.ts";
import { type Context, find, scopeOf } from "./context.ts";
import { length } from "./deadline.ts";
import { checkEffects } from "./effects.ts";
import { condition } from "./expression.ts";
import { narrowedBy } from "./forms.ts";
import { wholeNumber } from "./settings.ts";

export function checkPower(context: Context, power: Power): PowerDecl | null {
  const name = power.name.text;
  const what = `power \`${name}\``;
  const scope = scopeOf(what, { noCaller: null });
  const who = checkWho(context, scopeOf(`\`who\` of ${what}`), power.who, what, { span: power.name.span });
  const may = checkMay(context, power, what);
  const when = power.when === null ? null : condition(context, { ...scope, where: `\`when\` of ${what}` }, power.when);
  const unless =
    power.unless === null ? null : condition(context, { ...scope, where: `\`unless\` of ${what}` }, power.unless);
  reportUnusable(context, power, when, unless);
  const notice =
    power.notice === null
      ? null
      : length(context, { key: "notice", value: power.notice, scope, span: power.notice.span });
  const effects = checkEffects(
    context,
    power.when === null ? scope : narrowedBy(scope, power.when),
    power.effects,
    payerOf(who, "a power is used without money"),
  );
  const often = power.times?.text === "often";
  const times = often
    ? "often"
    : (wholeNumber(power.times, { key: "times", min: 1, max: TIMES_MAX, report: context.report }) ?? 1);
  if (who === null || may === null) return null;
  const onlyAfterElse = context.resolved.births.namedInElse.has(name);
  return { name, who, may, when, unless, onlyAfterElse, notice, times, effects, span: power.span };
}

function checkMay(context: Context, power: Power, what: string): PowerDecl["may"] | null {
  const { may, of } = power;
  if (may === null) {
    context.report(
      missingKey(
        power.name.span,
        { what, key: "may" },
        { help: "say what it allows: `may: end`, or `may: declare_missed` with `of: obligation`" },
      ),
    );
    return null;
  }
  if (may.text === "end") {
    if (of !== null) context.report(misplacedKey(of.span, { key: "of", why: "`end` is about the whole agreement" }));
    return { kind: "end" };
  }
  if (of === null) {
    context.report(
      missingKey(may.span, { what, key: "of" }, { help: "say which obligation may be declared missed: `of: repay`" }),
    );
    return null;
  }
  const norm = find(context, of, ["obligation"]);
  return norm === undefined ? null : { kind: "declare_missed", norm: norm.index };
}

/** A guard that is false, or an exception that is true, whatever happens. */
function reportUnusable(context: Context, power: Power, when: TExpr | null, unless: TExpr | null): void {
  const is = (made: TExpr | null, value: boolean): boolean =>
    made !== null && !isBroken(made) && context.evaluate(made)?.value === value;
  const name = power.name.text;
  if (is(when, false)) context.report(unusablePower(when!.span, { name }));
  else if (is(unless, true)) context.report(unusablePower(unless!.span, { name }));
  else if (when !== null) warnConstant(context, when, `\`when\` of power \`${name}\``);
}
