// `most` of a text input was refused beyond the default of 1,024 bytes: the check of its own length had that bound.
import { expect, it } from "vitest";
import { compile } from "../../compiler/index.ts";
import { runScenarios } from "../../compiler/scenario/index.ts";
import { readDocument } from "../../lang/index.ts";

it.each([
  [3_000, true],
  [3_001, false],
])("a text of %i bytes with `most: 3000`: %s", (length, accepted) => {
  const words = "x".repeat(length);
  const text = `agreement: letters
version: 1.0.0
parties: {ann: Ann, ben: Ben}
facts: {note: ""}
actions:
  write: {who: ann, with: {words: {type: text, most: 3000}}, then: {note: words}}
tests:
  long:
    - 2026-01-01: {ann: write, words: "${words}"}
    - ${accepted ? `expect: {note: "${words}"}` : "refused: invalid-input"}
`;
  const { value: document } = readDocument(text, "letters.yaml");
  const { program, value } = compile({ text, name: "letters.yaml" });
  if (document?.kind !== "agreement" || program === null || value === null) throw new Error("not compiled");
  expect(runScenarios({ document, program, module: value.module }).results).toMatchObject([{ ok: true }]);
});
