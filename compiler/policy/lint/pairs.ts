// Which rules could cover a rule, without looking at every pair: one that covers it holds wherever it does, so it holds on any one input that
// meets its atoms, and an index of the rules finds those. Where no such input is found, it is looked for under the paths of the rule.

import { compareValues } from "../../../vm/order.ts";
import { holds, holdsOf } from "../../../vm/policy/atoms.ts";
import { untestedIndexOf } from "../../../vm/policy/index/index.ts";
import { inputOf } from "../../../vm/policy/index/self-test.ts";
import type { Atom, AtomTest, Step } from "../../../vm/policy/table.ts";
import type { Value } from "../../../vm/value.ts";
import type { RuleDecl } from "../model.ts";
import { CANDIDATES_MAX } from "./limits.ts";

const atomsOf = (rule: RuleDecl): readonly Atom[] => rule.atoms.map(({ atom }) => atom);

/** The rules among `wide` that may cover a rule. */
export function candidatesAmong(wide: readonly RuleDecl[]): (rule: RuleDecl) => readonly RuleDecl[] {
  const find = untestedIndexOf({ rules: wide.map((rule) => ({ atoms: atomsOf(rule) })) });
  const others = byPath(wide);
  return (rule) => {
    const input = witnessOf(atomsOf(rule));
    return input === null ? others(rule) : find(input).map((at) => wide[at]!);
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

const keyOf = ({ atom }: RuleDecl["atoms"][number]): string => atom.path.join("\u0000");

/** The rules among `wide` whose first atom is of a path of a rule, or that have none; at most CANDIDATES_MAX are looked at. */
function byPath(wide: readonly RuleDecl[]): (rule: RuleDecl) => readonly RuleDecl[] {
  const under = new Map<string, RuleDecl[]>();
  for (const rule of wide) {
    const key = rule.atoms[0] === undefined ? "" : keyOf(rule.atoms[0]);
    const list = under.get(key);
    if (list === undefined) under.set(key, [rule]);
    else list.push(rule);
  }
  return (rule) => {
    const found = new Set<RuleDecl>(under.get("") ?? []);
    for (const placed of rule.atoms)
      for (const each of under.get(keyOf(placed)) ?? []) {
        if (found.size >= CANDIDATES_MAX) return [...found];
        found.add(each);
      }
    return [...found];
  };
}
