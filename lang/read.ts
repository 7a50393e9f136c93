// A source file to its document: decode, read YAML, read what the document says it is. Each step goes on past mistakes.
import { readAgreement } from "./agreement/read.ts";
import type { Reading } from "./agreement/reading.ts";
import type { Document, MapNode, Scalar } from "./ast.ts";
import * as codes from "./codes.ts";
import type { Diagnostic, Outcome } from "./diagnostic.ts";
import { hasErrors } from "./diagnostic.ts";
import { readModule, readPolicy } from "./policy/read.ts";
import type { Source } from "./source.ts";
import { decodeSource } from "./yaml/bytes.ts";
import { readYaml } from "./yaml/read.ts";

/** A document with its source; `value` is null when nothing could be made of it, partial when diagnostics hold errors. */
export interface DocumentRead extends Outcome<Document | null> {
  readonly source: Source;
}

/** Reads a `.yaml` source: bytes of a file, or its text. `name` is shown in diagnostics; one that ends with `.cue` is
 *  refused: see cue/read.ts. Never throws. */
export function readDocument(input: Uint8Array | string, name: string): DocumentRead {
  const { source, document, unfilled, diagnostics } = readForPrinting(input, name);
  if (unfilled === null) return { value: document, source, diagnostics };
  return { value: null, source, diagnostics: [...diagnostics, codes.templateUnfilled(unfilled.span)] };
}

/** The same with what the printer needs. */
export function readForPrinting(input: Uint8Array | string, name: string) {
  const diagnostics: Diagnostic[] = [];
  const nothing = (source: Source) => ({
    source,
    document: null,
    root: null as MapNode | null,
    reading: null,
    unfilled: null as Scalar | null,
    diagnostics,
  });
  if (/\.cue$/i.test(name)) {
    const source = { name, text: "" };
    diagnostics.push(codes.cueSource({ source, start: 0, end: 0 }));
    return nothing(source);
  }
  const decoded = decodeSource(input, name);
  diagnostics.push(...decoded.diagnostics);
  if (hasErrors(decoded.diagnostics)) return nothing(decoded.source);
  const yaml = readYaml(decoded.source);
  diagnostics.push(...yaml.diagnostics);
  if (yaml.root === null) return nothing(decoded.source);
  const reading: Reading = { diagnostics, guessed: yaml.guessed, expressions: new Map(), orders: new Map() };
  const { root } = yaml;
  const unfilled = templateIn(root);
  // The rest of a document with a template is read as it stands.
  const rest = unfilled === null ? root : { ...root, entries: root.entries.filter(({ key }) => key !== unfilled) };
  const document = readRoot(reading, rest);
  const order = reading.orders.get(rest);
  if (unfilled !== null && order !== undefined)
    reading.orders.set(
      root,
      order.flatMap((key) => (key === "about" ? [key, "use"] : [key])),
    );
  return { source: decoded.source, document, root: root as MapNode | null, reading, unfilled, diagnostics };
}

/** The key `use` of an agreement that fills templates. */
function templateIn(root: MapNode): Scalar | null {
  if (!root.entries.some(({ key }) => key.text === "agreement")) return null;
  const use = root.entries.find(({ key }) => key.text === "use");
  const items = use?.value.kind === "list" ? use.value.items : use === undefined ? [] : [use.value];
  const isFilled = items.some((item) => item.kind === "map" && item.entries.some(({ key }) => key.text === "template"));
  return isFilled ? use!.key : null;
}

/** The first key of an agreement, a policy or a module says what the document is, wherever it stands. */
export function readRoot(reading: Reading, root: MapNode): Document | null {
  const names = root.entries.map(({ key }) => key.text);
  if (!names.includes("agreement")) {
    if (names.includes("policy")) return readPolicy(reading, root);
    if (names.includes("module")) return readModule(reading, root);
  }
  return readAgreement(reading, root);
}
