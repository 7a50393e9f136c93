// A cage whose ledger witnesses cosign: what it keeps, what a verifier asks of it, and what it does when they do not answer.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, afterEach, expect, it } from "vitest";
import type { Prepared } from "../../cli/cage/prepared.ts";
import { utf8 } from "../../core/index.ts";
import { checkpointSigner, keyFromSeed } from "../../court-node/keys.ts";
import { cosignerKey, printCosignerKey, verifyCosignatures } from "../../ledger/cosignature.ts";
import {
  Log,
  MemoryLock,
  MemoryStorage,
  nativeSha256,
  parseCosignerKey,
  parseNote,
  parseVerifierKey,
  printGrowth,
  printVerifierKey,
  rawPublicKey,
  type VerifierKey,
} from "../../ledger/index.ts";
import { createWitness } from "../../ledger/witness-server.ts";
import { WitnessState } from "../../ledger/witness-state.ts";
import { runLine } from "../cli/script.ts";
import { afterwards, closeAll, get, raw, until, upstream } from "./fakes.ts";
import { NEAR, type Whole, wholeCage } from "./whole.ts";

const folder = mkdtempSync(join(tmpdir(), "writ-witnessed-"));
const at = (name: string): string => join(folder, name);
const run = async (line: string) => {
  const { lines, code } = await runLine(line, folder);
  return { text: lines.join("\n"), code };
};
afterEach(closeAll);
afterAll(() => rmSync(folder, { recursive: true }));

const witnessKey = (seed: number, name: string) => {
  const key = keyFromSeed(new Uint8Array(32).fill(seed));
  return { key: cosignerKey(name, rawPublicKey(key.privateKey)), sign: (message: Uint8Array) => key.sign(message) };
};
const [W1, W2, W3] = [witnessKey(21, "w1.example"), witnessKey(22, "w2.example"), witnessKey(23, "w3.example")];

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

const main = join(import.meta.dirname, "../../dist/cli/main.js");

it("a witness that is killed has kept what it answered", { timeout: 60_000 }, async () => {
  const signer = checkpointSigner("log.example/a", keyFromSeed(new Uint8Array(32).fill(3)));
  const log = await Log.open({ storage: new MemoryStorage(), lock: new MemoryLock(), signer, sha256: nativeSha256 });
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
  for (let kill = 0; kill < 4; kill++) {
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
  expect(answered).toBeGreaterThan(10);
  expect(existsSync(at("killed/witness.key"))).toBe(true);
});
