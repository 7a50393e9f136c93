// Which rules could cover a rule, without looking at every pair. A test for given values is implied by a test for some of them alone, so
// a rule that asks for values few others ask for is found under them. The others hold wherever a rule that they cover does, so they hold
// on any one input that meets its atoms, and an index of them finds those. Where no such input is found, they are looked for under the
// paths of the rule.

import { compareValues } from "../../../vm/order.ts";
import { holds, holdsOf } from "../../../vm/policy/atoms.ts";
import { untestedIndexOf } from "../../../vm/policy/index/index.ts";
import { inputOf } from "../../../vm/policy/index/self-test.ts";
import type { Atom, AtomTest, Step } from "../../../vm/policy/table.ts";
import type { Value } from "../../../vm/value.ts";
import type { RuleDecl } from "../model.ts";
import { CANDIDATES_MAX, SAME_VALUE_MAX } from "./limits.ts";

const atomsOf = (rule: RuleDecl): readonly Atom[] => rule.atoms.map(({ atom }) => atom);

type Positions = readonly number[];

/** The rules among `wide` that may cover a rule, in their order. */
export function candidatesAmong(wide: readonly RuleDecl[]): (rule: RuleDecl) => readonly RuleDecl[] {
  const { found, left } = byValue(wide);
  const others = byWitness(left.map((at) => wide[at]!));
  return (rule) => {
    const positions = found(rule);
    for (const at of others(rule)) positions.push(left[at]!);
    return positions.sort((a, b) => a - b).map((at) => wide[at]!);
  };
}

// ── By a value ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The values of a test that is implied only by one of its kind with none but these; null: of another test, or values that equal one of
 *  another form, as numbers do. */
function valuesAsked(test: AtomTest): readonly Value[] | null {
  if (test.kind !== "in" && test.kind !== "has_any") return null;
  const { values } = test;
  if (values.length === 0) return null;
  for (const value of values) if (typeof value !== "string" && typeof value !== "boolean") return null;
  return values;
}

/** Positions of rules under the values that their tests of a path ask for. */
class ByValue {
  readonly #of = new Map<Step, Map<Value, number[]>>();

  at({ path, test }: Atom, value: Value): Positions | undefined {
    return this.#of.get(keyOf(path, test))?.get(value);
  }

  add({ path, test }: Atom, value: Value, position: number): void {
    const key = keyOf(path, test);
    const values = this.#of.get(key) ?? new Map<Value, number[]>();
    this.#of.set(key, values);
    const known = values.get(value);
    if (known === undefined) values.set(value, [position]);
    else known.push(position);
  }
}

const keyOf = (path: readonly Step[], { kind }: AtomTest): Step =>
  path.length === 1 && kind === "in" ? path[0]! : `${kind}\u0000${path.join("\u0000")}`;

/** Finds rules of `wide` under values that at most SAME_VALUE_MAX of them ask for; `left`: those that ask for no such value. */
function byValue(wide: readonly RuleDecl[]): {
  readonly found: (rule: RuleDecl) => number[];
  readonly left: Positions;
} {
  const every = new ByValue();
  for (const [position, { atoms }] of wide.entries())
    for (const { atom } of atoms) for (const value of valuesAsked(atom.test) ?? []) every.add(atom, value, position);
  const rare = (atom: Atom): boolean =>
    valuesAsked(atom.test)?.every((value) => every.at(atom, value)!.length <= SAME_VALUE_MAX) ?? false;
  const placed = new ByValue();
  const left: number[] = [];
  for (const [position, { atoms }] of wide.entries()) {
    const telling = atoms.find(({ atom }) => rare(atom))?.atom;
    if (telling === undefined) left.push(position);
    else for (const value of valuesAsked(telling.test)!) placed.add(telling, value, position);
  }
  const found = ({ atoms }: RuleDecl): number[] => {
    const positions: number[] = [];
    for (const { atom } of atoms) {
      // All its values must be among those of a rule that covers it: one is enough to find that rule.
      const values = valuesAsked(atom.test);
      if (values !== null) positions.push(...(placed.at(atom, values[0]!) ?? []));
    }
    return positions;
  };
  return { found, left };
}

// ── By an input ───────────────────────────────────────────────────────────────────────────────────────────────────────

function byWitness(rules: readonly RuleDecl[]): (rule: RuleDecl) => Positions {
  if (rules.length === 0) return () => [];
  const find = untestedIndexOf({ rules: rules.map((rule) => ({ atoms: atomsOf(rule) })) });
  const others = byPath(rules);
  return (rule) => {
    const input = witnessOf(atomsOf(rule));
    return input === null ? others(rule) : find(input);
  };
}

/** An input that meets atoms, or null when none is found. */
function witnessOf(atoms: readonly Atom[]): Value | null {
  const paths = new Map<string, { readonly path: readonly Step[]; readonly tests: AtomTest[] }>();
  for (const { path, test } of atoms) {
    const key = JSON.stringify(path);
    const known = paths.get(key);
    if (known === undefined) paths.set(key, { path, tests: [test] });
    else known.tests.push(test);
  }
  const parts: (readonly [readonly Step[], Value])[] = [];
  for (const { path, tests } of paths.values()) {
    const value = tests.flatMap(valuesOf).find((each) => tests.every((test) => holdsOf(each, test)));
    if (value === undefined) return null;
    parts.push([path, value]);
  }
  const input = inputOf(parts);
  return atoms.every((atom) => holds(input, atom)) ? input : null;
}

/** Some values that a test may hold for. */
function valuesOf(test: AtomTest): readonly Value[] {
  switch (test.kind) {
    case "has_any":
      return test.values.slice(0, 1).map((value) => [value]);
    case "range": {
      const bounds = [test.min, test.max].filter((bound) => bound !== null);
      // Beside open bounds, where they are numbers.
      const beside = bounds.flatMap((bound) => (typeof bound === "number" ? [bound + 1, bound - 1] : []));
      return [...bounds, ...beside].filter((value) => compareValues(value, value) !== undefined);
    }
    case "inside":
      return test.networks.map((network) => (network as readonly [Value])[0]);
    case "present":
      return [true];
    default:
      return test.values;
  }
}

const pathOf = ({ atom }: RuleDecl["atoms"][number]): string => atom.path.join("\u0000");

/** The rules whose first atom is of a path of a rule, or that have none; at most CANDIDATES_MAX are looked at. */
function byPath(rules: readonly RuleDecl[]): (rule: RuleDecl) => Positions {
  const under = new Map<string, number[]>();
  for (const [position, rule] of rules.entries()) {
    const key = rule.atoms[0] === undefined ? "" : pathOf(rule.atoms[0]);
    const list = under.get(key);
    if (list === undefined) under.set(key, [position]);
    else list.push(position);
  }
  return (rule) => {
    const found = new Set<number>(under.get("") ?? []);
    for (const placed of rule.atoms)
      for (const position of under.get(pathOf(placed)) ?? []) {
        if (found.size >= CANDIDATES_MAX) return [...found];
        found.add(position);
      }
    return [...found];
  };
}
