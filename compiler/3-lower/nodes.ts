// Walking typed expressions: their parts, and how much code they are.
import type { Loop, TExpr } from "../model.ts";

/** The expressions directly inside. */
export function partsOfExpr(e: TExpr): readonly TExpr[] {
  switch (e.kind) {
    case "op":
    case "and":
    case "or":
    case "call":
    case "known_first":
      return e.args;
    case "choose":
      return [...e.rows.flatMap((row) => [row.when, row.give]), e.else];
    case "get_or":
      return [e.of, e.else];
    case "list":
      return e.items;
    case "record":
      return e.fields;
    case "field":
    case "any_field":
    case "constraint":
      return [e.of];
    case "match":
      return [e.text];
    case "comprehension":
    case "aggregate":
      return partsOfLoop(e.loop);
    default:
      return [];
  }
}

function partsOfLoop(loop: Loop): TExpr[] {
  const clauses = loop.clauses.map((clause) =>
    clause.kind === "if" ? clause.condition : clause.kind === "let" ? clause.value : clause.loop.source,
  );
  return [loop.source, ...clauses, loop.body];
}

/** Number of nodes; a derived value read counts as `derived` says. */
export function nodesOf(e: TExpr, derived: (index: number) => number): number {
  if (e.kind === "read" && e.place.kind === "derived") return derived(e.place.index);
  return partsOfExpr(e).reduce((sum, part) => sum + nodesOf(part, derived), 1);
}
