// Witnesses: published examples and conversations, each refusal by its status, what a killed one has kept, and what a log makes of those that do not answer
// as they should.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, describe, expect, it } from "vitest";
import { base64, concat, fromHex, utf8 } from "../../../core/index.ts";
import { checkpointSigner, keyFromSeed } from "../../../court-node/keys.ts";
import {
  cosign,
  cosignedMessage,
  cosignerKey,
  parseCosignerKey,
  printCosignerKey,
  verifyCosignatures,
} from "../../../ledger/cosignature.ts";
import {
  emptyRoot,
  Log,
  MemoryLock,
  MemoryStorage,
  type Note,
  nativeSha256,
  parseNote,
  parseVerifierKey,
  printCheckpoint,
  printGrowth,
  printVerifierKey,
  rawPublicKey,
  signNote,
  type VerifierKey,
  verifierKey,
} from "../../../ledger/index.ts";
import { type Round, WITNESS_WORDS, Witnesses, type WitnessesOptions } from "../../../ledger/witness-client.ts";
import { createWitness } from "../../../ledger/witness-server.ts";
import { originHash, WitnessState } from "../../../ledger/witness-state.ts";

const vectors = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../vectors/tlog-witness/${name}.json`, import.meta.url), "utf8"));
const examples = vectors("examples") as { note: string; signedMessage: string; request: string; answer: string };
const conversations = vectors("conversations") as Record<
  "litewitness",
  {
    origin: string;
    publicKey: string;
    requests: { body: string; status: number; contains?: string; equals?: string }[];
  }
>;

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const NOW = 1_800_000_000_000;
const LOG_KEY = keyFromSeed(new Uint8Array(32).fill(3));
const signer = checkpointSigner("log.example/a", LOG_KEY);
const witnessKey = (seed: number, name: string) => {
  const key = keyFromSeed(new Uint8Array(32).fill(seed));
  return { key: cosignerKey(name, rawPublicKey(key.privateKey)), sign: (message: Uint8Array) => key.sign(message) };
};
const W1 = witnessKey(11, "w1.example");
const W2 = witnessKey(12, "w2.example");
const noteOf = (text: string): Note => {
  const note = parseNote(text);
  if ("reason" in note) throw new Error(note.reason);
  return note;
};

async function listening(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => {
    server.closeAllConnections();
    return new Promise((done) => server.close(done));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
async function witness(
  logs: ReadonlyMap<string, readonly VerifierKey[]>,
  { as = W1, folder }: { as?: typeof W1; folder?: string } = {},
): Promise<{ readonly url: string; readonly state: WitnessState; readonly folder: string }> {
  const at = folder ?? mkdtempSync(join(tmpdir(), "writ-witness-"));
  if (folder === undefined) closing.push(() => rmSync(at, { recursive: true }));
  const state = WitnessState.open(at, logs.keys());
  closing.push(() => state.close());
  return { url: await listening(createWitness({ logs, state, signer: as, now: () => NOW })), state, folder: at };
}
const add = async (url: string, body: string | Uint8Array) => {
  const answer = await fetch(`${url}/add-checkpoint`, { method: "POST", body: Buffer.from(body) });
  return { status: answer.status, type: answer.headers.get("content-type"), body: await answer.text() };
};
const LOGS = new Map([[signer.key.name, [signer.key]]]);

async function logOf(entries: number): Promise<Log> {
  const log = await Log.open({ storage: new MemoryStorage(), lock: new MemoryLock(), signer, sha256: nativeSha256 });
  await grow(log, entries);
  return log;
}
const grow = (log: Log, entries: number) =>
  log.commit(
    Array.from({ length: entries }, (_, i) => utf8(`entry ${log.size + i}`)),
    [],
  );
/** What a client sends of a log as it is. */
const request = (log: Log, older: number): string =>
  printGrowth({ older, path: log.consistency(older), checkpoint: log.note });

describe("cosignatures", () => {
  it("are made over the published message, and have the published form", () => {
    const note = noteOf(examples.note);
    const [, line] = note.signatures;
    expect([line!.name, line!.signature.length]).toEqual(["witness.example.com/w1", 72]);
    const time = new DataView(line!.signature.buffer, line!.signature.byteOffset).getBigUint64(0);
    expect(Buffer.from(cosignedMessage(note.text, time)).toString()).toBe(examples.signedMessage);
    // Two kinds under one name, and a name that comes once more.
    const answer = noteOf(`${note.text}\n${examples.answer}`);
    expect(answer.signatures.map(({ name, signature }) => [name, signature.length])).toEqual([
      ["witness.example/w1", 72],
      ["witness.example/w1", 72],
      ["witness.example/w2", 72],
    ]);
  });

  it("verify by their key, name and kind, and by nothing else", () => {
    const text = printCheckpoint({ origin: "log.example/a", size: 3, root: emptyRoot() });
    const note = signNote(text, [signer]);
    const line = cosign(text, 1_679_315_147, W1);
    expect(parseCosignerKey(printCosignerKey(W1.key))).toEqual(W1.key);
    expect(parseVerifierKey(printCosignerKey(W1.key))).toBeUndefined();
    expect(parseCosignerKey(printVerifierKey(signer.key))).toBeUndefined();
    const by = (cosigned: string, ...keys: VerifierKey[]) => verifyCosignatures(noteOf(cosigned), keys);
    expect(by(note + line, W1.key, W2.key)).toEqual({ ok: true, by: [{ key: W1.key, time: 1_679_315_147 }] });
    expect(by(note, W1.key)).toEqual({ ok: true, by: [] });
    // Twice is once.
    expect(by(note + line + cosign(text, 1_679_315_148, W1), W1.key)).toMatchObject({ by: [{ time: 1_679_315_147 }] });
    // The key of a log with the same bytes is of another kind, and signs no time.
    expect(by(note + line, verifierKey("w1.example", W1.key.publicKey))).toEqual({ ok: true, by: [] });
    const bad = { ok: false, name: "w1.example" };
    expect(by(signNote(text.replace("3", "4"), [signer]) + line, W1.key)).toEqual(bad);
    expect(by(note + cosign(text, 0, W1), W1.key)).toEqual(bad);
    const short = `\u2014 w1.example ${base64(concat(W1.key.id, new Uint8Array(64)))}\n`;
    expect(by(note + short, W1.key)).toEqual(bad);
    // The time is signed, too.
    const { signature } = noteOf(note + line).signatures[1]!;
    const later = signature.slice();
    later[7] = later[7]! + 1;
    expect(by(`${note}\u2014 w1.example ${base64(concat(W1.key.id, later))}\n`, W1.key)).toEqual(bad);
  });
});

describe("a witness", () => {
  it("holds the published conversation", async () => {
    const { origin, publicKey, requests } = conversations.litewitness;
    const known = verifierKey(origin, fromHex(publicKey)!);
    const as = witnessKey(11, "example.com/witness");
    const { url } = await witness(new Map([[origin, [known]]]), { as });
    for (const { body, status, contains, equals } of requests) {
      const answer = await add(url, body);
      // The specification has come to ask for another status of a log that is not known.
      const unknown = contains === "unknown log";
      // Base64 in another than its one form is no signature line, whatever it would say.
      const misspelled = body.includes("6gx=");
      expect([body, answer.status]).toEqual([body, unknown ? 404 : misspelled ? 400 : status]);
      if (equals !== undefined) expect([answer.body, answer.type]).toEqual([equals, "text/x.tlog.size"]);
      else if (!unknown && !misspelled) expect(answer.body).toContain(contains);
    }
    expect(requests.length).toBe(9);
  });

  it("cosigns a log whose key has another name than its origin", async () => {
    const { key, sign } = checkpointSigner("names.example", LOG_KEY);
    const { url } = await witness(new Map([["tree of all names", [key]]]));
    const text = printCheckpoint({ origin: "tree of all names", size: 35_225_469, root: new Uint8Array(32).fill(9) });
    const answer = await add(url, `old 0\n\n${signNote(text, [{ key, sign }])}`);
    expect([
      answer.status,
      verifyCosignatures(noteOf(signNote(text, [{ key, sign }]) + answer.body), [W1.key]),
    ]).toEqual([200, { ok: true, by: [{ key: W1.key, time: NOW / 1_000 }] }]);
    // The right key under another name is another key.
    const misnamed = checkpointSigner("other.example", LOG_KEY);
    expect((await add(url, `old 0\n\n${signNote(text, [misnamed])}`)).status).toBe(403);
  });

  it("cosigns what grew, and shows it to monitors", async () => {
    const { url } = await witness(LOGS);
    const log = await logOf(5);
    const first = await add(url, request(log, 0));
    expect([first.status, first.type]).toEqual([200, "text/plain; charset=utf-8"]);
    const seconds = NOW / 1_000;
    expect(verifyCosignatures(noteOf(log.note + first.body), [W1.key])).toEqual({
      ok: true,
      by: [{ key: W1.key, time: seconds }],
    });
    await grow(log, 300);
    expect((await add(url, request(log, 5))).status).toBe(200);
    // Once more, at the same size.
    expect((await add(url, request(log, 305))).status).toBe(200);
    const monitor = await fetch(`${url}/${originHash(log.origin)}/checkpoint`);
    const kept = await monitor.text();
    expect(kept.startsWith(log.note)).toBe(true);
    expect(verifyCosignatures(noteOf(kept), [W1.key])).toMatchObject({ by: [{ key: W1.key }] });
    // Signatures of others are not handed on.
    await grow(log, 1);
    const crowded = log.note + cosign(noteOf(log.note).text, 5, W2);
    const asked = printGrowth({ older: 305, path: log.consistency(305), checkpoint: crowded });
    expect((await add(url, asked)).status).toBe(200);
    expect(await (await fetch(`${url}/${originHash(log.origin)}/checkpoint`)).text()).not.toContain("w2.example");
  });

  it("takes lines of the log's own, and cosigns them", async () => {
    const { url } = await witness(LOGS);
    const text = `${printCheckpoint({ origin: "log.example/a", size: 0, root: emptyRoot() })}one more line\n`;
    const note = signNote(text, [signer]);
    const { status, body } = await add(url, `old 0\n\n${note}`);
    expect([status, verifyCosignatures(noteOf(note + body), [W1.key])]).toMatchObject([200, { by: [{ key: W1.key }] }]);
  });

  const other = checkpointSigner("log.example/a", keyFromSeed(new Uint8Array(32).fill(4)));
  const root = (fill: number) => new Uint8Array(32).fill(fill);
  const signed = (size: number, of: Uint8Array, by = signer, origin = "log.example/a") =>
    signNote(printCheckpoint({ origin, size, root: of }), [by]);
  const hashes = (count: number) => `${base64(root(1))}\n`.repeat(count);
  // It has cosigned five entries.
  const REFUSED: readonly (readonly [string, number, (log: Log) => string | Uint8Array, string?])[] = [
    ["no UTF-8", 400, () => Uint8Array.of(0xff)],
    ["nothing", 400, () => ""],
    ["no old size", 400, (log) => `\n${log.note}`],
    ["an old size with a zero in front", 400, (log) => `old 05\n\n${log.note}`],
    ["a line that is no hash", 400, (log) => `old 5\nAAAA\n\n${log.note}`],
    ["64 hashes", 400, (log) => `old 5\n${hashes(64)}\n${log.note}`],
    ["no note", 400, () => "old 5\n\nlog.example/a\n"],
    ["a note that is no checkpoint", 400, () => `old 5\n\n${signNote("log.example/a\nfive\n", [signer])}`],
    ["a root that is none", 400, () => `old 5\n\n${signNote("log.example/a\n5\nAAAA\n", [signer])}`],
    ["an old size above the size", 400, () => `old 6\n\n${signed(5, root(1))}`],
    ["an empty line of the log's own", 400, () => `old 5\n\n${signNote("log.example/a\n5\nAAAA\n\nx\n", [signer])}`],
    ["a log that is not known", 404, () => `old 0\n\n${signed(1, root(1), other, "log.example/b")}`],
    ["another key", 403, () => `old 5\n\n${signed(6, root(1), other)}`],
    ["a signature that does not fit", 403, (log) => `old 5\n\n${log.note.replace("\n5\n", "\n6\n")}`],
    ["an older size", 409, () => `old 4\n\n${signed(6, root(1))}`, "5\n"],
    ["from nothing", 409, () => `old 0\n\n${signed(6, root(1))}`, "5\n"],
    ["less than was cosigned", 409, () => `old 3\n\n${signed(4, root(1))}`, "5\n"],
    ["another root at the same size", 422, () => `old 5\n\n${signed(5, root(1))}`],
    ["a proof where nothing grew", 422, (log) => `old 5\n${hashes(1)}\n${log.note}`],
    ["no proof", 422, () => `old 5\n\n${signed(9, root(1))}`],
    ["a wrong proof", 422, () => `old 5\n${hashes(5)}\n${signed(9, root(1))}`],
  ];
  for (const [what, status, body, equals] of REFUSED)
    it(`refuses ${what} with ${status}`, async () => {
      const { url, state } = await witness(LOGS);
      const log = await logOf(5);
      await add(url, request(log, 0));
      const answer = await add(url, body(log));
      expect(answer.status).toBe(status);
      if (equals !== undefined) expect([answer.body, answer.type]).toEqual([equals, "text/x.tlog.size"]);
      expect(state.latest(log.origin)).toMatchObject({ size: 5, root: log.checkpoint.root });
    });

  it.each([
    ["a proof from nothing", `old 0\n${hashes(1)}\n${signed(2, root(1))}`],
    ["a root of nothing that is another one", `old 0\n\n${signed(0, root(1))}`],
  ])("refuses %s, when it has seen nothing, with 422", async (_, body) => {
    const { url } = await witness(LOGS);
    expect((await add(url, body)).status).toBe(422);
    expect((await fetch(`${url}/${originHash("log.example/a")}/checkpoint`)).status).toBe(404);
  });

  it("bounds what it reads, and has two places", async () => {
    const { url } = await witness(LOGS);
    expect((await add(url, "x".repeat(70_000))).status).toBe(413);
    const wide = signNote(
      `${printCheckpoint({ origin: "log.example/a", size: 0, root: emptyRoot() })}${"é".repeat(1_600)}\n`,
      [signer],
    );
    expect((await add(url, `old 0\n\n${wide}`)).status).toBe(400);
    for (const [path, method, status] of [
      ["/", "GET", 404],
      ["/add-checkpoint", "GET", 405],
      [`/${originHash("log.example/a")}/checkpoint`, "POST", 405],
      [`/${originHash("log.example/b")}/checkpoint`, "GET", 404],
    ] as const)
      expect([path, (await fetch(url + path, { method })).status]).toEqual([path, status]);
  });

  it("of many that ask at once from one size, one is cosigned", async () => {
    const { url, state } = await witness(LOGS);
    const log = await logOf(1);
    await add(url, request(log, 0));
    const bodies: string[] = [];
    for (let i = 0; i < 20; i++) {
      await grow(log, 1);
      bodies.push(request(log, 1));
    }
    const answers = await Promise.all(bodies.map((body) => add(url, body)));
    const cosigned = answers.map(({ status }, at) => (status === 200 ? at + 2 : 0)).filter((size) => size > 0);
    expect(cosigned).toHaveLength(1);
    expect(state.latest(log.origin)!.size).toBe(cosigned[0]);
  });

  it("does not begin again when what it has cosigned is damaged, and is alone in its folder", async () => {
    const { url, state, folder } = await witness(LOGS);
    const log = await logOf(5);
    await add(url, request(log, 0));
    expect(() => WitnessState.open(folder, LOGS.keys())).toThrow(/already writes/);
    state.close();
    const file = join(folder, `${originHash(log.origin)}.cosigned`);
    const good = readFileSync(file);
    writeFileSync(
      file,
      Buffer.from(good)
        .fill(0x20, 80, 90)
        .fill(0x20, 4_096 + 80, 4_096 + 90),
    );
    expect(() => WitnessState.open(folder, LOGS.keys())).toThrow(/neither of its places/);
    // One place that was cut is a write that was not finished.
    writeFileSync(file, Buffer.from(good).fill(0, 100, 4_096));
    const again = WitnessState.open(folder, LOGS.keys());
    expect(again.latest(log.origin)!.size).toBe(5);
    again.close();
  });
});

const main = join(import.meta.dirname, "../../../dist/cli/main.js");

it("a witness that is killed has kept what it answered", { timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "writ-witness-"));
  closing.push(() => rmSync(folder, { recursive: true }));
  const log = await logOf(0);
  const args = [
    main,
    "ledger",
    "witness",
    "--name",
    "w9.example",
    "--state",
    "killed",
    "--listen",
    "127.0.0.1:0",
    "--log-level",
    "silent",
  ];
  let key = "";
  let answered = 0;
  for (let kill = 0; kill < 2; kill++) {
    const child = spawn(process.execPath, [...args, "--log", printVerifierKey(signer.key)], {
      cwd: folder,
      stdio: ["ignore", "pipe", "ignore"],
    });
    let url = "";
    const said = new Map<string, string>();
    for await (const line of createInterface({ input: child.stdout })) {
      const [, word, rest] = /^(\S+)\s+(.*)$/.exec(line) ?? [];
      said.set(word!, rest!);
      if (word === "key") break;
    }
    url = said.get("url")!;
    expect(said.get("log")).toMatch(
      answered === 0 ? /^log\.example\/a, nothing cosigned yet$/ : /^log\.example\/a, cosigned to \d+$/,
    );
    // The key is made once.
    if (kill > 0) expect(said.get("key")).toBe(key);
    key = said.get("key")!;
    const send = async (older: number) => {
      const body = printGrowth({ older, path: log.consistency(older), checkpoint: log.note });
      const answer = await fetch(`${url}/add-checkpoint`, { method: "POST", body });
      return { status: answer.status, text: await answer.text() };
    };
    // What it knows is what it has answered, or one more that it did not come to answer.
    await log.commit([utf8("one more")], []);
    const { status, text } = await send(0);
    let known = status === 409 ? Number(text) : log.size;
    expect(known).toBeGreaterThanOrEqual(answered);
    const dying = setTimeout(() => child.kill("SIGKILL"), 150 + kill * 40);
    try {
      for (;;) {
        await log.commit([utf8(`entry ${log.size}`)], []);
        const done = await send(known);
        expect(done.status).toBe(200);
        answered = known = log.size;
        const note = parseNote(log.note + done.text);
        if (!("reason" in note))
          expect(verifyCosignatures(note, [parseCosignerKey(key)!])).toMatchObject({ ok: true, by: [{}] });
      }
    } catch (error) {
      if (child.exitCode === null && child.signalCode === null && !(error instanceof TypeError)) throw error;
    } finally {
      clearTimeout(dying);
      child.kill("SIGKILL");
    }
    await (child.signalCode === null ? once(child, "exit") : null);
  }
  expect(answered).toBeGreaterThan(5);
  expect(existsSync(join(folder, "killed/witness.key"))).toBe(true);
});

// ── The log ───────────────────────────────────────────────────────────────────────────────────────────────────────────

async function asking(log: Log, witnesses: WitnessesOptions["witnesses"], more: Partial<WitnessesOptions> = {}) {
  const rounds: Round[] = [];
  const told: [string, string | null][] = [];
  const asked = new Witnesses({
    log,
    witnesses,
    keep: async (round) => void rounds.push(round),
    now: () => NOW,
    changed: (name, word) => told.push([name, word]),
    ...more,
  });
  closing.push(() => asked.close());
  return { asked, rounds, told };
}

describe("a log with witnesses", () => {
  it("gets a note with the cosignatures of all, and goes on from what each has", async () => {
    const log = await logOf(7);
    const [one, two] = [await witness(LOGS), await witness(LOGS, { as: W2 })];
    // The second one knows more than the log remembers.
    await add(two.url, request(log, 0));
    await grow(log, 5);
    const { asked, rounds, told } = await asking(log, [
      { url: one.url, key: W1.key },
      { url: `${two.url}/`, key: W2.key },
    ]);
    await asked.round();
    await grow(log, 700);
    await asked.round();
    expect(rounds.map(({ size, by }) => [size, by.map(({ key }) => key.name)])).toEqual([
      [12, ["w1.example", "w2.example"]],
      [712, ["w1.example", "w2.example"]],
    ]);
    expect(rounds[1]!.note.startsWith(log.note)).toBe(true);
    expect(told).toEqual([]);
    expect(asked.states).toEqual([
      { name: "w1.example", size: 712, at: NOW, word: null, failures: {} },
      { name: "w2.example", size: 712, at: NOW, word: null, failures: {} },
    ]);
    // After a restart it knows from its notes where each is: one request is enough.
    const again = await asking(log, [{ url: one.url, key: W1.key }], { before: [rounds[1]!.note] });
    expect(again.asked.states[0]!.size).toBe(712);
    await again.asked.round();
    expect(again.rounds).toHaveLength(1);
  });

  const answering = (status: number, body: string, headers: Record<string, string> = {}) =>
    listening(
      createServer((asked, response) => {
        asked.resume();
        response.writeHead(status, headers);
        response.end(body);
      }),
    );
  const text = async (log: Log) => noteOf(log.note).text;
  it.each<readonly [string, string, (log: Log) => Promise<string>]>([
    ["is not there", "down", async () => "http://127.0.0.1:1"],
    ["breaks", "down", () => answering(503, "")],
    ["says nothing", "slow", () => listening(createServer(() => undefined))],
    ["does not know the log", "unknown-log", () => answering(404, "")],
    ["knows another key", "unknown-key", () => answering(403, "")],
    ["says that it knows more", "ahead", () => answering(409, "900\n")],
    ["says that it knows another history", "refused", () => answering(422, "")],
    [
      "signs something else",
      "bad-cosignature",
      async (log) => answering(200, cosign((await text(log)).replace("7", "8"), 1_800_000_000, W1)),
    ],
    [
      "signs with another key",
      "bad-cosignature",
      async (log) => answering(200, cosign(await text(log), 1_800_000_000, W2)),
    ],
    [
      "signs under its name with another key",
      "bad-cosignature",
      async (log) => answering(200, cosign(await text(log), 1_800_000_000, { ...W2, key: W1.key })),
    ],
    ["signs without a time", "bad-cosignature", async (log) => answering(200, cosign(await text(log), 0, W1))],
    ["answers with nothing", "bad-cosignature", () => answering(200, "")],
    ["answers too much", "malformed", () => answering(200, "x".repeat(20_000))],
    ["asks for a size that is none", "malformed", () => answering(409, "many\n")],
    ["asks for the size that it was given", "malformed", () => answering(409, "0\n")],
    ["asks again and again", "malformed", () => answering(409, "3\n")],
    ["sends elsewhere", "malformed", () => answering(307, "", { location: "http://127.0.0.1:1/" })],
  ])("goes on without one that %s: `%s`", async (_, word, make) => {
    const log = await logOf(7);
    const good = await witness(LOGS, { as: W2 });
    const witnesses = [
      { url: await make(log), key: W1.key },
      { url: good.url, key: W2.key },
    ];
    const { asked, rounds, told } = await asking(log, witnesses, word === "slow" ? { waitMs: 1_000 } : {});
    await asked.round();
    await asked.round();
    expect(told).toEqual([["w1.example", word]]);
    expect(rounds.map(({ by }) => by.map(({ key }) => key.name))).toEqual([["w2.example"], ["w2.example"]]);
    expect(asked.states[0]).toMatchObject({ size: 0, at: null, word, failures: { [word]: 2 } });
    for (const { note } of rounds) expect(verifyCosignatures(noteOf(note), [W1.key, W2.key]).ok).toBe(true);
  });

  it("says when one is there again, and stops while one is waited for", async () => {
    const log = await logOf(7);
    const { url } = await witness(LOGS);
    const at = { url: "http://127.0.0.1:1", key: W1.key };
    const { asked, told } = await asking(log, [at]);
    await asked.round();
    at.url = url;
    await asked.round();
    expect(told).toEqual([
      ["w1.example", "down"],
      ["w1.example", null],
    ]);
    at.url = await listening(createServer(() => undefined));
    const waiting = asked.round();
    await asked.close();
    await waiting;
    expect(told).toHaveLength(2);
  });
});

it("docs/cage.md has every word for a witness, with what it means and what to do", () => {
  const text = readFileSync(new URL("../../../docs/cage.md", import.meta.url), "utf8");
  const start = text.indexOf("witnesses: made from ledger/witness-client.ts");
  const section = text.slice(start, text.indexOf("\n## ", start));
  const rows = [...section.matchAll(/^\| `([a-z-]+)` \| (.+) \| (.+) \|$/gm)].map(([, ...cells]) => cells);
  expect(rows).toEqual(Object.entries(WITNESS_WORDS).map(([word, [what, help]]) => [word, what, help]));
});
