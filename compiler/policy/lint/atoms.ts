// What atoms say of each other, without trying values: implied, contradictory, always true. Answers are on the safe side: `false` may
// mean "not known".
import { compareValues } from "../../../vm/order.ts";
import { holdsOf, inside, underHost, underPath } from "../../../vm/policy/atoms.ts";
import type { Atom, AtomTest } from "../../../vm/policy/table.ts";
import type { Type } from "../../../vm/type.ts";
import type { Value } from "../../../vm/value.ts";
import { alongPath } from "../paths.ts";
import { hasNeighbours } from "../samples.ts";

const samePath = (a: Atom, b: Atom): boolean =>
  a.path.length === b.path.length && a.path.every((step, at) => step === b.path[at]);

const says = (value: Value, test: AtomTest): boolean => holdsOf(value, test);

/** Whenever `a` holds, `b` does. */
export function implies(a: Atom, b: Atom): boolean {
  if (!samePath(a, b)) return false;
  const [left, right] = [a.test, b.test];
  if (left.kind === "in") return left.values.every((value) => says(value, right));
  if (right.kind === "present") return true;
  switch (left.kind) {
    case "range":
      return right.kind === "range" && lowerWithin(left, right) && upperWithin(left, right);
    case "has_any":
      return right.kind === "has_any" && left.values.every((value) => right.values.some((each) => same(value, each)));
    case "starts_with":
      return right.kind === "starts_with" && within(left.values, right.values, (one, other) => one.startsWith(other));
    case "ends_with":
      return right.kind === "ends_with" && within(left.values, right.values, (one, other) => one.endsWith(other));
    case "under_path":
      return right.kind === "under_path" && within(left.values, right.values, underPath);
    case "under_host":
      return right.kind === "under_host" && within(left.values, right.values, underHost);
    case "inside":
      return right.kind === "inside" && within(left.networks, right.networks, networkWithin);
    case "present":
      return false;
  }
}

const same = (a: Value, b: Value): boolean => says(a, { kind: "in", values: [b] });
const within = <T>(inner: readonly T[], outer: readonly T[], fits: (one: T, other: T) => boolean): boolean =>
  inner.every((one) => outer.some((other) => fits(one, other)));

type Range = Extract<AtomTest, { kind: "range" }>;
function lowerWithin(a: Range, b: Range): boolean {
  if (b.min === null) return true;
  const order = a.min === null ? undefined : compareValues(a.min, b.min);
  return order !== undefined && (order > 0 || (order === 0 && (a.minOpen || !b.minOpen)));
}
function upperWithin(a: Range, b: Range): boolean {
  if (b.max === null) return true;
  const order = a.max === null ? undefined : compareValues(a.max, b.max);
  return order !== undefined && (order < 0 || (order === 0 && (a.maxOpen || !b.maxOpen)));
}

function networkWithin(one: Value, other: Value): boolean {
  const [address, prefix] = one as readonly [Uint8Array, number];
  const [, outer] = other as readonly [Uint8Array, number];
  return prefix >= outer && inside(address, other);
}

/** Every atom of `b` is implied by one of `a`. */
export const allImplied = (a: readonly Atom[], b: readonly Atom[]): boolean =>
  b.every((wanted) => a.some((given) => implies(given, wanted)));

/** Two atoms of one conjunction that no value meets together. */
export function contradiction(atoms: readonly Atom[], input: Type): readonly [Atom, Atom] | null {
  for (let i = 0; i < atoms.length; i++)
    for (let j = i + 1; j < atoms.length; j++) {
      const [a, b] = [atoms[i]!, atoms[j]!];
      if (samePath(a, b) && excludes(a, b, input)) return [a, b];
    }
  return null;
}

function excludes(a: Atom, b: Atom, input: Type): boolean {
  const [left, right] = [a.test, b.test];
  if (left.kind === "in") return !left.values.some((value) => says(value, right));
  if (right.kind === "in") return !right.values.some((value) => says(value, left));
  if (left.kind === "range" && right.kind === "range")
    return apart(left, right, input, a) || apart(right, left, input, a);
  if (left.kind === "starts_with" && right.kind === "starts_with")
    return !left.values.some((one) => right.values.some((other) => one.startsWith(other) || other.startsWith(one)));
  if (left.kind === "inside" && right.kind === "inside")
    return !left.networks.some((one) =>
      right.networks.some((other) => networkWithin(one, other) || networkWithin(other, one)),
    );
  return false;
}

/** The lower bound of one lies above the upper bound of the other. */
function apart(low: Range, high: Range, input: Type, { path }: Atom): boolean {
  if (low.min === null || high.max === null) return false;
  const order = compareValues(low.min, high.max);
  if (order === undefined || order < 0) {
    // Whole numbers have nothing between two neighbours.
    const { type } = alongPath(input, path);
    const whole = hasNeighbours(type) && type.kind !== "decimal";
    return (
      whole &&
      low.minOpen &&
      high.maxOpen &&
      typeof low.min === "number" &&
      typeof high.max === "number" &&
      low.min + 1 === high.max
    );
  }
  return order > 0 || low.minOpen || high.maxOpen;
}

/** It holds on every input of the type: all values of an enum or a truth value that is always there. */
export function alwaysHolds({ path, test }: Atom, input: Type): boolean {
  const { type, required } = alongPath(input, path);
  if (!required) return false;
  if (test.kind === "present") return type.kind !== "any" && type.kind !== "null";
  if (test.kind !== "in") return false;
  if (type.kind === "enum") return type.values.every((each) => test.values.includes(each));
  return type.kind === "bool" && [true, false].every((each) => test.values.includes(each));
}
