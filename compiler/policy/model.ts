// What checking makes of a policy and lowering reads: names resolved, expressions typed, patterns turned into atoms and
// conditions. Invariant: a PolicyProgram exists only for a document without errors.
import type { Span } from "../../lang/source.ts";
import type { Atom, Effect, InputLimits, Relation } from "../../vm/policy/table.ts";
import type { Type } from "../../vm/type.ts";
import type { TExpr } from "../model.ts";

export interface PolicyProgram {
  readonly kind: "policy";
  readonly name: string;
  readonly version: string;
  readonly about: string;
  /** Name of a published input type, or null. */
  readonly on: string | null;
  readonly input: Type;
  readonly data: readonly { readonly name: string; readonly type: Type }[];
  readonly relations: readonly Relation[];
  /** Each reads only earlier ones. */
  readonly derived: readonly { readonly name: string; readonly is: TExpr; readonly span: Span }[];
  readonly default: "allow" | "deny";
  readonly limits: Omit<InputLimits, "fuel"> & { readonly fuel: number | null; readonly span: Span };
  /** Ascending by name. */
  readonly obligations: readonly { readonly name: string; readonly type: Type }[];
  readonly advice: readonly { readonly name: string; readonly type: Type }[];
  /** Paths of the input that nothing shows: `token.raw`. */
  readonly secrets: readonly string[];
  /** Ascending by id. */
  readonly rules: readonly RuleDecl[];
  /** What is promised of the rules; no part of the module. */
  readonly assertions: readonly AssertionDecl[];
  readonly span: Span;
}

/** Requests that are never, or always, allowed. */
export interface AssertionDecl {
  readonly kind: "never" | "always";
  /** True for the requests it speaks of. */
  readonly requests: RuleDecl;
}

export interface RuleDecl {
  readonly id: string;
  readonly title: string;
  readonly effect: Effect;
  readonly shadow: boolean;
  readonly skipsErrors: boolean;
  readonly atoms: readonly PlacedAtom[];
  /** What is left of the condition, of type bool; null: nothing. With `each`, of one combination. */
  readonly truth: TExpr | null;
  readonly each: readonly EachDecl[];
  readonly rows: readonly RowDecl[] | null;
  /** Of a table over data: the effect of the element. */
  readonly tableEffect: TExpr | null;
  readonly then: readonly GivenDecl[];
  readonly advise: readonly GivenDecl[];
  readonly message: TExpr | null;
  readonly because: TExpr | null;
  readonly controls: readonly string[];
  readonly span: Span;
}

export interface PlacedAtom {
  readonly atom: Atom;
  readonly span: Span;
}
export interface GivenDecl {
  /** Index into the obligations, or advice, of the program. */
  readonly name: number;
  readonly args: TExpr;
}
/** A binding of `each`: one loop for each source. `item` and `index` are local bindings; `path` is the text of an element's path,
 *  `depot.shelves[3]`, and reads the index. */
export interface EachDecl {
  readonly item: number;
  readonly index: number;
  readonly sources: readonly {
    readonly list: TExpr;
    readonly bound: number;
    readonly path: TExpr;
    readonly name: string;
  }[];
}
/** A row of a literal table. */
export interface RowDecl {
  readonly id: string;
  readonly effect: "allow" | "deny";
  readonly truth: TExpr;
  /** Of its pattern; they are part of `truth`. */
  readonly atoms: readonly PlacedAtom[];
  /** Its atoms are all of it. */
  readonly onlyAtoms: boolean;
  readonly span: Span;
}
