// What the fuzzing of modules works on: compiled agreements of the examples and the corpus, with real arguments of their
// entry points, taken from their own tests being played.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compile } from "../../../compiler/index.ts";
import { didOf, openGame, runTest, wordsOf } from "../../../compiler/scenario/index.ts";
import { readDocument } from "../../../lang/index.ts";
import { BUILTINS } from "../../../stdlib/index.ts";
import { eventRecord, type Module, mapOf, tickAt, type Value } from "../../../vm/index.ts";
import { parseArchive } from "../../corpus/archive.ts";
import { sourceOf } from "../../corpus/stages.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** A run that really happens: the arguments of an entry point. */
export interface Call {
  readonly entry: "init" | "step" | "due" | "query";
  readonly args: readonly Value[];
}

export interface Subject {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly module: Module;
  readonly calls: readonly Call[];
}

const files = (folder: string, end: string): string[] =>
  existsSync(join(root, folder))
    ? readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(end))
        .sort()
        .map((file) => join(folder, file))
    : [];

/** Sources of the examples, then of the corpus. */
function sources(): { name: string; text: string }[] {
  const examples = files("examples", ".yaml").map((name) => ({ name, text: readFileSync(join(root, name), "utf8") }));
  const corpus = files("test/corpus", ".txtar").map((name) => ({
    name,
    text: sourceOf(parseArchive(readFileSync(join(root, name), "utf8")).files).text,
  }));
  return [...examples, ...corpus];
}

/** Calls kept of each entry point, spread over the whole course of the tests. */
const CALLS_MAX = 12;

function callsOf(text: string, name: string): { bytes: Uint8Array; module: Module; calls: Call[] } | null {
  const { value: document } = readDocument(text, name);
  const { program, value } = compile({ name, text });
  if (document === null || document.kind !== "agreement" || program === null || value === null) return null;
  const opened = openGame(program, value.module);
  if ("reason" in opened) throw new Error(`${name}: ${opened.reason}`);
  const at = Date.UTC(2026, 0, 2);
  const dids = program.roles.map(didOf);
  const calls: Call[] = [{ entry: "init", args: [[dids, mapOf([]) ?? null, at]] }];
  const steps: Call[] = [];
  for (const test of document.tests) {
    const { steps: done } = runTest(opened.game, test, wordsOf(program, document));
    for (const { played } of done)
      for (const run of played.runs) {
        steps.push({ entry: "step", args: [run.before, eventRecord(run.event)] });
        calls.push({ entry: "due", args: [run.step.state] }, { entry: "query", args: [run.step.state, run.event.at] });
      }
  }
  const init = opened.game.driver.init([dids, mapOf([]) ?? null, at]);
  if ("value" in init && init.value.state !== null)
    steps.push(
      { entry: "step", args: [init.value.state, tickAt(at)] },
      {
        entry: "step",
        args: [
          init.value.state,
          eventRecord({ kind: "sign", name: "", by: dids[0] ?? "", at, value: null, inputs: null, for: null }),
        ],
      },
    );
  // Spread over the whole course of the tests, not only its beginning.
  const spread = (list: readonly Call[]): Call[] =>
    list.filter((_, index) => index % Math.ceil(list.length / CALLS_MAX) === 0);
  const of = (entry: Call["entry"]): Call[] => calls.filter((call) => call.entry === entry);
  return {
    bytes: value.bytes,
    module: value.module,
    calls: [...of("init"), ...spread(steps), ...spread(of("due")), ...spread(of("query"))],
  };
}

/** Every agreement of the examples and the corpus that compiles. */
export function subjects(): Subject[] {
  return sources().flatMap(({ name, text }) => {
    const made = callsOf(text, name);
    return made === null ? [] : [{ name, ...made }];
  });
}

export { BUILTINS };
