// JSON Schemas of what a document declares: the input and the data of a policy, the inputs of actions and the terms that are asked
// for in an agreement. For editors and forms, never to enforce: a schema accepts everything that fits the type, and more, such as
// texts that only look like a date. Who decides is the module.
import { describeType, exampleOf, type Type } from "../vm/index.ts";
import { inputsType } from "./3-lower/layout.ts";
import type { Program } from "./model.ts";
import type { PolicyProgram } from "./policy/index.ts";

/** Draft 2020-12. */
export type JsonSchema = { readonly [key: string]: unknown };

const DRAFT = "https://json-schema.org/draft/2020-12/schema";

/** How JSON is read: `strict` where fields that are not declared are refused and null stands for an optional one that is left
 *  out, as in an agreement; a policy passes them over, and null is a value. */
type Mode = "strict" | "open";

/** By name: `input`, `data.NAME` of a policy; `actions.NAME`, `terms` of an agreement. */
export function declaredSchemas(document: Program | PolicyProgram): ReadonlyMap<string, JsonSchema> {
  const found = new Map<string, JsonSchema>();
  const add = (name: string, title: string, type: Type, mode: Mode): void => {
    found.set(name, { $schema: DRAFT, title, ...schemaOf(type, mode) });
  };
  if ("rules" in document) {
    add("input", `Input of the policy ${document.name}`, document.input, "open");
    for (const { name, type } of document.data)
      add(`data.${name}`, `Data of the policy ${document.name}: ${name}`, type, "open");
    return found;
  }
  document.actions.forEach(({ name }, action) => {
    add(
      `actions.${name}`,
      `Inputs of ${name} in the agreement ${document.name}`,
      inputsType(document, action),
      "strict",
    );
  });
  const asked = document.terms.filter((term) => term.asked);
  if (asked.length > 0) {
    const fields = asked.map(({ name, type }) => ({ name, type, optional: false }));
    add(
      "terms",
      `Terms asked for by the agreement ${document.name}`,
      { kind: "record", fields, open: false },
      "strict",
    );
  }
  return found;
}

/** The schema of JSON for a type. Invariant: it accepts whatever `conform` and the input of a policy accept. */
export function schemaOf(type: Type, mode: Mode = "strict"): JsonSchema {
  const of = (inner: Type): JsonSchema => schemaOf(inner, mode);
  switch (type.kind) {
    case "any":
      return {};
    case "null":
      return { type: "null" };
    case "bool":
      return { type: "boolean" };
    case "optional":
      return { anyOf: [of(type.of), { type: "null" }] };
    case "union":
      return { anyOf: type.of.map(of) };
    case "enum":
      return { enum: [...type.values] };
    case "list":
      return { type: "array", items: of(type.of), maxItems: type.most };
    case "map":
      return { type: "object", additionalProperties: of(type.of), maxProperties: type.most };
    case "record": {
      const field = (inner: Type, optional: boolean): JsonSchema =>
        optional && mode === "strict" && inner.kind !== "optional"
          ? { anyOf: [of(inner), { type: "null" }] }
          : of(inner);
      const needed = type.fields.filter((each) => !each.optional && each.type.kind !== "optional");
      return {
        type: "object",
        properties: Object.fromEntries(type.fields.map((each) => [each.name, field(each.type, each.optional)])),
        ...(needed.length === 0 ? {} : { required: needed.map(({ name }) => name) }),
        ...(type.open || mode === "open" ? {} : { additionalProperties: false }),
      };
    }
    case "evidence":
      return {
        type: "object",
        description: "Who says it, the hash of what is said, and its media type.",
        properties: {
          by: of({ kind: "did" }),
          hash: { type: "string", pattern: "^[0-9a-f]{64}$" },
          type: { type: "string", pattern: "^[^/]+/[^/]+$" },
        },
        required: ["by", "hash", "type"],
        additionalProperties: false,
      };
    case "zone":
    case "calendar":
      // Only inside expressions.
      return { not: {} };
    default:
      return written(type);
  }
}

/** Kinds that JSON may also write as a number; `integer` where it has no point. */
const NUMBERS: Readonly<Record<string, "integer" | "number">> = {
  int: "integer",
  decimal: "number",
  quotient: "number",
  instant: "integer",
  duration: "integer",
  period: "integer",
  size: "integer",
};

/** How the text of a kind looks, where a pattern says it. */
const PATTERNS: Readonly<Record<string, string>> = {
  int: "^-?[0-9][0-9_,]*$",
  decimal: "^-?[0-9][0-9_,]*(\\.[0-9_]+)?([eE][+-]?[0-9]+)?$",
  quotient: "^-?[0-9][0-9_,]*(\\.[0-9_]+)?([eE][+-]?[0-9]+)?$",
  percent: "%$",
  instant: "^[0-9]{4}-[0-9]{2}-[0-9]{2}",
  date: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
  month: "^[0-9]{4}-[0-9]{2}$",
  clock: "^[0-9]{1,2}:[0-9]{2}",
  duration: "[0-9]",
  period: "[0-9]",
  size: "[0-9]",
  cidr: "/",
  did: "^did:",
  path: "^/",
};

function written(type: Type): JsonSchema {
  const number = NUMBERS[type.kind];
  const pattern = type.kind === "money" ? ` ${type.asset}$` : PATTERNS[type.kind];
  const example = type.kind === "text" ? undefined : exampleOf(type);
  return {
    type: number === undefined ? "string" : ["string", number],
    ...(type.kind === "text" ? {} : { description: describeType(type) }),
    ...(pattern === undefined ? {} : { pattern }),
    ...(example === undefined ? {} : { examples: [example] }),
  };
}
