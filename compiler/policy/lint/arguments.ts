// Arguments of obligations, as they are written.
import type { TExpr } from "../../model.ts";

/** A member of the record; null: it is not there, or the record is computed. */
export function memberOf(args: TExpr, member: string): TExpr | null {
  if (args.kind !== "record" || args.type.kind !== "record") return null;
  return args.fields[args.type.fields.findIndex(({ name }) => name === member)] ?? null;
}
