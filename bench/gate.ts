// What the gate of a cage costs: the CPU of one question to the policy (one rule with obligations, and sixty hosts more), of one question and
// its two records in groups of the size that a busy cage sees, and of the same in durable mode. The proxy around it is not in it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CageGate } from "../cage/gate.ts";
import type { Facts, ObligationKind, ObligationKinds, ObligationName, Outcome, Point } from "../cage/point.ts";
import { CageLedger } from "../cage/records/ledger.ts";
import { compile } from "../compiler/index.ts";
import { newKey } from "../court-node/keys.ts";
import { openPolicy } from "../policy/index.ts";
import { Store, storeOf } from "../policy/node.ts";
import { nsPerCall } from "./measure.ts";
import type { Row } from "./row.ts";

const POLICY = `policy: outgoing
on: http.request
rules:
  - allow: calls to the API
    id: api
    match: {host: api.example, method: [GET, POST], path: {under: /v1}}
    then: {receipt: digest, reach: {classes: [loopback]}}
${Array.from({ length: 60 }, (_, i) => `  - allow: host ${i}\n    match: {host: h${i}.example, path: {under: /x}}\n`).join("")}`;

const FACTS: Facts = {
  exchange: "0123456789abcdef",
  direction: "egress",
  visibility: "full",
  scheme: "http",
  host: "api.example",
  port: 80,
  method: "GET",
  path: "/v1/orders/17",
  query: null,
  fields: [
    ["accept", "application/json"],
    ["user-agent", "node"],
    ["accept-encoding", "gzip, deflate"],
  ],
  caller: { address: "127.0.0.1" },
  dialled: { ip: "127.0.0.1", class: "loopback" },
  addresses: [{ ip: "127.0.0.1", class: "loopback" }],
};
const OUTCOME: Outcome = {
  ended: "answered",
  status: 200,
  response: { status: 200, size: 1_024, digest: "ab".repeat(32) },
  durationMs: 3,
};
const POINTS: ReadonlySet<Point> = new Set(["connect", "request", "body", "response", "report"]);
const kind = (name: ObligationName): readonly [string, ObligationKind] => [
  name,
  { name, points: POINTS, several: true, refuses: () => null },
];
const KINDS: ObligationKinds = new Map([kind("receipt"), kind("reach")]);

/** Exchanges under way at once: what 32 connections give. */
const AT_ONCE = 32;
/** In each part; the median part counts, so that one pause does not. */
const EXCHANGES = 1_600;
const PARTS = 15;
const GOAL_US = 20;

const row = (name: string, value: number, extra: Partial<Row> = {}): Row => ({
  bench: "gate",
  row: name,
  value,
  unit: "µs CPU",
  ratio: null,
  against: null,
  goal: null,
  holds: null,
  ...extra,
});

const spentUs = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

/** As the proxy does it: it goes on when the intent is recorded, and waits for no completion. */
function exchanges(gate: CageGate, count: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let asked = 0;
    let completed = 0;
    const complete = (error: Error | null): void => {
      if (error !== null) reject(error);
      if (++completed === count) resolve();
    };
    const next = (): void => {
      if (asked++ >= count) return;
      gate.intent(gate.ask("request", FACTS), FACTS, (error, intent) => {
        if (intent === null) return reject(error);
        gate.complete(intent, OUTCOME, complete);
        next();
      });
    };
    for (let i = 0; i < AT_ONCE; i++) next();
  });
}

export async function run(): Promise<Row[]> {
  const { value } = compile({ name: "policy.yaml", text: POLICY });
  if (value === null) throw new Error("the policy does not compile");
  const rows: Row[] = [];
  for (const durable of [false, true]) {
    const folder = mkdtempSync(join(tmpdir(), "writ-gate-"));
    try {
      const ledger = await CageLedger.open({ folder: join(folder, "ledger"), key: newKey(), durable });
      const store = new Store(storeOf(join(folder, "ledger")));
      const policy = openPolicy(value, { tier: "code" });
      const gate = await CageGate.start({ ledger, store, kinds: KINDS, now: Date.now }, { policy, bundle: null });
      if (!gate.ask("request", FACTS).allowed) throw new Error("the question is denied");
      if (!durable) rows.push(row("ask", nsPerCall(() => gate.ask("request", FACTS)) / 1_000));
      await exchanges(gate, 4 * EXCHANGES);
      const parts: number[] = [];
      for (let part = 0; part < PARTS; part++) {
        const start = spentUs();
        await exchanges(gate, EXCHANGES);
        parts.push((spentUs() - start) / EXCHANGES);
      }
      await ledger.close();
      const each = parts.sort((a, b) => a - b)[PARTS >> 1] as number;
      rows.push(
        row(
          durable ? "ask and two records, durable" : "ask and two records",
          each,
          durable ? {} : { goal: `≤ ${GOAL_US} µs`, holds: each <= GOAL_US },
        ),
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return rows;
}
