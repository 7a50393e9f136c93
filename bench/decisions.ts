// What it costs to keep a decision: asking the machine, asking the library, with a line of the log, and running the line again. The example of
// the lending desk, one input; the log is on the disk of the machine, without --log-sync.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compile } from "../compiler/index.ts";
import { openPolicy, type Plain } from "../policy/index.ts";
import { DecisionLog, linesOf, logged, Replayer, Store, storeOf } from "../policy/node.ts";
import { plainValue } from "../policy/plain.ts";
import { type AnswerLine, readLine } from "../policy/record.ts";
import { findRoot } from "../scripts/generate.ts";
import { nsOfAll } from "./measure.ts";
import type { Row } from "./row.ts";

const data = {
  members: { c1: { name: "Ada", grade: 3, status: "active", unit: "desk" } },
  units: { desk: { parents: ["floor"] }, floor: { parents: ["operations"] } },
};
const input: Plain = {
  card: "c1",
  act: "lend",
  items: [
    { kind: "book", weight: 1.5 },
    { kind: "book", weight: 0.25 },
  ],
  at: "2026-03-01T09:00:00Z",
};

export function run(): Row[] {
  const text = readFileSync(join(findRoot(), "examples", "policies", "lending", "policy.yaml"), "utf8");
  const { value } = compile({ name: "policy.yaml", text });
  if (value === null) throw new Error("the example does not compile");
  const folder = mkdtempSync(join(tmpdir(), "writ-bench-"));
  const log = DecisionLog.open(join(folder, "decisions.jsonl"));
  try {
    const policy = openPolicy(value, { data });
    const kept = logged(policy, log, () => 0);
    if (kept.decide(input).decision !== "allow") throw new Error("the example answers otherwise");
    const line = lastLine(log.path);
    const replayer = new Replayer(new Store(storeOf(log.path)));
    if (replayer.again(line) !== null) throw new Error("the line does not run again");
    const typed = plainValue(input);
    const [machine, library, written, replayed] = nsOfAll(
      [
        () => policy.machine.decide(typed),
        () => policy.decide(input),
        () => kept.decide(input),
        () => replayer.again(line),
      ],
      { rounds: 9 },
    ) as [number, number, number, number];
    const row = (name: string, ns: number): Row => ({
      bench: "decisions",
      row: name,
      value: ns / 1000,
      unit: "µs",
      ratio: ns / machine,
      against: "the machine",
      goal: null,
      holds: null,
    });
    return [
      { ...row("the machine", machine), ratio: null, against: null },
      row("the library, from plain values", library),
      row("with a line of the log", written),
      row("a line run again and compared", replayed),
    ];
  } finally {
    log.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function lastLine(path: string): AnswerLine {
  const last = [...linesOf(path)].at(-1)?.text ?? "";
  const read = readLine(last);
  if ("reason" in read || read.line.kind === "log") throw new Error("the log has no answer");
  return read.line;
}
