// What a cage remembers over a restart, on a store in memory that is opened again.
import { describe, expect, it } from "vitest";
import { NONCES_FORGOTTEN_EVERY } from "../../../cage/limits.ts";
import { RateLimits } from "../../../cage/obligations/index.ts";
import type { Met } from "../../../cage/point.ts";
import { Remembered, type RememberedOptions } from "../../../cage/remembered.ts";
import { LedgerError } from "../../../ledger/errors.ts";
import { MemoryStorage } from "../../../ledger/index.ts";
import { ledgerOn } from "./gate/kit.ts";

const SECOND = 1_772_366_400;
const NOW = SECOND * 1_000;
const open = async (storage: MemoryStorage, options: Partial<RememberedOptions> = {}) => {
  const ledger = await ledgerOn(storage);
  return { ledger, ...(await opened(ledger, options)) };
};
const opened = async (ledger: Awaited<ReturnType<typeof ledgerOn>>, options: Partial<RememberedOptions> = {}) => {
  const memory = await Remembered.open(ledger, { now: () => NOW, boot: "b1", durable: false, ...options });
  return { memory, write: (met: readonly Met[]) => ledger.keep(memory.withIntent(met)) };
};

const use = (nonce: string, created = SECOND + 60) => ({
  keyId: "did:key:a",
  nonce,
  created,
  until: created + 330,
  now: SECOND + 60,
  skew: 30,
});
const met = (nonce: string, until = SECOND + 390): Met => ({
  name: "require_signature",
  found: { key: "did:key:a", nonce, until },
});

describe("nonces", () => {
  it("are refused again after a restart; nothing else is", async () => {
    const storage = new MemoryStorage();
    const first = await open(storage);
    expect(first.memory.nonces.use(use("a"))).toBe("fresh");
    await first.write([met("a")]);
    const { memory } = await open(storage, { now: () => NOW + 70_000 });
    expect(memory.nonces.use(use("a"))).toBe("replayed");
    // Signed before the restart, and not used: there is no second in which nobody is served.
    expect(memory.nonces.use(use("b"))).toBe("fresh");
  });
  it("that no intent was written for are not remembered: nothing was let through", async () => {
    const storage = new MemoryStorage();
    const first = await open(storage);
    expect(first.memory.nonces.use(use("a"))).toBe("fresh");
    expect((await open(storage)).memory.nonces.use(use("a"))).toBe("fresh");
  });
  it("of a signature that was looked at without spending them are not kept", async () => {
    const { memory } = await open(new MemoryStorage());
    expect(memory.withIntent([{ name: "require_signature", found: { key: "did:key:a", nonce: "a" } }])).toEqual([]);
  });
  it("may be lost with the machine: then what was signed before that is refused, and stays so", async () => {
    const storage = new MemoryStorage();
    await (await open(storage)).write([met("a")]);
    const later = { now: () => NOW + 70_000, boot: "b2" };
    expect((await open(storage, later)).memory.nonces.use(use("b"))).toBe("before-memory");
    expect((await open(storage, { ...later, now: () => NOW + 71_000 })).memory.nonces.use(use("b"))).toBe(
      "before-memory",
    );
    expect((await open(storage, later)).memory.nonces.use(use("b", SECOND + 101))).toBe("fresh");
  });
  it("that were on the disk are not lost with the machine", async () => {
    const storage = new MemoryStorage();
    await (await open(storage, { durable: true })).write([met("a")]);
    const { memory } = await open(storage, { durable: true, boot: "b2", now: () => NOW + 70_000 });
    expect([memory.nonces.use(use("a")), memory.nonces.use(use("b"))]).toEqual(["replayed", "fresh"]);
  });
  it("a machine that does not say when it was started counts as started anew", async () => {
    const storage = new MemoryStorage();
    await open(storage, { boot: null });
    const { memory } = await open(storage, { boot: null, now: () => NOW + 70_000 });
    expect(memory.nonces.use(use("b"))).toBe("before-memory");
  });
  it("are forgotten once they have expired, and what has expired once does not come again by a clock that is set back", async () => {
    const storage = new MemoryStorage();
    let now = NOW;
    const { ledger, memory } = await open(storage, { now: () => now });
    const count = (): number => [...ledger.kept("cage-nonces")].length;
    for (let at = 0; at < NONCES_FORGOTTEN_EVERY - 1; at++) await ledger.keep(memory.withIntent([met(`n${at}`)]));
    expect(count()).toBe(NONCES_FORGOTTEN_EVERY - 1);
    now = NOW + 500_000;
    await ledger.keep(memory.withIntent([met("new", SECOND + 900)]));
    expect(count()).toBe(1);
    const again = await opened(ledger);
    expect(again.memory.nonces.use(use("n0"))).toBe("before-memory");
    expect(again.memory.nonces.size).toBe(1);
    // Where the operator says so, the clock counts from here on.
    const set = await opened(ledger, { clockAccepted: true });
    expect(set.memory.nonces.use(use("x"))).toBe("fresh");
    expect(set.memory.nonces.use(use("x", SECOND))).toBe("before-memory");
  });
});

describe("rates", () => {
  const rate = { count: 2, periodMs: 60_000, burst: 2 };
  const passed: Met = { name: "rate_limit", found: {} };

  it("are used up after a restart as before, and fill as time goes", async () => {
    const storage = new MemoryStorage();
    const first = await open(storage);
    for (let at = 0; at < 3; at++) first.memory.rates.take("l", rate, "a", NOW);
    await first.write([passed]);
    const { memory } = await open(storage);
    expect(memory.rates.take("l", rate, "a", NOW)!.passed).toBe(false);
    expect(memory.rates.take("l", rate, "b", NOW)!.passed).toBe(true);
    expect((await open(storage, { now: () => NOW + 30_000 })).memory.rates.take("l", rate, "a", NOW + 30_000)).toEqual({
      passed: true,
      left: 0,
      waitMs: 30_000,
    });
    // Full by now: not kept in memory.
    expect((await open(storage, { now: () => NOW + 60_000 })).memory.rates.size).toBe(0);
  });
  it("give nothing for a clock that was set back, and do not stand still for it", async () => {
    const storage = new MemoryStorage();
    const first = await open(storage);
    for (let at = 0; at < 2; at++) first.memory.rates.take("l", rate, "a", NOW);
    await first.write([passed]);
    const { rates } = (await open(storage, { now: () => NOW - 3_600_000 })).memory;
    expect(rates.take("l", rate, "a", NOW - 3_600_000)!.passed).toBe(false);
    expect(rates.take("l", rate, "a", NOW - 3_600_000 + 30_000)!.passed).toBe(true);
  });
  it("of forgotten buckets leave their lid, over a restart, too", () => {
    const limits = new RateLimits({ bucketsMax: 2, kept: true });
    for (const key of ["a", "a", "b", "c"]) limits.take("l", rate, key, NOW);
    const kept = [...limits.changes()];
    expect(kept.map(({ key, parts }) => [key, parts])).toEqual([
      ["a", undefined],
      ["b", 60_000],
      [null, 0],
      ["c", 0],
    ]);
    expect([...limits.changes()]).toEqual([]);
    const again = new RateLimits({ bucketsMax: 2 });
    for (const { parts, at, ...each } of kept)
      if (parts !== undefined && at !== undefined) again.restore({ ...each, parts, at }, NOW);
    expect(again.take("l", rate, "new", NOW)!.passed).toBe(false);
  });
});

it("counters of credentials are kept", async () => {
  const storage = new MemoryStorage();
  await (await open(storage)).memory.counter("c", 7);
  await (await open(storage)).memory.counter("c", 9);
  expect([...(await open(storage)).memory.counters]).toEqual([["c", 9]]);
});

it("what cannot be written is not acknowledged", async () => {
  const storage = new MemoryStorage();
  const { memory } = await open(storage);
  storage.write = () => Promise.reject(new LedgerError("ledger/no-space", "the disk is full"));
  await expect(memory.counter("c", 7)).rejects.toThrow(LedgerError);
});
