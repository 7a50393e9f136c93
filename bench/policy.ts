// What a decision costs: our tiers, the same by hand, and other engines, on the same policies and inputs, in turns. First all of them must
// give the same decisions. bench/policy/texts has each policy in each language.
import { setFlagsFromString } from "node:v8";
import { compile } from "../compiler/index.ts";
import { BUILTINS } from "../stdlib/index.ts";
import { readJson } from "../vm/json.ts";
import type { Module } from "../vm/module.ts";
import { loadPolicy, type Policy } from "../vm/policy/policy.ts";
import type { Tier } from "../vm/tier.ts";
import type { Value } from "../vm/value.ts";
import { median, nsOfRounds, ratioOf } from "./measure.ts";
import { PEERS, type Peer } from "./policy/peers.ts";
import { byHandOf, inputsOf, moduleOf, rulesOf, scalePeers } from "./policy/scale.ts";
import { textOf } from "./policy/texts.ts";
import { type Input, WORKLOADS, type Workload } from "./policy/workloads.ts";
import type { Row } from "./row.ts";

/** Node 20 may abort while it optimises calls into the WebAssembly of a peer; no other call is made slower. */
const SAFE_WASM = "--no-turbo-inline-js-wasm-calls";

function policyOf(module: Module, tier: Tier): Policy {
  const ready = loadPolicy({ module, moduleId: new Uint8Array(32) }, BUILTINS, { tier });
  if ("error" in ready) throw new Error(ready.error.message);
  if (ready.loaded.finds !== "index") throw new Error("the index does not agree with the scan");
  const bound = ready.loaded.withData(new Map());
  if ("problem" in bound) throw new Error(bound.problem.reason);
  return bound.policy;
}

const jsonOf = (input: Input): Value => {
  const read = readJson(JSON.stringify(input));
  if ("problem" in read) throw new Error(read.problem.message);
  return read.value;
};

/** All inputs one after the other. Each contestant has a loop of its own: in one that all share the host could know nobody's call, which takes
 *  a few ns of each, and would tell the fast ones least apart. */
function each<T>(inputs: readonly T[], ask: (input: T) => unknown): () => unknown {
  const text = `let last; for (const input of inputs) last = ask(input); return last; // ${loops++}`;
  const loop = new Function("inputs", "ask", text) as (inputs: readonly T[], ask: (input: T) => unknown) => unknown;
  return () => loop(inputs, ask);
}
let loops = 0;
const asks = (peer: Peer, count: number): (() => unknown) =>
  each(
    Array.from({ length: count }, (_, i) => i),
    peer.ask,
  );

interface Contestant {
  readonly name: string;
  readonly work: () => unknown;
  readonly goal?: { readonly against: string; readonly most: number };
}

/** Measures all in turns; values are for one decision of `inputs`, ratios of what was measured in the same rounds. */
function measured(
  title: string,
  contestants: readonly Contestant[],
  inputs: number,
): { readonly rows: Row[]; readonly of: (name: string) => number; readonly ratio: (a: string, b: string) => number } {
  const rounds = nsOfRounds(contestants.map(({ work }) => work));
  const times = new Map(contestants.map(({ name }, at) => [name, rounds[at]!]));
  const of = (name: string): number => (median(times.get(name)!) as number) / inputs;
  const ratio = (a: string, b: string): number => ratioOf(times.get(a)!, times.get(b)!);
  const [first] = contestants;
  const rows = contestants.map(({ name, goal }): Row => {
    const against = goal?.against ?? first!.name;
    const times = ratio(name, against);
    return {
      bench: "policy",
      row: `${title}: ${name}`,
      value: of(name),
      unit: "ns a decision",
      ratio: name === against ? null : times,
      against: name === against ? null : against,
      goal: goal === undefined ? null : `≤ ${goal.most}×`,
      holds: goal === undefined ? null : times <= goal.most,
    };
  });
  return { rows, of, ratio };
}

function mustAgree(who: string, i: number, wanted: boolean, given: boolean): void {
  if (wanted !== given) throw new Error(`${who} gives another decision for input ${i}`);
}

const titleOf = ({ name, rules, source }: Workload): string => `${name}, ${rules} rules, ${source}`;
const [HAND, CHECKED, HAND_YES] = ["by hand, input trusted", "by hand, input checked", "by hand, yes or no"];
const [CODE, CODE_YES] = ["Writ code, input read before", "Writ code, yes or no, input read before"];

async function small(workload: Workload): Promise<Row[]> {
  const { name, inputs, byHand, yesByHand, byHandChecked } = workload;
  const made = compile({ name: `${name}.yaml`, text: textOf(`${name}.yaml`) });
  if (made.value === null) throw new Error(`${name} does not compile`);
  const { module } = made.value;
  const [code, interpreter] = [policyOf(module, "code"), policyOf(module, "interpreter")];
  const values = inputs.map(jsonOf);
  // Read before: the fields in their order, with the same texts.
  const { fields } = module.types[module.policy!.input] as { readonly fields: readonly { readonly name: string }[] };
  const typed = inputs.map((input) => fields.map(({ name: field }) => input[field]!));
  const peers = await Promise.all(PEERS.map((make) => make(workload)));
  for (const [i, input] of inputs.entries()) {
    const wanted = byHand(input as never).decision === "allow";
    mustAgree("by hand, checked,", i, wanted, byHandChecked(input).decision === "allow");
    mustAgree("by hand, yes or no,", i, wanted, yesByHand(input as never));
    for (const policy of [code, interpreter]) {
      mustAgree("allows", i, wanted, policy.allows(typed[i]!));
      mustAgree("verdict", i, wanted, policy.verdict(input).decision === "allow");
      mustAgree("judge", i, wanted, policy.judge(typed[i]!).decision === "allow");
      mustAgree("decide", i, wanted, policy.decide(values[i]!).decision === "allow");
    }
    for (const peer of peers) mustAgree(peer.name, i, wanted, peer.ask(i));
  }
  const contestants: Contestant[] = [
    { name: HAND!, work: each(inputs, byHand as (input: Input) => unknown) },
    { name: CHECKED!, work: each(inputs, byHandChecked) },
    { name: CODE!, work: each(typed, code.judge), goal: { against: HAND!, most: 1.5 } },
    { name: "Writ code", work: each(inputs, code.verdict), goal: { against: CHECKED!, most: 1.5 } },
    {
      name: "Writ interpreter, input read before",
      work: each(typed, interpreter.judge),
      goal: { against: HAND!, most: 8 },
    },
    { name: "Writ interpreter", work: each(inputs, interpreter.verdict), goal: { against: CHECKED!, most: 8 } },
    { name: HAND_YES!, work: each(inputs, yesByHand as (input: Input) => unknown) },
    { name: CODE_YES!, work: each(typed, code.allows), goal: { against: HAND_YES!, most: 1.5 } },
    { name: "Writ code, full answer for the record", work: each(values, code.decide) },
    ...peers.map((peer) => ({ name: peer.name, work: asks(peer, inputs.length) })),
  ];
  const { rows, of, ratio } = measured(titleOf(workload), contestants, inputs.length);
  const engines = peers.filter(({ engine }) => engine).map((peer) => peer.name);
  const fastest = engines.reduce((a, b) => (of(a) <= of(b) ? a : b));
  // Like with like: the engines say yes or no, are given inputs that were converted before, and look at nothing they do not read. A verdict says
  // as well which rules decided, all of them, and what it cost.
  const against = (who: string, name: string, goal: number | null): void => {
    const times = ratio(fastest, name);
    rows.push({
      bench: "policy",
      row: `${titleOf(workload)}: ${who} against the fastest other engine`,
      value: times,
      unit: "times as fast",
      ratio: null,
      against: fastest,
      goal: goal === null ? null : `≥ ${goal}×`,
      holds: goal === null ? null : times >= goal,
    });
  };
  against(`${CODE_YES},`, CODE_YES!, 25);
  against(`${CODE},`, CODE!, null);
  against("Writ code", "Writ code", null);
  against(`${HAND_YES},`, HAND_YES!, null);
  return workload.goals ? rows : rows.map((row) => ({ ...row, goal: null, holds: null }));
}

const SIZES = [10, 100, 1_000, 10_000, 100_000];
/** Peers that go through all rules would take minutes beyond. */
const PEERS_AT = 1_000;

async function large(): Promise<Row[]> {
  const rows: Row[] = [];
  const sizes = SIZES.map((size) => {
    const rules = rulesOf(size);
    const inputs = inputsOf(rules);
    const policy = policyOf(moduleOf(rules), "code");
    return { size, rules, inputs, policy, hand: byHandOf(rules), values: inputs.map(jsonOf) };
  });
  for (const { inputs, policy, hand, values } of sizes)
    for (const [i, input] of inputs.entries()) {
      const { decision, by } = hand(input);
      const answer = policy.decide(values[i]!);
      mustAgree("decide", i, decision === "allow", answer.decision === "allow");
      mustAgree("verdict", i, decision === "allow", policy.verdict(input).decision === "allow");
      if (answer.determining.map(({ rule }) => rule).join() !== by.join())
        throw new Error(`other rules for input ${i}`);
    }
  const full = sizes.map(({ size, values, policy }): Contestant => {
    const goal = size === 10_000 ? { against: named(10), most: 3 } : undefined;
    return { name: named(size), work: each(values, policy.decide), ...(goal === undefined ? {} : { goal }) };
  });
  const answers = measured("full answer", full, 64);
  const most = answers.of(named(100_000));
  rows.push(
    ...answers.rows.map((row) =>
      row.row.endsWith(named(100_000)) ? { ...row, goal: "< 50,000 ns", holds: most < 50_000 } : row,
    ),
  );
  const short = sizes.map(
    ({ size, inputs, policy }): Contestant => ({ name: named(size), work: each(inputs, policy.verdict) }),
  );
  rows.push(...measured("verdict", short, 64).rows);
  const at = sizes.find(({ size }) => size === PEERS_AT)!;
  const peers = await scalePeers(at.rules, at.inputs);
  for (const [i, input] of at.inputs.entries())
    for (const peer of peers) mustAgree(peer.name, i, at.hand(input).decision === "allow", peer.ask(i));
  rows.push(
    ...measured(
      `${named(PEERS_AT)}`,
      [
        { name: "by hand, a map of hosts", work: each(at.inputs, at.hand) },
        { name: "Writ code, verdict", work: each(at.inputs, at.policy.verdict) },
        { name: "Writ code, full answer", work: each(at.values, at.policy.decide) },
        ...peers.map((peer) => ({ name: peer.name, work: asks(peer, 64) })),
      ],
      64,
    ).rows,
  );
  return rows;
}

const named = (size: number): string => `${String(size).replace(/\B(?=(\d{3})+$)/g, ",")} rules`;

export async function run(): Promise<Row[]> {
  setFlagsFromString(SAFE_WASM);
  const rows: Row[] = [];
  for (const workload of WORKLOADS) rows.push(...(await small(workload)));
  rows.push(...(await large()));
  return rows;
}
