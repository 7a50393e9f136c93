// Helpers of the checker's tests: documents in short, and typed expressions as text.
import { checkDocument, compile } from "../../../compiler/index.ts";
import type { Program, TExpr } from "../../../compiler/model.ts";
import type { Diagnostic } from "../../../lang/diagnostic.ts";
import { readDocument } from "../../../lang/index.ts";

/** Reads and checks; the reader's mistakes come first. */
export function check(text: string): { program: Program | null; diagnostics: readonly Diagnostic[] } {
  const read = readDocument(text, "test.yaml");
  if (read.value === null || read.diagnostics.some((each) => each.severity === "error"))
    return { program: null, diagnostics: read.diagnostics };
  const checked = checkDocument(read.value);
  return { program: checked.value, diagnostics: [...read.diagnostics, ...checked.diagnostics] };
}

export type { TExpr };
export { compile };
