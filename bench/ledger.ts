// What the ledger costs: the CPU of one receipt (encode, id, leaf, its share of tree and checkpoint), the check of a proof with
// the pure and the native curve, and durable appends against the limit of the disk, a plain file with the same flushes.
import { generateKeyPairSync } from "node:crypto";
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { contentId, encode } from "../core/index.ts";
import {
  leafHash,
  nativeSha256,
  nativeVerifyEd25519,
  noteSigner,
  openFolder,
  printCheckpoint,
  signNote,
  Tree,
  verifyProof,
} from "../ledger/index.ts";
import { nsPerCall } from "./measure.ts";
import { type Row, rowOf } from "./row.ts";

const GROUP = 1_000;
const GROUPS = 30;

/** A receipt as large as those of the late-delivery story. */
const receipt = (seq: number): ReadonlyMap<string, unknown> =>
  new Map<string, unknown>([
    ["version", 1],
    ["origin", "court.example/bench"],
    ["seq", seq],
    ["module", new Uint8Array(32).fill(1)],
    ["language", 1],
    ["entry", "step"],
    ["agreement", new Uint8Array(32).fill(2)],
    ["input", new Uint8Array(32).fill(3)],
    ["before", new Uint8Array(32).fill(4)],
    ["after", new Uint8Array(32).fill(5)],
    ["moves", [["pay", "USD", 6_300, "seller", "buyer"]]],
    [
      "changed",
      [
        ["norms", "delivery", "status"],
        ["facts", "delivered"],
      ],
    ],
    ["fuel", 4_321],
    ["at", 1_547_674_440_000 + seq],
    ["caller", "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"],
    ["previous", new Uint8Array(32).fill(6)],
  ]);

const row = rowOf("ledger");

export async function run(): Promise<Row[]> {
  const signer = noteSigner("court.example/bench", generateKeyPairSync("ed25519").privateKey);
  const rows: Row[] = [];

  // CPU of a group, without the store: what the court pays per receipt.
  let seq = 0;
  const group = (): void => {
    const tree = new Tree(nativeSha256);
    for (let i = 0; i < GROUP; i++) {
      const bytes = encode(receipt(seq++) as never);
      contentId("receipt", bytes);
      tree.append(leafHash(bytes, nativeSha256));
    }
    tree.takeChanged();
    signNote(printCheckpoint({ origin: "court.example/bench", size: tree.size, root: tree.root() }), [signer]);
  };
  const perReceipt = nsPerCall(group) / GROUP / 1e6;
  rows.push(
    row("CPU of one receipt in a group of 1,000", perReceipt, "ms", { goal: "< 0.2 ms", holds: perReceipt < 0.2 }),
  );
  const alone =
    nsPerCall(() => {
      const bytes = encode(receipt(seq++) as never);
      contentId("receipt", bytes);
      signNote(printCheckpoint({ origin: "court.example/bench", size: 1, root: leafHash(bytes, nativeSha256) }), [
        signer,
      ]);
    }) / 1e6;
  rows.push(
    row("CPU of one receipt with a checkpoint of its own", alone, "ms", { goal: "< 0.2 ms", holds: alone < 0.2 }),
  );

  const base = mkdtempSync(join(tmpdir(), "writ-bench-"));
  try {
    // Durable groups, the store against a plain file that is flushed as often.
    const bodies = Array.from({ length: GROUP }, (_, i) => encode(receipt(i) as never));
    const plain = openSync(join(base, "plain"), "w");
    const plainStart = performance.now();
    for (let i = 0; i < GROUPS; i++) {
      for (const body of bodies) writeSync(plain, body);
      fdatasyncSync(plain);
    }
    const plainRate = (GROUP * GROUPS * 1_000) / (performance.now() - plainStart);
    closeSync(plain);
    const { log } = await openFolder({ folder: join(base, "ledger"), create: true, signer });
    const start = performance.now();
    for (let i = 0; i < GROUPS; i++) await log.commit(bodies, []);
    const rate = (GROUP * GROUPS * 1_000) / (performance.now() - start);
    rows.push(
      row("durable receipts a second, groups of 1,000", rate, "receipts/s", {
        ratio: rate / plainRate,
        against: "plain file, same flushes",
        goal: ">= 10,000",
        holds: rate >= 10_000,
      }),
    );
    const singles = 200;
    const singleStart = performance.now();
    for (let i = 0; i < singles; i++) await log.commit([bodies[i] as Uint8Array], []);
    rows.push(
      row("durable receipts a second, one by one", (singles * 1_000) / (performance.now() - singleStart), "receipts/s"),
    );

    // Proof of an entry in the middle: made, then checked.
    const index = Math.floor(log.size / 2);
    const entry = log.entry(index);
    const proof = log.proof(index);
    rows.push(row("making a proof", nsPerCall(() => log.proof(index)) / 1e6, "ms"));
    const check = (verify?: typeof nativeVerifyEd25519): number =>
      nsPerCall(() => {
        if (!verifyProof(entry, proof, [signer.key], verify).ok) throw new Error("the proof does not hold");
      }) / 1e6;
    const native = check(nativeVerifyEd25519);
    const pure = check();
    rows.push(row("checking a proof, native curve", native, "ms", { goal: "< 2 ms", holds: native < 2 }));
    rows.push(
      row("checking a proof, pure (browser)", pure, "ms", {
        ratio: pure / native,
        against: "native curve",
        goal: "< 10 ms",
        holds: pure < 10,
      }),
    );
    await log.close();
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
  return rows;
}
