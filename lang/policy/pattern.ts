// Patterns and templates as written: scalars, lists, maps, and `{expr: …}` wherever a literal may stand. Whether a key is a
// field, an operator or a combinator is for the compiler, which knows the types.
import { type Reader, type Reading, wrongShape } from "../agreement/reading.ts";
import { expression } from "../agreement/values.ts";
import type { MapNode, Node, Pattern, Scalar, Template } from "../ast.ts";

/** The expression of `{expr: …}`, or undefined when the node is no such map. */
function exprOf(reading: Reading, node: Node) {
  if (node.kind !== "map" || node.entries.length !== 1 || node.entries[0]!.key.text !== "expr") return undefined;
  const { key, value } = node.entries[0]!;
  return expression(reading, value, key);
}

const emptyValue = (node: Node): boolean => node.kind === "null" && node.span.start === node.span.end;

export const pattern: Reader<Pattern> = (reading, node, key) => {
  const { span } = node;
  const native = reading.constraints?.get(node);
  if (native !== undefined) {
    taken(reading, node);
    return { kind: "constraint", constraint: native.constraint, span };
  }
  if (emptyValue(node)) return wrongShape(reading, node, "a value, a list, or a map of fields and operators");
  if (node.kind === "scalar" || node.kind === "null") return { kind: "literal", value: node, span };
  if (node.kind === "list")
    return { kind: "list", items: node.items.flatMap((item) => pattern(reading, item, key) ?? []), span };
  const expr = exprOf(reading, node);
  if (expr !== undefined) return expr === null ? null : { kind: "expr", expr, span };
  return {
    kind: "map",
    entries: fieldsOf(reading, node),
    span,
  };
};

function fieldsOf(reading: Reading, node: MapNode): Extract<Pattern, { kind: "map" }>["entries"] {
  const fields: Extract<Pattern, { kind: "map" }>["entries"][number][] = [];
  for (const entry of node.entries) {
    const value = pattern(reading, entry.value, entry.key);
    if (value === null) continue;
    const { key, optional } = fieldOf(entry.key);
    fields.push({ key, optional, value });
  }
  return fields;
}

/** What stands inside a constraint is no value, and needs none. */
function taken(reading: Reading, node: Node): void {
  const mark = reading.constraints?.get(node)?.mark;
  if (mark !== undefined) reading.types?.add(mark);
  if (node.kind === "map") for (const { value } of node.entries) taken(reading, value);
  if (node.kind === "list") for (const item of node.items) taken(reading, item);
}

/** `name?` is the name, marked. */
function fieldOf(key: Scalar): { readonly key: Scalar; readonly optional: boolean } {
  if (key.quoted || !key.text.endsWith("?")) return { key, optional: false };
  const { source, start, end } = key.span;
  return { key: { ...key, text: key.text.slice(0, -1), span: { source, start, end: end - 1 } }, optional: true };
}

export const template: Reader<Template> = (reading, node, key) => {
  const { span } = node;
  if (emptyValue(node)) return { kind: "map", entries: [], span };
  if (node.kind === "scalar" || node.kind === "null") return { kind: "literal", value: node, span };
  if (node.kind === "list")
    return { kind: "list", items: node.items.flatMap((item) => template(reading, item, key) ?? []), span };
  const expr = exprOf(reading, node);
  if (expr !== undefined) return expr === null ? null : { kind: "expr", expr, span };
  return {
    kind: "map",
    entries: node.entries.flatMap((entry) => {
      const value = template(reading, entry.value, entry.key);
      return value === null ? [] : { key: entry.key, value };
    }),
    span,
  };
};
