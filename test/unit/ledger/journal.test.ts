// Batches in a file before they are in the store: what was acknowledged is there after a kill, nothing is there twice, and a full disk
// is no end.
import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { hex, utf8 } from "../../../core/index.ts";
import { newKey } from "../../../court-node/keys.ts";
import {
  type CheckpointLock,
  JOURNAL_DRAIN_MS,
  JOURNAL_SPACE_EVERY_BYTES,
  LedgerError,
  Log,
  MemoryLock,
  MemoryStorage,
  nativeSha256,
  nativeVerifyEd25519,
  noteSigner,
  scrub,
  verifyProof,
} from "../../../ledger/index.ts";
import { JournalStorage } from "../../../ledger/journal.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "writ-journal-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const key = newKey();
const signer = noteSigner("cage.example/test", key.privateKey);
const openLog = async (storage: JournalStorage, readOnly = false): Promise<Log> =>
  Log.open({ storage, lock: storage.lock, signer, sha256: nativeSha256, verify: nativeVerifyEd25519, readOnly });
/** A store below that never takes anything, as one whose process ends before its turn. */
class Never extends MemoryStorage {
  #first = true;
  override write(batch: Parameters<MemoryStorage["write"]>[0]): Promise<void> {
    // What opening puts in is taken.
    if (!this.#first || batch.length === 0) return new Promise(() => undefined);
    return super.write(batch);
  }
  stop(): void {
    this.#first = false;
  }
}
const open = (storage: MemoryStorage, lock: CheckpointLock, durable = false): Promise<JournalStorage> =>
  JournalStorage.open({ storage, folder, lock, durable });

it.each([false, true])("what was acknowledged is there after the process was killed (durable: %s)", async (durable) => {
  const below = new Never();
  const lock = new MemoryLock();
  const first = await openLog(await open(below, lock, durable));
  below.stop();
  const entries = Array.from({ length: 300 }, (_, i) => utf8(`entry ${i}`));
  for (let at = 0; at < 300; at += 7) await first.commit(entries.slice(at, at + 7), []);
  expect(below.get("meta", "checkpoint")).toBeUndefined();

  const again = new MemoryStorage();
  const second = await openLog(await open(again, lock));
  expect(second.haltedBy).toBeNull();
  expect(second.size).toBe(300);
  expect(hex(second.checkpoint.root)).toBe(hex(first.checkpoint.root));
  for (const [i, entry] of entries.entries()) expect(second.entry(i)).toEqual(entry);
  await second.commit([utf8("after")], []);
  await second.close();
  expect(Number(lock.read()?.split("\n")[1])).toBe(301);

  const third = await openLog(await open(again, lock));
  expect(third.size).toBe(301);
});

it("tiles are not in the files: they are made again of the entries, behind those that are in the store", async () => {
  const below = new Never();
  const lock = new MemoryLock();
  const entries = Array.from({ length: 700 }, (_, i) => utf8(`entry ${i}`));
  const first = await openLog(await open(below, lock));
  await first.commit(entries.slice(0, 300), []);
  while (below.get("meta", "checkpoint") === undefined) await new Promise((resolve) => setTimeout(resolve, 20));
  below.stop();
  for (let at = 300; at < 700; at += 50) await first.commit(entries.slice(at, at + 50), []);
  const files = ["journal.0", "journal.1"].map((name) => readFileSync(join(folder, name)).toString("latin1"));
  expect(files.some((file) => file.includes("entries\u0000"))).toBe(true);
  expect(files.some((file) => file.includes("tiles\u0000"))).toBe(false);

  const whole = (log: Log): void => {
    expect([log.haltedBy, log.size, hex(log.checkpoint.root)]).toEqual([null, 700, hex(first.checkpoint.root)]);
    expect(scrub(log, nativeSha256)).toEqual({ entries: 700, problem: null });
    for (const index of [0, 299, 300, 511, 699])
      expect(verifyProof(log.entry(index), log.proof(index), [signer.key]).ok).toBe(true);
  };
  const reading = await JournalStorage.open({ storage: below.copy(), folder, lock, durable: false, readOnly: true });
  whole(await openLog(reading, true));
  const again = below.copy();
  const second = await openLog(await open(again, lock));
  whole(second);
  await second.close();
  expect(again.get("tiles", "00/0000000000000002")?.length).toBe((700 - 512) * 32);
});

it("what is left of a file is not taken for another log's", async () => {
  const below = new Never();
  const first = await openLog(await open(below, new MemoryLock()));
  below.stop();
  await first.commit([utf8("one"), utf8("two")], []);
  // The first entry is in the store, and is another one.
  const other = new MemoryStorage();
  const lock = new MemoryLock();
  const log = await Log.open({ storage: other, lock, signer, sha256: nativeSha256, verify: nativeVerifyEd25519 });
  await log.commit([utf8("another")], []);
  await expect(open(other, lock).then((storage) => openLog(storage))).rejects.toThrow("do not give the stored root");
});

it("a process that was killed between the store and its first lock leaves a ledger that opens", async () => {
  const below = new MemoryStorage();
  class Late extends MemoryLock implements CheckpointLock {
    writeLater(): Promise<void> {
      return new Promise(() => undefined);
    }
  }
  const lock = new Late();
  const first = await openLog(await open(below, lock));
  await first.commit([utf8("one"), utf8("two")], []);
  while (below.get("meta", "checkpoint") === undefined) await new Promise((resolve) => setTimeout(resolve, 20));
  const second = await openLog(await open(below, new MemoryLock(lock.read())));
  expect(second.haltedBy).toBeNull();
  expect(second.size).toBe(2);
});

it.each([[[]], [["a"]]])(
  "reads see what is not in the store yet, in order (seldom read: %s)",
  async (seldomRead: string[]) => {
    const below = new MemoryStorage();
    await below.write([
      { namespace: "a", key: "1", value: utf8("old") },
      { namespace: "a", key: "3", value: utf8("three") },
      { namespace: "a", key: "4", value: utf8("gone") },
    ]);
    const lock = new MemoryLock();
    const storage = await JournalStorage.open({ storage: below, folder, lock, durable: false, seldomRead });
    await storage.write([
      { namespace: "a", key: "1", value: utf8("first") },
      { namespace: "ab", key: "1", value: utf8("of another") },
      { namespace: "a", key: "2", value: utf8("two") },
    ]);
    expect(storage.get("a", "1")).toEqual(utf8("first"));
    await storage.write([
      { namespace: "entries", key: "1", value: utf8("an entry") },
      { namespace: "a", key: "1", value: utf8("new") },
      { namespace: "a", key: "4", value: null },
    ]);
    const shown = (options: Parameters<JournalStorage["range"]>[1]): string[] =>
      storage.range("a", options).map(({ key: name, value }) => `${name}=${Buffer.from(value)}`);
    expect(shown({ most: 9 })).toEqual(["1=new", "2=two", "3=three"]);
    expect(shown({ most: 1, from: "2" })).toEqual(["2=two"]);
    expect(shown({ most: 9, until: "3", reverse: true })).toEqual(["2=two", "1=new"]);
    expect(storage.get("a", "4")).toBeUndefined();
    expect(storage.get("ab", "1")).toEqual(utf8("of another"));
    // What the process leaves when it is killed now is there, too.
    const left = await JournalStorage.open({
      storage: below.copy(),
      folder,
      lock,
      durable: false,
      readOnly: true,
      seldomRead,
    });
    expect(left.get("a", "1")).toEqual(utf8("new"));
    expect(left.get("a", "4")).toBeUndefined();
    await storage.close();
    for (const name of ["1", "2", "3", "4"]) expect(below.get("a", name)).toEqual(left.get("a", name));
    expect(below.get("ab", "1")).toEqual(utf8("of another"));
    expect(below.get("entries", "1")).toEqual(utf8("an entry"));
  },
);

it("a batch that was cut or changed is not taken, nor what follows it", async () => {
  const below = new Never();
  const storage = await open(below, new MemoryLock());
  below.stop();
  for (let i = 0; i < 3; i++) await storage.write([{ namespace: "a", key: String(i), value: utf8(`value ${i}`) }]);
  const file = join(folder, "journal.0");
  const whole = readFileSync(file);
  const kept = join(folder, "kept");
  copyFileSync(file, kept);
  const keysAfter = async (bytes: Uint8Array): Promise<number> => {
    writeFileSync(file, bytes);
    const again = new MemoryStorage();
    await open(again, new MemoryLock());
    return again.range("a", { most: 9 }).length;
  };
  const size = whole.length / 3;
  for (let length = 0; length <= whole.length; length += 5)
    expect(await keysAfter(whole.subarray(0, length)), String(length)).toBe(Math.floor(length / size));
  for (let at = 0; at < whole.length; at += 3) {
    const changed = new Uint8Array(whole);
    changed[at] = (changed[at] as number) ^ 0x10;
    expect(await keysAfter(changed), String(at)).toBe(Math.floor(at / size));
  }
  truncateSync(kept);
  appendFileSync(kept, whole);
});

it("many turns of the two files lose nothing", async () => {
  const below = new MemoryStorage();
  const lock = new MemoryLock();
  let log = await openLog(await open(below, lock));
  const big = new Uint8Array(60_000);
  let count = 0;
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 90; i++) {
      await log.commit([big, utf8(`small ${count}`)], []);
      count += 2;
    }
    await log.close();
    log = await openLog(await open(below, lock));
    expect(log.size).toBe(count);
    expect(log.haltedBy).toBeNull();
  }
  expect(log.entry(count - 1)).toEqual(utf8(`small ${count - 2}`));
});

it("a full disk refuses by name and writes again once there is room; another failure is the end", async () => {
  const below = new MemoryStorage();
  const storage = await open(below, new MemoryLock());
  await storage.write([{ namespace: "a", key: "1", value: utf8("1") }]);
  below.readOnly = "no byte is free";
  // The room is asked for again after a drain.
  await new Promise((resolve) => setTimeout(resolve, JOURNAL_DRAIN_MS + 50));
  await expect(storage.write([{ namespace: "a", key: "2", value: utf8("2") }])).rejects.toThrow("no byte is free");
  below.readOnly = null;
  await storage.write([{ namespace: "a", key: "0", value: utf8("0") }]);
  below.readOnly = "no byte is free";
  // And after so many bytes were written.
  const large = new Uint8Array(JOURNAL_SPACE_EVERY_BYTES / 2);
  for (const key of ["5", "6"]) await storage.write([{ namespace: "b", key, value: large }]);
  await expect(storage.write([{ namespace: "a", key: "2", value: utf8("2") }])).rejects.toThrow("no byte is free");
  below.readOnly = null;
  below.failNext = new LedgerError("ledger/no-space", "full in the middle");
  await new Promise((resolve) => setTimeout(resolve, JOURNAL_DRAIN_MS + 50));
  await storage.write([{ namespace: "a", key: "2", value: utf8("2") }]);
  await new Promise((resolve) => setTimeout(resolve, JOURNAL_DRAIN_MS + 50));
  expect(below.range("a", { most: 9 }).length).toBe(3);

  below.failNext = new LedgerError("ledger/flush-failed", "gone");
  await storage.write([{ namespace: "a", key: "3", value: utf8("3") }]);
  await new Promise((resolve) => setTimeout(resolve, JOURNAL_DRAIN_MS + 50));
  await expect(storage.write([{ namespace: "a", key: "4", value: utf8("4") }])).rejects.toThrow("gone");
  expect(storage.get("a", "3")).toEqual(utf8("3"));
});

it("a reader sees the files of a process that was killed, and changes nothing", async () => {
  const below = new Never();
  const lock = new MemoryLock();
  const log = await openLog(await open(below, lock));
  below.stop();
  await log.commit([utf8("one")], []);
  const before = readFileSync(join(folder, "journal.0"));
  const seen = new MemoryStorage();
  const reading = await JournalStorage.open({ storage: seen, folder, lock, durable: false, readOnly: true });
  expect(reading.get("entries", "0000000000000000")).toEqual(utf8("one"));
  await expect(reading.write([])).rejects.toThrow("reading");
  await reading.close();
  expect(readFileSync(join(folder, "journal.0"))).toEqual(before);
});

it("a full disk at the start is no end: what was acknowledged is read, and taken over once there is room", async () => {
  const below = new Never();
  const first = await open(below, new MemoryLock(), true);
  below.stop();
  await first.write([{ namespace: "a", key: "1", value: utf8("one") }]);

  const full = new MemoryStorage();
  full.readOnly = "no byte is free";
  const second = await open(full, new MemoryLock(), true);
  expect(second.get("a", "1")).toEqual(utf8("one"));
  expect(second.readOnlyReason()).toBe("no byte is free");
  await expect(second.write([{ namespace: "a", key: "2", value: utf8("two") }])).rejects.toThrow("no byte is free");
  full.readOnly = null;
  await second.write([{ namespace: "a", key: "2", value: utf8("two") }]);
  await second.close();
  expect(["1", "2"].map((name) => full.get("a", name))).toEqual([utf8("one"), utf8("two")]);
});

it("whose journal another process took over acknowledges nothing more, and what it acknowledged before is kept", async () => {
  const below = new MemoryStorage();
  const first = await open(below, new MemoryLock(), true);
  await first.write([{ namespace: "a", key: "1", value: utf8("acknowledged") }]);
  const second = await open(below, new MemoryLock(), true);
  expect(second.get("a", "1")).toEqual(utf8("acknowledged"));
  const refused = first.write([{ namespace: "a", key: "2", value: utf8("not acknowledged") }]);
  await expect(refused).rejects.toMatchObject({ code: "ledger/in-use", fatal: true });
  await second.close();
});
