// Signatures of builtins, read once from their text.
//
//   signature  = "(" [ param { "," param } ] ")" "->" type
//   param      = type [ "..." ]        the last may come any number of times, at least once
//              | "[" type "]"          may be left out; only at the end
//              | implicit              filled in by the compiler; after all others
//   type       = atom { "|" atom } , atom = name [ "(" type or words ")" ] [ "?" ]
//   implicit   = "zone" | "calendar" | "rounding.days" | "rounding.months" | "rounding.money" | "digits(A)" | "asset(A)"
//
// Names beside the types of the language: `number` (int, decimal, percent or quotient), `money(A)` (any one asset),
// `weekday`, `basis`, `address class`, and variables, which stand for one type wherever they come in a signature: T and U
// any type, N a number, Q a quantity (number, money, span of time, size), O an ordered type.
//
// Invariant: `run` gets the arguments in the order of the params, then the implicit ones in theirs. A variadic or left-out
// param never stands before an implicit one, so positions are fixed.
import type { PeriodUnit, SimpleKind, Type } from "../vm/type.ts";
import { describeType } from "../vm/type-text.ts";
import type { Builtin } from "./builtin.ts";
import { WEEKDAYS } from "./civil.ts";
import { ADDRESS_CLASSES } from "./data/addresses.ts";
import { DAY_COUNT_BASES } from "./day-count.ts";

export type ImplicitName =
  | "zone"
  | "calendar"
  | "rounding.days"
  | "rounding.months"
  | "rounding.money"
  | "digits(A)"
  | "asset(A)";

export type VariableName = "T" | "U" | "N" | "Q" | "O";

export type ParamType =
  | { readonly kind: "exact"; readonly type: Type }
  | { readonly kind: "number" }
  | { readonly kind: "money" } // money(A)
  | { readonly kind: "variable"; readonly name: VariableName }
  | { readonly kind: "list" | "map" | "optional"; readonly of: ParamType }
  | { readonly kind: "oneOf"; readonly of: readonly ParamType[] };

export interface Param {
  readonly type: ParamType;
  /** May be left out. */
  readonly optional: boolean;
  /** May come again and again. */
  readonly variadic: boolean;
}

export interface Signature {
  readonly params: readonly Param[];
  readonly implicit: readonly ImplicitName[];
  readonly result: ParamType;
}

const IMPLICIT: readonly string[] = [
  "zone",
  "calendar",
  "rounding.days",
  "rounding.months",
  "rounding.money",
  "digits(A)",
  "asset(A)",
];
const VARIABLES: readonly string[] = ["T", "U", "N", "Q", "O"];
const SIMPLE: readonly string[] = [
  "bool",
  "text",
  "bytes",
  "null",
  "int",
  "decimal",
  "percent",
  "quotient",
  "instant",
  "date",
  "month",
  "clock",
  "duration",
  "size",
  "ip",
  "cidr",
  "host",
  "path",
  "did",
  "party",
  "evidence",
  "any",
];
const ENUMS: Readonly<Record<string, readonly string[]>> = {
  weekday: WEEKDAYS,
  basis: DAY_COUNT_BASES,
  "address class": ADDRESS_CLASSES,
};
const PERIODS: readonly string[] = ["days", "months", "business days"];

/** Splits at a separator outside brackets. */
function splitTop(text: string, separator: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "(" || text[i] === "[") depth++;
    if (text[i] === ")" || text[i] === "]") depth--;
    if (depth === 0 && text.startsWith(separator, i)) {
      parts.push(text.slice(start, i).trim());
      start = i + separator.length;
    }
  }
  parts.push(text.slice(start).trim());
  return parts.filter((part) => part !== "");
}

function parseType(text: string): ParamType {
  const alternatives = splitTop(text, "|");
  if (alternatives.length > 1) return { kind: "oneOf", of: alternatives.map(parseType) };
  if (text.endsWith("?")) return { kind: "optional", of: parseType(text.slice(0, -1)) };
  if (text === "number") return { kind: "number" };
  if (text === "money(A)") return { kind: "money" };
  if (VARIABLES.includes(text)) return { kind: "variable", name: text as VariableName };
  if (SIMPLE.includes(text)) return { kind: "exact", type: { kind: text as SimpleKind } };
  const values = ENUMS[text];
  if (values !== undefined) return { kind: "exact", type: { kind: "enum", values } };
  const inner = /^(list|map|period)\((.+)\)$/.exec(text);
  if (inner?.[1] === "period" && PERIODS.includes(inner[2]!))
    return { kind: "exact", type: { kind: "period", unit: inner[2] as PeriodUnit } };
  if (inner?.[1] === "list" || inner?.[1] === "map") return { kind: inner[1], of: parseType(inner[2]!) };
  throw new Error(`stdlib: type not understood in a signature: ${text}`);
}

/** Reads a signature. A signature that does not parse is our own mistake and throws. */
export function parseSignature(text: string): Signature {
  const parts = /^\((.*)\) -> (.+)$/.exec(text);
  if (parts === null) throw new Error(`stdlib: signature not understood: ${text}`);
  const params: Param[] = [];
  const implicit: ImplicitName[] = [];
  for (const part of splitTop(parts[1]!, ",")) {
    if (IMPLICIT.includes(part)) {
      implicit.push(part as ImplicitName);
      continue;
    }
    const optional = part.startsWith("[");
    const variadic = part.endsWith("...");
    const last = params[params.length - 1];
    if (implicit.length > 0 || last?.variadic || (last?.optional && !optional))
      throw new Error(`stdlib: params out of order: ${text}`);
    params.push({ type: parseType(part.replace(/^\[|\]$|\.\.\.$/g, "")), optional, variadic });
  }
  const last = params[params.length - 1];
  if (implicit.length > 0 && (last?.optional || last?.variadic))
    throw new Error(`stdlib: an implicit param needs fixed params before it: ${text}`);
  return { params, implicit, result: parseType(parts[2]!) };
}

const parsed = new WeakMap<Builtin, Signature>();

export function signatureOf(builtin: Builtin): Signature {
  const known = parsed.get(builtin);
  if (known !== undefined) return known;
  const signature = parseSignature(builtin.signature);
  parsed.set(builtin, signature);
  return signature;
}

const VARIABLES_SHOWN: Record<VariableName, readonly [short: string, phrase: string]> = {
  T: ["value", "a value"],
  U: ["value", "a value"],
  N: ["number", "a number"],
  Q: ["quantity", "a number, an amount, a span of time or a size"],
  O: ["ordered value", "a value that has an order"],
};

/** A param's type as it stands in a list of candidates: `number`, `money`, `list(value)`, `days`. */
export function showParam(type: ParamType): string {
  switch (type.kind) {
    case "exact":
      if (type.type.kind === "period") return type.type.unit;
      return type.type.kind === "enum" ? (enumNames.get(type.type.values) ?? "text") : type.type.kind;
    case "variable":
      return VARIABLES_SHOWN[type.name][0];
    case "list":
    case "map":
      return `${type.kind}(${showParam(type.of)})`;
    case "optional":
      return `${showParam(type.of)}?`;
    case "oneOf":
      return type.of.map(showParam).join(" or ");
    default:
      return type.kind;
  }
}
const enumNames = new Map(Object.entries(ENUMS).map(([name, values]) => [values, name]));

/** The same as a phrase: `an amount of money`, `a list`. */
export function phraseParam(type: ParamType): string {
  switch (type.kind) {
    case "exact":
      return describeType(type.type);
    case "number":
      return "a number";
    case "money":
      return "an amount of money";
    case "variable":
      return VARIABLES_SHOWN[type.name][1];
    case "list":
    case "map":
      return `a ${type.kind}, each ${type.kind === "list" ? "item" : "value"} ${phraseParam(type.of)}`;
    case "optional":
      return phraseParam(type.of);
    case "oneOf":
      return type.of.map(phraseParam).join(" or ");
  }
}

/** A candidate in words: `days(instant, instant) gives days, by the document's rounding.days`. */
export function describeSignature(name: string, signature: Signature): string {
  const params = signature.params.map((param) => {
    const words = showParam(param.type);
    return param.optional ? `[${words}]` : param.variadic ? `${words}, …` : words;
  });
  const read = signature.implicit.filter((each) => !each.endsWith("(A)"));
  const by = read.length === 0 ? "" : `, by the document's ${read.join(" and ")}`;
  return `${name}(${params.join(", ")}) gives ${showParam(signature.result)}${by}`;
}
