// Which rules could cover a rule, without looking at every pair: one that covers it tests none but its paths, so it lies under one of
// them, or tests nothing.
import type { RuleDecl } from "../model.ts";
import { CANDIDATES_MAX } from "./limits.ts";

const keyOf = ({ atom }: RuleDecl["atoms"][number]): string => atom.path.join("\u0000");
/** A value of the first atom narrows far more than its path, where that is a list of constants. */
const valueKeys = (rule: RuleDecl): readonly string[] => {
  const first = rule.atoms[0];
  if (first === undefined) return [""];
  const { test } = first.atom;
  return test.kind === "in"
    ? test.values.map((value) => `${keyOf(first)}=${typeof value} ${String(value)}`)
    : [keyOf(first)];
};

/** The rules among `wide` that may cover a rule; at most CANDIDATES_MAX are looked at. */
export function byPath(wide: readonly RuleDecl[]): (rule: RuleDecl) => readonly RuleDecl[] {
  const under = new Map<string, RuleDecl[]>();
  for (const rule of wide)
    for (const key of valueKeys(rule)) {
      const list = under.get(key);
      if (list === undefined) under.set(key, [rule]);
      else list.push(rule);
    }
  return (rule) => {
    const found = new Set<RuleDecl>(under.get("") ?? []);
    for (const placed of rule.atoms) {
      const { test } = placed.atom;
      const keys =
        test.kind === "in"
          ? test.values.slice(0, 1).map((value) => `${keyOf(placed)}=${typeof value} ${String(value)}`)
          : [];
      for (const key of [keyOf(placed), ...keys])
        for (const each of under.get(key) ?? []) {
          if (found.size >= CANDIDATES_MAX) return [...found];
          found.add(each);
        }
    }
    return [...found];
  };
}
