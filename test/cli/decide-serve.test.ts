// `writ decide --serve` as a process: answers, reads changed files again, keeps the old policy when the new one is broken or older, rotates
// its log, and stops in order. Runs what was built.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { keyFromSeed } from "../../court-node/keys.ts";
import { NOTES, NOTES_OPEN } from "../unit/policy/kit.ts";

const root = join(import.meta.dirname, "..", "..");
const main = join(root, "dist", "cli", "main.js");
const folder = mkdtempSync(join(tmpdir(), "writ-serve-"));
const { did } = keyFromSeed(new Uint8Array(32).fill(7));

beforeAll(() => {
  const built = spawnSync(process.execPath, [join(root, "scripts", "build.mjs")], { encoding: "utf8" });
  expect(built.status, built.stdout + built.stderr).toBe(0);
  writeFileSync(join(folder, "release.key"), `writ key 1\n${did}\n${"07".repeat(32)}\n`, { mode: 0o600 });
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const writ = (args: readonly string[]) =>
  spawnSync(process.execPath, [main, ...args], { cwd: folder, encoding: "utf8" });

let child: ChildProcess | null = null;
afterEach(() => {
  if (child?.exitCode === null) child.kill("SIGKILL");
});

/** Starts a server and gives its address. */
async function serve(args: readonly string[]): Promise<string> {
  const started = spawn(process.execPath, [main, "decide", "--serve", "--port", "0", ...args], { cwd: folder });
  child = started;
  let out = "";
  let err = "";
  started.stderr.on("data", (data: Buffer) => {
    err += String(data);
  });
  return new Promise((resolve, reject) => {
    started.stdout.on("data", (data: Buffer) => {
      out += String(data);
      const url = /^url +(\S+)$/m.exec(out)?.[1];
      if (url !== undefined) resolve(url);
    });
    started.on("close", () => reject(new Error(out + err)));
  });
}
async function stopped(): Promise<number | null> {
  const running = child as ChildProcess;
  const closed = new Promise<number | null>((resolve) => running.on("close", resolve));
  running.kill("SIGTERM");
  return closed;
}

const BODY = JSON.stringify({
  subject: { type: "user", id: "bo" },
  action: { name: "write" },
  resource: { type: "note", id: "1", properties: { owner: "ada", shared: true } },
});
const MAP = ["--map", "user=subject.id", "--map", "act=action.name", "--map", "note=resource.properties"];

async function asked(url: string): Promise<unknown> {
  const answer = await fetch(`${url}/access/v1/evaluation`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: BODY,
  });
  return ((await answer.json()) as { decision: unknown }).decision;
}
interface Health {
  readonly stale: { readonly code: string | null; readonly message: string } | null;
  readonly bundle: { readonly version: number } | null;
}
const health = async (url: string): Promise<Health> => (await (await fetch(`${url}/healthz`)).json()) as Health;
async function until(url: string, holds: (health: Health) => boolean | Promise<boolean>): Promise<Health> {
  for (let i = 0; i < 300; i++) {
    const now = await health(url);
    if (await holds(now)) return now;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`never: ${JSON.stringify(await health(url))}`);
}

it("a source is watched; a broken one is named and changes nothing; the log rotates", {
  timeout: 120_000,
}, async () => {
  const policy = join(folder, "notes.yaml");
  writeFileSync(policy, NOTES);
  const url = await serve(["notes.yaml", ...MAP, "--log", "d.jsonl", "--log-level", "silent"]);
  expect(await asked(url)).toBe(false);
  writeFileSync(policy, NOTES.replace("match: {act: read", "match: {act: reed"));
  expect((await until(url, ({ stale }) => stale !== null)).stale?.message).toMatch(/^notes\.yaml:\d+:\d+ .*error/);
  expect(await asked(url)).toBe(false);
  renameSync(join(folder, "d.jsonl"), join(folder, "d.jsonl.1"));
  writeFileSync(policy, NOTES_OPEN);
  child?.kill("SIGHUP");
  await until(url, async ({ stale }) => stale === null && (await asked(url)) === true);
  expect(await stopped()).toBe(0);
  expect(writ(["log", "verify", "d.jsonl.1", "d.jsonl"])).toMatchObject({ status: 0 });
  expect(writ(["replay", "--log", "d.jsonl.1", "d.jsonl"])).toMatchObject({ status: 0 });
  const flips = writ(["replay", "--log", "d.jsonl.1", "d.jsonl", "--policy", "notes.yaml"]);
  expect(flips).toMatchObject({ status: 1, stdout: expect.stringContaining("default → commons") });
});

it("a newer bundle takes its place, an older one does not, over a restart too", { timeout: 120_000 }, async () => {
  writeFileSync(join(folder, "old.yaml"), NOTES);
  writeFileSync(join(folder, "new.yaml"), NOTES_OPEN);
  for (const [name, version] of [
    ["old", "7"],
    ["new", "8"],
  ] as const)
    expect(writ(["bundle", "build", `${name}.yaml`, "--revision", version, "--key", "release.key"]).status).toBe(0);
  const live = join(folder, "live.bundle");
  const put = (name: string): void => {
    copyFileSync(join(folder, `${name}.bundle`), `${live}.part`);
    renameSync(`${live}.part`, live);
  };
  put("old");
  const args = ["--bundle", "live.bundle", "--trust", did, ...MAP, "--log-level", "silent"];
  const url = await serve(args);
  expect(await health(url)).toMatchObject({ bundle: { name: "notes", version: 7 }, stale: null });
  put("new");
  await until(url, ({ bundle }) => bundle?.version === 8);
  expect(await asked(url)).toBe(true);
  put("old");
  expect(await until(url, ({ stale }) => stale !== null)).toMatchObject({
    bundle: { version: 8 },
    stale: { code: "policy/bundle-rolled-back" },
  });
  expect(await asked(url)).toBe(true);
  expect(await stopped()).toBe(0);
  await expect(serve(args)).rejects.toThrow("policy/bundle-rolled-back");
  put("new");
  await serve(args);
  expect(await stopped()).toBe(0);
});

it("what cannot be served is said, and leaves nothing open", { timeout: 60_000 }, async () => {
  writeFileSync(join(folder, "notes.yaml"), NOTES);
  const refused = writ(["decide", "notes.yaml", "--serve", "--port", "0", "--map", "user", "--log", "e.jsonl"]);
  expect(refused).toMatchObject({ status: 2, stderr: expect.stringContaining("policy/bad-mapping") });
  expect(writ(["decide", "notes.yaml", "--serve", "--port", "70000"])).toMatchObject({ status: 2 });
  expect(writ(["decide", "notes.yaml", "--serve", "--lines"]).stderr).toContain("do not go together");
  expect(writ(["log", "verify", "e.jsonl"])).toMatchObject({ status: 0 });
  const url = await serve(["notes.yaml", ...MAP]);
  const port = new URL(url).port;
  const taken = writ(["decide", "notes.yaml", "--serve", "--port", port]);
  expect(taken).toMatchObject({ status: 2, stderr: expect.stringContaining("policy/port-in-use") });
  expect(await stopped()).toBe(0);
});
