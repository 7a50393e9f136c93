// Types as the checker handles them: the error type that silences what follows, optional types, and which values may stand
// where a type is wanted.
import { isJson, isNumber, isTextLike, sameType, simple } from "../../stdlib/types.ts";
import type { Type } from "../../vm/type.ts";
import { describeType } from "../../vm/type-text.ts";

export { isNumber, isTextLike, joinTypes, sameType, simple } from "../../stdlib/types.ts";

/** Stands for the type of what was reported already; compared by identity, never in a Program. */
export const ERROR: Type = { kind: "union", of: [] };

export const BOOL = simple("bool");
export const TEXT = simple("text");
export const INT = simple("int");
export const DECIMAL = simple("decimal");
export const PERCENT = simple("percent");
export const QUOTIENT = simple("quotient");
export const INSTANT = simple("instant");
export const DATE = simple("date");
export const DURATION = simple("duration");
export const PARTY = simple("party");
export const DID = simple("did");
export const ANY = simple("any");
export const MAYBE_BOOL: Type = { kind: "optional", of: BOOL };
export const OUTCOMES = ["fulfilled", "expired", "terminated", "rescinded"] as const;

export const moneyOf = (asset: string): Type => ({ kind: "money", asset });
export const isOptional = (type: Type): boolean => type.kind === "optional";
/** The type of the value when it is known. */
export const strip = (type: Type): Type => (type.kind === "optional" ? type.of : type);
export const optional = (type: Type): Type =>
  type.kind === "optional" || type === ERROR ? type : { kind: "optional", of: type };
/** `type`, optional when one of `parts` is. */
export const optionalLike = (type: Type, parts: readonly { readonly type: Type }[]): Type =>
  parts.some((part) => isOptional(part.type)) ? optional(type) : type;

export const isBool = (type: Type): boolean => strip(type).kind === "bool" || strip(type).kind === "any";

/** How a value of one type may stand where another is wanted: as it is, by widening an int to a decimal, when the run finds
 *  it short enough, or not at all. */
export type Fit = "as it is" | "widened" | "if short enough" | null;

/** Unknowns are the caller's matter: optional types do not fit ones that are not. */
export function suits(from: Type, to: Type): Fit {
  if (from === ERROR || to === ERROR || sameType(from, to)) return "as it is";
  if (to.kind === "optional") return suits(strip(from), to.of);
  if (from.kind === "optional") return null;
  if (isNumber(from) && isNumber(to)) {
    if (to.kind === "int") return null;
    if (from.kind === "int") return "widened";
    return from.kind === "quotient" && to.kind !== "quotient" ? null : "as it is";
  }
  if (to.kind === "text") return isTextLike(from) ? "as it is" : null;
  if (to.kind === "enum" && from.kind === "enum")
    return from.values.every((value) => to.values.includes(value)) ? "as it is" : null;
  if (to.kind === "any") return isJson(from) && parts(from).every(isJson) ? "as it is" : null;
  if (to.kind === "union") return to.of.some((each) => suits(from, each) === "as it is") ? "as it is" : null;
  if (from.kind === "union") return from.of.every((each) => suits(each, to) === "as it is") ? "as it is" : null;
  if ((from.kind === "list" && to.kind === "list") || (from.kind === "map" && to.kind === "map")) {
    // `[]` is a list of anything.
    if (from.kind === "list" && from.most === 0) return "as it is";
    if (suits(from.of, to.of) !== "as it is") return null;
    return from.most <= to.most ? "as it is" : "if short enough";
  }
  if (from.kind === "record" && to.kind === "record" && from.fields.length === to.fields.length)
    return from.fields.every((field, i) => {
      const target = to.fields[i]!;
      return field.name === target.name && suits(field.type, target.type) === "as it is";
    })
      ? "as it is"
      : null;
  return null;
}

const parts = (type: Type): Type[] => (type.kind === "list" || type.kind === "map" ? [type.of, ...parts(type.of)] : []);

/** Parts a comparison in depth of two values of the type looks at, at most. */
export function partsOf(type: Type, anyParts: number): number {
  switch (type.kind) {
    case "list":
    case "map":
      return 1 + type.most * partsOf(type.of, anyParts);
    case "record":
      return 1 + type.fields.reduce((sum, field) => sum + partsOf(field.type, anyParts), 0);
    case "optional":
      return partsOf(type.of, anyParts);
    case "union":
      return Math.max(1, ...type.of.map((each) => partsOf(each, anyParts)));
    case "any":
      return anyParts;
    case "cidr":
      return 3;
    case "evidence":
      return 4;
    default:
      return 1;
  }
}

/** A type in a sentence: `a number of days`, `an amount of EUR`. */
export const words = (type: Type): string =>
  type.kind === "optional" ? `${describeType(type.of)} that may be unknown` : describeType(type);
