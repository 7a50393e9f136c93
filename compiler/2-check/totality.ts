// What is seen only over the whole document: money nobody can take out, terms nothing reads.
import type { Effects } from "../../lang/ast.ts";
import { lockedAccount, unusedTerm } from "../codes.ts";
import type { Context } from "./context.ts";

/** Reports accounts whose money can stay for ever: nothing takes it out, and nothing ends the agreement. */
export function reportLocked(context: Context): void {
  const { document } = context;
  if (canEnd(context)) return;
  const left = new Set<string>();
  for (const effects of allEffects(context))
    for (const move of effects.moves) if (move.from !== null) left.add(move.from.text);
  for (const each of document.obligations) if (each.from !== null) left.add(each.from.text);
  const filled = new Set<string>(document.accounts.filter((each) => each.from !== null).map((each) => each.name.text));
  for (const action of document.actions) if (action.into !== null) filled.add(action.into.text);
  for (const effects of allEffects(context))
    for (const move of effects.moves) if (move.kind === "hold" || move.kind === "move") filled.add(move.into.text);
  for (const account of document.accounts) {
    const name = account.name.text;
    if (!left.has(name) && filled.has(name)) context.report(lockedAccount(account.name.span, { account: name }));
  }
}

/** Whether something can end the agreement, so that accounts pay out: a term of time, a power, a state, an effect, or the
 *  settling of all its obligations. */
function canEnd(context: Context): boolean {
  const { document, resolved } = context;
  return (
    document.runs !== null ||
    document.powers.some((each) => each.may?.text === "end") ||
    document.regions.some((region) => region.states.some((state) => state.ends !== null)) ||
    [...allEffects(context)].some((effects) => effects.ends !== null) ||
    document.obligations.some((each) => (each.else ?? []).some((follow) => follow.kind === "end")) ||
    resolved.norms.some((norm) => norm.birth === "once")
  );
}

function* allEffects(context: Context): Generator<Effects> {
  const { document } = context;
  const roots = [
    ...document.actions.map((each) => each.effects),
    ...document.powers.map((each) => each.effects),
    ...document.obligations.flatMap((each) =>
      (each.else ?? []).flatMap((follow) => (follow.kind === "effects" ? [follow.effects] : [])),
    ),
    ...document.regions.flatMap((region) =>
      region.states.flatMap((state) => (state.enter === null ? [] : [state.enter])),
    ),
  ];
  while (roots.length > 0) {
    const effects = roots.pop()!;
    yield effects;
    roots.push(...effects.cases.map((each) => each.effects));
    if (effects.casesElse !== null && effects.casesElse !== "refuse") roots.push(effects.casesElse.effects);
  }
}

export function reportUnusedTerms(context: Context): void {
  for (const term of context.document.terms)
    if (!context.used.has(term.name.text)) context.report(unusedTerm(term.name.span, { name: term.name.text }));
}
