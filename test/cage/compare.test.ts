// The logs of two cages, one at each end, held against each other: real exchanges first, then each way in which two logs can disagree.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Comparison, type Report } from "../../cage/compare/compare.ts";
import { type Row, Rows } from "../../cage/compare/rows.ts";
import { Shelf } from "../../cage/compare/shelf.ts";
import { readUpstream } from "../../cage/proxy/index.ts";
import { encodeRecord } from "../../cage/records/encode.ts";
import { CageLedger, leafOf } from "../../cage/records/ledger.ts";
import type { CageRecord, CompletionRecord, IntentRecord } from "../../cage/records/record.ts";
import { keyFromSeed, writeKeyFile } from "../../court-node/keys.ts";
import { runLine } from "../cli/script.ts";
import { ATTACKS } from "./attacks.ts";
import { closeAll, raw, rawUpstream, until, upstream } from "./fakes.ts";
import { NEAR, wholeCage } from "./whole.ts";

const folder = mkdtempSync(join(tmpdir(), "writ-compare-test-"));
const at = (name: string): string => join(folder, name);
const run = async (line: string) => {
  const { lines, code } = await runLine(line, folder);
  return { text: lines.join("\n"), code };
};
afterEach(closeAll);
afterAll(() => rmSync(folder, { recursive: true }));

// ── Real ones ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const SERVER = `policy: server
on: http.request
rules:
  - allow: orders
    match: {at: request, direction: ingress, path: {under: /orders}}
    then: {route: {to: orders}}
`;

describe("two cages", () => {
  it("A21: exchanges that went through both are equal in both logs", async () => {
    const orders = await upstream((request, response, body) => {
      response.statusCode = request.method === "POST" ? 201 : 200;
      response.end(request.method === "HEAD" ? undefined : `got ${body.length}`);
    });
    const server = await wholeCage(SERVER, { upstreams: new Map([["orders", readUpstream("orders", orders.url)!]]) });
    const client = await wholeCage(NEAR, { peers: new Set(["127.0.0.1"]) });
    const host = `127.0.0.1:${server.inPort}`;
    const ask = async (method: string, path: string, body = ""): Promise<void> => {
      const head = `${method} http://${host}${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${body.length}\r\nConnection: close`;
      await raw(client.port, `${head}\r\n\r\n${body}`);
    };
    await ask("GET", "/orders/7?b=2&a=1");
    await ask("POST", "/orders", "one order");
    await ask("HEAD", "/orders");
    await ask("POST", "/orders", "x".repeat(100_000));
    await ask("GET", "/elsewhere");
    // Somebody who is no cage.
    await raw(server.inPort, `GET /orders HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    const keys = { client: client.ledger.verifierKey, server: server.ledger.verifierKey };
    // The upstream of the server is told of neither.
    expect(orders.requests.flatMap(({ raw: sent }) => sent).filter((each) => /^cage-/i.test(each))).toEqual([]);
    await client.close();
    await server.close();
    for (const [name, made] of Object.entries({ client, server })) cpSync(made.folder, at(name), { recursive: true });
    for (const [name, key] of Object.entries(keys)) writeFileSync(at(`${name}.vkey`), key);

    const line = "writ cage compare --ours client --ours-key client.vkey --theirs server --theirs-key server.vkey";
    const { text, code } = await run(line);
    expect([code, text.split("\n").slice(4)]).toEqual([
      0,
      [
        "requests of ours to theirs (127.0.0.1)",
        "ok  5 exchanges are equal in both",
        "    1 of them in part: the rest is known to one of the two only",
        "    matched: 5 by the record the answer named",
        "not compared  1 of callers that nothing shows to be the other cage",
      ],
    ]);
    // From the other end it is the same.
    const turned = await run(
      "writ cage compare --ours server --ours-key server.vkey --theirs client --theirs-key client.vkey --json",
    );
    expect(turned.code).toBe(0);
    expect(JSON.parse(turned.text).flows).toMatchObject([
      { caller: "theirs", equal: 5, notComparable: { "other-callers": 1 } },
    ]);
  });

  const RECEIPT = "ab".repeat(32);
  const SAID: readonly (readonly [string, readonly string[], object | null])[] = [
    ["as a cage writes it", [`allow;exchange="0a1b-7";receipt="${RECEIPT}"`], { exchange: "0a1b-7", receipt: RECEIPT }],
    ["of a denial", [`deny;exchange="0a1b-7";reason=busy`], { decision: "deny", reason: "busy", receipt: null }],
    ["twice", [`allow;exchange="a-1";receipt="${RECEIPT}"`, `allow;exchange="a-2";receipt="${RECEIPT}"`], null],
    ["of another kind", ["allow"], null],
    ["with a hash that is none", [`allow;exchange="a-1";receipt="${RECEIPT.toUpperCase()}"`], null],
    ["with more behind it", [`allow;exchange="a-1";receipt="${RECEIPT}";rule="x"`], null],
    ["with quotes inside", [`allow;exchange="a\\"b";receipt="${RECEIPT}"`], null],
    ["with bytes that are no ASCII", [`allow;exchange="a\xe9";receipt="${RECEIPT}"`], null],
    ["of an exchange that is long", [`allow;exchange="${"a".repeat(65)}";receipt="${RECEIPT}"`], null],
    ["too long", [`allow;exchange="a-1"${" ".repeat(5_000)};receipt="${RECEIPT}"`], null],
    ["empty", [""], null],
  ];
  it("what another cage says is recorded as it would write it, or not at all, and changes nothing", async () => {
    let lines = "";
    const other = await rawUpstream((socket) => {
      socket.on("data", () =>
        socket.end(`HTTP/1.1 200 OK\r\n${lines}Content-Length: 2\r\nConnection: close\r\n\r\nok`, "latin1"),
      );
    });
    const inward = `  - allow: from outside
    match: {direction: ingress, at: request}
    then: {route: {to: other}}
`;
    const upstreams = new Map([["other", readUpstream("other", other.url)!]]);
    const cage = await wholeCage(`${NEAR}${inward}`, { upstreams });
    const host = `127.0.0.1:${other.port}`;
    for (const [name, values, expected] of SAID) {
      lines = values.map((value) => `Cage-Decision: ${value}\r\n`).join("");
      const from = cage.records().length;
      const out = await raw(cage.port, `GET http://${host}/ HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
      const into = await raw(cage.inPort, `GET / HTTP/1.1\r\nHost: ${host}\r\n${lines}Connection: close\r\n\r\n`);
      // The caller gets the name that this cage gives.
      for (const { status, head, body } of [out, into]) {
        expect([status, body], name).toEqual([200, "ok"]);
        expect(head.match(/^cage-decision: allow;exchange="[0-9a-f]{12}-\d+";receipt="[0-9a-f]{64}"$/gim)).toHaveLength(
          1,
        );
      }
      // The last completion goes along with the next group.
      await until(() => cage.records(from).length === 4);
      const peers = cage.records(from).map((record) => (record as IntentRecord | CompletionRecord).peer);
      const same = expected === null ? null : expect.objectContaining(expected);
      expect(peers, name).toEqual([null, same, same, same]);
    }
  });
});

// ── Made ones ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const START = 1_800_000_000_000;
const MINUTE = 60_000;
const DIGEST = { one: "11".repeat(32), two: "22".repeat(32) };
type Change<T> = (record: T) => T | null;
interface Changes {
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
const input = (record: IntentRecord, more: object): IntentRecord => ({
  ...record,
  decided: record.decided.map((each) => ({ ...each, input: { ...each.input, ...more } })),
});
const edge = (when: number): CageRecord => ({ kind: "anomaly", at: when, body: { word: "clock-forward" } });

/** The two logs of some exchanges, the first ten minutes after both begin, the last ten before both end. */
function logsOf(all: readonly Changes[]): { readonly client: CageRecord[]; readonly server: CageRecord[] } {
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
const drop = (): null => null;
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

  it("twenty thousand exchanges are compared with four megabytes of rows in memory", () => {
    const [client, server] = [rowsOf(logsOf([{}]).client)[0]!, rowsOf(logsOf([{}]).server)[0]!];
    const comparison = new Comparison(4 * 1024 * 1024);
    const name = (side: string, i: number): string => side + i.toString(16).padStart(63, "0");
    const before = readdirSync(tmpdir()).filter((each) => each.startsWith("writ-compare-")).length;
    const COUNT = 20_000;
    for (let i = 0; i < COUNT; i++) {
      const peer = { ...client.peer!, exchange: `5e4f-${i}`, receipt: name("b", i) };
      comparison.add({ ...client, index: 2 * i, leaf: name("a", i), exchange: `c11e-${i}`, peer });
      const status = i === 7_777 ? 500 : server.status;
      const named = { ...server.peer!, exchange: `c11e-${i}`, receipt: name("a", i) };
      if (i !== 12_345)
        comparison.add({ ...server, index: 2 * i, leaf: name("b", i), exchange: `5e4f-${i}`, peer: named, status });
    }
    expect(readdirSync(tmpdir()).filter((each) => each.startsWith("writ-compare-")).length).toBeGreaterThan(before);
    expect(comparison.report(SCOPE)).toMatchObject({ equal: COUNT - 2, differs: 1, onlyClient: 1 });
    expect(readdirSync(tmpdir()).filter((each) => each.startsWith("writ-compare-")).length).toBe(before);
  });
});

// ── The command ───────────────────────────────────────────────────────────────────────────────────────────────────────

const KEYS = { client: keyFromSeed(new Uint8Array(32).fill(1)), server: keyFromSeed(new Uint8Array(32).fill(2)) };

async function write(name: string, whose: "client" | "server", records: readonly CageRecord[]): Promise<void> {
  const ledger = await CageLedger.open({ folder: at(name), key: KEYS[whose], origin: `${whose}.example/cage` });
  writeFileSync(at(`${whose}.vkey`), ledger.verifierKey);
  for (const record of records) await ledger.append(encodeRecord(record));
  await ledger.close();
}
const lineOf = (theirs: string, more = ""): string =>
  `writ cage compare --ours made --ours-key client.vkey --theirs ${theirs} --theirs-key server.vkey${more}`;

describe("writ cage compare", () => {
  beforeAll(async () => {
    const good = logsOf(Array.from({ length: 6 }, () => ({})));
    writeKeyFile(at("server.key"), KEYS.server);
    await write("made", "client", good.client);
    await write("same", "server", good.server);
    await write(
      "other",
      "server",
      logsOf([{}, { served: (r) => ({ ...r, status: 200 }) }, { serve: drop }, { again: true }, {}, {}]).server,
    );
    await write("cut", "server", good.server.slice(0, 9));
  });

  it("says what is equal", async () => {
    const { text, code } = await run(lineOf("same"));
    expect([code, text.split("\n").slice(2)]).toEqual([
      0,
      [
        "what lies between 2027-01-15T08:00:30.000Z and 2027-01-15T08:19:36.000Z must be in both",
        "",
        "requests of ours to theirs (orders.example)",
        "ok  6 exchanges are equal in both",
        "    matched: 6 by the record the answer named",
      ],
    ]);
  });

  it("lists each mismatch with both values", async () => {
    const { text, code } = await run(lineOf("other"));
    expect(code).toBe(1);
    expect(text.split("\n").slice(5)).toEqual([
      "differs  POST orders.example/orders: record 3 of ours (c11e-1), record 3 of theirs (5e4f-1)",
      "    status    ours    201",
      "              theirs  200",
      "twice  POST orders.example/orders: record 7 of theirs (5e4f-3) and record 5 of theirs (5e4f-again-3) are of one of ours",
      "only ours  POST orders.example/orders at 2027-01-15T08:10:02.000Z: record 5 of ours (c11e-2)",
      expect.stringMatching(/^ {4}its answer named record [0-9a-f]{12}… of the other log$/),
      "ok  4 exchanges are equal in both",
      "    matched: 5 by the record the answer named",
      "differs  1 exchange said in two ways",
      "twice  1 record beside the one there should be",
      "only ours  1 exchange",
    ]);
    const json = JSON.parse((await run(lineOf("other", " --json"))).text);
    expect(json).toMatchObject({
      ok: false,
      flows: [{ caller: "ours", differs: 1, twice: 1, onlyOurs: 1, onlyTheirs: 0 }],
    });
    expect(json.flows[0].findings[0].differences).toEqual([{ part: "status", ours: "201", theirs: "200" }]);
  });

  it("a log that was cut is no proof of less, until somebody says what it must hold", async () => {
    expect(await run(lineOf("cut"))).toMatchObject({ code: 0, text: expect.stringContaining("2 outside of the time") });
    const { text, code } = await run(lineOf("cut", " --until 2027-01-15T08:15:00Z"));
    expect([code, text.match(/^only ours {2}POST/gm)?.length]).toEqual([1, 2]);
  });

  it("nothing is compared with a log that is not what was signed", async () => {
    cpSync(at("same"), at("tampered"), { recursive: true });
    const file = join(at("tampered"), "ledger.mdb");
    const bytes = readFileSync(file);
    expect(bytes.includes(DIGEST.two)).toBe(true);
    for (let found = bytes.indexOf(DIGEST.two); found >= 0; found = bytes.indexOf(DIGEST.two, found + 1))
      bytes[found] = 0x39;
    writeFileSync(file, bytes);
    const { text, code } = await run(lineOf("tampered"));
    expect([code, text]).toEqual([
      1,
      expect.stringMatching(/^ledger\/corrupt {2}theirs: [\s\S]*nothing was compared$/),
    ]);
    expect(JSON.parse((await run(lineOf("tampered", " --json"))).text)).toMatchObject({
      ok: false,
      problem: { in: "theirs" },
    });
  });

  it.each([
    [
      "another key",
      "writ cage compare --ours made --ours-key client.vkey --theirs same --theirs-key client.vkey",
      /theirs: ledger\/not-a-ledger: .* `server.example\/cage`/,
    ],
    ["no key", "writ cage compare --ours made --ours-key client.vkey --theirs same", /with --theirs-key/],
    [
      "one log twice",
      "writ cage compare --ours made --ours-key client.vkey --theirs made --theirs-key client.vkey",
      /both are the same log/,
    ],
    ["no instant", "writ cage compare --theirs same --from yesterday", /--from `yesterday` is no instant/],
    ["no folder", "writ cage compare --ours nowhere --theirs same", /there is no folder `nowhere`/],
    ["a host nobody called", `${lineOf("same")} --host nobody.example`, /nothing {2}neither log holds/],
  ])("cannot be asked: %s", async (_, line, message) => {
    const { text, code } = await run(line);
    expect([code, text]).toEqual([2, expect.stringMatching(message)]);
  });

  it("compares a part of the time alone", async () => {
    const { text, code } = await run(`${lineOf("other")} --from 2027-01-15T08:10:04Z`);
    expect([code, text]).toEqual([0, expect.stringContaining("ok  2 exchanges are equal in both")]);
    expect(text).toContain("not compared  5 outside of the time that both logs cover");
  });

  it("two logs that have nothing in common are not called equal", async () => {
    await write("alone", "server", [edge(START), edge(START + MINUTE)]);
    const { text, code } = await run(lineOf("alone"));
    expect([code, text]).toEqual([
      2,
      expect.stringContaining("nothing  neither log holds a request that went from one"),
    ]);
  });

  it("takes a part of a log: records with their proofs, as an auditor is given them", async () => {
    mkdirSync(at("part"));
    for (const index of [1, 2, 5, 6])
      await run(`writ cage records prove ${index} --ledger same --key server.key --out part/${index}`).then(
        ({ code }) => expect(code).toBe(0),
      );
    const { text, code } = await run(lineOf("part"));
    expect([code, text.split("\n").slice(1, 2), text.split("\n").slice(-3)]).toEqual([
      0,
      [expect.stringMatching(/^theirs {2}server\.example\/cage: 4 of its 14 records, verified/)],
      [
        "ok  2 exchanges are equal in both",
        "    matched: 2 by the record the answer named",
        "not compared  4 not in the part of the other log that was given",
      ],
    ]);
    writeFileSync(join(at("part"), "2.record"), readFileSync(join(at("part"), "6.record")));
    const broken = await run(lineOf("part"));
    expect([broken.code, broken.text]).toEqual([1, expect.stringMatching(/^bad-proof {2}theirs: 2\.proof: /)]);
  });
});

it("the table of attacks names this, and A21 is whole", () => {
  const attack = ATTACKS.find(({ id }) => id === "A21")!;
  expect(attack.tests).toContain("test/cage/compare.test.ts");
  expect(attack).not.toHaveProperty("open");
});
