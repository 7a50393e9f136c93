// kill -9 of a real court while a client submits: nothing acknowledged is lost. `node dist/scripts/kill-test.js --kills 200`
// is the same with more kills.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, it } from "vitest";
import { killTest } from "../../scripts/kill-test.ts";

const path = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));
beforeAll(() => {
  const built = spawnSync(process.execPath, [path("scripts/build.mjs")], { encoding: "utf8" });
  if (built.status !== 0) throw new Error(`the build failed: ${built.stdout}${built.stderr}`);
}, 120_000);

it("10 kills lose no acknowledged action, and every root replays", async () => {
  const seed = 20_260_101;
  const report = await killTest({ kills: 10, seed, main: path("dist/court-node/main.js") });
  expect(report.failures, `seed ${seed}`).toEqual([]);
  expect(report.acknowledged).toBeGreaterThan(50);
  expect(report.receipts).toBeGreaterThanOrEqual(report.acknowledged);
}, 180_000);
