// The plain way of reading YAML against the whole one: every document of this repository, and random changes of them. What the
// plain way reads is the same tree, to the offset, and has no diagnostic. Seeded by SEED; FUZZ=50 tries fifty times as many.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readPlainYaml } from "../../lang/yaml/plain.ts";
import { readFullYaml } from "../../lang/yaml/read.ts";
import { dice, one } from "./modules/tables.ts";

const SEED = Number(process.env["SEED"] ?? 20261128);
const FUZZ = Number(process.env["FUZZ"] ?? 1);
const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Texts of YAML files, of YAML blocks in pages and of the parts of archives. */
function texts(): string[] {
  const found: string[] = [];
  for (const folder of ["examples", "docs", "test/corpus", "test/cli", "bench"])
    for (const entry of readdirSync(join(ROOT, folder), { withFileTypes: true, recursive: true })) {
      if (!entry.isFile() || !/\.(yaml|txtar|md)$/.test(entry.name)) continue;
      const text = readFileSync(join(entry.parentPath, entry.name), "utf8");
      if (entry.name.endsWith(".yaml")) found.push(text);
      else if (entry.name.endsWith(".md"))
        found.push(...[...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map((block) => block[1]!));
      else found.push(...text.split(/^-- .* --\n/m));
    }
  return found;
}

const shape = (tree: unknown): string =>
  JSON.stringify(tree, (key, value: unknown) => (key === "source" ? undefined : value));

/** Whether the plain way reads it. */
function compare(text: string): boolean {
  const source = { name: "a.yaml", text };
  const plain = readPlainYaml(source);
  if (plain === null) return false;
  const full = readFullYaml(source);
  if (full.diagnostics.length > 0 || shape(full.root) !== shape(plain))
    expect.fail(
      `SEED=${SEED}\n${text}\nplain ${shape(plain)}\nfull ${shape(full.root)} ${full.diagnostics.map(({ message }) => message)}`,
    );
  return true;
}

const BITS = [
  ..." :,-#{}[]\"'()&*!|>?~%@`\\=\n",
  ": ",
  ", ",
  "- ",
  " #",
  " # c",
  " # 'c: d\n",
  "a, b's c(+1/2): d",
  "{a b: c}",
  "  ",
  "\n  ",
  "\n- ",
  "\n\n",
  "  - x: y\n",
  "\n# c\n",
  "\n      # c\n",
  "null",
  "1,000",
  "0",
  "---\n",
  "...",
  "<<: ",
  "\u00e9",
  "\u2028",
  "\t",
  "\r\n",
];

describe("plain YAML", () => {
  const all = texts();
  const read = all.filter(compare);
  it("is the same tree on every document here", () => {
    expect(all.length).toBeGreaterThan(500);
    expect(read.length).toBeGreaterThan(150);
  });
  it(`is the same tree on changed documents, SEED=${SEED}`, () => {
    const roll = dice(SEED);
    let plain = 0;
    const rounds = 6_000 * FUZZ;
    for (let round = 0; round < rounds; round++) {
      const lines = one(roll, read).split("\n");
      const from = roll(lines.length);
      let text = lines.slice(from, from + 1 + roll(12)).join("\n");
      for (let change = roll(3); change > 0; change--) {
        const at = roll(text.length + 1);
        const bit = roll(4) === 0 ? "" : one(roll, BITS);
        text = text.slice(0, at) + bit + text.slice(at + (roll(3) === 0 ? roll(4) : 0));
      }
      if (compare(text)) plain++;
    }
    expect(plain).toBeGreaterThan(rounds / 12);
  });
  it("is what a generated policy is", () => {
    const rules = Array.from(
      { length: 500 },
      (_, i) => `  - allow: rule ${i}\n    match: {host: h${i}.example.com, port: ${i}}\n`,
    );
    expect(compare(`# Many rules.\npolicy: many\non: {host: text, port: int}\nrules:\n${rules.join("")}`)).toBe(true);
  });
  it.each([
    ["a comment behind a value", "a:\n  b: c # d\n  # e\n  f: {g: h}  # i's\nj:  # k\n  - l # m\n"],
    ["an instant as a key", "a:\n  - 2026-03-02T10:00:00+01:00: b\n  - 2026-03-02: c\n"],
    ["a sentence as a key", "a, the b's, is (c/d)?: {e f: g}\n"],
  ])("is %s", (_, text) => {
    expect(compare(text)).toBe(true);
  });
  it.each([
    ["a tab", "a:\tb\n"],
    ["a comment behind quotes", "a: 'b' # c\n"],
    ["a sign of comments in a word", "a: b#c\n"],
    ["a comment that belongs to what is before", "a: b\n  # c\nd: e\n"],
    ["an anchor", "a: &b c\n"],
    ["an alias", "a: *b\n"],
    ["a tag", "a: !b c\n"],
    ["a block scalar", "a: |\n  b\n"],
    ["a scalar over lines", "a: b\n  c\n"],
    ["a number cut by a comma", "a: [1,000.00 EUR]\n"],
    ["a call in braces", "a: {b: f(c, d)}\n"],
    ["a key twice", "a: b\na: c\n"],
    ["a colon inside", "a: b: c\n"],
    ["no value", "a:\nb: c\n"],
    ["two documents", "a: b\n---\nc: d\n"],
    ["an escape", 'a: "b\\n"\n'],
    ["a quote in quotes", "a: 'b''c'\n"],
    ["braces over lines", "a: {b: c,\n  d: e}\n"],
    ["a list at the top", "- a\n"],
  ])("leaves %s to the whole way", (_, text) => {
    expect(readPlainYaml({ name: "a.yaml", text })).toBeNull();
  });
});
