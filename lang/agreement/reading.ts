// Reading a raw tree by tables. A section is a map with known keys; its table says for each key how the value is read, and
// the order of the keys is the canonical one. Reading reports and goes on: what could not be read is null.
import type { Entry, Expr, MapNode, Node, Scalar } from "../ast.ts";
import * as codes from "../codes.ts";
import type { CueLowered } from "../cue/lowered.ts";
import type { Diagnostic } from "../diagnostic.ts";
import { show } from "../diagnostic.ts";
import { DIAGNOSTICS_KEPT_MAX } from "../limits.ts";
import type { Span } from "../source.ts";
import { nearest } from "../suggest.ts";

/** What is gathered while reading. */
export interface Reading {
  readonly diagnostics: Diagnostic[];
  /** Starts of scalars whose text is a guess after a YAML mistake: their own mistakes are not reported. */
  readonly guessed: ReadonlySet<number>;
  /** What the printer needs to know: which scalars are expressions, and the order of keys in sections. `*` in an order
   *  stands for all keys it does not name. */
  readonly expressions: Map<Scalar, { readonly expr: Expr; readonly orLiteral: boolean }>;
  readonly orders: Map<MapNode, readonly string[]>;
  /** Filled while reading, if there: nodes that were read as types. In CUE a type can stand anywhere, and is a mistake elsewhere. */
  readonly types?: Set<Node>;
  /** Of CUE: what constraint stands at a node, and the node that counts as read with it. A pattern of a policy may hold one. */
  readonly constraints?: ReadonlyMap<Node, { readonly constraint: CueLowered; readonly mark: Node }>;
}

export function report(reading: Reading, diagnostic: Diagnostic): void {
  if (reading.diagnostics.length < DIAGNOSTICS_KEPT_MAX) reading.diagnostics.push(diagnostic);
}

/** Reads the value of a key. `key` is where the key stands, for messages about the value as a whole. */
export type Reader<T> = (reading: Reading, node: Node, key: Scalar) => T | null;

export type Keys = Readonly<Record<string, Reader<unknown>>>;
export type Values<K extends Keys> = { readonly [P in keyof K]: K[P] extends Reader<infer T> ? T | null : never };

export interface Section<K extends Keys> {
  readonly keys: K;
  readonly required?: readonly (keyof K & string)[];
  /** What to write when a required key is missing, if `key: …` does not say it. */
  readonly missing?: Readonly<Partial<Record<keyof K & string, string>>>;
  /** Keys of the language that come in a later version. */
  readonly notYet?: readonly string[];
  /** Keys allowed at most one of each group. */
  readonly oneOf?: readonly (readonly (keyof K & string)[])[];
}

const shapes = new WeakMap<
  Keys,
  { readonly names: readonly string[]; readonly nulls: Readonly<Record<string, null>> }
>();

/** Names of keys, and a record with null for each. */
function shapeOf(keys: Keys): { readonly names: readonly string[]; readonly nulls: Readonly<Record<string, null>> } {
  const known = shapes.get(keys);
  if (known !== undefined) return known;
  const names = Object.keys(keys);
  const made = { names, nulls: Object.fromEntries(names.map((name) => [name, null])) };
  shapes.set(keys, made);
  return made;
}

/** The values of a section; every key null when the node is no map. `title` names it in messages: ``action `deliver` ``. `place` is
 *  where a missing key is reported: the name of the declaration. */
export function readSection<K extends Keys>(
  reading: Reading,
  node: Node,
  section: Section<K>,
  title: string,
  place: Span = node.span,
): Values<K> {
  const { names, nulls } = shapeOf(section.keys);
  const values: Record<string, unknown> = { ...nulls };
  if (node.kind !== "map") {
    wrongShape(
      reading,
      node,
      `a map with the keys of ${title}`,
      `{${(section.required ?? names)
        .slice(0, 3)
        .map((name) => `${name}: …`)
        .join(", ")}}`,
    );
    return values as Values<K>;
  }
  reading.orders.set(node, names);
  const written = (name: string): Scalar | undefined => node.entries.findLast(({ key }) => key.text === name)?.key;
  for (const { key, value } of node.entries) {
    const read = Object.hasOwn(section.keys, key.text) ? section.keys[key.text] : undefined;
    if (read !== undefined) values[key.text] = read(reading, value, key);
    else unknown(reading, key, [...names, ...(section.notYet ?? [])], section.notYet ?? [], title);
  }
  for (const key of section.required ?? [])
    if (written(key) === undefined) {
      const help = section.missing?.[key] ?? `add  ${key}: …`;
      report(reading, codes.missingKey(place, { section: title, key }, { help }));
    }
  for (const group of section.oneOf ?? []) {
    const [first, second] = group.flatMap((key) => written(key) ?? []);
    if (first !== undefined && second !== undefined)
      report(
        reading,
        codes.keysClash(
          second.span,
          { first: first.text, second: second.text },
          { labels: [{ span: first.span, text: "the other one" }] },
        ),
      );
  }
  return values as Values<K>;
}

/** Keys that are listed when none is near. More are no help: they stand in docs/language.md. */
const LISTED_KEYS_MAX = 14;

/** Reports a key that is not known, or not yet. */
function unknown(
  reading: Reading,
  key: Scalar,
  known: readonly string[],
  notYet: readonly string[],
  title: string,
): void {
  if (notYet.includes(key.text)) {
    report(reading, codes.notYet(key.span, { what: `\`${show(key.text)}\` in ${title}` }));
    return;
  }
  const near = nearest(key.text, known);
  const own = known.filter((name) => !notYet.includes(name)).map((name) => `\`${name}\``);
  const help =
    near !== null
      ? `did you mean \`${near}\`?`
      : own.length <= LISTED_KEYS_MAX
        ? `${title} has the keys ${own.join(", ")}`
        : undefined;
  report(reading, codes.unknownKey(key.span, { key: key.text, section: title }, { help }));
}

/** `found` in words: a map, a list, nothing, or the text. */
export function inWords(node: Node): string {
  if (node.kind === "map") return "a map";
  if (node.kind === "list") return "a list";
  if (node.kind === "null") return "nothing";
  return `\`${show(node.text)}\``;
}

export function wrongShape(reading: Reading, node: Node, expected: string, example?: string): null {
  if (node.kind === "scalar" && reading.guessed.has(node.span.start)) return null;
  const help = example === undefined ? undefined : `for example  ${example}`;
  // A map or list may be long: its first line is place enough.
  const { source, start, end } = node.span;
  const line = source.text.slice(start, end).search(/[\r\n]/);
  const span = { source, start, end: line < 0 ? end : start + line };
  report(reading, codes.wrongShape(span, { expected, found: inWords(node) }, { help }));
  return null;
}

/** The entries of a map of declarations, each read with its name; names are checked. */
export function declarations<T>(
  what: string,
  read: (reading: Reading, entry: Entry, title: string) => T | null,
): Reader<readonly T[]> {
  return (reading, node) => {
    if (node.kind === "null") return [];
    if (node.kind !== "map") return wrongShape(reading, node, `a map of ${plural(what)} by name`, `${what}_name: …`);
    return node.entries.flatMap((entry) => {
      checkName(reading, entry.key);
      return read(reading, entry, `${what} \`${show(entry.key.text)}\``) ?? [];
    });
  };
}

const reserved = new Set(["true", "false", "null", "for", "in", "if", "let", "_"]);

/** A name must be usable in expressions. */
export function checkName(reading: Reading, name: Scalar): void {
  if (/^[\p{L}$][\p{L}\p{M}\p{Nd}_$]*$/u.test(name.text) && !reserved.has(name.text)) return;
  if (reading.guessed.has(name.span.start)) return;
  const why = reserved.has(name.text) ? "is a word of expressions" : "is not a name";
  const plain = name.text
    .trim()
    .replace(/[^\p{L}\p{Nd}_$]+/gu, "_")
    .replace(/^[^\p{L}$]+/u, "");
  const help =
    reserved.has(name.text) || plain === "" || /^\p{Nd}/u.test(name.text)
      ? undefined
      : `write \`${show(plain)}\`: a letter, then letters, digits and \`_\``;
  report(reading, codes.badName(name.span, { name: name.text, why }, { help }));
}

/** `parties`, `actions`: the name of a section in words. */
const plural = (what: string): string => (what.endsWith("y") ? `${what.slice(0, -1)}ies` : `${what}s`);
