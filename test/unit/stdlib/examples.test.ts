// Every example of a builtin gives what it says. Examples of forms need the compiler.
import { expect, test } from "vitest";
import { BUILTINS, examples } from "../../../stdlib/index.ts";
import { run } from "./evaluate.ts";

test.each(examples().filter((each) => each.builtin !== null))("$expression = $value", ({ expression, value }) => {
  expect(run(expression)).toBe(value);
});

test("builtins without an example take values that cannot be written in an expression", () => {
  const bare = BUILTINS.filter((each) => each.examples.length === 0).map((each) => `${each.name}${each.signature}`);
  for (const signature of bare) expect(signature).toMatch(/any|map\(|bytes|calendar/);
});
