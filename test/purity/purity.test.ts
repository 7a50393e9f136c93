// The same source gives the same module and the same runs, whatever the machine says about time, place and language; and without the
// host's clock, randomness and floating point functions at all.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
function lines(how: string, env: Readonly<Record<string, string>> = {}): string {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, "compile-all.mjs"), root, how],
    { encoding: "utf8", env: { ...process.env, ...env } },
  );
  expect(stderr).toBe("");
  expect(status).toBe(0);
  return stdout;
}

describe("examples compiled and run", { timeout: 120_000 }, () => {
  const plain = lines("plain");
  it("are there, and their tests pass", () => {
    const rows = plain.trim().split("\n");
    expect(rows.length).toBeGreaterThanOrEqual(5);
    for (const row of rows) expect(row).toMatch(/ [0-9a-f]{64} (\d+) of \1 fuel [1-9]\d*$/);
  });
  it.each([["Pacific/Chatham", "tr_TR.UTF-8"]])("give the same in %s with %s", (TZ, locale) =>
    expect(lines("plain", { TZ, LANG: locale, LC_ALL: locale })).toBe(plain),
  );
  it("ask nothing of the host", () => expect(lines("poisoned")).toBe(plain));
});
