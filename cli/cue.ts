// Packages of CUE from the disk: a file, or all files of a folder, with the folders of the same module that they import. The engine
// is loaded with the first of them and lives as long as the process; who has YAML never loads it.
import { type Dirent, existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import type { Command } from "commander";
import type { CueDocumentPackage, CueEngine, CueFile } from "../lang/cue/index.ts";
import { type DocumentRead, readYaml } from "../lang/index.ts";
import { UsageError, worldError } from "./exit.ts";
import { readInput, shownPath } from "./files.ts";
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
  const own = whole ? packageOf(folder, path) : [full];
  const module = await openModule(io, root, (file) => join(whole ? path : dirname(path), relative(folder, file)));
  const main: CueFile[] = [];
  for (const file of own) main.push(await module.add(file));
  await module.follow(main);
  return {
    files: module.files(),
    main: main.map((file) => file.as as string),
    tags: options.tag ?? [],
    ...(options.expression === undefined ? {} : { path: options.expression }),
  };
}

interface OpenModule {
  /** Import path of the module. */
  readonly path: string;
  readonly add: (file: string) => Promise<CueFile>;
  /** Adds what these files import, and what that imports. */
  readonly follow: (files: readonly CueFile[]) => Promise<void>;
  readonly files: () => readonly CueFile[];
}

async function openModule(io: Io, root: string, shown: (file: string) => string): Promise<OpenModule> {
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
  const path = /^\s*module:\s*"([^"@]+)/m.exec(module?.text ?? "")?.[1] ?? "writ.local/documents";
  const seen = new Set<string>();
  const follow = async (waiting: readonly CueFile[]): Promise<void> => {
    const next: CueFile[] = [];
    for (const { text } of waiting)
      for (const folder of importsOf(text, path)) {
        const target = resolve(root, folder);
        if (seen.has(target) || relative(root, target).startsWith("..") || !existsSync(target)) continue;
        seen.add(target);
        for (const file of cueFilesOf(target, folder)) next.push(await add(file));
      }
    if (next.length > 0) await follow(next);
  };
  return { path, add, follow, files: () => [...files.values()] };
}

/** The package of a YAML agreement that fills templates; null when it fills none. A template is a folder of CUE near the
 *  document (`./house`), or one of the standard library (`service_level`). */
export async function loadFilled(
  io: Io,
  path: string,
  { name, text: bytes }: { readonly name: string; readonly text: Uint8Array },
): Promise<CueDocumentPackage | null> {
  const text = new TextDecoder().decode(bytes);
  // YAML is read only once where nothing speaks of a template, and no engine is loaded.
  if (!/^use:/m.test(text) || !text.includes("template")) return null;
  const { templatesOf } = await import("../lang/cue/index.ts");
  const source = { name, text };
  const { root } = readYaml(source);
  const uses = root === null ? [] : templatesOf(root);
  if (uses.length === 0) return null;
  const folder = path === "-" ? io.cwd : dirname(resolve(io.cwd, path));
  const near = uses
    .filter(({ template }) => isNear(template.text))
    .map(({ template }) => resolve(folder, template.text));
  const base = moduleRoot(folder) ?? commonFolder([folder, ...near.map((each) => dirname(each))]);
  const module = await openModule(io, base, (file) => shownPath(io, file));
  const imports: string[] = [];
  for (const { template } of uses) {
    if (!isNear(template.text)) {
      imports.push(`writ.dev/templates/${template.text.replaceAll("-", "_")}`);
      continue;
    }
    const target = resolve(folder, template.text);
    const inside = relative(base, target).replaceAll("\\", "/");
    if (inside === "" || inside.startsWith(".."))
      throw new UsageError(
        `the template ${clean(template.text)} lies outside the module of ${clean(name)}`,
        "a template is a folder of its own in the module",
      );
    const files: CueFile[] = [];
    for (const file of packageOf(target, template.text)) files.push(await module.add(file));
    await module.follow(files);
    imports.push(`${module.path}/${inside}`);
  }
  return { files: module.files(), main: [], filled: { source, imports } };
}

const isNear = (template: string): boolean => /^\.{1,2}\//.test(template);

/** The folder that holds all of these. */
function commonFolder(folders: readonly string[]): string {
  let common = folders[0] as string;
  for (const folder of folders) while (relative(common, folder).startsWith("..")) common = dirname(common);
  return common;
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
