// JSON Schemas for editors: the files in docs/schema/ are those of the standard library, they accept every document that compiles,
// and refuse what people mistype. UPDATE=1 writes them.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { parse } from "yaml";
import { compile } from "../../../compiler/index.ts";
import {
  createCueEngine,
  cueToYaml,
  documentSchemas,
  type JsonSchema,
  SCHEMA_KINDS,
  type SchemaKind,
} from "../../../lang/cue/index.ts";
import { parseArchive } from "../../corpus/archive.ts";
import { sourceOf } from "../../corpus/stages.ts";

// Machines that build are busy.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
const root = join(import.meta.dirname, "../../..");
const engine = createCueEngine({ deadlineMs: 30_000 });
afterAll(() => engine.close());

const fileOf = (kind: SchemaKind): string => join(root, "docs", "schema", `${kind}.schema.json`);
const written = (schema: JsonSchema): string => `${JSON.stringify(schema, null, 2)}\n`;

let made: ReadonlyMap<SchemaKind, JsonSchema>;
const validate = {} as Record<SchemaKind, ValidateFunction>;
beforeAll(async () => {
  made = await documentSchemas(engine);
  if (process.env["UPDATE"] === "1") for (const [kind, schema] of made) writeFileSync(fileOf(kind), written(schema));
  const ajv = new Ajv2020({ strict: true, strictRequired: false, allowUnionTypes: true });
  for (const kind of SCHEMA_KINDS)
    validate[kind] = ajv.compile(JSON.parse(readFileSync(fileOf(kind), "utf8")) as JsonSchema);
});

const kindOf = (document: object): SchemaKind =>
  "policy" in document ? "policy" : "module" in document ? "module" : "agreement";
/** What an editor makes of a text: YAML 1.2, or null when it is none. */
function seen(text: string): object | null {
  try {
    const document: unknown = parse(text, { logLevel: "silent" });
    return typeof document === "object" ? document : null;
  } catch {
    return null;
  }
}
/** Empty when the schema accepts the text, else what it says. */
function problems(text: string): string {
  const document = seen(text);
  if (document === null) return "no YAML";
  const check = validate[kindOf(document)];
  return check(document) ? "" : (check.errors ?? []).map((each) => `${each.instancePath} ${each.message}`).join("\n");
}

const filesIn = (folder: string, ending: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(ending))
    .map((file) => `${folder}/${file.replaceAll("\\", "/")}`)
    .sort();
const sources = [
  ...["examples", "test/sim/agreements", "test/corpus/policies"]
    .flatMap((folder) => filesIn(folder, ".yaml"))
    .map((name) => ({ name, text: readFileSync(join(root, name), "utf8") })),
  ...filesIn("test/corpus", ".txtar").flatMap((name) => {
    const source = sourceOf(parseArchive(readFileSync(join(root, name), "utf8")).files);
    return source.name.endsWith(".cue") ? [] : [{ name, text: source.text }];
  }),
].map(({ name, text }) => ({ name, text, made: compile({ name, text }) }));
const good = sources.filter(({ made }) => made.value !== null);

describe("docs/schema", () => {
  it.each(SCHEMA_KINDS)("%s is what the library gives; UPDATE=1 writes it", (kind) => {
    expect(readFileSync(fileOf(kind), "utf8")).toBe(written(made.get(kind)!));
  });
  it("knows every struct by its fields: nothing was lost on the way", () => {
    const bare: string[] = [];
    const visit = (path: string, part: unknown): void => {
      if (typeof part !== "object" || part === null) return;
      const { type, properties, patternProperties, additionalProperties } = part as JsonSchema;
      if (type === "object" && !properties && !patternProperties && additionalProperties === undefined) bare.push(path);
      for (const [key, inner] of Object.entries(part)) visit(`${path}/${key}`, inner);
    };
    for (const [kind, schema] of made) visit(kind, schema);
    // What a template asks for is known by the template.
    expect([
      ...new Set(
        bare.filter(
          (path) =>
            !path.endsWith("/use/anyOf/0/properties/with") && !path.endsWith("/use/anyOf/1/items/properties/with"),
        ),
      ),
    ]).toEqual([]);
  });
});

describe("accepted", () => {
  it("has many documents to try", () => expect(good.length).toBeGreaterThanOrEqual(60));
  it.each(good)("$name", ({ text }) => expect(problems(text)).toBe(""));
  it.each(["hosting.yaml", "archive.yaml"])("examples/templates/%s, which fills templates", (name) => {
    expect(problems(readFileSync(join(root, "examples/templates", name), "utf8"))).toBe("");
  });
  it("a document of CUE, as YAML", async () => {
    const text = readFileSync(join(root, "docs/cue.md"), "utf8");
    for (const [, cue] of text.matchAll(/```cue\n([\s\S]*?)```/g)) {
      const { value } = await cueToYaml(engine, { files: [{ name: "a.cue", text: cue! }], main: ["a.cue"] });
      expect(problems(value!), cue).toBe("");
    }
  });
});

/** Mistakes of the corpus that a schema sees. */
const SHAPE = /^lang\/(?:unknown-key|missing-key|wrong-shape|wrong-word|bad-name|not-yet)$/;
/** Those that it does not see: types and expressions are texts, and a text that YAML ends elsewhere is another document. */
const BLIND = ["lang/agreement/types", "lang/policy/complete", "lang/yaml/unclosed-quote"];
const wrong = sources.filter(
  ({ name, text, made }) =>
    seen(text) !== null &&
    made.diagnostics.some(({ code, severity }) => severity === "error" && SHAPE.test(code)) &&
    !BLIND.some((blind) => name.includes(blind)),
);

const agreement = `agreement: loan
version: 1.0.0
rounding: {money: half-up}
parties: {ann: Ann, ben: {name: Ben, kind: party}}
terms: {sum: 100.00 EUR, rate: {type: percent, ask: true}}
facts: {given: false, seen: {type: "instant?"}}
derive:
  fee: {bands: sum, "< 50.00 EUR": 1.00 EUR, else: 2.00 EUR}
actions:
  give: {who: ann, with: {how: [cash, bank], on: {type: date, optional: true}}, times: 1, then: {given: true}}
obligations:
  repay: {who: ben, to: ann, must: pay, amount: sum, within: 30 days, late: allowed, else: nothing}
tests:
  paid:
    - 2026-01-05: ann give
    - expect: {repay: active}
`;
const policy = `policy: notes
on: {user: text, act: [read, write], shared?: bool}
default: deny
data: {members: map(text)}
rules:
  - allow: readers
    id: readers
    match: {act: read}
    when: [user == "ann", shared]
  - for: {act: write}
    rules: [{deny: nobody writes}]
  - table: rota
    mode: ordered
    rules: [{allow: ann, match: {user: ann}}]
tests:
  ann reads: {input: {user: ann, act: read}, expect: {decision: allow, by: [readers]}}
`;
const slips: readonly (readonly [what: string, text: string, from: string, to: string])[] = [
  ["a key that is no key", agreement, "obligations:", "obligation:"],
  ["a key of another section", agreement, "times: 1", "within: 1 day"],
  ["a missing version", agreement, "version: 1.0.0\n", ""],
  ["a version of two numbers", agreement, "1.0.0", "1.0"],
  ["an obligation without what follows", agreement, ", else: nothing}", "}"],
  ["an action without who", agreement, "{who: ann, ", "{"],
  ["a word that is none", agreement, "half-up", "half_up"],
  ["a word of late", agreement, "allowed", "yes"],
  [
    "a list where a map is wanted",
    agreement,
    "parties: {ann: Ann, ben: {name: Ben, kind: party}}",
    "parties: [ann, ben]",
  ],
  ["a text where a map is wanted", agreement, "rounding: {money: half-up}", "rounding: half-up"],
  ["a name with a space", agreement, "  repay:", "  re pay:"],
  ["a key of a party", agreement, "kind: party", "role: party"],
  ["a term's long form", agreement, "ask: true", "asked: true"],
  ["a fact's long form", agreement, 'type: "instant?"', 'type: "instant?", first: now'],
  ["an input's long form", agreement, "optional: true", "optinal: true"],
  ["a type that is a number", agreement, "how: [cash, bank]", "how: 5"],
  ["a row that is no comparison", agreement, '"< 50.00 EUR"', "50.00 EUR"],
  ["a step with two keys", agreement, "    - expect:", "      expect:"],
  ["a step that is no instant", agreement, "2026-01-05: ann", "monday: ann"],
  ["a count below zero", agreement, "times: 1", "times: -1"],
  ["a rule without an effect", policy, "allow: readers", "permit: readers"],
  ["a rule with two effects", policy, "  - allow: readers", "  - allow: readers\n    deny: readers"],
  ["a policy without input", policy, "on: {user: text, act: [read, write], shared?: bool}\n", ""],
  ["rules by name", policy, "rules:\n  - allow: readers\n", "rules:\n  readers:\n    allow: readers\n"],
  ["a default that is none", policy, "default: deny", "default: refuse"],
  ["a key of a rule", policy, "    when:", "    if:"],
  ["a condition that is a map", policy, 'when: [user == "ann", shared]', "when: {user: ann}"],
  ["a table without its mode", policy, "    mode: ordered\n", ""],
  ["a group without its pattern", policy, "  - for: {act: write}\n    rules", "  - rules"],
  ["an expectation", policy, "by: [readers]", "rules: [readers]"],
];

describe("refused", () => {
  it("has many documents to try", () => expect(wrong.length).toBeGreaterThanOrEqual(12));
  it.each(wrong)("$name", ({ text }) => expect(problems(text)).not.toBe(""));
  it("nothing of what the slips are made from", () => {
    expect([problems(agreement), problems(policy)]).toEqual(["", ""]);
  });
  it.each(slips)("%s", (_, text, from, to) => {
    expect(text).toContain(from);
    expect(problems(text.replace(from, to))).not.toBe("");
  });
});
