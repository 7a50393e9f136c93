// A source file to its document: decode, read YAML, read what the document says it is. Each step goes on past mistakes.
import { readAgreement } from "./agreement/read.ts";
import type { Reading } from "./agreement/reading.ts";
import type { Document, MapNode } from "./ast.ts";
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
  const { source, document, diagnostics } = readForPrinting(input, name);
  return { value: document, source, diagnostics };
}

/** The same with what the printer needs. */
export function readForPrinting(input: Uint8Array | string, name: string) {
  const diagnostics: Diagnostic[] = [];
  const nothing = (source: Source) => ({
    source,
    document: null,
    root: null as MapNode | null,
    reading: null,
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
  const document = readRoot(reading, yaml.root);
  return { source: decoded.source, document, root: yaml.root as MapNode | null, reading, diagnostics };
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
