// One meaning, two spellings: every example and every case of the corpus that compiles, said in CUE, evaluated by real CUE, and
// said in YAML again, gives the module of the original.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { compile } from "../../../compiler/index.ts";
import { hex } from "../../../core/index.ts";
import { createCueEngine, cueToYaml, readCueDocument, yamlToCue } from "../../../lang/cue/index.ts";
import { renderDiagnostics } from "../../../lang/index.ts";
import { parseArchive } from "../../corpus/archive.ts";
import { sourceOf } from "../../corpus/stages.ts";

const root = join(import.meta.dirname, "../../..");
const engine = createCueEngine({ deadlineMs: 30_000 });
afterAll(() => engine.close());

const filesIn = (folder: string, ending: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(ending))
    .map((file) => `${folder}/${file.replaceAll("\\", "/")}`)
    .sort();
const sources = [
  ...[...filesIn("examples", ".yaml"), ...filesIn("test/sim/agreements", ".yaml")].map((name) => ({
    name,
    text: readFileSync(join(root, name), "utf8"),
  })),
  ...filesIn("test/corpus", ".txtar").map((name) => ({
    name,
    text: sourceOf(parseArchive(readFileSync(join(root, name), "utf8")).files).text,
  })),
];
const good = sources
  .map(({ name, text }) => ({ name, text, made: compile({ name: "a.yaml", text }) }))
  .filter(({ name, made }) => made.value !== null && !name.endsWith(".cue"));

/** The id of the module, or what is wrong. */
const idOf = ({ value, diagnostics }: ReturnType<typeof compile>): string =>
  value === null ? renderDiagnostics(diagnostics) : hex(value.moduleId);

describe("the same module", () => {
  it("has many documents to try", () => expect(good.length).toBeGreaterThanOrEqual(40));
  it.each(good)("$name", async ({ text, made }) => {
    const { value: cue, diagnostics } = await yamlToCue(engine, text, "a.yaml");
    expect(renderDiagnostics(diagnostics.filter(({ severity }) => severity === "error"))).toBe("");
    const pack = { files: [{ name: "a.cue", text: cue! }], main: ["a.cue"] };
    const read = await readCueDocument(engine, pack);
    expect(renderDiagnostics(read.diagnostics.filter(({ severity }) => severity === "error"))).toBe("");
    expect(idOf(compile(read.value!)), cue!).toBe(idOf(made));
    const back = await cueToYaml(engine, pack);
    expect(idOf(compile({ name: "b.yaml", text: back.value! })), back.value!).toBe(idOf(made));
  });
});
