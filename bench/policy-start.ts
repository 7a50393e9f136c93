// What a policy of 10,000 rules costs before its first decision: checking it by command, and opening its module, index included.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { compile } from "../compiler/index.ts";
import { median } from "./measure.ts";
import { rulesOf, textOf } from "./policy/scale.ts";
import { type Row, rowOf } from "./row.ts";

const RULES = 10_000;
const ROUNDS = 5;
const row = rowOf("policy-start");
const HERE = dirname(fileURLToPath(import.meta.url));
const MAIN = join(dirname(HERE), "cli", "main.js");
const OPEN = join(HERE, "policy", "open.js");
const NAMED = "10,000 rules";

/** Seconds on the clock until the command has ended. */
function checked(file: string): number {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [MAIN, "check", file], { encoding: "utf8" });
  if (status !== 0) throw new Error(`check ended with ${status}: ${stderr}`);
  return (performance.now() - start) / 1_000;
}

interface Opened {
  readonly seconds: number;
  readonly bytes: number;
  readonly rules: number;
}

/** In a process of its own: nothing is warm, and nothing else is held. */
function opened(file: string): Opened {
  const { status, stdout, stderr } = spawnSync(process.execPath, [OPEN, file], { encoding: "utf8" });
  if (status !== 0) throw new Error(`opening ended with ${status}: ${stderr}`);
  return JSON.parse(stdout) as Opened;
}

const middleOf = <T>(work: () => T, figure: (done: T) => number): number =>
  median(Array.from({ length: ROUNDS }, () => figure(work()))) as number;

export async function run(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "writ-bench-policy-"));
  try {
    const fileOf = (count: number): string => {
      const file = join(folder, `${count}.yaml`);
      writeFileSync(file, textOf(rulesOf(count)));
      return file;
    };
    const one = middleOf(() => checked(fileOf(1)), Number);
    const many = middleOf(() => checked(fileOf(RULES)), Number);
    const { value } = compile({ name: "policy.yaml", text: textOf(rulesOf(RULES)) });
    if (value === null) throw new Error("the policy does not compile");
    const file = join(folder, "policy.writ");
    writeFileSync(file, value.bytes);
    if (opened(file).rules !== RULES) throw new Error("rules are missing");
    const open = middleOf(
      () => opened(file),
      ({ seconds }) => seconds,
    );
    const each = opened(file).bytes / RULES;
    return [
      row("`writ check`, 1 rule", one, "s"),
      row(`\`writ check\`, ${NAMED}`, many, "s", { goal: "< 2 s", holds: many < 2 }),
      row(`decode, verify and index ${NAMED}`, open, "s", { goal: "< 1 s", holds: open < 1 }),
      row("memory of a rule, once opened", each, "bytes", { goal: "< 1,024", holds: each < 1_024 }),
      row("file of a rule", value.bytes.length / RULES, "bytes"),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
