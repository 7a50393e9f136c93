// How long does an author wait? Source text to module bytes, warm, for an agreement of about a hundred lines, and what each
// part of it takes.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { checkDocument } from "../compiler/2-check/index.ts";
import { compile } from "../compiler/index.ts";
import { readDocument } from "../lang/index.ts";
import { nsPerCall } from "./measure.ts";
import type { Row } from "./row.ts";

const GOAL_MS = 20;

function sourceOf(example: string): { readonly name: string; readonly text: string } {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    try {
      return {
        name: "agreement.yaml",
        text: readFileSync(join(folder, "examples", example, "agreement.yaml"), "utf8"),
      };
    } catch {
      if (folder === dirname(folder)) throw new Error(`examples/${example} is not there`);
      folder = dirname(folder);
    }
  }
}

const row = (name: string, ms: number, goal: number | null): Row => ({
  bench: "compile",
  row: name,
  value: ms,
  unit: "ms",
  ratio: null,
  against: null,
  goal: goal === null ? null : `< ${goal} ms`,
  holds: goal === null ? null : ms < goal,
});

export async function run(): Promise<Row[]> {
  const rows: Row[] = [];
  const options = { warmMs: 1500, runMs: 1500 };
  for (const example of ["late-delivery", "escrow", "subscription"]) {
    const source = sourceOf(example);
    const lines = source.text.split("\n").length - 1;
    const made = compile(source);
    if (made.value === null) throw new Error(`examples/${example} does not compile`);
    rows.push(row(`${example}, ${lines} lines`, nsPerCall(() => compile(source), options) / 1e6, GOAL_MS));
    const document = readDocument(source.text, source.name).value;
    if (document?.kind !== "agreement") throw new Error(`examples/${example} is not read`);
    rows.push(row("  of it reading", nsPerCall(() => readDocument(source.text, source.name), options) / 1e6, null));
    rows.push(row("  of it checking", nsPerCall(() => checkDocument(document), options) / 1e6, null));
  }
  return rows;
}
