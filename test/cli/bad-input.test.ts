// Every way the world hands a command something bad: one sentence, the right exit code, no stack, nothing half-written.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { FIRST } from "../../cli/commands/init.ts";
import { LmdbStorage } from "../../ledger/storage-lmdb.ts";
import { runLine } from "./script.ts";

const folder = mkdtempSync(join(tmpdir(), "writ-bad-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const put = (name: string, data: string | Uint8Array): void => writeFileSync(join(folder, name), data);

async function told(line: string): Promise<{ readonly code: number; readonly text: string }> {
  const { code, lines } = await runLine(line, folder);
  const text = lines.join("\n");
  expect(text).not.toMatch(/\n {4}at |mistake of writ/);
  return { code, text };
}

describe("sources", () => {
  const bomb = `a: &a [x, x]\nb: &b [*a, *a]\n${Array.from({ length: 30 }, (_, at) => `c${at}: &c${at} [*b, *b]`).join("\n")}\n`;
  const cases: readonly (readonly [string, string | Uint8Array, string])[] = [
    ["empty.yaml", "", "lang/empty-source"],
    ["truncated.yaml", FIRST.slice(0, FIRST.indexOf("half-up")), "error["],
    ["latin1.yaml", Uint8Array.from([...Buffer.from("agreement: caf"), 0xe9, 0x0a]), "lang/not-utf8"],
    ["deep.yaml", `agreement: deep\nterms: ${"[".repeat(10_000)}${"]".repeat(10_000)}\n`, "lang/source-too-deep"],
    ["twice.yaml", "agreement: a\nversion: 1.0.0\nversion: 1.0.0\n", "lang/duplicate-key"],
    ["bomb.yaml", bomb, "lang/yaml-a"],
    ["nul.yaml", "agreement: a\u0000b\n", "lang/control-character"],
    ["binary.yaml", new Uint8Array(4096).map((_, at) => (at * 7919) & 255), "lang/not-utf8"],
  ];
  for (const verb of ["check", "build", "test", "fmt"])
    it.each(cases)(`writ ${verb} %s`, async (name, data, said) => {
      put(name, data);
      const { code, text } = await told(`writ ${verb} ${name}`);
      expect(code).toBe(1);
      expect(text).toContain(said);
      expect(readdirSync(folder).filter((each) => each.endsWith(".writ") || each.endsWith(".part"))).toEqual([]);
    });

  it("50 MB is refused before it is read", async () => {
    put("huge.yaml", Buffer.alloc(50 * 1024 * 1024, "a"));
    const started = performance.now();
    const { code, text } = await told("writ check huge.yaml");
    expect(code).toBe(2);
    expect(text).toContain("huge.yaml is too large: 50 MiB, at most 4 MiB are read");
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

describe("files", () => {
  put("good.yaml", FIRST);
  symlinkSync("loop.yaml", join(folder, "loop.yaml"));
  mkdirSync(join(folder, "a-folder"));
  it.each([
    ["missing.yaml", "there is no such file or folder"],
    ["a-folder", "it is a folder, not a file"],
    ["good.yaml/inside", "a part of the path is a file, not a folder"],
    ["loop.yaml", "it links to itself"],
    [`${"x".repeat(300)}.yaml`, "the name is too long"],
  ])("%s", async (name, said) => {
    for (const verb of ["check", "build", "test", "fmt", "disasm", "receipt show"]) {
      const { code, text } = await told(`writ ${verb} ${name}`);
      expect(code).toBe(2);
      expect(text).toContain(said);
    }
  });

  it("a module cannot be written into a folder that is not there, nor over a folder", async () => {
    expect((await told("writ build good.yaml -o nowhere/x.writ")).text).toContain("there is no such file or folder");
    expect((await told("writ build good.yaml -o a-folder")).code).toBe(2);
    expect(readdirSync(folder).filter((each) => each.endsWith(".part"))).toEqual([]);
  });

  it("fmt --write leaves a file with errors alone", async () => {
    const broken = `${FIRST}actions: twice\n`;
    put("broken.yaml", broken);
    expect((await told("writ fmt --write broken.yaml")).code).toBe(1);
    expect(readFileSync(join(folder, "broken.yaml"), "utf8")).toBe(broken);
  });
});

describe("modules", () => {
  it("truncated, flipped and foreign modules are refused by name", { timeout: 60_000 }, async () => {
    put("good.yaml", FIRST);
    expect((await told("writ build good.yaml")).code).toBe(0);
    const bytes = readFileSync(join(folder, "good.writ"));
    rmSync(join(folder, "good.writ"));
    for (const size of [0, 1, 3, 4, 16, 100, bytes.length >> 1, bytes.length - 1]) {
      put("cut.writ", bytes.subarray(0, size));
      const { code, text } = await told("writ disasm cut.writ --no-source");
      expect([1, 2], text).toContain(code);
      expect(text).toMatch(/vm\/|lang\//);
    }
    for (let at = 0; at < bytes.length; at += 997) {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] as number) ^ 0x40;
      put("flipped.writ", flipped);
      const { code, text } = await told("writ disasm flipped.writ --no-source");
      // Some flips change a text and leave a module that is right; all others have a name.
      if (code !== 0) expect(text).toMatch(/vm\/|lang\//);
    }
  });
});

describe("receipts and ledgers", () => {
  it.each(["", "x", "not a bundle", "\u0000\u0001\u0002"])("%j is no bundle", async (data) => {
    put("x.bundle", data);
    for (const line of [
      "writ receipt show x.bundle",
      "writ explain x.bundle",
      'writ receipt verify x.bundle --key "a+00000000+AA=="',
    ]) {
      const { code, text } = await told(line);
      expect(code).toBe(2);
      expect(text).toContain("error: ");
    }
  });

  it.each(["court+", "court+1f2e3d4c", "court+1f2e3d4c+ATV", "court+1f2e3d4c+ATV="])(
    "%j is a verifier key that was not copied whole",
    async (key) => {
      await LmdbStorage.open({ folder: join(folder, "whole"), create: true }).close();
      const { code, text } = await told(`writ ledger verify whole --key "${key}"`);
      expect(code).toBe(2);
      expect(text).toContain("is copied whole");
    },
  );

  it("a folder that is no ledger", async () => {
    mkdirSync(join(folder, "other"), { recursive: true });
    put("other/data.mdb", "this is no database");
    expect((await told("writ ledger verify other")).code).toBe(2);
    expect((await told("writ keys new other/node.key")).code).toBe(0);
    const { code, text } = await told("writ ledger verify other");
    expect(code).toBe(2);
    expect(text).toMatch(/ledger\//);
  });
});
