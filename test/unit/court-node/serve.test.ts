// The node as an operator meets it: folders, keys, configuration, ports. Every failure has a code and says what to do.
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  createClient,
  keyFile,
  newKey,
  openForReading,
  readConfiguration,
  readKeyFile,
  replayLedger,
  SETTINGS,
  type ServeOptions,
  type Serving,
  serve,
  writeKeyFile,
} from "../../../court-node/index.ts";
import { checkpointSigner } from "../../../court-node/keys.ts";
import { cosignerKey, printCosignerKey } from "../../../ledger/cosignature.ts";
import { cosignedNotes, witnessedIn } from "../../../ledger/cosigned.ts";
import { rawPublicKey } from "../../../ledger/index.ts";
import { createWitness } from "../../../ledger/witness-server.ts";
import { WitnessState } from "../../../ledger/witness-state.ts";
import { BUILTINS } from "../../../stdlib/index.ts";
import { buyer, court, example, seller } from "./kit.ts";

let folder: string;
const running: Serving[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "writ-serve-"));
});
afterEach(async () => {
  for (const serving of running.splice(0)) await serving.close();
  rmSync(folder, { recursive: true, force: true });
});
const ledger = (): string => join(folder, "ledger");
async function start(options: Partial<ServeOptions> = {}): Promise<Serving> {
  const serving = await serve({ ledger: ledger(), port: 0, logLevel: "silent", ...options });
  running.push(serving);
  return serving;
}
async function stop(): Promise<void> {
  await running.pop()?.close();
}
async function escrow({ url }: Serving): Promise<string> {
  const client = createClient({ url });
  const { bytes, moduleId } = example("escrow/agreement.yaml");
  await client.deploy({ file: bytes, moduleId, signer: seller });
  const { agreement } = await client.offer({
    moduleId,
    roles: { seller: seller.did, buyer: buyer.did },
    terms: {},
    signer: seller,
  });
  for (const signer of [seller, buyer]) await client.sign({ agreement, signer });
  return agreement;
}

describe("a court on a folder", () => {
  it("goes on after a restart where it was, and its ledger replays beside it", async () => {
    const first = await start();
    const agreement = await escrow(first);
    const head = first.node.engine.head();
    await stop();
    const again = await start();
    expect(again.node.engine.head()).toEqual(head);
    expect(again.node.verifierKey).toBe(first.node.verifierKey);
    expect(
      await createClient({ url: again.url }).act({
        agreement,
        name: "pay_in",
        value: [["EUR", "350.00"]],
        signer: buyer,
      }),
    ).toMatchObject({ status: "accepted" });
    const reading = await openForReading({
      folder: ledger(),
      origin: again.node.origin,
      key: readKeyFile(join(ledger(), "node.key")),
    });
    expect(replayLedger({ ...reading, builtins: BUILTINS })).toMatchObject({ difference: null, receipts: 5 });
    await reading.log.close();
  });
  it("has its ledger cosigned while it goes on, by the witness that it is told of", async () => {
    const origin = "court.example/main";
    const key = newKey();
    const signer = {
      key: cosignerKey("w.example", rawPublicKey(key.privateKey)),
      sign: (message: Uint8Array) => key.sign(message),
    };
    const courtKey = keyFile(join(folder, "court.key"));
    const logs = new Map([[origin, [checkpointSigner(origin, courtKey).key]]]);
    const state = WitnessState.open(join(folder, "witness"), logs.keys());
    const witness = createWitness({ logs, state, signer, now: Date.now });
    await new Promise<void>((done) => witness.listen(0, "127.0.0.1", done));
    try {
      const url = `http://127.0.0.1:${(witness.address() as AddressInfo).port}`;
      const witnesses = [`${url}+${printCosignerKey(signer.key)}`];
      const serving = await start({ origin, key: join(folder, "court.key"), witnesses, witnessSeconds: 1 });
      const agreement = await escrow(serving);
      await expect.poll(() => state.latest(origin)?.size, { timeout: 10_000 }).toBe(serving.node.log.size);
      const client = createClient({ url: serving.url });
      const value = [["EUR", "350.00"]] as const;
      expect(await client.act({ agreement, name: "pay_in", value, signer: buyer })).toMatchObject({
        status: "accepted",
      });
      const metrics = await (await fetch(`${serving.url}/metrics`)).text();
      expect(metrics).toMatch(/^writ_witness_entries\{witness="w\.example"\} [1-9]/m);
      const [note] = cosignedNotes(serving.node.storage);
      const asked = { log: logs.get(origin)![0]!, witnesses: [signer.key] };
      expect(witnessedIn(note!, asked)).toMatchObject({ by: [{ key: signer.key }] });
    } finally {
      witness.closeAllConnections();
      witness.close();
      state.close();
    }
  });
  it("has a key only its owner reads", async () => {
    await start();
    expect(statSync(join(ledger(), "node.key")).mode & 0o777).toBe(0o600);
  });
  it("refuses a missing folder when it may not make one", async () => {
    await expect(start({ create: false })).rejects.toMatchObject({ code: "ledger/missing-folder" });
    expect(existsSync(ledger())).toBe(false);
  });
  it("refuses a folder that is a file, or cannot be written", async () => {
    writeFileSync(ledger(), "");
    await expect(start()).rejects.toMatchObject({ code: expect.stringMatching(/^(ledger|court)\//) });
    writeKeyFile(join(folder, "key"), newKey());
    const key = join(folder, "key");
    await expect(start({ ledger: join(ledger(), "below"), key })).rejects.toMatchObject({
      code: "ledger/read-only-folder",
    });
    rmSync(ledger());
    // Root may write anywhere, so for root there is no such folder.
    if (process.getuid?.() === 0) return;
    mkdirSync(ledger(), { mode: 0o500 });
    await expect(start({ key })).rejects.toMatchObject({ code: "ledger/read-only-folder" });
  });
  it("refuses a second court on the same folder, and the port of another program", async () => {
    const first = await start();
    await expect(start()).rejects.toMatchObject({ code: "ledger/in-use" });
    const port = Number(new URL(first.url).port);
    await expect(start({ ledger: join(folder, "other"), port })).rejects.toMatchObject({ code: "court/port-in-use" });
    // Nothing stays open after the refusal.
    await start({ ledger: join(folder, "other") });
  });
  it("refuses another origin or another key than the ledger's", async () => {
    await escrow(await start());
    await stop();
    await expect(start({ origin: "other.court/main" })).rejects.toMatchObject({ code: "ledger/not-a-ledger" });
    writeKeyFile(join(folder, "other.key"), newKey());
    await expect(start({ key: join(folder, "other.key") })).rejects.toMatchObject({ code: "ledger/other-key" });
  });
  it("only reads when the disk is full, answers by name, and goes on when there is space", async () => {
    const serving = await start();
    const agreement = await escrow(serving);
    await stop();
    const full = await start({ reserveBytes: Number.MAX_SAFE_INTEGER });
    const client = createClient({ url: full.url });
    expect(await client.health()).toMatchObject({ ready: false, readOnly: expect.stringMatching(/free/) });
    await expect(
      client.act({ agreement, name: "send", inputs: { parcel: "x" }, signer: seller }),
    ).rejects.toMatchObject({ code: "read-only" });
    expect(await client.state(agreement)).toMatchObject({ steps: 3 });
    await stop();
    const again = await start();
    expect(
      await createClient({ url: again.url }).act({
        agreement,
        name: "pay_in",
        value: [["EUR", "350.00"]],
        signer: buyer,
      }),
    ).toMatchObject({ status: "accepted" });
  });
  it("only reads a folder that was put back from an old copy", async () => {
    const lock = join(folder, "elsewhere.lock");
    const agreement = await escrow(await start({ lock }));
    await stop();
    cpSync(ledger(), join(folder, "backup"), { recursive: true });
    await createClient({ url: (await start({ lock })).url }).act({
      agreement,
      name: "pay_in",
      value: [["EUR", "350.00"]],
      signer: buyer,
    });
    await stop();
    rmSync(ledger(), { recursive: true });
    cpSync(join(folder, "backup"), ledger(), { recursive: true });
    const restored = await start({ lock });
    const client = createClient({ url: restored.url });
    expect(restored.node.log.haltedBy?.code).toBe("ledger/rollback-detected");
    expect(await client.health()).toMatchObject({ ready: false });
    await expect(
      client.act({ agreement, name: "pay_in", value: [["EUR", "350.00"]], signer: buyer }),
    ).rejects.toMatchObject({ code: "read-only" });
    expect((await client.receipts(agreement)).length).toBe(3);
  });
  it("never serves a flipped byte as the truth", async () => {
    await escrow(await start());
    await stop();
    const file = join(ledger(), "ledger.mdb");
    const good = readFileSync(file);
    let found = 0;
    for (let at = 4096 * 2 + 100; at < good.length; at += 1499) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] as number) ^ 4;
      writeFileSync(file, bad);
      try {
        const reading = await openForReading({
          folder: ledger(),
          origin: "localhost/court",
          key: readKeyFile(join(ledger(), "node.key")),
        });
        try {
          const { difference } = replayLedger({ ...reading, builtins: BUILTINS });
          if (difference !== null) found++;
        } finally {
          await reading.log.close();
        }
      } catch (error) {
        expect((error as { code?: string }).code, String(error)).toMatch(/^ledger\//);
        found++;
      }
    }
    expect(found).toBeGreaterThan(0);
    writeFileSync(file, good);
    expect(await createClient({ url: (await start()).url }).health()).toMatchObject({ ready: true, size: 4 });
  });
  it("fires timers by itself", async () => {
    const serving = await start();
    const client = createClient({ url: serving.url });
    const { bytes, moduleId } = example("late-delivery/agreement.yaml");
    await client.deploy({ file: bytes, moduleId, signer: seller });
    const roles = { seller: seller.did, buyer: buyer.did, court: court.did };
    const { agreement } = await client.offer({ moduleId, roles, terms: {}, signer: seller });
    for (const signer of [seller, buyer]) await client.sign({ agreement, signer });
    // The deadline of 2019 is long past: the timer fires on its own, with its own instant.
    await expect
      .poll(async () => (await client.receipts(agreement)).map(({ receipt }) => [receipt.kind, receipt.caller]))
      .toContainEqual(["timer", ""]);
  });
});

describe("keys", () => {
  it("are made once, read back, and never overwritten", () => {
    const path = join(folder, "a.key");
    const made = keyFile(path);
    expect(keyFile(path).did).toBe(made.did);
    expect(readKeyFile(path).sign(new Uint8Array([1]))).toEqual(made.sign(new Uint8Array([1])));
    expect(() => writeKeyFile(path, newKey())).toThrow(expect.objectContaining({ code: "court/key-exists" }));
    expect(readdirSync(folder)).toEqual(["a.key"]);
  });
  it("are refused when they lie open, are cut, are another's, or are not there", () => {
    const path = join(folder, "a.key");
    writeKeyFile(path, newKey());
    const text = readFileSync(path, "utf8");
    chmodSync(path, 0o640);
    expect(() => readKeyFile(path)).toThrow(expect.objectContaining({ code: "court/key-open" }));
    chmodSync(path, 0o600);
    for (const bad of [
      "",
      "x",
      text.slice(0, -2),
      text.replace("writ key 1", "writ key 2"),
      text.replace(/did:key:\S+/, newKey().did),
      `${text}\n`,
      "y".repeat(5_000),
    ]) {
      writeFileSync(path, bad);
      expect(() => readKeyFile(path), bad.slice(0, 30)).toThrow(
        expect.objectContaining({ code: "court/key-malformed" }),
      );
    }
    expect(() => readKeyFile(join(folder, "none"))).toThrow(expect.objectContaining({ code: "court/key-missing" }));
    expect(() => readKeyFile(folder)).toThrow(expect.objectContaining({ code: "court/key-malformed" }));
    expect(() => writeKeyFile(join(folder, "no", "such", "key"), newKey())).toThrow(
      expect.objectContaining({ code: "court/key-unwritable" }),
    );
  });
});

describe("configuration", () => {
  it("reads flags before variables before defaults", () => {
    expect(readConfiguration([], {})).toEqual({ ledger: ".writ/court" });
    const did = newKey().did;
    const environment = { WRIT_PORT: "9000", WRIT_ORIGIN: "a/b", WRIT_ADMIT: `${did},` };
    expect(readConfiguration(["--port=7000", "--ledger", "x"], environment)).toEqual({
      ledger: "x",
      port: 7000,
      origin: "a/b",
      admit: [did],
    });
    expect(new Set(SETTINGS.map(({ variable }) => variable)).size).toBe(SETTINGS.length);
  });
  it.each([[["--colour", "red"]], [["--port"]], [["--port", "x"]], [["--log-level", "loud"]], [["--tier", "fast"]]])(
    "refuses %j",
    (args) => {
      expect(() => readConfiguration(args, {})).toThrow(expect.objectContaining({ code: "court/bad-configuration" }));
    },
  );
  it.each([
    { witnesses: ["http://w.example"] },
    { witnesses: ["w.example+w.example+00000000+BAAA"] },
    { witnessSeconds: 0 },
    { origin: "a b" },
    { origin: "a+b" },
    { port: 70_000 },
    { admit: ["did:web:x"] },
    { host: "256.1.1.1" },
  ])("refuses to serve with %j", async (options) => {
    await expect(start(options)).rejects.toMatchObject({ code: "court/bad-configuration" });
  });
});
