// Two logs held against each other: each way in which they can disagree, in memory and by files. With real cages and by the command:
// test/cage/split-view.test.ts.
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { Comparison } from "../../../cage/compare/compare.ts";
import type { Report } from "../../../cage/compare/report.ts";
import { type Row, Rows } from "../../../cage/compare/rows.ts";
import { Shelf } from "../../../cage/compare/shelf.ts";
import { encodeRecord } from "../../../cage/records/encode.ts";
import type { CageRecord, CompletionRecord, IntentRecord } from "../../../cage/records/record.ts";
import { type Changes, DIGEST, drop, input, logsOf, MINUTE, START } from "../../cage/two-logs.ts";

const rowsOf = (records: readonly CageRecord[]): Row[] => {
  const out: Row[] = [];
  const rows = new Rows((row) => out.push(row));
  for (const [index, record] of records.entries()) rows.add(index, record, encodeRecord(record));
  rows.end();
  return out;
};

const SCOPE = {
  hosts: new Set(["orders.example"]),
  from: START + MINUTE,
  until: START + 20 * MINUTE,
  within: false,
  soleCaller: false,
  parts: new Set<never>(),
};
function compared(
  all: readonly Changes[],
  more: Partial<Parameters<Comparison["report"]>[0]> = {},
  most?: number,
): Report {
  const { client, server } = logsOf(all);
  const comparison = new Comparison(most);
  for (const row of [...rowsOf(client), ...rowsOf(server)]) comparison.add(row);
  return comparison.report({ ...SCOPE, ...more });
}

const met = (name: string, nonce: string, key = "did:key:z6Mk"): IntentRecord["met"] => [
  { name, found: { key, nonce } },
];
const unnamed = (record: IntentRecord): IntentRecord => ({ ...record, peer: null });
const silent = (record: CompletionRecord): CompletionRecord => ({ ...record, peer: null });
const noAnswer = (record: CompletionRecord): CompletionRecord => ({
  ...silent(record),
  ...{ ended: "upstream-cut", status: 502, response: null },
});
const refusing = (record: IntentRecord): IntentRecord => ({
  ...record,
  decided: record.decided.map((each) => ({ ...each, allowed: false, reason: "denied" })),
});
const differs = (part: string, client: string, server: string) => ({
  ...{ equal: 2, differs: 1 },
  findings: [{ kind: "differs", differences: [{ part, client, server }] }],
});

const CASES: readonly (readonly [string, Changes, object, object?])[] = [
  ["nothing", {}, { equal: 3, equalInPart: 0, by: { answer: 3, request: 0, nonce: 0 }, findings: [] }],
  ["the method", { serve: (r) => input(r, { method: "PUT" }) }, differs("method", "POST", "PUT")],
  [
    "the path",
    { serve: (r) => input(r, { path: "/orders/x" }) },
    differs("target", "orders.example/orders?a=1", "orders.example/orders/x?a=1"),
  ],
  [
    "the query",
    { serve: (r) => input(r, { query: { a: "2" } }) },
    differs("target", "orders.example/orders?a=1", "orders.example/orders?a=2"),
  ],
  [
    "the body of the request",
    { served: (r) => ({ ...r, sent: { size: 5, digest: DIGEST.two, before: null } }) },
    differs("request", `5 bytes, sha256 ${DIGEST.one}`, `5 bytes, sha256 ${DIGEST.two}`),
  ],
  [
    "a body that one of them did not see",
    { served: (r) => ({ ...r, sent: null }) },
    differs("request", `5 bytes, sha256 ${DIGEST.one}`, "no body"),
  ],
  ["the status", { served: (r) => ({ ...r, status: 200 }) }, differs("status", "201", "200")],
  [
    "the body of the answer",
    { asked: (r) => ({ ...r, response: { ...r.response!, digest: DIGEST.one } }) },
    differs("answer", `7 bytes, sha256 ${DIGEST.one}`, `7 bytes, sha256 ${DIGEST.two}`),
  ],
  ["what was decided", { serve: refusing }, differs("decision", "allow", "deny denied")],
  [
    "the exchange that the answer named",
    { asked: (r) => ({ ...r, peer: { ...r.peer!, exchange: "other" } }) },
    { differs: 1, findings: [{ differences: [{ part: "record", client: expect.stringMatching(/^other /) }] }] },
  ],
  [
    "what each took out of a body counts as itself",
    {
      asked: (r) => ({
        ...r,
        response: { ...r.response!, size: 3, digest: DIGEST.one },
        met: [{ name: "redact", found: { of: "response", before: DIGEST.two, after: DIGEST.one } }],
      }),
      served: (r) => ({ ...r, sent: { size: 3, digest: DIGEST.two, before: DIGEST.one } }),
    },
    { equal: 3, equalInPart: 0, differs: 0 },
  ],
  [
    "what one of them has masked is not known",
    {
      serve: (r) => ({
        ...input(r, { query: { a: "•••" } }),
        decided: input(r, { query: { a: "•••" } }).decided.map((d) => ({ ...d, masked: ["query.a"] })),
      }),
    },
    { equal: 3, equalInPart: 1, differs: 0 },
  ],
  ["theirs has none", { serve: drop }, { equal: 2, onlyClient: 1, findings: [{ kind: "only", side: "client" }] }],
  [
    "ours has none, and theirs came by its name",
    { ask: drop },
    {
      equal: 2,
      onlyServer: 1,
      findings: [{ kind: "only", side: "server", why: "it came as exchange c11e-1 of the other cage" }],
    },
  ],
  [
    "ours has none, and theirs was signed with its key",
    { ask: drop, serve: (r) => ({ ...unnamed(r), met: met("require_signature", "n1") }) },
    { onlyServer: 1, findings: [{ why: "it was signed with a key of the other cage" }] },
  ],
  ["somebody else called", { ask: drop, serve: unnamed }, { onlyServer: 0, notComparable: { "other-callers": 1 } }],
  [
    "nobody else calls there",
    { ask: drop, serve: unnamed },
    { onlyServer: 1, findings: [{ why: "nobody else calls there" }] },
    { soleCaller: true },
  ],
  [
    "another host",
    { serve: drop, ask: (r) => input(r, { host: "else.example" }) },
    { equal: 2, elsewhere: 1, findings: [] },
  ],
  [
    "no answer came, and the request was named",
    { asked: noAnswer },
    { equal: 3, by: { answer: 2, request: 1, nonce: 0 } },
  ],
  [
    "ours was killed, and the request was named",
    { asked: (r) => ({ ...noAnswer(r), ended: "lost", sent: null, status: null }) },
    { equal: 3, equalInPart: 1, by: { answer: 2, request: 1, nonce: 0 } },
  ],
  [
    "nothing was named, and a signature was",
    {
      ask: (r) => ({ ...r, met: met("sign", "n1") }),
      asked: silent,
      serve: (r) => ({ ...unnamed(r), met: met("require_signature", "n1") }),
    },
    { equal: 3, by: { answer: 2, request: 0, nonce: 1 } },
  ],
  [
    "another key signed with the same nonce",
    {
      ask: (r) => ({ ...r, met: met("sign", "n1") }),
      asked: silent,
      serve: (r) => ({ ...unnamed(r), met: met("require_signature", "n1", "did:key:z6Else") }),
    },
    { equal: 2, notComparable: { "not-named": 1, "other-callers": 1 } },
  ],
  [
    "the answer named a record that is not there, and the signature says which one it was",
    {
      ask: (r) => ({ ...r, met: met("sign", "n1") }),
      asked: (r) => ({ ...r, peer: { ...r.peer!, receipt: "ff".repeat(32) } }),
      serve: (r) => ({ ...unnamed(r), met: met("require_signature", "n1") }),
    },
    {
      differs: 1,
      onlyClient: 0,
      by: { answer: 2, request: 0, nonce: 1 },
      findings: [{ differences: [{ part: "record" }] }],
    },
  ],
  ["it arrived twice", { again: true }, { equal: 3, twice: 1, findings: [{ kind: "twice", side: "server" }] }],
  ["nothing was named", { asked: silent, serve: drop }, { equal: 2, notComparable: { "not-named": 1 }, findings: [] }],
  [
    "no answer, no record",
    { asked: noAnswer, serve: drop },
    { equal: 2, notComparable: { "no-answer": 1 }, findings: [] },
  ],
  [
    "turned away without a record",
    { asked: (r) => ({ ...r, peer: { ...r.peer!, decision: "deny", reason: "busy", receipt: null } }), serve: drop },
    { equal: 2, notComparable: { "no-receipt": 1 }, findings: [] },
  ],
  [
    "theirs ends before",
    { serve: drop },
    { onlyClient: 0, notComparable: { "outside-time": 1 } },
    { until: START + 10 * MINUTE },
  ],
  [
    "theirs begins after",
    { serve: drop },
    { onlyClient: 0, notComparable: { "outside-time": 1 } },
    { from: START + 11 * MINUTE },
  ],
  [
    "only a part of theirs is there",
    { serve: drop },
    { onlyClient: 0, notComparable: { "not-in-part": 1 } },
    { parts: new Set(["server"]) },
  ],
];

describe("two logs of which one exchange differs", () => {
  /** One that is signed, so that a key of the client is known. */
  const SIGNED: Changes = {
    ask: (r) => ({ ...r, met: met("sign", "n0") }),
    serve: (r) => ({ ...r, met: met("require_signature", "n0") }),
  };
  for (const [name, changes, expected, scope = {}] of CASES)
    it(name, () => {
      const all = [SIGNED, changes, {}];
      const report = compared(all, scope);
      expect(report).toMatchObject(expected);
      // Rows that lie in files come to the same.
      expect(compared(all, scope, 1)).toEqual(report);
    });

  it("two answers that name one record are told", () => {
    const { client, server } = logsOf([{}, {}]);
    const [first, second] = client.filter((each) => each.kind === "completion") as CompletionRecord[];
    const lied = client.map((each) => (each === second ? { ...second!, peer: first!.peer } : each));
    const comparison = new Comparison();
    for (const row of [...rowsOf(lied), ...rowsOf(server)]) comparison.add(row);
    expect(comparison.report(SCOPE)).toMatchObject({
      equal: 1,
      twice: 1,
      findings: [{ kind: "twice", side: "client" }, { kind: "only" }],
    });
  });

  it("a log in which all records name the same one is refused, not taken into memory", () => {
    const shelf = new Shelf<number>(() => 8, 80, 200);
    for (let i = 0; i < 500; i++) shelf.put("one name", i);
    const parts = Array.from({ length: 256 }, (_, part) => () => shelf.part(part));
    const refused = parts.filter((read) => {
      try {
        return read().length > 0;
      } catch (error) {
        expect(error).toMatchObject({ code: "cage/logs-crowded" });
        return true;
      }
    });
    expect(refused).toHaveLength(1);
    expect(refused[0]!).toThrow(/at most 200 are compared/);
    shelf.close();
  });

  it("six thousand exchanges are compared with one megabyte of rows in memory", () => {
    // A folder of its own for what is written to the disk: other tests compare at the same time.
    const shared = mkdtempSync(join(tmpdir(), "writ-shelves-"));
    vi.stubEnv("TMPDIR", shared);
    onTestFinished(() => {
      vi.unstubAllEnvs();
      rmSync(shared, { recursive: true });
    });
    const [client, server] = [rowsOf(logsOf([{}]).client)[0]!, rowsOf(logsOf([{}]).server)[0]!];
    const comparison = new Comparison(1024 * 1024);
    const name = (side: string, i: number): string => side + i.toString(16).padStart(63, "0");
    expect(readdirSync(shared)).toEqual([]);
    const COUNT = 6_000;
    for (let i = 0; i < COUNT; i++) {
      const peer = { ...client.peer!, exchange: `5e4f-${i}`, receipt: name("b", i) };
      comparison.add({ ...client, index: 2 * i, leaf: name("a", i), exchange: `c11e-${i}`, peer });
      const status = i === 3_333 ? 500 : server.status;
      const named = { ...server.peer!, exchange: `c11e-${i}`, receipt: name("a", i) };
      if (i !== 4_444)
        comparison.add({ ...server, index: 2 * i, leaf: name("b", i), exchange: `5e4f-${i}`, peer: named, status });
    }
    expect(readdirSync(shared)).not.toEqual([]);
    expect(comparison.report(SCOPE)).toMatchObject({ equal: COUNT - 2, differs: 1, onlyClient: 1 });
    expect(readdirSync(shared)).toEqual([]);
  });
});
