// Places among the exchanges under way, and times counted in buckets.
import { expect, it } from "vitest";
import { Numbers } from "../../../cage/proxy/numbers.ts";
import { type Placed, UnderWay } from "../../../cage/proxy/under-way.ts";

it("whoever leaves, the others stay", () => {
  const all = new UnderWay<Placed>();
  const left = new Set<Placed>();
  for (let at = 0; at < 200; at++) {
    const one = { place: -1 };
    all.add(one);
    left.add(one);
    // The first, the last and some between, each twice: leaving again is nothing.
    const [gone] = [...left].slice(at % 7 === 0 ? 0 : -1 - (at % 3));
    if (at % 2 === 0 || gone === undefined) continue;
    for (let twice = 0; twice < 2; twice++) all.delete(gone);
    left.delete(gone);
    expect(new Set(all)).toEqual(left);
    expect(all.size).toBe(left.size);
  }
  // All of them, while they are gone through.
  for (const one of all) all.delete(one);
  expect([...all]).toEqual([]);
});

it("times are in the first bucket that holds them and in all above", async () => {
  const levels = { connections: 0, exchanges: 0, tunnels: 0, upstreams: 0, heldBytes: 0 };
  const numbers = new Numbers(() => levels);
  for (const seconds of [0.0004, 0.001, 0.0011, 3, 100]) numbers.ended("answered", 200, seconds, { out: 0, in: 0 });
  const lines = (await numbers.text()).split("\n").filter((line) => line.includes("writ_cage_exchange_seconds"));
  expect(lines).toContain("# TYPE writ_cage_exchange_seconds histogram");
  const of = (le: string): string | undefined =>
    lines.find((line) => line.startsWith(`writ_cage_exchange_seconds_bucket{le="${le}"}`))?.split(" ")[1];
  expect(["0.0005", "0.001", "0.0025", "2.5", "5", "60", "+Inf"].map(of)).toEqual(["1", "2", "3", "3", "4", "4", "5"]);
  expect(lines).toContain("writ_cage_exchange_seconds_count 5");
  expect(Number(lines.find((line) => line.includes("_sum "))?.split(" ")[1])).toBeCloseTo(103.0025);
});
