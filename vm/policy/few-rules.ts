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
import {
  type Atom,
  type PolicyTable,
  READS_DATA,
  READS_DERIVED,
  READS_INPUT,
  type Reading,
  type RuleRow,
} from "./table.ts";
import { Verdict } from "./verdict.ts";
import { type Ways, wayOf, waysOf } from "./ways.ts";

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

/** What a step does with the field: compares it with a value, with one of some, its beginning, its end, a number with bounds, or anything
 *  else. */
const IS = 0;
const IS_ONE = 1;
const BEGINS = 2;
const ENDS = 3;
const BETWEEN = 4;
const OTHER = 5;
/** A path of several steps. */
const DEEP = 6;
/** All atoms of the rule hold. */
const RULE = 7;

/** What a rule says when its atoms hold. */
interface Said {
  readonly bit: number;
  readonly allows: boolean;
  /** It says allow or deny and nothing else. */
  readonly plain: boolean;
  readonly truth: Reading | null;
  /** Of a condition that only compares fields. */
  readonly ways: Ways | null;
  /** The condition reads no derived values. */
  readonly direct: boolean;
  readonly worst: number;
}

/** A test of an atom, or the end of the atoms of a rule. One shape for all, which the host reads fastest. */
class Step {
  readonly kind: number;
  readonly slot: number;
  readonly first: Value;
  readonly values: readonly Value[];
  readonly text: string;
  readonly low: number;
  readonly high: number;
  readonly lowOpen: boolean;
  readonly highOpen: boolean;
  readonly test: Test;
  readonly path: Atom["path"];
  /** Of a rule whose atoms hold. */
  readonly rule: Said;
  /** What follows when it holds, and when it does not: the first step of the next rule. Null at the end. */
  readonly next: Step | null;
  readonly otherwise: Step | null;

  constructor(rule: Said, atom: Atom | null, next: Step | null, otherwise: Step | null) {
    this.kind = atom === null ? RULE : kindOf(atom);
    this.rule = rule;
    this.slot = atom === null ? 0 : Math.max(0, slotOf(atom.path));
    this.path = atom === null ? [] : atom.path;
    this.values = atom !== null && "values" in atom.test ? atom.test.values : [];
    this.first = this.values[0] ?? null;
    this.text = String(this.first);
    this.low = boundOf(atom, "min", Number.NEGATIVE_INFINITY);
    this.high = boundOf(atom, "max", Number.POSITIVE_INFINITY);
    this.lowOpen = atom !== null && atom.test.kind === "range" && atom.test.minOpen;
    this.highOpen = atom !== null && atom.test.kind === "range" && atom.test.maxOpen;
    this.test = atom === null ? () => true : testOf(atom.test);
    this.next = next;
    this.otherwise = otherwise;
  }

  /** Whether the atom holds of the field. */
  holds(value: Value, input: Value): boolean {
    switch (this.kind) {
      case IS_ONE:
        return isOneOf(this.values, value);
      case BEGINS:
        return typeof value === "string" && value.startsWith(this.text);
      case ENDS:
        return typeof value === "string" && value.endsWith(this.text);
      case BETWEEN:
        if (typeof value !== "number") break;
        return (
          (this.lowOpen ? value > this.low : value >= this.low) &&
          (this.highOpen ? value < this.high : value <= this.high)
        );
      case DEEP: {
        const deep = valueAt(input, this.path);
        return deep !== undefined && this.test(deep);
      }
    }
    return value !== undefined && !(value instanceof ErrorValue) && this.test(value);
  }
}

/** The steps of all rules, one after the other. */
function stepsOf(rules: readonly RuleRow[], said: (row: RuleRow, index: number) => Said): Step | null {
  let after: Step | null = null;
  for (const [index, row] of [...rules.entries()].reverse()) {
    const rule = said(row, index);
    let step: Step = new Step(rule, null, after, after);
    for (const atom of [...row.atoms].reverse()) step = new Step(rule, atom, step, after);
    after = step;
  }
  return after;
}

/** Null where the rules are too many, or the input is no record. */
export function fewRulesOf(table: PolicyTable, { types, functions, constants }: Module): FewRules | null {
  const { rules, default: otherwise } = table;
  const type = types[table.input]!;
  if (rules.length > CODE_RULES_MAX || type.kind !== "record") return null;
  const steps = stepsOf(rules, (row, index): Said => {
    const { truth } = row;
    return {
      bit: 1 << index,
      allows: row.effect === "allow",
      plain: isPlainRule(row),
      truth,
      ways: truth === null ? null : waysOf(truth, functions, constants, type.fields),
      direct: truth?.reads.every((env) => env < READS_DERIVED) === true,
      worst: truth === null ? 0 : functions[truth.function]!.worstFuel,
    };
  });
  const first = startFuel(table);

  return (input, around) => {
    if (!Array.isArray(input)) return null;
    let allows = 0;
    let denies = 0;
    let fuel = first;
    let evaluation: Evaluation | null = null;
    for (let step = steps; step !== null; ) {
      const { kind } = step;
      if (kind !== RULE) {
        const value = input[step.slot] as Value;
        step = (kind === IS ? value === step.first : step.holds(value, input)) ? step.next : step.otherwise;
        continue;
      }
      const { rule }: Step = step;
      step = step.next;
      if (!rule.plain) return null;
      fuel += CANDIDATE_FUEL;
      const { truth, ways } = rule;
      if (truth !== null) {
        let outcome: Value;
        if (ways !== null) {
          const way = wayOf(ways, input);
          if (way === null) return null;
          fuel += way.fuel;
          outcome = way.outcome;
        } else if (rule.direct) {
          const result = around.runner.run(truth.function, argsOf(truth.reads, input, around), rule.worst);
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
      if (rule.allows) allows |= rule.bit;
      else denies |= rule.bit;
    }
    if (denies !== 0) return new Verdict("deny", fuel, denies, null);
    return new Verdict(allows !== 0 || otherwise === "allow" ? "allow" : "deny", fuel, allows, null);
  };
}

function argsOf(reads: readonly number[], input: Value, { data, relations }: Around): readonly Value[] {
  if (reads.length === 1 && reads[0] === READS_INPUT) return [input];
  return reads.map((env) => (env === READS_INPUT ? input : env === READS_DATA ? data : relations));
}

/** As `includes` of texts and truth values, which is a call for the host. */
function isOneOf(values: readonly Value[], value: Value): boolean {
  for (let at = 0; at < values.length; at++) if (values[at] === value) return true;
  return false;
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

function boundOf(atom: Atom | null, side: "min" | "max", none: number): number {
  const bound = atom !== null && atom.test.kind === "range" ? atom.test[side] : null;
  return typeof bound === "number" ? bound : none;
}
