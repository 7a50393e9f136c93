// A source file to its document, program and module: what most commands start with.
import { type Compilation, checkModule, compile } from "../compiler/index.ts";
import {
  type Agreement,
  type Diagnostic,
  type Document,
  type DocumentRead,
  hasErrors,
  lineIndex,
  type ModuleDocument,
  type Policy,
  readDocument,
  renderDiagnostics,
} from "../lang/index.ts";
import { type CueOptions, isCue, loadCue, loadFilled, readCue } from "./cue.ts";
import { readSource, shownPath } from "./files.ts";
import { colourOf, type Io } from "./io.ts";
import { modulesOf } from "./modules.ts";

export interface Compiled {
  readonly name: string;
  /** Null when nothing could be read, or it is no agreement. */
  readonly document: Agreement | null;
  /** The same of a policy. */
  readonly policyDocument: Policy | null;
  /** Of a module of shared declarations. */
  readonly moduleDocument: ModuleDocument | null;
  readonly program: Compilation["program"];
  readonly policy: Compilation["policy"];
  /** Null when there are errors. */
  readonly value: Compilation["value"];
  readonly diagnostics: readonly Diagnostic[];
  /** Names of the files it was read from: of its package and of the modules it uses. */
  readonly files: readonly string[];
}

/** A policy without errors. */
export type CompiledPolicy = Compiled & {
  readonly policyDocument: Policy;
  readonly policy: NonNullable<Compilation["policy"]>;
  readonly value: NonNullable<Compilation["value"]>;
};

/** Null when it is none, or has errors. */
export function asPolicy(compiled: Compiled): CompiledPolicy | null {
  const { policyDocument, policy, value } = compiled;
  return policyDocument !== null && policy !== null && value !== null
    ? { ...compiled, policyDocument, policy, value }
    : null;
}

/** Reads and compiles: YAML, or a file or folder of CUE; `-` is standard input. */
export async function compileFile(
  io: Io,
  path: string,
  /** `alone`: a module is checked, in place of being refused as nothing to compile. */
  options: CueOptions & { readonly alone?: boolean } = {},
): Promise<Compiled> {
  const { name, read, files } = await readFile(io, path, options);
  const compiled = await compileRead(io, path, { name, read }, options);
  return { ...compiled, files: [...files, ...compiled.files] };
}

/** The same of what was read already. Modules that it uses are found beside `path`. */
export async function compileRead(
  io: Io,
  path: string,
  { name, read }: { readonly name: string; readonly read: DocumentRead },
  options: CueOptions & { readonly alone?: boolean } = {},
): Promise<Compiled> {
  if (read.value === null || hasErrors(read.diagnostics)) return unmade(name, read.value, read.diagnostics, []);
  const used = await modulesOf(
    io,
    path,
    read.value,
    async (file) => (await readFile(io, shownPath(io, file), options)).read,
  );
  const diagnostics = [...read.diagnostics, ...used.diagnostics];
  const files = used.files.map((file) => shownPath(io, file));
  if (hasErrors(diagnostics)) return unmade(name, read.value, diagnostics, files);
  if (read.value.kind === "module" && options.alone) {
    const found = checkModule(read.value, used.modules);
    return unmade(name, read.value, [...diagnostics, ...found], files);
  }
  const made = compile(read.value, used.modules);
  return {
    name,
    ...kindsOf(read.value),
    program: made.program,
    policy: made.policy,
    value: made.value,
    diagnostics: [...diagnostics, ...made.diagnostics],
    files,
  };
}

const unmade = (
  name: string,
  document: Document | null,
  diagnostics: readonly Diagnostic[],
  files: readonly string[],
): Compiled => ({ name, ...kindsOf(document), program: null, policy: null, value: null, diagnostics, files });

const kindsOf = (document: Document | null): Pick<Compiled, "document" | "policyDocument" | "moduleDocument"> => ({
  moduleDocument: document?.kind === "module" ? document : null,
  document: document?.kind === "agreement" ? document : null,
  policyDocument: document?.kind === "policy" ? document : null,
});

async function readFile(
  io: Io,
  path: string,
  options: CueOptions,
): Promise<{ readonly name: string; readonly read: DocumentRead; readonly files: readonly string[] }> {
  if (isCue(io, path)) {
    const pack = await loadCue(io, path, options);
    return { name: path, read: await readCue(pack), files: pack.files.map((file) => file.name) };
  }
  const { name, text } = await readSource(io, path);
  const filled = await loadFilled(io, path, { name, text });
  if (filled === null) return { name, read: readDocument(text, name), files: [name] };
  return { name, read: await readCue(filled), files: [name, ...filled.files.map((file) => file.name)] };
}

/** Diagnostics as they are drawn, to one of the streams. */
export function draw(io: Io, diagnostics: readonly Diagnostic[], stream: "out" | "err"): void {
  if (diagnostics.length === 0) return;
  io[stream](`${renderDiagnostics(diagnostics, { colour: colourOf(io, stream) })}\n`);
}

/** Diagnostics as data: places are 1-based lines and columns. */
export function diagnosticsJson(diagnostics: readonly Diagnostic[]): unknown[] {
  return diagnostics.map(({ code, severity, message, span, labels, help }) => ({
    code,
    severity,
    message,
    ...placeJson(span),
    labels: labels.map((label) => ({ ...placeJson(label.span), text: label.text })),
    ...(help === undefined ? {} : { help }),
  }));
}

function placeJson({ source, start, end }: Diagnostic["span"]): object {
  const index = lineIndex(source);
  const from = index.position(start);
  const to = index.position(end);
  return { file: source.name, line: from.line, column: from.column, endLine: to.line, endColumn: to.column };
}

/** One JSON value on one line. */
export const printJson = (io: Io, value: unknown): void => io.out(`${JSON.stringify(value)}\n`);
