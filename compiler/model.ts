// What checking makes of an agreement and lowering reads: every name resolved, every expression typed and elaborated.
// Lowering needs no types, no units and no calendar of its own: overloads are chosen, written values are constants,
// implicit arguments (zone, calendar, rounding) are filled in, and money is rounded by explicit calls where it lands.
//
// Invariant: a Program exists only for a document without errors.
import type { CueLowered } from "../lang/cue/lowered.ts";
import type { Span } from "../lang/source.ts";
import type { Type } from "../vm/type.ts";
import type { Value } from "../vm/value.ts";

// ── Typed expressions ─────────────────────────────────────────────────────────────────────────────────────────────────

/** Instructions with operands only, see vm/opcodes.ts. `eq` and `ne` get their bound from the operand types. */
export type Operator =
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "neg"
  | "round_add"
  | "round_sub"
  | "round_mul"
  | "to_decimal"
  | "eq"
  | "ne"
  | "lt"
  | "le"
  | "not"
  | "known"
  | "present"
  | "is_true"
  | "is_error"
  | "length"
  | "item"
  | "key";

interface Typed {
  readonly type: Type;
  readonly span: Span;
}
export type TExpr = Typed &
  (
    | { readonly kind: "const"; readonly value: Value }
    | { readonly kind: "read"; readonly place: Place }
    | { readonly kind: "op"; readonly op: Operator; readonly args: readonly TExpr[]; readonly bound?: number }
    /** Kleene `&&`/`||` over two or more; the right side is skipped when the left decides. */
    | { readonly kind: "and" | "or"; readonly args: readonly TExpr[] }
    /** `bound`: largest work in units of the builtin (length of text, items …). */
    | { readonly kind: "call"; readonly builtin: number; readonly args: readonly TExpr[]; readonly bound: number }
    /** Rows in order: the first condition that is exactly true gives; an erring or unknown condition before it makes the
     *  whole that error or unknown. Both `choose`, `bands` and `first` tables become this. */
    | {
        readonly kind: "choose";
        readonly rows: readonly { readonly when: TExpr; readonly give: TExpr }[];
        readonly else: TExpr;
      }
    /** `default(x, d)`, `known_first(a, b)`: the first value that is known, else the last. */
    | { readonly kind: "known_first"; readonly args: readonly TExpr[] }
    /** `get(e, d)`: d when e is absent. */
    | { readonly kind: "get_or"; readonly of: TExpr; readonly else: TExpr }
    | { readonly kind: "list"; readonly items: readonly TExpr[] }
    | { readonly kind: "record"; readonly fields: readonly TExpr[] } // in the order of the type
    | { readonly kind: "field"; readonly of: TExpr; readonly slot: number }
    | { readonly kind: "any_field"; readonly of: TExpr; readonly name: string } // on `any` and maps
    /** A constraint of CUE on a value; an error when the value is over the bounds. */
    | { readonly kind: "constraint"; readonly of: TExpr; readonly constraint: CueLowered; readonly items: number }
    | { readonly kind: "match"; readonly text: TExpr; readonly pattern: string; readonly bound: number }
    | { readonly kind: "comprehension"; readonly loop: Loop }
    /** A comprehension directly inside a quantifier or aggregate is not built. */
    | {
        readonly kind: "aggregate";
        readonly over: "any" | "all" | "none" | "count" | "sum" | "min" | "max";
        readonly loop: Loop;
      }
    | { readonly kind: "norm"; readonly ask: NormQuestion; readonly norm: number }
    | { readonly kind: "norm_amount"; readonly ask: "paid" | "owed"; readonly norm: number } // sum over its instances
    | { readonly kind: "norm_due"; readonly norm: number } // instant? of the latest born
    | { readonly kind: "power"; readonly ask: "used" | "usable"; readonly power: number }
  );

/** Over the latest born instance: false when there is none; `open` counts unsettled ones. */
export type NormQuestion =
  | "done"
  | "violated"
  | "overdue"
  | "met"
  | "excused"
  | "open"
  | "times_violated"
  | "cured"
  | "born";

export interface Loop {
  readonly source: TExpr; // a list of at most `bound` items
  readonly bound: number;
  readonly item: number; // local binding numbers, unique within the program
  readonly index: number | null;
  readonly clauses: readonly (
    | { readonly kind: "if"; readonly condition: TExpr }
    | { readonly kind: "let"; readonly local: number; readonly value: TExpr }
    | { readonly kind: "for"; readonly loop: Omit<Loop, "clauses" | "body"> }
  )[];
  readonly body: TExpr;
}

/** Where a value is read from. Numbers are indexes into the lists of the Program. */
export type Place =
  | { readonly kind: "term" | "fact" | "derived"; readonly index: number }
  | { readonly kind: "input"; readonly index: number } // of the action being run
  | { readonly kind: "local"; readonly index: number } // bound by a comprehension
  /** Of a policy: input, data, relations and derived values, numbered as in vm/policy/table.ts. */
  | { readonly kind: "env"; readonly index: number }
  | { readonly kind: "balance"; readonly account: number } // held(x)
  | { readonly kind: "state"; readonly region: number } // text: name of the business state
  | { readonly kind: "entered"; readonly region: number } // instant
  /** `outcome`: text, unknown before the end. `activated`, `ended_at`: instants, unknown before they happened. */
  | { readonly kind: "now" | "caller" | "active" | "ended" | "outcome" | "activated" | "ended_at" }
  /** Of the instance at hand or the one it was born from; `born` is the instance's birth instant. */
  | { readonly kind: "instance" | "cause"; readonly field: "due" | "amount" | "paid" | "born" };

/** A condition that time alone can make true: `wakes` are instants at which it may change (see rule 19); a timer with edge
 *  `open` fires at each of them that lies after the clock; one that is unknown or an error sets no timer. Empty when the
 *  condition does not read `now`. */
export interface Condition {
  readonly expr: TExpr;
  readonly wakes: readonly TExpr[];
}

/** Rule 1. `at` is evaluated once, at birth (or on entry), with `now` the instant of birth. */
export interface Deadline {
  readonly at: TExpr; // instant
  readonly edge: "open" | "closed";
  readonly span: Span;
}

// ── The agreement ─────────────────────────────────────────────────────────────────────────────────────────────────────

export interface Program {
  readonly name: string;
  readonly version: string;
  readonly title: string;
  readonly ticks: boolean; // clock: ticks
  readonly catchUp: number;
  readonly roundingMoney: RoundingMode | null;
  readonly assets: readonly { readonly name: string; readonly digits: number; readonly unique: boolean }[];
  readonly rail: number | null; // role; null: the test rail
  readonly roles: readonly {
    readonly name: string;
    readonly title: string;
    readonly kind: "party" | "witness" | "court" | "rail";
    readonly key: string | null;
  }[];
  readonly terms: readonly TermDecl[];
  readonly facts: readonly { readonly name: string; readonly type: Type; readonly start: TExpr; readonly span: Span }[];
  /** In an order in which each reads only earlier ones. */
  readonly derived: readonly { readonly name: string; readonly is: TExpr; readonly span: Span }[];
  readonly accounts: readonly AccountDecl[];
  readonly actions: readonly ActionDecl[];
  /** Ascending by rank; norms of one rank keep the order of the source. */
  readonly norms: readonly NormDecl[];
  readonly powers: readonly PowerDecl[];
  readonly regions: readonly RegionDecl[];
  readonly limits: readonly LimitDecl[];
  /** Expiry (`runs`), evaluated at activation. */
  readonly expires: Deadline | null;
  readonly span: Span;
}

export type RoundingMode = "floor" | "ceiling" | "toward-zero" | "away" | "half-up" | "half-even" | "half-down";

export interface TermDecl {
  readonly name: string;
  readonly type: Type;
  readonly value: Value; // undefined when asked
  readonly asked: boolean;
  readonly check: TExpr | null; // min, max, of, digits of money: read when offered; true passes. Null for written terms
  readonly span: Span;
}
export interface AccountDecl {
  readonly name: string;
  readonly asset: number;
  readonly from: number | null; // role that funds it when signing
  readonly toBegin: TExpr | null; // landed
  readonly returnsTo: number | "giver"; // role; giver = from
  readonly leaves: readonly (number | { readonly account: number })[] | null; // null: anywhere
  readonly cap: TExpr | null;
  readonly span: Span;
}
export type WhoDecl =
  | { readonly kind: "roles"; readonly roles: readonly number[] }
  | { readonly kind: "anyone" }
  | { readonly kind: "expr"; readonly expr: TExpr };

export interface InputDecl {
  readonly name: string;
  readonly type: Type; // optional when it may be left out
  readonly check: TExpr | null; // min, max, of, matches, most, digits of money; reads the input itself; true or unknown passes
  readonly span: Span;
}
export interface ActionDecl {
  readonly name: string;
  readonly who: WhoDecl;
  readonly inputs: readonly InputDecl[];
  readonly pays: {
    readonly amount: TExpr;
    readonly asset: number;
    readonly into: number | null;
    readonly changeReturned: boolean;
  } | null;
  readonly states: readonly { readonly region: number; readonly states: readonly number[] }[]; // allowed only there; empty: everywhere
  readonly opens: TExpr | null; // too-early before this instant
  readonly closes: Deadline | null; // too-late after
  readonly needs: readonly { readonly name: string; readonly condition: TExpr }[];
  readonly effects: EffectsDecl;
  readonly times: number | null;
  readonly span: Span;
}
export interface EffectsDecl {
  readonly then: readonly { readonly fact: number; readonly value: TExpr; readonly span: Span }[]; // landed
  readonly moves: readonly MoveDecl[];
  /** First row whose `when` is true; the last has `when: null`. Empty when there are no cases. */
  readonly cases: readonly {
    readonly when: TExpr | null;
    readonly effects: EffectsDecl | "refuse";
    readonly span: Span;
  }[];
  readonly give: readonly { readonly name: string; readonly value: TExpr }[];
  readonly tell: readonly { readonly to: number; readonly what: TExpr }[];
  readonly to: { readonly region: number; readonly state: number } | null;
  readonly ends: "fulfilled" | "terminated" | "expired" | null;
  readonly span: Span;
}
/** `caller` pays from what came with the event; as a receiver it is whoever acts. A party value is the name of its role
 *  (of one who is no role, under `anyone`, the did). */
export type PlaceOfMoney =
  | { readonly kind: "account"; readonly account: number }
  | { readonly kind: "role"; readonly role: number }
  | { readonly kind: "caller" }
  | { readonly kind: "party"; readonly expr: TExpr };

export type MoveDecl =
  /** `amount` is landed; "all" is the balance of the account it leaves. `verb` is what the receipt says. */
  | {
      readonly kind: "transfer";
      readonly verb: "hold" | "pay" | "move" | "release";
      readonly asset: number;
      readonly amount: TExpr | "all";
      readonly from: PlaceOfMoney;
      readonly to: PlaceOfMoney;
      readonly span: Span;
    }
  /** A share is a percent, decimal or quotient of the amount (multiply with `round_mul`), cut by the declared rounding;
   *  `remainder` gets what is left. */
  | {
      readonly kind: "split";
      readonly asset: number;
      readonly amount: TExpr | "all";
      readonly from: PlaceOfMoney;
      readonly shares: readonly { readonly to: PlaceOfMoney; readonly share: TExpr }[];
      readonly remainder: PlaceOfMoney;
      readonly span: Span;
    };

export interface NormDecl {
  readonly name: string;
  readonly rank: number;
  readonly debtor: number;
  readonly creditor: number | null;
  readonly duty:
    | { readonly kind: "must"; readonly action: number }
    | { readonly kind: "pay"; readonly asset: number }
    | { readonly kind: "holds"; readonly condition: Condition };
  readonly amount: TExpr | null; // landed
  readonly amountWhenPaid: boolean;
  readonly partsAtLeast: TExpr | null; // null: exact payment only
  readonly excessReturned: boolean;
  readonly from: number | null; // account that pays at birth
  readonly birth:
    | { readonly kind: "once" }
    | { readonly kind: "on"; readonly action: number }
    | { readonly kind: "else" };
  readonly when: Condition | null;
  readonly again: boolean;
  readonly deadline: Deadline | null;
  readonly unless: TExpr | null;
  /** What an unknown `unless` or `holds` means at the due instant. */
  readonly unknown: "violated" | "excused";
  readonly late: boolean;
  /** Evaluated when it becomes overdue, with `now` = the due instant. */
  readonly cure: Deadline | null;
  readonly else: readonly ConsequenceDecl[];
  readonly openAtMost: number;
  readonly survives: boolean;
  readonly survivesUntil: Deadline | null; // evaluated at the end of the agreement
  readonly span: Span;
}
export type ConsequenceDecl =
  | { readonly kind: "norm"; readonly norm: number }
  | { readonly kind: "power"; readonly power: number }
  | { readonly kind: "end" }
  | { readonly kind: "effects"; readonly effects: EffectsDecl };

export interface PowerDecl {
  readonly name: string;
  readonly who: WhoDecl;
  readonly may: { readonly kind: "end" } | { readonly kind: "declare_missed"; readonly norm: number };
  readonly when: TExpr | null; // guard: `now` is free here
  readonly unless: TExpr | null;
  readonly onlyAfterElse: boolean; // named in an `else`: usable only once that fired
  readonly notice: Deadline | null;
  readonly times: number | "often";
  readonly effects: EffectsDecl;
  readonly span: Span;
}
export interface RegionDecl {
  readonly name: string;
  readonly initial: number;
  readonly states: readonly StateDecl[];
}
export interface StateDecl {
  readonly name: string;
  readonly on: readonly {
    readonly action: number;
    readonly branches: readonly { readonly when: TExpr | null; readonly to: number }[];
  }[];
  readonly after: readonly { readonly at: Deadline; readonly to: number }[]; // evaluated on entry
  readonly when: readonly { readonly condition: Condition; readonly to: number }[];
  readonly enter: EffectsDecl | null;
  readonly ends: "fulfilled" | "terminated" | "expired" | null;
  readonly span: Span;
}
export interface LimitDecl {
  readonly name: string;
  readonly must: Condition;
  readonly termsOnly: boolean; // checked when offered
  readonly cut: "refuse" | "owed" | "waive";
  readonly message: string | null;
  readonly span: Span;
}
