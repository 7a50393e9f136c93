// A writer is killed at any moment, thirty times, first one that writes into the store and then one that writes through a journal: what
// was acknowledged is there, entries, tree, state and checkpoint agree, and the log goes on.
import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { fromUtf8, utf8 } from "../../../core/index.ts";
import { nativeSha256, noteSigner, openFolder, scrub, verifyProof } from "../../../ledger/index.ts";

const KILLS = 30;
const { privateKey } = generateKeyPairSync("ed25519");
const signer = noteSigner("court.example/kill", privateKey);
const pem = privateKey.export({ type: "pkcs8", format: "pem" }) as string;

/** Lets a writer work and kills it `delayMs` after its first acknowledgement; the last size it acknowledged. */
function killed(folder: string, delayMs: number, way: "store" | "journal"): Promise<number> {
  return new Promise((resolve, reject) => {
    const writer = spawn(process.execPath, [join(import.meta.dirname, "keep-writing.mjs"), folder, pem, way]);
    let said = "";
    let complaint = "";
    let timer: NodeJS.Timeout | null = null;
    writer.stdout.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      timer ??= setTimeout(() => writer.kill("SIGKILL"), delayMs);
    });
    writer.stderr.on("data", (chunk: Buffer) => {
      complaint += chunk.toString();
    });
    writer.on("close", (code, signal) => {
      if (timer !== null) clearTimeout(timer);
      if (signal !== "SIGKILL") reject(new Error(`the writer ended by itself with ${code}: ${complaint}`));
      // A line is an acknowledgement only when it is whole.
      else resolve(Number(said.split("\n").slice(0, -1).at(-1)));
    });
  });
}

it(`${KILLS} kills lose nothing that was acknowledged`, { timeout: 180_000 }, async () => {
  const base = mkdtempSync(join(tmpdir(), "writ-kill-"));
  const folder = join(base, "ledger");
  try {
    let before = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const acknowledged = await killed(folder, (kill * 7) % 40, kill < KILLS / 3 ? "store" : "journal");
      expect(acknowledged).toBeGreaterThan(before);
      const { log, storage } = await openFolder({ folder, create: false, signer });
      expect(log.haltedBy).toBeNull();
      expect(log.size).toBeGreaterThanOrEqual(acknowledged);
      expect(fromUtf8(storage.get("court", "last") as Uint8Array)).toBe(String(log.size));
      for (let index = before; index < log.size; index++) {
        const entry = log.entry(index);
        expect(fromUtf8(entry.subarray(0, `entry ${index} `.length))).toBe(`entry ${index} `);
      }
      for (const index of [0, before, log.size - 1])
        expect(verifyProof(log.entry(index), log.proof(index), [signer.key]).ok).toBe(true);
      before = log.size;
      await log.close();
    }
    const { log, storage } = await openFolder({ folder, create: false, signer });
    const values = { storage, namespaces: ["court"] };
    expect(scrub(log, nativeSha256, { values })).toEqual({ entries: before, problem: null });
    await log.commit([utf8("one more")], []);
    expect(log.size).toBe(before + 1);
    await log.close();
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
});
