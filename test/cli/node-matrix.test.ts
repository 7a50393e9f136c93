// `writ build` and the log of `writ decide` have the same bytes on Node 20, 22 and 24. Fails, and says so, when a Node binary cannot be had from the
// package registry: a proof that was not made is not a proof.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "..", "..");

it("modules and decisions are byte-identical on every Node version, and the story ends with its proof", {
  timeout: 300_000,
}, () => {
  const run = spawnSync(process.execPath, [join(root, "scripts", "node-matrix.mjs")], { encoding: "utf8", cwd: root });
  expect(run.status, `${run.stdout}${run.stderr}`).toBe(0);
  expect(run.stdout).toContain("8 decisions, the same log on every version, run again in both tiers");
  expect(run.stdout).toContain("3 modules, the same bytes on Node 20.19.0, 22.23.3, 24.21.0");
});
