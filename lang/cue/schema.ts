// JSON Schemas of documents for editors, made from the standard library in CUE: the same keys, words and sentences. They help
// while one types and decide nothing: what they cannot say they accept, and the compiler has the last word.
import type { CueEngine } from "./engine.ts";
import type { CueFile } from "./job.ts";
import { stdFor } from "./std.ts";

export type SchemaKind = "agreement" | "policy" | "module";
export const SCHEMA_KINDS: readonly SchemaKind[] = ["agreement", "policy", "module"];

/** Draft 2020-12, without keywords that editors of earlier drafts do not know. */
export type JsonSchema = { readonly [key: string]: unknown };

const TITLES: Readonly<Record<SchemaKind, string>> = {
  agreement: "An agreement of Writ",
  policy: "A policy of Writ",
  module: "A module of Writ",
};

/** What the library leaves open, since CUE could not decide between its forms, and an editor can. */
const BESIDE = ["Term", "Fact", "Input", "First", "Bands", "State"];

/** The schemas of all kinds. Rejects when the library itself is wrong, which is a mistake of ours. */
export async function documentSchemas(engine: CueEngine): Promise<ReadonlyMap<SchemaKind, JsonSchema>> {
  const names = ["Agreement", "Policy", "Module", ...BESIDE];
  const text = `import "writ.dev/std"\n#All: {\n${names.map((name) => `\t${name}?: std.#${name}\n`).join("")}}\n`;
  const own: CueFile = { name: "all.cue", text };
  const files = [own, ...stdFor([own])];
  const { value, diagnostics } = await engine.run({ op: "jsonschema", files, main: [own.name], path: "#All" });
  if (value === null) throw new Error(`the standard library has no schema: ${diagnostics[0]?.message}`);
  const definitions = refined(embedded((JSON.parse(value) as { $defs: Definitions }).$defs));
  return new Map(SCHEMA_KINDS.map((kind) => [kind, schemaOf(definitions, kind)]));
}

type Definitions = Readonly<Record<string, JsonSchema>>;
type Fields = Readonly<Record<string, JsonSchema>>;

/** The schema of one kind with the definitions that it needs, in order of their names. */
function schemaOf(definitions: Definitions, kind: SchemaKind): JsonSchema {
  const root = definitions[`${kind[0]!.toUpperCase()}${kind.slice(1)}`] as JsonSchema;
  const needed = new Set<string>();
  const visit = (part: unknown): void => {
    if (typeof part !== "object" || part === null) return;
    for (const [key, inner] of Object.entries(part)) {
      if (key !== "$ref") visit(inner);
      else {
        const name = nameOf(inner as string);
        if (needed.has(name)) continue;
        needed.add(name);
        visit(definitions[name]);
      }
    }
  };
  visit(root);
  const $defs = Object.fromEntries([...needed].sort().map((name) => [name, definitions[name]]));
  return { $schema: "https://json-schema.org/draft/2020-12/schema", title: TITLES[kind], ...root, $defs };
}

const ref = (name: string): JsonSchema => ({ $ref: `#/$defs/${name}` });
const nameOf = (reference: string): string => reference.slice("#/$defs/".length);

// ── Embedding ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Definitions without embedded ones. CUE opens a closed struct for what embeds it; JSON Schema has no such thing, so a schema that
 *  only referred to the closed one would refuse every document. The fields of both become those of one object. */
function embedded(definitions: Definitions): Definitions {
  const plain = (schema: unknown): unknown => {
    if (Array.isArray(schema)) return schema.map(plain);
    if (typeof schema !== "object" || schema === null) return schema;
    const { allOf, ...own } = schema as JsonSchema & { readonly allOf?: readonly JsonSchema[] };
    const embeds = allOf !== undefined || (own["$ref"] !== undefined && own["type"] === "object");
    if (embeds) return merged(partsOf(schema as JsonSchema, definitions).map((part) => inside(part, plain)));
    return inside(own, plain);
  };
  return Object.fromEntries(Object.entries(definitions).map(([name, schema]) => [name, plain(schema) as JsonSchema]));
}

const inside = (schema: JsonSchema, change: (part: unknown) => unknown): JsonSchema =>
  Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, change(value)]));

/** Everything that holds at once: the schema itself, what it refers to, and the parts of `allOf`. */
function partsOf(schema: JsonSchema, definitions: Definitions): JsonSchema[] {
  const { allOf, $ref, ...own } = schema as JsonSchema & { readonly allOf?: readonly JsonSchema[]; $ref?: string };
  const { description, ...rest } = own;
  const referred = $ref === undefined ? [] : partsOf(without(definitions[nameOf($ref)]!, "description"), definitions);
  return [
    ...(description === undefined ? [] : [{ description }]),
    ...(Object.keys(rest).length === 0 ? [] : [rest]),
    ...referred,
    ...(allOf ?? []).flatMap((part) => partsOf(part, definitions)),
  ];
}

const without = (schema: JsonSchema, key: string): JsonSchema =>
  Object.fromEntries(Object.entries(schema).filter(([name]) => name !== key));

function merged(parts: readonly JsonSchema[]): JsonSchema {
  const out: Record<string, unknown> = {};
  for (const part of parts) {
    // One of several structs, such as `allow`, `deny` or `require`: their fields, of which one is there.
    const forms = part["anyOf"] as readonly JsonSchema[] | undefined;
    if (forms?.every((form) => form["type"] === "object") === true) {
      for (const form of forms) add(out, without(form, "required"));
      out["oneOf"] = forms.map((form) => ({ required: form["required"] }));
    } else add(out, part);
  }
  return out;
}

function add(out: Record<string, unknown>, part: JsonSchema): void {
  for (const [key, value] of Object.entries(part)) {
    if (key === "properties" || key === "patternProperties")
      out[key] = { ...(out[key] as Fields), ...(value as Fields) };
    else if (key === "required") out[key] = [...new Set([...((out[key] as string[]) ?? []), ...(value as string[])])];
    // `int & >=0` is a number that is an integer.
    else if (key === "type" && out[key] === "integer" && value === "number") continue;
    else out[key] = value;
  }
}

// ── What CUE leaves open ──────────────────────────────────────────────────────────────────────────────────────────────

const NAME = "^[\\p{L}$][\\p{L}\\p{M}\\p{Nd}_$]*$";
const byName = (of: JsonSchema): JsonSchema => ({
  type: "object",
  additionalProperties: false,
  patternProperties: { [NAME]: of },
});
/** A map that says `type` is the long form of a declaration. */
const longForm = (name: string, otherwise: JsonSchema = {}): JsonSchema => ({
  if: { type: "object", properties: { type: true }, required: ["type"] },
  then: ref(name),
  else: otherwise,
});

function refined(definitions: Definitions): Definitions {
  const { Agreement, Action, Bands, Step, ...rest } = definitions as Definitions & Record<string, JsonSchema>;
  const withFields = (schema: JsonSchema | undefined, fields: Fields): JsonSchema => {
    const before = (schema?.["properties"] ?? {}) as Fields;
    const described = (name: string, field: JsonSchema): JsonSchema => {
      const description = before[name]?.["description"];
      return description === undefined ? field : { description, ...field };
    };
    const own = Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, described(name, field)]));
    return { ...schema, properties: { ...before, ...own } };
  };
  const template: JsonSchema = {
    type: "object",
    additionalProperties: false,
    properties: {
      template: { type: "string", description: "One of the library, or a folder near the document: ./house" },
      with: { type: "object", description: "What the template asks for." },
    },
    required: ["template"],
  };
  const agreement = withFields(Agreement, {
    terms: byName(longForm("Term")),
    facts: byName(longForm("Fact")),
    states: { anyOf: [byName(ref("State")), byName(byName(ref("State")))] },
    use: { description: "Templates that the document fills.", anyOf: [template, { type: "array", items: template }] },
  });
  return {
    ...rest,
    Agreement: filled(agreement),
    Action: withFields(Action, { with: byName(longForm("Input", ref("Type"))) }),
    Type: {
      description:
        'As a text, "money(EUR)", "list(text) up to 5", "instant?"; as a list of words; or as a record of types. `name?` may be left out.',
      anyOf: [
        { type: ["string", "null"] },
        { type: "array", items: { type: ["string", "number", "boolean"] } },
        { type: "object", additionalProperties: ref("Type") },
      ],
    },
    Derived: {
      description: "An expression, or a table: `first` of some conditions, or `bands` of a value.",
      anyOf: [ref("Expression"), ref("First"), ref("Bands")],
    },
    // CUE's generator drops fields beside a pattern that refers to a definition.
    Bands: {
      ...Bands,
      additionalProperties: false,
      properties: { bands: ref("Expression"), like: { type: "string" }, else: ref("Expression") },
      patternProperties: { "^\\s*(<=|>=|==|<|>)": ref("Expression") },
      required: ["bands"],
    },
    Step: { ...Step, minProperties: 1, maxProperties: 1 },
  };
}

/** With `use`, the rest is laid over what the templates make, so its parts need not be whole: only the keys are known. */
function filled(agreement: JsonSchema): JsonSchema {
  const { description, properties, ...rest } = agreement;
  const names = Object.keys(properties as Fields);
  return {
    description,
    if: { type: "object", properties: { use: true }, required: ["use"] },
    then: {
      ...rest,
      properties: { ...Object.fromEntries(names.map((name) => [name, true])), use: (properties as Fields)["use"] },
    },
    else: { ...rest, properties },
  };
}
