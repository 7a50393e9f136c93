// One cage, two histories: what somebody who kept a checkpoint, a receipt or nothing but two notes finds out by `writ ledger`; and a cage whose ledger
// witnesses cosign: what it keeps, what a verifier asks of it, and what it does when they do not answer. Then two cages, one at each end, and what their
// logs say of each other.
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { readUpstream } from "../../cage/proxy/index.ts";
import { encodeRecord } from "../../cage/records/encode.ts";
import { CageLedger } from "../../cage/records/ledger.ts";
import type { CageRecord, CompletionRecord, IntentRecord } from "../../cage/records/record.ts";
import type { Prepared } from "../../cli/cage/prepared.ts";
import { checkpointSigner, keyFromSeed, writeKeyFile } from "../../court-node/keys.ts";
import { cosignerKey, printCosignerKey, verifyCosignatures } from "../../ledger/cosignature.ts";
import { cosignedWrites } from "../../ledger/cosigned.ts";
import {
  lockPathOf,
  parseNote,
  parseVerifierKey,
  printVerifierKey,
  rawPublicKey,
  type VerifierKey,
} from "../../ledger/index.ts";
import { Witnesses, type WitnessWord } from "../../ledger/witness-client.ts";
import { createWitness } from "../../ledger/witness-server.ts";
import { WitnessState } from "../../ledger/witness-state.ts";
import { runLine } from "../cli/script.ts";
import { ATTACKS } from "./attacks.ts";
import { afterwards, closeAll, get, raw, rawUpstream, until, upstream } from "./fakes.ts";
import { DIGEST, drop, edge, logsOf, MINUTE, START } from "./two-logs.ts";
import { NEAR, type Whole, wholeCage } from "./whole.ts";

const folder = mkdtempSync(join(tmpdir(), "writ-split-"));
const at = (name: string): string => join(folder, name);
const KEY = keyFromSeed(new Uint8Array(32).fill(9));
let vkey = "";

/** What a cage would write: `tag` tells the histories apart. */
async function write(name: string, tag: string, count: number): Promise<void> {
  const ledger = await CageLedger.open({ folder: at(name), key: KEY, origin: "cage.example/split" });
  vkey = ledger.verifierKey;
  const body = { word: "malformed", tag };
  await Promise.all(
    Array.from({ length: count }, (_, i) =>
      ledger.append(encodeRecord({ kind: "refusal", at: 1_800_000_000_000 + i, body })),
    ),
  );
  await ledger.close();
}
function copy(from: string, to: string): void {
  cpSync(at(from), at(to), { recursive: true });
  cpSync(lockPathOf(at(from)), lockPathOf(at(to)));
}
const run = async (line: string) => {
  const { lines, code } = await runLine(line, folder);
  return { text: lines.join("\n"), code };
};
const keep = async (name: string, as: string, more = ""): Promise<void> => {
  const { text, code } = await run(`writ ledger checkpoint ${name} --key cage.vkey${more}`);
  expect(code, text).toBe(0);
  writeFileSync(at(as), `${text}\n`);
};

beforeAll(async () => {
  await write("shown", "both", 300);
  writeFileSync(at("cage.vkey"), vkey);
  writeKeyFile(at("cage.key"), KEY);
  await keep("shown", "early.note");
  copy("shown", "hidden");
  await write("shown", "shown", 10);
  await write("hidden", "hidden", 10);
  await keep("shown", "shown.note");
  await keep("hidden", "hidden.note");
  await write("hidden", "hidden", 7);
  await keep("hidden", "longer.note");
});
afterEach(closeAll);
afterAll(() => rmSync(folder, { recursive: true }));

it("A21: two parties who were shown different histories find out by their notes alone", async () => {
  const { text, code } = await run(
    "writ ledger verify --checkpoint shown.note --checkpoint hidden.note --key cage.vkey",
  );
  expect(code).toBe(1);
  expect(text).toMatch(
    /^fork {2}cage\.example\/split has signed two histories: its first 310 entries are not the same/,
  );
  for (const note of ["shown.note", "hidden.note"]) expect(text).toContain(readFileSync(at(note), "utf8").trim());
  expect((await run("writ ledger verify --checkpoint shown.note --checkpoint shown.note --key cage.vkey")).text).toBe(
    "ok  2 checkpoints of one history",
  );
});

it("A21: an auditor who kept a checkpoint of one history finds the ledger of the other out", async () => {
  const found = await run(
    "writ ledger verify hidden --checkpoint early.note --checkpoint shown.note --key cage.vkey --json",
  );
  expect(found.code).toBe(1);
  const { ok, mismatches } = JSON.parse(found.text);
  expect([ok, mismatches.map(({ name, code }: Record<string, string>) => [name, code])]).toEqual([
    false,
    [["shown.note", "fork"]],
  ]);
  const [{ notes, growth, root }] = mismatches;
  expect(notes).toEqual([
    { name: "shown.note", note: readFileSync(at("shown.note"), "utf8") },
    { name: "hidden", note: readFileSync(at("longer.note"), "utf8") },
  ]);
  // The proof of growth shows to anybody which root the longer one has in place of the kept one.
  const [origin, size] = notes[0].note.split("\n");
  expect(readFileSync(at("hidden.note"), "utf8").split("\n").slice(0, 3)).toEqual([origin, size, root]);
  writeFileSync(at("evidence"), growth);
  const proves = await run("writ ledger verify --checkpoint hidden.note --checkpoint evidence --key cage.vkey");
  expect(proves.text).toBe("ok  2 checkpoints of one history");
  const shows = await run("writ ledger verify --checkpoint shown.note --checkpoint evidence --key cage.vkey");
  expect([shows.code, shows.text.split("  ")[0]]).toEqual([1, "misproven"]);

  // A receipt somebody was given holds a checkpoint, too.
  await run("writ cage records prove 305 --ledger shown --key cage.key --out receipt");
  const byReceipt = await run("writ ledger verify hidden --checkpoint receipt.proof --key cage.vkey");
  expect([byReceipt.code, byReceipt.text]).toEqual([1, expect.stringContaining("fork  cage.example/split")]);
});

it("what only grew is proved to have grown, without the entries", async () => {
  const grown = await run("writ ledger verify hidden --checkpoint early.note --checkpoint hidden.note --key cage.vkey");
  expect([grown.code, grown.text.split("\n").slice(1)]).toEqual([
    0,
    [
      "ok  early.note: the ledger grew from this checkpoint of 300",
      "ok  hidden.note: the ledger grew from this checkpoint of 310",
    ],
  ]);
  const unknown = await run("writ ledger verify --checkpoint early.note --checkpoint longer.note --key cage.vkey");
  expect([unknown.code, unknown.text.split("  ")[0]]).toEqual([1, "unproven"]);
  await keep("hidden", "growth", " --since early.note");
  const known = await run("writ ledger verify --checkpoint growth --checkpoint early.note --key cage.vkey");
  expect([known.code, known.text]).toEqual([0, "ok  2 checkpoints of one history"]);
  expect((await run("writ ledger checkpoint hidden --since shown.note --key cage.vkey")).code).toBe(1);
});

it("a ledger that was cut, an old copy, and a note of nobody are told apart", async () => {
  copy("shown", "old");
  const shorter = await run("writ ledger verify old --checkpoint longer.note --key cage.vkey");
  expect([shorter.code, shorter.text]).toEqual([
    1,
    expect.stringContaining("shorter  old has 310 entries, and a checkpoint of 317"),
  ]);
  // Put back under a lock that knows better.
  cpSync(lockPathOf(at("hidden")), lockPathOf(at("old")));
  const locked = await run("writ ledger verify old --key cage.vkey");
  expect([locked.code, locked.text]).toEqual([1, expect.stringContaining("── the lock beside the folder")]);
  const text = readFileSync(at("shown.note"), "utf8");
  writeFileSync(at("forged.note"), text.replace("\n310\n", "\n311\n"));
  const forged = await run("writ ledger verify shown --checkpoint forged.note --key cage.vkey");
  expect([forged.code, forged.text]).toEqual([
    1,
    expect.stringContaining("bad-signature  forged.note: the signature of"),
  ]);
  expect((await run("writ ledger verify --checkpoint shown.note --key cage.vkey")).code).toBe(2);
  expect((await run("writ ledger verify shown")).text).toMatch(/holds no node\.key|name the key/);
  // A copy has no lock beside it, and an auditor may have a key file.
  cpSync(at("shown"), at("copied"), { recursive: true });
  expect((await run("writ ledger verify copied --key cage.key")).code).toBe(0);
  writeKeyFile(at("other.key"), keyFromSeed(new Uint8Array(32).fill(8)));
  const other = await run("writ ledger verify shown --key other.key");
  expect([other.code, other.text]).toEqual([
    2,
    expect.stringMatching(/^error: ledger\/other-key: .*by another key.*\nName the key/),
  ]);
});

it("the checkpoint of a cage that runs is the newest", async () => {
  const ledger = await CageLedger.open({ folder: at("running"), key: KEY, origin: "cage.example/split" });
  try {
    for (let i = 0; i < 3; i++)
      await ledger.append(encodeRecord({ kind: "refusal", at: 1_800_000_000_000, body: { word: "malformed" } }));
    // Signed, and most likely not moved into the store yet.
    writeFileSync(at("running.note"), ledger.log.note);
    await keep("running", "seen.note");
    expect(readFileSync(at("seen.note"), "utf8")).toBe(ledger.log.note);
    expect((await run("writ ledger verify running --checkpoint running.note --key cage.vkey")).code).toBe(0);
  } finally {
    await ledger.close();
  }
});

// ── Witnesses ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const witnessKey = (seed: number, name: string) => {
  const key = keyFromSeed(new Uint8Array(32).fill(seed));
  return { key: cosignerKey(name, rawPublicKey(key.privateKey)), sign: (message: Uint8Array) => key.sign(message) };
};
const [W1, W2, W3] = [witnessKey(21, "w1.example"), witnessKey(22, "w2.example"), witnessKey(23, "w3.example")];

const keyOf = (origin: string): string => printVerifierKey(checkpointSigner(origin, KEY).key);

/** A witness whose log is named once it is known. */
async function witness(
  as: typeof W1,
  name: string,
): Promise<{ readonly url: string; readonly logs: Map<string, VerifierKey[]> }> {
  const logs = new Map<string, VerifierKey[]>([["localhost/cage", []]]);
  const state = WitnessState.open(at(name), logs.keys());
  afterwards(() => state.close());
  const server = createWitness({ logs, state, signer: as, now: () => 1_800_000_000_000 });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  afterwards(() => {
    server.closeAllConnections();
    return new Promise((done) => server.close(done));
  });
  return { url: `http://127.0.0.1:${(server.address() as { port: number }).port}`, logs };
}
const witnessed = (
  all: readonly (readonly [url: string, of: typeof W1])[],
  more: Partial<NonNullable<Prepared["witnesses"]>> = {},
): Pick<Prepared, "witnesses"> => ({
  witnesses: { at: all.map(([url, { key }]) => ({ url, key })), everyMs: 20, withinMs: null, needed: 1, ...more },
});
const cosignedBy = (cage: Whole, ...of: (typeof W1)[]): number =>
  Math.max(
    0,
    ...cage.ledger.cosigned().map((text) => {
      const note = parseNote(text);
      const verdict =
        "reason" in note
          ? null
          : verifyCosignatures(
              note,
              of.map(({ key }) => key),
            );
      return verdict?.ok === true ? verdict.by.length : 0;
    }),
  );
const metrics = async (cage: Whole): Promise<string> => await cage.cage.numbers.text();

it("A20: a ledger is cosigned while it runs, and whoever asks for k of n sees it", async () => {
  const there = await upstream();
  const [one, two] = [await witness(W1, "one"), await witness(W2, "two")];
  const down = "http://127.0.0.1:1";
  const cage = await wholeCage(
    NEAR,
    witnessed([
      [one.url, W1],
      [two.url, W2],
      [down, W3],
    ]),
  );
  for (const { logs } of [one, two]) logs.set("localhost/cage", [parseVerifierKey(cage.ledger.verifierKey)!]);
  await raw(cage.port, get(there.url));
  await until(() => cosignedBy(cage, W1, W2) === 2);
  expect(await metrics(cage)).toMatch(/writ_cage_witness_failures_total\{witness="w3.example",reason="down"\} [1-9]/);
  expect(await metrics(cage)).toMatch(/writ_cage_witness_entries\{witness="w1.example"\} [1-9]/);
  // One goes away: what both had cosigned stays.
  two.logs.delete("localhost/cage");
  const size = cage.ledger.size;
  await raw(cage.port, get(there.url));
  await until(() => cage.ledger.cosigned().some((note) => Number(note.split("\n")[1]) > size));
  expect(cosignedBy(cage, W1, W2)).toBe(2);
  writeFileSync(at("cage.vkey"), cage.ledger.verifierKey);
  await cage.close();
  cpSync(cage.folder, at("copy"), { recursive: true });
  for (const [name, { key }] of Object.entries({ w1: W1, w2: W2, w3: W3 }))
    writeFileSync(at(`${name}.vkey`), printCosignerKey(key));

  const verify = "writ ledger verify copy --key cage.vkey --witness w1.vkey --witness w2.vkey --witness w3.vkey";
  const two3 = await run(`${verify} --witnesses-needed 2`);
  expect([two3.code, two3.text.split("\n")[1]]).toEqual([
    0,
    expect.stringMatching(
      /^ok {2}cosigned to \d+ of \d+ entries by w1\.example \(2027-01-15T08:00:00\.000Z\), w2\.example \(/,
    ),
  ]);
  const one3 = JSON.parse((await run(`${verify} --witnesses-needed 1 --json`)).text);
  expect(one3).toMatchObject({ ok: true, witnessed: { by: [{ name: "w1.example" }] } });
  const all3 = await run(verify);
  expect([all3.code, all3.text]).toEqual([
    1,
    expect.stringMatching(/unwitnessed {2}3 witnesses of 3 must have cosigned a checkpoint, and at most 2 has/),
  ]);

  // Shown, and carried by proofs.
  const shown = await run("writ ledger checkpoint copy --key cage.vkey --witnessed");
  expect([shown.code, shown.text]).toEqual([0, expect.stringContaining("— w1.example ")]);
  await run("writ cage records prove 1 --ledger copy --witnessed --out receipt");
  const record = "writ cage records verify receipt.record --proof receipt.proof --key cage.vkey";
  expect((await run(`${record} --witness w1.vkey`)).text).toMatch(/^ok {2}record 1 of localhost\/cage/);
  const missing = await run(`${record} --witness w1.vkey --witness w3.vkey`);
  expect([missing.code, missing.text]).toEqual([1, "unwitnessed  1 of 2 witnesses have cosigned it, 2 are needed"]);
});

it("A21: of two histories a witness cosigns one, and a reader sees how far", async () => {
  const { url, logs } = await witness(W1, "of-two");
  const origin = "localhost/cage";
  logs.set(origin, [parseVerifierKey(keyOf(origin))!]);
  const open = (name: string) => CageLedger.open({ folder: at(name), key: KEY, origin });
  const add = (ledger: CageLedger, tag: string, count: number) =>
    Promise.all(
      Array.from({ length: count }, () =>
        ledger.append(encodeRecord({ kind: "refusal", at: 1_800_000_000_000, body: { word: "malformed", tag } })),
      ),
    );
  const ask = async (ledger: CageLedger): Promise<(WitnessWord | null)[]> => {
    const words: (WitnessWord | null)[] = [];
    const asked = new Witnesses({
      log: ledger.log,
      witnesses: [{ url, key: W1.key }],
      before: ledger.cosigned(),
      keep: ({ note, by }) => ledger.keep(cosignedWrites(note, by.length)),
      now: Date.now,
      changed: (_, word) => words.push(word),
    });
    await asked.round();
    await asked.close();
    return words;
  };
  const before = await open("told");
  await add(before, "both", 3);
  expect(await ask(before)).toEqual([]);
  await before.close();
  copy("told", "untold");
  const told = await open("told");
  await add(told, "told", 5);
  expect(await ask(told)).toEqual([]);
  await told.close();
  const untold = await open("untold");
  await add(untold, "untold", 9);
  // It goes on, and its operator cannot show it as cosigned.
  expect(await ask(untold)).toEqual(["refused"]);
  await add(untold, "untold", 1);
  await untold.close();
  writeFileSync(at("two.vkey"), keyOf(origin));
  const verify = (name: string) =>
    run(`writ ledger verify ${name} --key two.vkey --witness ${printCosignerKey(W1.key)}`);
  expect((await verify("told")).text).toMatch(/ok {2}cosigned to 8 of 8 entries by w1\.example \([^)]+\)$/);
  expect((await verify("untold")).text).toMatch(
    /ok {2}cosigned to 3 of 13 entries by w1\.example \([^)]+\); the last 10 are not$/,
  );
  // A checkpoint of the other history, from the witness itself, is the evidence.
  const shown = await run("writ ledger checkpoint told --key two.vkey --witnessed");
  writeFileSync(at("cosigned.note"), `${shown.text}\n`);
  const found = await run("writ ledger verify untold --checkpoint cosigned.note --key two.vkey");
  expect([found.code, found.text]).toEqual([
    1,
    expect.stringMatching(/^fork {2}localhost\/cage has signed two histories/m),
  ]);
});

it("a witness is named by its URL and key, each once", async () => {
  const w1 = printCosignerKey(W1.key);
  for (const [flags, message] of [
    [`--witness http://127.0.0.1:1`, /is no witness/],
    [`--witness http://127.0.0.1:1+${w1.slice(0, -2)}`, /is no witness/],
    [`--witness ftp://127.0.0.1+${w1}`, /is no witness/],
    [`--witness http://127.0.0.1:1+${w1} --witness http://127.0.0.1:2+${w1}`, /one witness is named twice/],
    [`--witness http://127.0.0.1:1+${w1} --witnesses-needed 2`, /`2` is no number of witnesses/],
    [`--witness http://127.0.0.1:1+${w1} --witness-within soon`, /`soon` is no value/],
    ["--witness-every 1m", /no witness is named/],
  ] as const) {
    const { text, code } = await run(`writ cage --policy p.yaml ${flags}`);
    expect([flags, code, text]).toEqual([flags, 2, expect.stringMatching(message)]);
  }
  for (const [flags, message] of [
    [`--witness ${w1} --witness ${w1}`, /one witness is named twice/],
    ["--witness w1", /is no key of a witness/],
    ["--witnesses-needed 1", /counts nobody/],
    [`--witness ${w1} --witnesses-needed 0`, /`0` is no number of witnesses/],
  ] as const)
    expect((await run(`writ ledger verify nowhere --key ${w1} ${flags}`)).text).toMatch(message);
});

it("stops nothing when it is down, unless the operator asks for that", async () => {
  const there = await upstream();
  const late = await witness(W1, "late");
  const cage = await wholeCage(NEAR, witnessed([[late.url, W1]], { withinMs: 1_500 }));
  expect((await raw(cage.port, get(there.url))).status).toBe(200);
  const status = async (): Promise<number> => (await raw(cage.port, get(there.url))).status;
  await new Promise((done) => setTimeout(done, 1_500));
  await until(async () => (await status()) === 503);
  expect((await raw(cage.port, get(there.url))).head).toMatch(/cage-decision: deny;.*reason=unwitnessed/);
  // It allows again by itself.
  late.logs.set("localhost/cage", [parseVerifierKey(cage.ledger.verifierKey)!]);
  await until(async () => (await status()) === 200);

  const free = await wholeCage(NEAR, witnessed([["http://127.0.0.1:1", W1]]));
  await until(async () => /reason="down"\} [1-9]/.test(await metrics(free)));
  expect((await raw(free.port, get(there.url))).status).toBe(200);
});

// ── Two ends ──────────────────────────────────────────────────────────────────────────────────────────────────────────

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

// ── The command ───────────────────────────────────────────────────────────────────────────────────────────────────────

const KEYS = { client: keyFromSeed(new Uint8Array(32).fill(1)), server: keyFromSeed(new Uint8Array(32).fill(2)) };

async function writeMade(name: string, whose: "client" | "server", records: readonly CageRecord[]): Promise<void> {
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
    await writeMade("made", "client", good.client);
    await writeMade("same", "server", good.server);
    await writeMade(
      "other",
      "server",
      logsOf([{}, { served: (r) => ({ ...r, status: 200 }) }, { serve: drop }, { again: true }, {}, {}]).server,
    );
    await writeMade("cut", "server", good.server.slice(0, 9));
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
    await writeMade("alone", "server", [edge(START), edge(START + MINUTE)]);
    const { text, code } = await run(lineOf("alone"));
    expect([code, text]).toEqual([
      2,
      expect.stringContaining("nothing  neither log holds a request that went from one"),
    ]);
  });

  it("two logs in which nothing names a record of the other are not called equal", async () => {
    await writeMade("silent", "client", logsOf([{ asked: (r) => ({ ...r, peer: null }), serve: drop }]).client);
    await writeMade("strangers", "server", logsOf([{ ask: drop, serve: (r) => ({ ...r, peer: null }) }]).server);
    const { text, code } = await run(
      "writ cage compare --ours silent --ours-key client.vkey --theirs strangers --theirs-key server.vkey",
    );
    expect([code, text.split("\n").slice(4)]).toEqual([
      2,
      [
        "requests of ours to theirs (orders.example)",
        "not compared  1 answered by something that named no record",
        "not compared  1 of callers that nothing shows to be the other cage",
        "",
        "nothing  no exchange could be compared: neither side names a record of the other",
        "the answer of a cage names its record; a request does with --peer",
      ],
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
  expect(attack.tests).toContain("test/cage/split-view.test.ts");
  expect(attack).not.toHaveProperty("open");
});
