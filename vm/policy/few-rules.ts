// The short answer of a policy of few rules that read a record, without an index and without code made from text: the tests of all rules one
// after the other in flat lists, each a comparison of one field. For so few an index costs more than it spares. Says only what is plain, as
// the code of decisions does (code.ts), and leaves everything else to the general way.
import type { Module } from "../module.ts";
import type { Runner } from "../tier.ts";
import { ErrorValue, type Value } from "../value.ts";
import { valueAt } from "./atoms.ts";
import { isPlainRule } from "./code.ts";
import type { Evaluation } from "./evaluate.ts";
import { CANDIDATE_FUEL, startFuel } from "./fuel.ts";
import { type Test, testOf } from "./index/tests.ts";
import { slotOf } from "./index/tree.ts";
import { CODE_RULES_MAX } from "./limits.ts";
import { type Atom, type PolicyTable, READS_DATA, READS_DERIVED, READS_INPUT, type Reading } from "./table.ts";
import { Verdict } from "./verdict.ts";

/** What conditions are run with. */
export interface Around {
  readonly runner: Runner;
  readonly data: Value;
  readonly relations: Value;
  /** Begins an evaluation, for conditions that read derived values. */
  readonly start: (input: Value) => Evaluation;
}

/** The verdict on an input that was read, or null: left to the general way. */
export type FewRules = (input: Value, around: Around) => Verdict | null;

/** What a test does with the field: compares it with a value, with one of some, its beginning, its end, a number with bounds, or anything
 *  else. */
const IS = 0;
const IS_ONE = 1;
const BEGINS = 2;
const ENDS = 3;
const BETWEEN = 4;
const OTHER = 5;
/** A path of several steps. */
const DEEP = 6;

/** Null where the rules are too many, or the input is no record. */
export function fewRulesOf(table: PolicyTable, { types, functions }: Module): FewRules | null {
  const { rules, default: otherwise } = table;
  const type = types[table.input]!;
  if (rules.length > CODE_RULES_MAX || type.kind !== "record") return null;
  const atoms = rules.flatMap((rule) => rule.atoms);
  const ends = Int32Array.from(rules, (_, at) =>
    rules.slice(0, at + 1).reduce((sum, each) => sum + each.atoms.length, 0),
  );
  const slots = Int32Array.from(atoms, ({ path }) => Math.max(0, slotOf(path)));
  const paths = atoms.map(({ path }) => path);
  const kinds = Int32Array.from(atoms, kindOf);
  const texts = atoms.map(({ test }) => ("values" in test ? String(test.values[0]) : ""));
  const values = atoms.map(({ test }): readonly Value[] => ("values" in test ? test.values : []));
  const firsts = values.map(([first]) => first);
  const lows = Float64Array.from(atoms, (atom) => boundOf(atom, "min", Number.NEGATIVE_INFINITY));
  const highs = Float64Array.from(atoms, (atom) => boundOf(atom, "max", Number.POSITIVE_INFINITY));
  const lowsOpen = Int32Array.from(atoms, ({ test }) => Number(test.kind === "range" && test.minOpen));
  const highsOpen = Int32Array.from(atoms, ({ test }) => Number(test.kind === "range" && test.maxOpen));
  const tests = atoms.map(({ test }): Test => testOf(test));
  const truths = rules.map(({ truth }): Reading | null => truth);
  const direct = truths.map((truth) => truth?.reads.every((env) => env < READS_DERIVED) === true);
  const worst = truths.map((truth) => (truth === null ? 0 : functions[truth.function]!.worstFuel));
  const plain = rules.map(isPlainRule);
  const allowing = rules.map(({ effect }) => effect === "allow");
  const first = startFuel(table);
  const count = rules.length;

  return (input, around) => {
    if (!Array.isArray(input)) return null;
    let allows = 0;
    let denies = 0;
    let fuel = first;
    let evaluation: Evaluation | null = null;
    let at = 0;
    next: for (let rule = 0; rule < count; rule++) {
      const end = ends[rule]!;
      for (; at < end; at++) {
        const value = input[slots[at]!] as Value;
        switch (kinds[at]) {
          case IS:
            if (value === firsts[at]) continue;
            break;
          case IS_ONE:
            if (values[at]!.includes(value)) continue;
            break;
          case BEGINS:
            if (typeof value === "string" && value.startsWith(texts[at]!)) continue;
            break;
          case ENDS:
            if (typeof value === "string" && value.endsWith(texts[at]!)) continue;
            break;
          case BETWEEN:
            if (typeof value !== "number") {
              if (value !== undefined && !(value instanceof ErrorValue) && tests[at]!(value)) continue;
            } else if (
              (lowsOpen[at] === 0 ? value >= lows[at]! : value > lows[at]!) &&
              (highsOpen[at] === 0 ? value <= highs[at]! : value < highs[at]!)
            )
              continue;
            break;
          case OTHER:
            if (value !== undefined && !(value instanceof ErrorValue) && tests[at]!(value)) continue;
            break;
          default: {
            const deep = valueAt(input, paths[at]!);
            if (deep !== undefined && tests[at]!(deep)) continue;
          }
        }
        at = end;
        continue next;
      }
      if (!plain[rule]) return null;
      fuel += CANDIDATE_FUEL;
      const truth = truths[rule]!;
      if (truth !== null) {
        let outcome: Value;
        if (direct[rule]) {
          const result = around.runner.run(truth.function, argsOf(truth.reads, input, around), worst[rule]!);
          if ("fault" in result) return null;
          fuel += result.fuel;
          outcome = result.value;
        } else {
          evaluation ??= around.start(input);
          const before = evaluation.fuel;
          outcome = evaluation.run(truth);
          fuel += evaluation.fuel - before;
        }
        if (outcome === false) continue;
        if (outcome !== true) return null;
      }
      if (allowing[rule]) allows |= 1 << rule;
      else denies |= 1 << rule;
    }
    if (denies !== 0) return new Verdict("deny", fuel, denies, null);
    return new Verdict(allows !== 0 || otherwise === "allow" ? "allow" : "deny", fuel, allows, null);
  };
}

function argsOf(reads: readonly number[], input: Value, { data, relations }: Around): readonly Value[] {
  if (reads.length === 1 && reads[0] === READS_INPUT) return [input];
  return reads.map((env) => (env === READS_INPUT ? input : env === READS_DATA ? data : relations));
}

/** Texts and truth values are equal when they are the same for the host. */
const isSame = (value: Value): boolean => typeof value === "string" || typeof value === "boolean";

function kindOf({ path, test }: Atom): number {
  if (slotOf(path) < 0) return DEEP;
  switch (test.kind) {
    case "in":
      if (!test.values.every(isSame)) return OTHER;
      return test.values.length === 1 ? IS : IS_ONE;
    case "starts_with":
      return test.values.length === 1 ? BEGINS : OTHER;
    case "ends_with":
      return test.values.length === 1 ? ENDS : OTHER;
    case "range":
      return [test.min, test.max].every((bound) => bound === null || typeof bound === "number") ? BETWEEN : OTHER;
    default:
      return OTHER;
  }
}

function boundOf({ test }: Atom, side: "min" | "max", none: number): number {
  const bound = test.kind === "range" ? test[side] : null;
  return typeof bound === "number" ? bound : none;
}
