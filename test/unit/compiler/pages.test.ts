// Every page of docs/errors/compiler/ shows a document that really gives its code.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { codes } from "../../../compiler/codes.ts";
import { advicePolicy, compile } from "../../../compiler/index.ts";
import { createCueEngine, readCueDocument } from "../../../lang/cue/index.ts";

const folder = join(import.meta.dirname, "../../../docs/errors/compiler");

const engine = createCueEngine({ deadlineMs: 30_000 });
afterAll(() => engine.close());
async function compileCue(name: string, text: string) {
  const { value, diagnostics } = await readCueDocument(engine, { files: [{ name, text }], main: [name] });
  expect(diagnostics.filter(({ severity }) => severity === "error").map(({ message }) => message)).toEqual([]);
  return compile(value!);
}

describe("error pages of the compiler", () => {
  // Pages about `tests:` are checked where those run, scenario.test.ts; a module that is too large in limits.
  for (const file of readdirSync(folder)
    .filter((each) => !/^test-|^too-large/.test(each))
    .sort()) {
    const word = file.slice(0, -3);
    it(word, async () => {
      const page = readFileSync(join(folder, file), "utf8");
      const [, kind, example] = /```(yaml|cue)\n([\s\S]*?)```/.exec(page)!;
      const made =
        kind === "yaml" ? compile({ name: "example.yaml", text: example! }) : await compileCue("example.cue", example!);
      // Advice is given when it is asked for.
      const diagnostics = [...made.diagnostics, ...(made.policy === null ? [] : advicePolicy(made.policy))];
      const found = diagnostics.filter((each) => each.severity === "error" || each.code === `compiler/${word}`);
      expect([...new Set(found.map((each) => each.code))]).toEqual([`compiler/${word}`]);
    });
  }

  it("there is a page for each code and the other way round", () => {
    expect(
      readdirSync(folder)
        .map((file) => `compiler/${file.slice(0, -3)}`)
        .sort(),
    ).toEqual([...codes].sort());
  });
});
