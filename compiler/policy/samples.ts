// Values of an input that make a difference to a policy: those its conditions compare with, their neighbours, one that is none of
// them, and absence. Whatever the rules only compare with constants, they treat like one of these.

import { builtinById } from "../../stdlib/table.ts";
import { add, mul, sub } from "../../vm/arithmetic.ts";
import { Decimal, intToDecimal, parseDecimal } from "../../vm/decimal.ts";
import { mapOf } from "../../vm/map.ts";
import { compareValues } from "../../vm/order.ts";
import { plainJson } from "../../vm/policy/answer.ts";
import { shownAs } from "../../vm/policy/policy.ts";
import { type Atom, READS_DATA, READS_INPUT } from "../../vm/policy/table.ts";
import type { Type } from "../../vm/type.ts";
import { exampleOf } from "../../vm/type-text.ts";
import { ErrorValue, MapValue, type Value } from "../../vm/value.ts";
import { strip } from "../2-check/types.ts";
import { partsOfExpr } from "../3-lower/nodes.ts";
import type { Loop, TExpr } from "../model.ts";
import { PATH_VALUES_MAX } from "./limits.ts";
import type { PolicyProgram, RuleDecl } from "./model.ts";
import { alongPath } from "./paths.ts";

/** Step into every element of a list. */
export const ELEMENT = "[]";
/** Stands for a path that is not there. */
export const ABSENT: unique symbol = Symbol("absent");

export interface PathSamples {
  /** Names of fields, and ELEMENT. */
  readonly path: readonly string[];
  readonly type: Type;
  /** Steps to what may be left out so that the path is not there; null: it is always there. */
  readonly lacksAt: number | null;
  /** Values of JSON that the policy tells apart, and ABSENT. */
  readonly values: readonly (Value | typeof ABSENT)[];
  /** Every reading of the path is a comparison with constants: `values` then has one of each kind. */
  readonly exact: boolean;
}

export interface Samples {
  /** By path, ascending. */
  readonly paths: readonly PathSamples[];
  /** Paths compared with each other. */
  readonly equals: readonly (readonly [readonly string[], readonly string[]])[];
  /** Paths that are keys of a map in data, with the names that lead to the map. */
  readonly keys: readonly { readonly path: readonly string[]; readonly map: readonly string[] }[];
}

interface Found {
  readonly path: readonly string[];
  readonly type: Type;
  readonly lacksAt: number | null;
  /** By the text of their JSON; typed where a rule compares with it, undefined where an example has it. */
  readonly values: Map<string, { readonly json: Value; readonly typed: Value }>;
  exact: boolean;
}

/** Which rules: all, or some. `inputs`: examples, whose values are tried too. */
export function samplesOf(
  program: PolicyProgram,
  rules: readonly RuleDecl[] = program.rules,
  inputs: readonly Value[] = [],
): Samples {
  const seen = new Collector(program);
  for (const rule of rules) seen.rule(rule);
  for (const input of inputs) seen.example(input);
  return seen.samples();
}

class Collector {
  readonly #program: PolicyProgram;
  readonly #found = new Map<string, Found>();
  readonly #locals = new Map<number, readonly string[]>();
  readonly #equals: [readonly string[], readonly string[]][] = [];
  readonly #keys: { path: readonly string[]; map: readonly string[] }[] = [];
  readonly #derived = new Set<number>();

  constructor(program: PolicyProgram) {
    this.#program = program;
  }

  rule(rule: RuleDecl): void {
    for (const { atom } of rule.atoms) this.#atom(atom);
    for (const { item, sources } of rule.each)
      for (const { list } of sources) {
        this.#bind(item, list);
        this.#visit(list);
      }
    for (const expr of [rule.truth, rule.tableEffect, ...(rule.rows ?? []).map(({ truth }) => truth)])
      if (expr !== null) this.#visit(expr);
  }

  samples(): Samples {
    const paths = [...this.#found.values()].map(({ path, type, lacksAt, values, exact }): PathSamples => {
      const spread = spreadOf(type, [...values.values()], lacksAt !== null);
      return {
        path,
        type,
        lacksAt,
        values: spread,
        exact: exact && spread.length < PATH_VALUES_MAX,
      };
    });
    paths.sort((a, b) => (keyOf(a.path) < keyOf(b.path) ? -1 : 1));
    return { paths, equals: this.#equals, keys: this.#keys };
  }

  example(input: Value): void {
    for (const found of this.#found.values())
      for (const value of valuesAt(input, found.path)) {
        const key = textOf(value);
        if (value instanceof MapValue || Array.isArray(value) || found.values.has(key)) continue;
        found.values.set(key, { json: value, typed: undefined });
      }
  }

  /** Path of the input that an expression reads, or null. */
  #path(expr: TExpr): readonly string[] | null {
    switch (expr.kind) {
      case "read":
        if (expr.place.kind === "env") return expr.place.index === READS_INPUT ? [] : null;
        if (expr.place.kind === "local") return this.#locals.get(expr.place.index) ?? null;
        if (expr.place.kind !== "derived") return null;
        return this.#path(this.#program.derived[expr.place.index]!.is);
      case "field": {
        const of = this.#path(expr.of);
        const type = strip(expr.of.type);
        const name = type.kind === "record" ? type.fields[expr.slot]?.name : undefined;
        return of === null || name === undefined ? null : [...of, name];
      }
      case "any_field": {
        const of = this.#path(expr.of);
        return of === null ? null : [...of, expr.name];
      }
      default:
        return null;
    }
  }

  /** Names that lead to a value in data, or null. */
  #dataPath(expr: TExpr): readonly string[] | null {
    if (expr.kind === "read") return expr.place.kind === "env" && expr.place.index === READS_DATA ? [] : null;
    if (expr.kind !== "field" && expr.kind !== "any_field") return null;
    const of = this.#dataPath(expr.of);
    const type = strip(expr.of.type);
    const name =
      expr.kind === "any_field" ? expr.name : type.kind === "record" ? type.fields[expr.slot]?.name : undefined;
    return of === null || name === undefined ? null : [...of, name];
  }

  #at(path: readonly string[]): Found {
    const key = keyOf(path);
    const before = this.#found.get(key);
    if (before !== undefined) return before;
    const { type, lacksAt } = typeAlong(this.#program.input, path);
    const made: Found = { path, type, lacksAt, values: new Map(), exact: true };
    this.#found.set(key, made);
    return made;
  }

  #note(path: readonly string[], values: readonly Value[], exact = true): void {
    const found = this.#at(path);
    if (!exact) found.exact = false;
    for (const value of values) {
      const json = shownAs(value, found.type);
      if (!(json instanceof ErrorValue)) found.values.set(textOf(json), { json, typed: value });
    }
  }

  #atom({ path, test }: Atom): void {
    const { names } = alongPath(this.#program.input, path);
    switch (test.kind) {
      case "present":
        return this.#note(names, []);
      case "range":
        return this.#note(
          names,
          [test.min, test.max].filter((each) => each !== null),
        );
      case "inside":
        // The first address of the network stands for all of it only while no other network lies inside.
        return this.#note(
          names,
          test.networks.map((network) => (network as readonly Value[])[0]),
          false,
        );
      case "has_any":
        return this.#note([...names, ELEMENT], test.values, false);
      case "in":
        return this.#note(names, test.values);
      default:
        return this.#note(names, test.values, false);
    }
  }

  #bind(local: number, list: TExpr): void {
    const source = list.kind === "choose" ? list.else : list;
    const path = this.#path(source);
    if (path !== null) this.#locals.set(local, [...path, ELEMENT]);
  }

  #loop(loop: Loop): void {
    this.#bind(loop.item, loop.source);
    for (const clause of loop.clauses) if (clause.kind === "for") this.#bind(clause.loop.item, clause.loop.source);
  }

  #visit(expr: TExpr): void {
    switch (expr.kind) {
      case "aggregate":
      case "comprehension":
        this.#loop(expr.loop);
        break;
      case "read":
        if (expr.place.kind === "derived" && !this.#derived.has(expr.place.index)) {
          this.#derived.add(expr.place.index);
          this.#visit(this.#program.derived[expr.place.index]!.is);
        }
        break;
      case "op":
        if (this.#comparison(expr)) return;
        if (expr.op === "present" && this.#path(expr.args[0]!) !== null)
          return this.#note(this.#path(expr.args[0]!)!, []);
        if (expr.op === "key") this.#key(expr.args[0]!, expr.args[1]!);
        break;
      case "call":
        this.#call(expr);
        break;
      case "match": {
        const path = this.#path(expr.text);
        if (path !== null) this.#note(path, [], false);
        break;
      }
      default:
    }
    const path = this.#path(expr);
    if (path !== null && path.length > 0) {
      // Read alone: a truth value tells two apart; anything else may do what it wants with it.
      const { type } = this.#at(path);
      return this.#note(path, [], type.kind === "bool");
    }
    for (const part of partsOfExpr(expr)) this.#visit(part);
  }

  /** `path == constant` and its like; two paths. */
  #comparison(expr: Extract<TExpr, { kind: "op" }>): boolean {
    if (expr.op !== "eq" && expr.op !== "ne" && expr.op !== "lt" && expr.op !== "le") return false;
    const [left, right] = expr.args as [TExpr, TExpr];
    const [a, b] = [this.#path(left), this.#path(right)];
    if (a !== null && b !== null) {
      this.#equals.push([a, b]);
      this.#note(a, [], false);
      this.#note(b, [], false);
      return true;
    }
    const path = a ?? b;
    const other = a === null ? left : right;
    if (path === null || path.length === 0) return false;
    const ordered = expr.op === "lt" || expr.op === "le";
    if (other.kind === "const") this.#note(path, [other.value], !ordered || hasNeighbours(this.#at(path).type));
    else {
      this.#note(path, [], false);
      this.#visit(other);
    }
    return true;
  }

  #call(expr: Extract<TExpr, { kind: "call" }>): void {
    const name = builtinById(expr.builtin)?.name;
    const [first, second] = expr.args;
    if (first === undefined || second === undefined) return;
    const left = this.#path(first);
    const right = this.#path(second);
    const known = (of: TExpr): readonly Value[] =>
      of.kind === "const" ? (Array.isArray(of.value) ? of.value : [of.value]) : [];
    if (name === "contains" && right !== null)
      return this.#note(right, known(first), first.kind === "const" && strip(first.type).kind === "list");
    if (name === "contains" && left !== null && strip(first.type).kind === "list")
      return this.#note([...left, ELEMENT], known(second), false);
    if (left !== null)
      this.#note(left, second.kind === "const" && strip(first.type).kind === "text" ? known(second) : [], false);
    if (right !== null) this.#note(right, [], false);
  }

  #key(map: TExpr, key: TExpr): void {
    const path = this.#path(key);
    const data = this.#dataPath(map);
    if (path !== null && data !== null) this.#keys.push({ path, map: data });
  }
}

export const keyOf = (path: readonly string[]): string => path.join("\u0000");

function typeAlong(input: Type, path: readonly string[]): { readonly type: Type; readonly lacksAt: number | null } {
  let type: Type = input;
  let lacksAt: number | null = null;
  for (const [at, step] of path.entries()) {
    const inner = strip(type);
    if (inner.kind === "record") {
      const field = inner.fields.find(({ name }) => name === step);
      if (field === undefined || field.optional || field.type.kind === "optional") lacksAt = at + 1;
      type = field?.type ?? { kind: "any" };
    } else {
      lacksAt = at + 1;
      type = inner.kind === "list" || inner.kind === "map" ? inner.of : { kind: "any" };
    }
  }
  return { type: strip(type), lacksAt };
}

/** The values, their neighbours, one that is none of them, and absence; as JSON. */
function spreadOf(
  type: Type,
  values: readonly { readonly json: Value; readonly typed: Value }[],
  mayLack: boolean,
): (Value | typeof ABSENT)[] {
  const out = new Map<string, Value | typeof ABSENT>();
  const add = (json: Value): void => {
    if (!(json instanceof ErrorValue)) out.set(textOf(json), json);
  };
  const typedOnes = values.flatMap(({ typed }) => (typed === undefined ? [] : [typed]));
  for (const { json } of values) {
    if (out.size >= PATH_VALUES_MAX) break;
    add(json);
  }
  for (const near of neighbours(type, typedOnes)) {
    if (out.size >= PATH_VALUES_MAX) break;
    add(shownAs(near, type));
  }
  if (type.kind === "enum") for (const each of type.values) add(each);
  else if (type.kind === "bool") for (const each of [true, false]) add(each);
  else if (type.kind === "text" || type.kind === "any") add(otherThan([...out.values()]));
  else if (type.kind === "list") add([]);
  else {
    const example = exampleOf(type);
    if (example !== undefined) add(type.kind === "int" || type.kind === "decimal" ? Number(example) : example);
  }
  if (mayLack) out.set("absent", ABSENT);
  return [...out.values()];
}

const WHOLE: ReadonlySet<Type["kind"]> = new Set(["int", "instant", "duration", "size", "period"]);
/** Kinds with an order that neighbours stand for: between two bounds lies one, and beyond the last. */
export const hasNeighbours = ({ kind }: Type): boolean => WHOLE.has(kind) || kind === "decimal";

/** Values beside and between those of a rule, which a bound may part from them. */
function neighbours(type: Type, values: readonly Value[]): Value[] {
  if (WHOLE.has(type.kind) || type.kind === "any")
    return values
      .flatMap((value) => (typeof value === "number" ? [value - 1, value + 1] : []))
      .filter((value) => type.kind !== "size" || value >= 0);
  if (type.kind !== "decimal") return [];
  const sorted = values.filter((value) => value instanceof Decimal).sort((a, b) => compareValues(a, b) ?? 0);
  const half = parseDecimal("0.5") ?? 0;
  const between = sorted.slice(1).map((value, at) => mul(add(value, sorted[at]), half));
  const ends = sorted.length === 0 ? [] : [sub(sorted[0], intToDecimal(1)), add(sorted.at(-1), intToDecimal(1))];
  return [...between, ...ends];
}

function otherThan(values: readonly unknown[]): string {
  for (let n = 0; ; n++) {
    const other = n === 0 ? "other" : `other${n}`;
    if (!values.includes(other)) return other;
  }
}

/** A value of JSON in one line. */
export const textOf = (json: Value | typeof ABSENT): string =>
  json === ABSENT ? "absent" : JSON.stringify(plainJson(json as Value));

/** The values at a path of JSON; several under ELEMENT. */
export function valuesAt(input: Value, path: readonly string[]): Value[] {
  const [step, ...rest] = path;
  if (step === undefined) return [input];
  if (step === ELEMENT) return Array.isArray(input) ? input.flatMap((item) => valuesAt(item, rest)) : [];
  if (!(input instanceof MapValue)) return [];
  const at = input.keys.indexOf(step);
  return at < 0 ? [] : valuesAt(input.values[at], rest);
}

/** The input with a value at a path, or without it. Steps into lists are numbers; what is missing on the way is made. */
export function withValue(input: Value, path: readonly (string | number)[], value: Value | typeof ABSENT): Value {
  const [step, ...rest] = path;
  if (step === undefined) return value === ABSENT ? null : value;
  if (typeof step === "number") {
    if (!Array.isArray(input)) return input;
    const items = [...input];
    if (rest.length === 0 && value === ABSENT) items.splice(step, 1);
    else items[step] = withValue(items[step], rest, value);
    return items;
  }
  const map = input instanceof MapValue ? input : mapOf([])!;
  const entries = map.keys.map((key, at) => [key, map.values[at]] as const);
  const others = entries.filter(([key]) => key !== step);
  if (rest.length === 0 && value === ABSENT) return mapOf(others) ?? input;
  const inner = entries.find(([key]) => key === step)?.[1] ?? mapOf([]);
  return mapOf([...others, [step, withValue(inner, rest, value)]]) ?? input;
}
