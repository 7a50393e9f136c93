// Runs the rules of a table on one input: which are true, which err, and what it cost. The order is that of the table, whatever
// found the candidates, so fuel and errors are the same with and without an index and in both tiers.
import type { Loaded } from "../load.ts";
import type { Runner } from "../tier.ts";
import { ErrorValue, type Value } from "../value.ts";
import { CANDIDATE_FUEL, startFuel } from "./fuel.ts";
import type { PolicyTable, Reading, RuleRow } from "./table.ts";
import { READS_DERIVED } from "./table.ts";

/** Numbers of the rules without a false atom, ascending. */
export type Candidates = (input: Value) => readonly number[];

/** A rule that is true, or errs, for one combination of its elements (none without `each`). */
export interface Outcome {
  readonly rule: number;
  readonly at: readonly string[];
  /** What the rule then is: of a table the effect of its row. */
  readonly effect: "allow" | "deny" | "require";
  readonly error: ErrorValue | null;
}

/** One run over the rules. `told`: texts of combinations are made, too. */
export class Evaluation {
  readonly #table: PolicyTable;
  readonly #loaded: Loaded;
  readonly #runner: Runner;
  readonly #env: Value[];
  readonly #known: boolean[];
  fuel: number;

  constructor(
    table: PolicyTable,
    loaded: Loaded,
    runner: Runner,
    env: readonly [input: Value, data: Value, relations: Value],
  ) {
    this.#table = table;
    this.#loaded = loaded;
    this.#runner = runner;
    this.#env = [env[0], env[1], env[2]];
    this.#known = [true, true, true];
    this.fuel = startFuel(table);
  }

  /** The value of a function of the table; a run that ends badly is the error `limit`. */
  run({ function: index, reads }: Reading): Value {
    const args: Value[] = [];
    for (const env of reads) args.push(this.value(env));
    const result = this.#runner.run(index, args, this.#loaded.module.functions[index]!.worstFuel);
    this.fuel += result.fuel;
    if ("value" in result) return result.value;
    return result.fault.error ?? new ErrorValue("limit", result.fault.code);
  }

  /** A value of the environment; a derived one is computed when it is first read. */
  value(env: number): Value {
    if (this.#known[env] !== true) {
      this.#env[env] = this.run(this.#table.derived[env - READS_DERIVED]!);
      this.#known[env] = true;
    }
    return this.#env[env];
  }

  /** What the candidates come to, shadow rules among them. */
  outcomes(candidates: readonly number[]): Outcome[] {
    const out: Outcome[] = [];
    for (const rule of candidates) {
      this.fuel += CANDIDATE_FUEL;
      this.#outcome(this.#table.rules[rule]!, rule, out);
    }
    return out;
  }

  #outcome(row: RuleRow, rule: number, out: Outcome[]): void {
    const { effect } = row;
    const add = (value: Value, at: readonly string[]): void => {
      if (value instanceof ErrorValue) {
        if (row.skipsErrors) return;
        // An erring table denies.
        out.push({ rule, at, effect: effect === "table" ? "deny" : effect, error: value });
      } else if (effect !== "table" && value === true) out.push({ rule, at, effect, error: null });
      else if (value === "allow" || value === "deny") out.push({ rule, at, effect: value, error: null });
      else if (value !== false)
        out.push({ rule, at, effect: effect === "table" ? "deny" : effect, error: NO_CONDITION });
    };
    if (row.truth === null) return add(true, []);
    const value = this.run(row.truth);
    if (row.each) {
      if (!Array.isArray(value)) return add(value, []);
      for (const combination of value) add(outcomeOf(combination), pathsOf(combination));
    } else if (effect === "table" && Array.isArray(value)) add(outcomeOf(value), pathsOf(value));
    else add(value, []);
  }
}

const NO_CONDITION = new ErrorValue("kind", "a condition");

/** Parts of a combination, `[paths, outcome, …]`; a hostile module may give anything. */
export const outcomeOf = (combination: Value): Value =>
  combination instanceof ErrorValue ? combination : Array.isArray(combination) ? combination[1] : NO_CONDITION;
export const pathsOf = (combination: Value): readonly string[] => {
  const paths = Array.isArray(combination) ? combination[0] : undefined;
  return Array.isArray(paths) ? paths.filter((each): each is string => typeof each === "string") : [];
};
