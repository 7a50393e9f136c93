// Every whole document in the pages compiles without a word, and its tests hold.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compile } from "../../compiler/index.ts";
import { runScenarios } from "../../compiler/scenario/index.ts";
import { readDocument } from "../../lang/index.ts";

const docs = join(import.meta.dirname, "../../docs");
const blocks = readdirSync(docs)
  // The tutorial makes a mistake on purpose; its commands are run by test/cli.
  .filter((name) => name.endsWith(".md") && name !== "tutorial.md")
  .flatMap((name) =>
    [...readFileSync(join(docs, name), "utf8").matchAll(/```yaml\n(agreement:[\s\S]*?)```/g)].map(
      (match, i) => [`${name} ${i + 1}`, match[1] as string] as const,
    ),
  )
  // What fills a template is made with CUE: cue-documents.test.ts.
  .filter(([, text]) => !/^use:/m.test(text));

describe("documents in the pages", () => {
  it("are there", () => expect(blocks.length).toBeGreaterThanOrEqual(2));
  it.each(blocks)("%s compiles and its tests hold", (name, text) => {
    const compiled = compile({ text, name: `${name}.yaml` });
    expect(compiled.diagnostics).toEqual([]);
    const { value: document } = readDocument(text, `${name}.yaml`);
    if (compiled.program === null || compiled.value === null || document?.kind !== "agreement")
      throw new Error("not compiled");
    const report = runScenarios({ document, program: compiled.program, module: compiled.value.module });
    expect(report.results.length).toBeGreaterThan(0);
    expect(report.results.filter((result) => !result.ok).map((result) => result.name)).toEqual([]);
  });
});
