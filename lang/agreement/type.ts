// Types as written:
//
//   type   = alternative { "|" alternative }
//   alternative = name [ "(" type { "," type } ")" ] [ "up to" number ] [ "?" ]
//
// A YAML list is an enumeration, a map a record: `name?` may be left out, `...` leaves it open.
import type { Node, Scalar, TypeExpr } from "../ast.ts";
import * as codes from "../codes.ts";
import { type MappedText, spanIn } from "../expr/mapped.ts";
import { scalarText } from "../yaml/scalar.ts";
import { checkName, type Reader, type Reading, report, wrongShape } from "./reading.ts";

/** The names of the built-in types. */
export const typeNames: ReadonlySet<string> = new Set(
  "bool text bytes null int decimal percent money instant date month clock duration size ip cidr host path did evidence party list map any".split(
    " ",
  ),
);

/** Whether a text names a type, where a value could stand, too: `money`, `instant?`, `list(text) up to 5`. */
export const looksLikeType = (text: string): boolean => {
  const name = /^([a-z]+)(?:\(.*\))?(?: up to \d+)?(\?)?(?:\s*\|.*)?$/.exec(text);
  return name !== null && (typeNames.has(name[1]!) || name[2] === "?");
};

export const typeOf: Reader<TypeExpr> = (reading, node) => {
  reading.types?.add(node);
  switch (node.kind) {
    case "scalar":
      return parseType(reading, scalarText(node));
    case "list": {
      const values = node.items.flatMap((item) =>
        item.kind === "scalar" ? item : (wrongShape(reading, item, "a word of the enumeration") ?? []),
      );
      return { kind: "enum", values, optional: false, span: node.span };
    }
    case "map":
      return record(reading, node);
    case "null":
      // The type of `null` alone is written `null`, which YAML reads as nothing.
      if (node.span.end > node.span.start)
        return { kind: "named", name: "null", args: [], most: null, optional: false, span: node.span };
      return wrongShape(reading, node, "a type", "text");
  }
};

function record(reading: Reading, node: Node & { kind: "map" }): TypeExpr {
  const fields: { name: Scalar; optional: boolean; type: TypeExpr }[] = [];
  let open = false;
  for (const { key, value } of node.entries) {
    if (key.text === "...") {
      open = true;
      continue;
    }
    const optional = key.text.endsWith("?");
    const { source, start, end } = key.span;
    const name: Scalar = optional
      ? { ...key, text: key.text.slice(0, -1), span: key.quoted ? key.span : { source, start, end: end - 1 } }
      : key;
    checkName(reading, name);
    const type = typeOf(reading, value, key);
    if (type !== null) fields.push({ name, optional, type });
  }
  return { kind: "record", fields, open, span: node.span };
}

/** Type constructors within each other. Deeper types are refused, so reading needs a bounded stack. */
const TYPE_NESTING_MAX = 16;

export function parseType(reading: Reading, text: MappedText): TypeExpr {
  const source = text.text;
  let at = 0;
  const spaces = (): void => {
    while (/[ \t\r\n]/.test(source[at] ?? "")) at++;
  };
  const take = (pattern: RegExp): string | null => {
    spaces();
    const found = new RegExp(pattern.source, "y");
    found.lastIndex = at;
    const match = found.exec(source);
    if (match === null) return null;
    at += match[0].length;
    return match[0];
  };
  const fail = (why: string): never => {
    throw new BadType(why);
  };
  const union = (depth: number): TypeExpr => {
    if (depth > TYPE_NESTING_MAX) fail(`it is nested more than ${TYPE_NESTING_MAX} levels deep`);
    spaces();
    const start = at;
    const of = [alternative(depth)];
    while (take(/\|/) !== null) of.push(alternative(depth));
    if (of.length === 1) return of[0]!;
    const optional = of.some((each) => "optional" in each && each.optional);
    const plain = of.map((each) => ("optional" in each ? { ...each, optional: false } : each));
    return { kind: "union", of: plain, optional, span: spanIn(text, start, at) };
  };
  const alternative = (depth: number): TypeExpr => {
    spaces();
    const start = at;
    const name =
      // Published types have a point in their names, and types of modules: `http.request`, `roles.Person`.
      take(/[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z][A-Za-z0-9_]*)*/) ??
      fail(at < source.length ? `\`${source[at]}\` starts no type` : "it breaks off");
    const args: TypeExpr[] = [];
    if (take(/\(/) !== null) {
      do args.push(union(depth + 1));
      while (take(/,/) !== null);
      if (take(/\)/) === null) fail("a `)` is missing");
    }
    const most = take(/up\s+to\s+\d[\d_,]*/);
    const optional = take(/\?/) !== null;
    const bound = most === null ? null : Number(most.replace(/\D/g, ""));
    if (bound !== null && !Number.isSafeInteger(bound)) fail("the bound is too large");
    return { kind: "named", name, args, most: bound, optional, span: spanIn(text, start, at) };
  };
  try {
    const type = union(0);
    spaces();
    if (at < source.length) fail(`\`${source.slice(at, at + 10)}\` is left over`);
    return type;
  } catch (problem) {
    if (!(problem instanceof BadType)) throw problem;
    const span = spanIn(text, 0, source.length);
    if (!reading.guessed.has(span.start)) report(reading, codes.badType(span, { text: source, why: problem.message }));
    return { kind: "broken", span };
  }
}

/** Leaves the recursive reading above; never leaves this file. */
class BadType extends Error {}
