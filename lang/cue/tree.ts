// An evaluated document to the raw tree that YAML becomes, too: so one reader gives both spellings the same meaning.
//
//   CUE                      as YAML             a text of CUE is a scalar without quotes: its place decides the type;
//   "200.00 USD"  3  true    200.00 USD  3  true with `@text()` on its field it is a text whatever it looks like
//   int  >=1  "a" | "b"      a type              a type of CUE stands where the language wants a type
import type { Entry, MapNode, Node, Scalar } from "../ast.ts";
import * as codes from "../codes.ts";
import type { Diagnostic } from "../diagnostic.ts";
import { decodeNumber } from "../expr/literals.ts";
import type { Source, Span } from "../source.ts";
import type { CueDocument, CueMissing, CuePart } from "./document.ts";
import type { Origin } from "./fill.ts";
import type { CueLowered } from "./lowered.ts";
import { STD_FOLDER } from "./std.ts";
import { hasOwnSpelling, readText } from "./text.ts";
import { typeTree } from "./types.ts";

export interface CueTree {
  /** Null when the document is no struct. */
  readonly root: MapNode | null;
  /** Types of CUE, each with what is to be said when it stands where a value is wanted. */
  readonly types: ReadonlyMap<Node, Diagnostic>;
  /** Constraints on data: of patterns, and of what is no value. `mark`: the node in `types` for it. */
  readonly constraints: ReadonlyMap<Node, { readonly constraint: CueLowered; readonly mark: Node }>;
  /** Types with bounds, each with what is to be said when it stands where only a type is wanted. */
  readonly bounded: ReadonlyMap<Node, Diagnostic>;
}

/** The tree of a document. `main`: the files that are evaluated together, in order of their names. */
export function buildCueTree(
  document: CueDocument,
  main: readonly Source[],
  diagnostics: Diagnostic[],
  origin: Origin | null = null,
): CueTree {
  const types = new Map<Node, Diagnostic>();
  const constraints = new Map<Node, { readonly constraint: CueLowered; readonly mark: Node }>();
  const bounded = new Map<Node, Diagnostic>();
  const nowhere: Span = { source: main[0]!, start: 0, end: 0 };

  /** The place an author looks at: in the files of the package, if it is there at all. */
  const placeOf = (spans: readonly Span[]): Span => {
    const span = spans.find(({ source }) => main.includes(source)) ?? spans[0] ?? nowhere;
    return origin === null ? span : origin.spanOf(span);
  };

  const scalar = (text: string, quoted: boolean, at: readonly Span[]): Scalar => {
    // What says the value stands first, even in another package.
    const literal = at[0];
    const written = literal === undefined || origin === null ? null : origin.scalarAt(literal);
    if (written !== null && written.text === text) return quoted ? { ...written, quoted } : written;
    const own = placeOf(at);
    const span = literal !== undefined && main.includes(literal.source) && origin === null ? literal : own;
    return { kind: "scalar", text, quoted, span, ...formOf(span, text) };
  };

  const key = (name: string, keys: readonly Span[], value: CuePart): Scalar => {
    const span = placeOf(keys.length > 0 ? keys : value.at);
    // Without its quotes, as a key of YAML.
    const { source, start, end } = span;
    const inner = textAt(span) === `"${name}"` ? { source, start: start + 1, end: end - 1 } : span;
    return { kind: "scalar", text: name, quoted: false, span: inner, ...formOf(inner, name) };
  };

  const missing = (name: CueMissing, owner: Span): void => {
    // What the standard library asks for is asked for by the reader, too, with better words.
    const by = name.asked.filter(({ source }) => !source.name.startsWith(STD_FOLDER));
    if (by.length === 0) return;
    const labels = by.map((span) => ({ span, text: "asked for here" }));
    diagnostics.push(codes.cueMissing(owner, { name: name.name }, { labels }));
  };

  const node = (part: CuePart, path: readonly string[], quoted: boolean): Node => {
    const span = placeOf(part.at);
    switch (part.is) {
      case "map": {
        for (const each of part.missing) missing(each, span);
        const entries = part.entries.map((entry): Entry => {
          const text = quoted || entry.attributes.some(({ name }) => name === "text");
          if (entry.asked.length > 0 && entry.value.isDefault)
            diagnostics.push(
              codes.cueDefaultRequired(
                placeOf(entry.value.at),
                { name: entry.name },
                { labels: entry.asked.map((at) => ({ span: at, text: "asked for here" })) },
              ),
            );
          return {
            key: key(entry.name, entry.keys, entry.value),
            value: node(entry.value, [...path, entry.name], text),
          };
        });
        for (const { name, keys, value } of part.optional) {
          // What the standard library allows beside is no field of the author's type.
          if (keys.every(({ source }) => source.name.startsWith(STD_FOLDER))) continue;
          const named = key(name, keys, value);
          entries.push({
            key: { ...named, text: `${name}?`, form: "computed" },
            value: node(value, [...path, name], quoted),
          });
        }
        const map: MapNode = { kind: "map", entries, span: path.length === 0 ? wholeOf(main) : span };
        if (part.constraint !== null) constraints.set(map, { constraint: part.constraint, mark: map });
        return map;
      }
      case "list":
        return { kind: "list", items: part.items.map((item, at) => node(item, [...path, `${at}`], quoted)), span };
      case "text":
        // CUE has its own spelling of these, so who writes quotes means a text.
        return scalar(part.text, quoted || hasOwnSpelling(part.text), part.at);
      case "number": {
        const plain = /^-/.test(part.text) ? part.text.slice(1) : part.text;
        const read = decodeNumber(plain);
        return scalar(
          read.ok ? part.text.slice(0, part.text.length - plain.length) + read.text : part.text,
          false,
          part.at,
        );
      }
      case "bool":
        return scalar(part.text, false, part.at);
      case "null":
        return { kind: "null", span: span.end > span.start ? span : { ...span, end: span.start + 1 } };
      case "bytes":
        diagnostics.push(codes.cueBytes(span, { path: shownPath(path) }));
        return { kind: "scalar", text: "", quoted: true, span };
      case "open": {
        const labels = part.at
          .filter((at) => at !== span && at !== part.at[0] && !at.source.name.startsWith(STD_FOLDER))
          .map((at) => ({ span: at, text: "this says no value either" }));
        const incomplete = codes.cueIncomplete(span, { path: shownPath(path) }, { labels });
        const nothing: Scalar = { kind: "scalar", text: "", quoted: true, span };
        if (part.constraint === null) {
          diagnostics.push(incomplete);
          return nothing;
        }
        // What is no type of the language counts as read in a pattern alone, wherever the reader takes it for a type.
        const typed = typeTree(part.constraint.root, span);
        const read = typed ?? { node: nothing, type: { ...nothing } };
        types.set(read.type, incomplete);
        const why = "it has bounds, and a field of a record takes none";
        if (typed !== null && typed.node !== typed.type)
          bounded.set(typed.node, codes.badType(span, { text: textAt(span), why }));
        constraints.set(read.node, { constraint: part.constraint, mark: read.type });
        return read.node;
      }
    }
  };

  for (const span of document.reopened) diagnostics.push(codes.cueReopened(span));
  const root = node(document.root, [], false);
  return { root: root.kind === "map" ? root : null, types, bounded, constraints };
}

const wholeOf = (main: readonly Source[]): Span => ({ source: main[0]!, start: 0, end: main[0]!.text.length });
const textAt = ({ source, start, end }: Span): string => source.text.slice(start, end);

/** How a text stands under its span. */
function formOf(span: Span, text: string): { readonly form?: "cue" | "computed" } {
  const raw = textAt(span);
  if (raw === text) return {};
  return { form: readText(raw)?.text === text ? "cue" : "computed" };
}

/** `terms.goods`, `cases[1]`. */
export const shownPath = (path: readonly string[]): string =>
  path.map((name, at) => (/^\d+$/.test(name) ? `[${name}]` : `${at > 0 ? "." : ""}${name}`)).join("") || "the document";
