// `writ run`: steps played through an agreement on this machine, with no server and no keys.
import type { Command } from "commander";
import { openGame, runTest, type StepDone, wordsOf } from "../../compiler/scenario/index.ts";
import { hasErrors, readSteps, type Test } from "../../lang/index.ts";
import { type CueOptions, withCue } from "../cue.ts";
import { type Compiled, compileFile, diagnosticsJson, draw, printJson } from "../document.ts";
import { EXIT, type ExitCode, UsageError } from "../exit.ts";
import { readSource } from "../files.ts";
import type { Io } from "../io.ts";
import { clean, paintFor, thousands } from "../terminal.ts";
import { type TierOptions, tierOption } from "../tier.ts";
import { traceText } from "../trace.ts";
import { runLines, shownRuns } from "../transcript.ts";
import type { Job } from "../verbs.ts";

interface Options extends CueOptions, TierOptions {
  readonly steps?: string;
  readonly step: string[];
  readonly test?: string;
  readonly trace?: boolean;
  readonly json?: boolean;
}

export function configure(command: Command, run: (job: Job) => void): void {
  withCue(command)
    .argument("<file>", "an agreement, or a folder of CUE; `-` reads standard input")
    .option(
      "--step <step>",
      "one step, in the form of `tests:`; may be repeated",
      (step, all: string[]) => [...all, step],
      [],
    )
    .option("--steps <file>", "a file with `steps:` and a list")
    .option("--test <name>", "the steps of a test in the agreement")
    .option("--trace", "show every source line each step ran through, with its values")
    .addOption(tierOption())
    .option("--json", "print one JSON value")
    .addHelpText(
      "after",
      `
Examples:
  writ run agreement.yaml --test "five days and a bit late"
  writ run agreement.yaml --step "2019-01-10T00:00:00Z: buyer terminate"
  writ run agreement.yaml --step "given: {at: 2019-01-02}" --step "2019-01-12: tick" --trace
  writ run agreement.yaml --steps steps.yaml

All parties sign before the first step. Exit code: 0 the steps went as they say, 1 a step was refused or an expectation
failed, 2 the files could not be read.`,
    )
    .action((file: string, options: Options) => run((io) => play(io, file, options)));
}

async function play(io: Io, file: string, options: Options): Promise<ExitCode> {
  const compiled = await compileFile(io, file, options);
  const { document, program, value, diagnostics } = compiled;
  if (document === null || program === null || value === null) {
    if (options.json) printJson(io, { ok: false, diagnostics: diagnosticsJson(diagnostics) });
    else draw(io, diagnostics, "err");
    return EXIT.no;
  }
  const test = await stepsFor(io, options, compiled);
  if (test === null) return EXIT.no;
  const opened = openGame(program, value.module, options.tier);
  if ("reason" in opened) throw new Error(`the compiled module was refused: ${opened.reason}`);
  const { game } = opened;
  const words = wordsOf(program, document);
  const result = runTest(game, test, words);
  const shown = result.steps.map((step) => ({ step, runs: shownRuns(game, words, step.played, textOf(step)) }));
  if (options.json) {
    printJson(io, {
      ok: result.ok,
      fuel: result.fuel,
      steps: shown.map(({ step, runs }) => ({
        text: step.text,
        automatic: step.automatic,
        more: step.played.more,
        runs: runs.map((run) => ({ ...run, at: words.clock.ticks ? run.at : new Date(run.at).toISOString() })),
      })),
      diagnostics: diagnosticsJson(result.diagnostics),
    });
    return result.ok ? EXIT.ok : EXIT.no;
  }
  const paint = paintFor(io);
  io.out(
    `${paint.strong(clean(program.title))}  ${paint.dim(clean(words.clock.ticks ? "ticks" : (document.zone?.text ?? "UTC")))}\n\n`,
  );
  for (const { step, runs } of shown) {
    for (const run of runs) io.out(`${runLines(run, words, paint).join("\n")}\n`);
    if (step.played.more) io.out(`  ${paint.warn("more timers are due: send the step again")}\n`);
    if (options.trace) for (const happened of step.played.runs) io.out(`${traceText(value.module, happened, paint)}\n`);
  }
  io.out(`\n${paint.dim(`${thousands(result.fuel)} fuel in all`)}\n`);
  if (!result.ok) {
    io.err("\n");
    draw(io, result.diagnostics, "err");
  }
  return result.ok ? EXIT.ok : EXIT.no;
}

const textOf = (step: StepDone): string => step.text;

/** The one test to play; null when its file has errors, which were drawn. */
async function stepsFor(io: Io, options: Options, compiled: Compiled): Promise<Test | null> {
  const asked = [options.steps !== undefined, options.step.length > 0, options.test !== undefined].filter(
    Boolean,
  ).length;
  if (asked !== 1) throw new UsageError("say what to play with one of --step, --steps or --test");
  if (options.test !== undefined) return namedTest(compiled, options.test);
  const { name, text } =
    options.steps !== undefined
      ? await readSource(io, options.steps)
      : { name: "<steps>", text: Buffer.from(`steps:\n${options.step.map((step) => `  - ${step}\n`).join("")}`) };
  const read = readSteps(text, name);
  if (hasErrors(read.diagnostics)) {
    draw(io, read.diagnostics, "err");
    return null;
  }
  const [first, second] = read.value;
  if (first === undefined) throw new UsageError(`${clean(name)} has no steps`, "write `steps:` and a list under it");
  if (second !== undefined) throw new UsageError(`${clean(name)} has several tests`, "write one list under `steps:`");
  return first;
}

/** The test of that name, or the only one whose name contains it. */
export function namedTest({ document, name: file }: Compiled, name: string): Test {
  const tests = document?.tests ?? [];
  const exact = tests.find((test) => test.name.text === name);
  if (exact !== undefined) return exact;
  const near = tests.filter((test) => test.name.text.includes(name));
  if (near.length === 1) return near[0] as Test;
  const names = (near.length > 0 ? near : tests).map((test) => `  ${test.name.text}`).join("\n");
  throw new UsageError(
    near.length > 1 ? `several tests contain \`${name}\`` : `${clean(file)} has no test \`${name}\``,
    names === "" ? null : `its tests:\n${names}`,
  );
}
