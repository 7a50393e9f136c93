// The tests of this folder's agreement, run through the package's own exports.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compile, runScenarios } from "writ/compiler";
import { formatSource, readDocument } from "writ/lang";

describe("escrow", () => {
  const text = readFileSync(join(import.meta.dirname, "agreement.yaml"), "utf8");
  const { value: document } = readDocument(text, "agreement.yaml");
  if (document?.kind !== "agreement") throw new Error("the document cannot be read");
  const { program, value, diagnostics } = compile(document);

  it("compiles without a word", () => {
    expect(diagnostics.map((each) => each.message)).toEqual([]);
    expect(value).not.toBeNull();
  });

  it("is in the canonical layout", () => {
    expect(formatSource(text, "agreement.yaml").value).toBe(text);
  });

  it("passes its tests", () => {
    if (program === null || value === null) throw new Error("it does not compile");
    const report = runScenarios({ document, program, module: value.module });
    expect(report.diagnostics.map((each) => each.message)).toEqual([]);
    expect(report.results.map(({ name, ok }) => [name, ok])).toEqual(
      document.tests.map(({ name }) => [name.text, true]),
    );
    expect(report.results).toHaveLength(7);
  });
});
