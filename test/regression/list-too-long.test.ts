// A thousand obligations open a thousand times each made a state with a list over the machine's bound: compiled without a
// word, refused when loaded.
import { expect, it } from "vitest";
import { compile } from "../../compiler/index.ts";

it("a state over the machine's bound is refused when it is compiled", () => {
  const rows = Array.from(
    { length: 400 },
    (_, at) =>
      `  o${at}: {on: b, who: seller, to: buyer, must: a, within: 3 days, open_at_most: 1000, else: nothing}\n`,
  );
  const text = `agreement: large
version: 1.0.0
zone: UTC
parties: {seller: Dan, buyer: Ann}
actions: {a: {who: seller}, b: {who: buyer}}
obligations:
${rows.join("")}`;
  const { value, diagnostics } = compile({ name: "large.yaml", text });
  expect(value).toBeNull();
  expect(diagnostics.map((each) => each.code)).toContain("compiler/too-large");
});
