// Sources that break off: at every byte (FUZZ=2; else at each fourth), also inside a character, reading and compiling give diagnostics and no exception, and a cut
// document that has a mistake says where.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compile } from "../../compiler/index.ts";
import { hasErrors, readDocument } from "../../lang/index.ts";

const root = join(import.meta.dirname, "../..");
const sources = [
  "examples/late-delivery/agreement.yaml",
  "examples/escrow/agreement.yaml",
  "examples/policies/lending/policy.yaml",
];

describe.each(sources)("%s cut", { timeout: 240_000 }, (path) => {
  const whole = readFileSync(join(root, path));
  const step = Number(process.env["FUZZ"] ?? 1) > 1 ? 1 : 4;
  it(`at every byte, or each fourth, is read`, () => {
    for (let end = 0; end < whole.length; end += step) {
      const { value, diagnostics } = readDocument(whole.subarray(0, end), "cut.yaml");
      if (value === null) expect(hasErrors(diagnostics), `cut at ${end}`).toBe(true);
      for (const { span } of diagnostics) expect(span.end).toBeLessThanOrEqual(span.source.text.length);
    }
  });
  it("at every 37th byte is compiled, or not, with a reason", () => {
    let compiled = 0;
    for (let end = 0; end < whole.length; end += 37) {
      const { value, diagnostics } = compile({ name: "cut.yaml", text: whole.subarray(0, end) });
      expect(value === null, `cut at ${end}`).toBe(hasErrors(diagnostics));
      if (value !== null) compiled++;
    }
    expect(compiled).toBeGreaterThan(0);
  });
});
