// Group commit: who shares a group, in which order, and who is refused alone.
import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { equalBytes, utf8 } from "../../../core/index.ts";
import type { Caller } from "../../../ledger/group.ts";
import {
  ENTRY_BYTES_MAX,
  GROUP_BYTES_MAX,
  GROUP_ENTRIES_MAX,
  GroupCommit,
  LedgerError,
  Log,
  MemoryLock,
  MemoryStorage,
  nativeSha256,
  noteSigner,
  PENDING_BYTES_MAX,
  VALUE_BYTES_MAX,
  type Write,
} from "../../../ledger/index.ts";

const signer = noteSigner("court.example/group", generateKeyPairSync("ed25519").privateKey);
/** A store that counts its transactions. */
class CountingStorage extends MemoryStorage {
  writes = 0;
  override write(batch: readonly Write[]): Promise<void> {
    this.writes++;
    return super.write(batch);
  }
}
async function opened(waitMs?: number) {
  const storage = new CountingStorage();
  const log = await Log.open({ storage, lock: new MemoryLock(), signer, sha256: nativeSha256 });
  storage.writes = 0;
  /** Timers that were set, run by hand. */
  const timers: { ms: number; run: () => void }[] = [];
  const group =
    waitMs === undefined
      ? new GroupCommit({ log })
      : new GroupCommit({ log, waitMs, after: (ms, run) => void timers.push({ ms, run }) });
  return { storage, log, group, timers };
}
const entry = (name: string | number): Uint8Array => utf8(`entry ${name}`);
const code = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "none",
    (error: unknown) => (error instanceof LedgerError ? error.code : String(error)),
  );
/** Lets everything that waits for nothing but promises go on. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("group commit", () => {
  it("what nobody waits for goes along with the next group, in the order of the calls", async () => {
    const { storage, group } = await opened();
    const quiet = group.append([entry("quiet")], [], { quiet: true });
    await turn();
    expect(storage.writes).toBe(0);
    const loud = await group.append([entry("loud")]);
    expect([(await quiet).first, loud.first, storage.writes]).toEqual([0, 1, 1]);
  });

  it("what nobody waits for gets a group of its own after a while, and at the end", async () => {
    const { storage, group } = await opened();
    expect((await group.append([entry("alone")], [], { quiet: true })).first).toBe(0);
    await group.append([entry("loud")]);
    const last = group.append([entry("last")], [], { quiet: true });
    await group.settled();
    expect([(await last).first, storage.writes]).toEqual([2, 3]);
  });

  it("callers of one turn share a transaction and a checkpoint, in order", async () => {
    const { storage, log, group } = await opened();
    const done = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        group.append([entry(`${i}a`), entry(`${i}b`)], [{ namespace: "court", key: String(i), value: entry(i) }]),
      ),
    );
    expect(storage.writes).toBe(1);
    expect(done.map(({ first }) => first)).toEqual(Array.from({ length: 50 }, (_, i) => 2 * i));
    expect(new Set(done.map(({ note }) => note))).toEqual(new Set([log.note]));
    for (const [i, { first }] of done.entries()) expect(equalBytes(log.entry(first + 1), entry(`${i}b`))).toBe(true);
    expect(storage.range("court", { most: 100 }).length).toBe(50);
  });
  it("waits as long as it is told, and no longer when the group is full", async () => {
    const { storage, group, timers } = await opened(5);
    const early = group.append([entry(0)]);
    await turn();
    expect(timers.map(({ ms }) => ms)).toEqual([5]);
    expect(storage.writes).toBe(0);
    const rest = Array.from({ length: GROUP_ENTRIES_MAX - 1 }, (_, i) => group.append([entry(i + 1)]));
    await Promise.all([early, ...rest]);
    expect(storage.writes).toBe(1);
    // The timer of a group that went without it does nothing.
    timers[0]?.run();
    await turn();
    expect(storage.writes).toBe(1);
    const late = group.append([entry("late")]);
    await turn();
    expect(storage.writes).toBe(1);
    timers[1]?.run();
    expect((await late).first).toBe(GROUP_ENTRIES_MAX);
  });
  it("never splits one caller, and holds the bound of entries and of bytes", async () => {
    const { storage, group } = await opened();
    const many = Array.from({ length: GROUP_ENTRIES_MAX + 1 }, (_, i) => entry(i));
    const [first, second] = await Promise.all([group.append(many), group.append([entry("x")])]);
    expect(storage.writes).toBe(2);
    expect([first?.first, second?.first]).toEqual([0, GROUP_ENTRIES_MAX + 1]);
    const half = { namespace: "court", key: "half", value: new Uint8Array(GROUP_BYTES_MAX / 2) };
    storage.writes = 0;
    await Promise.all([group.append([], [half]), group.append([], [half])]);
    expect(storage.writes).toBe(1);
    storage.writes = 0;
    await Promise.all([group.append([], [half]), group.append([entry("y")], [half])]);
    expect(storage.writes).toBe(2);
  });
  it("one caller's mistake is refused alone; what concerns the group is refused to all of it, and the next goes on", async () => {
    const { storage, log, group } = await opened();
    const fine = group.append([entry("fine")]);
    expect(await code(group.append([new Uint8Array(ENTRY_BYTES_MAX + 1)]))).toBe("ledger/entry-too-large");
    const large = { namespace: "court", key: "large", value: new Uint8Array(VALUE_BYTES_MAX + 1) };
    expect(await code(group.append([entry("z")], [large]))).toBe("ledger/value-too-large");
    expect((await fine).first).toBe(0);
    expect(log.size).toBe(1);
    storage.readOnly = "no room";
    expect(await Promise.all([code(group.append([entry(1)])), code(group.append([entry(2)]))])).toEqual([
      "ledger/no-space",
      "ledger/no-space",
    ]);
    storage.readOnly = null;
    expect((await group.append([entry(3)])).first).toBe(1);
    storage.failNext = new LedgerError("ledger/flush-failed", "the disk is gone");
    expect(await code(group.append([entry(4)]))).toBe("ledger/flush-failed");
    expect(await code(group.append([entry(5)]))).toBe("ledger/flush-failed");
    expect(log.size).toBe(2);
  });
  it("who is told by a call is told after it, and a mistake in it is nobody else's", async () => {
    const { log, group } = await opened();
    const told: string[] = [];
    const caller = (name: string): Caller => ({
      entries: [entry(name)],
      writes: [],
      quiet: false,
      answer: ({ first }, place) => {
        told.push(`${name} ${first + place}`);
        if (name === "b") throw new Error("a mistake of b");
      },
      refuse: (error) => void told.push(`${name} ${(error as Error).message}`),
    });
    const thrown = new Promise<unknown>((resolve) => {
      const others = process.listeners("uncaughtException");
      process.removeAllListeners("uncaughtException");
      process.once("uncaughtException", (error) => {
        for (const other of others) process.on("uncaughtException", other);
        resolve(error);
      });
    });
    for (const name of ["a", "b", "c"]) group.add(caller(name));
    told.push("added");
    await group.settled();
    expect(told).toEqual(["added", "a 0", "b 1", "c 2"]);
    expect(String(await thrown)).toContain("a mistake of b");
    expect(log.size).toBe(3);
    expect(() => group.add({ ...caller("large"), entries: [new Uint8Array(ENTRY_BYTES_MAX + 1)] })).toThrow(
      LedgerError,
    );
  });
  it("refuses when too much waits", async () => {
    const { group, timers } = await opened(5);
    const value = new Uint8Array(VALUE_BYTES_MAX);
    const codes: Promise<string>[] = [];
    for (let bytes = 0; bytes < PENDING_BYTES_MAX; bytes += value.length)
      codes.push(code(group.append([], [{ namespace: "court", key: String(bytes), value }])));
    expect(await code(group.append([entry("more")]))).toBe("ledger/busy");
    timers[0]?.run();
    expect(new Set(await Promise.all(codes))).toEqual(new Set(["none"]));
    await group.settled();
    const after = code(group.append([entry("more")]));
    await turn();
    timers.at(-1)?.run();
    expect(await after).toBe("none");
  });
});
