// Kinds of data, and which of them a constraint can accept at all.
import type { CueConst, CueKind, CueLowered, CueNode } from "../../lang/cue/lowered.ts";
import { parseDecimal, parseInt34 } from "../../vm/decimal.ts";
import { ErrorValue, type Value } from "../../vm/value.ts";
import { FOLLOWED_MAX } from "./limits.ts";

export type Kinds = ReadonlySet<CueKind>;

export const ALL_KINDS: Kinds = new Set(["null", "bool", "int", "float", "string", "bytes", "list", "struct"]);
export const NUMBERS: Kinds = new Set(["int", "float"]);
export const STRING: Kinds = new Set(["string"]);
export const LIST: Kinds = new Set(["list"]);
export const STRUCT: Kinds = new Set(["struct"]);
export const NONE: Kinds = new Set();

/** What the machine's `type` answers for each kind; bytes have no place in JSON. */
export const TYPE_WORD: Readonly<Partial<Record<CueKind, string>>> = {
  null: "null",
  bool: "bool",
  int: "int",
  float: "decimal",
  string: "text",
  list: "list",
  struct: "map",
};

export const meet = (a: Kinds, b: Kinds): Kinds => new Set([...a].filter((kind) => b.has(kind)));
export const join = (a: Kinds, b: Kinds): Kinds => new Set([...a, ...b]);
export const within = (a: Kinds, b: Kinds): boolean => [...a].every((kind) => b.has(kind));

const CALLS: Readonly<Record<string, Kinds>> = {
  "strings.MinRunes": STRING,
  "strings.MaxRunes": STRING,
  "strings.HasPrefix": STRING,
  "strings.HasSuffix": STRING,
  "strings.Contains": STRING,
  "list.MinItems": LIST,
  "list.MaxItems": LIST,
  "list.UniqueItems": LIST,
  "list.MatchN": LIST,
  "struct.MinFields": STRUCT,
  "struct.MaxFields": STRUCT,
  "math.MultipleOf": NUMBERS,
};

/** Every kind of data that the constraint may accept; what is not among them it refuses. */
export function kindsOf(node: CueNode, definitions: CueLowered["definitions"], followed = 0): Kinds {
  switch (node.is) {
    case "const":
      return new Set([node.kind]);
    case "type":
      return new Set(node.kinds);
    case "bound":
      return kindsOfBound(node);
    case "all":
      return node.of.reduce<Kinds>((kinds, part) => meet(kinds, kindsOf(part, definitions, followed)), ALL_KINDS);
    case "any":
      return node.of.reduce<Kinds>((kinds, part) => join(kinds, kindsOf(part, definitions, followed)), NONE);
    case "call":
      return CALLS[node.name] ?? ALL_KINDS;
    case "struct":
      return STRUCT;
    case "list":
      return LIST;
    case "ref": {
      const definition = definitions.get(node.name);
      return definition === undefined || followed > FOLLOWED_MAX
        ? ALL_KINDS
        : kindsOf(definition, definitions, followed + 1);
    }
    case "field":
      return node.kinds.length === 0 ? ALL_KINDS : new Set(node.kinds);
    case "never":
      return NONE;
    case "unsupported":
      return ALL_KINDS;
  }
}

function kindsOfBound(node: Extract<CueNode, { is: "bound" }>): Kinds {
  const { op, operand } = node;
  if (op === "=~" || op === "!~") return STRING;
  if (operand.is !== "const")
    return op === "!=" || op === "==" ? ALL_KINDS : new Set<CueKind>(["int", "float", "string", "bytes"]);
  if (op === "!=" && operand.kind === "null") return new Set([...ALL_KINDS].filter((kind) => kind !== "null"));
  return NUMBERS.has(operand.kind) ? NUMBERS : new Set([operand.kind]);
}

/** A known value of CUE as one of the machine; undefined when the machine has none so large. Bytes are in no JSON. */
export function constantOf(node: CueConst): Value {
  switch (node.kind) {
    case "null":
      return null;
    case "bool":
      return node.text === "true";
    case "int":
      return orNothing(parseInt34(node.text));
    case "float":
      return orNothing(parseDecimal(node.text));
    case "string":
      return node.text;
    case "bytes":
      return undefined;
  }
}

const orNothing = (value: Value): Value => (value instanceof ErrorValue ? undefined : value);

/** A text that is the same for the same known value. */
export const keyOf = (node: CueConst): string => `${node.kind}:${node.text}`;
