// Documents in CUE through the public face: what becomes of values, types, order, places, packages, tags and the standard forms of
// CUE, and that a module carries what it takes to read its package again.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { compile } from "../../../compiler/index.ts";
import { hex } from "../../../core/index.ts";
import { type CueFile, createCueEngine, packageIn, readCueDocument } from "../../../lang/cue/index.ts";
import type { Agreement, Node } from "../../../lang/index.ts";
import { textOf } from "../../../lang/index.ts";

// Machines that build are busy.
vi.setConfig({ testTimeout: 120_000 });
const engine = createCueEngine({ deadlineMs: 30_000 });
afterAll(() => engine.close());

const read = (files: string | readonly CueFile[], more: { tags?: string[]; path?: string; main?: string[] } = {}) => {
  const list = typeof files === "string" ? [{ name: "a.cue", text: files }] : files;
  const main = list.map((file) => file.as ?? file.name).filter((name) => !name.includes("/"));
  return readCueDocument(engine, { files: list, main, ...more });
};
const head = 'agreement: "lesson"\nversion: "1.0.0"\n';
const good = async (text: string, more = {}): Promise<Agreement> => {
  const { value, diagnostics } = await read(text, more);
  expect(diagnostics).toEqual([]);
  return value as Agreement;
};
const codesOf = async (text: string): Promise<string[]> => (await read(text)).diagnostics.map(({ code }) => code);
/** A tree without its places. */
const plain = (node: Node | null): unknown => {
  if (node === null || node.kind === "null") return null;
  if (node.kind === "scalar") return node.quoted ? { text: node.text } : node.text;
  if (node.kind === "list") return node.items.map(plain);
  return Object.fromEntries(node.entries.map(({ key, value }) => [key.text, plain(value)]));
};
const termsOf = async (text: string): Promise<unknown> =>
  plain((await good(head + text)).root.entries.find(({ key }) => key.text === "terms")!.value);

describe("values", () => {
  it("are scalars without quotes; numbers keep their digits", async () => {
    expect(
      await termsOf(
        'terms: {a: "200.00 USD", b: 200.00, c: 12345678901234567890.10, d: true, e: [1, "x y"], f: 1e3, g: -0.5}',
      ),
    ).toEqual({
      a: "200.00 USD",
      b: "200.00",
      c: "12345678901234567890.10",
      d: "true",
      e: ["1", "x y"],
      f: "1000.0",
      g: "-0.5",
    });
  });
  it("stay texts with @text()", async () => {
    expect(await termsOf('terms: {a: "money" @text(), b: {c: ["5 EUR", 3]} @text()}')).toEqual({
      a: { text: "money" },
      b: { c: [{ text: "5 EUR" }, "3"] },
    });
    // What CUE has its own spelling for is a text in quotes anyway.
    expect(await termsOf('terms: {a: "5", b: 5, c: "true", d: "5 EUR"}')).toEqual({
      a: { text: "5" },
      b: "5",
      c: { text: "true" },
      d: "5 EUR",
    });
  });
  it("come from definitions, defaults, lets, loops, interpolation and tags", async () => {
    const text = `${head}
#Fee: {base: *5 | int, text: "\\(base).00 EUR"}
let days = 3
env: "test" | "prod" @tag(env)
terms: {fee: (#Fee & {base: 7}).text, within: "\\(days) days"}
if env == "prod" {terms: bonus: "1.00 EUR"}
terms: {for n in [1, 2] {"part_\\(n)": n}}
`;
    const { value } = await read(text.replace("env: ", "_env: ").replace("if env", "if _env"), { tags: ["env=prod"] });
    expect(plain(value!.root.entries.find(({ key }) => key.text === "terms")!.value)).toEqual({
      fee: "7.00 EUR",
      within: "3 days",
      bonus: "1.00 EUR",
      part_1: "1",
      part_2: "2",
    });
  });
  it("of a package can be one of several", async () => {
    const { value } = await read(`a: {agreement: "one", version: "1.0.0"}\nb: {agreement: "two", version: "1.0.0"}`, {
      path: "b",
    });
    expect(value!.name.text).toBe("two");
  });
});

describe("types", () => {
  const inputs = async (text: string) =>
    (await good(`${head}actions: send: {who: "anyone", with: {${text}}}`)).actions[0]!.inputs;
  it("are those of CUE, where the language has the same", async () => {
    const [a, b, c, d, e] = await inputs(
      'a: int & >=1 & <=100, b: "x" | "y", c: number, d: [...string], e: {f: bool, g?: string}',
    );
    expect(a).toMatchObject({ type: { name: "int" }, min: { text: "1" }, max: { text: "100" } });
    expect(b).toMatchObject({ type: { kind: "enum", values: [{ text: "x" }, { text: "y" }] } });
    expect(c).toMatchObject({ type: { name: "decimal" } });
    expect(d).toMatchObject({ type: { name: "list", args: [{ name: "text" }] } });
    expect(e).toMatchObject({ type: { kind: "record", fields: [{ optional: false }, { optional: true }] } });
  });
  it("are no values, and types that the language does not have are nothing", async () => {
    expect(await codesOf(`${head}title: string`)).toEqual(["lang/cue-incomplete"]);
    expect(await codesOf(`${head}actions: send: {who: "anyone", with: a: int & !=3}`)).toEqual(["lang/cue-incomplete"]);
    expect(await codesOf(`${head}title: 'bytes'`)).toEqual(["lang/cue-bytes"]);
    expect(await codesOf(`${head}#T: {host!: string}\nterms: site: #T`)).toEqual(["lang/cue-missing"]);
  });
});

describe("order", () => {
  const names = async (files: string | readonly CueFile[]): Promise<string[]> =>
    ((await read(files)).value as Agreement).parties.map(({ name }) => name.text);
  it("is that of the text, whatever CUE merges", async () => {
    expect(await names(`${head}parties: {c: "C", a: "A"}\nparties: b: "B"`)).toEqual(["c", "a", "b"]);
    expect(
      await names(
        `${head}#P: {a: string, c: string}\nparties: #P & {c: "C", b: "B", a: "A"}`
          .replace("#P &", "#Q &")
          .replace("#P:", "#Q: {...} & "),
      ),
    ).toEqual(["a", "c", "b"]);
  });
  it("goes by the names of files, imports first", async () => {
    const files = [
      { name: "b.cue", text: 'package p\nparties: {x: "X", own: "O"}' },
      { name: "a.cue", text: `package p\nimport "writ.local/documents/lib"\n${head}lib.#Base\nparties: late: "L"` },
      { name: "lib/base.cue", text: 'package lib\n#Base: {parties: {z: "Z", y: "Y"}, ...}' },
    ];
    expect(await names(files)).toEqual(["z", "y", "late", "x", "own"]);
    expect(await names([...files].reverse())).toEqual(["z", "y", "late", "x", "own"]);
  });
});

describe("places", () => {
  const under = async (text: string): Promise<string[]> =>
    (await read(text)).diagnostics.map(({ span }) => `${span.source.name}: ${textOf(span)}`);
  it("are within the text, through quotes and escapes", async () => {
    const powers = (when: string) => `${head}parties: {a: "A"}\npowers: p: {who: "a", may: "end", when: ${when}}`;
    expect(await under(powers('"1 = 2"'))).toEqual(["a.cue: ="]);
    expect((await under(powers('"\\u0022é\\" == 1 = 2"')))[0]).toBe("a.cue: =");
    expect(await under(powers('#"a == "b\\c""#'))).toEqual(["a.cue: \\c"]);
    expect(await under(powers('"""\n\tnow\n\t\t= 3\n\t"""'))).toEqual(["a.cue: ="]);
  });
  it("of a computed text are where it is computed", async () => {
    expect(await under(`${head}let x = 1\npowers: p: {who: "a", may: "end", when: "\\(x) = 2"}`)).toEqual([
      'a.cue: "\\(x) = 2"',
    ]);
  });
});

describe("traps that let through what was to be refused", () => {
  it("are named", async () => {
    const site = `${head}#Site: {host!: string, port?: int}\nterms: site: #Site & `;
    expect(await codesOf(`${site}{host: "a"}`)).toEqual([]);
    expect(await codesOf(`${site}{host: "a"}\n#Site: {...}`)).toEqual(["lang/cue-reopened"]);
    expect(await codesOf(`${site}{}\n#Site: {host: *"local" | string}`)).toEqual(["lang/cue-default-required"]);
  });
  it("of CUE itself are as docs/cue.md says", async () => {
    const of = (last: string) => `${head}#Limits: {bounds: {depth?: int}}\n${last}`;
    const given = "#Limits & {bounds: {depth: 3, items: 4}}";
    expect(await codesOf(of(`_v: ${given}\nterms: depth: _v.bounds.depth`))).toEqual(["lang/cue-not-allowed"]);
    expect(await codesOf(of(`terms: depth: (${given}).bounds.depth`))).toEqual([]);
  });
});

describe("a module", () => {
  it("carries its package", async () => {
    const files = [
      {
        name: "dir/a.cue",
        as: "a.cue",
        text: `package p\nimport "writ.local/documents/lib"\n${head}_n: int @tag(n,type=int)\nparties: {a: "A"}\nterms: fee: "\\(lib.x * _n).00 EUR"\n`,
      },
      {
        name: "dir/b.cue",
        as: "b.cue",
        text: 'package p\npowers: p: {who: "a", may: "end", when: "f"}\nfacts: f: false',
      },
      { name: "dir/lib/l.cue", as: "lib/l.cue", text: "package lib\nx: 2" },
    ];
    const { value, diagnostics } = await read(files, { tags: ["n=3"] });
    expect(diagnostics).toEqual([]);
    const made = compile(value!).value!;
    const pack = packageIn(made.module.debug.sources)!;
    expect(pack).toMatchObject({ main: ["a.cue", "b.cue"], tags: ["n=3"], files });
    const again = await readCueDocument(engine, pack);
    expect(hex(compile(again.value!).value!.moduleId)).toBe(hex(made.moduleId));
    expect(hex(compile(again.value!).value!.fileId)).toBe(hex(made.fileId));
  });
  it("of YAML carries none, and a hostile sheet is none", () => {
    expect(packageIn([{ name: "a.yaml", text: "agreement: a" }])).toBe(null);
    for (const text of ["", "[]", '{"files": [1]}', '{"files": [], "main": "a"}'])
      expect(packageIn([{ name: "<package of CUE>", text }])).toBe(null);
  });
});

describe("docs/cue.md", () => {
  const page = readFileSync(join(import.meta.dirname, "../../../docs/cue.md"), "utf8");
  const blocks = [...page.matchAll(/```cue\n([\s\S]*?)```/g)].map((match) => match[1]!);
  it("has examples", () => expect(blocks.length).toBeGreaterThanOrEqual(3));
  it.each(blocks)("its examples compile: %s", async (text) => {
    const document = await good(text);
    expect(compile(document).value).not.toBe(null);
  });
});
