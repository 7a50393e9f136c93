// Rows of a `bands` table as conditions, and rows no value can reach: intervals of constant bounds, compared exactly.
import type { Bands } from "../../lang/ast.ts";
import { compareValues, equalValues } from "../../vm/order.ts";
import type { Value } from "../../vm/value.ts";
import { unreachableRow } from "../codes.ts";
import type { TExpr } from "../model.ts";
import { broken, isBroken } from "./build.ts";
import type { Context, Scope } from "./context.ts";
import { fieldValue } from "./literals.ts";
import { comparison } from "./operators.ts";
import { strip } from "./types.ts";

type Row = Bands["rows"][number];

/** One condition a row: `of` compared with the bound. */
export function bandRows(context: Context, scope: Scope, of: TExpr, rows: readonly Row[]): TExpr[] {
  const bounds = rows.map((row) => {
    if (isBroken(of)) return broken(row.bound.span);
    // A written bound is read by the type of what is compared; a term keeps its own.
    const wanted = row.bound.kind === "scalar" ? strip(of.type) : null;
    return fieldValue(context, scope, row.bound, wanted, "the bound of this row");
  });
  reportUnreachable(context, rows, bounds);
  return rows.map((row, at) =>
    comparison(context, row.op, { left: of, right: bounds[at]!, opSpan: row.operator.span, span: row.operator.span }),
  );
}

/** The values below or above a bound that earlier rows took. */
interface Taken {
  /** Everything under it is taken; `closed`: itself too. */
  below: { readonly value: Value; readonly closed: boolean; readonly row: Row } | null;
  above: { readonly value: Value; readonly closed: boolean; readonly row: Row } | null;
  readonly points: { readonly value: Value; readonly row: Row }[];
}

function reportUnreachable(context: Context, rows: readonly Row[], bounds: readonly TExpr[]): void {
  const taken: Taken = { below: null, above: null, points: [] };
  const order = (a: Value, b: Value): number => compareValues(a, b) ?? 0;
  for (const [at, row] of rows.entries()) {
    const value = context.evaluate(bounds[at]!)?.value;
    if (value === undefined || isBroken(bounds[at]!)) continue;
    const closed = row.op === "<=" || row.op === ">=";
    const under = row.op === "<" || row.op === "<=";
    let by: Row | null = null;
    if (row.op === "==") {
      const { below, above } = taken;
      if (below !== null && (order(value, below.value) < 0 || (below.closed && order(value, below.value) === 0)))
        by = below.row;
      else if (above !== null && (order(value, above.value) > 0 || (above.closed && order(value, above.value) === 0)))
        by = above.row;
      else by = taken.points.find((point) => equalValues(point.value, value))?.row ?? null;
      taken.points.push({ value, row });
    } else {
      const side = under ? "below" : "above";
      const before = taken[side];
      const further = before === null ? 1 : under ? order(value, before.value) : order(before.value, value);
      if (before !== null && (further < 0 || (further === 0 && (before.closed || !closed)))) by = before.row;
      else taken[side] = { value, closed, row };
    }
    if (by !== null)
      context.report(
        unreachableRow(row.operator.span, { labels: [{ span: by.operator.span, text: "this row takes its values" }] }),
      );
  }
}
