// The requests that policies may tell apart. Each path that a rule reads is an axis, with one value of each kind that the rules
// distinguish. When the rules only compare paths with constants, the product of the axes stands for every request.
import { mapOf } from "../../../vm/map.ts";
import type { Type } from "../../../vm/type.ts";
import { exampleOf } from "../../../vm/type-text.ts";
import type { Value } from "../../../vm/value.ts";
import type { PolicyProgram, RuleDecl } from "../model.ts";
import { ABSENT, ELEMENT, keyOf, type PathSamples, samplesOf, textOf, withValue } from "../samples.ts";
import { MADE_DEPTH_MAX, REQUESTS_MAX } from "./limits.ts";

export interface Axis {
  readonly path: readonly string[];
  readonly values: readonly (Value | typeof ABSENT)[];
  readonly lacksAt: number | null;
}

export interface Space {
  readonly axes: readonly Axis[];
  /** Why the requests do not stand for all, in words; empty: they do. */
  readonly gaps: readonly string[];
  /** Whether `requests` goes through the whole product: then a request is a number, its digits the values of the axes. */
  readonly whole: boolean;
  readonly count: number;
  readonly request: (at: number) => Value;
}

interface Side {
  readonly program: PolicyProgram;
  readonly rules?: readonly RuleDecl[];
}

/** `examples`: inputs of tests; requests near them are tried when the product is too large. */
export function spaceOf(sides: readonly Side[], examples: readonly Value[]): Space {
  const merged = new Map<string, PathSamples>();
  const gaps = new Set<string>();
  for (const { program, rules } of sides) {
    const samples = samplesOf(program, rules ?? program.rules);
    for (const each of samples.paths) {
      const before = merged.get(keyOf(each.path));
      merged.set(keyOf(each.path), before === undefined ? each : joined(before, each));
    }
    if (program.data.length > 0) gaps.add("the rules read data");
    if (program.rules.some(({ each }) => each.length > 0)) gaps.add("a rule goes over the elements of a list");
  }
  const all = [...merged.values()].sort((a, b) => (keyOf(a.path) < keyOf(b.path) ? -1 : 1));
  for (const { path, exact } of all) if (!exact) gaps.add(`\`${path.join(".")}\` is not only compared with constants`);
  // A list stands for itself by its examples; its elements are reached through them.
  const axes = all
    .filter(({ path }) => !path.includes(ELEMENT) && path.length > 0)
    .map(
      (axis): Axis => (axis.exact ? axis : { ...axis, values: distinct([...axis.values, ...plainValues(axis.type)]) }),
    );
  if (axes.length < all.length) gaps.add("the elements of lists are tried by example");
  const program = sides.at(-1)!.program;
  const base = made(program.input, 0);
  const product = axes.reduce((count, { values }) => Math.min(count * values.length, Number.MAX_SAFE_INTEGER), 1);
  if (product <= REQUESTS_MAX)
    return { axes, gaps: [...gaps].sort(), whole: true, count: product, request: (at) => digits(axes, base, at) };
  gaps.add(`there are ${product === Number.MAX_SAFE_INTEGER ? "too many" : product} combinations`);
  const requests = nearby(axes, [base, ...examples]);
  return {
    axes,
    gaps: [...gaps].sort(),
    whole: false,
    count: requests.length,
    request: (at) => requests[at]!,
  };
}

/** For what is computed with: no constant of the rules says where it turns. */
function plainValues(type: Type): readonly Value[] {
  if (type.kind === "int" || type.kind === "decimal") return [-1000, -10, -1, 0, 1, 2, 10, 1000];
  return type.kind === "text" ? ["", "a", "a b c d e f g h i j"] : [];
}

const distinct = (values: readonly (Value | typeof ABSENT)[]): (Value | typeof ABSENT)[] => [
  ...new Map(values.map((value) => [textOf(value), value] as const)).values(),
];

function joined(a: PathSamples, b: PathSamples): PathSamples {
  const values = distinct([...a.values, ...b.values]);
  return { ...b, values, exact: a.exact && b.exact, lacksAt: b.lacksAt ?? a.lacksAt };
}

export function digits(axes: readonly Axis[], base: Value, number: number): Value {
  let rest = number;
  let request = base;
  for (const axis of axes) {
    request = placed(request, axis, axis.values[rest % axis.values.length]!);
    rest = Math.floor(rest / axis.values.length);
  }
  return request;
}

const placed = (request: Value, { path, lacksAt }: Axis, value: Value | typeof ABSENT): Value =>
  withValue(request, value === ABSENT ? path.slice(0, lacksAt ?? path.length) : path, value);

/** Requests with one axis changed, then with two, from each base, as far as the bound goes. */
function nearby(axes: readonly Axis[], bases: readonly Value[]): Value[] {
  const out = new Map<string, Value>();
  const add = (request: Value): boolean => {
    if (out.size >= REQUESTS_MAX) return false;
    out.set(textOf(request), request);
    return true;
  };
  for (const base of bases) add(base);
  const singles = (base: Value, from: number, visit: (request: Value, axis: number) => boolean): boolean =>
    axes.every((axis, at) => at < from || axis.values.every((value) => visit(placed(base, axis, value), at)));
  for (const base of bases) if (!singles(base, 0, add)) break;
  for (const base of bases) if (!singles(base, 0, (one, at) => singles(one, at + 1, add))) break;
  return [...out.values()];
}

/** A value of a type: the plainest that there is. */
export function made(type: Type, depth: number): Value {
  switch (type.kind) {
    case "optional":
      return null;
    case "record": {
      if (depth > MADE_DEPTH_MAX) return null;
      const fields = type.fields.filter((field) => !field.optional && field.type.kind !== "optional");
      return mapOf(fields.map((field) => [field.name, made(field.type, depth + 1)] as const)) ?? null;
    }
    case "list":
      return [];
    case "map":
    case "any":
      return mapOf([]) ?? null;
    case "bool":
      return false;
    case "null":
      return null;
    case "int":
    case "decimal":
      return 0;
    case "union":
      return type.of[0] === undefined ? null : made(type.of[0], depth + 1);
    case "text":
      return "text";
    default:
      return exampleOf(type) ?? null;
  }
}
