// What can be said of rules without trying requests: one that never matches, matches everything, is covered by another or dead under a
// deny; a row that is never reached. Each finding is certain.
import type { Diagnostic } from "../../../lang/diagnostic.ts";
import {
  requireGivesNothing,
  rowShadowed,
  ruleAlwaysMatches,
  ruleCovered,
  ruleDead,
  ruleNeverMatches,
} from "../../codes.ts";
import type { PolicyProgram, RowDecl, RuleDecl } from "../model.ts";
import { allImplied, alwaysHolds, contradiction } from "./atoms.ts";
import { lintDistinct } from "./distinct.ts";
import { candidatesAmong } from "./pairs.ts";
import { lintPoints } from "./unseen.ts";

export function lintPolicy(program: PolicyProgram): readonly Diagnostic[] {
  const dead = new Set<RuleDecl>();
  const onlyAllows = program.rules.every(({ effect }) => effect === "allow");
  const findings = program.rules.flatMap((rule): Diagnostic[] => {
    const never = neverMatches(rule, program);
    if (never !== null) dead.add(rule);
    if (never !== null) return [never];
    return [...(onlyAllows ? alwaysMatches(rule, program) : []), ...rowsOf(rule), ...idle(rule)];
  });
  const living = program.rules.filter((rule) => !dead.has(rule) && !rule.shadow);
  return [...findings, ...covered(living), ...lintPoints(program), ...lintDistinct(program)];
}

const atomsOf = (rule: Pick<RuleDecl, "atoms">) => rule.atoms.map(({ atom }) => atom);

function neverMatches(rule: RuleDecl, program: PolicyProgram): Diagnostic | null {
  const { title: name, span } = rule;
  if (rule.truth?.kind === "const" && rule.truth.value === false)
    return ruleNeverMatches(span, { name }, { labels: [{ span: rule.truth.span, text: "this is never true" }] });
  const found = contradiction(atomsOf(rule), program.input);
  if (found === null) return null;
  const labels = rule.atoms
    .filter(({ atom }) => found.includes(atom))
    .map(({ span: place }) => ({ span: place, text: "not together with the other" }));
  return ruleNeverMatches(span, { name }, { labels });
}

/** Of a policy of allows that nothing narrows: denies may say what is not allowed, and a deny of everything switches something off. */
function alwaysMatches(rule: RuleDecl, program: PolicyProgram): Diagnostic[] {
  if (rule.then.length > 0) return [];
  const free = rule.truth === null || (rule.truth.kind === "const" && rule.truth.value === true);
  const all = free && rule.each.length === 0 && atomsOf(rule).every((atom) => alwaysHolds(atom, program.input));
  return all && !rule.shadow ? [ruleAlwaysMatches(rule.span, { name: rule.title })] : [];
}

/** A `require` adds obligations or advice to what another rule allows, and is nothing without them. */
const idle = ({ effect, then, advise, title: name, span }: RuleDecl): Diagnostic[] =>
  effect === "require" && then.length === 0 && advise.length === 0 ? [requireGivesNothing(span, { name })] : [];

/** Rows are asked in order: one that an earlier one covers is never reached. */
function rowsOf({ rows }: RuleDecl): Diagnostic[] {
  return (rows ?? []).flatMap((row, at): Diagnostic[] => {
    const over = rows!.slice(0, at).find((earlier) => covers(earlier, row));
    return over === undefined
      ? []
      : [
          rowShadowed(
            row.span,
            { row: row.id, earlier: over.id },
            { labels: [{ span: over.span, text: "this row comes first" }] },
          ),
        ];
  });
}

const covers = (earlier: RowDecl, row: RowDecl): boolean =>
  earlier.onlyAtoms && allImplied(atomsOf(row), atomsOf(earlier));

function covered(rules: readonly RuleDecl[]): Diagnostic[] {
  const wide = rules.filter(({ truth, each, effect }) => truth === null && each.length === 0 && effect !== "table");
  const candidates = candidatesAmong(wide);
  return rules.flatMap((rule): Diagnostic[] => {
    if (rule.effect === "table" || rule.effect === "require") return [];
    const atoms = atomsOf(rule);
    for (const other of candidates(rule)) {
      if (other === rule || !allImplied(atoms, atomsOf(other))) continue;
      const labels = [{ span: other.span, text: "whenever that matches, so does this" }];
      const names = { name: rule.title, other: other.title };
      if (other.effect === "deny" && rule.effect === "allow") return [ruleDead(rule.span, names, { labels })];
      if (other.effect !== rule.effect || saysMore(rule)) continue;
      // Of two that are alike the later one is the one too many.
      const alike = rule.truth === null && rule.each.length === 0 && allImplied(atomsOf(other), atoms);
      if (!alike || rule.id > other.id) return [ruleCovered(rule.span, names, { labels })];
    }
    return [];
  });
}

/** It gives obligations, advice or words of its own: then it does something where it is covered. */
const saysMore = ({ then, advise, message, because }: RuleDecl): boolean =>
  then.length > 0 || advise.length > 0 || message !== null || because !== null;
