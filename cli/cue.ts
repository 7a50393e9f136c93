// Packages of CUE from the disk: a file, or all files of a folder, with the folders of the same module that they import. The engine
// is loaded with the first of them and lives as long as the process; who has YAML never loads it.
import { type Dirent, existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import type { Command } from "commander";
import type { CueDocumentPackage, CueEngine, CueFile } from "../lang/cue/index.ts";
import type { DocumentRead } from "../lang/index.ts";
import { UsageError, worldError } from "./exit.ts";
import { readInput } from "./files.ts";
import type { Io } from "./io.ts";
import { CUE_FOLDER_LEVELS_MAX, SOURCE_BYTES_MAX } from "./limits.ts";
import { clean } from "./terminal.ts";

/** What a command about sources takes for those in CUE. */
export interface CueOptions {
  readonly tag?: readonly string[];
  readonly expression?: string;
}

/** Adds these options to a command. */
export const withCue = (command: Command): Command =>
  command
    .option(
      "-t, --tag <tag>",
      "CUE: a value for `@tag(name)`, as name=value, or a bare name for `@if(name)`; may be repeated",
      (tag: string, all: string[] | undefined) => [...(all ?? []), tag],
    )
    .option("-e, --expression <path>", "CUE: the document is this value of the package");

/** Whether a path is read as CUE: a `.cue` file, or a folder. */
export function isCue(io: Io, path: string): boolean {
  if (/\.cue$/i.test(path)) return true;
  return path !== "-" && isFolder(resolve(io.cwd, path));
}

/** Whatever is wrong with a path is said by who reads it. */
function isFolder(full: string): boolean {
  try {
    return statSync(full).isDirectory();
  } catch {
    return false;
  }
}

const MODULE_FILE = "cue.mod/module.cue";

/** Reads a package; throws a sentence when a file cannot be read. */
export async function loadCue(io: Io, path: string, options: CueOptions = {}): Promise<CueDocumentPackage> {
  const full = resolve(io.cwd, path);
  const whole = isFolder(full);
  const folder = whole ? full : dirname(full);
  const root = moduleRoot(folder) ?? folder;
  const shown = (file: string): string => {
    const short = relative(folder, file);
    return join(whole ? path : dirname(path), short);
  };
  const own = whole ? packageOf(folder, path) : [full];
  const files = new Map<string, CueFile>();
  const add = async (file: string): Promise<CueFile> => {
    const as = relative(root, file).replaceAll("\\", "/");
    const known = files.get(as);
    if (known !== undefined) return known;
    const name = shown(file);
    const bytes = await readInput({ ...io, cwd: dirname(file) }, basename(file), SOURCE_BYTES_MAX).catch((error) => {
      throw worldError(`read ${name}`, error);
    });
    const read: CueFile = { name, as, text: textOf(bytes, name) };
    files.set(as, read);
    return read;
  };
  const module = existsSync(join(root, MODULE_FILE)) ? await add(join(root, MODULE_FILE)) : null;
  const modulePath = /^\s*module:\s*"([^"@]+)/m.exec(module?.text ?? "")?.[1] ?? "writ.local/documents";
  let waiting: CueFile[] = [];
  for (const file of own) waiting.push(await add(file));
  const main = waiting.map((file) => file.as as string);
  const seen = new Set<string>();
  while (waiting.length > 0) {
    const next: CueFile[] = [];
    for (const { text } of waiting)
      for (const folder of importsOf(text, modulePath)) {
        const target = resolve(root, folder);
        if (seen.has(target) || relative(root, target).startsWith("..") || !existsSync(target)) continue;
        seen.add(target);
        for (const file of cueFilesOf(target, folder)) next.push(await add(file));
      }
    waiting = next;
  }
  return {
    files: [...files.values()],
    main,
    tags: options.tag ?? [],
    ...(options.expression === undefined ? {} : { path: options.expression }),
  };
}

/** The folders of a module that a text imports. */
function importsOf(text: string, modulePath: string): string[] {
  const found: string[] = [];
  for (const [, path] of text.matchAll(/"([^"\n]+)"/g)) {
    const plain = path!.replace(/[@:].*$/, "");
    if (plain.startsWith(`${modulePath}/`)) found.push(plain.slice(modulePath.length + 1));
  }
  return found;
}

/** The nearest folder upwards with a module file. */
function moduleRoot(folder: string): string | null {
  let at = folder;
  for (let levels = 0; levels < CUE_FOLDER_LEVELS_MAX; levels++) {
    if (existsSync(join(at, MODULE_FILE))) return at;
    if (dirname(at) === at) return null;
    at = dirname(at);
  }
  return null;
}

/** The files of a folder that is named; there must be some. */
function packageOf(folder: string, path: string): string[] {
  const files = cueFilesOf(folder, path);
  if (files.length > 0) return files;
  throw new UsageError(
    `cannot read ${clean(path)}: it is a folder, not a file`,
    "a folder is read as CUE, and has no .cue file",
  );
}

/** The files of a folder that make its package: CUE leaves out names that start with `_` or `.`. */
function cueFilesOf(folder: string, shown: string): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    throw worldError(`read ${shown}`, error);
  }
  return entries
    .filter((entry) => entry.isFile() && /^[^_.].*\.cue$/.test(entry.name))
    .map((entry) => join(folder, entry.name))
    .sort();
}

/** A folder as the files of its package; anything else is itself. */
export function cueFilesIn(io: Io, path: string): readonly string[] {
  if (!isCue(io, path) || /\.cue$/i.test(path)) return [path];
  return packageOf(resolve(io.cwd, path), path).map((file) => join(path, basename(file)));
}

function textOf(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new UsageError(`${clean(name)} is not UTF-8`, "save the file as UTF-8");
  }
}

let engine: Promise<CueEngine> | null = null;

/** The engine of this process. */
export const cueEngine = (): Promise<CueEngine> => {
  engine ??= import("../lang/cue/index.ts").then(({ createCueEngine }) => createCueEngine());
  return engine;
};

/** The document of a package. */
export async function readCue(pack: CueDocumentPackage): Promise<DocumentRead> {
  const { readCueDocument } = await import("../lang/cue/index.ts");
  return readCueDocument(await cueEngine(), pack);
}
