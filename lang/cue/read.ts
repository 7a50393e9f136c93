// Files of a CUE package to a document: evaluated by CUE, then read as the raw tree of YAML is. The rim hands in the files.
import type { Reading } from "../agreement/reading.ts";
import type { MapNode } from "../ast.ts";
import * as codes from "../codes.ts";
import { type Diagnostic, hasErrors } from "../diagnostic.ts";
import { type DocumentRead, readRoot } from "../read.ts";
import type { Source } from "../source.ts";
import type { CueDocument } from "./document.ts";
import type { CueEngine } from "./engine.ts";
import { type CueFile, type CuePackage, nameInModule } from "./job.ts";
import { sheetOf } from "./package.ts";
import { laxStd, stdFor } from "./std.ts";
import { buildCueTree } from "./tree.ts";

/** A package and which of its files are evaluated together. */
export interface CueDocumentPackage extends CuePackage {
  readonly main: readonly string[];
}

/** What is known of a package after reading: its document, and the raw tree with the files it is of. */
export interface CueTreeRead extends DocumentRead {
  readonly root: MapNode | null;
  readonly main: readonly Source[];
}

/** The document of a package. Never rejects. `source` is the first of the files that are evaluated. */
export async function readCueDocument(engine: CueEngine, pack: CueDocumentPackage): Promise<DocumentRead> {
  const { value, source, diagnostics } = await readCueTree(engine, pack);
  return { value, source, diagnostics };
}

/** The same with the raw tree. */
export async function readCueTree(engine: CueEngine, pack: CueDocumentPackage): Promise<CueTreeRead> {
  const beside: Source[] = [];
  const given = [...pack.files, ...stdFor(pack.files)];
  const files = given.map((file): CueFile => ({ ...file, beside }));
  beside.push(...files, sheetOf(files, pack));
  const main = mainOf({ ...pack, files });
  const source = main[0] ?? { name: "", text: "" };
  const read = { value: null, root: null, main, source };
  const { value, diagnostics: found } = await engine.run({ op: "document", ...pack, files });
  if (value === null) {
    if (given.length === pack.files.length) return { ...read, diagnostics: found };
    // The library refuses it, or the author's own constraints do. If the document is wrong by itself, the reader says it best.
    const again = await engine.run({ op: "document", ...pack, files: laxStd(files) });
    const own = again.value === null ? again.diagnostics : readTree(again.value, main).diagnostics;
    return { ...read, diagnostics: hasErrors(own) ? own : found };
  }
  return { ...read, ...readTree(value, main) };
}

/** The document in an evaluated package. */
function readTree(value: CueDocument, main: readonly Source[]): Pick<CueTreeRead, "value" | "root" | "diagnostics"> {
  const source = main[0] ?? { name: "", text: "" };
  const read = { value: null, root: null };
  const diagnostics: Diagnostic[] = [];
  const { root, types } = buildCueTree(value, main, diagnostics);
  if (root === null) diagnostics.push(codes.notADocument({ source, start: 0, end: 0 }));
  if (root === null || hasErrors(diagnostics)) return { ...read, diagnostics };
  const own: Diagnostic[] = [];
  const reading: Reading = {
    diagnostics: own,
    guessed: new Set(),
    expressions: new Map(),
    orders: new Map(),
    types: new Set(),
  };
  const document = readRoot(reading, root);
  const misplaced = [...types].filter(([node]) => !reading.types?.has(node)).map(([, diagnostic]) => diagnostic);
  // What the reader made of a type that is no value says nothing more.
  const about = (one: Diagnostic): boolean => misplaced.some(({ span }) => span.start === one.span.start);
  const rest = own.filter((one) => !about(one));
  return { value: document, root, diagnostics: [...diagnostics, ...misplaced, ...rest] };
}

/** The files that are evaluated together, in order of their names in the module. */
export function mainOf({ files, main }: CueDocumentPackage): readonly CueFile[] {
  const byName = new Map(files.map((file) => [nameInModule(file), file]));
  return [...main].sort().flatMap((name) => byName.get(name) ?? []);
}
