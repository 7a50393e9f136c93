// `writ explain`: one step again, with every rule it read, what the rule said, and the values behind it. The step comes from
// a test of an agreement, or from a receipt's bundle.
import { type Command, Option } from "commander";
import {
  type Explanation,
  explainRun,
  type Happened,
  openGame,
  runTest,
  type Words,
  wordsOf,
} from "../../compiler/scenario/index.ts";
import { hasErrors } from "../../lang/index.ts";
import type { Module } from "../../vm/index.ts";
import { gameOfBundle } from "../bundle.ts";
import { type CueOptions, withCue } from "../cue.ts";
import { asPolicy, type Compiled, compileFile, diagnosticsJson, draw, printJson } from "../document.ts";
import { EXIT, type ExitCode, UsageError } from "../exit.ts";
import { explainPolicy, LEVELS, type PolicyQuestion } from "../explain-policy.ts";
import type { Io } from "../io.ts";
import { withData } from "../policy.ts";
import { clean, type Paint, padEnd, paintFor, thousands } from "../terminal.ts";
import { type TierOptions, tierOption } from "../tier.ts";
import { runLines, type Shown, shownRun } from "../transcript.ts";
import type { Job } from "../verbs.ts";
import { namedTest } from "./run.ts";

type Options = CueOptions & TierOptions & PolicyQuestion;

export function configure(command: Command, run: (job: Job) => void): void {
  withData(withCue(command))
    .argument("<file>", "a receipt's bundle, an agreement with --test, or a policy with --test or --input")
    .option("--test <name>", "a test of the agreement or policy")
    .option("--step <number>", "which step of the test, from 1 (default: the last); of a matrix, which combination")
    .option("--input <file>", "a policy's input, JSON or YAML; `-` reads standard input")
    .addOption(new Option("--level <level>", "how much is said of a decision").choices(LEVELS).default("table"))
    .option("--why-not", "find the smallest change of the input that gives the other decision")
    .addOption(tierOption())
    .option("--json", "print one JSON value")
    .addHelpText(
      "after",
      `
Examples:
  writ explain agreement.yaml --test "too early to give up"
  writ explain agreement.yaml --test "five days" --step 1
  writ receipt get http://127.0.0.1:8080 12 -o 12.bundle && writ explain 12.bundle
  writ explain policy.yaml --test "barred members wait" --why-not
  writ explain policy.yaml --input request.json --data members=members.json --level summary

Nothing is believed: the step is run again from the state before it. Exit code: 0 explained, 1 the agreement has errors or
the bundle does not give the receipt it holds, 2 the file could not be read.`,
    )
    .action((file: string, options: Options) => run((io) => explain(io, file, options)));
}

function failed(io: Io, { diagnostics, policyDocument, document }: Compiled, options: Options): ExitCode {
  if (document !== null && policyDocument === null && !hasErrors(diagnostics))
    throw new UsageError("--input is for policies; of an agreement a step is explained: give --test <name>");
  if (options.json) printJson(io, { ok: false, diagnostics: diagnosticsJson(diagnostics) });
  else draw(io, diagnostics, "err");
  return EXIT.no;
}

interface Explained {
  readonly shown: Shown;
  readonly explanation: Explanation;
}

async function explain(io: Io, file: string, options: Options): Promise<ExitCode> {
  if (options.test !== undefined || options.input !== undefined) {
    const compiled = await compileFile(io, file, options);
    const ready = asPolicy(compiled);
    if (ready !== null) return explainPolicy(io, ready, options);
    if (options.test === undefined || compiled.policyDocument !== null) return failed(io, compiled, options);
  }
  if (options.test === undefined && /\.(ya?ml|cue)$/.test(file))
    throw new UsageError(`what of ${clean(file)}? give --test <name>, or of a policy --input <file>`);
  const found =
    options.test === undefined ? await fromBundle(io, file) : await fromTest(io, file, options.test, options);
  if (found === null) return EXIT.no;
  const { words, all } = found;
  if (options.json) {
    printJson(
      io,
      all.map(({ shown, explanation }) => ({ ...shown, rules: explanation.rules })),
    );
    return EXIT.ok;
  }
  const paint = paintFor(io);
  for (const { shown, explanation } of all) {
    io.out(`${runLines(shown, words, paint).join("\n")}\n\n`);
    io.out(`${explanationLines(explanation, paint).join("\n")}\n\n`);
  }
  return EXIT.ok;
}

function explanationLines({ rules, instructions }: Explanation, paint: Paint): string[] {
  if (rules.length === 0)
    return [`  no written rule was asked  ${paint.dim(`(${thousands(instructions)} instructions)`)}`];
  const lines = [`  What the rules said  ${paint.dim(`(${thousands(instructions)} instructions)`)}`];
  const gutter = Math.max(...rules.map((rule) => String(rule.line).length));
  for (const rule of rules) {
    lines.push(`  ${paint.dim(`${String(rule.line).padStart(gutter)} |`)} ${clean(rule.what)}`);
    lines.push(
      `  ${" ".repeat(gutter)}   ${padEnd(paint.strong(clean(rule.text)), 52)}  ${paint.accent(clean(rule.value))}`,
    );
    for (const { name, value } of rule.reads)
      if (name !== rule.text)
        lines.push(`  ${" ".repeat(gutter)}     ${paint.dim(padEnd(clean(name), 50))}  ${paint.dim(clean(value))}`);
  }
  return lines;
}

async function fromTest(
  io: Io,
  file: string,
  name: string,
  options: Options,
): Promise<{ words: Words; all: Explained[] } | null> {
  const compiled = await compileFile(io, file, options);
  const { document, program, value } = compiled;
  if (document === null || program === null || value === null) {
    failed(io, compiled, options);
    return null;
  }
  const test = namedTest(compiled, name);
  const opened = openGame(program, value.module, options.tier);
  if ("reason" in opened) throw new Error(`the compiled module was refused: ${opened.reason}`);
  const words = wordsOf(program, document);
  const steps = runTest(opened.game, test, words).steps.filter((step) => !step.automatic);
  const asked = options.step === undefined ? steps.length : Number(options.step);
  const step = Number.isInteger(asked) ? steps[asked - 1] : undefined;
  if (step === undefined)
    throw new UsageError(
      `the test \`${clean(test.name.text)}\` has ${steps.length} steps; --step is one of 1 to ${steps.length}`,
    );
  const all = step.played.runs.map((run) =>
    explained(
      value.module,
      words,
      run,
      shownRun(
        opened.game,
        words,
        run.before,
        run.step,
        run.step.kind === "timer" ? `timer ${run.step.name}` : step.text,
        run.event.name,
      ),
    ),
  );
  return { words, all };
}

async function fromBundle(io: Io, file: string): Promise<{ words: Words; all: Explained[] } | null> {
  const read = await gameOfBundle(io, file);
  if (read === null) return null;
  const { game, words, run, text } = read;
  const shown = shownRun(game, words, run.before, run.step, text, run.event.name);
  return { words, all: [explained(game.module, words, run, shown)] };
}

const explained = (module: Module, words: Words, run: Happened, shown: Shown): Explained => ({
  shown,
  explanation: explainRun(module, words, { ...run, at: run.step.at }),
});
