// Token buckets: exact, and never more than they should, whatever is forgotten and whatever the clock does.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RATE_LIMITS_MAX } from "../../../../cage/limits.ts";
import { keyOf, limited, type RateLimitArgs, rateLimit } from "../../../../cage/obligations/rate-limit.ts";
import { type Rate, RateLimits } from "../../../../cage/obligations/rate-limits.ts";
import { configuration, NOW } from "./kit.ts";

const rate = (count: number, periodMs: number, burst = count): Rate => ({ count, periodMs, burst });
const passes = (limits: RateLimits, key: string, at: number, of: Rate): boolean =>
  limits.take("l", of, key, at)!.passed;

describe("a bucket", () => {
  it("gives its burst at once, then one for each share of the period", () => {
    const limits = new RateLimits();
    const of = rate(2, 1_000, 3);
    expect([1, 2, 3, 4].map(() => passes(limits, "a", 0, of))).toEqual([true, true, true, false]);
    expect(limits.take("l", of, "a", 499)).toEqual({ passed: false, left: 0, waitMs: 1 });
    expect(limits.take("l", of, "a", 500)).toEqual({ passed: true, left: 0, waitMs: 500 });
    expect(limits.take("l", of, "a", 100_000)).toEqual({ passed: true, left: 2, waitMs: 0 });
    expect(passes(limits, "b", 500, of)).toBe(true);
  });
  it("loses nothing to rounding: three a second are three a second", () => {
    const limits = new RateLimits();
    const of = rate(3, 1_000, 1);
    let given = 0;
    for (let at = 0; at <= 10_000; at++) if (passes(limits, "a", at, of)) given++;
    // 1 at once and 30 in ten seconds, each at the first millisecond it is whole; the bucket holds one, so parts of a millisecond are lost.
    expect(given).toBe(1 + Math.floor(10_000 / 334));
  });
  it("a clock that goes back gives nothing twice", () => {
    const limits = new RateLimits();
    const of = rate(1, 1_000);
    expect([
      passes(limits, "a", 5_000, of),
      passes(limits, "a", 0, of),
      passes(limits, "a", 5_999, of),
      passes(limits, "a", 6_000, of),
    ]).toEqual([true, false, false, true]);
  });
  it("the largest numbers stay exact", () => {
    const limits = new RateLimits();
    const of = rate(1_000_000, 86_400_000, 1_000_000);
    expect(limits.take("l", of, "a", 0)).toEqual({ passed: true, left: 999_999, waitMs: 0 });
    expect(limits.take("l", of, "a", Number.MAX_SAFE_INTEGER)!.left).toBe(999_999);
  });
});

describe("bounds", () => {
  it("as many buckets as are allowed, and no more", () => {
    const limits = new RateLimits({ bucketsMax: 10 });
    for (let at = 0; at < 100; at++) limits.take("l", rate(5, 1_000), `k${at}`, at);
    expect(limits.size).toBe(10);
  });
  it("as many limits as are allowed; one more is refused", () => {
    const limits = new RateLimits();
    for (let at = 0; at < RATE_LIMITS_MAX; at++) expect(limits.take(`l${at}`, rate(1, 1_000), "a", 0)).not.toBeNull();
    expect(limits.take("another", rate(1, 1_000), "a", 0)).toBeNull();
    expect(limits.take("l0", rate(1, 1_000), "b", 0)).not.toBeNull();
  });
  it("who makes the cage forget a bucket gets no more than who waits", () => {
    const limits = new RateLimits({ bucketsMax: 2 });
    const of = rate(1, 60_000, 2);
    expect([passes(limits, "a", 0, of), passes(limits, "a", 0, of), passes(limits, "a", 0, of)]).toEqual([
      true,
      true,
      false,
    ]);
    passes(limits, "b", 1, of);
    passes(limits, "c", 2, of);
    expect(passes(limits, "a", 3, of)).toBe(false);
    expect(passes(limits, "a", 60_000, of)).toBe(true);
  });
  it("property: no key is given more than an endless memory gives, and all that it gives where nothing is forgotten", () => {
    const event = fc.record({ key: fc.integer({ min: 0, max: 5 }), wait: fc.integer({ min: 0, max: 400 }) });
    fc.assert(
      fc.property(
        fc.array(event, { maxLength: 120 }),
        fc.record({
          count: fc.integer({ min: 1, max: 5 }),
          periodMs: fc.constantFrom(1_000, 700),
          burst: fc.integer({ min: 1, max: 4 }),
        }),
        fc.integer({ min: 1, max: 8 }),
        (events, of, bucketsMax) => {
          const bounded = new RateLimits({ bucketsMax });
          const given = new Map<number, number[]>();
          let now = 0;
          for (const { key, wait } of events) {
            now += wait;
            if (passes(bounded, String(key), now, of)) given.set(key, [...(given.get(key) ?? []), now]);
          }
          // The law itself: in every stretch of time at most burst and what the rate gives.
          for (const times of given.values())
            for (let i = 0; i < times.length; i++)
              for (let j = i; j < times.length; j++)
                expect((j - i + 1 - of.burst) * of.periodMs).toBeLessThanOrEqual((times[j]! - times[i]!) * of.count);
          if (bucketsMax < 6) return;
          const all = (limits: RateLimits): boolean[] => {
            let at = 0;
            return events.map(({ key, wait }) => {
              at += wait;
              return passes(limits, String(key), at, of);
            });
          };
          expect(all(new RateLimits({ bucketsMax }))).toEqual(all(new RateLimits()));
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe("keys", () => {
  const input = {
    host: "a.example",
    caller: { address: "2001:db8:1:2:3:4:5:6", id: "shop" },
    fields: { "x-key": "k".repeat(300) },
    port: 443,
  };
  it("an IPv6 host is its /64, a mapped address its IPv4 address", () => {
    const key = (address: string): string => keyOf(["caller.address"], { caller: { address } });
    expect(key("2001:db8:1:2:3:4:5:6")).toBe(key("2001:db8:1:2:ffff::1"));
    expect(key("2001:db8:1:2::")).not.toBe(key("2001:db8:1:3::"));
    expect(key("::ffff:10.0.0.7")).toBe(key("10.0.0.7"));
    expect(key("10.0.0.7")).not.toBe(key("10.0.0.8"));
  });
  it("values are kept apart, what is absent is one value, and long ones are hashed", () => {
    expect(keyOf(["host", "caller.id"], input)).toBe('["a.example","shop"]');
    expect(keyOf(["caller.id", "host"], input)).not.toBe(keyOf(["host", "caller.id"], input));
    expect(keyOf(["caller.uid"], input)).toBe("[null]");
    expect(keyOf(["caller.id.x"], input)).toBe("[null]");
    expect(keyOf(["fields.x-key"], input)).toMatch(/^[0-9a-f]{64}$/);
    expect(keyOf(["__proto__"], input)).toBe("[null]");
    expect(keyOf(["caller"], { caller: { b: 1, a: 2 } })).toBe(keyOf(["caller"], { caller: { a: 2, b: 1 } }));
  });
});

it("a denial says when to come again; the record has the counter, and not the key", () => {
  const args = rateLimit.check({ rate: "2/min", key: ["caller.id"], burst: 1 }, configuration()) as RateLimitArgs;
  const rates = new RateLimits();
  const ask = (nowMs: number) => limited(args, { input: { caller: { id: "shop" } }, rates, nowMs });
  expect(ask(NOW)).toMatchObject({
    met: { name: "rate_limit", found: { count: 2, period_ms: 60_000, burst: 1, left: 0, passed: true } },
  });
  const refused = ask(NOW + 1);
  expect(refused).toMatchObject({
    met: { found: { left: 0, passed: false } },
    denial: { reason: "rate-limited", status: 429, fields: [["retry-after", "30"]] },
  });
  expect(JSON.stringify(refused)).not.toContain("shop");
});
