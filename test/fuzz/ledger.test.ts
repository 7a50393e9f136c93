// The ledger against hostile text and against itself: readers never throw, what is printed is read back, and the store on disk
// answers as the one in memory does. A failing seed is printed by fast-check.
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hex, utf8 } from "../../core/index.ts";
import {
  ENTRY_BYTES_MAX,
  LmdbStorage,
  Log,
  MemoryLock,
  MemoryStorage,
  nativeSha256,
  nativeVerifyEd25519,
  noteSigner,
  parseNote,
  parseProof,
  parseTilePath,
  parseVerifierKey,
  printProof,
  type Storage,
  tilePath,
  verifyGrowth,
  verifyProof,
  type Write,
} from "../../ledger/index.ts";

const signer = noteSigner("court.example/fuzz", generateKeyPairSync("ed25519").privateKey);
const logOf = (storage: Storage = new MemoryStorage(), lock = new MemoryLock()): Promise<Log> =>
  Log.open({ storage, lock, signer, sha256: nativeSha256 });

/** Text that looks a little like what is read. */
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }),
  fc
    .array(
      fc.constantFrom(
        "c2sp.org/tlog-proof@v1",
        "index ",
        "0",
        "7",
        "\n",
        "\n\n",
        "\u2014 ",
        "a",
        " ",
        "AAAA",
        "=",
        "+",
        "extra ",
        "\0",
        "tile/",
        "x001",
        "/",
        ".p/",
      ),
      { maxLength: 30 },
    )
    .map((parts) => parts.join("")),
);

describe("readers", () => {
  it("never throw", () => {
    fc.assert(
      fc.property(text, (any) => {
        for (const read of [parseNote, parseProof, parseVerifierKey, parseTilePath]) read(any);
        expect(verifyProof(utf8(any), any, [signer.key], nativeVerifyEd25519).ok).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });
  it("read what is printed, and print what was read", () => {
    const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(
        fc.maxSafeNat(),
        fc.array(hash, { maxLength: 60 }),
        fc.option(fc.uint8Array()),
        (index, path, extra) => {
          const file = { index, path, extra, checkpoint: "a\n1\nb\n\n\u2014 a c\n" };
          expect(parseProof(printProof(file))).toEqual(file);
        },
      ),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(
        fc.oneof(fc.constant("entries" as const), fc.nat(63)),
        fc.maxSafeNat(),
        fc.integer({ min: 1, max: 256 }),
        (level, index, width) => {
          expect(parseTilePath(tilePath(level, index, width))).toEqual({ level, index, width });
        },
      ),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(text, (any) => {
        const path = parseTilePath(any);
        if (path !== undefined) expect(tilePath(path.level, path.index, path.width)).toBe(any);
        const proof = parseProof(any);
        if (!("reason" in proof)) expect(printProof(proof)).toBe(any);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("a log", () => {
  it("in commits of any sizes, opened again in between, proves each entry and each growth", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 6 }),
        fc.nat(),
        async (sizes, pick) => {
          const storage = new MemoryStorage();
          const lock = new MemoryLock();
          const heads = [];
          let log = await logOf(storage, lock);
          for (const size of sizes) {
            const from = log.size;
            await log.commit(
              Array.from({ length: size }, (_, i) => utf8(`entry ${from + i}`)),
              [],
            );
            heads.push(log.checkpoint);
            if (size % 2 === 0) log = await logOf(storage, lock);
          }
          const index = log.size === 0 ? 0 : pick % log.size;
          if (log.size > 0) {
            const proof = log.proof(index);
            expect(verifyProof(utf8(`entry ${index}`), proof, [signer.key], nativeVerifyEd25519).ok).toBe(true);
            expect(verifyProof(utf8(`entry ${index + 1}`), proof, [signer.key], nativeVerifyEd25519).ok).toBe(false);
          }
          for (const head of heads) expect(verifyGrowth(head, log.checkpoint, log.consistency(head.size))).toBe(true);
        },
      ),
      { numRuns: 25 },
    );
  }, 60_000);
  it("takes entries of any bytes, the empty one and the largest too", async () => {
    const log = await logOf();
    await log.commit([new Uint8Array(), new Uint8Array(ENTRY_BYTES_MAX).fill(7), new Uint8Array()], []);
    for (const index of [0, 1, 2])
      expect(verifyProof(log.entry(index), log.proof(index), [signer.key], nativeVerifyEd25519).ok).toBe(true);
    expect(hex(log.bundle(0, 3).subarray(0, 4))).toBe("0000ffff");
    expect(log.bundle(0, 3).length).toBe(3 * 2 + ENTRY_BYTES_MAX);
  });
});

describe("the two stores", () => {
  const key = fc.string({ unit: fc.constantFrom("a", "b", "\u00e9", "\uffff", "\u{1f600}", "/", "0"), maxLength: 3 });
  const namespace = fc.constantFrom("a", "ab", "b");
  const batch = fc.array(
    fc.record<Write>({ namespace, key, value: fc.option(fc.uint8Array({ maxLength: 40 }), { freq: 4 }) }),
    { maxLength: 12 },
  );
  const question = fc.record(
    { from: key, until: key, most: fc.integer({ min: 0, max: 9 }), reverse: fc.boolean() },
    { requiredKeys: ["most"] },
  );
  it("answer alike after any writes", async () => {
    const base = mkdtempSync(join(tmpdir(), "writ-stores-"));
    let count = 0;
    try {
      await fc.assert(
        fc.asyncProperty(
          fc.array(batch, { maxLength: 4 }),
          fc.array(fc.tuple(namespace, key, question), { maxLength: 8 }),
          async (batches, questions) => {
            const disk = LmdbStorage.open({ folder: join(base, String(count++)), create: true });
            const memory = new MemoryStorage();
            for (const writes of batches) {
              await disk.write(writes);
              await memory.write(writes);
            }
            const plain = (found: ReturnType<Storage["range"]>) => found.map(({ key, value }) => [key, hex(value)]);
            for (const [space, one, asked] of questions) {
              expect(plain(disk.range(space, asked))).toEqual(plain(memory.range(space, asked)));
              expect(disk.get(space, one)?.join()).toBe(memory.get(space, one)?.join());
            }
            await disk.close();
          },
        ),
        { numRuns: 60 },
      );
    } finally {
      rmSync(base, { recursive: true, force: true });
    }
  }, 60_000);
});
