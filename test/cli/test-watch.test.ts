// `writ test --watch` as a process: runs again when a file, or what it imports, changes; ends in order. Runs what was built.
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { NOTES } from "../unit/policy/kit.ts";

const root = join(import.meta.dirname, "..", "..");
const main = join(root, "dist", "cli", "main.js");
const folder = mkdtempSync(join(tmpdir(), "writ-watch-"));

beforeAll(() => {
  const built = spawnSync(process.execPath, [join(root, "scripts", "build.mjs")], { encoding: "utf8" });
  expect(built.status, built.stdout + built.stderr).toBe(0);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const TESTED = `${NOTES}tests:
  the owner reads:
    input: {user: ada, act: read, note: {owner: ada}}
    expect: {decision: allow, by: [owner]}
`;

/** A watching process; `until` waits for what it says, from where the last wait ended. */
function watching(files: readonly string[]) {
  const child = spawn(process.execPath, [main, "test", ...files, "--watch"], { cwd: folder });
  let ended = false;
  let heard: () => void = () => {};
  // Two pipes: what is said on one may arrive before what was said earlier on the other.
  const pipes = [child.stdout, child.stderr].map((stream) => {
    const pipe = { said: "", from: 0 };
    stream.on("data", (data: Buffer) => {
      pipe.said += String(data);
      heard();
    });
    return pipe;
  });
  child.on("close", () => {
    ended = true;
    heard();
  });
  const until = async (text: string): Promise<void> => {
    for (;;) {
      for (const pipe of pipes) {
        const at = pipe.said.indexOf(text, pipe.from);
        if (at < 0) continue;
        pipe.from = at + text.length;
        return;
      }
      if (ended) throw new Error(`it ended before it said \`${text}\`:\n${pipes.map(({ said }) => said).join("\n")}`);
      await new Promise<void>((resolve) => {
        heard = resolve;
      });
    }
  };
  const stop = async (): Promise<number | null> => {
    const closed = new Promise<number | null>((resolve) => child.on("close", resolve));
    child.kill("SIGINT");
    return closed;
  };
  return { until, stop };
}

it("a policy: passed, failed, broken, gone, mended", { timeout: 120_000 }, async () => {
  const file = join(folder, "notes.yaml");
  writeFileSync(file, TESTED);
  const { until, stop } = watching(["notes.yaml"]);
  await until("1 passed");
  await until("waiting for a change");
  writeFileSync(file, TESTED.replace("decision: allow", "decision: deny"));
  await until("1 failed");
  await until("waiting for a change");
  writeFileSync(file, TESTED.replace("by: [owner]", "by: [owner"));
  await until("error[lang/");
  await until("waiting for a change");
  rmSync(file);
  await until("there is no such file");
  await until("waiting for a change");
  writeFileSync(file, TESTED);
  await until("1 passed");
  await until("waiting for a change");
  expect(await stop()).toBe(0);
});

it("what a document in CUE imports is watched, too", { timeout: 120_000 }, async () => {
  mkdirSync(join(folder, "cue.mod"), { recursive: true });
  mkdirSync(join(folder, "shared"), { recursive: true });
  writeFileSync(join(folder, "cue.mod", "module.cue"), 'module: "example.org/notes"\nlanguage: version: "v0.9.0"\n');
  writeFileSync(join(folder, "shared", "shared.cue"), 'package shared\n\nanswer: "allow"\n');
  writeFileSync(
    join(folder, "one.cue"),
    `package one

import "example.org/notes/shared"

policy: "one"
on: {user: "text"}
rules: [{allow: "ada", id: "ada", match: user: "ada"}]
tests: "ada may": {input: user: "ada", expect: decision: shared.answer}
`,
  );
  const { until, stop } = watching(["one.cue"]);
  await until("1 passed");
  await until("waiting for a change");
  writeFileSync(join(folder, "shared", "shared.cue"), 'package shared\n\nanswer: "deny"\n');
  await until("1 failed");
  await until("waiting for a change");
  expect(await stop()).toBe(1);
});
