// What is taken out of a decision before it is written down: secrets of the policy, fields that are secrets everywhere, what `redact`
// takes out of the message, and bodies, of which the digest is kept. What was taken out is named, so a reader knows what is not there.
import { createHash } from "node:crypto";
import { maskInput } from "../../policy/mask.ts";
import { MASK, readJson, writeJson } from "../../vm/index.ts";
import type { Field } from "../message/fields.ts";
import type { Decision, PlainRecord, PlainValue } from "../point.ts";

/** Fields that carry what lets somebody in. */
const SECRET_FIELDS = [
  "authorization",
  "proxy-authorization",
  "cookie",
  "set-cookie",
  "x-api-key",
  "api-key",
  "x-auth-token",
  "x-amz-security-token",
  "x-csrf-token",
] as const;
const SECRET_FIELD_NAMES: ReadonlySet<string> = new Set(SECRET_FIELDS);

export interface Masks {
  /** Paths in the input, beside those of fields. */
  readonly paths: readonly (readonly string[])[];
  /** Paths below the body as JSON: `card.number`. An empty one: all of it. */
  readonly json: readonly string[];
  /** Names of fields, of requests and of answers. */
  readonly fields: ReadonlySet<string>;
}

/** `secrets`: paths as a policy names them. */
export function masksOf(secrets: readonly string[]): Masks {
  const paths = secrets.map((secret) => secret.split("."));
  const inJson = (path: readonly string[]): boolean => path[0] === "json";
  const fields = paths.filter((path) => path.length === 2 && path[0] === "fields").map((path) => path[1] as string);
  return {
    paths: paths.filter((path) => !inJson(path)),
    json: paths.filter(inJson).map((path) => path.slice(1).join(".")),
    fields: new Set([...SECRET_FIELD_NAMES, ...fields]),
  };
}

/** What any of them masks. */
export function joinMasks(all: readonly Masks[]): Masks {
  const [first, ...rest] = [...new Set(all)];
  if (first === undefined) return masksOf([]);
  return rest.reduce(
    (joined, { paths, json, fields }) => ({
      paths: [...joined.paths, ...paths],
      json: [...new Set([...joined.json, ...json])],
      fields: new Set([...joined.fields, ...fields]),
    }),
    first,
  );
}

/** The masks of one exchange: those of the policy, and what obligations `redact` of its decisions name. */
export function withRedactions(masks: Masks, decisions: readonly Pick<Decision, "obligations">[]): Masks {
  const { paths } = masks;
  let { json, fields } = masks;
  for (const { obligations } of decisions)
    for (const { name, args } of obligations) {
      if (name !== "redact" || typeof args !== "object" || args === null) continue;
      const { fields: named, json: pointers, of } = args as { readonly [name in "fields" | "json" | "of"]?: unknown };
      for (const field of textsOf(named)) {
        const lower = field.toLowerCase();
        fields = new Set([...fields, lower]);
      }
      // Of the body of an answer nothing is kept.
      if (of !== "response") json = [...json, ...textsOf(pointers).map(pathOfPointer)];
    }
  return json === masks.json && fields === masks.fields ? masks : { paths, json, fields };
}

const textsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === "string") : [];

/** `/card/number` as the path `card.number`. A name with a dot in it cannot be told from two: then all above it is masked. */
function pathOfPointer(pointer: string): string {
  const steps = pointer
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  const odd = steps.findIndex((step) => step.includes(".") || /^\d+$/.test(step));
  return (odd < 0 ? steps : steps.slice(0, odd)).join(".");
}

/** The input with a mask for each secret that it holds, and their paths. */
export function maskRecord(
  input: PlainRecord,
  { paths, fields: secret }: Masks,
): { readonly input: PlainRecord; readonly masked: readonly string[] } {
  let out = input;
  let masked: string[] | null = null;
  for (const [name, path] of HEADS) {
    const fields = (name === null ? input : (input[name] as PlainRecord | undefined))?.["fields"];
    if (typeof fields !== "object" || fields === null) continue;
    for (const field in fields) {
      if (!secret.has(field)) continue;
      out = maskAt(out, [...path, field], 0) as PlainRecord;
      masked ??= [];
      masked.push([...path, field].join("."));
    }
  }
  for (const path of paths) {
    const next = maskAt(out, path, 0);
    if (next === out) continue;
    out = next as PlainRecord;
    masked ??= [];
    masked.push(path.join("."));
  }
  return { input: out, masked: masked ?? NONE };
}
const NONE: readonly string[] = [];
/** Where fields are: of the request, and of the answer. */
const HEADS = [
  [null, ["fields"]],
  ["response", ["response", "fields"]],
] as const;

/** What lies on the way and is no record is masked as a whole: it may hold anything. */
function maskAt(value: PlainValue, path: readonly string[], at: number): PlainValue {
  if (at === path.length) return MASK;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return MASK;
  const record = value as PlainRecord;
  const key = path[at] as string;
  const inner = Object.hasOwn(record, key) ? record[key] : undefined;
  if (inner === undefined) return value;
  const next = maskAt(inner, path, at + 1);
  if (next === inner) return value;
  const copy = Object.assign(Object.create(null) as { [key: string]: PlainValue | undefined }, record);
  copy[key] = next;
  return copy;
}

/** A body that is kept: its text of canonical JSON with masks. Null: it cannot be kept. */
export function maskJson(
  text: string,
  { json }: Masks,
): { readonly text: string; readonly masked: readonly string[] } | null {
  if (json.length === 0) return { text, masked: NONE };
  const read = readJson(text);
  if ("problem" in read) return null;
  const out = writeJson(
    maskInput(
      read.value,
      json.filter((path) => path !== ""),
    ),
  );
  if (out === undefined || json.includes("")) return null;
  return { text: out, masked: json.map((path) => `json.${path}`) };
}

/** A head that is kept. */
export const maskFields = (fields: readonly Field[], masks: Masks): readonly Field[] =>
  fields.some(([name]) => masks.fields.has(name))
    ? fields.map((field) => (masks.fields.has(field[0]) ? ([field[0], MASK] as const) : field))
    : fields;

export const digestOf = (text: string): string => createHash("sha256").update(text).digest("hex");
