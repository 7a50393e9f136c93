// `writ check`: what is wrong with these documents?
import type { Command } from "commander";
import { advicePolicy, costsOf, type RuleCost } from "../../compiler/index.ts";
import { hasErrors, lineIndex } from "../../lang/index.ts";
import { type CueOptions, withCue } from "../cue.ts";
import { type Compiled, compileFile, diagnosticsJson, draw, printJson } from "../document.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import type { Io } from "../io.ts";
import { COSTS_SHOWN_MAX } from "../limits.ts";
import { clean, columns, counted, paintFor, thousands } from "../terminal.ts";
import type { Job } from "../verbs.ts";

interface Options extends CueOptions {
  readonly lint?: boolean;
  readonly json?: boolean;
}

export function configure(command: Command, run: (job: Job) => void): void {
  withCue(command)
    .argument("<file...>", "agreements, policies and modules, or folders of CUE; `-` reads standard input")
    .option(
      "--lint",
      "of policies also what may be meant: denies that can err, obligations that disagree, what rules cost",
    )
    .option("--json", "print one JSON value")
    .addHelpText(
      "after",
      `
Examples:
  writ check agreement.yaml
  writ check examples/*/agreement.yaml
  writ check --lint policy.yaml
  cat agreement.yaml | writ check - --json

Exit code: 0 no errors (warnings are allowed), 1 errors, 2 the file could not be read.`,
    )
    .action((files: string[], options: Options) => run((io) => check(io, files, options)));
}

async function check(io: Io, files: readonly string[], options: Options): Promise<ExitCode> {
  const all: Compiled[] = [];
  for (const file of files) all.push(advised(await compileFile(io, file, { ...options, alone: true }), options));
  const failed = all.some((each) => hasErrors(each.diagnostics));
  if (options.json) {
    printJson(
      io,
      all.map((each) => ({
        file: each.name,
        ok: !hasErrors(each.diagnostics),
        diagnostics: diagnosticsJson(each.diagnostics),
        ...(options.lint && each.value !== null ? { costs: costs(each) } : {}),
      })),
    );
    return failed ? EXIT.no : EXIT.ok;
  }
  const paint = paintFor(io);
  for (const each of all) {
    draw(io, each.diagnostics, "out");
    if (!hasErrors(each.diagnostics)) io.out(`${paint.good("ok")}  ${clean(each.name)}  ${paint.dim(summary(each))}\n`);
    if (options.lint) for (const line of costLines(costs(each))) io.out(`  ${line}\n`);
  }
  return failed ? EXIT.no : EXIT.ok;
}

const advised = (compiled: Compiled, { lint }: Options): Compiled =>
  lint && compiled.policy !== null
    ? { ...compiled, diagnostics: [...compiled.diagnostics, ...advicePolicy(compiled.policy)] }
    : compiled;

function costs({ policy, value }: Compiled): readonly RuleCost[] {
  if (policy === null || value === null) return [];
  const lines = policy.rules.map(({ id, span }) => [id, lineIndex(span.source).position(span.start).line] as const);
  return costsOf(value.module, new Map(lines));
}

function costLines(all: readonly RuleCost[]): string[] {
  if (all.length === 0) return [];
  const shown = all.slice(0, COSTS_SHOWN_MAX);
  const rows = shown.map(({ rule, line, worst }) => [thousands(worst), clean(rule), `line ${line}`]);
  const left = all.length - shown.length;
  return [
    ...columns([["worst fuel", "rule", ""], ...rows], 2, [0]),
    ...(left === 0 ? [] : [`and ${thousands(left)} more, none of them dearer`]),
  ];
}

function summary({ program, document, policy, policyDocument, moduleDocument }: Compiled): string {
  if (moduleDocument !== null) {
    const { name, types, values, functions } = moduleDocument;
    const parts = [
      counted(types.length, "type"),
      counted(values.length, "value"),
      counted(functions.length, "function"),
    ];
    return `${name.text}: ${parts.join(", ")}`;
  }
  if (policy !== null) {
    const parts = [
      counted(policy.rules.length, "rule"),
      counted(policy.data.length, "data document"),
      counted(policyDocument?.tests.length ?? 0, "test"),
    ];
    return `${policy.name}${policy.version === "" ? "" : ` ${policy.version}`}: ${parts.join(", ")}`;
  }
  if (program === null) return "";
  const parts = [
    counted(program.actions.length, "action"),
    counted(program.norms.length, "obligation"),
    counted(program.powers.length, "power"),
    counted(document?.tests.length ?? 0, "test"),
  ];
  return `${program.name} ${program.version}: ${parts.join(", ")}`;
}
