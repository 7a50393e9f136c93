// What a corpus case can ask for: each `out/…` file of an archive is made by the stage of that name. To add a stage, add a
// row: it takes the files of the case and gives the text of the output.
import { compile } from "../../compiler/index.ts";
import { formatSource, readDocument, renderDiagnostics } from "../../lang/index.ts";

export type Stage = (files: ReadonlyMap<string, string>, source: { name: string; text: string }) => string;

export const stages: Readonly<Record<string, Stage>> = {
  "out/diagnostics": (_, { name, text }) => renderDiagnostics(readDocument(text, name).diagnostics),
  "out/check": (_, { name, text }) => renderDiagnostics(compile({ name, text }).diagnostics),
  "out/format": (_, { name, text }) => {
    const { value, diagnostics } = formatSource(text, name);
    return value ?? renderDiagnostics(diagnostics);
  },
};

/** The source of a case: its first file that is no output. */
export function sourceOf(files: ReadonlyMap<string, string>): { name: string; text: string } {
  for (const [name, text] of files) if (!name.startsWith("out/")) return { name, text };
  throw new Error("the archive holds no source");
}
