// An evaluated CUE value as a tree: what `lower` answers.
//
// A node accepts the data that the CUE value accepts, read without filling in: a field that is `present` must be in the data.
// A node never accepts more. What has no exact description is `unsupported`, so a reader refuses what it does not know.
import type { Span } from "../source.ts";
import type { RawPlace } from "./places.ts";

export type CueKind = "null" | "bool" | "int" | "float" | "string" | "bytes" | "list" | "struct";

export type CueNode = CueShape & {
  /** Where it is written. Several declarations of one field give several nodes under an `all`. */
  readonly at: readonly Span[];
};

export type CueShape =
  | CueConst
  | CueType
  | CueBound
  | CueParts
  | CueCall
  | CueStruct
  | CueList
  | CueRef
  | CueField
  | CueNever
  | CueUnsupported;

/** A known value. Numbers are their exact text (`1.50`, `1E+3`), bytes are base64. */
export interface CueConst {
  readonly is: "const";
  readonly kind: Exclude<CueKind, "list" | "struct">;
  readonly text: string;
}

/** Any value of these kinds; all eight are CUE's `_`. */
export interface CueType {
  readonly is: "type";
  readonly kinds: readonly CueKind[];
  readonly default?: CueNode;
}

/** `>= x`, `!= x`, `=~ x` …; the operand is a `const` or a `field`, and of patterns a `const`. Every one but
 *  `!= null` refuses other kinds than its operand's, int and float being one. */
export interface CueBound {
  readonly is: "bound";
  readonly op: "<" | "<=" | ">" | ">=" | "==" | "!=" | "=~" | "!~";
  readonly operand: CueNode;
  readonly default?: CueNode;
}

/** Every part holds (`all`), or at least one (`any`). CUE also asks of `any` that the branches that hold agree. */
export interface CueParts {
  readonly is: "all" | "any";
  readonly of: readonly CueNode[];
  readonly default?: CueNode;
}

/** A validator: `strings.MaxRunes(64)`, `matchN(1, [a, b])`, `error("why")`. A name that a reader does not know is an error. A
 *  struct or list among the arguments is a constraint on the same value that the call is on. */
export interface CueCall {
  readonly is: "call";
  readonly name: string;
  readonly args: readonly CueNode[];
  readonly default?: CueNode;
}

export interface CueStruct {
  readonly is: "struct";
  /** Present when a `field` node refers to fields of this struct. */
  readonly id?: number;
  readonly fields: readonly CueStructField[];
  /** Each holds for every field whose name it accepts and that is not among `fields`: the values of those hold it already. */
  readonly patterns: readonly { readonly label: CueNode; readonly value: CueNode }[];
  /** Whether names are refused that are neither in `fields` nor accepted by a pattern. */
  readonly closed: boolean;
  /** Laid over the struct as a whole. */
  readonly also: readonly CueNode[];
}

export interface CueStructField {
  readonly name: string;
  /** `a: x`, `a!: x`, `a?: x`. */
  readonly need: "present" | "required" | "optional";
  readonly value: CueNode;
  /** Comments above the field. */
  readonly doc: string;
  /** `@name(text)` */
  readonly attributes: readonly { readonly name: string; readonly text: string }[];
}

export interface CueList {
  readonly is: "list";
  readonly id?: number;
  readonly items: readonly CueNode[];
  /** Further items, `[...rest]`; null when there are none. */
  readonly rest: CueNode | null;
  readonly also: readonly CueNode[];
}

/** A constraint in `CueLowered.definitions`. Recursive values refer to themselves so; a chain of references that comes back without
 *  a struct or list between says nothing and is an error. A name that ends with `?` is the constraint as an argument of a
 *  validator, where no field needs to be present. */
export interface CueRef {
  readonly is: "ref";
  readonly name: string;
}

/** A field of the data: `names` down from the struct around with this id. As a constraint: unify with what stands there. */
export interface CueField {
  readonly is: "field";
  readonly in: number;
  readonly names: readonly string[];
  /** Kinds that the target may have; empty when they depend on data. */
  readonly kinds: readonly CueKind[];
  /** What stands there as the files are, when that is a struct or list: for readers of documents. Not a constraint. */
  readonly value: CueNode | null;
}

/** Accepts nothing. */
export interface CueNever {
  readonly is: "never";
  readonly why: string;
}

/** Has no exact description. */
export interface CueUnsupported {
  readonly is: "unsupported";
  /** The construct. */
  readonly why: string;
  /** What CUE settled on as the files are, for readers of documents; with data it could be another. Not a constraint. */
  readonly value: CueNode | null;
}

export interface CueLowered {
  readonly root: CueNode;
  readonly definitions: ReadonlyMap<string, CueNode>;
  /** How many nodes are `unsupported`. */
  readonly unsupported: number;
}

/** A node as the engine writes it: empty parts are left out. */
export interface RawNode {
  readonly is: string;
  readonly kinds?: readonly CueKind[];
  readonly text?: string;
  readonly op?: string;
  readonly name?: string;
  readonly why?: string;
  readonly of?: readonly RawNode[];
  readonly id?: number;
  readonly fields?: readonly {
    readonly name: string;
    readonly need: CueStructField["need"];
    readonly value: RawNode;
    readonly doc?: string;
    readonly attributes?: CueStructField["attributes"];
  }[];
  readonly patterns?: readonly { readonly label: RawNode; readonly value: RawNode }[];
  readonly closed?: boolean;
  readonly items?: readonly RawNode[];
  readonly rest?: RawNode;
  readonly also?: readonly RawNode[];
  readonly in?: number;
  readonly names?: readonly string[];
  readonly value?: RawNode;
  readonly default?: RawNode;
  readonly at?: readonly RawPlace[];
}

export interface RawLowered {
  readonly root: RawNode;
  readonly definitions: Readonly<Record<string, RawNode>>;
  readonly unsupported: number;
}

/** The tree with spans in place of places. */
export function readLowered(raw: RawLowered, spans: (places: readonly RawPlace[]) => Span[]): CueLowered {
  const nodes = (list: readonly RawNode[] | undefined): CueNode[] => (list ?? []).map(node);
  const node = (raw: RawNode): CueNode => {
    const at = spans(raw.at ?? []);
    const own = { at, ...(raw.default === undefined ? {} : { default: node(raw.default) }) };
    const id = raw.id === undefined ? {} : { id: raw.id };
    switch (raw.is) {
      case "const":
        return { is: "const", kind: raw.kinds?.[0] as CueConst["kind"], text: raw.text ?? "", at };
      case "type":
        return { is: "type", kinds: raw.kinds ?? [], ...own };
      case "bound":
        return { is: "bound", op: raw.op as CueBound["op"], operand: node(raw.of![0]!), ...own };
      case "all":
      case "any":
        return { is: raw.is, of: nodes(raw.of), ...own };
      case "call":
        return { is: "call", name: raw.name ?? "", args: nodes(raw.of), ...own };
      case "struct": {
        const fields = (raw.fields ?? []).map((field) => ({
          name: field.name,
          need: field.need,
          value: node(field.value),
          doc: field.doc ?? "",
          attributes: field.attributes ?? [],
        }));
        const patterns = (raw.patterns ?? []).map(({ label, value }) => ({ label: node(label), value: node(value) }));
        return { is: "struct", ...id, fields, patterns, closed: raw.closed === true, also: nodes(raw.also), at };
      }
      case "list": {
        const rest = raw.rest === undefined ? null : node(raw.rest);
        return { is: "list", ...id, items: nodes(raw.items), rest, also: nodes(raw.also), at };
      }
      case "ref":
        return { is: "ref", name: raw.name ?? "", at };
      case "field":
        return {
          is: "field",
          in: raw.in ?? 0,
          names: raw.names ?? [],
          kinds: raw.kinds ?? [],
          value: raw.value === undefined ? null : node(raw.value),
          at,
        };
      case "never":
        return { is: "never", why: raw.why ?? "", at };
      default:
        return {
          is: "unsupported",
          why: raw.why ?? `a node \`${raw.is}\``,
          value: raw.value === undefined ? null : node(raw.value),
          at,
        };
    }
  };
  const names = Object.keys(raw.definitions).sort();
  return {
    root: node(raw.root),
    definitions: new Map(names.map((name) => [name, node(raw.definitions[name]!)])),
    unsupported: raw.unsupported,
  };
}
