// What effects change and what expressions depend on, as sets of names: facts and accounts by their name, norms and powers
// by theirs, business states as `state`. Derived values are followed to what they read.
import type { Agreement, Effects, Expr, ExprOrLiteral, Obligation } from "../../lang/ast.ts";
import type { Declared } from "./names.ts";
import { readsOfDerived } from "./order.ts";
import { type Read, readsOf } from "./reads.ts";

/** Stands for every business state and its entry instant. */
export const STATE = "state";

/** Before the name of an account: it can come to hold less, more. */
export const LESS = "- ";
export const MORE = "+ ";

function addMoved(account: string, direction: string, writes: Set<string>): void {
  writes.add(account);
  writes.add(direction + account);
}

/** Adds what the effects write. The entering of a state brings the effects of its `enter`. */
export function addWrites(effects: Effects, document: Agreement, writes: Set<string>): void {
  for (const each of effects.then) writes.add(each.fact.text);
  for (const move of effects.moves) {
    if (move.from !== null) addMoved(move.from.text, LESS, writes);
    if (move.kind === "hold" || move.kind === "move") addMoved(move.into.text, MORE, writes);
    if (move.kind === "split")
      for (const place of [...move.to.map((share) => share.place), move.remainder]) addMoved(place.text, MORE, writes);
  }
  for (const each of effects.cases) addWrites(each.effects, document, writes);
  if (effects.casesElse !== null && effects.casesElse !== "refuse")
    addWrites(effects.casesElse.effects, document, writes);
  if (effects.to !== null) addEntering(effects.to.text, document, writes);
}

/** Adds what entering a state writes, and what its conditions lead on to. */
export function addEntering(state: string, document: Agreement, writes: Set<string>): void {
  const mark = `${STATE} ${state}`;
  writes.add(STATE);
  if (writes.has(mark)) return;
  writes.add(mark);
  for (const region of document.regions)
    for (const each of region.states) {
      if (each.name.text !== state) continue;
      if (each.enter !== null) addWrites(each.enter, document, writes);
      for (const when of each.when) addEntering(when.to.text, document, writes);
    }
}

/** What the inline effects of an `else` write, and the account a claim is paid from at birth. */
export function writesOfNorm(obligation: Obligation, document: Agreement): Set<string> {
  const writes = new Set<string>();
  if (obligation.from !== null) addMoved(obligation.from.text, LESS, writes);
  for (const each of obligation.else ?? []) if (each.kind === "effects") addWrites(each.effects, document, writes);
  return writes;
}

/** Everything by which time alone, without an event, can change the state: facts, accounts and `state`. */
export function writesOfTimers(document: Agreement): Set<string> {
  const writes = new Set<string>();
  for (const each of document.obligations) for (const name of writesOfNorm(each, document)) writes.add(name);
  for (const region of document.regions)
    for (const each of region.states)
      for (const { to } of [...each.after, ...each.when]) addEntering(to.text, document, writes);
  return writes;
}

/** Reads of an expression with derived values followed; the read of a derived value itself is kept too. `span` is the place
 *  in the expression asked about, also for what a derived value reads. */
export function dependencies(
  expr: Expr | ExprOrLiteral | null,
  document: Agreement,
  names: { get(name: string): Declared | undefined },
): Read[] {
  const seen = new Set<string>();
  const found: Read[] = [];
  const follow = (read: Read): void => {
    found.push(read);
    const declared = names.get(read.name);
    if (declared?.kind !== "derived" || seen.has(read.name)) return;
    seen.add(read.name);
    const derived = document.derive.find((each) => each.name.text === read.name)!;
    for (const each of readsOfDerived(derived, document.derive)) follow({ ...each, span: read.span });
  };
  for (const read of readsOf(expr)) follow(read);
  return found;
}
