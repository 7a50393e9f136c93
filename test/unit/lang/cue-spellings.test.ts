// One meaning, two spellings: every example and every case of the corpus that compiles, said in CUE, evaluated by real CUE, and
// said in YAML again, gives the module of the original.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { compile } from "../../../compiler/index.ts";
import { hex } from "../../../core/index.ts";
import { createCueEngine, cueToYaml, readCueDocument, yamlToCue } from "../../../lang/cue/index.ts";
import { type Diagnostic, type Document, hasErrors, readDocument, renderDiagnostics } from "../../../lang/index.ts";
import { parseArchive } from "../../corpus/archive.ts";
import { sourceOf } from "../../corpus/stages.ts";
import { meaning } from "./support.ts";

const root = join(import.meta.dirname, "../../..");
// Machines that build are busy.
vi.setConfig({ testTimeout: 120_000 });
const engine = createCueEngine({ deadlineMs: 30_000 });
afterAll(() => engine.close());

const filesIn = (folder: string, ending: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(ending))
    .map((file) => `${folder}/${file.replaceAll("\\", "/")}`)
    .sort();
const sources = [
  ...["examples", "test/sim/agreements", "test/corpus/policies"]
    .flatMap((folder) => filesIn(folder, ".yaml"))
    .map((name) => ({ name, text: readFileSync(join(root, name), "utf8") })),
  ...filesIn("test/corpus", ".txtar").flatMap((name) => {
    const source = sourceOf(parseArchive(readFileSync(join(root, name), "utf8")).files);
    return source.name.endsWith(".cue") ? [] : [{ name, text: source.text }];
  }),
];
const made = sources.map(({ name, text }) => ({
  name,
  text,
  read: readDocument(text, "a.yaml"),
  made: compile({ name: "a.yaml", text }),
}));
const good = made.filter(({ made }) => made.value !== null);
/** Documents that are read and not compiled yet. */
const unmade = made.filter(
  ({ read, made }) =>
    made.value === null && read.value !== null && read.value.kind !== "agreement" && !hasErrors(read.diagnostics),
);

/** The id of the module, or what is wrong. */
const idOf = ({ value, diagnostics }: ReturnType<typeof compile>): string =>
  value === null ? renderDiagnostics(diagnostics) : hex(value.moduleId);
const errors = (diagnostics: readonly Diagnostic[]): string =>
  renderDiagnostics(diagnostics.filter(({ severity }) => severity === "error"));
/** The text in CUE, and its document as real CUE evaluates it. */
const spelled = async (text: string) => {
  const { value: cue, diagnostics } = await yamlToCue(engine, text, "a.yaml");
  expect(errors(diagnostics)).toBe("");
  const pack = { files: [{ name: "a.cue", text: cue! }], main: ["a.cue"] };
  const read = await readCueDocument(engine, pack);
  expect(errors(read.diagnostics), cue!).toBe("");
  return { cue: cue!, pack, document: read.value! };
};

const definitions = { agreement: "#Agreement", policy: "#Policy", module: "#Module" } as const;
/** The same under the definition of the standard library. */
const withStd = (cue: string, { kind }: Document): string =>
  `import "writ.dev/std"\nstd.${definitions[kind]} & {\n${cue}\n}\n`;

describe("the same module", () => {
  it("has many documents to try", () => {
    const kinds = good.map(({ read }) => read.value?.kind);
    expect(kinds.filter((kind) => kind === "agreement").length).toBeGreaterThanOrEqual(40);
    expect(kinds.filter((kind) => kind === "policy").length).toBeGreaterThanOrEqual(20);
    expect(unmade.length).toBeGreaterThanOrEqual(1);
  });
  it.each(good)("$name", async ({ text, made }) => {
    const { cue, pack, document } = await spelled(text);
    expect(idOf(compile(document)), cue).toBe(idOf(made));
    const typed = await readCueDocument(engine, {
      files: [{ name: "a.cue", text: withStd(cue, document) }],
      main: ["a.cue"],
    });
    expect(errors(typed.diagnostics), cue).toBe("");
    expect(idOf(compile(typed.value!)), "under the definition of the library").toBe(idOf(made));
    const back = await cueToYaml(engine, pack);
    expect(idOf(compile({ name: "b.yaml", text: back.value! })), back.value!).toBe(idOf(made));
  });
});

describe("the same tree, for what has no module yet", () => {
  it.each(unmade)("$name", async ({ text, read }) => {
    const { cue, pack, document } = await spelled(text);
    expect(meaning(document), cue).toEqual(meaning(read.value));
    const typed = await readCueDocument(engine, {
      files: [{ name: "a.cue", text: withStd(cue, document) }],
      main: ["a.cue"],
    });
    expect(errors(typed.diagnostics), cue).toBe("");
    expect(meaning(typed.value), "under the definition of the library").toEqual(meaning(read.value));
    const back = await cueToYaml(engine, pack);
    expect(meaning(readDocument(back.value!, "b.yaml").value), back.value!).toEqual(meaning(read.value));
  });
});
