// The records of two cages at the two ends of some exchanges, and what is changed of one of them.
import { encodeRecord } from "../../cage/records/encode.ts";
import { leafOf } from "../../cage/records/ledger.ts";
import type { CageRecord, CompletionRecord, IntentRecord } from "../../cage/records/record.ts";

export const START = 1_800_000_000_000;
export const MINUTE = 60_000;
export const DIGEST = { one: "11".repeat(32), two: "22".repeat(32) };
type Change<T> = (record: T) => T | null;
export interface Changes {
  readonly ask?: Change<IntentRecord>;
  readonly asked?: Change<CompletionRecord>;
  readonly serve?: Change<IntentRecord>;
  readonly served?: Change<CompletionRecord>;
  /** Once more at the server. */
  readonly again?: true;
}

const intent = (direction: string, exchange: string, when: number): IntentRecord => ({
  kind: "intent",
  at: when,
  exchange,
  decided: [
    {
      ...{ point: "request", allowed: true, reason: "allowed", detail: null, module: "00".repeat(32), data: {} },
      input: {
        at: "request",
        direction,
        host: "orders.example",
        port: 443,
        method: "POST",
        path: "/orders",
        query: { a: "1" },
      },
      ...{ json: null, jsonDigest: null, masked: [], answer: null },
    },
  ],
  ...{ addresses: [], dropped: [], met: [], sent: null, peer: null },
});
const completion = (of: number, when: number): CompletionRecord => ({
  ...{
    kind: "completion",
    at: when,
    intent: of,
    ended: "answered",
    detail: null,
    status: 201,
    dialled: null,
    tls: null,
  },
  sent: { size: 5, digest: DIGEST.one, before: null },
  response: { status: 201, fields: null, size: 7, digest: DIGEST.two },
  ...{ peer: null, met: [], decided: [], bytesOut: null, bytesIn: null, durationMs: 3 },
});
export const input = (record: IntentRecord, more: object): IntentRecord => ({
  ...record,
  decided: record.decided.map((each) => ({ ...each, input: { ...each.input, ...more } })),
});
export const edge = (when: number): CageRecord => ({ kind: "anomaly", at: when, body: { word: "clock-forward" } });

/** The two logs of some exchanges, the first ten minutes after both begin, the last ten before both end. */
export function logsOf(all: readonly Changes[]): { readonly client: CageRecord[]; readonly server: CageRecord[] } {
  const client = [edge(START)];
  const server = [edge(START)];
  const keep = (value: IntentRecord): IntentRecord | null => value;
  for (const [i, { ask = keep, serve = keep, asked, served, again }] of all.entries()) {
    const when = START + 10 * MINUTE + i * 1_000;
    const told = intent("egress", `c11e-${i}`, when);
    const peer = (decision: "allow", record: IntentRecord) =>
      ({ decision, exchange: record.exchange, reason: null, receipt: leafOf(encodeRecord(record)) }) as const;
    const sent = ask(told);
    const came = serve({ ...intent("ingress", `5e4f-${i}`, when + 1), peer: peer("allow", sent ?? told) });
    for (let times = again ? 2 : 1; times > 0; times--) {
      if (came === null) continue;
      server.push(times === 2 ? { ...came, exchange: `5e4f-again-${i}` } : came);
      const done = served === undefined ? completion(0, when + 2) : served(completion(0, when + 2));
      if (done !== null && came.decided.at(-1)!.allowed) server.push({ ...done, intent: server.length - 1 });
    }
    if (sent === null) continue;
    client.push(sent);
    const named = { ...completion(0, when + 3), peer: peer("allow", came ?? intent("ingress", `5e4f-${i}`, when + 1)) };
    const done = asked === undefined ? named : asked(named);
    if (done !== null) client.push({ ...done, intent: client.length - 1 });
  }
  const end = START + 20 * MINUTE + all.length * 1_000;
  return { client: [...client, edge(end)], server: [...server, edge(end)] };
}

export const drop = (): null => null;
