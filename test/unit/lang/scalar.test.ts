import { describe, expect, it } from "vitest";
import { type Agreement, readDocument, type Scalar, scalarText, visitNode } from "../../../lang/index.ts";

/** The scalar behind `note:` of a small document. */
function noteOf(yaml: string): Scalar {
  const { value } = readDocument(`agreement: a\nversion: 1.0.0\nterms:\n  note: ${yaml}\n`, "a.yaml");
  let found: Scalar | null = null;
  visitNode((value as Agreement).terms[0]!.value!, (node) => {
    if (node.kind === "scalar") found = node;
  });
  return found!;
}

describe("scalarText", () => {
  it.each([
    ["plain", "plain words here", "plain words here"],
    ["single quotes", "'it''s x == ''a'''", "it's x == 'a'"],
    ["double quotes", '"a\\tb \\"c\\" \\x41\\u00e9\\U0001F600 d"', 'a\tb "c" Aé😀 d'],
    ["folded plain", "first &&\n    second\n\n    third", "first && second\nthird"],
    ["folded single quotes", "'first ''x''\n    second'", "first 'x' second"],
    ["folded double quotes", '"first \\\n    second\n    \\  third"', "first second   third"],
    [
      "a folded block",
      ">-\n    first &&\n    second ||\n      third\n    fourth",
      "first && second ||\n  third\nfourth",
    ],
    ["a literal block", "|\n    first\n      second\n\n    third", "first\n  second\n\nthird\n"],
    ["an indented block", "|2\n      first\n    second", "  first\nsecond\n"],
  ])("maps %s back to its source", (_, yaml, text) => {
    const scalar = noteOf(yaml);
    expect(scalar.text).toBe(text);
    const { at } = scalarText(scalar);
    const source = scalar.span.source.text;
    const offsets = typeof at === "number" ? Array.from(text, (_, index) => at + index) : [...(at as Uint32Array)];
    // Every letter of these texts was written as itself or as an escape that starts with a backslash.
    for (const [index, unit] of text.split("").entries())
      if (/[a-z&|]/.test(unit)) expect(source[offsets[index]!], `${index}`).toBe(unit);
      else if (/[^\s\w"'=]/.test(unit)) expect(source[offsets[index]!], `${index}`).toBe("\\");
    expect(offsets).toEqual([...offsets].sort((a, b) => a - b));
  });
});
