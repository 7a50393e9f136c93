// kill -9 of a real cage while requests go through it, and many requests through one. `node dist/scripts/cage-kill-test.js --kills 100` and
// `node dist/scripts/cage-soak.js --requests 500000` do more.
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { cageKillTest } from "../../scripts/cage-kill-test.ts";
import { cageSoak } from "../../scripts/cage-soak.ts";

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

it("what reached the upstream has its intent, however the cage ends", async () => {
  const seed = Date.now() % 1_000_000;
  const report = await cageKillTest({ kills: 5, seed, main });
  expect(report.failures, `seed ${seed}`).toEqual([]);
  expect(report.reached).toBeGreaterThan(0);
  // An intent and a completion each, and a record of the policy at every start.
  expect(report.records).toBeGreaterThanOrEqual(2 * report.answered + report.kills);
}, 120_000);

it("2,000 requests: every one has two records that are proved, and no file stays open", async () => {
  const report = await cageSoak({ requests: 2_000, main });
  expect(report.failures).toEqual([]);
  expect(report.records).toBe(2 * 2_000 + 1);
}, 120_000);
