// The real process: exit codes, pipes, signals. Runs what was built.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { FIRST } from "../../cli/commands/init.ts";

const METER = `agreement: metered-supply
version: 1.0.0
parties: {supplier: Nora}
facts: {level: 0}
actions:
  report:
    who: supplier
    with: {reading: {type: int, min: 0, max: 100}}
    then: {level: reading}
`;
const root = join(import.meta.dirname, "..", "..");
const main = join(root, "dist", "cli", "main.js");
const folder = mkdtempSync(join(tmpdir(), "writ-process-"));

beforeAll(() => {
  // Builds only when a source is newer than the last build.
  const built = spawnSync(process.execPath, [join(root, "scripts", "build.mjs")], { encoding: "utf8" });
  expect(built.status, built.stdout + built.stderr).toBe(0);
  writeFileSync(join(folder, "agreement.yaml"), FIRST);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const writ = (args: readonly string[], input = "") =>
  spawnSync(process.execPath, [main, ...args], {
    cwd: folder,
    encoding: "utf8",
    input,
    env: { ...process.env, NO_COLOR: "" },
  });

it("answers go to standard output, problems to standard error, the exit code says which", () => {
  expect(writ(["check", "agreement.yaml"])).toMatchObject({ status: 0, stderr: "" });
  expect(writ(["check", "-"], FIRST)).toMatchObject({ status: 0, stderr: "" });
  expect(writ(["check", "-"], "agreement: x\n")).toMatchObject({ status: 1, stderr: "" });
  const missing = writ(["check", "missing.yaml"]);
  expect(missing).toMatchObject({ status: 2, stdout: "" });
  expect(missing.stderr).toBe("error: cannot read missing.yaml: there is no such file or folder\n");
});

it("writes no colour into a pipe", () => {
  for (const args of [["test", "agreement.yaml"], ["check", "missing.yaml"], []]) {
    const { stdout, stderr } = writ(args);
    expect(stdout + stderr).not.toContain("\u001b[");
  }
});

it("CUE that runs away is named, and the files after it are read", { timeout: 120_000 }, () => {
  const digits = "n: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]\n";
  const loop = "x: [for a in n for b in n for c in n for d in n for e in n for f in n for g in n {a}]\n";
  writeFileSync(join(folder, "loop.cue"), digits + loop);
  writeFileSync(join(folder, "self.cue"), "#T: {v: int, next: #T}\nx: #T & {v: 1}\n");
  writeFileSync(join(folder, "deep.cue"), `x: ${"[".repeat(5_000)}${"]".repeat(5_000)}\n`);
  writeFileSync(join(folder, "good.cue"), 'policy: "p"\non: {a: "int"}\nrules: [{allow: "all"}]\n');
  const { status, stdout, stderr } = writ(["check", "loop.cue", "self.cue", "deep.cue", "good.cue"]);
  expect([status, stderr]).toEqual([1, ""]);
  expect(stdout.match(/error\[\S+\]/g)).toEqual([
    "error[lang/cue-timeout]",
    "error[lang/cue-error]",
    "error[lang/cue-too-deep]",
  ]);
  expect(stdout).toContain("ok  good.cue  p: 1 rule");
});

it("tests run the same in every tier, and where the host forbids code from text", () => {
  const answers = [
    writ(["test", "agreement.yaml", "--json", "--tier", "interpreter"]),
    writ(["test", "agreement.yaml", "--json", "--tier", "code"]),
    spawnSync(
      process.execPath,
      ["--disallow-code-generation-from-strings", main, "test", "agreement.yaml", "--json", "--tier", "code"],
      { cwd: folder, encoding: "utf8" },
    ),
  ];
  for (const answer of answers) expect(answer).toMatchObject({ status: 0, stderr: "", stdout: answers[0]!.stdout });
  const wrong = writ(["run", "agreement.yaml", "--tier", "fast"]);
  expect(wrong.status).toBe(2);
  expect(wrong.stderr).toContain("interpreter, code, auto");
});

it("a reader that goes away is no failure", async () => {
  const child = spawn(process.execPath, [main, "disasm", "agreement.yaml"], { cwd: folder });
  let err = "";
  child.stderr.on("data", (data) => {
    err += data;
  });
  child.stdout.once("data", () => child.stdout.destroy());
  const code = await new Promise((resolve) => child.on("close", resolve));
  expect(err).toBe("");
  expect(code).toBe(0);
});

/** A court that says where it listens. */
async function served(ledger: string) {
  const child = spawn(process.execPath, [main, "serve", "--ledger", ledger, "--port", "0"], { cwd: folder });
  let out = "";
  await new Promise<void>((resolve, reject) => {
    child.stdout.on("data", (data) => {
      out += data;
      if (/^key /m.test(out)) resolve();
    });
    child.on("close", () => reject(new Error(`it ended: ${out}`)));
  });
  return { child, url: /^url +(\S+)/m.exec(out)?.[1] ?? "" };
}

it("serve stops in order on a signal, and its ledger is whole", { timeout: 60_000 }, async () => {
  const { child, url } = await served("court");
  writ(["keys", "new", "ann.key"]);
  expect(writ(["deploy", "agreement.yaml", "--key", "ann.key", "--court", url])).toMatchObject({
    status: 0,
    stderr: "",
  });
  const closed = new Promise((resolve) => child.on("close", resolve));
  child.kill("SIGTERM");
  expect(await closed).toBe(0);
  const verified = writ(["ledger", "verify", "court"]);
  expect(verified.stdout).toContain("1 entry, every hash fits");
  expect(writ(["replay", "court"]).stdout).toContain("1 receipt of 0 agreements run again");
});

it("act do --lines takes an action for each line, and says what came of each", { timeout: 60_000 }, async () => {
  const { child, url } = await served("meters");
  const act = (...args: readonly string[]) => writ(["act", ...args, "--key", "nora.key", "--court", url]);
  writ(["keys", "new", "nora.key"]);
  writeFileSync(join(folder, "meter.yaml"), METER);
  writ(["deploy", "meter.yaml", "--key", "nora.key", "--court", url]);
  expect(act("offer", "meter.yaml", "--role", "supplier=nora.key").status).toBe(0);
  expect(act("sign", "metered-supply").status).toBe(0);
  writeFileSync(join(folder, "readings.jsonl"), '{"reading": 7}\n{"reading": 700}\n{"reading": 9}\n');
  const sent = act("do", "metered-supply", "report", "--lines", "readings.jsonl");
  expect(sent.stdout.replaceAll(/[0-9a-f]{64}/g, "id").split("\n")).toEqual([
    "1  accepted  receipt 3  id",
    "2  refused  receipt 4  id",
    "3  accepted  receipt 5  id",
    "",
  ]);
  expect(sent).toMatchObject({ status: 1, stderr: "3 sent, 2 accepted\n" });
  writeFileSync(join(folder, "readings.jsonl"), '{"reading": 1}\n[1]\n{"reading": 2}\n');
  const broken = act("do", "metered-supply", "report", "--lines", "readings.jsonl", "--json");
  expect(JSON.parse(broken.stdout)).toMatchObject({ line: 1, status: "accepted", repeated: false });
  expect(broken).toMatchObject({ status: 2, stderr: "error: line 2: it is no JSON object\nsent before it: 1\n" });

  // Ctrl-c: what was sent is told, what waits is not sent.
  const args = ["act", "do", "metered-supply", "report", "--lines", "-", "--key", "nora.key", "--court", url];
  const acting = spawn(process.execPath, [main, ...args], { cwd: folder });
  const said = { out: "", err: "" };
  acting.stderr.on("data", (data) => {
    said.err += data;
  });
  const full = new Promise<void>((resolve) =>
    acting.stdout.on("data", (data) => {
      said.out += data;
      if (said.out.includes("\n1000  accepted")) resolve();
    }),
  );
  const ended = new Promise((resolve) => acting.on("close", resolve));
  acting.stdin.write('{"reading": 1}\n'.repeat(1_001));
  await full;
  acting.kill("SIGINT");
  expect(await ended).toBe(2);
  expect(said.err).toContain("stopped: 1,000 sent, 1,000 accepted\n");

  const closed = new Promise((resolve) => child.on("close", resolve));
  child.kill("SIGTERM");
  expect(await closed).toBe(0);
  expect(writ(["replay", "meters"]).stdout).toContain("1007 receipts of 1 agreement run again");
});

it("story --once ends with the proof as its last line", { timeout: 60_000 }, () => {
  const { status, stdout, stderr } = writ(["story", "--once"]);
  expect(stderr).toBe("");
  expect(status).toBe(0);
  expect(stdout.trimEnd().split("\n").at(-1)).toMatch(/^proof verified: [0-9a-f]{64}$/);
});

it("story keeps serving, and its receipts can be looked into", { timeout: 60_000 }, async () => {
  const child = spawn(process.execPath, [main, "story", "--port", "0"], { cwd: folder });
  let out = "";
  await new Promise<void>((resolve, reject) => {
    child.stdout.on("data", (data) => {
      out += data;
      if (out.includes("writ explain late.bundle")) resolve();
    });
    child.on("close", () => reject(new Error(`it ended: ${out}`)));
  });
  const [, number = "", url = ""] = /writ receipt get (\d+) --court (\S+)/.exec(out) ?? [];
  expect(writ(["receipt", "get", number, "--court", url, "-o", "late.bundle"])).toMatchObject({
    status: 0,
    stderr: "",
  });
  const explained = writ(["explain", "late.bundle"]);
  expect(explained).toMatchObject({ status: 0, stderr: "" });
  expect(explained.stdout).toMatch(
    /derived `penalty`\n +min\(goods \* rate \* \(delay \/ every\), goods \* cap\) +63\.00 USD/,
  );
  expect(writ(["act", "tick", "late-delivery", "--court", url])).toMatchObject({
    status: 0,
    stdout: "nothing is due\n",
  });
  expect(writ(["act", "sign", "late", "--key", "ann.key", "--court", url]).status).toBe(2);
  const closed = new Promise((resolve) => child.on("close", resolve));
  child.kill("SIGINT");
  expect(await closed).toBe(0);
});
