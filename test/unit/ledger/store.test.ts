// The store on a real disk: everything that can be wrong with a folder, a disk or a copy has its own name.
import { execFileSync, spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { equalBytes, utf8 } from "../../../core/index.ts";
import {
  ENTRY_BYTES_MAX,
  FileLock,
  KEY_BYTES_MAX,
  LedgerError,
  type LedgerErrorCode,
  LmdbStorage,
  leafHash,
  lockPathOf,
  nativeSha256,
  noteSigner,
  openFolder,
  scrub,
  VALUE_BYTES_MAX,
  verifyProof,
} from "../../../ledger/index.ts";

const signer = noteSigner("court.example/store", generateKeyPairSync("ed25519").privateKey);
/** Whether batches are written in a thread of their own. */
let thread = false;
let base: string;
let folder: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "writ-ledger-"));
  folder = join(base, "ledger");
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const entries = (from: number, count: number): Uint8Array[] =>
  Array.from({ length: count }, (_, i) => utf8(`entry ${from + i} ${"x".repeat(100)}`));
const open = (options: Partial<Parameters<typeof openFolder>[0]> = {}) =>
  openFolder({ folder, create: true, signer, thread, ...options });
/** Makes a ledger of some entries, in two commits, and closes it. */
async function made(count = 300): Promise<void> {
  const { log } = await open();
  await log.commit(entries(0, count / 2), [{ namespace: "court", key: "state", value: utf8("first") }]);
  await log.commit(entries(count / 2, count / 2), [{ namespace: "court", key: "state", value: utf8("second") }]);
  await log.close();
}
const failure = async (action: () => Promise<unknown>): Promise<LedgerErrorCode | "none"> => {
  try {
    await action();
    return "none";
  } catch (error) {
    if (error instanceof LedgerError) {
      expect(error.help.length).toBeGreaterThan(20);
      return error.code;
    }
    throw error;
  }
};

describe.each([
  ["this thread", false],
  ["a thread of its own", true],
])("written by %s", (_, own) => {
  beforeEach(() => {
    thread = own;
  });

  describe("a folder", () => {
    it("keeps everything over a restart", async () => {
      await made();
      const { log, storage } = await open({ create: false });
      expect(log.size).toBe(300);
      expect(log.haltedBy).toBeNull();
      expect(equalBytes(log.entry(299), entries(299, 1)[0] as Uint8Array)).toBe(true);
      expect(new TextDecoder().decode(storage.get("court", "state"))).toBe("second");
      expect(verifyProof(log.entry(17), log.proof(17), [signer.key]).ok).toBe(true);
      await log.commit(entries(300, 1), []);
      expect(log.size).toBe(301);
      expect(scrub(log, nativeSha256)).toEqual({ entries: 301, problem: null });
      await log.close();
    });
    it("missing, empty, foreign, not a folder: each by name", async () => {
      expect(await failure(() => open({ create: false }))).toBe("ledger/missing-folder");
      mkdirSync(join(base, "odd", "ledger.mdb"), { recursive: true });
      expect(await failure(() => open({ folder: join(base, "odd") }))).toBe("ledger/corrupt");
      mkdirSync(folder);
      expect(await failure(() => open({ create: false }))).toBe("ledger/not-a-ledger");
      writeFileSync(join(folder, "letter.txt"), "dear reader");
      expect(await failure(() => open())).toBe("ledger/not-a-ledger");
      expect(existsSync(join(folder, "letter.txt"))).toBe(true);
      expect(await failure(() => open({ folder: join(folder, "letter.txt") }))).toBe("ledger/missing-folder");
      expect(await failure(() => open({ folder: "/proc/nowhere/ledger" }))).toBe("ledger/read-only-folder");
    });
    it("is for one writer", async () => {
      const first = await open();
      const claim = readFileSync(join(folder, "writer.pid"), "utf8");
      expect(claim.startsWith(`${process.pid} `)).toBe(true);
      expect(await failure(() => open())).toBe("ledger/in-use");
      await first.log.close();
      expect(existsSync(join(folder, "writer.pid"))).toBe(false);
      // Another living process, known by its number alone.
      writeFileSync(join(folder, "writer.pid"), `${process.ppid}\n`);
      expect(await failure(() => open())).toBe("ledger/in-use");
      // A claim is taken over when its process is gone, when its number came again (here: to this process), or when it was cut.
      for (const left of ["999999999 17\n", "999999999\n", `${process.pid} 1\n`, `${process.pid}\n`, ""]) {
        writeFileSync(join(folder, "writer.pid"), left);
        const next = await open();
        await next.log.close();
      }
    });
    it("a second writer that got past the claim is found inside the transaction, and nothing of it is written", async () => {
      const { log } = await open();
      await log.commit(entries(0, 5), []);
      // The claim is removed by hand, and another process opens the folder and writes.
      rmSync(join(folder, "writer.pid"));
      const program = join(import.meta.dirname, "write-one.mjs");
      const run = spawnSync(process.execPath, [program, folder], { encoding: "utf8", timeout: 20_000 });
      expect(run.stdout).toBe("written");
      expect(await failure(() => log.commit(entries(5, 5), []))).toBe("ledger/in-use");
      expect(log.size).toBe(5);
      expect(await failure(() => log.commit(entries(5, 5), []))).toBe("ledger/in-use");
      await log.close();
    });
    it("of another log or of another key is refused", async () => {
      await made();
      const other = noteSigner("court.example/other", generateKeyPairSync("ed25519").privateKey);
      expect(await failure(() => open({ signer: other }))).toBe("ledger/not-a-ledger");
      const impostor = noteSigner("court.example/store", generateKeyPairSync("ed25519").privateKey);
      expect(await failure(() => open({ signer: impostor }))).toBe("ledger/other-key");
    });
    it("of another version is refused", async () => {
      const { log, storage } = await open();
      await storage.write([{ namespace: "meta", key: "version", value: utf8("writ ledger 9") }]);
      await log.close();
      expect(await failure(() => open())).toBe("ledger/wrong-version");
    });
    it("without the right to write is refused for writing and opens for reading", async () => {
      await made();
      chmodSync(folder, 0o500);
      if (process.getuid?.() === 0) {
        // Root writes everywhere, so the folder is mounted read-only over itself.
        execFileSync("mount", ["--bind", folder, folder]);
        execFileSync("mount", ["-o", "remount,ro,bind", folder]);
      }
      try {
        expect(await failure(() => open())).toBe("ledger/read-only-folder");
        const { log } = await open({ readOnly: true, create: false });
        expect(log.size).toBe(300);
        expect(scrub(log, nativeSha256).problem).toBeNull();
        expect(await failure(() => log.commit(entries(300, 1), []))).toBe("ledger/read-only-folder");
        await log.close();
      } finally {
        if (process.getuid?.() === 0) execFileSync("umount", ["-l", folder]);
        chmodSync(folder, 0o700);
      }
    });
  });

  describe("a disk", () => {
    it("below its reserve takes nothing more, says so, and goes on when there is room", async () => {
      let free = 1e12;
      const { log } = await open({ freeBytes: () => free });
      await log.commit(entries(0, 10), []);
      free = 1e6;
      expect(await failure(() => log.commit(entries(10, 1), []))).toBe("ledger/no-space");
      expect(log.size).toBe(10);
      free = 1e12;
      await log.commit(entries(10, 1), []);
      expect(log.size).toBe(11);
      expect(scrub(log, nativeSha256).problem).toBeNull();
      await log.close();
    });
    it.runIf(process.getuid?.() === 0)("that is really full loses nothing that was answered", async () => {
      mkdirSync(folder);
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=6m", "tmpfs", folder]);
      try {
        // No reserve here: the disk itself must refuse.
        const { log } = await open({ reserveBytes: 0 });
        let answered = 0;
        let code: LedgerErrorCode | "none" = "none";
        for (let round = 0; round < 500 && code === "none"; round++) {
          code = await failure(() => log.commit(entries(answered, 100), []));
          if (code === "none") answered += 100;
        }
        expect(["ledger/flush-failed", "ledger/no-space"]).toContain(code);
        expect(answered).toBeGreaterThan(1_000);
        // After a failed flush the log takes nothing more in this process.
        if (code === "ledger/flush-failed")
          expect(await failure(() => log.commit(entries(answered, 1), []))).toBe("ledger/flush-failed");
        await log.close();
        const again = await open({ create: false });
        expect(again.log.size).toBeGreaterThanOrEqual(answered);
        expect(scrub(again.log, nativeSha256).problem).toBeNull();
        await again.log.close();
      } finally {
        execFileSync("umount", ["-l", folder]);
      }
    });
    it("that flips a byte in an entry, a tile or a state is found by every read that feeds a proof, and by the scrub", async () => {
      await made(600);
      const clean = readFileSync(join(folder, "ledger.mdb"));
      // Every copy of the entry: the store writes pages anew and leaves the old ones lying.
      const bend = (needle: Buffer, offset: number): Buffer => {
        const bent = Buffer.from(clean);
        for (let at = clean.indexOf(needle); at >= 0; at = clean.indexOf(needle, at + 1)) bent[at + offset]! ^= 0x10;
        return bent;
      };
      for (const offset of [7, 60]) {
        const copy = join(base, `bent-${offset}`);
        mkdirSync(copy);
        writeFileSync(join(copy, "ledger.mdb"), bend(Buffer.from("entry 421 "), offset));
        const { log } = await open({ folder: copy });
        expect(await failure(async () => log.proof(421))).toBe("ledger/corrupt");
        expect(await failure(async () => log.entry(421))).toBe("ledger/corrupt");
        expect(log.proof(3)).toContain("tlog-proof");
        expect(scrub(log, nativeSha256).problem?.code).toBe("ledger/corrupt");
        await log.close();
      }
      // A hash in a tile: every proof that needs this tile is refused; the proofs of other entries need only the tile above it.
      const inTile = join(base, "bent-tile");
      mkdirSync(inTile);
      const hash = Buffer.from(leafHash(entries(421, 1)[0] as Uint8Array, nativeSha256));
      writeFileSync(join(inTile, "ledger.mdb"), bend(hash, 5));
      const { log } = await open({ folder: inTile });
      for (const index of [256, 421, 511]) expect(await failure(async () => log.proof(index))).toBe("ledger/corrupt");
      for (const index of [3, 599]) expect(verifyProof(log.entry(index), log.proof(index), [signer.key]).ok).toBe(true);
      expect(scrub(log, nativeSha256).problem?.code).toBe("ledger/corrupt");
      await log.close();
      // A state of the court: the log is whole, the state is not, and the scrub that looks at states says so.
      const inState = join(base, "bent-state");
      mkdirSync(inState);
      writeFileSync(join(inState, "ledger.mdb"), bend(Buffer.from("second"), 2));
      const court = await open({ folder: inState });
      const values = { storage: court.storage, namespaces: ["court"] };
      expect(await failure(async () => court.storage.get("court", "state"))).toBe("ledger/corrupt");
      expect(scrub(court.log, nativeSha256).problem).toBeNull();
      expect(scrub(court.log, nativeSha256, { values }).problem?.code).toBe("ledger/corrupt");
      await court.log.close();
    });
    it("flipped anywhere: the truth or a named error, never a wrong byte", async () => {
      await made(600);
      const clean = readFileSync(join(folder, "ledger.mdb"));
      const used = [...clean.keys()].filter((at) => clean[at] !== 0);
      const flips = Array.from({ length: 24 }, (_, i) => {
        const at = used[Math.floor((i * used.length) / 24)] as number;
        const bent = Buffer.from(clean);
        bent[at]! ^= 1 << (i % 8);
        const copy = join(base, `flip-${i}`);
        mkdirSync(copy);
        writeFileSync(join(copy, "ledger.mdb"), bent);
        return { at, copy };
      });
      // In a process of their own: a bent page table can take its process down, which is an end but not a wrong answer. Another one reads on
      // behind the copy at which it ended.
      const program = join(import.meta.dirname, "read-all.mjs");
      let named = 0;
      for (let left = flips; left.length > 0; ) {
        const run = spawnSync(process.execPath, [program, ...left.map(({ copy }) => copy)], {
          encoding: "utf8",
          timeout: 60_000,
        });
        const said = run.stdout.split("\n").slice(0, -1);
        for (const [i, each] of said.entries())
          if (each.startsWith("named")) named++;
          else expect([left[i]!.at, each]).toEqual([left[i]!.at, "600 right"]);
        const ended = said.length < left.length;
        expect([run.status === 0, ended]).toContain(false);
        if (ended) named++;
        left = left.slice(said.length + (ended ? 1 : 0));
      }
      expect(named).toBeGreaterThan(3);
    }, 120_000);
    it("with a cut file is refused by name", async () => {
      await made();
      const clean = readFileSync(join(folder, "ledger.mdb"));
      for (const [name, bytes] of [
        ["cut", clean.subarray(0, 100)],
        ["short", clean.subarray(0, clean.length - 4_096)],
        ["empty", clean.subarray(0, 0)],
        ["other", Buffer.from("this is no store at all".repeat(400))],
      ] as const) {
        const copy = join(base, name);
        mkdirSync(copy);
        writeFileSync(join(copy, "ledger.mdb"), bytes);
        const code = await failure(() => open({ folder: copy }));
        expect([name, code]).toEqual([name, "ledger/corrupt"]);
      }
    });
  });

  describe("a copy", () => {
    it("that is old opens read-only: rollback-detected", async () => {
      await made();
      const old = join(base, "old");
      cpSync(folder, old, { recursive: true });
      const { log } = await open();
      await log.commit(entries(300, 50), []);
      await log.close();
      // The operator puts back the whole folder as it was; the lock lies beside it and stays.
      rmSync(folder, { recursive: true });
      cpSync(old, folder, { recursive: true });
      const restored = await open();
      expect(restored.log.haltedBy?.code).toBe("ledger/rollback-detected");
      expect(restored.log.haltedBy?.message).toContain("300 entries, but a checkpoint of 350");
      expect(await failure(() => restored.log.commit(entries(300, 1), []))).toBe("ledger/rollback-detected");
      expect(verifyProof(restored.log.entry(5), restored.log.proof(5), [signer.key]).ok).toBe(true);
      await restored.log.close();
    });
    it("that went another way is beside the lock: rollback-detected", async () => {
      await made();
      const { log } = await open();
      await log.commit(entries(1000, 10), []);
      await log.close();
      const signed = readFileSync(lockPathOf(folder));
      const forked = join(base, "forked");
      const other = await open({ folder: forked });
      await other.log.commit(entries(5000, 400), []);
      await other.log.close();
      writeFileSync(lockPathOf(forked), signed);
      const reopened = await open({ folder: forked });
      expect(reopened.log.haltedBy?.code).toBe("ledger/rollback-detected");
      expect(reopened.log.haltedBy?.message).toContain("contradicts");
      await reopened.log.close();
    });
    it("without its lock opens read-only until somebody says that it is the newest", async () => {
      await made();
      rmSync(lockPathOf(folder));
      const unsure = await open();
      expect(unsure.log.haltedBy?.code).toBe("ledger/lock-missing");
      expect(await failure(() => unsure.log.commit(entries(300, 1), []))).toBe("ledger/lock-missing");
      expect(verifyProof(unsure.log.entry(5), unsure.log.proof(5), [signer.key]).ok).toBe(true);
      await unsure.log.close();
      expect(existsSync(lockPathOf(folder))).toBe(false);
      const sure = await open({ adoptLock: true });
      expect(sure.log.haltedBy).toBeNull();
      await sure.log.close();
      const after = await open();
      await after.log.commit(entries(300, 1), []);
      await after.log.close();
    });
    it("of the lock that is one commit behind is brought up to date: the process ended between the two flushes", async () => {
      await made(300);
      const behind = readFileSync(lockPathOf(folder));
      const { log } = await open();
      await log.commit(entries(300, 1), []);
      await log.close();
      writeFileSync(lockPathOf(folder), behind);
      const next = await open();
      expect(next.log.haltedBy).toBeNull();
      await next.log.close();
      expect(new FileLock(lockPathOf(folder)).read()).toContain("\n301\n");
    });
    it("whose store is gone while the lock remembers is not begun anew", async () => {
      await made();
      rmSync(join(folder, "ledger.mdb"));
      rmSync(join(folder, "ledger.mdb-lock"), { force: true });
      const again = await open();
      expect(again.log.haltedBy?.code).toBe("ledger/rollback-detected");
      await again.log.close();
    });
  });

  describe("bounds", () => {
    it("an entry at the bound is taken, one byte more is refused and changes nothing", async () => {
      const { log } = await open();
      await log.commit([new Uint8Array(ENTRY_BYTES_MAX)], []);
      expect(await failure(() => log.commit([utf8("ok"), new Uint8Array(ENTRY_BYTES_MAX + 1)], []))).toBe(
        "ledger/entry-too-large",
      );
      expect(log.size).toBe(1);
      expect(await failure(async () => log.entry(1))).toBe("ledger/no-such-entry");
      expect(await failure(async () => log.consistency(2))).toBe("ledger/no-such-entry");
      await log.close();
      expect(await failure(() => log.commit([utf8("late")], []))).toBe("ledger/closed");
    });
    it("a key or a value beyond its bound is refused before anything is written", async () => {
      const { log, storage } = await open();
      const key = "k".repeat(KEY_BYTES_MAX - "court\u0000".length);
      await log.commit([], [{ namespace: "court", key, value: utf8("at the bound") }]);
      for (const write of [
        { namespace: "court", key: `${key}k`, value: utf8("beyond") },
        { namespace: "court", key: "large", value: new Uint8Array(VALUE_BYTES_MAX + 1) },
      ])
        expect(await failure(() => log.commit([utf8("entry")], [write]))).toBe("ledger/value-too-large");
      expect(log.size).toBe(0);
      expect(storage.range("court", { most: 10 }).length).toBe(1);
      await log.commit([utf8("entry")], [{ namespace: "court", key, value: null }]);
      expect(storage.get("court", key)).toBeUndefined();
      await log.close();
    });
    it("commits made at once stay in order", async () => {
      const { log } = await open();
      const done = await Promise.all(Array.from({ length: 20 }, (_, i) => log.commit(entries(i, 1), [])));
      expect(done.map((each) => each.first)).toEqual(Array.from({ length: 20 }, (_, i) => i));
      await log.close();
    });
  });

  it("a store opened for reading sees what another process writes", async () => {
    const { log } = await open();
    await log.commit(entries(0, 3), []);
    const reader = LmdbStorage.open({ folder, create: false, readOnly: true });
    expect(reader.range("entries", { most: 10 }).map(({ key }) => Number(key))).toEqual([0, 1, 2]);
    await reader.close();
    await log.close();
  });
});
