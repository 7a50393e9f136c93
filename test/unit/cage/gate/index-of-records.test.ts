// Records found by their hash and by their exchange, with an index, without one, and after the process ended in the middle.
import { expect, it } from "vitest";
import { INDEX_SEGMENT } from "../../../../cage/limits.ts";
import { encodeRecord } from "../../../../cage/records/encode.ts";
import { nameHash, placesIn, Segment } from "../../../../cage/records/index-of-records.ts";
import type { CageLedger } from "../../../../cage/records/ledger.ts";
import { MemoryStorage } from "../../../../ledger/index.ts";
import type { Write } from "../../../../ledger/storage.ts";
import { ledgerOn } from "./kit.ts";

const DECISION = {
  point: "request",
  allowed: false,
  reason: "denied",
  detail: null,
  module: "00".repeat(32),
  data: {},
  input: { at: "request" },
  json: null,
  jsonDigest: null,
  masked: [],
  answer: null,
} as const;
const intent = (exchange: string): Uint8Array =>
  encodeRecord({
    kind: "intent",
    at: 1,
    exchange,
    decided: [DECISION],
    addresses: [],
    dropped: [],
    met: [],
    sent: null,
    peer: null,
  });
const append = (ledger: CageLedger, count: number, name = "run"): Promise<readonly { readonly leaf: string }[]> =>
  Promise.all(
    Array.from({ length: count }, (_, at) => {
      const exchange = `${name}-${at}`;
      return ledger.append(intent(exchange), { exchange });
    }),
  );
const SEGMENTS = (storage: MemoryStorage): readonly string[] =>
  storage.range("cage", { from: "index/", until: "index0", most: 100 }).map(({ key }) => key);

/** A store that counts what is read of the entries. */
class Counting extends MemoryStorage {
  entries = 0;
  fails = false;
  override get(namespace: string, key: string): Uint8Array | undefined {
    if (namespace === "entries") this.entries++;
    return super.get(namespace, key);
  }
  override write(batch: readonly Write[]): Promise<void> {
    return this.fails ? Promise.reject(new Error("the disk is full")) : super.write(batch);
  }
}

it("a segment gives the places of a key, the last first", () => {
  const segment = new Segment();
  for (let place = 0; place < INDEX_SEGMENT; place++)
    segment.add(place, Uint8Array.from([0xff, place % 2, 0, 0]), place % 3 === 0 ? `e${place % 9}` : null);
  expect(segment.whole).toBe(true);
  const bytes = segment.encode();
  const odd = placesIn(bytes, "leaves", 0xff010000)!;
  expect([odd.length, odd[0], odd.at(-1)]).toEqual([INDEX_SEGMENT / 2, INDEX_SEGMENT - 1, 1]);
  expect(placesIn(bytes, "exchanges", nameHash("e3"))!.every((place) => place % 9 === 3)).toBe(true);
  expect(placesIn(bytes, "leaves", 1)).toEqual([]);
  for (const cut of [0, 3, 100, bytes.length - 1]) expect(placesIn(bytes.subarray(0, cut), "leaves", 1)).toBeNull();
});

it("finds records by reading few of them", async () => {
  const storage = new Counting();
  const ledger = await ledgerOn(storage);
  const written = await append(ledger, 3 * INDEX_SEGMENT + 10);
  await append(ledger, 1, "last");
  expect(SEGMENTS(storage)).toHaveLength(3);
  storage.entries = 0;
  for (const at of [0, 1_023, 1_024, 2_000, 3_071]) {
    expect(ledger.find(written[at]!.leaf).index).toBe(at);
    expect(ledger.find(written[at]!.leaf.slice(0, 8)).index).toBe(at);
    expect(ledger.find(`run-${at}`).index).toBe(at);
  }
  // What is behind the last segment is read each time: eleven records here.
  expect(storage.entries).toBeLessThan(15 * 14);
  expect(ledger.find(`run-${3 * INDEX_SEGMENT + 9}`).index).toBe(3 * INDEX_SEGMENT + 9);
  expect(() => ledger.find("run-none")).toThrow(/no record/);
  expect(ledger.find("@7").index).toBe(7);
  expect(() => ledger.find("00000000a")).toThrow(/no record/);
  await ledger.close();
});

it("of an exchange with several intents the last is found, and all are there", async () => {
  const ledger = await ledgerOn(new MemoryStorage());
  await append(ledger, 5);
  for (let tries = 0; tries < 2; tries++) await ledger.append(intent("run-2"), { exchange: "run-2" });
  await append(ledger, INDEX_SEGMENT, "more");
  expect(ledger.find("run-2").index).toBe(6);
  expect([...ledger.intentsOf("run-2")].map(({ index }) => index)).toEqual([6, 5, 2]);
  await ledger.close();
});

it("is made again where it is missing, goes on where a process ended, and is not needed", async () => {
  const storage = new MemoryStorage();
  const first = await ledgerOn(storage);
  const written = await append(first, 2 * INDEX_SEGMENT - 5);
  const indexed = async (ledger: CageLedger): Promise<void> => {
    for (let tries = 0; tries < 2_000 && ledger.meta("indexed") !== "2"; tries++)
      await new Promise((next) => setTimeout(next, 2));
  };
  // Killed: not closed. The next one writes the segment that was begun, and the one that was on its way.
  const second = await ledgerOn(storage);
  await append(second, 10, "second");
  await append(second, 1, "after");
  await indexed(second);
  expect(SEGMENTS(storage)).toHaveLength(2);
  await second.close();

  const lost: Write[] = [...SEGMENTS(storage), "indexed"].map((key) => ({ namespace: "cage", key, value: null }));
  await storage.write(lost);
  const third = await ledgerOn(storage);
  expect(SEGMENTS(storage)).toHaveLength(0);
  expect(third.find(written[7]!.leaf).index).toBe(7);
  expect(third.find("run-7").index).toBe(7);
  await indexed(third);
  expect([SEGMENTS(storage).length, third.meta("indexed")]).toEqual([2, "2"]);
  expect(third.find("second-9").index).toBe(2 * INDEX_SEGMENT + 4);
  await third.close();
});

it("a batch that cannot be written takes nothing of the index with it", async () => {
  const storage = new Counting();
  const ledger = await ledgerOn(storage);
  await append(ledger, INDEX_SEGMENT);
  storage.fails = true;
  await expect(ledger.append(intent("x"), { exchange: "x" })).rejects.toThrow();
  storage.fails = false;
  await append(ledger, 1, "y");
  expect([SEGMENTS(storage).length, ledger.meta("indexed")]).toEqual([1, "1"]);
  await ledger.close();
});
