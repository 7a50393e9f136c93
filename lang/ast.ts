// Every node a source becomes, each with its span. Reading keeps the author's text raw (`200.00 USD`, `2 days`): the
// compiler gives it a type. Keys that exist in the language but not yet in this version are refused while reading.
import type { ModuleDocument, Policy } from "./ast-policy.ts";
import type { Span } from "./source.ts";

export type * from "./ast-policy.ts";

// ── Raw tree: what both spellings become first ────────────────────────────────────────────────────────────────────────

/** A written scalar. `quoted`: it stood in quotes or in a block, so it is text whatever it looks like. `form`: how the text stands
 *  under its span when not as YAML: as a text of CUE, or not at all, since it was computed there. */
export interface Scalar {
  readonly kind: "scalar";
  readonly text: string;
  readonly quoted: boolean;
  readonly span: Span;
  readonly form?: "cue" | "computed";
}
export interface MapNode {
  readonly kind: "map";
  readonly entries: readonly Entry[];
  readonly span: Span;
}
export interface Entry {
  readonly key: Scalar;
  readonly value: Node;
}
export interface ListNode {
  readonly kind: "list";
  readonly items: readonly Node[];
  readonly span: Span;
}
/** An empty value: `key:` with nothing behind it, or `null`. */
export interface NullNode {
  readonly kind: "null";
  readonly span: Span;
}
export type Node = Scalar | MapNode | ListNode | NullNode;

// ── Expressions ───────────────────────────────────────────────────────────────────────────────────────────────────────

export type BinaryOperator = "*" | "/" | "+" | "-" | "==" | "!=" | "<" | "<=" | ">" | ">=" | "=~" | "!~" | "&&" | "||";

export type Expr =
  /** `text`: plain digits, with a point exactly when it is a decimal (`1_000` is `1000`, `64Ki` is `65536`); `raw`: as written. */
  | { readonly kind: "number"; readonly text: string; readonly raw: string; readonly span: Span }
  | { readonly kind: "text"; readonly value: string; readonly span: Span }
  | { readonly kind: "bytes"; readonly value: Uint8Array; readonly span: Span }
  | { readonly kind: "bool"; readonly value: boolean; readonly span: Span }
  | { readonly kind: "null"; readonly span: Span }
  | { readonly kind: "name"; readonly name: string; readonly span: Span }
  | { readonly kind: "select"; readonly of: Expr; readonly name: string; readonly nameSpan: Span; readonly span: Span }
  | { readonly kind: "index"; readonly of: Expr; readonly at: Expr; readonly span: Span }
  | {
      readonly kind: "call";
      readonly callee: string;
      readonly calleeSpan: Span;
      readonly args: readonly Expr[];
      readonly span: Span;
    }
  | { readonly kind: "unary"; readonly op: "!" | "-" | "+"; readonly of: Expr; readonly span: Span }
  | {
      readonly kind: "binary";
      readonly op: BinaryOperator;
      readonly left: Expr;
      readonly right: Expr;
      readonly opSpan: Span;
      readonly span: Span;
    }
  /** `"a \(x) b"`: texts and expressions in turn, first and last are texts. */
  | { readonly kind: "interpolation"; readonly parts: readonly (string | Expr)[]; readonly span: Span }
  | { readonly kind: "list"; readonly items: readonly Expr[]; readonly span: Span }
  | {
      readonly kind: "struct";
      readonly fields: readonly { readonly name: Scalar; readonly value: Expr }[];
      readonly span: Span;
    }
  /** `[for k, v in xs if c let y = e {body}]`; the first clause is `for`. */
  | { readonly kind: "comprehension"; readonly clauses: readonly Clause[]; readonly body: Expr; readonly span: Span }
  /** Stands where parsing failed; a diagnostic was reported. */
  | { readonly kind: "broken"; readonly span: Span };

export type Clause =
  | {
      readonly kind: "for";
      readonly key: Binding | null;
      readonly value: Binding;
      readonly source: Expr;
      readonly span: Span;
    }
  | { readonly kind: "if"; readonly condition: Expr; readonly span: Span }
  | { readonly kind: "let"; readonly name: Binding; readonly value: Expr; readonly span: Span };

export interface Binding {
  readonly name: string;
  readonly span: Span;
}

/** A type as written: `decimal`, `money(USD)`, `list(text) up to 50`, `text?`, an enumeration or a record. */
export type TypeExpr =
  | {
      readonly kind: "named";
      readonly name: string;
      readonly args: readonly TypeExpr[];
      readonly most: number | null;
      readonly optional: boolean;
      readonly span: Span;
    }
  | { readonly kind: "enum"; readonly values: readonly Scalar[]; readonly optional: boolean; readonly span: Span }
  | {
      readonly kind: "record";
      readonly fields: readonly { readonly name: Scalar; readonly optional: boolean; readonly type: TypeExpr }[];
      readonly open: boolean;
      readonly span: Span;
    }
  | { readonly kind: "union"; readonly of: readonly TypeExpr[]; readonly optional: boolean; readonly span: Span }
  | { readonly kind: "broken"; readonly span: Span };

// ── Agreements ────────────────────────────────────────────────────────────────────────────────────────────────────────

export type Document = Agreement | Policy | ModuleDocument;

/** Declarations keep the order of the source; `name` is the key. */
export interface Agreement {
  readonly kind: "agreement";
  readonly span: Span;
  readonly root: MapNode;
  readonly name: Scalar;
  readonly version: Scalar | null;
  readonly title: Scalar | null;
  readonly about: Scalar | null;
  readonly clock: Scalar | null; // time | ticks
  readonly zone: Scalar | null;
  readonly calendar: {
    readonly week: Scalar | null;
    readonly holidays: Scalar | readonly Scalar[] | null;
    readonly span: Span;
  } | null;
  readonly rounding: {
    readonly money: Scalar | null;
    readonly days: Scalar | null;
    readonly months: Scalar | null;
    readonly span: Span;
  } | null;
  readonly assets: readonly Asset[];
  readonly rail: Scalar | null; // a role of kind rail, or `test`
  readonly runs: {
    readonly from: Expr | null;
    readonly for: Expr | Scalar | null;
    readonly until: Expr | Scalar | null;
    readonly span: Span;
  } | null;
  readonly catchUp: Scalar | null;
  readonly parties: readonly Party[];
  readonly terms: readonly Term[];
  readonly facts: readonly Fact[];
  readonly derive: readonly Derived[];
  readonly accounts: readonly Account[];
  readonly actions: readonly Action[];
  readonly obligations: readonly Obligation[];
  readonly powers: readonly Power[];
  readonly regions: readonly Region[]; // `states`; one region named "" unless declared
  readonly limits: readonly Limit[];
  readonly tests: readonly Test[];
}

/** Expression fields that also accept a plain written value (`by: 2026-01-31`, `within: 30 days`, `amount: 5.00 USD`). */
export type ExprOrLiteral = Expr | Scalar;

export interface Asset {
  readonly name: Scalar;
  readonly digits: Scalar | null;
  readonly unique: boolean;
}
export interface Party {
  readonly name: Scalar;
  readonly title: Scalar | null;
  readonly partyKind: Scalar | null; // party | witness | court | rail; default party
  readonly key: Scalar | null;
}
export interface Term {
  readonly name: Scalar;
  readonly type: TypeExpr | null;
  readonly value: Node | null; // literal; null when asked
  readonly ask: boolean;
  readonly min: Scalar | null;
  readonly max: Scalar | null;
  readonly of: readonly Scalar[] | null;
  readonly note: Scalar | null;
  readonly span: Span;
}
export interface Fact {
  readonly name: Scalar;
  readonly type: TypeExpr | null;
  readonly start: Node | null; // literal, or the name of a term
  readonly min: Scalar | null;
  readonly max: Scalar | null;
  readonly span: Span;
}
export interface Derived {
  readonly name: Scalar;
  readonly is: Expr | Bands | First;
  readonly span: Span;
}
/** `{bands: level, "< 98%": 3%, else: 0%}`: rows are tried in order. */
export interface Bands {
  readonly kind: "bands";
  readonly of: Expr;
  readonly rows: readonly {
    readonly operator: Scalar;
    readonly op: "<" | "<=" | ">" | ">=" | "==";
    readonly bound: ExprOrLiteral;
    readonly give: ExprOrLiteral;
  }[];
  readonly else: ExprOrLiteral | null;
  readonly like: Scalar | null; // rows of another table
  readonly span: Span;
}
export interface First {
  readonly kind: "first";
  readonly rows: readonly { readonly when: Expr; readonly give: ExprOrLiteral }[];
  readonly else: ExprOrLiteral | null;
  readonly span: Span;
}
export interface Account {
  readonly name: Scalar;
  readonly asset: Scalar | null;
  readonly from: Scalar | null;
  readonly toBegin: ExprOrLiteral | null;
  readonly returnsTo: Scalar | null; // role or `giver`
  readonly leaves: readonly Scalar[] | null;
  readonly cap: ExprOrLiteral | null;
  readonly span: Span;
}

/** Who may act: roles (any of them), `anyone`, or an expression of type party. */
export type Who =
  | { readonly kind: "roles"; readonly roles: readonly Scalar[]; readonly span: Span }
  | { readonly kind: "anyone"; readonly span: Span }
  | { readonly kind: "expr"; readonly expr: Expr; readonly span: Span };

export interface Input {
  readonly name: Scalar;
  readonly type: TypeExpr;
  readonly min: ExprOrLiteral | null;
  readonly max: ExprOrLiteral | null;
  readonly of: readonly Scalar[] | null;
  readonly most: Scalar | null;
  readonly matches: Scalar | null;
  readonly optional: boolean;
  readonly span: Span;
}
/** Effects, the form X of the reference. */
export interface Effects {
  readonly then: readonly { readonly fact: Scalar; readonly value: ExprOrLiteral }[];
  readonly moves: readonly Move[];
  readonly cases: readonly Case[];
  readonly casesElse: Case | "refuse" | null; // mandatory when cases are given
  readonly give: readonly { readonly name: Scalar; readonly value: ExprOrLiteral }[];
  readonly tell: readonly { readonly to: Scalar; readonly what: Expr; readonly span: Span }[];
  readonly to: Scalar | null; // business state
  readonly ends: Scalar | null; // fulfilled | terminated | expired
  readonly span: Span;
}
export interface Case {
  readonly when: Expr | null; // null: the else row
  readonly effects: Effects;
  readonly span: Span;
}
/** The four verbs; the one-line sugar (`pay fee to provider`) is read into the same node. */
export type Move =
  | {
      readonly kind: "hold";
      readonly amount: Amount;
      readonly from: Scalar | null;
      readonly into: Scalar;
      readonly span: Span;
    }
  | {
      readonly kind: "pay";
      readonly amount: Amount;
      readonly from: Scalar | null;
      readonly to: Scalar;
      readonly span: Span;
    }
  | {
      readonly kind: "move";
      readonly amount: Amount;
      readonly from: Scalar;
      readonly into: Scalar;
      readonly span: Span;
    }
  | { readonly kind: "release"; readonly amount: Amount; readonly from: Scalar; readonly span: Span }
  | {
      readonly kind: "split";
      readonly amount: Amount;
      readonly from: Scalar;
      readonly to: readonly { readonly place: Scalar; readonly share: ExprOrLiteral | "rest" }[];
      readonly remainder: Scalar;
      readonly span: Span;
    };
/** `all` = the whole balance of the account it leaves. */
export type Amount = ExprOrLiteral | "all";

export interface Action {
  readonly name: Scalar;
  readonly who: Who | null;
  readonly inputs: readonly Input[];
  readonly pays: ExprOrLiteral | null;
  readonly into: Scalar | null;
  readonly change: Scalar | null; // refused | returned
  readonly in: readonly Scalar[] | null;
  readonly opens: ExprOrLiteral | null;
  readonly by: ExprOrLiteral | null;
  readonly before: ExprOrLiteral | null;
  readonly needs: readonly { readonly name: Scalar | null; readonly condition: Expr }[];
  readonly effects: Effects;
  readonly times: Scalar | null;
  readonly span: Span;
}
/** What follows a violation. */
export type Consequence =
  | { readonly kind: "name"; readonly name: Scalar; readonly span: Span } // an obligation or a power
  | { readonly kind: "end"; readonly span: Span }
  | { readonly kind: "nothing"; readonly span: Span }
  | { readonly kind: "effects"; readonly effects: Effects; readonly span: Span };

export interface Obligation {
  readonly name: Scalar;
  readonly who: Scalar | null;
  readonly to: Scalar | null;
  readonly duty:
    | { readonly kind: "must"; readonly action: Scalar }
    | { readonly kind: "pay"; readonly span: Span }
    | { readonly kind: "holds"; readonly condition: Expr }
    | null;
  readonly amount: ExprOrLiteral | null;
  readonly amountRead: Scalar | null; // birth | when_paid
  readonly parts: Scalar | { readonly atLeast: ExprOrLiteral } | null; // no | at least
  readonly excess: Scalar | null; // refused | returned
  readonly from: Scalar | null; // account
  readonly on: Scalar | null; // action
  readonly when: Expr | null;
  readonly again: boolean;
  readonly deadline: {
    readonly kind: "by" | "within" | "before";
    readonly at: ExprOrLiteral;
    readonly span: Span;
  } | null;
  readonly unless: Expr | null;
  readonly unknown: Scalar | null; // violated | excused
  readonly late: Scalar | null; // allowed | refused
  readonly cure: ExprOrLiteral | null;
  readonly else: readonly Consequence[] | null;
  readonly openAtMost: Scalar | null;
  readonly survives: Scalar | null; // yes | no | duration
  readonly span: Span;
}
export interface Power {
  readonly name: Scalar;
  readonly who: Who | null;
  readonly may: Scalar | null; // end | declare_missed
  readonly of: Scalar | null; // for declare_missed: an obligation
  readonly when: Expr | null;
  readonly unless: Expr | null;
  readonly notice: ExprOrLiteral | null;
  readonly times: Scalar | null; // a number, or `often`
  readonly effects: Effects; // then, moves
  readonly span: Span;
}
export interface Region {
  readonly name: string;
  readonly states: readonly State[];
  readonly span: Span;
}
export interface State {
  readonly name: Scalar;
  readonly initial: boolean;
  readonly on: readonly {
    readonly action: Scalar;
    readonly branches: readonly { readonly when: Expr | null; readonly to: Scalar }[];
  }[];
  readonly after: readonly { readonly at: ExprOrLiteral; readonly to: Scalar; readonly span: Span }[];
  readonly when: readonly { readonly condition: Expr; readonly to: Scalar }[];
  readonly enter: Effects | null;
  readonly ends: Scalar | null;
  readonly span: Span;
}
export interface Limit {
  readonly name: Scalar;
  readonly must: Expr;
  readonly cut: Scalar | null; // refuse | owed | waive
  readonly message: Scalar | null;
  readonly span: Span;
}

// ── Tests in the file ─────────────────────────────────────────────────────────────────────────────────────────────────

export interface Test {
  readonly name: Scalar;
  readonly steps: readonly TestStep[];
  readonly span: Span;
}
export type TestStep =
  | {
      readonly kind: "given";
      readonly state: Scalar | null;
      readonly at: Scalar | null;
      readonly facts: readonly Entry[];
      readonly accounts: readonly Entry[];
      readonly terms: readonly Entry[];
      readonly span: Span;
    }
  | {
      readonly kind: "act";
      readonly at: Scalar;
      readonly by: Scalar;
      readonly action: Scalar;
      readonly inputs: readonly Entry[];
      readonly value: readonly Scalar[];
      readonly span: Span;
    }
  | { readonly kind: "tick"; readonly at: Scalar; readonly span: Span }
  | { readonly kind: "refused"; readonly text: Scalar; readonly span: Span }
  | { readonly kind: "expect"; readonly entries: readonly Entry[]; readonly span: Span };
