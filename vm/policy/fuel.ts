// What a decision costs: a constant, something for each rule of the table, and for each candidate the functions that were run for
// it. A candidate is a rule with no false atom, so neither an index nor a tier changes the number (docs/design/0007).
import { FUEL_MAX } from "../limits.ts";
import type { ModuleFunction } from "../module.ts";
import type { PolicyTable, Reading } from "./table.ts";

/** Of a decision as such: reading the input, building the answer. */
export const DECISION_FUEL = 32;
/** Of each rule, candidate or not: its atoms. */
export const RULE_FUEL = 1;
/** Of each candidate, beside its functions. */
export const CANDIDATE_FUEL = 4;

/** What a decision costs before its candidates. */
export const startFuel = (table: PolicyTable): number => DECISION_FUEL + RULE_FUEL * table.rules.length;

/** The most a decision or a check can cost: every rule a candidate, every function run. */
export function worstDecision(table: PolicyTable, functions: readonly Pick<ModuleFunction, "worstFuel">[]): number {
  const of = (reading: Reading | null): number => (reading === null ? 0 : functions[reading.function]!.worstFuel);
  const given = (list: PolicyTable["rules"][number]["obligations"]): number =>
    list.reduce((sum, { args }) => sum + of(args), 0);
  let worst = DECISION_FUEL;
  for (const derived of table.derived) worst += of(derived);
  for (const rule of table.rules)
    worst +=
      RULE_FUEL +
      CANDIDATE_FUEL +
      Math.max(of(rule.truth), of(rule.told)) +
      given(rule.obligations) +
      given(rule.advice) +
      of(rule.message) +
      of(rule.because);
  return Math.min(FUEL_MAX, worst);
}
