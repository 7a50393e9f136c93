// Types in the hands of the checker: equal and joined. Shared by signatures and the compiler's own rules.
import type { SimpleKind, Type } from "../vm/type.ts";

export const simple = (kind: SimpleKind): Type => ({ kind });

const NUMBERS: readonly string[] = ["int", "decimal", "percent", "quotient"];
/** Types whose values are texts and may stand where a text is read. */
const TEXTS: readonly string[] = ["text", "enum", "host", "path", "did", "party"];
/** What a value of type `any` can be: the values of JSON. */
const JSON_KINDS: readonly string[] = ["bool", "null", "text", "int", "decimal", "list", "map", "any"];

export const isNumber = (type: Type): boolean => NUMBERS.includes(type.kind);
export const isTextLike = (type: Type): boolean => TEXTS.includes(type.kind);
export const isJson = (type: Type): boolean => JSON_KINDS.includes(type.kind);
/** Numbers, money, spans of time, sizes: `abs`, `sum`, `-x`. */
export const isQuantity = (type: Type): boolean =>
  isNumber(type) || ["money", "duration", "period", "size"].includes(type.kind);
/** What `<` orders. */
export const isOrdered = (type: Type): boolean =>
  isQuantity(type) || isTextLike(type) || ["instant", "date", "month", "clock"].includes(type.kind);

export function sameType(a: Type, b: Type): boolean {
  if (a === b) return true;
  if (a.kind !== b.kind) return false;
  switch (a.kind) {
    case "money":
      return a.asset === (b as typeof a).asset;
    case "period":
      return a.unit === (b as typeof a).unit;
    case "list":
    case "map":
      return a.most === (b as typeof a).most && sameType(a.of, (b as typeof a).of);
    case "optional":
      return sameType(a.of, (b as typeof a).of);
    case "enum": {
      const other = (b as typeof a).values;
      return a.values.length === other.length && a.values.every((value, i) => value === other[i]);
    }
    case "union": {
      const other = (b as typeof a).of;
      return a.of.length === other.length && a.of.every((each, i) => sameType(each, other[i]!));
    }
    case "record": {
      const other = b as typeof a;
      return (
        a.open === other.open &&
        a.fields.length === other.fields.length &&
        a.fields.every((field, i) => {
          const same = other.fields[i]!;
          return field.name === same.name && field.optional === same.optional && sameType(field.type, same.type);
        })
      );
    }
    default:
      return true;
  }
}

/** The type that holds the values of both, or undefined when they do not go together: an int and a decimal make a decimal,
 *  anything with a quotient a quotient, an enumeration and a text a text, a `T?` makes the whole optional. */
export function joinTypes(a: Type, b: Type): Type | undefined {
  if (sameType(a, b)) return a;
  if (a.kind === "optional" || b.kind === "optional") {
    const of = joinTypes(a.kind === "optional" ? a.of : a, b.kind === "optional" ? b.of : b);
    return of === undefined ? undefined : { kind: "optional", of };
  }
  if (isNumber(a) && isNumber(b))
    return simple(a.kind === "quotient" || b.kind === "quotient" ? "quotient" : "decimal");
  if (isTextLike(a) && isTextLike(b)) return simple("text");
  if ((a.kind === "list" && b.kind === "list") || (a.kind === "map" && b.kind === "map")) {
    // The empty list is a list of anything.
    const of = a.most === 0 ? b.of : b.most === 0 ? a.of : joinTypes(a.of, b.of);
    return of === undefined ? undefined : { kind: a.kind, of, most: Math.max(a.most, b.most) };
  }
  if ((a.kind === "any" && isJson(b)) || (b.kind === "any" && isJson(a))) return simple("any");
  return undefined;
}
