// Who reads YAML never loads CUE, and courts and cages never do at all. Types are erased, so they may be named anywhere.
import { expect, it } from "vitest";
import { importsOf, sourcesIn } from "./code.ts";

/** Pure parts that hold no engine. */
const harmless = /\/(?:text|package)\.ts$/;
const withoutTypes = (text: string): string => text.replace(/^import type [^;]*;/gm, "");
/** Loaded for good, not with the first job. */
const lasting = (text: string): string[] => importsOf(withoutTypes(text).replace(/\bimport\("[^"]*"\)/g, ""));

it("the CUE engine is loaded on demand only, by the command line", () => {
  const users = ["core", "lang", "vm", "stdlib", "compiler", "ledger", "court-node", "cage", "cli"]
    .flatMap(sourcesIn)
    .filter(({ path }) => !path.startsWith("lang/cue/"));
  const cue = (from: string): boolean => /(^|\/)cue\//.test(from) && !harmless.test(from);
  expect(users.filter(({ text }) => lasting(text).some(cue)).map(({ path }) => path)).toEqual([]);
  const onDemand = users.filter(({ text }) => importsOf(withoutTypes(text)).some(cue)).map(({ path }) => path);
  expect(onDemand.filter((path) => !path.startsWith("cli/"))).toEqual([]);
  expect(onDemand).toContain("cli/cue.ts");
});

it("its face loads no host before the first job", () => {
  const engine = sourcesIn("lang").find(({ path }) => path === "lang/cue/engine.ts")!.text;
  expect(engine.match(/host-node\.ts"/g)).toHaveLength(1);
  expect(engine).toContain('await import("./host-node.ts")');
});
