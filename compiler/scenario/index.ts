// Tests of a document, run against its own module. Pure: a test is data, its result is data.
import type { Agreement } from "../../lang/ast.ts";
import type { Diagnostic } from "../../lang/diagnostic.ts";
import type { Module } from "../../vm/module.ts";
import type { Tier } from "../../vm/tier.ts";
import type { Program } from "../model.ts";
import { type Coverage, coverageOf } from "./coverage.ts";
import { openGame } from "./play.ts";
import { runTest, type TestResult } from "./run.ts";
import type { Words } from "./show.ts";
import { clockOf } from "./time.ts";

export { type Change, changesOf, dueOf } from "./changes.ts";
export { type Coverage, coverageOf, type Reached, rangesOf } from "./coverage.ts";
export { didOf } from "./event.ts";
export { type Explanation, explainRun, type RuleSaid } from "./explain.ts";
export { type Game, type Happened, neededBy, offer, openGame, type Played, send, signAll } from "./play.ts";
export { type Rule, rulesOf } from "./rules.ts";
export { runTest, type StepDone, type TestResult } from "./run.ts";
export { showMoney, showReads, showRefusal, showValue, type Words } from "./show.ts";
export { type Clock, clockOf, readTime, showDay, showLocal, showTime } from "./time.ts";
export { fieldsOf, type NormView, readView, type Shown, stateType, type View, viewOf } from "./view.ts";

export interface ScenarioReport {
  readonly results: readonly TestResult[];
  /** Null when the module could not be loaded. */
  readonly coverage: Coverage | null;
  /** All differences, in the order of the source. */
  readonly diagnostics: readonly Diagnostic[];
  /** Why no test ran: our own module was refused. */
  readonly broken: string | null;
}

export interface ScenarioInput {
  readonly document: Agreement;
  readonly program: Program;
  readonly module: Module;
}

/** Words of a document: its program, its clock and zone. */
export const wordsOf = (program: Program, document: Agreement): Words => ({
  program,
  clock: clockOf(program.ticks, document.zone?.text ?? null),
});

/** Runs the tests of a document. `only`: tests whose name contains it. */
export function runScenarios(input: ScenarioInput, only = "", tier: Tier = "auto"): ScenarioReport {
  const opened = openGame(input.program, input.module, tier);
  if ("reason" in opened) return { results: [], coverage: null, diagnostics: [], broken: opened.reason };
  const words = wordsOf(input.program, input.document);
  const tests = input.document.tests.filter((test) => test.name.text.includes(only));
  const results = tests.map((test) => runTest(opened.game, test, words));
  return {
    results,
    coverage: coverageOf(opened.game, results),
    diagnostics: results.flatMap((result) => result.diagnostics),
    broken: null,
  };
}
