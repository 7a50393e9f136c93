// Derived values that read each other more than 64 deep compiled to a module that the machine then refused: the author got
// no message and the court an error about calls.
import { expect, it } from "vitest";
import { compile } from "../../compiler/index.ts";
import { BUILTINS } from "../../stdlib/index.ts";
import { createMachine } from "../../vm/index.ts";

const chain = (length: number): string => `agreement: chain
version: 1.0.0
parties: {seller: Dan, buyer: Ann}
facts: {f: 0}
derive:
${Array.from({ length }, (_, at) => `  d${at}: (${at === 0 ? "f" : `d${at - 1}`})${" + 1".repeat(100)}\n`).join("")}`;

it("a document whose calls nest too deep is refused when it is compiled", () => {
  const { value, diagnostics } = compile({ name: "chain.yaml", text: chain(200) });
  expect(value).toBeNull();
  expect(diagnostics.map((each) => each.code)).toContain("compiler/too-large");
});

it("what compiles also loads", () => {
  const { value, diagnostics } = compile({ name: "chain.yaml", text: chain(50) });
  expect(diagnostics.filter((each) => each.severity === "error")).toEqual([]);
  expect(createMachine(value!.module, BUILTINS)).toHaveProperty("machine");
});
