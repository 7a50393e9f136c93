// Templates through the package's own exports: what is filled in YAML passes its tests, and is the module that a portfolio in CUE makes.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { compile, runScenarios } from "writ/compiler";
import { hex } from "writ/core";
import { type Agreement, type Document, formatSource, renderDiagnostics } from "writ/lang";
import { createCueEngine, readCueDocument } from "writ/lang/cue";

const engine = createCueEngine();
afterAll(() => engine.close());
const file = (name: string) => ({ name, text: readFileSync(join(import.meta.dirname, name), "utf8") });
const house = file("house/house.cue");
const made = (document: Document | null) => {
  const { program, value, diagnostics } = compile(document as Agreement);
  expect(renderDiagnostics(diagnostics)).toBe("");
  return { program: program!, value: value! };
};
const filled = (name: string, imports: readonly string[], change = (text: string): string => text) =>
  readCueDocument(engine, {
    files: [house],
    main: [],
    filled: { source: { name, text: change(file(name).text) }, imports },
  });
const hosting = ["writ.dev/templates/service_level", "writ.local/documents/house"];

describe("templates", () => {
  it.each([
    ["hosting.yaml", hosting],
    ["archive.yaml", ["writ.dev/templates/storage"]],
  ])("%s passes its tests", async (name, imports) => {
    const { value, diagnostics } = await filled(name, imports);
    expect(renderDiagnostics(diagnostics)).toBe("");
    const { program, value: compiled } = made(value);
    const report = runScenarios({ program, document: value as Agreement, module: compiled.module });
    expect(report.results.map(({ name, ok, diagnostics: found }) => [name, ok, renderDiagnostics(found)])).toEqual(
      report.results.map(({ name }) => [name, true, ""]),
    );
    expect(report.results.length).toBe(2);
  });
  it("a portfolio makes the same module", async () => {
    const one = await filled("hosting.yaml", hosting);
    const other = await readCueDocument(engine, {
      files: [house, file("portfolio.cue")],
      main: ["portfolio.cue"],
      path: 'agreements."hosting-acme"',
    });
    expect(renderDiagnostics(other.diagnostics)).toBe("");
    expect(hex(made(other.value).value.moduleId)).toBe(hex(made(one.value).value.moduleId));
  });
  it.each([
    ["a value that is missing", "      customer: Acme\n", "", "lang/cue-missing", "template"],
    ["a value that is mistyped", "customer: Acme", "custmer: Acme", "lang/cue-not-allowed", "custmer"],
    ["a value of another kind", "fee: 900.00 EUR", "fee: a lot", "lang/cue-out-of-bounds", "a lot"],
    ["what the house refuses", "Europe/Berlin", "America/New_York", "lang/cue-error", "America/New_York"],
    ["a key that is no key", "version: 1.0.0", "version: 1.0.0\nactons: {}", "lang/unknown-key", "actons"],
    ["a name in an own rule", "\ntests:", "limits: {own: fee < feee}\n\ntests:", "compiler/unknown-name", "feee"],
  ])("%s is shown in the YAML", async (_, from, to, code, shown) => {
    const { value, diagnostics } = await filled("hosting.yaml", hosting, (text) => text.replace(from, to));
    const all = [
      ...diagnostics,
      ...(diagnostics.length > 0 || value === null ? [] : compile(value as Agreement).diagnostics),
    ];
    const [first] = all.filter(({ severity }) => severity === "error");
    expect(first?.code, renderDiagnostics(all)).toBe(code);
    expect(first!.span.source.name).toBe("hosting.yaml");
    expect(first!.span.source.text.slice(first!.span.start, first!.span.end)).toContain(shown);
  });
  it("are laid out", async () => {
    expect((await engine.run({ op: "format", text: file("portfolio.cue") })).value).toBe(file("portfolio.cue").text);
    expect((await engine.run({ op: "format", text: house })).value).toBe(house.text);
    for (const name of ["hosting.yaml", "archive.yaml"])
      expect(formatSource(file(name).text, name).value).toBe(file(name).text);
  });
});
