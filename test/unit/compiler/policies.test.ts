// Whole policies from many fields, each with tests of its own: they compile without a word, their tests pass, every rule
// decides at least once and the printer keeps them.
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compile, runPolicyTests } from "../../../compiler/index.ts";
import { readDocument } from "../../../lang/index.ts";

const folder = new URL("../../corpus/policies/", import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith(".yaml"));

describe.each(files)("%s", (name) => {
  const source = { name, text: readFileSync(new URL(name, folder), "utf8") };
  const compiled = compile(source);
  const read = readDocument(source.text, name);
  const told = compiled.diagnostics.map(
    ({ code, message, span }) => `${code}: ${message}: ${source.text.slice(span.start, span.end).slice(0, 60)}`,
  );

  it("compiles", () => expect(told).toEqual([]));

  it("passes its tests", () => {
    if (read.value?.kind !== "policy" || compiled.policy === null || compiled.value === null)
      throw new Error(told.join("\n"));
    const report = runPolicyTests({ document: read.value, program: compiled.policy, compiled: compiled.value });
    expect(report.results.length).toBeGreaterThan(0);
    expect(report.diagnostics.map(({ message }) => message)).toEqual([]);
    expect(report.coverage.filter(({ matched, erred }) => matched + erred === 0).map(({ rule }) => rule)).toEqual([]);
  });
});
