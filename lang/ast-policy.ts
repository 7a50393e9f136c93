// The nodes of a policy and of a module of shared declarations, each with its span; joined to the rest in ast.ts. Reading keeps
// patterns as written: whether a key is a field or an operator depends on types, and the compiler decides it.
import type { Derived, Entry, Expr, MapNode, Node, NullNode, Scalar, TypeExpr } from "./ast.ts";
import type { CueLowered } from "./cue/lowered.ts";
import type { Span } from "./source.ts";

/** What policies and modules share. */
export interface Shared {
  readonly types: readonly { readonly name: Scalar; readonly type: TypeExpr }[];
  readonly values: readonly { readonly name: Scalar; readonly value: Node }[];
  readonly functions: readonly FunctionDecl[];
}
export interface FunctionDecl {
  readonly name: Scalar;
  readonly params: readonly { readonly name: Scalar; readonly type: TypeExpr }[];
  readonly is: Expr | null;
  readonly span: Span;
}
/** `use: [roles]` or `use: {r: roles}`: a module, by its name or the path of its file. */
export interface Use {
  readonly alias: Scalar | null;
  readonly module: Scalar;
}

/** `module: <name>`: declarations that others use. */
export interface ModuleDocument extends Shared {
  readonly kind: "module";
  readonly span: Span;
  readonly root: MapNode;
  readonly name: Scalar;
  readonly version: Scalar | null;
  readonly about: Scalar | null;
  readonly use: readonly Use[];
}

export interface Policy extends Shared {
  readonly kind: "policy";
  readonly span: Span;
  readonly root: MapNode;
  readonly name: Scalar;
  readonly version: Scalar | null;
  readonly about: Scalar | null;
  readonly use: readonly Use[];
  /** A name (`http.request`, `any`, or one of `types`), or a record. */
  readonly on: TypeExpr | null;
  readonly zone: Scalar | null;
  readonly default: Scalar | null; // deny | allow
  readonly data: readonly { readonly name: Scalar; readonly type: TypeExpr }[];
  readonly relations: readonly RelationDecl[];
  readonly derive: readonly Derived[];
  readonly obligations: readonly { readonly name: Scalar; readonly type: TypeExpr }[];
  readonly advice: readonly { readonly name: Scalar; readonly type: TypeExpr }[];
  /** Paths of the input that are not shown. */
  readonly secrets: readonly Scalar[];
  readonly given: readonly Expr[];
  readonly rules: readonly RuleEntry[];
  readonly never: readonly Assertion[];
  readonly always: readonly Assertion[];
  readonly limits: {
    readonly bytes: Scalar | null;
    readonly depth: Scalar | null;
    readonly items: Scalar | null;
    readonly text: Scalar | null;
    readonly fuel: Scalar | null;
    readonly span: Span;
  } | null;
  readonly tests: readonly PolicyTest[];
}

/** `{of: data.units, step: parents}` or `{of: data.pairs, from: child, to: parent}`. */
export interface RelationDecl {
  readonly name: Scalar;
  readonly of: Expr | null;
  readonly step: Scalar | null;
  readonly from: Scalar | null;
  readonly to: Scalar | null;
  readonly span: Span;
}

export type RuleEntry = Rule | RuleGroup | RuleTableDecl;

export interface Condition {
  readonly each: readonly EachBinding[];
  readonly match: Pattern | null;
  readonly when: readonly Expr[];
  readonly unless: readonly Expr[];
}
export interface Rule extends Condition {
  readonly kind: "rule";
  readonly effect: "allow" | "deny" | "require";
  readonly title: Scalar;
  readonly id: Scalar | null;
  readonly then: readonly ObligationUse[];
  readonly advise: readonly ObligationUse[];
  readonly message: Prose | null;
  readonly because: Prose | null;
  readonly controls: readonly Scalar[];
  readonly shadow: boolean;
  readonly onError: Scalar | null; // default | skip
  readonly span: Span;
}
/** `for: <pattern>` with `rules:`: the pattern is added to each. */
export interface RuleGroup {
  readonly kind: "group";
  readonly for: Pattern | null;
  readonly rules: readonly RuleEntry[];
  readonly span: Span;
}
/** `table: <title>` with `mode: ordered`: literal `rules`, or one row for each element with an `effect`. */
export interface RuleTableDecl extends Condition {
  readonly kind: "table";
  readonly title: Scalar;
  readonly id: Scalar | null;
  readonly mode: Scalar | null; // ordered
  readonly rules: readonly Rule[];
  readonly effect: Expr | null;
  readonly message: Prose | null;
  readonly because: Prose | null;
  readonly controls: readonly Scalar[];
  readonly shadow: boolean;
  readonly span: Span;
}
/** `each: {item: order.items}`, `{item: [a, b]}` or `{item: {in: order.items, key: k}}`. */
export interface EachBinding {
  readonly name: Scalar;
  readonly sources: readonly Expr[];
  readonly key: Scalar | null;
  readonly span: Span;
}
/** `sign: wallet`, `step_up: {method: webauthn, who: {expr: owner}}`. */
export interface ObligationUse {
  readonly name: Scalar;
  readonly args: Template;
}
/** Literals, and `{expr: …}` anywhere among them. */
export type Template =
  | { readonly kind: "literal"; readonly value: Scalar | NullNode; readonly span: Span }
  | { readonly kind: "expr"; readonly expr: Expr; readonly span: Span }
  | { readonly kind: "list"; readonly items: readonly Template[]; readonly span: Span }
  | {
      readonly kind: "map";
      readonly entries: readonly { readonly key: Scalar; readonly value: Template }[];
      readonly span: Span;
    };

export type Pattern =
  | { readonly kind: "literal"; readonly value: Scalar | NullNode; readonly span: Span }
  /** Any of; also the operand of operators that take lists. */
  | { readonly kind: "list"; readonly items: readonly Pattern[]; readonly span: Span }
  /** Fields, operators or combinators; `field?` is marked `optional`. */
  | {
      readonly kind: "map";
      readonly entries: readonly { readonly key: Scalar; readonly optional: boolean; readonly value: Pattern }[];
      readonly span: Span;
    }
  | { readonly kind: "expr"; readonly expr: Expr; readonly span: Span }
  /** Native CUE, evaluated and lowered; only in `.cue` documents. */
  | { readonly kind: "constraint"; readonly constraint: CueLowered; readonly span: Span };

/** Text with `{expr}` slots: texts and expressions in turn, first and last are texts. */
export interface Prose {
  readonly parts: readonly (string | Expr)[];
  readonly span: Span;
}

/** A pattern of requests that is never (or always) allowed. */
export interface Assertion {
  readonly pattern: Pattern;
  readonly span: Span;
}

// ── Tests ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface PolicyTest {
  readonly name: Scalar;
  readonly data: readonly Entry[];
  readonly input: Node | null;
  /** Axis to its values; each combination is laid over `input`. */
  readonly matrix: readonly { readonly path: Scalar; readonly values: readonly Node[] }[];
  /** Combinations of a matrix that are allowed; the rest is denied. */
  readonly allows: readonly (readonly Node[])[];
  readonly expect: PolicyExpect | null;
  readonly span: Span;
}
export interface PolicyExpect {
  readonly decision: Scalar | null;
  readonly by: readonly Scalar[] | null;
  readonly obligations: Node | null;
  readonly advice: Node | null;
  /** A number, or a list of `{rule, at, message}`. */
  readonly violations: Node | null;
  readonly errors: readonly Scalar[] | null;
  readonly span: Span;
}
