// What the engine's `document` job answers: the values of a document with every place they come from. Its raw tree is made in
// tree.ts.
import type { Span } from "../source.ts";
import { type CueLowered, type RawLowered, readLowered } from "./lowered.ts";
import type { RawPlace } from "./places.ts";

export interface CueDocument {
  readonly root: CuePart;
  /** The `...` of definitions that another declaration closes. */
  readonly reopened: readonly Span[];
}

/** A value. `at`: what says it first, then everything else that contributed. */
export type CuePart = CueShape & { readonly at: readonly Span[]; readonly isDefault: boolean };
type CueShape =
  | {
      readonly is: "map";
      readonly entries: readonly CueEntry[];
      readonly missing: readonly CueMissing[];
      /** Fields that may be left out, of a struct that holds types. */
      readonly optional: readonly CueEntry[];
      /** Of a pattern, when more is said of it than its fields: the whole constraint. */
      readonly constraint: CueLowered | null;
    }
  | { readonly is: "list"; readonly items: readonly CuePart[] }
  /** Numbers keep their exact text; bytes are base64. */
  | { readonly is: "text" | "number" | "bool" | "null" | "bytes"; readonly text: string }
  /** Not a value: a type, a bound, or something that is not known. */
  | { readonly is: "open"; readonly constraint: CueLowered | null };

export interface CueEntry {
  readonly name: string;
  /** Where the name is written, in the order of the document. */
  readonly keys: readonly Span[];
  /** Of these, where it stands with `!`. */
  readonly asked: readonly Span[];
  readonly value: CuePart;
  readonly attributes: readonly { readonly name: string; readonly text: string }[];
}

/** A field that is asked for with `!` and was not given. */
export interface CueMissing {
  readonly name: string;
  readonly asked: readonly Span[];
}

interface RawPart {
  readonly is: string;
  readonly text?: string;
  readonly entries?: readonly RawEntry[];
  readonly missing?: readonly RawEntry[];
  readonly optional?: readonly RawEntry[];
  readonly items?: readonly RawPart[];
  readonly constraint?: RawLowered;
  readonly default?: boolean;
  readonly at?: readonly RawPlace[];
}
interface RawEntry {
  readonly name: string;
  readonly keys?: readonly RawPlace[];
  readonly asked?: readonly RawPlace[];
  readonly value?: RawPart;
  readonly attributes?: CueEntry["attributes"];
}
export interface RawDocument {
  readonly root: RawPart;
  readonly reopened?: readonly RawPlace[];
}

/** The answer with spans in place of places. */
export function readDocumentTree(raw: RawDocument, spans: (places: readonly RawPlace[]) => Span[]): CueDocument {
  const entry = ({ name, keys, asked, value, attributes }: RawEntry): CueEntry => ({
    name,
    keys: spans(keys ?? []),
    asked: spans(asked ?? []),
    value: read(value ?? { is: "open" }),
    attributes: attributes ?? [],
  });
  const shape = (part: RawPart): CueShape => {
    switch (part.is) {
      case "map":
        return {
          is: "map",
          entries: (part.entries ?? []).map(entry),
          optional: (part.optional ?? []).map(entry),
          missing: (part.missing ?? []).map(({ name, asked }) => ({ name, asked: spans(asked ?? []) })),
          constraint: part.constraint === undefined ? null : readLowered(part.constraint, spans),
        };
      case "list":
        return { is: "list", items: (part.items ?? []).map(read) };
      case "text":
      case "number":
      case "bool":
      case "null":
      case "bytes":
        return { is: part.is, text: part.text ?? "" };
      default:
        return {
          is: "open",
          constraint: part.constraint === undefined ? null : readLowered(part.constraint, spans),
        };
    }
  };
  const read = (part: RawPart): CuePart => ({
    ...shape(part),
    at: spans(part.at ?? []),
    isDefault: part.default === true,
  });
  return { root: read(raw.root), reopened: spans(raw.reopened ?? []) };
}
