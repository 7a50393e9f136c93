// Source to module: the phases in order, nothing else. Each gives what it could make and what was wrong; a phase runs
// when those before it found no error.
import type { Agreement } from "../lang/ast.ts";
import { type Diagnostic, hasErrors } from "../lang/diagnostic.ts";
import { readDocument } from "../lang/index.ts";
import type { Source } from "../lang/source.ts";
import { checkDocument } from "./2-check/index.ts";
import type { Program } from "./model.ts";

/** Text of a document, or its bytes, and the name shown in messages. */
export interface SourceFile {
  readonly name: string;
  readonly text: string | Uint8Array;
}

export interface Compilation {
  readonly program: Program | null;
  /** Null when the document was given already read. */
  readonly source: Source | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** Never throws for what stands in the document. */
export function compile(input: Agreement | SourceFile): Compilation {
  const read =
    "kind" in input ? { value: input, source: null, diagnostics: [] } : readDocument(input.text, input.name);
  if (read.value === null || hasErrors(read.diagnostics))
    return { program: null, source: read.source, diagnostics: read.diagnostics };
  const checked = checkDocument(read.value);
  return {
    program: checked.value,
    source: read.source,
    diagnostics: [...read.diagnostics, ...checked.diagnostics],
  };
}
