// `writ convert`: a document in the other spelling. What it means stays, and that is checked: both are compiled and the ids of
// their modules compared.
import { basename, dirname, join } from "node:path";
import type { Command } from "commander";
import { hex } from "../../core/index.ts";
import { hasErrors, type Outcome, readDocument } from "../../lang/index.ts";
import { type CueOptions, cueEngine, isCue, loadCue, readCue, withCue } from "../cue.ts";
import { type Compiled, compileFile, compileRead, draw } from "../document.ts";
import { EXIT, type ExitCode, UsageError } from "../exit.ts";
import { readSource, writeWhole } from "../files.ts";
import type { Io } from "../io.ts";
import { clean } from "../terminal.ts";
import type { Job } from "../verbs.ts";

interface Options extends CueOptions {
  readonly out?: string;
}

export function configure(command: Command, run: (job: Job) => void): void {
  withCue(command)
    .argument("<file>", "a document in YAML, or a file or folder of CUE; `-` reads YAML")
    .option("-o, --out <file>", "where to write it (default: standard output)")
    .addHelpText(
      "after",
      `
Examples:
  writ convert agreement.yaml                     as CUE
  writ convert agreement.yaml -o agreement.cue
  writ convert agreement.cue -t env=prod          as YAML: templates, loops and tags are resolved

Meaning stays as it is, which is checked by the ids of both modules. Exit code: 0 done, 1 the document has errors.`,
    )
    .action((file: string, options: Options) => run((io) => convert(io, file, options)));
}

async function convert(io: Io, file: string, options: Options): Promise<ExitCode> {
  const toYaml = isCue(io, file);
  const { value, diagnostics } = toYaml ? await asYaml(io, file, options) : await asCue(io, file);
  draw(
    io,
    diagnostics.filter((each) => value === null || each.severity === "warning"),
    "err",
  );
  if (value === null || hasErrors(diagnostics)) return EXIT.no;
  const name = options.out ?? join(dirname(file), `${basename(file).replace(/\.\w+$/, "")}.${toYaml ? "yaml" : "cue"}`);
  const before = await compileFile(io, file, options);
  const read = toYaml
    ? readDocument(value, name)
    : await readCue({ files: [{ name, as: "a.cue", text: value }], main: ["a.cue"] });
  const after = await compileRead(io, file, { name, read }, options);
  // A document that does not compile is converted as it is; one that does must stay the same.
  if (before.value !== null && idOf(before) !== idOf(after)) {
    draw(io, after.diagnostics, "err");
    throw new UsageError(`${clean(file)} says something that has no exact form in ${toYaml ? "YAML" : "CUE"}`);
  }
  if (options.out === undefined) io.out(value);
  else {
    writeWhole(io, options.out, value);
    const { moduleId } = before.value ?? {};
    io.out(`wrote ${clean(options.out)}${moduleId === undefined ? "" : `  module ${hex(moduleId).slice(0, 16)}…`}\n`);
  }
  return EXIT.ok;
}

const idOf = ({ value }: Pick<Compiled, "value">): string | null => (value === null ? null : hex(value.moduleId));

type Converted = Outcome<string | null>;

async function asCue(io: Io, file: string): Promise<Converted> {
  const { name, text } = await readSource(io, file);
  const { yamlToCue } = await import("../../lang/cue/index.ts");
  return yamlToCue(await cueEngine(), text, name);
}

async function asYaml(io: Io, file: string, options: CueOptions): Promise<Converted> {
  const { cueToYaml } = await import("../../lang/cue/index.ts");
  return cueToYaml(await cueEngine(), await loadCue(io, file, options));
}
