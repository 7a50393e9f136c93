// What both tiers of the machine cost against code written by hand for the same work, metered, in one process; and what a
// module costs until its first answer.

import type { Decimal } from "../vm/decimal.ts";
import { decimalOf } from "../vm/decimal.ts";
import { worstFuel } from "../vm/fuel.ts";
import { createMachine, type Machine } from "../vm/machine.ts";
import { mapOf } from "../vm/map.ts";
import type { Instruction, Module } from "../vm/module.ts";
import { OP } from "../vm/operands.ts";
import { compilePattern } from "../vm/pattern.ts";
import type { Value } from "../vm/value.ts";
import { nsOfBoth, nsPerCall } from "./measure.ts";
import type { Row } from "./row.ts";

const decimal = (c: number, e: number): Decimal => decimalOf(c, e) as Decimal;

/** A policy-shaped module of one function with one parameter; patterns by source. */
function moduleOf(
  code: readonly Instruction[],
  registers: number,
  constants: readonly Value[],
  patterns: readonly string[] = [],
): Module {
  const compiled = patterns.map((source) => {
    const made = compilePattern(source);
    if ("reason" in made) throw new Error(made.reason);
    return made.pattern;
  });
  const worst = worstFuel({ code }, { worstOf: () => undefined, builtin: () => undefined, patternSize: () => 64 });
  const module: Module = {
    format: 1,
    language: 1,
    fuelSchedule: 1,
    kind: "policy",
    name: "bench",
    version: "1.0.0",
    types: [{ kind: "any" }],
    constants,
    patterns: compiled,
    functions: [{ name: "decide", params: 1, registers, code, worstFuel: worst ?? 0 }],
    entries: [{ name: "decide", function: 0, params: [0], result: 0 }],
    manifest: {},
    debug: { sources: [], functions: [] },
  };
  return module;
}

/** The module declaring the worst fuel that the verifier computes. */
function rightFuel(module: Module): Module {
  const made = createMachine(module, [], { tier: "interpreter" });
  if (!("error" in made) || made.error.code !== "vm/wrong-fuel") return module;
  const computed = Number(/computed (\d+)/.exec(made.error.message)?.[1]);
  return { ...module, functions: [{ ...module.functions[0]!, worstFuel: computed }] };
}

type Measured = "interpreter" | "code";

function machineOf(module: Module, tier: Measured): Machine {
  const made = createMachine(rightFuel(module), [], { tier });
  if ("error" in made) throw new Error(`${made.error.code}: ${made.error.message}`);
  return made.machine;
}

const ITEMS = 10_000;
const LIST: readonly Value[] = Array.from({ length: ITEMS }, (_, index) => index);

/** s = s + (3 i - 7) over 10,000 ints. */
const loopCode: readonly Instruction[] = [
  [OP.const, 1, 0], // s
  [OP.const, 2, 1], // 3
  [OP.const, 3, 2], // 7
  [OP.const, 4, 0], // i
  [OP.each, 5, 4, 0, 9, ITEMS],
  [OP.mul, 6, 5, 2],
  [OP.sub, 6, 6, 3],
  [OP.add, 1, 1, 6],
  [OP.next, 4, 4],
  [OP.ret, 1],
];

/** Sum of 10,000 amounts times a rate, exact. */
const moneyCode: readonly Instruction[] = [
  [OP.const, 1, 1],
  [OP.const, 2, 2],
  [OP.const, 4, 0],
  [OP.each, 5, 4, 0, 7, ITEMS],
  [OP.mul, 6, 5, 2],
  [OP.add, 1, 1, 6],
  [OP.next, 4, 3],
  [OP.ret, 1],
];
const AMOUNTS: readonly Value[] = Array.from({ length: ITEMS }, (_, index) => decimal(100 * index + 99, -2));

/** A guard: four fields of a request compared. */
const guardCode: readonly Instruction[] = [
  [OP.field, 1, 0, 0],
  [OP.jump_ne, 1, 1, 12],
  [OP.field, 2, 0, 2],
  [OP.jump_ne, 2, 3, 12],
  [OP.field, 3, 0, 4],
  [OP.const, 4, 5],
  [OP.lt, 5, 3, 4],
  [OP.jump_unless, 5, 12],
  [OP.field, 6, 0, 6],
  [OP.jump_eq, 6, 7, 12],
  [OP.const, 7, 8],
  [OP.ret, 7],
  [OP.const, 7, 9],
  [OP.ret, 7],
];
const guardConstants: readonly Value[] = [
  "method",
  "POST",
  "host",
  "api.example.com",
  "amount",
  1000,
  "who",
  "nobody",
  true,
  false,
];
const REQUESTS = Array.from({ length: 64 }, (_, index) => ({
  method: index % 3 === 0 ? "GET" : "POST",
  host: index % 5 === 0 ? "other.example.com" : "api.example.com",
  amount: index * 20,
  who: index % 7 === 0 ? "nobody" : `user${index}`,
}));

const patternCode: readonly Instruction[] = [
  [OP.match, 1, 0, 0, 256],
  [OP.ret, 1],
];

interface Contest {
  readonly row: string;
  readonly against: string;
  readonly goal: Readonly<Record<Measured, number>> | null;
  /** Units of work in one call of either. */
  readonly units: number;
  readonly unit: string;
  readonly ours: Readonly<Record<Measured, () => unknown>>;
  readonly theirs: () => unknown;
}

function contests(): Contest[] {
  const both = (module: Module, work: (machine: Machine) => unknown): Contest["ours"] => {
    const of = (tier: Measured): (() => unknown) => {
      const machine = machineOf(module, tier);
      return () => work(machine);
    };
    return { interpreter: of("interpreter"), code: of("code") };
  };
  const run = (module: Module, argument: Value): Contest["ours"] =>
    both(module, (machine) => machine.run("decide", [argument], { fuel: 1e9 }));
  const each = (module: Module, args: readonly Value[]): Contest["ours"] =>
    both(module, (machine) => {
      let last: unknown;
      for (const argument of args) last = machine.run("decide", [argument], { fuel: 1e6 });
      return last;
    });
  const loop = moduleOf(loopCode, 7, [0, 3, 7]);
  const money = moduleOf(moneyCode, 7, [0, decimal(0, 0), decimal(105, -3)]);
  const guard = moduleOf(guardCode, 8, guardConstants);
  const pattern = moduleOf(patternCode, 2, [], ["^/v1/(charges|refunds)(/|$)"]);
  const requests = REQUESTS.map((request) => mapOf(Object.entries(request))!);
  const paths = REQUESTS.map((_, index) => (index % 2 === 0 ? `/v1/charges/${index}` : `/v2/other/${index}`));
  const compiled = /^\/v1\/(charges|refunds)(\/|$)/;
  return [
    {
      row: "integer loop, 10,000 rounds",
      against: "hand-written numbers",
      goal: null,
      units: ITEMS,
      unit: "ns a round",
      ours: run(loop, LIST),
      theirs: () => {
        let s = 0;
        for (let i = 0; i < LIST.length; i++) {
          s += (LIST[i] as number) * 3 - 7;
          if (!Number.isSafeInteger(s)) throw new Error("overflow");
        }
        return s;
      },
    },
    {
      row: "integer loop, 10,000 rounds (BigInt)",
      against: "hand-written BigInt",
      goal: { interpreter: 15, code: 3 },
      units: ITEMS,
      unit: "ns a round",
      ours: run(loop, LIST),
      theirs: () => {
        let s = 0n;
        for (let i = 0; i < LIST.length; i++) s += BigInt(LIST[i] as number) * 3n - 7n;
        return s;
      },
    },
    {
      row: "exact money, 10,000 products summed",
      against: "hand-written BigInt at scale 6",
      goal: { interpreter: 20, code: 20 },
      units: ITEMS,
      unit: "ns a product",
      ours: run(money, AMOUNTS),
      theirs: () => {
        let s = 0n;
        for (let i = 0; i < ITEMS; i++) s += (BigInt(100 * i + 99) * 10_000n * 105_000n) / 1_000_000n;
        return s;
      },
    },
    {
      row: "guard of four fields",
      against: "hand-written JavaScript",
      goal: null,
      units: REQUESTS.length,
      unit: "ns a decision",
      ours: each(guard, requests),
      theirs: () => {
        let count = 0;
        for (const request of REQUESTS)
          if (
            request.method === "POST" &&
            request.host === "api.example.com" &&
            request.amount < 1000 &&
            request.who !== "nobody"
          )
            count++;
        return count;
      },
    },
    {
      row: "pattern on a path of 15 characters",
      against: "RegExp of the host",
      goal: null,
      units: paths.length,
      unit: "ns a match",
      ours: each(pattern, paths),
      theirs: () => {
        let count = 0;
        for (const path of paths) if (compiled.test(path)) count++;
        return count;
      },
    },
  ];
}

/** Until the first answer of a fresh module of one guard: read, verified, translated or not, run once. */
function cold(tier: Measured): number {
  const module = rightFuel(moduleOf(guardCode, 8, guardConstants));
  const request = mapOf(Object.entries(REQUESTS[1]!))!;
  return nsPerCall(() => {
    const made = createMachine(module, [], { tier });
    return "machine" in made ? made.machine.run("decide", [request], { fuel: 1e6 }) : made;
  });
}

/** All rows, each contest measured in turns. */
export async function run(): Promise<Row[]> {
  const tiers: readonly Measured[] = ["interpreter", "code"];
  const rows = contests().flatMap((contest) =>
    tiers.map((tier): Row => {
      const [ours, theirs] = nsOfBoth(contest.ours[tier], contest.theirs);
      const ratio = ours / theirs;
      const goal = contest.goal?.[tier] ?? null;
      return {
        bench: "vm",
        row: `${contest.row}: ${tier}`,
        value: ours / contest.units,
        unit: contest.unit,
        ratio,
        against: contest.against,
        goal: goal === null ? null : `≤ ${goal}×`,
        holds: goal === null ? null : ratio <= goal,
      };
    }),
  );
  const [interpreted, translated] = [cold("interpreter"), cold("code")];
  const start = (tier: Measured, value: number, ratio: number | null): Row => ({
    bench: "vm",
    row: `cold start of a guard, first answer included: ${tier}`,
    value,
    unit: "ns",
    ratio,
    against: ratio === null ? null : "the interpreter",
    goal: null,
    holds: null,
  });
  return [...rows, start("interpreter", interpreted, null), start("code", translated, translated / interpreted)];
}
