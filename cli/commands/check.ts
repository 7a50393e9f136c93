// `writ check`: what is wrong with these documents?
import type { Command } from "commander";
import { hasErrors } from "../../lang/index.ts";
import { type CueOptions, withCue } from "../cue.ts";
import { type Compiled, compileFile, diagnosticsJson, draw, printJson } from "../document.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import type { Io } from "../io.ts";
import { clean, counted, paintFor } from "../terminal.ts";
import type { Job } from "../verbs.ts";

interface Options extends CueOptions {
  readonly json?: boolean;
}

export function configure(command: Command, run: (job: Job) => void): void {
  withCue(command)
    .argument("<file...>", "agreements, policies and modules, or folders of CUE; `-` reads standard input")
    .option("--json", "print one JSON value")
    .addHelpText(
      "after",
      `
Examples:
  writ check agreement.yaml
  writ check examples/*/agreement.yaml
  cat agreement.yaml | writ check - --json

Exit code: 0 no errors (warnings are allowed), 1 errors, 2 the file could not be read.`,
    )
    .action((files: string[], options: Options) => run((io) => check(io, files, options)));
}

async function check(io: Io, files: readonly string[], options: Options): Promise<ExitCode> {
  const all: Compiled[] = [];
  for (const file of files) all.push(await compileFile(io, file, { ...options, alone: true }));
  const failed = all.some((each) => hasErrors(each.diagnostics));
  if (options.json) {
    printJson(
      io,
      all.map((each) => ({
        file: each.name,
        ok: !hasErrors(each.diagnostics),
        diagnostics: diagnosticsJson(each.diagnostics),
      })),
    );
    return failed ? EXIT.no : EXIT.ok;
  }
  const paint = paintFor(io);
  for (const each of all) {
    draw(io, each.diagnostics, "out");
    if (!hasErrors(each.diagnostics)) io.out(`${paint.good("ok")}  ${clean(each.name)}  ${paint.dim(summary(each))}\n`);
  }
  return failed ? EXIT.no : EXIT.ok;
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
