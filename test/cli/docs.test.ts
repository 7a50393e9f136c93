// The commands of README.md and docs/tutorial.md are run, and what they show is compared with what comes out. Ids, keys, fuel
// and sizes differ from run to run or from version to version: they are compared as such, not digit by digit. UPDATE=1 writes
// what came out into the pages where it differs, UPDATE=all everywhere, so that ids agree within a page.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runCommandLine } from "../../cli/command-line.ts";
import { readScript, runLine, unpack, wordsOf } from "./script.ts";

const all = process.env["UPDATE"] === "all";
const update = all || process.env["UPDATE"] === "1";
const root = join(import.meta.dirname, "..", "..");

const blind = (line: string): string =>
  line
    .replace(/127\.0\.0\.1:\d+/, "<address>")
    .replace(/signed root \S+/, "signed root <root>")
    .replace(/\b[0-9a-f]{16,}\b/g, "<id>")
    .replace(/did:key:z\w+/g, "<did>")
    .replace(/\+[0-9a-f]{8}\+[\w+/=]+/g, "<key>")
    .replace(/\d[\d,]* (fuel|bytes|instructions)\b/g, "<n> $1")
    .replace(/≤ \d[\d,]*/g, "≤ <n>")
    .replace(/ +(?=<n>)/g, " ");
/** A court of today stamps with the time of today. */
const undated = (line: string): string =>
  line.replace(/^\d{4}-\d\d-\d\d \d\d:\d\d/, "<time>").replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/, "<time>");

/** Blocks of a page: `console` blocks are commands, a block behind `<!-- file: name -->` is a file. */
function blocksOf(text: string): { readonly kind: "console" | "file"; readonly name: string; readonly body: string }[] {
  const blocks = [];
  for (const [, name, language, body] of text.matchAll(/(?:<!-- file: (\S+) -->\n)?```(\w+)\n([\s\S]*?)```/g)) {
    if (name !== undefined) blocks.push({ kind: "file" as const, name, body: body as string });
    else if (language === "console") blocks.push({ kind: "console" as const, name: "", body: body as string });
  }
  return blocks;
}

/** A command that goes on in the background: its first lines, and how to end it. */
async function start(
  line: string,
  folder: string,
): Promise<{ readonly lines: readonly string[]; readonly end: () => Promise<void> }> {
  const stop = new AbortController();
  let out = "";
  let ready: () => void = () => {};
  const said = new Promise<void>((resolve) => {
    ready = resolve;
  });
  const write = (text: string): void => {
    out += text;
    if (/^key /m.test(out)) ready();
  };
  const io = {
    out: write,
    err: write,
    stdin: async () => new Uint8Array(),
    env: {},
    cwd: folder,
    outIsTerminal: false,
    errIsTerminal: false,
    now: () => Date.now(),
    stop: stop.signal,
  };
  const done = runCommandLine(wordsOf(line, folder).slice(1), io);
  await Promise.race([said, done]);
  return {
    lines: out.trimEnd().split("\n"),
    end: async () => {
      stop.abort();
      await done;
    },
  };
}

describe.each(["README.md", "docs/tutorial.md"])("%s", (page) => {
  it("shows what its commands print", { timeout: 120_000 }, async () => {
    const { folder, remove } = unpack([]);
    const running: { end: () => Promise<void> }[] = [];
    let commands = 0;
    let text = readFileSync(join(root, page), "utf8");
    const check = (line: string, expected: readonly string[], actual: readonly string[]): void => {
      if (!all && same(line, expected, actual)) return;
      const shown = (lines: readonly string[]): string => `$ ${line}\n${lines.join("\n")}`;
      if (!update) expect.soft(shown(actual)).toBe(shown(expected));
      else if (!actual.join().includes("a mistake of writ")) text = text.replace(shown(expected), () => shown(actual));
    };
    try {
      for (const { kind, name, body } of blocksOf(text)) {
        if (kind === "file") {
          writeFileSync(join(folder, name), body);
          continue;
        }
        for (const { line, expected, code } of readScript(body)) {
          commands++;
          // Reading a whole ledger comes after the court was stopped.
          if (/^writ (ledger|replay) /.test(line)) for (const each of running.splice(0)) await each.end();
          if (line.endsWith(" &")) {
            const begun = await start(line.slice(0, -2), folder);
            running.push(begun);
            check(line, expected, begun.lines);
            const key = begun.lines.find((each) => each.startsWith("key "))?.slice(8);
            writeFileSync(join(folder, "court.vkey"), `${key}\n`);
            continue;
          }
          const ran = await runLine(line, folder, {}, Date.now);
          expect.soft(ran.code, line).toBe(code);
          // A command shown without output is only run.
          if (expected.length > 0) check(line, expected, ran.lines);
        }
      }
      expect(commands).toBeGreaterThan(0);
      if (update) writeFileSync(join(root, page), text);
    } finally {
      for (const each of running) await each.end();
      remove();
    }
  });
});

function same(line: string, expected: readonly string[], actual: readonly string[]): boolean {
  const plain = /^writ (act|deploy) /.test(line) ? (each: string): string => undated(blind(each)) : blind;
  return expected.map(plain).join("\n") === actual.map(plain).join("\n");
}
