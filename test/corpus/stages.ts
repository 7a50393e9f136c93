// What a corpus case can ask for: each `out/…` file of an archive is made by the stage of that name. To add a stage, add a
// row: it takes the files of the case and gives the text of the output.
import { compile } from "../../compiler/index.ts";
import { type CueEngine, createCueEngine, readCueDocument } from "../../lang/cue/index.ts";
import { formatSource, hasErrors, readDocument, renderDiagnostics } from "../../lang/index.ts";

export type Stage = (
  files: ReadonlyMap<string, string>,
  source: { name: string; text: string },
) => string | Promise<string>;

let cueEngine: CueEngine | null = null;

export const stages: Readonly<Record<string, Stage>> = {
  "out/diagnostics": (_, { name, text }) => renderDiagnostics(readDocument(text, name).diagnostics),
  "out/check": (_, { name, text }) => renderDiagnostics(compile({ name, text }).diagnostics),
  // All .cue files of the case are one module, those of its root one package; `tags` holds its tags.
  "out/cue": async (files) => {
    const sources = [...files].filter(([name]) => name.endsWith(".cue")).map(([name, text]) => ({ name, text }));
    const main = sources.map(({ name }) => name).filter((name) => !name.includes("/"));
    const tags = files.get("tags")?.trim().split("\n") ?? [];
    cueEngine ??= createCueEngine({ deadlineMs: 30_000 });
    const { value, diagnostics } = await readCueDocument(cueEngine, { files: sources, main, tags });
    const made = value === null || hasErrors(diagnostics) ? null : compile(value);
    return renderDiagnostics([...diagnostics, ...(made?.diagnostics ?? [])]);
  },
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
