// What a condition reads, named as an author names it: `actor.role`, `data.members[card].grade`.

import { READS_DATA, READS_INPUT } from "../../../vm/policy/table.ts";
import { strip } from "../../2-check/types.ts";
import { partsOfExpr } from "../../3-lower/nodes.ts";
import type { TExpr } from "../../model.ts";
import type { PolicyProgram } from "../model.ts";

export interface Named {
  readonly name: string;
  readonly expr: TExpr;
}

/** The words of the source, in one line. */
export const sourceText = ({ span }: Pick<TExpr, "span">): string =>
  span.source.text.slice(span.start, span.end).replace(/\s+/g, " ").trim();

/** Name of a value that lies in the input, in data, or in what is derived of them; null: it is computed. */
export function nameOf(
  expr: TExpr,
  program: Pick<PolicyProgram, "derived">,
  locals: ReadonlyMap<number, string>,
): string | null {
  switch (expr.kind) {
    case "read": {
      const { place } = expr;
      if (place.kind === "derived") return program.derived[place.index]?.name ?? null;
      if (place.kind === "local") return locals.get(place.index) ?? null;
      if (place.kind !== "env") return null;
      return place.index === READS_INPUT ? "input" : place.index === READS_DATA ? "data" : null;
    }
    case "field": {
      const of = nameOf(expr.of, program, locals);
      const type = strip(expr.of.type);
      const field = type.kind === "record" ? type.fields[expr.slot]?.name : undefined;
      return of === null || field === undefined ? null : joined(of, field);
    }
    case "any_field": {
      const of = nameOf(expr.of, program, locals);
      return of === null ? null : joined(of, expr.name);
    }
    case "op": {
      if (expr.op !== "item" && expr.op !== "key") return null;
      const of = nameOf(expr.args[0]!, program, locals);
      // An index of an inner loop has no one value.
      return of === null || readsOther(expr.args[1]!, locals)
        ? null
        : `${of}[${nameOf(expr.args[1]!, program, locals) ?? sourceText(expr.args[1]!)}]`;
    }
    default:
      return null;
  }
}

const readsOther = (expr: TExpr, locals: ReadonlyMap<number, string>): boolean =>
  (expr.kind === "read" && expr.place.kind === "local" && !locals.has(expr.place.index)) ||
  partsOfExpr(expr).some((part) => readsOther(part, locals));

/** A bare name is a field of the input. */
const joined = (of: string, step: string): string => (of === "input" ? step : `${of}.${step}`);

/** The largest named values an expression reads, each once, in the order of the source. Elements of its own loops have no one value,
 *  so nothing of them is named. */
export function readingsOf(expr: TExpr, program: PolicyProgram, locals: ReadonlyMap<number, string>): Named[] {
  const found = new Map<string, TExpr>();
  const visit = (e: TExpr): void => {
    const name = nameOf(e, program, locals);
    if (name !== null && !(e.kind === "read" && e.place.kind === "env")) {
      if (!found.has(name)) found.set(name, e);
      // An index is a reading of its own: `data.members[card]` is explained by `card`.
      for (let at = e; at.kind === "field" || at.kind === "any_field" || at.kind === "op"; ) {
        if (at.kind === "op") visit(at.args[1]!);
        at = at.kind === "op" ? at.args[0]! : at.of;
      }
      return;
    }
    for (const part of partsOfExpr(e)) visit(part);
  };
  visit(expr);
  return [...found].map(([name, each]) => ({ name, expr: each }));
}
