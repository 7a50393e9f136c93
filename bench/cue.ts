// What CUE costs an author: the cold start of the engine, checking an agreement in CUE once it is warm, the restart after a runaway, and
// what is kept over many evaluations. `CUE_EVALUATIONS` sets how many (5,000).
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { compileConstraint } from "../compiler/constraint/index.ts";
import { compile } from "../compiler/index.ts";
import { type CueLowered, createCueEngine, readCueDocument, yamlToCue } from "../lang/cue/index.ts";
import { findRoot } from "../scripts/generate.ts";
import { BUILTINS } from "../stdlib/index.ts";
import { createMachine } from "../vm/index.ts";
import { readJson } from "../vm/json.ts";
import { median } from "./measure.ts";
import { type Row, rowOf } from "./row.ts";

const evaluations = Number(process.env["CUE_EVALUATIONS"] ?? 5_000);
const MEBIBYTE = 1024 * 1024;

/** About a hundred lines: a closed definition, parties, terms, and obligations from a template. */
const agreement = (n: number): string => `package late

import "strings"

#Duration: =~"^[0-9]+ (days|hours)$"
#Obligation: {
	who!:    strings.MinRunes(1)
	must!:   string
	within?: #Duration
	when?:   strings.MaxRunes(200)
}
#Agreement: {
	agreement!: =~"^[a-z-]+$"
	version!:   =~"^[0-9]+\\\\.[0-9]+\\\\.[0-9]+$"
	parties!: [=~"^[a-z_]+$"]: string
	terms: [string]: number | string
	obligations?: [string]: #Obligation
}

#Agreement & {
	agreement: "late-delivery"
	version:   "1.0.${n}"
	parties: {buyer: "Buyer", seller: "Seller", carrier: "Carrier"}
	terms: {price: 200.00, penalty: "10.5%", cap: price / 4}
	obligations: {
		for i in [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] {
			"part_\\(i)": {who: "seller", must: "deliver part \\(i)", within: "\\(i + 1) days"}
		}
	}
}
`;

/** Whether JSON text holds, by the machine's code tier. */
function bytecodeOf(constraint: CueLowered): (json: string) => boolean {
  const made = compileConstraint(constraint);
  if ("refusals" in made) throw new Error(made.refusals[0]?.construct);
  const machine = createMachine(made.module, BUILTINS, { tier: "code" });
  if ("error" in machine) throw new Error(machine.error.message);
  const fuel = machine.machine.worstFuel("decide") as number;
  return (json) => {
    const read = readJson(json);
    if ("problem" in read) return false;
    const result = machine.machine.run("decide", [read.value], { fuel });
    return "value" in result && result.value === true;
  };
}

const row = rowOf("cue");

export async function run(): Promise<Row[]> {
  const files = (n: number) => [{ name: "late.cue", text: agreement(n) }];
  const timed = async (work: () => Promise<unknown>): Promise<number> => {
    const start = performance.now();
    await work();
    return performance.now() - start;
  };
  const engine = createCueEngine();
  const ask = async (n: number): Promise<void> => {
    const { diagnostics } = await engine.run({ op: "lower", files: files(n) });
    if (diagnostics.length > 0) throw new Error(diagnostics[0]?.message);
  };

  const rssBefore = process.memoryUsage.rss();
  const cold = await timed(() => ask(0));
  const rssReady = process.memoryUsage.rss();
  for (let n = 1; n < 50; n++) await ask(n);
  const times: number[] = [];
  for (let n = 50; n < 200; n++) times.push(await timed(() => ask(n)));

  // A whole document as `writ check` reads it: evaluated, read, compiled; alone and under the definitions of the library.
  const yaml = readFileSync(join(findRoot(), "examples", "late-delivery", "agreement.yaml"), "utf8");
  const { value: cue } = await yamlToCue(engine, yaml, "agreement.yaml");
  const check = async (text: string): Promise<void> => {
    const { value } = await readCueDocument(engine, { files: [{ name: "a.cue", text }], main: ["a.cue"] });
    if (value === null || compile(value).value === null) throw new Error("the agreement does not compile");
  };
  const typed = `import "writ.dev/std"\nstd.#Agreement & {\n${cue}\n}\n`;
  for (let n = 0; n < 5; n++) await check(n % 2 === 0 ? (cue as string) : typed);
  const plainChecks: number[] = [];
  const typedChecks: number[] = [];
  const yamlChecks: number[] = [];
  for (let n = 0; n < 20; n++) {
    plainChecks.push(await timed(() => check(cue as string)));
    typedChecks.push(await timed(() => check(typed)));
    yamlChecks.push(await timed(async () => compile({ name: "agreement.yaml", text: yaml })));
  }

  const data = { name: "data.json", text: '{"who": "seller", "must": "deliver", "within": "3 days"}' };
  const source = { files: files(0), path: "#Obligation" };
  const whole: number[] = [];
  for (let n = 0; n < 150; n++) whole.push(await timed(() => engine.run({ op: "vet", ...source, data })));
  const { value: constraint } = await engine.run({ op: "prepare", ...source });
  const kept: number[] = [];
  for (let n = 0; n < 500; n++)
    kept.push(await timed(() => engine.run({ op: "check", constraint: constraint!, data })));

  // The same constraint as bytecode: the JSON is read, the function runs.
  const compiled = bytecodeOf((await engine.run({ op: "lower", ...source })).value!);
  const rounds = 2_000;
  const ours: number[] = [];
  for (let n = 0; n < 50; n++)
    ours.push(
      (await timed(async () => {
        for (let i = 0; i < rounds; i++) if (!compiled(data.text)) throw new Error("the data must hold");
      })) / rounds,
    );

  const memory: number[] = [];
  for (let n = 0; n < evaluations; n++) {
    await engine.run({ op: "vet", files: files(n), path: "#Obligation", data });
    memory.push(engine.stats().memoryBytes);
  }
  const workers = engine.stats().workersStarted;
  await engine.close();

  // A deadline that nothing meets: what is left is the restart.
  const strict = createCueEngine({ deadlineMs: 1 });
  await strict.run({ op: "lower", files: files(0) });
  const restarts: number[] = [];
  for (let n = 0; n < 5; n++) restarts.push(await timed(() => strict.run({ op: "lower", files: files(n) })));
  await strict.close();

  const middle = (values: readonly number[]): number => median(values) as number;
  const most = (from: number, to: number): number => Math.max(...memory.slice(from, to));
  const part = Math.min(1_000, Math.floor(evaluations / 2));
  const first = most(0, part);
  const last = most(evaluations - part, evaluations);
  return [
    row("cold start, first answer", cold, "ms", { goal: "≤ 2000 ms", holds: cold <= 2_000 }),
    row("memory the engine adds when ready", (rssReady - rssBefore) / MEBIBYTE, "MiB"),
    row("worker started again, with its deadline of 1 ms", middle(restarts), "ms"),
    row("lower an agreement of 40 lines, warm", middle(times), "ms", { goal: "≤ 50 ms", holds: middle(times) <= 50 }),
    row("check the late delivery in CUE, warm", middle(plainChecks), "ms", {
      ratio: middle(plainChecks) / middle(yamlChecks),
      against: "its YAML",
      goal: "≤ 250 ms",
      holds: middle(plainChecks) <= 250,
    }),
    row("check it under std.#Agreement, warm", middle(typedChecks), "ms", {
      ratio: middle(typedChecks) / middle(yamlChecks),
      against: "its YAML",
    }),
    row("vet one obligation from source, warm", middle(whole), "ms"),
    row("check one obligation, prepared", middle(kept), "ms", {
      ratio: middle(kept) / middle(whole),
      against: "vet from source",
    }),
    row("check it as bytecode, JSON read each time", middle(ours), "ms", {
      ratio: middle(ours) / middle(kept),
      against: "CUE, prepared",
      goal: "≤ 0.1×",
      holds: middle(ours) / middle(kept) <= 0.1,
    }),
    row(`memory of CUE over ${evaluations} evaluations, most in the last ${part}`, last / MEBIBYTE, "MiB", {
      ratio: last / first,
      against: `in the first ${part}`,
      goal: "≤ 1.1×",
      holds: last / first <= 1.1,
    }),
    row(`workers used for them`, workers, "workers"),
  ];
}
