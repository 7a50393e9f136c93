// `writ fmt`: the one canonical layout. Prints it, checks for it, or writes it.
import type { Command } from "commander";
import { formatSource, hasErrors, type Outcome } from "../../lang/index.ts";
import { cueEngine, cueFilesIn } from "../cue.ts";
import { draw } from "../document.ts";
import { EXIT, type ExitCode, UsageError } from "../exit.ts";
import { readSource, writeWhole } from "../files.ts";
import type { Io } from "../io.ts";
import { clean } from "../terminal.ts";
import type { Job } from "../verbs.ts";

interface Options {
  readonly check?: boolean;
  readonly write?: boolean;
}

export function configure(command: Command, run: (job: Job) => void): void {
  command
    .argument("<file...>", "agreements and policies, or folders of CUE; `-` reads YAML from standard input")
    .option("--check", "change nothing; name the files that would change")
    .option("--write", "write the files in place")
    .addHelpText(
      "after",
      `
Examples:
  writ fmt agreement.yaml              print the canonical text
  writ fmt --write agreement.yaml      rewrite the file
  writ fmt --check examples/*/*.yaml   for a build server
  cat agreement.yaml | writ fmt -

CUE is laid out as \`cue fmt\` does. Comments and meaning stay as they are. Exit code: 0 done or nothing to do, 1 a file would change (--check) or has errors.`,
    )
    .action((files: string[], options: Options) => run((io) => format(io, files, options)));
}

async function format(io: Io, files: readonly string[], options: Options): Promise<ExitCode> {
  if (options.check && options.write) throw new UsageError("--check and --write exclude each other");
  if (options.write && files.includes("-")) throw new UsageError("standard input cannot be written in place");
  let code: ExitCode = EXIT.ok;
  for (const file of files.flatMap((each) => cueFilesIn(io, each))) {
    const { name, text } = await readSource(io, file);
    const { value, diagnostics } = /\.cue$/i.test(file) ? await formatCue(text, name) : formatSource(text, name);
    if (value === null || hasErrors(diagnostics)) {
      draw(io, diagnostics, "err");
      code = EXIT.no;
      continue;
    }
    const same = Buffer.from(text).equals(Buffer.from(value));
    if (options.check) {
      if (!same) {
        io.out(`would change: ${clean(name)}\n`);
        code = EXIT.no;
      }
    } else if (options.write) {
      if (!same) {
        writeWhole(io, file, value);
        io.out(`formatted ${clean(name)}\n`);
      }
    } else io.out(value);
  }
  return code;
}

/** The layout of `cue fmt`. Expressions in texts stay as they are: they are the author's, and may be computed. */
async function formatCue(text: Uint8Array, name: string): Promise<Outcome<string | null>> {
  return (await cueEngine()).run({ op: "format", text: { name, text: new TextDecoder().decode(text) } });
}
