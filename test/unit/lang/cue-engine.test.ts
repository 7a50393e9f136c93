// The CUE engine through its public face: what each job answers, in how many ways CUE can run away, and that the process stays
// well whatever a job did.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { type CueEngine, type CueJob, createCueEngine } from "../../../lang/cue/index.ts";
import { CUE_DEADLINE_STRETCH } from "../../../lang/cue/limits.ts";
import type { Source, Span } from "../../../lang/index.ts";

// Machines that build are busy.
vi.setConfig({ testTimeout: 120_000 });
const root = join(import.meta.dirname, "../../..");
const engine = createCueEngine({ deadlineMs: 30_000 });
afterAll(() => engine.close());

const file = (text: string, name = "a.cue"): Source => ({ name, text });
const pack = (text: string, more: { path?: string; tags?: string[]; main?: string[] } = {}) => ({
  files: [file(text)],
  ...more,
});
const json = (text: string): Source => file(text, "data.json");
/** The author's text under a span, behind the file's name. */
const shown = ({ source, start, end }: Span): string => `${source.name}: ${source.text.slice(start, end)}`;
const codesOf = async (engine: CueEngine, job: CueJob): Promise<string[]> =>
  (await engine.run(job)).diagnostics.map(({ code }) => code);

const exported = async (text: string, more = {}): Promise<unknown> => {
  const { value, diagnostics } = await engine.run({ op: "export", ...pack(text, more) });
  expect(diagnostics).toEqual([]);
  return value;
};
const vetted = async (text: string, data: string, path?: string) => {
  const { value, diagnostics } = await engine.run({ op: "vet", ...pack(text), path, data: json(data) });
  expect(diagnostics).toEqual([]);
  return value!;
};

describe("export", () => {
  it("gives JSON with exact numbers, in the order of the file", async () => {
    expect(await exported('b: 1.50\na: b * 2\nc: 12345678901234567890123\nd: "\\(c)"')).toBe(
      '{"b":1.50,"a":3.00,"c":12345678901234567890123,"d":"12345678901234567890123"}',
    );
  });
  it("evaluates definitions, defaults, lets, comprehensions and templates", async () => {
    const text = `
#Server: {port: *80 | int, host: string, url: "http://\\(host):\\(port)"}
let names = ["a", "b"]
servers: {for name in names {"\\(name)": #Server & {host: name + ".example"}}}
servers: a: port: 8080`;
    expect(JSON.parse((await exported(text)) as string)).toEqual({
      servers: {
        a: { port: 8080, host: "a.example", url: "http://a.example:8080" },
        b: { port: 80, host: "b.example", url: "http://b.example:80" },
      },
    });
  });
  it("takes a path", async () => {
    expect(await exported("a: b: [1, {c: 2}]", { path: "a.b[1].c" })).toBe("2");
  });
  it("injects tags and selects files by them", async () => {
    const files = [
      file('package p\nenv: "dev" | "prod" @tag(env)\nn: int @tag(n,type=int)', "a.cue"),
      file("@if(extra)\npackage p\nmore: true", "b.cue"),
    ];
    const run = (tags: string[]) => engine.run({ op: "export", files, tags });
    expect((await run(["env=prod", "n=3"])).value).toBe('{"env":"prod","n":3}');
    expect((await run(["n=3", "extra", "env=dev"])).value).toBe('{"env":"dev","more":true,"n":3}');
    expect((await run(["env=test", "n=3"])).diagnostics[0]?.code).toBe("lang/cue-error");
    expect((await run(["nope=1"])).diagnostics[0]?.message).toContain("nope");
  });
  it("reads packages of several files and imports from the module", async () => {
    const files = [
      file("package late\nfee: types.#Fee & amount", "b.cue"),
      file('package late\nimport "writ.local/documents/lib/types"\namount: 5\nfee: types.#Fee', "a.cue"),
      file("package types\n#Fee: int & >0", "lib/types/fee.cue"),
    ];
    // An import belongs to its file, as in CUE.
    expect(await codesOf(engine, { op: "export", files })).toEqual(["lang/cue-error"]);
    const good = [file("package late\nfee: amount", "b.cue"), ...files.slice(1)];
    expect((await engine.run({ op: "export", files: good })).value).toBe('{"amount":5,"fee":5}');
    expect((await engine.run({ op: "export", files: [...good].reverse() })).value).toBe('{"amount":5,"fee":5}');
    const own = [
      file('module: "example.com/m@v0"\nlanguage: version: "v0.17.0"', "cue.mod/module.cue"),
      file('package a\nimport "example.com/m/lib"\nx: lib.x', "a.cue"),
      file("package lib\nx: 1", "lib/l.cue"),
    ];
    expect((await engine.run({ op: "export", files: own })).value).toBe('{"x":1}');
  });
  it("fetches nothing, embeds nothing, starts nothing", async () => {
    const module = file(
      'module: "example.com/m@v0"\nlanguage: version: "v0.17.0"\ndeps: "other.example/n@v0": v: "v0.1.0"',
      "cue.mod/module.cue",
    );
    const far = await engine.run({
      op: "export",
      files: [module, file('package a\nimport "other.example/n"\nx: n.x')],
    });
    expect(far.diagnostics[0]?.code).toBe("lang/cue-error");
    expect(
      await codesOf(engine, {
        op: "export",
        ...pack('@extern(embed)\npackage a\nx: _ @embed(file="/etc/passwd",type=text)'),
      }),
    ).toEqual(["lang/cue-error"]);
    for (const name of ["tool/exec", "tool/http", "tool/file"])
      expect(await codesOf(engine, { op: "export", ...pack(`import t "${name}"\nx: t`) }), name).toContain(
        "lang/cue-error",
      );
  });
  it("gives the same bytes in every engine", async () => {
    const other = createCueEngine({ deadlineMs: 30_000 });
    const text = 'm: {c: 1, a: 2, b: {z: 1, y: 2}}\nx: [for k, v in m {"\\(k)"}]\nb: m & {q: 3}';
    const [one, two] = await Promise.all([
      engine.run({ op: "export", ...pack(text) }),
      other.run({ op: "export", ...pack(text) }),
    ]);
    await other.close();
    expect(one.value).toBe(
      '{"m":{"c":1,"a":2,"b":{"z":1,"y":2}},"x":["c","a","b"],"b":{"c":1,"a":2,"b":{"z":1,"y":2},"q":3}}',
    );
    expect(two).toEqual(one);
  });
});

describe("diagnostics", () => {
  it("stand at the place, in UTF-16 units, with the others as labels", async () => {
    const text = '// Übergröße 🚚\nname: "é🚚" & string\nname: int';
    const { value, diagnostics } = await engine.run({ op: "export", ...pack(text) });
    expect(value).toBeNull();
    expect(diagnostics.map(({ code }) => code)).toEqual(["lang/cue-error"]);
    const [{ span, labels, message }] = diagnostics as [(typeof diagnostics)[0]];
    expect(message).toContain("conflicting values");
    expect([span, ...labels.map((label) => label.span)].map(shown).sort()).toEqual(['a.cue: "é🚚"', "a.cue: int"]);
  });
  it.each([
    ["grammar", "a: 1 +", {}],
    ["a name that is not there", "a: b", {}],
    ["an incomplete value", "a: int", {}],
    ["a path that is not there", "a: 1", { path: "b" }],
    ["a path that is none", "a: 1", { path: "a..b" }],
    ["no package", 'import "x.example/y"\na: y', {}],
    ["a file that is not there", "a: 1", { main: ["b.cue"] }],
  ])("name %s", async (_, text, more) => {
    expect(await codesOf(engine, { op: "export", ...pack(text, more) })).toContain("lang/cue-error");
  });
  it("name files that are none, or two of one name", async () => {
    expect(await codesOf(engine, { op: "export", files: [] })).toEqual(["lang/cue-error"]);
    expect(await codesOf(engine, { op: "export", files: [file("a: 1", "../a.cue")] })).toEqual(["lang/cue-error"]);
    expect(await codesOf(engine, { op: "export", files: [file("a: 1"), file("b: 1")] })).toEqual(["lang/cue-error"]);
  });
});

describe("vet", () => {
  // What authors use: [constraint, accepted, refused].
  it.each([
    ["a required field", "foo!: int", '{"foo": 1}', "{}"],
    ["an optional field", "foo?: int", "{}", '{"foo": "1"}'],
    ["bounds on fields", "max!: int, amount!: <=max", '{"max": 5, "amount": 5}', '{"max": 5, "amount": 6}'],
    ["matchN", "x!: matchN(1, [{a!: int}, {b!: int}])", '{"x": {"a": 1}}', '{"x": {"a": 1, "b": 1}}'],
    ["matchIf", 'x!: matchIf({t!: "a"}, {n!: int}, _)', '{"x": {"t": "b"}}', '{"x": {"t": "a"}}'],
    ["error()", 'x!: int | error("a number, please")', '{"x": 1}', '{"x": "1"}'],
    ["net.InCIDR", 'import "net"\nx!: net.InCIDR("10.0.0.0/8")', '{"x": "10.1.2.3"}', '{"x": "11.1.2.3"}'],
    ["math.MultipleOf", 'import "math"\nx!: math.MultipleOf(3)', '{"x": 9}', '{"x": 10}'],
    ["list.MatchN", 'import "list"\nx!: list.MatchN(>1, int)', '{"x": [1, 2, "a"]}', '{"x": [1, "a"]}'],
    ["list.UniqueItems", 'import "list"\nx!: list.UniqueItems()', '{"x": [1, 2]}', '{"x": [1, 1]}'],
    ["patterns of names", '[=~"^x-"]: string\n[!~"^x-"]: int', '{"x-a": "1", "b": 1}', '{"x-a": 1}'],
    ["time.Duration", 'import "time"\nx!: time.Duration', '{"x": "1h30m"}', '{"x": "1 hour"}'],
    [
      "recursion",
      "#T: {v!: int, next?: #T}\nx!: #T",
      '{"x": {"v": 1, "next": {"v": 2}}}',
      '{"x": {"v": 1, "next": {}}}',
    ],
    ["closed structs", "#A: {a?: int}\nx!: #A", '{"x": {"a": 1}}', '{"x": {"b": 1}}'],
    [
      "exact numbers",
      "x!: 12345678901234567890123",
      '{"x": 12345678901234567890123}',
      '{"x": 12345678901234567890124}',
    ],
    ["int and float apart", "x!: int", '{"x": 1}', '{"x": 1.0}'],
  ])("knows %s", async (_, constraint, good, bad) => {
    expect(await vetted(constraint, good)).toMatchObject({ accepted: true, problems: [] });
    const refused = await vetted(constraint, bad);
    expect(refused.accepted).toBe(false);
    expect(refused.problems.length).toBeGreaterThan(0);
  });
  it("gives path and places, in constraint and data", async () => {
    const { problems } = await vetted(
      '#Order: {"größe": items: [...{n: >=1}]}',
      '{"größe": {"items": [{"n": 1}, {"n": 0}]}}',
      "#Order",
    );
    expect(problems.map(({ path }) => path)).toEqual([["größe", "items", "1", "n"]]);
    expect(problems[0]!.places.map(shown).sort()).toEqual(
      ["a.cue: >=1", "data.json: 0"].map((each) => (each.startsWith("a") ? "a.cue: >" : each)),
    );
  });
  it("names what was filled in", async () => {
    const text = 'method: *"GET" | "HEAD"\npath!: string\nfixed: {a: 1, b: int}\nlist: [...{c: 1}]';
    expect((await vetted(text, '{"path": "/", "fixed": {"b": 2}, "list": [{}, {"c": 1}]}')).filled).toEqual([
      ["method"],
      ["fixed", "a"],
      ["list", "0", "c"],
    ]);
    expect(
      (await vetted(text, '{"method": "GET", "path": "/", "fixed": {"a": 1, "b": 2}, "list": []}')).filled,
    ).toEqual([]);
  });
  it.each([
    ["an expression", '{"a": 1 + 1}'],
    ["a name twice", '{"a": 1, "a": 1}'],
    ["a name twice, escaped and deep", '{"b": [{"a": 1, "\\u0061": 1}]}'],
    ["a lone surrogate", '{"a": "\\ud800"}'],
    ["nothing", ""],
    ["two values", "{} {}"],
    ["a comment", "{} // no"],
  ])("reads data as strict JSON: %s", async (_, data) => {
    expect((await vetted("a?: _, b?: _", data)).accepted).toBe(false);
  });
});

describe("prepare and check", () => {
  it("say what vet says, also after the worker was replaced", async () => {
    const short = createCueEngine({ deadlineMs: 30_000, jobsMax: 3 });
    const { value: constraint } = await short.run({ op: "prepare", ...pack("n!: >=5") });
    for (let n = 0; n < 10; n++) {
      const data = json(`{"n": ${n}}`);
      const checked = await short.run({ op: "check", constraint: constraint!, data });
      expect(checked).toEqual(await engine.run({ op: "vet", ...pack("n!: >=5"), data }));
      expect(checked.value?.accepted).toBe(n >= 5);
    }
    expect(short.stats().workersStarted).toBeGreaterThan(3);
    await short.close();
  });
  it("keep constraints apart", async () => {
    const many = await Promise.all(
      Array.from({ length: 40 }, (_, n) => engine.run({ op: "prepare", ...pack(`n!: ${n}`) })),
    );
    for (const [n, { value }] of many.entries()) {
      const check = (data: string) => engine.run({ op: "check", constraint: value!, data: json(data) });
      expect([(await check(`{"n": ${n}}`)).value?.accepted, (await check(`{"n": ${n + 1}}`)).value?.accepted]).toEqual([
        true,
        false,
      ]);
    }
  });
  it("refuse a constraint that is none", async () => {
    expect(await codesOf(engine, { op: "prepare", ...pack("n!: >=") })).toEqual(["lang/cue-error"]);
  });
});

describe("subsume, format, jsonschema", () => {
  it("compares two constraints of one package", async () => {
    const text = "#A: {n: int, m?: string}\n#B: {n: >5 & int}\n#C: {n: string}";
    const holds = async (path: string, other: string) =>
      (await engine.run({ op: "subsume", ...pack(text), path, other })).value?.holds;
    expect([await holds("#A", "#B"), await holds("#B", "#A"), await holds("#A", "#C")]).toEqual([true, false, false]);
    expect(await codesOf(engine, { op: "subsume", ...pack(text), path: "#A", other: "#X" })).toEqual([
      "lang/cue-error",
    ]);
  });
  it("formats, keeping comments, and is done after once", async () => {
    const text = "a:1\n// two\nb :   {c:2,\n d:3} // three\n";
    const once = (await engine.run({ op: "format", text: file(text) })).value!;
    expect(once).toBe("a: 1\n// two\nb: {c: 2\n\td: 3\n} // three\n");
    expect((await engine.run({ op: "format", text: file(once) })).value).toBe(once);
    expect(await codesOf(engine, { op: "format", text: file("a: {") })).toEqual(["lang/cue-syntax"]);
  });
  it("writes JSON Schema", async () => {
    const { value } = await engine.run({
      op: "jsonschema",
      ...pack('#A: {a!: int & >=1, b?: "x" | "y", ...}'),
      path: "#A",
    });
    expect(JSON.parse(value!)).toEqual({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      type: "object",
      additionalProperties: true,
      properties: { a: { allOf: [{ type: "number" }, { type: "integer", minimum: 1 }] }, b: { enum: ["x", "y"] } },
      required: ["a"],
    });
  });
});

describe("lower", () => {
  const golden = join(root, "test/unit/lang/cue-lowered");
  const documents: [name: string, text: string, path?: string][] = [
    ["policy", readFileSync(join(golden, "policy.cue"), "utf8")],
    ["agreement", readFileSync(join(golden, "agreement.cue"), "utf8")],
    ["constraints", readFileSync(join(golden, "constraints.cue"), "utf8")],
    ["unsupported", readFileSync(join(golden, "unsupported.cue"), "utf8")],
  ];
  // Spans as `line:column text`: what a reader of the golden file can follow.
  const written = (value: unknown): string =>
    `${JSON.stringify(
      value,
      (_, part) => {
        if (part instanceof Map) return Object.fromEntries(part);
        if (typeof part !== "object" || part === null || !("source" in part)) return part;
        const { source, start, end } = part as Span;
        const before = source.text.slice(0, start).split("\n");
        return `${source.name}:${before.length}:${before.at(-1)!.length + 1} ${source.text.slice(start, end).split("\n")[0]!.slice(0, 40)}`;
      },
      1,
    )}\n`;
  it.each(documents)("%s", async (name, text, path) => {
    const { value, diagnostics } = await engine.run({ op: "lower", files: [file(text, `${name}.cue`)], path });
    expect(diagnostics).toEqual([]);
    const target = join(golden, `${name}.json`);
    if (process.env["UPDATE"] === "1") {
      mkdirSync(golden, { recursive: true });
      writeFileSync(target, written(value));
    }
    expect(existsSync(target), "UPDATE=1 writes it").toBe(true);
    expect(written(value)).toBe(readFileSync(target, "utf8"));
  });
  it("never takes an unknown thing for anything", async () => {
    const text = documents.find(([name]) => name === "unsupported")![1];
    const { value } = await engine.run({ op: "lower", ...pack(text) });
    const rootNode = value!.root;
    if (rootNode.is !== "struct") throw new Error("not a struct");
    expect(
      rootNode.fields.filter((field) => field.name.startsWith("u_")).map(({ name, value }) => [name, value.is]),
    ).toEqual([...text.matchAll(/^(u_\w+)/gm)].map(([, name]) => [name, "unsupported"]));
  });
});

describe("hostile input", () => {
  const loop = `n: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
x: [for a in n for b in n for c in n for d in n for e in n for f in n for g in n {a + b + c + d + e + f + g}]`;
  const disjunctions = Array.from({ length: 16 }, (_, i) => `x: {a${i}: 1} | {b${i}: 2}`).join("\n");
  const doubled = Array.from({ length: 30 }, (_, i) => `a${i + 1}: a${i} + a${i}`).join("\n");
  const BOUNDED_MEMORY = 256 * 1024 * 1024;
  const bounded = createCueEngine({ deadlineMs: 1_500, memoryBytesMax: BOUNDED_MEMORY });
  afterAll(() => bounded.close());
  it.each<[what: string, code: string, job: CueJob]>([
    ["loops in loops", "lang/cue-timeout", { op: "export", ...pack(loop) }],
    ["2^16 combinations of alternatives", "lang/cue-timeout", { op: "export", ...pack(disjunctions) }],
    [
      "a text of 2^35 characters",
      "lang/cue-out-of-memory",
      { op: "export", ...pack(`a0: "${"x".repeat(32)}"\n${doubled}`) },
    ],
    [
      "20,000 brackets",
      "lang/cue-too-deep",
      { op: "export", ...pack(`x: ${"[".repeat(20_000)}${"]".repeat(20_000)}`) },
    ],
    ["20,000 names in a chain", "lang/cue-too-deep", { op: "lower", ...pack(`${"a: ".repeat(20_000)}1`) }],
    [
      "20,000 objects in data",
      "lang/cue-too-deep",
      { op: "vet", ...pack("_"), data: json(`${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`) },
    ],
    [
      "a structure that holds itself",
      "lang/cue-error",
      { op: "export", ...pack("#T: {v: int, next: #T}\nx: #T & {v: 1}") },
    ],
    ["5 MB of source", "lang/cue-too-large", { op: "export", ...pack(`x: "${"y".repeat(5_000_000)}"`) }],
    ["5 MB of data", "lang/cue-too-large", { op: "vet", ...pack("_"), data: json(`"${"y".repeat(5_000_000)}"`) }],
    ["a number of 10^9 digits", "lang/cue-error", { op: "export", ...pack("x: 1e99999 * 1e99999") }],
    [
      "20,000 items that have to differ",
      "lang/cue-timeout",
      {
        op: "vet",
        ...pack('import "list"\nx!: list.UniqueItems()'),
        data: json(`{"x": [${Array.from({ length: 20_000 }, (_, i) => i).join(",")}]}`),
      },
    ],
    [
      "2^16 combinations of alternatives that data has to meet",
      "lang/cue-timeout",
      { op: "vet", ...pack(disjunctions), data: json('{"x": {"z": 1}}') },
    ],
    ["a name that stands for itself", "lang/cue-error", { op: "export", ...pack("x: x + 1") }],
    [
      "2,000 files",
      "lang/cue-too-large",
      { op: "export", files: Array.from({ length: 2_000 }, (_, i) => file("a: 1", `${i}.cue`)) },
    ],
  ])(
    "%s ends as %s",
    async (_, code, job) => {
      expect((await bounded.run({ op: "export", ...pack("a: 1") })).value).toBe('{"a":1}');
      const before = process.cpuUsage();
      const start = performance.now();
      expect(await codesOf(bounded, job)).toEqual([code]);
      // Of processor time; by the clock a busy machine may take longer, and no machine for ever.
      const { user, system } = process.cpuUsage(before);
      expect((user + system) / 1_000).toBeLessThan(4_000);
      expect(performance.now() - start).toBeLessThan(1_500 * CUE_DEADLINE_STRETCH + 4_000);
      // The process, and the same engine, go on.
      expect((await bounded.run({ op: "export", ...pack("b: 2") })).value).toBe('{"b":2}');
    },
    60_000,
  );
  it("an answer of 40 MB ends as lang/cue-too-large", async () => {
    const text = 'import "strings"\nx: strings.Repeat(strings.Repeat("y", 100), 400_000)';
    expect(await codesOf(engine, { op: "export", ...pack(text) })).toEqual(["lang/cue-too-large"]);
  });
  it("a full stack is a crash with a name, and the next job is answered", async () => {
    // Past the bounds of createCueEngine on purpose: 25,000 levels straight to the program.
    const { CueRunner } = await import("../../../lang/cue/runner.ts");
    const { nodeHost } = await import("../../../lang/cue/host-node.ts");
    // The bound of the engine above: the program is compiled once for both.
    const memory = BOUNDED_MEMORY;
    const runner = new CueRunner({
      host: nodeHost,
      deadlineMs: 20_000,
      startMs: 60_000,
      memoryBytesMax: memory,
      memoryBytesKept: memory,
      jobsMax: 100,
    });
    const call = (text: string) =>
      runner.inTurn(() => runner.call(JSON.stringify({ op: "export", files: { "a.cue": text } })));
    expect(await call(`${"a: ".repeat(25_000)}1`)).toEqual({ is: "crashed", why: "its stack is full" });
    expect(await call("a: 1")).toEqual({ is: "answer", text: '{"text":"{\\"a\\":1}"}' });
    expect(await runner.inTurn(() => runner.call("not a job"))).toMatchObject({
      is: "answer",
      text: expect.stringContaining("not a job"),
    });
    expect(runner.started).toBe(2);
    await runner.close();
  });
});

describe("an engine", () => {
  it("answers jobs in order, two engines at once", async () => {
    const other = createCueEngine({ deadlineMs: 30_000 });
    const done: string[] = [];
    const ask = async (which: CueEngine, name: string, n: number) => {
      const { value } = await which.run({ op: "export", ...pack(`a: ${n}`) });
      done.push(`${name}${n}`);
      expect(value).toBe(`{"a":${n}}`);
    };
    await Promise.all([0, 1, 2, 3].flatMap((n) => [ask(engine, "one", n), ask(other, "two", n)]));
    await other.close();
    expect(done.filter((each) => each.startsWith("one"))).toEqual(["one0", "one1", "one2", "one3"]);
    expect(done.filter((each) => each.startsWith("two"))).toEqual(["two0", "two1", "two2", "two3"]);
  });
  it("answers what is under way and later as unavailable once closed", async () => {
    const short = createCueEngine();
    const running = short.run({ op: "export", ...pack("a: 1") });
    await short.close();
    expect((await running).diagnostics.map(({ code }) => code)).toEqual(["lang/cue-unavailable"]);
    expect(await codesOf(short, { op: "export", ...pack("a: 1") })).toEqual(["lang/cue-unavailable"]);
    expect(short.stats().workersStarted).toBe(0);
    await short.close();
  });
  it("says why it cannot start", async () => {
    const host = {
      compile: () => Promise.reject(new Error("the file is gone")),
      spawn: () => {
        throw new Error("not reached");
      },
    };
    const broken = createCueEngine({ host });
    const { diagnostics } = await broken.run({ op: "export", ...pack("a: 1") });
    expect(diagnostics.map(({ code, message }) => [code, message])).toEqual([
      ["lang/cue-unavailable", "CUE cannot be started: the file is gone"],
    ]);
    await broken.close();
  });
  it("keeps its memory flat", async () => {
    const count = Number(process.env["CUE_EVALUATIONS"] ?? 500);
    const busy = createCueEngine({ deadlineMs: 30_000 });
    const text = (n: number) => `#Item: {name!: string, n!: >=${n}, tags?: [...string]}\nitems: [...#Item]`;
    const data = json(
      `{"items": [${Array.from({ length: 20 }, (_, i) => `{"name": "i${i}", "n": ${i + count}}`).join(",")}]}`,
    );
    const memory: number[] = [];
    for (let n = 0; n < count; n++) {
      const { value } = await busy.run({ op: "vet", ...pack(text(n)), data });
      expect(value?.accepted).toBe(true);
      memory.push(busy.stats().memoryBytes);
    }
    await busy.close();
    const most = (from: number, to: number) => Math.max(...memory.slice(from, to));
    // The second half needs no more than the first, up to one step of Go's heap.
    expect(most(count / 2, count) - most(0, count / 2)).toBeLessThanOrEqual(8 * 1024 * 1024);
    expect(most(0, count)).toBeLessThan(160 * 1024 * 1024);
  }, 600_000);
  it("lets the process end by itself, closed or idle", () => {
    // As built code: a worker and its files, found beside the sources and beside the build alike.
    const script = `
      import { createCueEngine } from ${JSON.stringify(join(root, "dist/lang/cue/index.js"))};
      const engine = createCueEngine();
      const { value, diagnostics } = await engine.run({ op: "export", files: [{ name: "a.cue", text: "a: 1" }] });
      console.log(value, diagnostics.length);
      if (process.argv.includes("close")) await engine.close();`;
    for (const word of ["close", "idle"]) {
      const run = spawnSync(process.execPath, ["--input-type=module", "--eval", script, "--", word], {
        encoding: "utf8",
        timeout: 60_000,
      });
      expect([run.status, run.stdout, run.stderr], word).toEqual([0, '{"a":1} 0\n', ""]);
    }
  });
});

describe("the built file", () => {
  const data = join(root, "lang/cue/engine/data");
  it("is what cue.json says, with its licences", async () => {
    const { createHash } = await import("node:crypto");
    const { brotliDecompressSync } = await import("node:zlib");
    const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
    const about = JSON.parse(readFileSync(join(data, "cue.json"), "utf8"));
    const packed = readFileSync(join(data, "cue.wasm.br"));
    const wasm = brotliDecompressSync(packed);
    expect([sha256(packed), sha256(wasm), wasm.length]).toEqual([about.fileSha256, about.wasmSha256, about.wasmBytes]);
    expect(sha256(readFileSync(join(data, "wasm_exec.js")))).toBe(about.execSha256);
    expect(packed.length).toBeLessThan(5.5 * 1024 * 1024);
    const module = readFileSync(join(data, "../go.mod"), "utf8");
    expect(module).toContain(`cuelang.org/go ${about.cue}`);
    const licences = readFileSync(join(data, "LICENSES.txt"), "utf8");
    expect(licences).toContain(`======== cuelang.org/go ${about.cue}`);
    expect(licences).toContain("======== The Go programming language");
  });
  it("was built from the sources beside it; scripts/build-cue.sh builds it again", async () => {
    const { createHash } = await import("node:crypto");
    const sources = createHash("sha256");
    const names = readdirSync(join(data, "..")).filter((name) => /\.go$|^go\.(?:mod|sum)$/.test(name));
    for (const name of names.sort()) sources.update(`${name}\n`).update(readFileSync(join(data, "..", name)));
    expect(names.length).toBeGreaterThan(5);
    expect(sources.digest("hex")).toBe(JSON.parse(readFileSync(join(data, "cue.json"), "utf8")).sourcesSha256);
  });
  // Minutes of work without Go's cache: on request. `.ci/run` does the same beside the tests wherever the Go release of the build is present.
  it.runIf(process.env["CUE_REBUILD"] === "1")(
    "is what a rebuild gives",
    () => {
      const run = spawnSync(join(root, "scripts/build-cue.sh"), ["--check"], { encoding: "utf8", timeout: 1_200_000 });
      expect([run.stdout.trim().split("\n").at(-1), run.status]).toEqual(["identical", 0]);
    },
    1_200_000,
  );
});
