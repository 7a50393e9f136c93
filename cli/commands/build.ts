// `writ build`: an agreement or a policy to its module file, the same bytes on every machine.
import { basename, dirname, join } from "node:path";
import type { Command } from "commander";
import { hex } from "../../core/index.ts";
import { ENTRY_POINTS, type Module } from "../../vm/index.ts";
import { type CueOptions, withCue } from "../cue.ts";
import { compileFile, diagnosticsJson, draw, printJson } from "../document.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { writeWhole } from "../files.ts";
import type { Io } from "../io.ts";
import { clean, paintFor, thousands } from "../terminal.ts";
import type { Job } from "../verbs.ts";

interface Options extends CueOptions {
  readonly out?: string;
  readonly json?: boolean;
}

export function configure(command: Command, run: (job: Job) => void): void {
  withCue(command)
    .argument("<file>", "an agreement, a policy, or a folder of CUE; `-` reads standard input")
    .option("-o, --out <file>", "where to write the module (default: beside the source, ending in .writ)")
    .option("--json", "print one JSON value")
    .addHelpText(
      "after",
      `
Examples:
  writ build agreement.yaml
  writ build agreement.yaml -o out/late-delivery.writ --json

The module id names what the document means; the file id also covers comments and layout.
Exit code: 0 written, 1 the document has errors, 2 it could not be read or written.`,
    )
    .action((file: string, options: Options) => run((io) => build(io, file, options)));
}

async function build(io: Io, file: string, options: Options): Promise<ExitCode> {
  const compiled = await compileFile(io, file, options);
  const { value, diagnostics } = compiled;
  if (value === null) {
    if (options.json) printJson(io, { ok: false, diagnostics: diagnosticsJson(diagnostics) });
    else draw(io, diagnostics, "err");
    return EXIT.no;
  }
  if (!options.json) draw(io, diagnostics, "err");
  const out = options.out ?? defaultName(file, value.module);
  writeWhole(io, out, value.bytes);
  const worst = worstFuel(value.module);
  if (options.json)
    printJson(io, {
      ok: true,
      file: out,
      bytes: value.bytes.length,
      moduleId: hex(value.moduleId),
      worstFuel: worst,
      diagnostics: diagnosticsJson(diagnostics),
    });
  else {
    const paint = paintFor(io);
    io.out(`${paint.good("built")}   ${clean(out)}  ${paint.dim(`${thousands(value.bytes.length)} bytes`)}\n`);
    io.out(`module  ${hex(value.moduleId)}\n`);
    io.out(
      `fuel    ${Object.entries(worst)
        .map(([entry, fuel]) => `${entry} ≤ ${thousands(fuel)}`)
        .join("   ")}\n`,
    );
  }
  return EXIT.ok;
}

const defaultName = (file: string, module: Module): string =>
  file === "-" || !/\.(?:ya?ml|cue)$/i.test(file)
    ? join(file === "-" ? "" : file, `${module.name}.writ`)
    : join(dirname(file), `${basename(file).replace(/\.(?:ya?ml|cue)$/i, "")}.writ`);

/** Worst fuel of each entry point, or of a decision: what a run can never exceed. */
export function worstFuel(module: Module): Record<string, number> {
  const worst: Record<string, number> = {};
  if (module.policy !== undefined) worst["decide"] = module.policy.limits.fuel;
  for (const entry of module.entries)
    if (entry.name in ENTRY_POINTS[module.kind]) worst[entry.name] = module.functions[entry.function]?.worstFuel ?? 0;
  return worst;
}
