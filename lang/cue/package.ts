// A package as sources alone, so that a module's debug map can hold it and the document can be read again.
import type { Source } from "../source.ts";
import { type CueFile, nameInModule } from "./job.ts";
import type { CueDocumentPackage } from "./read.ts";

/** Name of the source that says how the others go together. */
const SHEET = "<package of CUE>";

interface Sheet {
  /** For each file its name in messages, and in the module. */
  readonly files: readonly (readonly [string, string])[];
  readonly main: readonly string[];
  readonly tags: readonly string[];
  readonly path: string;
  /** The name of a YAML document that fills templates, and the packages of these. */
  readonly filled?: readonly [string, ...string[]];
}

/** The sheet of a package. `files`: all of it, those of the standard library, too. */
export function sheetOf(files: readonly CueFile[], pack: CueDocumentPackage): Source {
  const sheet: Sheet = {
    files: files.map((file) => [file.name, nameInModule(file)]),
    main: pack.main,
    tags: pack.tags ?? [],
    path: pack.path ?? "",
    ...(pack.filled === undefined ? {} : { filled: [pack.filled.source.name, ...pack.filled.imports] }),
  };
  return { name: SHEET, text: JSON.stringify(sheet) };
}

/** The package in the sources of a module; null when it came from YAML. */
export function packageIn(sources: readonly Source[]): CueDocumentPackage | null {
  const found = sources.find(({ name }) => name === SHEET);
  if (found === undefined) return null;
  const sheet = readSheet(found.text);
  if (sheet === null) return null;
  const byName = new Map(sources.map((source) => [source.name, source]));
  const files = sheet.files.flatMap(([name, as]): CueFile[] => {
    const source = byName.get(name);
    return source === undefined ? [] : [{ name, text: source.text, as }];
  });
  const [name = "", ...imports] = sheet.filled ?? [];
  const source = byName.get(name);
  return {
    files,
    main: sheet.main,
    tags: sheet.tags,
    ...(sheet.path === "" ? {} : { path: sheet.path }),
    ...(source === undefined ? {} : { filled: { source, imports } }),
  };
}

/** A module may come from anybody. */
function readSheet(text: string): Sheet | null {
  try {
    const { files, main, tags, path, filled } = JSON.parse(text) as Partial<Sheet>;
    const texts = (list: unknown): list is string[] =>
      Array.isArray(list) && list.every((each) => typeof each === "string");
    if (!Array.isArray(files) || !files.every((each) => texts(each) && each.length === 2)) return null;
    if (!texts(main) || !texts(tags) || typeof path !== "string") return null;
    return { files, main, tags, path, ...(texts(filled) && filled.length > 0 ? { filled } : {}) };
  } catch {
    return null;
  }
}
