// Each bound of the ledger, at it and one past it. Keys, values, groups and what waits stand with the store's and the group's
// own tests.
import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { base64, utf8 } from "../../core/index.ts";
import {
  ENTRY_BYTES_MAX,
  Log,
  MemoryLock,
  MemoryStorage,
  NOTE_BYTES_MAX,
  NOTE_SIGNATURES_MAX,
  nativeSha256,
  nativeVerifyEd25519,
  noteSigner,
  PROOF_BYTES_MAX,
  PROOF_HASHES_MAX,
  parseCheckpoint,
  parseNote,
  parseProof,
  printCheckpoint,
  printProof,
  signNote,
  TILE_WIDTH,
  TILES_KEPT_MAX,
  TREE_SIZE_MAX,
  verifyInclusion,
  verifyProof,
} from "../../ledger/index.ts";

const signer = noteSigner("court.example/limits", generateKeyPairSync("ed25519").privateKey);
const HASH = new Uint8Array(32);
const reason = (read: object): string => ("reason" in read ? String(read.reason) : "fine");

describe("notes", () => {
  it("signatures", () => {
    const line = `\u2014 a ${base64(new Uint8Array(68))}\n`;
    expect(reason(parseNote(`text\n\n${line.repeat(NOTE_SIGNATURES_MAX)}`))).toBe("fine");
    expect(reason(parseNote(`text\n\n${line.repeat(NOTE_SIGNATURES_MAX + 1)}`))).toContain("at most");
    // The specification asks for at least 16.
    expect(NOTE_SIGNATURES_MAX).toBeGreaterThanOrEqual(16);
  });
  it("characters", () => {
    const end = "\n\n\u2014 a AAAAAAAA\n";
    const text = "x".repeat(NOTE_BYTES_MAX - end.length);
    expect(reason(parseNote(text + end))).toBe("fine");
    expect(reason(parseNote(`${text}x${end}`))).toContain("at most");
  });
});

describe("proof files", () => {
  const checkpoint = signNote(printCheckpoint({ origin: "court.example/limits", size: 1, root: HASH }), [signer]);
  it("hashes", () => {
    const file = (count: number) => printProof({ index: 0, path: Array(count).fill(HASH), checkpoint, extra: null });
    expect(reason(parseProof(file(PROOF_HASHES_MAX)))).toBe("fine");
    expect(reason(parseProof(file(PROOF_HASHES_MAX + 1)))).toContain("at most");
    // No tree needs that many: the longest honest proof has one a level, 53, and a consistency proof twice that.
    expect(PROOF_HASHES_MAX).toBeGreaterThan(2 * 53);
  });
  it("characters", () => {
    const file = (extra: number) => printProof({ index: 0, path: [], checkpoint, extra: new Uint8Array(extra) });
    const room = PROOF_BYTES_MAX - file(0).length;
    const fits = Math.floor(room / 4) * 3;
    expect(reason(parseProof(file(fits)))).toBe("fine");
    expect(reason(parseProof(file(fits + 4)))).toContain("at most");
  });
  it("the index", () => {
    const file = (index: string) => `c2sp.org/tlog-proof@v1\nindex ${index}\n\n${checkpoint}`;
    expect(reason(parseProof(file(String(TREE_SIZE_MAX))))).toBe("fine");
    expect(reason(parseProof(file(String(BigInt(TREE_SIZE_MAX) + 1n))))).toContain("index");
    expect(verifyProof(utf8("x"), file(String(BigInt(TREE_SIZE_MAX) + 1n)), [signer.key])).toMatchObject({
      ok: false,
      code: "malformed",
    });
  });
});

describe("trees", () => {
  it("the size of a checkpoint", () => {
    const text = (size: bigint) => `court.example/limits\n${size}\n${base64(HASH)}\n`;
    expect(parseCheckpoint(text(BigInt(TREE_SIZE_MAX)))?.size).toBe(TREE_SIZE_MAX);
    expect(parseCheckpoint(text(BigInt(TREE_SIZE_MAX) + 1n))).toBeUndefined();
  });
  it("sizes and indexes that are not exact numbers prove nothing", () => {
    for (const size of [TREE_SIZE_MAX + 1, 1.5, Number.NaN, -1, Number.POSITIVE_INFINITY])
      expect(verifyInclusion(HASH, { index: 0, size }, [], HASH)).toBe(false);
    expect(verifyInclusion(HASH, { index: 0, size: 1 }, [], HASH)).toBe(true);
  });
  it("more tiles than are kept in memory", async () => {
    const log = await Log.open({ storage: new MemoryStorage(), lock: new MemoryLock(), signer, sha256: nativeSha256 });
    const tiles = TILES_KEPT_MAX + 2;
    const entry = utf8("the same");
    for (let tile = 0; tile < tiles; tile++) await log.commit(Array(TILE_WIDTH).fill(entry), []);
    for (let round = 0; round < 2; round++)
      for (let tile = 0; tile < tiles; tile++) expect(log.entry(tile * TILE_WIDTH)).toEqual(entry);
    for (const index of [0, log.size - 1])
      expect(verifyProof(entry, log.proof(index), [signer.key], nativeVerifyEd25519).ok).toBe(true);
  }, 60_000);
  it("an entry", async () => {
    const log = await Log.open({ storage: new MemoryStorage(), lock: new MemoryLock(), signer, sha256: nativeSha256 });
    await log.commit([new Uint8Array(ENTRY_BYTES_MAX)], []);
    await expect(log.commit([new Uint8Array(ENTRY_BYTES_MAX + 1)], [])).rejects.toMatchObject({
      code: "ledger/entry-too-large",
    });
    expect(log.size).toBe(1);
  });
});
