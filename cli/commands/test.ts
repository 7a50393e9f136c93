// `writ test`: the tests that stand in agreements and policies, in the author's words, then what they went through.
import type { Command } from "commander";
import {
  type ConditionCoverage,
  coverConditions,
  type MutationReport,
  mutatePolicy,
  type PartCoverage,
  type PolicyTestReport,
  runPolicyTests,
} from "../../compiler/policy/index.ts";
import { type Coverage, type Reached, runScenarios, type ScenarioReport } from "../../compiler/scenario/index.ts";
import { type CueOptions, withCue } from "../cue.ts";
import { compileFile, diagnosticsJson, draw, printJson } from "../document.ts";
import { EXIT, type ExitCode, UsageError } from "../exit.ts";
import { writeWhole } from "../files.ts";
import type { Io } from "../io.ts";
import { lcovText } from "../lcov.ts";
import { clean, columns, counted, type Paint, paintFor } from "../terminal.ts";
import { type TierOptions, tierOption } from "../tier.ts";
import type { Job } from "../verbs.ts";
import { watching } from "../watching.ts";

interface Options extends CueOptions, TierOptions {
  readonly only?: string;
  readonly json?: boolean;
  readonly coverage?: boolean;
  readonly lcov?: string;
  readonly watch?: boolean;
  readonly mutate?: boolean;
}

export function configure(command: Command, run: (job: Job) => void): void {
  withCue(command)
    .argument("<file...>", "agreements and policies, or folders of CUE; `-` reads standard input")
    .option("--only <text>", "only tests whose name contains the text")
    .addOption(tierOption())
    .option("--coverage", "show which parts of the conditions of a policy were never true, or never false")
    .option("--lcov <file>", "write the coverage of policies in the format of lcov")
    .option("--mutate", "change a policy in small ways, one at a time, and show the changes that no test notices")
    .option("-w, --watch", "run again when a file, or what it imports, changes; ctrl-c ends it")
    .option("--json", "print one JSON value")
    .addHelpText(
      "after",
      `
Examples:
  writ test agreement.yaml
  writ test agreement.yaml --only "a year late"
  writ test examples/*/agreement.yaml --json
  writ test policy.yaml --coverage --lcov coverage.info
  writ test policy.yaml --mutate
  writ test policy.yaml --watch

Exit code: 0 all passed, 1 a test failed or the agreement has errors, 2 nothing to run.`,
    )
    .action((files: string[], options: Options) =>
      run((io) => (options.watch ? watch(io, files, options) : test(io, files, options))),
    );
}

/** Runs the tests, and again after each change. The exit code is that of the last run. */
async function watch(io: Io, files: readonly string[], options: Options): Promise<ExitCode> {
  if (files.includes("-")) throw new UsageError("standard input cannot be watched");
  let read: ReadonlySet<string> = new Set(files);
  const once = async (): Promise<ExitCode> => {
    const found = new Set(files);
    try {
      return await test(io, files, options, (source) => found.add(source));
    } catch (error) {
      // A file that is gone for a moment, or has no test yet: said, and waited for.
      if (!(error instanceof UsageError)) throw error;
      io.err(`${paintFor(io, "err").bad("error")}: ${clean(error.message)}\n`);
      return EXIT.trouble;
    } finally {
      read = new Set([...read, ...found]);
    }
  };
  return watching(io, () => [...read], once);
}

async function test(
  io: Io,
  files: readonly string[],
  options: Options,
  onSource: (name: string) => void = () => {},
): Promise<ExitCode> {
  const paint = paintFor(io);
  const reports: { file: string; report: ScenarioReport | null; diagnostics: unknown[] }[] = [];
  const policies: PolicyRun[] = [];
  const covers = options.coverage === true || options.lcov !== undefined;
  let passed = 0;
  let failed = 0;
  for (const file of files) {
    const compiled = await compileFile(io, file, options);
    const { name, document, program, value, diagnostics } = compiled;
    const { policy, policyDocument } = compiled;
    compiled.files.forEach(onSource);
    if (policy !== null && policyDocument !== null && value !== null) {
      const asked = {
        document: policyDocument,
        program: policy,
        compiled: value,
        only: options.only,
        tier: options.tier,
      };
      const report = runPolicyTests(asked);
      const conditions = covers ? coverConditions(asked) : null;
      // On a policy whose tests fail every mutant would count as noticed.
      const mutation = options.mutate && report.results.every(({ ok }) => ok) ? mutatePolicy(asked) : null;
      policies.push({ file: name, report, conditions, mutation });
      passed += report.results.filter((each) => each.ok).length;
      failed += report.results.filter((each) => !each.ok).length;
      if (!options.json)
        showPolicy(io, policy.name, { file: name, report, conditions: options.coverage ? conditions : null, mutation });
      continue;
    }
    if (document === null || program === null || value === null) {
      failed++;
      reports.push({ file: name, report: null, diagnostics: diagnosticsJson(diagnostics) });
      if (!options.json) draw(io, diagnostics, "err");
      continue;
    }
    const report = runScenarios({ document, program, module: value.module }, options.only, options.tier);
    if (report.broken !== null) throw new Error(`the compiled module was refused: ${report.broken}`);
    reports.push({ file: name, report, diagnostics: diagnosticsJson(report.diagnostics) });
    passed += report.results.filter((each) => each.ok).length;
    failed += report.results.filter((each) => !each.ok).length;
    if (!options.json) show(io, `${program.name} ${program.version}`, name, report);
  }
  if (passed + failed === 0)
    throw new UsageError(
      options.only === undefined
        ? "there are no tests: write them under `tests:`"
        : `no test is called \`${options.only}\``,
    );
  if (options.lcov !== undefined)
    writeWhole(
      io,
      options.lcov,
      lcovText(policies.map(({ report, conditions }) => ({ rules: report.coverage, conditions: conditions ?? [] }))),
    );
  if (options.json)
    printJson(io, {
      ok: failed === 0,
      passed,
      failed,
      files: [...reports.map(reportJson), ...policies.map(policyJson)],
    });
  else if (failed > 0) io.out(`\n${paint.bad(`${failed} failed`)}, ${passed} passed\n`);
  else io.out(`\n${paint.good(`${passed} passed`)}\n`);
  return failed === 0 ? EXIT.ok : EXIT.no;
}

function show(io: Io, title: string, file: string, report: ScenarioReport): void {
  const paint = paintFor(io);
  io.out(`${paint.strong(clean(title))}  ${paint.dim(clean(file))}\n`);
  for (const result of report.results) {
    io.out(`  ${result.ok ? paint.good("✓") : paint.bad("✗")} ${clean(result.name)}\n`);
    if (!result.ok) {
      io.out("\n");
      draw(io, result.diagnostics, "out");
    }
  }
  if (report.coverage !== null && report.results.length > 0) io.out(`  ${paint.dim(coverageText(report.coverage))}\n`);
}

interface PolicyRun {
  readonly file: string;
  readonly report: PolicyTestReport;
  /** Null when nobody asked. */
  readonly conditions: readonly ConditionCoverage[] | null;
  readonly mutation: MutationReport | null;
}

function showPolicy(io: Io, title: string, { file, report, conditions, mutation }: PolicyRun): void {
  const paint = paintFor(io);
  io.out(`${paint.strong(clean(title))}  ${paint.dim(clean(file))}\n`);
  for (const result of report.results) {
    io.out(`  ${result.ok ? paint.good("✓") : paint.bad("✗")} ${clean(result.name)}\n`);
    if (!result.ok) {
      io.out("\n");
      draw(io, result.diagnostics, "out");
    }
  }
  if (report.results.length > 0) io.out(`  ${paint.dim(rulesText(report))}\n`);
  if (conditions !== null) for (const line of conditionLines(conditions, file, paint)) io.out(`  ${line}\n`);
  if (mutation !== null) for (const line of mutationLines(mutation, file, paint)) io.out(`  ${line}\n`);
}

/** `12 decisions; 3 rules: 2 matched (`barred` never matched)`. */
function rulesText({ coverage, decisions }: PolicyTestReport): string {
  const never = coverage.filter(({ matched }) => matched === 0).map(({ rule }) => `\`${rule}\``);
  const missing = never.length === 0 ? "" : ` (${never.join(", ")} never matched)`;
  return `${counted(decisions, "decision")}; ${counted(coverage.length, "rule")}: ${coverage.length - never.length} matched${missing}`;
}

/** `conditions: 11 of 12 parts seen both ways`, then those that were not. */
function conditionLines(conditions: readonly ConditionCoverage[], file: string, paint: Paint): string[] {
  const all = conditions.flatMap(({ rule, parts }) => parts.map((part) => ({ rule, part })));
  if (all.length === 0) return [];
  const open = all.filter(({ part }) => part.true === 0 || part.false === 0);
  const rows = open.map(({ rule, part }) => [
    `  ${clean(rule)}`,
    whereOf(part.place, file),
    clean(part.text),
    paint.warn(missed(part)),
  ]);
  return [
    paint.dim(`conditions: ${all.length - open.length} of ${counted(all.length, "part")} seen both ways`),
    ...columns(rows),
  ];
}

/** `mutants: 17 of 20 noticed`, then those that were not. */
function mutationLines({ mutants, killed, survived, left }: MutationReport, file: string, paint: Paint): string[] {
  const rows = survived.map(({ rule, place, what }) => [`  ${clean(rule)}`, whereOf(place, file), clean(what)]);
  return [
    paint.dim(`mutants: ${killed} of ${mutants} noticed${left === 0 ? "" : `; ${left} more were not tried`}`),
    ...columns(rows),
  ];
}

const whereOf = (place: PartCoverage["place"], file: string): string =>
  place.file === file ? `line ${place.line}` : clean(`${place.file}:${place.line}`);

const missed = (part: PartCoverage): string => {
  if (part.true + part.false + part.error === 0) return "never asked";
  const never = part.true === 0 ? (part.false === 0 ? "never true, never false" : "never true") : "never false";
  return part.error === 0 ? never : `${never}, ${part.error === 1 ? "once" : `${part.error} times`} an error`;
};

const policyJson = ({ file, report, conditions, mutation }: PolicyRun): object => ({
  file,
  tests: report.results.map(({ name, ok, fuel, diagnostics }) => ({
    name,
    ok,
    fuel,
    differences: diagnosticsJson(diagnostics),
  })),
  coverage: { decisions: report.decisions, rules: report.coverage, ...(conditions === null ? {} : { conditions }) },
  ...(mutation === null ? {} : { mutation }),
});

/** `2 obligations: 2 met, 1 broken (`pay` never broken); 1 power: 1 used; expressions 8 of 9`. */
export function coverageText(coverage: Coverage): string {
  const reached = (all: readonly Reached[]): number => all.filter((each) => each.reached).length;
  const never = (all: readonly Reached[], word: string): string => {
    const missing = all.filter((each) => !each.reached).map((each) => `\`${each.name}\``);
    return missing.length === 0 ? "" : ` (${missing.join(", ")} never ${word})`;
  };
  const parts: string[] = [];
  const { met, broken } = coverage;
  if (met.length > 0)
    parts.push(
      `${counted(met.length, "obligation")}: ${reached(met)} met${never(met, "met")}, ${reached(broken)} broken${never(broken, "broken")}`,
    );
  const add = (all: readonly Reached[], one: string, word: string): void => {
    if (all.length > 0) parts.push(`${counted(all.length, one)}: ${reached(all)} ${word}${never(all, word)}`);
  };
  add(coverage.actions, "action", "done");
  add(coverage.powers, "power", "used");
  add(coverage.states, "state", "reached");
  const { expressions } = coverage;
  if (expressions.length > 0)
    parts.push(`expressions ${expressions.filter((each) => each.reached).length} of ${expressions.length}`);
  return parts.join("; ");
}

function reportJson({
  file,
  report,
  diagnostics,
}: {
  file: string;
  report: ScenarioReport | null;
  diagnostics: unknown[];
}): object {
  return {
    file,
    tests: (report?.results ?? []).map(({ name, ok, fuel, diagnostics: own }) => ({
      name,
      ok,
      fuel,
      differences: diagnosticsJson(own),
    })),
    ...(report === null ? { diagnostics } : {}),
    coverage: report?.coverage === null || report === null ? null : coverageJson(report.coverage),
  };
}

function coverageJson(coverage: Coverage): object {
  const names = (all: readonly Reached[]): object => ({
    of: all.length,
    never: all.filter((each) => !each.reached).map((each) => each.name),
  });
  return {
    met: names(coverage.met),
    broken: names(coverage.broken),
    actions: names(coverage.actions),
    powers: names(coverage.powers),
    states: names(coverage.states),
    expressions: {
      of: coverage.expressions.length,
      reached: coverage.expressions.filter((each) => each.reached).length,
    },
  };
}
