// JSON Schemas of what documents declare: they accept whatever the machine accepts, and refuse what people mistype.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compile, declaredSchemas, type JsonSchema, jsonOf, schemaOf } from "../../../compiler/index.ts";
import { type Policy, readDocument } from "../../../lang/index.ts";
import { conform, readJson, type SimpleKind, type Type, type Value, writeJson } from "../../../vm/index.ts";
import { readTyped } from "../../../vm/policy/input.ts";

const root = join(import.meta.dirname, "../../..");
const ajv = new Ajv2020({ strict: true, strictRequired: false, allowUnionTypes: true });
const accepts = (schema: JsonSchema, json: unknown): boolean => ajv.compile(schema)(json);
const plain = (value: Value): unknown => JSON.parse(writeJson(value) as string);

const declared = (text: string) => {
  const { program, policy, diagnostics } = compile({ name: "a.yaml", text });
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  return declaredSchemas((policy ?? program)!);
};

describe("a policy", () => {
  const text = `policy: parcels
on: {at: clock, from: ip, item: {name: text, weight: int, fee?: money(EUR)}, tags: [a, b]}
types: {Member: {grade: int, since: date, team?: text}}
data: {members: map(Member), closed: list(date)}
rules: [{allow: all}]
`;
  const schemas = declared(text);
  it("declares its input and its data", () => {
    expect([...schemas.keys()]).toEqual(["input", "data.members", "data.closed"]);
  });
  const good = { at: "09:30", from: "10.0.0.1", item: { name: "x", weight: 3, fee: "1.00 EUR" }, tags: "a", more: 1 };
  it.each<[string, unknown, boolean]>([
    ["all of it", good, true],
    ["a number as a text", { ...good, item: { name: "x", weight: "3" } }, true],
    ["a missing field", { at: "09:30", from: "10.0.0.1", tags: "a" }, false],
    ["a missing field within", { ...good, item: { name: "x" } }, false],
    ["a number with a point", { ...good, item: { name: "x", weight: 3.5 } }, false],
    ["a text that is no number", { ...good, item: { name: "x", weight: "three" } }, false],
    ["another currency", { ...good, item: { name: "x", weight: 3, fee: "1.00 USD" } }, false],
    ["a word that is none", { ...good, tags: "c" }, false],
    ["no time of day", { ...good, at: "morning" }, false],
    ["a list", [], false],
  ])("input: %s", (_, json, is) => expect(accepts(schemas.get("input")!, json)).toBe(is));
  it.each<[string, unknown, boolean]>([
    ["members", { c1: { grade: 3, since: "2026-01-31" }, c2: { grade: 1, since: "2025-01-01", team: "x" } }, true],
    ["none", {}, true],
    ["a member without a grade", { c1: { since: "2026-01-31" } }, false],
    ["a day of another order", { c1: { grade: 3, since: "31.01.2026" } }, false],
    ["a list", [{ grade: 3, since: "2026-01-31" }], false],
  ])("data: %s", (_, json, is) => expect(accepts(schemas.get("data.members")!, json)).toBe(is));
});

describe("an agreement", () => {
  const schemas = declared(`agreement: loan
version: 1.0.0
zone: Europe/Rome
parties: {ann: Ann, ben: Ben}
terms: {sum: money(EUR), day: {type: date, ask: true}, fee: 1.00 EUR}
facts:
  seen: instant?
actions:
  give: {who: ann, with: {how: [cash, bank], note: {type: text, optional: true}}, times: 1, then: {seen: now}}
  take: {who: ben, times: 1}
obligations:
  repay: {who: ben, to: ann, must: pay, amount: sum + fee, by: day, else: nothing}
`);
  it("declares the inputs of its actions and the terms that are asked for", () => {
    expect([...schemas.keys()]).toEqual(["actions.give", "actions.take", "terms"]);
  });
  it.each<[string, string, unknown, boolean]>([
    ["a word", "actions.give", { how: "cash" }, true],
    ["a note", "actions.give", { how: "bank", note: "x" }, true],
    ["a note that is not known", "actions.give", { how: "bank", note: null }, true],
    ["nothing", "actions.give", {}, false],
    ["another word", "actions.give", { how: "card" }, false],
    ["a field that is none", "actions.give", { how: "cash", when: "now" }, false],
    ["no inputs", "actions.take", {}, true],
    ["inputs of an action that has none", "actions.take", { how: "cash" }, false],
    ["terms", "terms", { sum: "100.00 EUR", day: "2026-01-31" }, true],
    ["a term that is fixed", "terms", { sum: "100.00 EUR", day: "2026-01-31", fee: "2.00 EUR" }, false],
    ["a number of no currency", "terms", { sum: 100, day: "2026-01-31" }, false],
  ])("%s", (_, name, json, is) => expect(accepts(schemas.get(name)!, json)).toBe(is));
});

describe("accepts what the machine accepts", () => {
  const folder = join(root, "test/corpus/policies");
  it.each(readdirSync(folder).filter((name) => name.endsWith(".yaml")))("%s: inputs and data of its tests", (name) => {
    const text = readFileSync(join(folder, name), "utf8");
    const document = readDocument(text, name).value as Policy;
    const { policy } = compile({ name, text });
    const schemas = declaredSchemas(policy!);
    let tried = 0;
    const agrees = (schema: JsonSchema, type: Type, value: Value): void => {
      if (!("value" in readTyped(value, type))) return;
      tried++;
      expect(accepts(schema, plain(value)), writeJson(value) as string).toBe(true);
    };
    for (const { input, data, matrix } of document.tests) {
      // A matrix lays the missing fields over the input.
      if (input !== null && matrix.length === 0)
        agrees(schemas.get("input")!, policy!.input, jsonOf(input, policy!.input));
      for (const { key, value } of data) {
        const { type } = policy!.data.find((each) => each.name === key.text)!;
        agrees(schemas.get(`data.${key.text}`)!, type, jsonOf(value, type));
      }
    }
    expect(tried).toBeGreaterThan(0);
  });

  const KINDS =
    "bool text bytes null int decimal percent quotient instant date month clock duration size ip cidr host path did party any evidence".split(
      " ",
    ) as SimpleKind[];
  const type = fc.letrec<{ type: Type }>((tie) => ({
    type: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom(...KINDS).map((kind): Type => ({ kind })),
      fc.constantFrom<Type>(
        { kind: "money", asset: "USD" },
        { kind: "period", unit: "days" },
        { kind: "period", unit: "business days" },
        { kind: "enum", values: ["a", "up"] },
      ),
      tie("type").map((of): Type => ({ kind: "list", of, most: 2 })),
      tie("type").map((of): Type => ({ kind: "map", of, most: 2 })),
      tie("type").map((of): Type => (of.kind === "optional" ? of : { kind: "optional", of })),
      fc.array(tie("type"), { minLength: 1, maxLength: 3 }).map((of): Type => ({ kind: "union", of })),
      fc.tuple(fc.array(fc.tuple(tie("type"), fc.boolean()), { maxLength: 3 }), fc.boolean()).map(
        ([fields, open]): Type => ({
          kind: "record",
          fields: fields.map(([of, optional], i) => ({ name: "abc"[i]!, type: of, optional })),
          open,
        }),
      ),
    ),
  })).type;
  const TEXTS = [
    ...[
      "",
      "a",
      "up",
      "true",
      "null",
      "5",
      "-5",
      "+5",
      "1_000",
      "1,000",
      "4,000.50",
      "1.5",
      "1e3",
      "10.5%",
      "10 %",
      "-3%",
    ],
    ...[
      "5.00 USD",
      "-5 USD",
      "1,000 USD",
      "5 EUR",
      "2 days",
      "10 business days",
      "1 business day",
      "36 h",
      "-5h",
      "PT5H",
      "90 s",
    ],
    ...[
      "1 h 30 minutes",
      "64 KiB",
      "5 GB",
      "12 B",
      "2026-01-31",
      "2026-01",
      "2026-01-31T12:00:00Z",
      "2026-01-31 12:00+02:00",
    ],
    ...[
      "2026-01-31T12:00:00.123Z",
      "18:00",
      "8:05",
      "18:00:30",
      "10.0.0.1",
      "::1",
      "10.0.0.0/8",
      "fe80::/10",
      "api.example.com",
    ],
    ...["/v1/x", "did:key:z6Mkf", "aGVsbG8=", "seller"],
  ];
  const json = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom<unknown>(null, true, false, 0, 1, -1, 12, 1.5, 1000, ...TEXTS),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom("a", "b", "c", "d"), tie("value"), { maxKeys: 3 }),
      fc.constant({ by: "did:key:z6Mkf", hash: "0".repeat(64), type: "application/pdf" }),
    ),
  })).value;
  const jsonValue = (plain: unknown): Value => (readJson(JSON.stringify(plain)) as { value: Value }).value;
  it("for every type and value", { timeout: 120_000 }, () => {
    let fits = 0;
    fc.assert(
      fc.property(type, fc.array(json, { minLength: 12, maxLength: 12 }), (one, values) => {
        const strict = ajv.compile(schemaOf(one, "strict"));
        const open = ajv.compile(schemaOf(one, "open"));
        for (const plain of values) {
          const value = jsonValue(plain);
          if ("value" in conform(value, one)) {
            fits++;
            expect(strict(plain), JSON.stringify(plain)).toBe(true);
          }
          if ("value" in readTyped(value, one)) expect(open(plain), JSON.stringify(plain)).toBe(true);
        }
      }),
      { numRuns: 400 },
    );
    expect(fits).toBeGreaterThan(150);
  });
  it.each(KINDS)("%s: every text that is one", (kind) => {
    const schema = ajv.compile(schemaOf({ kind }));
    for (const plain of TEXTS) if ("value" in conform(plain, { kind })) expect(schema(plain), plain).toBe(true);
  });
});
