// Names to declarations: one set of names, derived values in order, births and ranks of norms.
import type { Agreement, Derived, Obligation } from "../../lang/ast.ts";
import type { Diagnostic } from "../../lang/diagnostic.ts";
import { type Birth, type Births, findBirths } from "./births.ts";
import { collectNames, type Declared, Names } from "./names.ts";
import { orderDerived } from "./order.ts";
import { findRanks } from "./ranks.ts";

export interface Resolved {
  readonly names: Names;
  /** In the order of the Program: each reads only earlier ones. */
  readonly derived: readonly Derived[];
  /** In the order of the Program: ascending by rank, then by place in the source. */
  readonly norms: readonly { readonly obligation: Obligation; readonly rank: number; readonly birth: Birth }[];
  readonly births: Births;
}

/** Resolves what can be resolved and reports the rest; later phases go on with it. */
export function resolve(document: Agreement, report: (diagnostic: Diagnostic) => void): Resolved {
  const declared = collectNames(document, report);
  const order = orderDerived(document, declared, report);
  const births = findBirths(document, report);
  const ranks = findRanks(document, declared, report);
  const norms = document.obligations
    .map((obligation, at) => ({ obligation, at, rank: ranks[at]!, birth: births.of[at]! }))
    .sort((a, b) => a.rank - b.rank || a.at - b.at);
  const position = { derived: inverse(order), obligation: inverse(norms.map((each) => each.at)) };
  const names = new Map<string, Declared>();
  for (const [name, each] of declared)
    names.set(
      name,
      each.kind === "derived" || each.kind === "obligation"
        ? { ...each, index: position[each.kind][each.index]! }
        : each,
    );
  return {
    names: new Names(names),
    derived: order.map((at) => document.derive[at]!),
    norms: norms.map(({ obligation, rank, birth }) => ({ obligation, rank, birth })),
    births,
  };
}

const inverse = (order: readonly number[]): number[] => {
  const positions = new Array<number>(order.length).fill(0);
  for (const [position, index] of order.entries()) positions[index] = position;
  return positions;
};
