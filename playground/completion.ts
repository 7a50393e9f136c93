// What may stand at a place, and what the word there means: keys and their words from the JSON Schemas of the kinds of documents, functions
// from the table of builtins.
import agreement from "../docs/schema/agreement.schema.json" with { type: "json" };
import module from "../docs/schema/module.schema.json" with { type: "json" };
import policy from "../docs/schema/policy.schema.json" with { type: "json" };
import { BUILTINS, FORMS } from "../stdlib/index.ts";
import { type At, ITEM, kindAt, pathAt, type Step } from "./document-path.ts";
import type { Kind, Place, Range, Suggestion } from "./messages.ts";

interface Schema {
  readonly $ref?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema | boolean>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly then?: Schema;
  readonly else?: Schema;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly required?: readonly string[];
  readonly $defs?: Readonly<Record<string, Schema>>;
}

const SCHEMAS: Readonly<Record<Kind, Schema>> = {
  agreement: agreement as unknown as Schema,
  policy: policy as unknown as Schema,
  module: module as unknown as Schema,
};

/** Before anything tells what it is. */
const FIRST_KEYS: readonly Suggestion[] = (["agreement", "policy", "module"] as const).map((kind) => ({
  label: kind,
  kind: "key",
  detail: SCHEMAS[kind].description ?? "",
  doc: "",
  insert: `${kind}: `,
}));

/** What may stand at a place. */
export function complete(text: string, { line, column }: Place): readonly Suggestion[] {
  const kind = kindAt(text);
  const at = pathAt(text, line, column);
  if (kind === null) return at.path.length === 0 && at.key === null ? FIRST_KEYS : [];
  const behind = at.key !== null;
  const places = schemasAt(SCHEMAS[kind], behind ? [...at.path, at.key as string] : at.path);
  if (!behind && !/[\s"'(]/.test(at.before.trim())) {
    const keys = keysOf(places, at);
    if (keys.length > 0) return keys;
  }
  return [...valuesOf(places), ...FUNCTIONS];
}

/** What the key or the function at a place means, in Markdown. */
export function hover(text: string, place: Place): (Range & { readonly markdown: string }) | null {
  const line = text.split(/\r\n|\r|\n/)[place.line - 1] ?? "";
  for (const { index, 0: word } of line.matchAll(/[\p{L}_$][\p{L}\p{M}\p{Nd}_$.]*/gu)) {
    if (place.column - 1 < index || place.column - 1 > index + word.length) continue;
    const range: Range = {
      from: { line: place.line, column: index + 1 },
      to: { line: place.line, column: index + word.length + 1 },
    };
    const called = line[index + word.length] === "(" ? functionDoc(word) : null;
    if (called !== null) return { ...range, markdown: called };
    const kind = kindAt(text);
    const isKey = /^\s*:(?:\s|$)/.test(line.slice(index + word.length)) && /^[\s"'-]*$/.test(line.slice(0, index));
    if (kind === null || !isKey) return null;
    const at = pathAt(text, place.line, index + 1);
    const said = schemasAt(SCHEMAS[kind], [...at.path, word]).flatMap(({ description }) => description ?? []);
    return said.length === 0 ? null : { ...range, markdown: `**${word}**\n\n${[...new Set(said)].join("\n\n")}` };
  }
  return null;
}

// ── Keys ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A schema and all that it refers to or chooses from. */
function parts(schema: Schema, root: Schema, seen = new Set<Schema>()): Schema[] {
  if (seen.has(schema)) return [];
  seen.add(schema);
  const { $ref, anyOf = [], oneOf = [], allOf = [] } = schema;
  const named = $ref === undefined ? undefined : root.$defs?.[$ref.replace("#/$defs/", "")];
  const inner = [named, ...anyOf, ...oneOf, ...allOf, schema.then, schema.else].filter((each) => each !== undefined);
  return [schema, ...inner.flatMap((each) => parts(each, root, seen))];
}

function schemasAt(root: Schema, path: readonly Step[]): Schema[] {
  let places = parts(root, root);
  for (const step of path) {
    const next = places.flatMap((place) => inside(place, step));
    places = next.flatMap((each) => parts(each, root));
  }
  return places;
}

function inside({ properties, patternProperties, additionalProperties, items }: Schema, step: Step): Schema[] {
  if (step === ITEM) return items === undefined ? [] : [items];
  const own = properties?.[step];
  if (typeof own === "object") return [own];
  if (own === true) return [];
  const matching = Object.entries(patternProperties ?? {}).filter(([pattern]) => new RegExp(pattern, "u").test(step));
  if (matching.length > 0) return matching.map(([, schema]) => schema);
  return typeof additionalProperties === "object" ? [additionalProperties] : [];
}

function keysOf(places: readonly Schema[], { siblings }: At): Suggestion[] {
  const found = new Map<string, Suggestion>();
  const required = new Set(places.flatMap((place) => place.required ?? []));
  for (const { properties = {} } of places)
    for (const [name, schema] of Object.entries(properties)) {
      if (siblings.has(name)) continue;
      const doc = typeof schema === "object" ? (schema.description ?? "") : "";
      if (found.get(name)?.doc) continue;
      const detail = required.has(name) ? "needed" : "";
      found.set(name, { label: name, kind: "key", detail, doc, insert: `${name}: ` });
    }
  return [...found.values()];
}

function valuesOf(places: readonly Schema[]): Suggestion[] {
  const values = places.flatMap((place) => [
    ...(place.enum ?? []),
    ...(place.const === undefined ? [] : [place.const]),
  ]);
  return [...new Set(values.map(String))].map((label) => ({
    label,
    kind: "value",
    detail: "",
    doc: "",
    insert: label,
  }));
}

// ── Functions ─────────────────────────────────────────────────────────────────────────────────────────────────────────

interface Called {
  readonly name: string;
  readonly signature: string;
  readonly doc: string;
  readonly examples: readonly (readonly [expression: string, value: string])[];
}

const BY_NAME = new Map<string, Called[]>();
for (const each of [...BUILTINS, ...FORMS] as readonly Called[])
  if (/^[\p{L}_]/u.test(each.name)) BY_NAME.set(each.name, [...(BY_NAME.get(each.name) ?? []), each]);

const headOf = ({ name, signature }: Called): string => (signature.startsWith("(") ? name + signature : signature);

const FUNCTIONS: readonly Suggestion[] = [...BY_NAME].map(([name, all]) => ({
  label: name,
  kind: "function",
  detail: headOf(all[0]!),
  doc: functionDoc(name) ?? "",
  insert: `${name}(`,
}));

function functionDoc(name: string): string | null {
  const all = BY_NAME.get(name);
  if (all === undefined) return null;
  return all
    .map((each) => {
      const examples = each.examples.map(([expression, value]) => `${expression} = ${value}`).join("\n");
      return `\`\`\`text\n${headOf(each)}\n\`\`\`\n${each.doc}${examples === "" ? "" : `\n\`\`\`text\n${examples}\n\`\`\``}`;
    })
    .join("\n\n---\n\n");
}
