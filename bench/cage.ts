// What the cage costs beside proxies that decide and record nothing: requests a second on one core, processor time and time of a request, in
// turns, so that each round meets the same machine. The load and the upstream have the other core. The cage sees whole requests, asks a policy
// of 65 rules, writes intent and completion into its ledger, signs them in groups, and holds each answer until its decision is signed.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { load, type Measured, warmUp } from "./cage/load.ts";
import { assertMachine, cpuSeconds, said, start, stop, stopAll } from "./cage/machine.ts";
import {
  type Peer,
  scriptOf,
  startBare,
  startHaproxy,
  startNginx,
  startSquid,
  startUpstream,
  startWholeCage,
} from "./cage/peers.ts";
import { median } from "./measure.ts";
import { type Row, rowOf } from "./row.ts";

const ROUNDS = 3;
const SECONDS = 2;
const CONNECTIONS = 32;
const TUNNELS = 16;

type Name = "bare undici" | "cage" | "cage, durable" | "nginx" | "haproxy" | "squid";

const row = rowOf("cage");

const middle = (values: readonly number[]): number => median(values) as number;

export async function run(): Promise<Row[]> {
  assertMachine();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
  const folder = mkdtempSync(join(tmpdir(), "writ-bench-cage-"));
  try {
    const upstream = await startUpstream(folder);
    const peers: readonly Peer[] = [
      await startBare(),
      await startWholeCage(folder, { name: "cage", durable: false }),
      await startWholeCage(folder, { name: "cage, durable", durable: true }),
      await startNginx(folder, upstream.port),
      await startHaproxy(folder, upstream.port),
      await startSquid(folder),
    ];
    const options = { folder, upstream: upstream.port };
    for (const peer of peers) await warmUp(peer, { ...options, connections: CONNECTIONS });
    const many = new Map<string, Measured[]>(peers.map(({ name }) => [name, []]));
    const one = new Map<string, Measured[]>(peers.map(({ name }) => [name, []]));
    const tunnels = new Map<string, Tunnelled[]>();
    for (let round = 0; round < ROUNDS; round++) {
      // Another one first in each round.
      for (let turn = 0; turn < peers.length; turn++) {
        const peer = peers[(turn + round) % peers.length] as Peer;
        // After its pause: code that was not used for a while is thrown away, and memory given back.
        await load(peer, { ...options, connections: CONNECTIONS, seconds: 1 });
        many.get(peer.name)?.push(await load(peer, { ...options, connections: CONNECTIONS, seconds: SECONDS }));
        one.get(peer.name)?.push(await load(peer, { ...options, connections: 1, seconds: 1 }));
      }
      for (const peer of peers.filter(({ name }) => name === "cage" || name === "squid"))
        tunnels.set(peer.name, [...(tunnels.get(peer.name) ?? []), await tunnelled(peer)]);
    }
    return rowsOf(many, one, tunnels);
  } finally {
    await stopAll();
    rmSync(folder, { recursive: true, force: true });
  }
}

function rowsOf(
  many: ReadonlyMap<string, readonly Measured[]>,
  one: ReadonlyMap<string, readonly Measured[]>,
  tunnels: ReadonlyMap<string, readonly Tunnelled[]>,
): Row[] {
  const of = (name: Name): readonly Measured[] => many.get(name) as readonly Measured[];
  /** Of the same round; of the rounds, the middle one. */
  const ratio = (a: Name, b: Name, figure: (each: Measured) => number): number =>
    middle(of(a).map((each, at) => figure(each) / figure(of(b)[at] as Measured)));
  const perSecond = (each: Measured): number => each.perSecond;
  const rows: Row[] = [];
  for (const [name, rounds] of many) {
    rows.push(
      row(`${name}, ${CONNECTIONS} connections`, middle(rounds.map(perSecond)), "requests/s", {
        ratio: ratio(name as Name, "bare undici", perSecond),
        against: "bare undici",
      }),
      row("  processor time of a request", middle(rounds.map(({ cpuUs }) => cpuUs)), "µs", {
        ratio: ratio(name as Name, "bare undici", ({ cpuUs }) => cpuUs),
        against: "bare undici",
      }),
      row("  99 of 100 within", middle(rounds.map(({ p99 }) => p99)), "ms"),
      row(
        "  at one connection, half within",
        middle((one.get(name) as readonly Measured[]).map(({ p50 }) => p50)),
        "ms",
      ),
    );
  }
  const goal = (name: string, a: Name, b: Name, least: number): Row => {
    const value = ratio(a, b, perSecond);
    return row(name, middle(of(a).map(perSecond)), "requests/s", {
      ratio: value,
      against: b,
      goal: `>= ${least.toFixed(2)}×`,
      holds: value >= least,
    });
  };
  rows.push(
    goal("the whole cage", "cage", "bare undici", 0.7),
    goal("the whole cage", "cage", "squid", 1),
    goal("the whole cage", "cage", "nginx", 0.25),
    goal("the whole cage, on the disk first", "cage, durable", "bare undici", 0.45),
  );
  const added = middle(
    (one.get("cage") as readonly Measured[]).map(
      ({ p50 }, at) => p50 - ((one.get("nginx") as readonly Measured[])[at] as Measured).p50,
    ),
  );
  rows.push(row("time it adds to one request, over nginx", added, "ms", { goal: "<= 0.15 ms", holds: added <= 0.15 }));
  const [cage, squid] = [tunnels.get("cage") as readonly Tunnelled[], tunnels.get("squid") as readonly Tunnelled[]];
  const perCpu = middle(cage.map(({ cpuUs }, at) => (squid[at] as Tunnelled).cpuUs / cpuUs));
  rows.push(
    row("exchanges in open tunnels, cage", middle(cage.map((each) => each.perSecond)), "exchanges/s"),
    row("exchanges in open tunnels, squid", middle(squid.map((each) => each.perSecond)), "exchanges/s"),
    row("exchanges in a second of processor time, cage", 1e6 / middle(cage.map(({ cpuUs }) => cpuUs)), "exchanges/s", {
      ratio: perCpu,
      against: "squid",
      goal: ">= 0.70×",
      holds: perCpu >= 0.7,
    }),
  );
  return rows;
}

interface Tunnelled {
  readonly perSecond: number;
  readonly cpuUs: number;
}

/** The load is in Node and may be slower than the proxy, so the proxy is judged by its processor time. */
async function tunnelled(peer: Peer): Promise<Tunnelled> {
  const child = start(1, [
    process.execPath,
    scriptOf("tunnel-load"),
    String(peer.port),
    String(TUNNELS),
    String(SECONDS),
  ]);
  await said(child, /^open$/m);
  const before = cpuSeconds(peer.process);
  const { exchanges, seconds } = JSON.parse(await said(child, /^(\{.*\})$/m)) as { exchanges: number; seconds: number };
  const cpu = cpuSeconds(peer.process) - before;
  await stop(child);
  return { perSecond: exchanges / seconds, cpuUs: (cpu * 1e6) / exchanges };
}
