// How large a value can be: bytes of a text, items of a list. Work of a call is bounded by it; at run time a value beyond
// is the error `limit`.
import { utf8Length } from "../../core/bytes.ts";
import { LIST_ITEMS_DEFAULT, TEXT_BYTES_DEFAULT, TEXT_BYTES_MAX } from "../limits.ts";
import type { TExpr } from "../model.ts";
import { children } from "./build.ts";
import type { Context } from "./context.ts";
import { strip } from "./types.ts";

/** Units of work an argument can stand for, see `Builtin.perUnit`: bytes of a text, items of a list, the value of a number. */
export function workMax(context: Context, expr: TExpr | undefined): number {
  if (expr === undefined) return 0;
  const type = strip(expr.type);
  switch (type.kind) {
    case "list":
    case "map":
      return type.most;
    case "int": {
      if (expr.kind === "const") return typeof expr.value === "number" ? Math.max(0, expr.value) : LIST_ITEMS_DEFAULT;
      return LIST_ITEMS_DEFAULT;
    }
    case "text":
    case "enum":
    case "host":
    case "path":
    case "did":
    case "party":
    case "bytes":
    case "any":
      return bytesMax(context, expr);
    default:
      return LIST_ITEMS_DEFAULT;
  }
}

const inputBytes = new WeakMap<TExpr, number>();
/** Remembers the declared `most` of an input a read stands for. */
export const noteBytes = (expr: TExpr, bytesMax: number): void => void inputBytes.set(expr, bytesMax);

/** UTF-8 bytes of a text, at most. */
export function bytesMax(context: Context, expr: TExpr): number {
  const declared = inputBytes.get(expr);
  if (declared !== undefined) return declared;
  if (expr.kind === "const") {
    if (typeof expr.value === "string") return utf8Length(expr.value);
    return expr.value instanceof Uint8Array ? expr.value.length : 0;
  }
  const type = strip(expr.type);
  if (type.kind === "enum") return Math.max(...type.values.map(utf8Length));
  if (expr.kind === "choose" || expr.kind === "known_first" || expr.kind === "get_or") {
    const given = expr.kind === "choose" ? [...expr.rows.map((row) => row.give), expr.else] : children(expr);
    return Math.max(...given.map((each) => bytesMax(context, each)));
  }
  if (expr.kind === "call") {
    const sum = expr.args.reduce((total, arg) => total + bytesMax(context, arg), 0);
    return Math.min(TEXT_BYTES_MAX, Math.max(TEXT_BYTES_DEFAULT, sum));
  }
  if (expr.kind === "read" && expr.place.kind === "term") {
    const value = context.terms[expr.place.index]?.value;
    return typeof value === "string" ? utf8Length(value) : TEXT_BYTES_MAX;
  }
  const stored = expr.kind === "read" && (expr.place.kind === "fact" || expr.place.kind === "derived");
  return stored ? TEXT_BYTES_MAX : TEXT_BYTES_DEFAULT;
}
