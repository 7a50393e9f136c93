// Who reads YAML never loads CUE, and courts and cages never do at all: nothing but the engine's own folder, benchmarks and
// tests imports it. Types are erased, so they may be named anywhere.
import { expect, it } from "vitest";
import { importsOf, sourcesIn } from "./code.ts";

it("nobody loads the CUE engine", () => {
  const users = ["core", "lang", "vm", "stdlib", "compiler", "ledger", "court-node", "cage", "cli"]
    .flatMap(sourcesIn)
    .filter(({ path }) => !path.startsWith("lang/cue/"))
    .filter(({ text }) =>
      importsOf(text.replace(/^import type [^;]*;$/gm, "")).some((from) => /(^|\/)cue\//.test(from)),
    )
    .map(({ path }) => path);
  expect(users).toEqual([]);
});

it("its face loads no host before the first job", () => {
  const engine = sourcesIn("lang").find(({ path }) => path === "lang/cue/engine.ts")!.text;
  expect(engine.match(/host-node\.ts"/g)).toHaveLength(1);
  expect(engine).toContain('await import("./host-node.ts")');
});
