// Pages of steps: what is written is what is read, at the ends of pages too, and what is missing has a name.
import { describe, expect, it } from "vitest";
import { encode, hex } from "../../../core/index.ts";
import { PAGE_STEPS } from "../../../court-node/limits.ts";
import { decodeReceipt, type Receipt } from "../../../court-node/protocol/receipt.ts";
import { decodeAgreement, decodeHead, encodeHead, SPACE } from "../../../court-node/records.ts";
import { isWhole, pageKey, stepSeqs } from "../../../court-node/steps.ts";
import { buyer, lateDelivery, openKit, prepare } from "./kit.ts";

const ID = "ab".repeat(32);

/** An agreement of so many steps, step n with the seq that `seqOf` gives. */
function written(steps: number, seqOf: (step: number) => number) {
  const pages = new Map<string, Uint8Array>();
  let page: readonly number[] = [];
  for (let step = 0; step < steps; step++) {
    page = [...page, seqOf(step)];
    if (!isWhole(page)) continue;
    pages.set(pageKey(ID, step), encode(page));
    page = [];
  }
  const get = (namespace: string, key: string) => (namespace === SPACE.step ? pages.get(key) : undefined);
  return { pages, state: { get }, record: { steps, page } };
}

describe("pages of steps", () => {
  it.each([0, 1, PAGE_STEPS - 1, PAGE_STEPS, PAGE_STEPS + 1, 3 * PAGE_STEPS + 5])("keep %i steps", (steps) => {
    const { pages, state, record } = written(steps, (step) => 7 + 3 * step);
    const all = Array.from({ length: steps }, (_, step) => 7 + 3 * step);
    expect(stepSeqs(state, ID, record, { from: 0, most: steps + 9 })).toEqual(all);
    expect(pages.size).toBe(Math.floor(steps / PAGE_STEPS));
    for (let from = 0; from <= steps; from += 11)
      expect(stepSeqs(state, ID, record, { from, most: 13 })).toEqual(all.slice(from, from + 13));
  });

  it("keep every seq a log can have", () => {
    const seqs = [0, 255, 256, 2 ** 32, 2 ** 48 + 1, Number.MAX_SAFE_INTEGER];
    const { state, record } = written(seqs.length, (step) => seqs[step] as number);
    expect(stepSeqs(state, ID, record, { from: 0, most: 99 })).toEqual(seqs);
  });

  it("are missed by name, and so is what a page lacks", () => {
    const { state, record } = written(PAGE_STEPS + 2, (step) => step);
    const none = { get: () => undefined };
    const corrupt = expect.objectContaining({ code: "ledger/corrupt" });
    expect(() => stepSeqs(none, ID, record, { from: 0, most: 1 })).toThrow(corrupt);
    expect(stepSeqs(none, ID, record, { from: PAGE_STEPS, most: 9 })).toEqual([PAGE_STEPS, PAGE_STEPS + 1]);
    const cut = { ...record, page: record.page.slice(0, 1) };
    expect(() => stepSeqs(state, ID, cut, { from: 0, most: 99 })).toThrow(corrupt);
  });

  it("name the receipts of an agreement, whole pages and the one under way", async () => {
    const kit = await openKit();
    const agreement = await lateDelivery(kit);
    const actions = await Promise.all(
      Array.from({ length: 2 * PAGE_STEPS }, (_, i) => prepare(kit, "act", buyer, { agreement, name: `no${i}` })),
    );
    await Promise.all(actions.map((action) => kit.engine.propose({ kind: "action", action, file: null })));
    const record = decodeAgreement(kit.storage.get(SPACE.agreement, agreement) as Uint8Array);
    const seqs = stepSeqs(kit.storage, agreement, record, { from: 0, most: 200 });
    const receipts = seqs.map((seq) => decodeReceipt(kit.log.entry(seq)) as { readonly receipt: Receipt });
    expect(receipts.map(({ receipt }) => receipt.step)).toEqual(Array.from({ length: record.steps }, (_, i) => i));
    expect(new Set(receipts.map(({ receipt }) => hex(receipt.agreement as Uint8Array)))).toEqual(new Set([agreement]));
    expect(record.steps).toBeGreaterThan(2 * PAGE_STEPS);
    expect(kit.storage.range(SPACE.step, { most: 9 })).toHaveLength(2);
  });
});

describe("the head of a court", () => {
  it("says in which layout the court is stored", () => {
    const head = { seq: 5, stamp: 6, appHash: new Uint8Array(32) };
    expect(decodeHead(encodeHead(head))).toEqual(head);
    const wrong = expect.objectContaining({ code: "ledger/wrong-version" });
    expect(() => decodeHead(encode([5, 6, new Uint8Array(32)]))).toThrow(wrong);
    expect(() => decodeHead(encode([3, 5, 6, new Uint8Array(32)]))).toThrow(wrong);
  });
});
