// Which builtin a call means: overloads are told apart by the types of their arguments.
import { ROUNDING_MODES } from "../vm/decimal.ts";
import type { Type } from "../vm/type.ts";
import { describeType } from "../vm/type-text.ts";
import type { Builtin } from "./builtin.ts";
import { ITEMS_MAX } from "./limits.ts";
import { nearest } from "./nearest.ts";
import {
  describeSignature,
  type ImplicitName,
  type ParamType,
  phraseParam,
  signatureOf,
  type VariableName,
} from "./signature.ts";
import { BUILTINS, FORMS } from "./table.ts";
import { isJson, isNumber, isOrdered, isQuantity, isTextLike, joinTypes, sameType, simple } from "./types.ts";

/** What a written text stands for where it is an argument: the compiler turns the literal into that constant. */
export interface Constant {
  /** Position of the argument. */
  readonly argument: number;
  readonly as: "zone" | "rounding" | "enum";
  /** Texts allowed; null for a zone: see `zoneConstant`. */
  readonly values: readonly string[] | null;
}

export interface ResolvedCall {
  readonly kind: "call";
  readonly builtin: Builtin;
  readonly result: Type;
  /** Implicit arguments still to be appended, in order; `digits(USD)` and `asset(USD)` name their asset. */
  readonly implicit: readonly string[];
  /** For each argument the type its param asks for: an int given where a decimal or money is asked is to be converted
   *  (`to_decimal`), all else stays as it is. */
  readonly expected: readonly Type[];
  /** Arguments that must be written texts. */
  readonly constants: readonly Constant[];
}

export interface CallMismatch {
  readonly kind: "mismatch";
  readonly reason: "unknown-function" | "count" | "type";
  /** With `type`: the first argument that does not fit the nearest candidate, what it asks and what it got, in words. */
  readonly argument?: number;
  readonly expected?: string;
  readonly found?: string;
  /** Every candidate in words; empty when there is no such function. */
  readonly candidates: readonly string[];
  /** Functions and forms with nearly this name. */
  readonly nearest: readonly string[];
}

export interface CallOptions {
  /** Positions whose argument is a literal 0, which is zero of every asset. */
  readonly zeros?: readonly number[];
}

const byName = new Map<string, Builtin[]>();
/** All overloads of a name, in the order of the table. */
export function builtinsNamed(name: string): readonly Builtin[] {
  if (byName.size === 0)
    for (const builtin of BUILTINS) {
      const same = byName.get(builtin.name);
      if (same === undefined) byName.set(builtin.name, [builtin]);
      else same.push(builtin);
    }
  return byName.get(name) ?? [];
}

/** Words an implicit rounding may have. For days and months `up` and `down` are ceiling and floor. */
export const ROUNDING_TEXTS: Readonly<Record<string, readonly string[]>> = {
  "rounding.days": ["up", "down", ...ROUNDING_MODES],
  "rounding.months": ["up", "down"],
  "rounding.money": ROUNDING_MODES,
};

const IMPLICIT_WORDS: Readonly<Record<string, string>> = {
  zone: 'a zone such as `"Europe/London"`',
  "rounding.days": 'a rounding such as `"up"`',
  "rounding.months": 'a rounding such as `"down"`',
  "rounding.money": 'a rounding such as `"half-even"`',
};

/** How one candidate takes the arguments. */
interface Fit {
  readonly builtin: Builtin;
  /** Conversions needed: fewer is better. */
  cost: number;
  /** Position of the first argument that does not fit, or -1. */
  wrong: number;
  wanted: string;
  readonly variables: Map<VariableName, Type>;
  asset: string | null;
  optional: boolean;
  readonly expected: Type[];
  readonly constants: Constant[];
}

const admits = (name: VariableName, type: Type): boolean => {
  if (type.kind === "any") return true;
  if (name === "N") return isNumber(type);
  if (name === "Q") return isQuantity(type);
  return name === "O" ? isOrdered(type) : true;
};

/** Whether a value of `from` may stand where `to` is asked; the number is its cost. */
function conversion(from: Type, to: Type): number | undefined {
  if (sameType(from, to)) return 0;
  if (from.kind === "enum" && to.kind === "enum" && from.values.every((value) => to.values.includes(value))) return 0;
  if (to.kind === "any" && (isJson(from) || isTextLike(from))) return 3;
  if (from.kind === "any" && isJson(to)) return 4;
  if (to.kind === "text" && isTextLike(from)) return 1;
  if (to.kind === "decimal" && (from.kind === "int" || from.kind === "percent")) return 1;
  if (to.kind === "quotient" && isNumber(from)) return 1;
  return undefined;
}

/** Matches an argument with a param. `quiet`: the literal 0. Gives the cost, or undefined when it does not fit. */
function match(
  fit: Fit,
  param: ParamType,
  argument: Type,
  zero: boolean,
  position: number,
  lazy: boolean,
): number | undefined {
  if (argument.kind === "optional" && param.kind !== "optional" && !lazy) {
    const cost = match(fit, param, argument.of, zero, position, lazy);
    if (cost !== undefined) fit.optional = true;
    return cost;
  }
  switch (param.kind) {
    case "exact": {
      if (param.type.kind === "enum" && argument.kind === "text") {
        fit.constants.push({ argument: position, as: "enum", values: param.type.values });
        return 2;
      }
      return conversion(argument, param.type);
    }
    case "number":
      return isNumber(argument) ? 0 : argument.kind === "any" ? 4 : undefined;
    case "money":
      if (zero) return 1;
      if (argument.kind !== "money" || (fit.asset !== null && fit.asset !== argument.asset)) return undefined;
      fit.asset = argument.asset;
      return 0;
    case "variable": {
      if (!admits(param.name, argument)) return undefined;
      const before = fit.variables.get(param.name);
      if (before === undefined) {
        fit.variables.set(param.name, argument);
        return 2;
      }
      // The literal 0 takes the asset of the others, on whichever side it stands.
      if (zero && before.kind === "money") return 2;
      const joined = joinTypes(before, argument);
      if (joined === undefined) return undefined;
      fit.variables.set(param.name, joined);
      return 2;
    }
    case "list":
    case "map":
      // The empty list is a list of anything.
      if (argument.kind === param.kind && argument.most === 0) return 1;
      if (argument.kind === param.kind) return match(fit, param.of, argument.of, false, position, lazy);
      return argument.kind === "any"
        ? match(fit, param.of, simple("any"), false, position, lazy) === undefined
          ? undefined
          : 4
        : undefined;
    case "optional":
      return match(fit, param.of, argument.kind === "optional" ? argument.of : argument, zero, position, lazy);
    case "oneOf":
      for (const each of param.of) {
        const cost = match(fit, each, argument, zero, position, lazy);
        if (cost !== undefined) return cost;
      }
      return undefined;
  }
}

/** A param's type with variables and asset put in. `most`: length of a list the builtin makes. */
function instantiate(fit: Fit, param: ParamType, most: number): Type {
  switch (param.kind) {
    case "exact":
      return param.type;
    case "number":
      return simple("decimal");
    case "money":
      return { kind: "money", asset: fit.asset ?? "" };
    case "variable":
      return fit.variables.get(param.name) ?? simple("any");
    case "list":
    case "map":
      return { kind: param.kind, of: instantiate(fit, param.of, most), most };
    case "optional": {
      const of = instantiate(fit, param.of, most);
      return of.kind === "optional" ? of : { kind: "optional", of };
    }
    case "oneOf":
      return { kind: "union", of: param.of.map((each) => instantiate(fit, each, most)) };
  }
}

function tryCandidate(builtin: Builtin, args: readonly Type[], zeros: readonly number[]): Fit | "count" {
  const { params, implicit } = signatureOf(builtin);
  const needed = params.filter((param) => !param.optional).length;
  const variadic = params[params.length - 1]?.variadic === true;
  // Zone and rounding may be given by hand, in their order.
  const explicit = implicit.findIndex((each) => !each.startsWith("rounding.") && each !== "zone");
  const most = params.length + (explicit < 0 ? implicit.length : explicit);
  if (args.length < needed || (args.length > most && !variadic)) return "count";
  const fit: Fit = {
    builtin,
    cost: 0,
    wrong: -1,
    wanted: "",
    variables: new Map(),
    asset: null,
    optional: false,
    expected: [],
    constants: [],
  };
  const types: ParamType[] = [];
  // A literal 0 says nothing about a variable: it is looked at after the others.
  const order = args.map((_, i) => i).sort((i, j) => Number(zeros.includes(i)) - Number(zeros.includes(j)));
  const wrongs: number[] = [];
  for (const i of order) {
    const argument = args[i]!;
    const param = i < params.length ? params[i]! : variadic ? params[params.length - 1]! : undefined;
    if (param === undefined) {
      const name = implicit[i - params.length]!;
      types[i] = { kind: "exact", type: simple(name === "zone" ? "zone" : "text") };
      if (argument.kind !== "text" && argument.kind !== (name === "zone" ? "zone" : "enum")) wrongs.push(i);
      if (argument.kind === "text")
        fit.constants.push({
          argument: i,
          as: name === "zone" ? "zone" : "rounding",
          values: ROUNDING_TEXTS[name] ?? null,
        });
      continue;
    }
    types[i] = param.type;
    const cost = match(fit, param.type, argument, zeros.includes(i), i, builtin.lazy === true);
    if (cost === undefined) wrongs.push(i);
    else fit.cost += cost;
  }
  if (wrongs.length > 0) {
    fit.wrong = Math.min(...wrongs);
    const type = types[fit.wrong]!;
    fit.wanted =
      fit.wrong >= params.length && !variadic
        ? IMPLICIT_WORDS[implicit[fit.wrong - params.length]!]!
        : wantedWords(fit, type);
    return fit;
  }
  const lengths = args
    .map((arg) => (arg.kind === "optional" ? arg.of : arg))
    .map((arg) => (arg.kind === "list" || arg.kind === "map" ? arg.most : 1));
  const bound = Math.max(
    1,
    lengths.reduce((sum, length) => sum + length, 0),
  );
  for (let i = 0; i < args.length; i++) {
    const type = types[i]!;
    const given = args[i]!;
    fit.expected.push(["list", "map", "number", "oneOf"].includes(type.kind) ? given : instantiate(fit, type, bound));
  }
  return fit;
}

/** What a param asks for, in words, with what other arguments already fixed: `money(USD)`. */
function wantedWords(fit: Fit, type: ParamType): string {
  if (type.kind === "money" && fit.asset !== null) return describeType({ kind: "money", asset: fit.asset });
  const bound = type.kind === "variable" ? fit.variables.get(type.name) : undefined;
  return bound === undefined ? phraseParam(type) : describeType(bound);
}

/** The result's type. Lists hold at most the items of the arguments together; what no argument bounds, ITEMS_MAX. */
function resultType(fit: Fit, args: readonly Type[]): Type {
  const { result } = signatureOf(fit.builtin);
  const listed = args
    .map((arg) => (arg.kind === "optional" ? arg.of : arg))
    .filter((arg) => arg.kind === "list" || arg.kind === "map");
  const most = listed.length > 0 ? listed.reduce((sum, arg) => sum + arg.most, 1) : ITEMS_MAX;
  const type = instantiate(fit, result, most);
  // `known_first(a, b)` is known for certain when its last argument is.
  if (fit.builtin.lazy && result.kind === "optional" && type.kind === "optional")
    return args[args.length - 1]?.kind === "optional" ? type : type.of;
  if (!fit.optional || type.kind === "optional") return type;
  return { kind: "optional", of: type };
}

/** Resolves a call of a builtin. The cheapest fitting overload wins, on a tie the first in the table. */
export function resolveCall(
  name: string,
  args: readonly Type[],
  options: CallOptions = {},
): ResolvedCall | CallMismatch {
  const candidates = builtinsNamed(name);
  if (candidates.length === 0) {
    const names = [...new Set([...BUILTINS.map((each) => each.name), ...FORMS.map((each) => each.name)])];
    return { kind: "mismatch", reason: "unknown-function", candidates: [], nearest: nearest(name, names) };
  }
  const fits: Fit[] = [];
  let best: Fit | undefined;
  for (const builtin of candidates) {
    const fit = tryCandidate(builtin, args, options.zeros ?? []);
    if (fit === "count") continue;
    fits.push(fit);
    if (fit.wrong < 0 && (best === undefined || fit.cost < best.cost)) best = fit;
  }
  if (best === undefined) return mismatch(name, candidates, fits, args);
  const { implicit, params } = signatureOf(best.builtin);
  const given = Math.max(0, args.length - params.length);
  const left = params[params.length - 1]?.variadic === true ? [] : implicit.slice(given);
  const asset = best.asset ?? "";
  return {
    kind: "call",
    builtin: best.builtin,
    result: resultType(best, args),
    implicit: left.map((each: ImplicitName) => each.replace("(A)", `(${asset})`)),
    expected: best.expected,
    constants: best.constants,
  };
}

function mismatch(
  name: string,
  candidates: readonly Builtin[],
  fits: readonly Fit[],
  args: readonly Type[],
): CallMismatch {
  const words = candidates.map((each) => describeSignature(name, signatureOf(each)));
  const common = { kind: "mismatch", candidates: words, nearest: [] } as const;
  // The nearest candidate takes the most arguments before the first that does not fit.
  const closest = fits.reduce<Fit | undefined>(
    (far, fit) => (far === undefined || fit.wrong > far.wrong ? fit : far),
    undefined,
  );
  if (closest === undefined) return { ...common, reason: "count" };
  const wanted = [...new Set(fits.filter((fit) => fit.wrong === closest.wrong).map((fit) => fit.wanted))];
  return {
    ...common,
    reason: "type",
    argument: closest.wrong,
    expected: wanted.join(" or "),
    found: describeType(args[closest.wrong]!),
  };
}
