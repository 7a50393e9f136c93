// How much of an agreement its tests went through: each obligation met and broken, powers used, states reached, actions
// done and refused, expressions evaluated.
import type { Span } from "../../lang/source.ts";
import { BUILTINS } from "../../stdlib/index.ts";
import { eventRecord } from "../../vm/drive.ts";
import { load } from "../../vm/load.ts";
import type { Module } from "../../vm/module.ts";
import { traceRun } from "../../vm/trace.ts";
import type { Game } from "./play.ts";
import { rulesOf } from "./rules.ts";
import type { TestResult } from "./run.ts";

/** Something that can be reached, and whether it was. */
export interface Reached {
  readonly name: string;
  readonly reached: boolean;
}

export interface Coverage {
  readonly met: readonly Reached[];
  readonly broken: readonly Reached[];
  readonly actions: readonly Reached[];
  readonly powers: readonly Reached[];
  readonly states: readonly Reached[];
  /** Written expressions, in the order of the source. */
  readonly expressions: readonly { readonly span: Span; readonly reached: boolean }[];
}

const MET = new Set(["fulfilled", "cured"]);
const BROKEN = new Set(["violated", "overdue", "cured"]);

export function coverageOf(game: Game, results: readonly TestResult[]): Coverage {
  const { program } = game;
  const views = results.flatMap((result) => result.views);
  const statuses = (norm: string): string[] =>
    views.flatMap((view) => {
      const found = view.norms.get(norm);
      if (found === undefined) return [];
      // An instance that came and went between two looks is still counted by its totals.
      const violated = Number(found.totals.get("violated")?.value ?? 0) > 0;
      const made = found.latest.get("made_good")?.value === true;
      return [found.status, ...(violated ? ["violated"] : []), ...(made ? ["fulfilled"] : [])];
    });
  const done = new Set<string>();
  for (const { steps } of results)
    for (const { played } of steps)
      if (played.refusal === null && !played.more && played.fault === null)
        done.add(`${played.event.kind} ${played.event.name}`);
  const inStates = new Set(views.flatMap((view) => [...view.states].map(([region, state]) => `${region}/${state}`)));
  return {
    met: program.norms.map(({ name }) => ({ name, reached: statuses(name).some((status) => MET.has(status)) })),
    broken: program.norms.map(({ name }) => ({ name, reached: statuses(name).some((status) => BROKEN.has(status)) })),
    actions: program.actions.map(({ name }) => ({ name, reached: done.has(`act ${name}`) })),
    powers: program.powers.map(({ name }) => ({ name, reached: done.has(`use ${name}`) })),
    states: program.regions.flatMap((region) =>
      region.states.map(({ name }) => ({ name, reached: inStates.has(`${region.name}/${name}`) })),
    ),
    expressions: expressionsReached(game, results),
  };
}

function expressionsReached(game: Game, results: readonly TestResult[]): Coverage["expressions"] {
  const written = uniqueSpans(rulesOf(game.program).map(({ expr }) => expr.span));
  const within = (ranges: readonly Range[], span: Span): boolean =>
    ranges.some(([start, end]) => start >= span.start && end <= span.end);
  // A bare name may need no instruction of its own, a constant none at all: nothing can show whether they were read.
  const compiled = game.module.debug.functions.flatMap((lines) => lines.map(([, , start, end]): Range => [start, end]));
  const ran = spansRun(game.module, results);
  return written.filter((span) => within(compiled, span)).map((span) => ({ span, reached: within(ran, span) }));
}

type Range = readonly [start: number, end: number];

function uniqueSpans(spans: readonly Span[]): Span[] {
  const found = new Map(spans.map((span) => [`${span.start}-${span.end}`, span]));
  return [...found.values()].sort((a, b) => a.start - b.start || a.end - b.end);
}

/** Source ranges of every instruction that ran in any step of the tests. */
function spansRun(module: Module, results: readonly TestResult[]): Range[] {
  const loaded = load(module, BUILTINS);
  if ("error" in loaded) return [];
  const rangeAt = rangesOf(module);
  const found = new Map<string, Range>();
  const fuel = Number.MAX_SAFE_INTEGER;
  for (const { steps } of results)
    for (const { played } of steps)
      for (const run of played.runs) {
        const trace = traceRun(loaded.loaded, "step", [run.before, eventRecord(run.event)], fuel);
        for (const step of trace.steps) {
          const range = rangeAt(step.function, step.pc);
          if (range !== null) found.set(`${range[0]}-${range[1]}`, range);
        }
      }
  return [...found.values()];
}

/** The source range an instruction comes from: the last entry of the debug map at or before it. */
export function rangesOf(module: Module): (fn: number, pc: number) => Range | null {
  const { functions } = module.debug;
  return (fn, pc) => {
    const lines = functions[fn];
    if (lines === undefined) return null;
    let low = 0;
    let high = lines.length - 1;
    let at = -1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      if ((lines[middle] as readonly number[])[0]! <= pc) {
        at = middle;
        low = middle + 1;
      } else high = middle - 1;
    }
    const line = lines[at];
    return line === undefined || line[3] === 0 ? null : [line[2], line[3]];
  };
}
