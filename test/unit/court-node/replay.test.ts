// Replay and bundles: what is right passes, and every kind of damage is found and named.
import { beforeAll, describe, expect, it } from "vitest";
import { equalBytes, hex } from "../../../core/index.ts";
import {
  type Bundle,
  checkpointSigner,
  decodeBundle,
  decodeReceipt,
  encodeBundle,
  encodeReceipt,
  Modules,
  makeBundle,
  pureVerify,
  type Receipt,
  replayLedger,
  verifyBundle,
} from "../../../court-node/index.ts";
import { Log, MemoryLock, MemoryStorage, nativeSha256, nativeVerifyEd25519 } from "../../../ledger/index.ts";
import { BUILTINS } from "../../../stdlib/index.ts";
import { TIERS } from "../../../vm/index.ts";
import {
  buyer,
  example,
  type Kit,
  lateDelivery,
  node,
  ORIGIN,
  offered,
  openKit,
  receiptsOf,
  seller,
  send,
} from "./kit.ts";

let kit: Kit;
let agreement: string;
beforeAll(async () => {
  kit = await openKit();
  agreement = await lateDelivery(kit);
  receiptsOf(await send(kit, "act", buyer, { agreement, name: "deliver" }));
  kit.clock.set(Date.parse("2019-01-16T21:34:00Z"));
  receiptsOf(await send(kit, "act", seller, { agreement, name: "deliver" }));
  receiptsOf(await send(kit, "pay", seller, { agreement, for: "pay_penalty", value: [["USD", "63.00"]] }));
  await offered(kit, example("escrow/agreement.yaml"), { seller, buyer });
});

/** The same entries, some of them exchanged, signed anew: what a dishonest operator would serve. */
async function forged(change: (receipt: Receipt) => Receipt, spoil?: (storage: MemoryStorage) => Promise<void>) {
  const storage = kit.storage.copy();
  const entries: Uint8Array[] = [];
  for (let seq = 0; seq < kit.log.size; seq++) {
    const decoded = decodeReceipt(kit.log.entry(seq)) as { readonly receipt: Receipt };
    entries.push(encodeReceipt(change(decoded.receipt)) as Uint8Array);
  }
  const fresh = new MemoryStorage();
  for (const namespace of ["court", "module", "agreement", "step", "past", "action", "due", "deployed"]) {
    await fresh.write(storage.range(namespace, { most: 1e6 }).map(({ key, value }) => ({ namespace, key, value })));
  }
  const log = await Log.open({
    storage: fresh,
    lock: new MemoryLock(),
    signer: checkpointSigner(ORIGIN, node),
    sha256: nativeSha256,
    verify: nativeVerifyEd25519,
  });
  await log.commit(entries, []);
  await spoil?.(fresh);
  return replayLedger({ log, storage: fresh, builtins: BUILTINS, verify: pureVerify });
}

describe("replay", () => {
  it("finds nothing in an honest ledger, and counts", async () => {
    const seen: [number, number][] = [];
    const report = replayLedger({
      log: kit.log,
      storage: kit.storage,
      builtins: BUILTINS,
      verify: pureVerify,
      progress: (done, of) => seen.push([done, of]),
    });
    expect(report).toMatchObject({ difference: null, agreements: 2, receipts: kit.log.size });
    expect(report.fuel).toBeGreaterThan(0);
    expect(seen.at(-1)).toEqual([kit.log.size, kit.log.size]);
    expect((await forged((receipt) => receipt)).difference).toBeNull();
  });
  it.each(TIERS)("gives the same receipts when modules run by %s", (tier) => {
    const report = replayLedger({ log: kit.log, storage: kit.storage, builtins: BUILTINS, tier });
    expect(report).toMatchObject({ difference: null, receipts: kit.log.size });
  });
  const at = 6;
  const cases: readonly (readonly [string, (receipt: Receipt) => Receipt])[] = [
    ["fuel", (receipt) => ({ ...receipt, fuel: receipt.fuel + 1 })],
    ["post", (receipt) => ({ ...receipt, post: new Uint8Array(32) })],
    ["pre", (receipt) => ({ ...receipt, pre: new Uint8Array(32) })],
    ["previous", (receipt) => ({ ...receipt, previous: new Uint8Array(32) })],
    ["input", (receipt) => ({ ...receipt, input: new Uint8Array(32) })],
    ["caller", (receipt) => ({ ...receipt, caller: buyer.did })],
    [
      "outcome",
      (receipt) => ({
        ...receipt,
        outcome: { kind: "refused", refusal: { kind: "limit", name: "x", path: "", values: [] } },
      }),
    ],
    [
      "moves",
      (receipt) => ({ ...receipt, moves: [{ verb: "pay", asset: "USD", amount: 1, from: "buyer", to: "seller" }] }),
    ],
    ["changes", (receipt) => ({ ...receipt, changes: [], changesOmitted: 0 })],
    ["step", (receipt) => ({ ...receipt, step: receipt.step + 1 })],
    ["origin", (receipt) => ({ ...receipt, origin: "other.court/main" })],
    ["seq", (receipt) => ({ ...receipt, seq: receipt.seq + 1 })],
  ];
  it.each(cases)("finds a forged %s", async (field, change) => {
    const { difference } = await forged((receipt) => (receipt.seq === at ? change(receipt) : receipt));
    expect([difference?.seq, field === "caller" ? "action" : field]).toEqual([at, difference?.field]);
  });
  it("finds a missing or exchanged action, module or state", async () => {
    const key = kit.storage.range("action", { most: 1e6 });
    const drop = await forged(
      (receipt) => receipt,
      (storage) => storage.write([{ namespace: "action", key: key[3]?.key as string, value: null }]),
    );
    expect(drop.difference?.field).toBe("action");
    const swap = await forged(
      (receipt) => receipt,
      (storage) =>
        storage.write([{ namespace: "action", key: key[3]?.key as string, value: key[4]?.value as Uint8Array }]),
    );
    expect(swap.difference?.field).toBe("action");
    const modules = kit.storage.range("module", { most: 2 });
    const module = await forged(
      (receipt) => receipt,
      (storage) =>
        storage.write([
          { namespace: "module", key: modules[0]?.key as string, value: modules[1]?.value as Uint8Array },
        ]),
    );
    expect(module.difference?.field).toBe("module");
    const agreements = kit.storage.range("agreement", { most: 2 });
    const state = await forged(
      (receipt) => receipt,
      (storage) =>
        storage.write([
          { namespace: "agreement", key: agreements[0]?.key as string, value: agreements[1]?.value as Uint8Array },
        ]),
    );
    expect(state.difference?.field).toBe("previous");
    const head = await forged(
      (receipt) => receipt,
      (storage) => storage.write([{ namespace: "court", key: "head", value: null }]),
    );
    expect(head.difference?.field).toBe("head");
  });
});

describe("bundles", () => {
  const trust = { keys: [checkpointSigner(ORIGIN, node).key], builtins: BUILTINS };
  const bundleOf = (seq: number): Bundle =>
    makeBundle(seq, { log: kit.log, storage: kit.storage, modules: new Modules(BUILTINS) });

  it("of every receipt verifies, after being written and read", () => {
    for (let seq = 0; seq < kit.log.size; seq++) {
      const read = decodeBundle(encodeBundle(bundleOf(seq)));
      if ("reason" in read) throw new Error(read.reason);
      expect(verifyBundle(read.bundle, trust), String(seq)).toMatchObject({
        ok: true,
        index: seq,
        treeSize: kit.log.size,
      });
    }
  });
  it("is refused by the part that is wrong", () => {
    const good = bundleOf(6);
    const other = bundleOf(7);
    const cases: readonly (readonly [string, Bundle])[] = [
      ["bad-proof", { ...good, proof: other.proof }],
      ["bad-proof", { ...good, receipt: other.receipt }],
      ["bad-state", { ...good, pre: other.pre }],
      ["bad-state", { ...good, pre: null }],
      ["bad-state", { ...good, pre: new Uint8Array([1]) }],
      ["bad-action", { ...good, action: other.action }],
      ["bad-action", { ...good, action: null }],
      ["bad-module", { ...good, module: bundleOf(kit.log.size - 1).module }],
      ["bad-module", { ...good, module: good.module.slice(0, 99) }],
      ["malformed", { ...good, proof: "" }],
    ];
    for (const [code, bundle] of cases) expect(verifyBundle(bundle, trust)).toMatchObject({ ok: false, code });
    expect(verifyBundle(good, { ...trust, keys: [checkpointSigner(ORIGIN, seller).key] })).toMatchObject({
      ok: false,
      code: "unknown-key",
    });
    expect(verifyBundle(good, { ...trust, keys: [checkpointSigner("other", node).key] })).toMatchObject({ ok: false });
  });
  it("is never read from damaged bytes as another bundle, nor does reading throw", () => {
    const good = bundleOf(5);
    const bytes = encodeBundle(good);
    for (let i = 0; i < bytes.length; i += 97) {
      const flipped = bytes.slice();
      flipped[i] = (flipped[i] as number) ^ 16;
      const read = decodeBundle(flipped);
      // The debug map of the module is outside its meaning: source text that is shown, never run.
      if ("reason" in read || !verifyBundle(read.bundle, trust).ok) continue;
      expect(equalBytes(read.bundle.module, good.module), `byte ${i}`).toBe(false);
      expect({ ...read.bundle, module: null }).toEqual({ ...good, module: null });
    }
    expect(decodeBundle(new Uint8Array())).toHaveProperty("reason");
    expect(decodeBundle(bytes.slice(0, -1))).toHaveProperty("reason");
  });
  it("starts from a kept state: 64 steps at most are run again", async () => {
    const long = await openKit();
    const id = await lateDelivery(long);
    for (let i = 0; i < 140; i++) receiptsOf(await send(long, "act", seller, { agreement: id, name: `n${i}` }));
    const source = { log: long.log, storage: long.storage, modules: new Modules(BUILTINS) };
    expect(
      long.storage.range("past", { from: `${id}/`, until: `${id}0`, most: 9 }).map(({ key }) => Number(key.slice(65))),
    ).toEqual([0, 64, 128]);
    for (const step of [1, 63, 64, 65, 66, 128, 129, 140]) {
      const seq = 1 + step;
      expect(verifyBundle(makeBundle(seq, source), trust), String(step)).toMatchObject({ ok: true });
    }
  });
  it("of a deployment by itself shows the file", () => {
    expect(hex(bundleOf(0).receipt).length).toBeGreaterThan(0);
    expect(verifyBundle(bundleOf(0), trust)).toMatchObject({ ok: true, receipt: { kind: "deploy" } });
  });
});
