// Declarations of what an agreement knows and holds: parties, terms, facts, derived values, assets, accounts.
import type {
  Account,
  Asset,
  Bands,
  Derived,
  Expr,
  ExprOrLiteral,
  Fact,
  First,
  Node,
  Party,
  Scalar,
  Term,
} from "../ast.ts";
import * as codes from "../codes.ts";
import { sliceOf } from "../expr/mapped.ts";
import { scalarText } from "../yaml/scalar.ts";
import { declarations, type Reader, type Reading, readSection, report, wrongShape } from "./reading.ts";
import { looksLikeType, typeOf } from "./type.ts";
import { expression, exprOrLiteral, exprOrLiteralIn, flag, isWrittenValue, scalar, scalars, word } from "./values.ts";

/** A literal of any shape. */
const literal: Reader<Node> = (reading, node) =>
  node.kind === "null" && node.span.start === node.span.end ? wrongShape(reading, node, "a value") : node;

export const partySection = {
  keys: { name: scalar("a name"), kind: word("party", "witness", "court", "rail"), key: scalar("a key") },
  notYet: ["many", "optional", "assign"],
} as const;
export const parties = declarations<Party>("party", (reading, { key, value }, title) => {
  if (key.text === "anyone") {
    report(reading, codes.notYet(key.span, { what: "an open set of parties (`anyone`)" }));
    return null;
  }
  if (value.kind === "scalar") return { name: key, title: value, partyKind: null, key: null };
  if (value.kind === "null") return { name: key, title: null, partyKind: null, key: null };
  const { name, kind, key: publicKey } = readSection(reading, value, partySection, title);
  return { name: key, title: name, partyKind: kind, key: publicKey };
});

export const termSection = {
  keys: {
    type: typeOf,
    value: literal,
    ask: flag,
    min: scalar(),
    max: scalar(),
    of: scalars("a list of values"),
    note: scalar("a text"),
  },
  required: ["type"],
  notYet: ["private"],
} as const;
/** Whether a map is the long form of a declaration: it says `type`, or nothing but known keys. A literal record does neither. */
const isLongForm = (node: Node & { kind: "map" }, keys: object): boolean =>
  node.entries.some(({ key }) => key.text === "type") ||
  (node.entries.length > 0 && node.entries.every(({ key }) => Object.hasOwn(keys, key.text)));

export const terms = declarations<Term>("term", (reading, { key, value }, title) => {
  const plain = { name: key, type: null, value: null, ask: false, min: null, max: null, of: null, note: null };
  const span = { ...key.span, end: Math.max(key.span.end, value.span.end) };
  if (value.kind === "scalar" && !value.quoted && looksLikeType(value.text))
    return { ...plain, type: typeOf(reading, value, key), ask: true, span };
  if (value.kind === "map" && isLongForm(value, termSection.keys)) {
    const values = readSection(reading, value, termSection, title, key.span);
    const ask = values.ask ?? values.value === null;
    return { name: key, ...values, ask, span };
  }
  return { ...plain, value: literal(reading, value, key), span };
});

export const factSection = {
  keys: { type: typeOf, start: literal, min: scalar(), max: scalar() },
  required: ["type"],
  notYet: ["each", "keep", "from", "private"],
} as const;
export const facts = declarations<Fact>("fact", (reading, { key, value }, title) => {
  const plain = { name: key, type: null, start: null, min: null, max: null };
  const span = { ...key.span, end: Math.max(key.span.end, value.span.end) };
  if (value.kind === "scalar" && !value.quoted && looksLikeType(value.text))
    return { ...plain, type: typeOf(reading, value, key), span };
  if (value.kind === "map" && isLongForm(value, factSection.keys))
    return { name: key, ...readSection(reading, value, factSection, title, key.span), span };
  return { ...plain, start: literal(reading, value, key), span };
});

// ── Derived values and their tables ───────────────────────────────────────────────────────────────────────────────────

export const derive = declarations<Derived>("derived value", (reading, { key, value }, title) => {
  const span = { ...key.span, end: Math.max(key.span.end, value.span.end) };
  if (value.kind === "map") {
    const is = value.entries.some((entry) => entry.key.text === "first")
      ? first(reading, value, title)
      : bands(reading, value, title);
    return is === null ? null : { name: key, is, span };
  }
  // A derived value may be a plain written one, too; as an expression it says how to write it.
  const is = expression(reading, value, key);
  return is === null ? null : { name: key, is, span };
});

function bands(reading: Reading, node: Node & { kind: "map" }, title: string): Bands | null {
  let of: Expr | null = null;
  let otherwise: ExprOrLiteral | null = null;
  let like: Scalar | null = null;
  const rows: Bands["rows"][number][] = [];
  reading.orders.set(node, ["bands", "like", "*", "else"]);
  for (const { key, value } of node.entries) {
    const row = /^\s*(<=|>=|==|<|>)/.exec(key.text);
    if (key.text === "bands") of = expression(reading, value, key);
    else if (key.text === "else") otherwise = exprOrLiteral(reading, value, key);
    else if (key.text === "like") like = scalar("the name of a table")(reading, value, key);
    else if (row !== null) {
      const bound = exprOrLiteralIn(reading, sliceOf(scalarText(key), row[0].length));
      const give = exprOrLiteral(reading, value, key);
      if (give !== null) rows.push({ operator: key, op: row[1] as "<", bound, give });
    } else {
      const help = isWrittenValue(key.text)
        ? `write "< ${key.text}"`
        : 'a row is a comparison and a bound: "< 98%": 3%';
      report(reading, codes.unknownKey(key.span, { key: key.text, section: `the table of ${title}` }, { help }));
    }
  }
  if (of === null) {
    if (!node.entries.some(({ key }) => key.text === "bands"))
      report(
        reading,
        codes.missingKey(
          node.span,
          { section: title, key: "bands" },
          { help: "write an expression, `bands: …` or `first: […]`" },
        ),
      );
    return null;
  }
  if (
    like === null &&
    otherwise === null &&
    !node.entries.some(({ key }) => key.text === "else" || key.text === "like")
  )
    report(
      reading,
      codes.missingKey(
        node.span,
        { section: title, key: "else" },
        { help: "add what holds when no row does:  else: …" },
      ),
    );
  return { kind: "bands", of, rows, else: otherwise, like, span: node.span };
}

export const rowSection = { keys: { when: expression, give: exprOrLiteral }, required: ["when", "give"] } as const;
const rows: Reader<First["rows"]> = (reading, node) => {
  if (node.kind !== "list") return wrongShape(reading, node, "a list of rows", "- {when: late, give: 3%}");
  return node.items.flatMap((item) => {
    const { when, give } = readSection(reading, item, rowSection, "a row of `first`");
    return when === null || give === null ? [] : { when, give };
  });
};
export const firstSection = {
  keys: { first: rows, else: exprOrLiteral },
  required: ["else"],
  missing: { else: "add what holds when no row does:  else: …" },
} as const;

function first(reading: Reading, node: Node & { kind: "map" }, title: string): First {
  const values = readSection(reading, node, firstSection, title);
  return { kind: "first", rows: values.first ?? [], else: values.else, span: node.span };
}

// ── Assets and accounts ───────────────────────────────────────────────────────────────────────────────────────────────

export const assetSection = {
  keys: { digits: scalar("a number of digits"), unique: flag },
  oneOf: [["digits", "unique"]],
} as const;
export const assets = declarations<Asset>("asset", (reading, { key, value }, title) => {
  if (value.kind === "scalar") {
    if (value.text !== "unique") wrongShape(reading, value, "`unique`, or how many digits", "{digits: 0}");
    return { name: key, digits: null, unique: true };
  }
  const { digits, unique } = readSection(reading, value, assetSection, title);
  return { name: key, digits, unique: unique ?? false };
});

export const accountSection = {
  keys: {
    asset: scalar("an asset"),
    from: scalar("the name of a role"),
    to_begin: exprOrLiteral,
    returns_to: scalar("a role, or `giver`"),
    leaves: scalars("a list of places"),
    cap: exprOrLiteral,
  },
  required: ["returns_to"],
  missing: { returns_to: "say who gets what is left at the end:  returns_to: …" },
  notYet: ["each", "per"],
} as const;
export const accounts = declarations<Account>("account", (reading, { key, value }, title) => {
  const { asset, from, to_begin, returns_to, leaves, cap } = readSection(
    reading,
    value,
    accountSection,
    title,
    key.span,
  );
  const span = { ...key.span, end: Math.max(key.span.end, value.span.end) };
  return { name: key, asset, from, toBegin: to_begin, returnsTo: returns_to, leaves, cap, span };
});
