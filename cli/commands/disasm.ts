// `writ disasm`: the bytecode of a module as text, with the source lines it comes from.
import type { Command } from "commander";
import { BUILTINS } from "../../stdlib/index.ts";
import { disassemble } from "../../vm/index.ts";
import { type CueOptions, withCue } from "../cue.ts";
import { printJson } from "../document.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import type { Io } from "../io.ts";
import { readModuleFile } from "../module-file.ts";
import type { Job } from "../verbs.ts";

interface Options extends CueOptions {
  readonly source: boolean;
  readonly json?: boolean;
}

export function configure(command: Command, run: (job: Job) => void): void {
  withCue(command)
    .argument("<file>", "a module (.writ) or an agreement; `-` reads standard input")
    .option("--no-source", "leave the source lines out")
    .option("--json", "print the parts of the module as one JSON value")
    .addHelpText(
      "after",
      `
Examples:
  writ disasm agreement.writ
  writ disasm agreement.yaml --no-source | less

Exit code: 0 shown, 1 the agreement has errors, 2 the file could not be read or is no module.`,
    )
    .action((file: string, options: Options) => run((io) => disasm(io, file, options)));
}

async function disasm(io: Io, file: string, options: Options): Promise<ExitCode> {
  const read = await readModuleFile(io, file, options);
  if (read === null) return EXIT.no;
  const { module } = read;
  if (options.json) {
    const { format, language, fuelSchedule, kind, name, version, functions, entries, manifest } = module;
    printJson(io, { format, language, fuelSchedule, kind, name, version, functions, entries, manifest });
    return EXIT.ok;
  }
  const names = new Map(BUILTINS.map((builtin) => [builtin.id, builtin.name]));
  io.out(disassemble(module, { source: options.source, builtinName: (id) => names.get(id) }));
  return EXIT.ok;
}
