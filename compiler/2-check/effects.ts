// What an action, a violation or a state does: facts, cases, values given and told, the next state, the end. Moves of money
// are in moves.ts.
import type { Effects } from "../../lang/ast.ts";
import { missingKey, writtenTwice } from "../codes.ts";
import type { EffectsDecl } from "../model.ts";
import { isBroken } from "./build.ts";
import { type Context, find, type Scope } from "./context.ts";
import { condition, typed } from "./expression.ts";
import { narrowedBy } from "./forms.ts";
import { land } from "./land.ts";
import { fieldValue } from "./literals.ts";
import { checkMove, type Payer } from "./moves.ts";
import { ERROR } from "./types.ts";

export const NO_EFFECTS = (span: EffectsDecl["span"]): EffectsDecl => ({
  then: [],
  moves: [],
  cases: [],
  give: [],
  tell: [],
  to: null,
  ends: null,
  span,
});

/** `written`: facts the effects around this case write already. */
export function checkEffects(
  context: Context,
  scope: Scope,
  effects: Effects,
  payer: Payer,
  written: ReadonlyMap<string, Effects["then"][number]> = new Map(),
): EffectsDecl {
  const facts = new Map(written);
  const then: EffectsDecl["then"][number][] = [];
  for (const each of effects.then) {
    const before = facts.get(each.fact.text);
    if (before !== undefined)
      context.report(
        writtenTwice(
          each.fact.span,
          { name: each.fact.text },
          { labels: [{ span: before.fact.span, text: "written here, too" }] },
        ),
      );
    facts.set(each.fact.text, each);
    // Writing is no use: a fact nobody reads is not a reason to keep a term.
    const fact = find(context, each.fact, ["fact"]);
    const what = `what \`${each.fact.text}\` becomes`;
    const made = fieldValue(
      context,
      scope,
      each.value,
      fact === undefined ? null : (context.facts[fact.index]?.type ?? ERROR),
      what,
    );
    if (fact !== undefined && !isBroken(made))
      then.push({ fact: fact.index, value: land(context, made, what), span: each.fact.span });
  }
  const moves = effects.moves.flatMap((move) => checkMove(context, scope, move, payer) ?? []);
  const to = effects.to === null ? undefined : find(context, effects.to, ["state"]);
  const ends = (["fulfilled", "terminated", "expired"] as const).find((word) => word === effects.ends?.text) ?? null;
  return {
    then,
    moves,
    cases: checkCases(context, scope, effects, payer, facts),
    give: effects.give.map((each) => ({
      name: each.name.text,
      value: fieldValue(context, scope, each.value, null, `\`${each.name.text}\``),
    })),
    tell: effects.tell.flatMap((each) => {
      const role = find(context, each.to, ["party"]);
      const what = typed(context, scope, each.what);
      return role === undefined ? [] : [{ to: role.index, what }];
    }),
    to: to === undefined ? null : { region: to.region, state: to.index },
    ends,
    span: effects.span,
  };
}

function checkCases(
  context: Context,
  scope: Scope,
  effects: Effects,
  payer: Payer,
  written: Map<string, Effects["then"][number]>,
) {
  if (effects.cases.length === 0) return [];
  const rows: EffectsDecl["cases"][number][] = effects.cases.map((each) => {
    const when = each.when === null ? null : condition(context, { ...scope, where: "`when` of a case" }, each.when);
    const inner = each.when === null ? scope : narrowedBy(scope, each.when);
    return { when, effects: checkEffects(context, inner, each.effects, payer, written), span: each.span };
  });
  const last = effects.casesElse;
  if (last === null) {
    context.report(
      missingKey(
        effects.cases[effects.cases.length - 1]!.span,
        { what: "a list of cases", key: "else" },
        { help: "say what happens when no case fits: `- else: refuse`, or `- else: {…}`" },
      ),
    );
    return rows;
  }
  if (last === "refuse") rows.push({ when: null, effects: "refuse", span: effects.span });
  else rows.push({ when: null, effects: checkEffects(context, scope, last.effects, payer, written), span: last.span });
  return rows;
}
