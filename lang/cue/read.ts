// Files of a CUE package to a document: evaluated by CUE, then read as the raw tree of YAML is. The rim hands in the files.
import type { Reading } from "../agreement/reading.ts";
import type { MapNode } from "../ast.ts";
import * as codes from "../codes.ts";
import { type Diagnostic, hasErrors } from "../diagnostic.ts";
import { type DocumentRead, readRoot } from "../read.ts";
import type { Source } from "../source.ts";
import { readYaml } from "../yaml/read.ts";
import type { CueDocument } from "./document.ts";
import type { CueEngine } from "./engine.ts";
import { type Filled, filledPath, fillTemplates, inYaml, type Origin, templatesOf } from "./fill.ts";
import { type CueFile, type CuePackage, nameInModule } from "./job.ts";
import { sheetOf } from "./package.ts";
import { laxStd, stdFor } from "./std.ts";
import { buildCueTree } from "./tree.ts";

/** A package and which of its files are evaluated together. */
export interface CueDocumentPackage extends CuePackage {
  readonly main: readonly string[];
  /** An agreement in YAML that fills templates of the files; `main` is empty then. */
  readonly filled?: Filled;
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
  const filled = pack.filled === undefined ? null : fill({ ...pack.filled.source, beside }, pack.filled.imports);
  if (filled !== null && "diagnostics" in filled)
    return { value: null, root: null, main: [], source: pack.filled!.source, diagnostics: filled.diagnostics };
  const own = filled === null ? pack.files : [...pack.files, filled.file];
  const given = [...own, ...stdFor(own)];
  const files = given.map((file): CueFile => (file === filled?.file ? file : { ...file, beside }));
  const kept = filled === null ? files : files.filter((file) => file !== filled.file);
  beside.push(...kept, ...(filled === null ? [] : [filled.root.span.source]), sheetOf(kept, pack));
  const names = filled === null ? pack.main : [nameInModule(filled.file)];
  const main = mainOf({ files, main: names });
  const source = filled?.root.span.source ?? main[0] ?? { name: "", text: "" };
  const read = { value: null, root: null, main, source };
  const job = { ...pack, files, main: names };
  const origin = filled?.origin ?? null;
  const shown = (diagnostics: readonly Diagnostic[]): readonly Diagnostic[] =>
    origin === null ? diagnostics : diagnostics.map((each) => inYaml(each, origin));

  for (const at of filled?.uses.keys() ?? []) {
    // What a template asks for is looked at first: a document made without it has holes everywhere.
    const asked = await engine.run({ op: "document", ...job, path: filledPath(at) });
    if (asked.value === null) return { ...read, diagnostics: shown(asked.diagnostics) };
    const diagnostics: Diagnostic[] = [];
    buildCueTree(asked.value, main, diagnostics, origin);
    if (hasErrors(diagnostics)) {
      const { template, span } = filled!.uses[at]!;
      const place = (one: Diagnostic): Diagnostic =>
        one.code === "lang/cue-missing"
          ? { ...one, span: filled!.uses[at]!.with === null ? template.span : span }
          : one;
      return { ...read, diagnostics: shown(diagnostics.map(place)) };
    }
  }
  const { value, diagnostics: found } = await engine.run({ op: "document", ...job });
  if (value === null) {
    if (given.length === own.length) return { ...read, diagnostics: shown(found) };
    // The library refuses it, or the author's own constraints do. If the document is wrong by itself, the reader says it best.
    const again = await engine.run({ op: "document", ...job, files: laxStd(files) });
    const lax = again.value === null ? again.diagnostics : readTree(again.value, main, origin).diagnostics;
    return { ...read, diagnostics: shown(hasErrors(lax) ? lax : found) };
  }
  const made = readTree(value, main, origin);
  return { ...read, ...made, diagnostics: shown(made.diagnostics) };
}

/** A YAML document as the file that fills its templates, or what is wrong with it. */
function fill(source: Source, imports: readonly string[]) {
  const { root, diagnostics, guessed } = readYaml(source);
  if (root === null || hasErrors(diagnostics) || guessed.size > 0) return { diagnostics };
  const uses = templatesOf(root);
  const made = fillTemplates(root, uses, imports);
  if (made.diagnostics.length > 0) return { diagnostics: made.diagnostics };
  return { root, uses, file: made.file, origin: made.origin };
}

/** The document in an evaluated package. */
function readTree(
  value: CueDocument,
  main: readonly Source[],
  origin: Origin | null,
): Pick<CueTreeRead, "value" | "root" | "diagnostics"> {
  const source = main[0] ?? { name: "", text: "" };
  const read = { value: null, root: null };
  const diagnostics: Diagnostic[] = [];
  const { root, types, bounded, constraints } = buildCueTree(value, main, diagnostics, origin);
  if (root === null) diagnostics.push(codes.notADocument({ source, start: 0, end: 0 }));
  if (root === null || hasErrors(diagnostics)) return { ...read, diagnostics };
  const own: Diagnostic[] = [];
  const reading: Reading = {
    diagnostics: own,
    guessed: new Set(),
    expressions: new Map(),
    orders: new Map(),
    types: new Set(),
    constraints,
  };
  const document = readRoot(reading, root);
  const misplaced = [
    ...[...types].filter(([node]) => !reading.types?.has(node)),
    ...[...bounded].filter(([node]) => reading.types?.has(node)),
  ].map(([, diagnostic]) => diagnostic);
  // What the reader made of a type that is no value says nothing more.
  const about = (one: Diagnostic): boolean => misplaced.some(({ span }) => span.start === one.span.start);
  const rest = own.filter((one) => !about(one));
  return { value: document, root, diagnostics: [...diagnostics, ...misplaced, ...rest] };
}

/** The files that are evaluated together, in order of their names in the module. */
export function mainOf({ files, main }: Pick<CueDocumentPackage, "files" | "main">): readonly CueFile[] {
  const byName = new Map(files.map((file) => [nameInModule(file), file]));
  return [...main].sort().flatMap((name) => byName.get(name) ?? []);
}
