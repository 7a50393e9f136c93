// A module from a file that is either a source or a built module: told apart by the first bytes.
import { BUILTINS } from "../stdlib/index.ts";
import { decodeModule, type Module, verifyModule } from "../vm/index.ts";
import { type CueOptions, isCue } from "./cue.ts";
import { compileFile, draw } from "./document.ts";
import { UsageError } from "./exit.ts";
import { readInput } from "./files.ts";
import type { Io } from "./io.ts";
import { clean } from "./terminal.ts";

export interface ModuleFile {
  readonly module: Module;
  readonly bytes: Uint8Array;
  readonly moduleId: Uint8Array;
  /** Names of the files it was made of. */
  readonly files: readonly string[];
}

/** Null when the file is a source with errors, which were drawn; throws a sentence for a module that is refused. */
export async function readModuleFile(io: Io, file: string, options: CueOptions = {}): Promise<ModuleFile | null> {
  if (/\.ya?ml$/i.test(file) || isCue(io, file)) return compiled(io, file, options);
  const bytes = await readInput(io, file);
  const shown = file === "-" ? "standard input" : clean(file);
  const read = decodeModule(bytes);
  if ("error" in read) {
    if (read.error.code === "vm/not-a-module" && looksLikeText(bytes)) return compiled(io, file, options);
    throw new UsageError(
      `${shown} is no module: ${read.error.code}: ${read.error.message}${atByte(read.error.offset)}`,
    );
  }
  const builtins = new Map(BUILTINS.map((builtin) => [builtin.id, builtin]));
  const error = verifyModule(read.module, (id) => builtins.get(id));
  if (error !== null) throw new UsageError(`${shown} is refused: ${error.code}: ${error.message}`);
  return { module: read.module, bytes, moduleId: read.moduleId, files: [file] };
}

async function compiled(io: Io, file: string, options: CueOptions): Promise<ModuleFile | null> {
  const { value, diagnostics, files } = await compileFile(io, file, options);
  draw(io, diagnostics, "err");
  return value === null ? null : { ...value, files };
}

const atByte = (offset: number): string => (offset < 0 ? "" : ` (at byte ${offset})`);
const looksLikeText = (bytes: Uint8Array): boolean =>
  bytes.subarray(0, 512).every((byte) => byte === 9 || byte === 10 || byte === 13 || byte >= 32);
