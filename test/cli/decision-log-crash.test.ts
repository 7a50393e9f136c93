// A process that writes a decision log is killed in the middle, again and again: what was answered is in the log, the next start goes on,
// and the whole is one chain that runs again to the same bytes. Runs what was built.
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { NOTES } from "../unit/policy/kit.ts";

const root = join(import.meta.dirname, "..", "..");
const main = join(root, "dist", "cli", "main.js");
const folder = mkdtempSync(join(tmpdir(), "writ-crash-"));

beforeAll(() => {
  const built = spawnSync(process.execPath, [join(root, "scripts", "build.mjs")], { encoding: "utf8" });
  expect(built.status, built.stdout + built.stderr).toBe(0);
  writeFileSync(join(folder, "notes.yaml"), NOTES);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const writ = (args: readonly string[], input = "") =>
  spawnSync(process.execPath, [main, ...args], { cwd: folder, encoding: "utf8", input });

/** Asks without end until the child is killed; gives the whole lines it answered. */
async function killed(child: ChildProcessWithoutNullStreams, answersBefore: number): Promise<string[]> {
  let out = "";
  const ask = `${JSON.stringify({ user: "bo", act: "read", note: { owner: "ada", shared: true } })}\n`.repeat(50);
  child.stdin.on("error", () => {});
  const feed = setInterval(() => child.stdin.write(ask), 1);
  child.stdout.on("data", (data: Buffer) => {
    out += String(data);
    if (out.split("\n").length > answersBefore) child.kill("SIGKILL");
  });
  await new Promise((resolve) => child.on("close", resolve));
  clearInterval(feed);
  return out.split("\n").slice(0, -1);
}

it("five kills, no answer without its line, one chain", { timeout: 120_000 }, async () => {
  let answered = 0;
  for (let round = 1; round <= 5; round++) {
    const child = spawn(process.execPath, [main, "decide", "notes.yaml", "--lines", "--log", "d.jsonl"], {
      cwd: folder,
    });
    const answers = await killed(child, 40 * round);
    expect(child.signalCode).toBe("SIGKILL");
    answered += answers.length;
    // A crash of the machine itself may cut the last line: here it is cut by hand.
    if (round === 3) appendFileSync(join(folder, "d.jsonl"), '{"answer":{"advice":[],"da');
  }
  const last = writ(["decide", "notes.yaml", "--log", "d.jsonl"], '{"user":"a","act":"read","note":{"owner":"a"}}');
  expect(last).toMatchObject({ status: 0 });
  const lines = readFileSync(join(folder, "d.jsonl"), "utf8").split("\n").slice(0, -1);
  expect(lines.length).toBeGreaterThan(answered);
  expect(writ(["log", "verify", "d.jsonl", "--json"])).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('"cut":0'),
  });
  const replayed = writ(["replay", "--log", "d.jsonl", "--json", "--tier", "code"]);
  expect(replayed.status, replayed.stdout + replayed.stderr).toBe(0);
  expect(JSON.parse(replayed.stdout)).toMatchObject({ ok: true, different: 0, ran: lines.length - 1 });
});

it("a signal ends it in order: the log is closed, the exit code is that of what was answered", {
  timeout: 60_000,
}, async () => {
  const child = spawn(process.execPath, [main, "decide", "notes.yaml", "--lines", "--log", "s.jsonl"], { cwd: folder });
  let out = "";
  const closed = new Promise((resolve) => child.on("close", resolve));
  child.stdin.write('{"user":"a","act":"read","note":{"owner":"a"}}\n');
  child.stdout.on("data", (data: Buffer) => {
    out += String(data);
    if (out.endsWith("\n")) child.kill("SIGINT");
  });
  expect(await closed).toBe(0);
  expect(existsSync(join(folder, "s.jsonl.lock"))).toBe(false);
  expect(writ(["log", "verify", "s.jsonl"]).stdout).toContain("1 decision, every line follows");
});
