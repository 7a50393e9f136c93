// The modules that a policy uses, and those they use: found beside the document that names them.
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Modules } from "../compiler/index.ts";
import type { Diagnostic, Document, DocumentRead, ModuleDocument } from "../lang/index.ts";
import { UsageError } from "./exit.ts";
import type { Io } from "./io.ts";
import { MODULES_USED_MAX } from "./limits.ts";
import { clean } from "./terminal.ts";

export interface FoundModules {
  readonly modules: Modules;
  readonly diagnostics: readonly Diagnostic[];
  /** Paths of their files. */
  readonly files: readonly string[];
}

const ENDINGS = [".yaml", ".yml", ".cue"];

/** `read` gives a document from a path. What is not found is left out: the compiler says where it is named. */
export async function modulesOf(
  io: Io,
  path: string,
  document: Document | null,
  read: (path: string) => Promise<DocumentRead>,
): Promise<FoundModules> {
  const modules = new Map<string, ModuleDocument>();
  const files = new Map<string, string>();
  const diagnostics: Diagnostic[] = [];
  const follow = async (user: Document | null, folder: string): Promise<void> => {
    if (user === null || user.kind === "agreement") return;
    for (const { module } of user.use) {
      const file = fileOf(folder, module.text);
      if (file === null) continue;
      const before = files.get(module.text);
      if (before !== undefined && before !== file)
        throw new UsageError(`two modules are used as ${clean(module.text)}: ${before} and ${file}`);
      if (before !== undefined) continue;
      if (files.size >= MODULES_USED_MAX) throw new UsageError(`more than ${MODULES_USED_MAX} modules are used`);
      files.set(module.text, file);
      const found = await read(file);
      diagnostics.push(...found.diagnostics);
      if (found.value === null) continue;
      if (found.value.kind !== "module")
        throw new UsageError(`${file} is used as a module, but it is a ${found.value.kind}`);
      modules.set(module.text, found.value);
      await follow(found.value, dirname(file));
    }
  };
  await follow(document, path === "-" ? io.cwd : dirname(resolve(io.cwd, path)));
  return { modules, diagnostics, files: [...files.values()] };
}

/** A name is a file beside the document; what begins with a dot is a path. */
function fileOf(folder: string, name: string): string | null {
  if (/^\.{1,2}\//.test(name)) {
    const file = resolve(folder, name);
    return existsSync(file) ? file : null;
  }
  return ENDINGS.map((ending) => join(folder, name + ending)).find((file) => existsSync(file)) ?? null;
}
