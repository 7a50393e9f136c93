// Where a condition can err on an input that fits its type: a part that may be absent is read without having been asked for. Arithmetic
// and functions are taken to succeed.
import { strip } from "../../2-check/types.ts";
import { partsOfExpr } from "../../3-lower/nodes.ts";
import type { TExpr } from "../../model.ts";
import { nameOf } from "../explain/readings.ts";
import type { PolicyProgram } from "../model.ts";

/** The first reading that may be absent, or null. `there`: names that were asked for before. */
export function mayErr(expr: TExpr, program: PolicyProgram, there: ReadonlySet<string> = new Set()): TExpr | null {
  const within = (part: TExpr, more: ReadonlySet<string> = there): TExpr | null => mayErr(part, program, more);
  const first = (parts: readonly TExpr[]): TExpr | null => {
    for (const part of parts) {
      const found = within(part);
      if (found !== null) return found;
    }
    return null;
  };
  const asked = (of: TExpr): boolean => {
    const name = nameOf(of, program, new Map());
    return name !== null && there.has(name);
  };
  switch (expr.kind) {
    case "read":
      return expr.place.kind === "derived" && !asked(expr)
        ? within(program.derived[expr.place.index]!.is) && expr
        : null;
    case "field": {
      const type = strip(expr.of.type);
      const optional = type.kind === "record" && type.fields[expr.slot]?.optional === true;
      return asked(expr) ? null : (within(expr.of) ?? (optional ? expr : null));
    }
    case "any_field":
      return asked(expr) ? null : expr;
    case "op":
      if (expr.op === "is_true" || expr.op === "is_error" || expr.op === "present" || expr.op === "known") return null;
      if (expr.op === "item" || expr.op === "key") return asked(expr) ? null : expr;
      return first(expr.args);
    case "and":
    case "or": {
      // What the left side asked for is there when the right side is read.
      let known = there;
      for (const arg of expr.args) {
        const found = within(arg, known);
        if (found !== null) return found;
        known = new Set([...known, ...presences(arg, expr.kind === "and", program)]);
      }
      return null;
    }
    case "get_or":
      return within(expr.else);
    case "known_first":
      return within(expr.args.at(-1)!);
    case "choose": {
      let known = there;
      for (const { when, give } of expr.rows) {
        const found = within(when, known) ?? within(give, new Set([...known, ...presences(when, true, program)]));
        if (found !== null) return found;
        known = new Set([...known, ...presences(when, false, program)]);
      }
      return within(expr.else, known);
    }
    default:
      return first(partsOfExpr(expr));
  }
}

/** Names that are there when a condition came out `outcome`. */
function presences(expr: TExpr, outcome: boolean, program: PolicyProgram): string[] {
  if (expr.kind === "op" && expr.op === "not") return presences(expr.args[0]!, !outcome, program);
  if (expr.kind === (outcome ? "and" : "or"))
    return (expr as { readonly args: readonly TExpr[] }).args.flatMap((arg) => presences(arg, outcome, program));
  if (expr.kind !== "op") return [];
  const [of] = expr.args;
  const name = of === undefined ? null : nameOf(of, program, new Map());
  if (expr.op === "present" && outcome && name !== null) return [name];
  // `ok(x)` is the not of this.
  return expr.op === "is_error" && !outcome && name !== null ? [name] : [];
}
