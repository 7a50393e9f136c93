// What a pattern asks of a place, as conditions that all must hold, and the logic between them.
import type { Span } from "../../lang/source.ts";
import type { Atom, Step } from "../../vm/policy/table.ts";
import { broken, constant, isBroken, junction, operation } from "../2-check/build.ts";
import { BOOL } from "../2-check/types.ts";
import type { TExpr } from "../model.ts";
import type { PlacedAtom } from "./model.ts";

/** A value a pattern is about. */
export interface Place {
  readonly expr: TExpr;
  /** Path from the input, or null when it comes from elsewhere: then it is no atom's. */
  readonly path: readonly Step[] | null;
}

/** Conditions that all must hold. */
export interface Conjunction {
  readonly atoms: readonly PlacedAtom[];
  /** The same tests as conditions, each beside its atom. Made when they are asked for: most rules need the atom alone. */
  readonly atomConditions: readonly (() => TExpr)[];
  readonly rest: readonly TExpr[];
}

export const only = (condition: TExpr): Conjunction => ({ atoms: [], atomConditions: [], rest: [condition] });
export function joined(parts: readonly Conjunction[]): Conjunction {
  if (parts.length === 1) return parts[0]!;
  const [atoms, atomConditions, rest] = [[] as PlacedAtom[], [] as (() => TExpr)[], [] as TExpr[]];
  for (const part of parts) {
    atoms.push(...part.atoms);
    atomConditions.push(...part.atomConditions);
    rest.push(...part.rest);
  }
  return { atoms, atomConditions, rest };
}
export const tested = (atom: Atom, condition: () => TExpr, span: Span): Conjunction => ({
  atoms: [{ atom, span }],
  atomConditions: [condition],
  rest: [],
});

/** All of it as one condition. */
export function whole(parts: Conjunction, span: Span): TExpr {
  return all([...parts.atomConditions.map((condition) => condition()), ...parts.rest], span);
}

export function all(conditions: readonly TExpr[], span: Span): TExpr {
  if (conditions.some(isBroken)) return broken(span);
  if (conditions.length === 0) return constant(BOOL, true, span);
  return conditions.length === 1 ? conditions[0]! : junction("and", conditions, BOOL, span);
}
export const some = (conditions: readonly TExpr[], span: Span): TExpr => {
  if (conditions.some(isBroken)) return broken(span);
  if (conditions.length === 0) return constant(BOOL, false, span);
  return conditions.length === 1 ? conditions[0]! : junction("or", conditions, BOOL, span);
};
export const not = (condition: TExpr): TExpr =>
  isBroken(condition) ? condition : operation("not", [condition], BOOL, condition.span);
/** False where the plain condition errs: the path is not there, or holds another kind. */
export const positive = (condition: TExpr): TExpr =>
  isBroken(condition) ? condition : operation("is_true", [condition], BOOL, condition.span);
