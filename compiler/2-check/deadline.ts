// Deadlines: an instant and an edge. `by` includes its last instant and a date its whole local day; `within` of exact time
// is closed, of days, months and business days it ends with the last local day; `before` and openings are open.
// Source: agreements.md, rules 1 and 28.
import type { ExprOrLiteral } from "../../lang/ast.ts";
import type { Span } from "../../lang/source.ts";
import { mayBeUnknown, wrongDeadline } from "../codes.ts";
import type { Deadline, TExpr } from "../model.ts";
import { isBroken, operation } from "./build.ts";
import { callBuiltin } from "./calls.ts";
import type { Context, Scope } from "./context.ts";
import { fieldValue } from "./literals.ts";
import { readNow } from "./places.ts";
import { isOptional, strip, words } from "./types.ts";

interface Field {
  readonly key: string;
  readonly value: ExprOrLiteral;
  readonly scope: Scope;
  readonly span: Span;
}

/** A moment: `by`, `before`, `opens`, `until`. `dayCounts`: a date is over when its day ends, else when it begins. */
export function moment(context: Context, field: Field, edge: "open" | "closed", dayCounts: boolean): Deadline | null {
  const value = evaluated(context, field);
  if (value === null) return null;
  const kind = strip(value.type).kind;
  if (kind === context.settings.instant.kind) return { at: value, edge, span: field.span };
  if (kind === "date" && !context.settings.ticks) {
    const at = callBuiltin(
      context,
      dayCounts ? "end_of_day" : "instant",
      [value],
      `the day in \`${field.key}\``,
      value.span,
    );
    return isBroken(at) ? null : { at, edge: "open", span: field.span };
  }
  const length = kind === "duration" || kind === "period";
  const help =
    length && (field.key === "by" || field.key === "before") ? "write `within` for a length of time" : undefined;
  wrong(context, field, value, context.settings.ticks ? "a tick" : "a date or an instant", help);
  return null;
}

/** A length of time from `from` (the clock unless given): `within`, `cure`, `notice`, `for`. */
export function length(context: Context, field: Field, from: TExpr = readNow(context, field.span)): Deadline | null {
  const value = evaluated(context, field);
  if (value === null) return null;
  const kind = strip(value.type).kind;
  if (kind === context.settings.duration.kind)
    return { at: exactSum(context, from, value), edge: "closed", span: field.span };
  if (kind === "period" && !context.settings.ticks) {
    const at = callBuiltin(context, "deadline_after", [from, value], `\`${field.key}\` of calendar time`, value.span);
    return isBroken(at) ? null : { at, edge: "open", span: field.span };
  }
  const isMoment = kind === "instant" || kind === "date";
  const expected = context.settings.ticks ? "a number of ticks" : "a length of time such as `3 days` or `36 h`";
  wrong(context, field, value, expected, isMoment && field.key === "within" ? "write `by` for a moment" : undefined);
  return null;
}

/** What a field holds: a moment or a length. */
export const isLength = (context: Context, value: TExpr): boolean => {
  const { kind } = strip(value.type);
  return kind === "duration" || kind === "period" || (context.settings.ticks && kind === "int");
};

/** An instant and an exact length later. */
export function exactSum(context: Context, from: TExpr, value: TExpr): TExpr {
  if (context.settings.ticks) return operation("add", [from, value], context.settings.instant, value.span);
  return callBuiltin(context, "add", [from, value], "a length of time", value.span);
}

function evaluated(context: Context, field: Field): TExpr | null {
  const what = `\`${field.key}\``;
  const value = fieldValue(context, field.scope, field.value, null, what);
  if (isBroken(value)) return null;
  if (!isOptional(value.type)) return value;
  context.report(
    mayBeUnknown(value.span, { what }, { help: "ask `known(…)` in `when`, so that it is known when the time begins" }),
  );
  return null;
}

function wrong(context: Context, field: Field, value: TExpr, expected: string, help: string | undefined): void {
  context.report(wrongDeadline(value.span, { key: field.key, expected, actual: words(value.type) }, { help }));
}
