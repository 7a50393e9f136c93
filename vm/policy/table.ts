// The rule table of a policy module: what decides beside its functions. Part of the meaning and of the module id. Why it looks
// so: docs/design/0007.
//
// Functions named here take the values of the environment listed in their `reads`, in that order:
//   0 the input   1 the data documents, a record in the order of `data`   2 the relations, a record of closures
//   3 + i the derived value i
// A derived value reads only input, data, relations and derived values before it.
import type { Value } from "../value.ts";

/** A function of the module and what it is given. */
export interface Reading {
  readonly function: number;
  readonly reads: readonly number[];
}

export const READS_INPUT = 0;
export const READS_DATA = 1;
export const READS_RELATIONS = 2;
export const READS_DERIVED = 3;

export interface PolicyTable {
  /** Type of the input: a record, or `any`. Index into the module's types. */
  readonly input: number;
  /** Name of a published input type (`http.request`), or null. */
  readonly on: string | null;
  readonly data: readonly { readonly name: string; readonly type: number }[];
  readonly relations: readonly Relation[];
  readonly derived: readonly Reading[];
  readonly default: "allow" | "deny";
  readonly limits: InputLimits;
  /** Arguments of the obligations and advice that rules may give, by name, ascending. */
  readonly obligations: readonly { readonly name: string; readonly type: number }[];
  readonly advice: readonly { readonly name: string; readonly type: number }[];
  /** Ascending by id (UTF-8 bytes); ids are unique. */
  readonly rules: readonly RuleRow[];
}

/** What an index needs of a table: the atoms of its rules. */
export interface Ruled {
  readonly rules: readonly { readonly atoms: readonly Atom[] }[];
}

/** Bounds of an input, beyond which a decision denies with the error `input`. */
export interface InputLimits {
  /** Bytes of its canonical JSON. */
  readonly bytes: number;
  /** Maps and lists inside each other. */
  readonly depth: number;
  /** Items of one list, keys of one map. */
  readonly items: number;
  /** Bytes of one text. */
  readonly text: number;
  /** Fuel of one decision or check. */
  readonly fuel: number;
}

/** A transitive closure over a data document, computed when data is loaded. */
export interface Relation {
  readonly name: string;
  /** Document and the path in it where the nodes or pairs are. */
  readonly document: number;
  readonly path: readonly Step[];
  /** A map of nodes, each with its parents under the step; or a list of pairs. */
  readonly edges:
    | { readonly kind: "step"; readonly step: Step }
    | { readonly kind: "pairs"; readonly from: Step; readonly to: Step };
}

/** A step of a path: the slot of a record's field, or the key of a map or of an `any`. */
export type Step = number | string;

export type Effect = "allow" | "deny" | "require" | "table";

export interface RuleRow {
  readonly id: string;
  readonly title: string;
  /** `table`: `truth` gives the effect, "allow" or "deny", or false when no row matched. */
  readonly effect: Effect;
  readonly shadow: boolean;
  /** An error of a deny or require counts as false (`on_error: skip`). */
  readonly skipsErrors: boolean;
  readonly atoms: readonly Atom[];
  /** What is left of the condition; null: nothing, the rule is true when its atoms are.
   *  Gives true, false or an error (unknown does not occur).
   *  With `each`: a list of the combinations that are true or err, each `[paths, outcome]`: paths a list of texts, outcome true or the
   *  error as it is (for a table "allow" or "deny" in place of true). The rule is true when one is, else an error when one errs.
   *  A table without `each` gives `[paths, outcome]` of the row that decided, or false. */
  readonly truth: Reading | null;
  readonly each: boolean;
  /** A record of the declared type for each obligation given; of the rule as a whole, so it reads no binding of `each`. */
  readonly obligations: readonly Given[];
  readonly advice: readonly Given[];
  /** Text for the caller and for the operator, of a rule without `each`. Null: the title. */
  readonly message: Reading | null;
  readonly because: Reading | null;
  /** With `each`, for `check`: as `truth`, each combination with its texts, `[paths, outcome, message, because]`; a text is null where
   *  it is the title. Null without `each`. */
  readonly told: Reading | null;
  readonly controls: readonly string[];
}

export interface Given {
  /** Index into `obligations` or `advice` of the table. */
  readonly name: number;
  readonly args: Reading;
}

/** A test of one path of the input. True or false on every input of the declared type, never an error: absence, null on the way and a
 *  value of another kind are false. */
export interface Atom {
  readonly path: readonly Step[];
  readonly test: AtomTest;
}

export type AtomTest =
  /** Equal (as `eq` says) to one of these scalars. Ascending, without repetition, in the order of the constants' encoding. */
  | { readonly kind: "in"; readonly values: readonly Value[] }
  /** A list that holds one of these scalars. */
  | { readonly kind: "has_any"; readonly values: readonly Value[] }
  /** A text that begins, or ends, with one of these. */
  | { readonly kind: "starts_with" | "ends_with"; readonly values: readonly string[] }
  /** A path below one of these by whole segments, or a host below one by labels, the name itself included. */
  | { readonly kind: "under_path" | "under_host"; readonly values: readonly string[] }
  /** A number, instant … between; null: no bound on that side. */
  | {
      readonly kind: "range";
      readonly min: Value | null;
      readonly minOpen: boolean;
      readonly max: Value | null;
      readonly maxOpen: boolean;
    }
  /** An address inside one of these networks, each `[ip, prefix length]`. */
  | { readonly kind: "inside"; readonly networks: readonly Value[] }
  /** There, and not null. */
  | { readonly kind: "present" };
