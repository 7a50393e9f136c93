// What the whole of checking shares, and what a single expression may read.
import type { Agreement, Expr } from "../../lang/ast.ts";
import type { Diagnostic } from "../../lang/diagnostic.ts";
import type { Span } from "../../lang/source.ts";
import type { Builtin } from "../../stdlib/builtin.ts";
import type { Type } from "../../vm/type.ts";
import type { Value } from "../../vm/value.ts";
import type { Resolved } from "../1-resolve/index.ts";
import type { Declared, NameKind, Names } from "../1-resolve/names.ts";
import { kindWords } from "../1-resolve/names.ts";
import { unknownName, wrongName } from "../codes.ts";
import type { TExpr, TermDecl } from "../model.ts";
import type { Settings } from "./settings.ts";

export interface Context {
  /** Of a policy: what is settled at its top, in the shape of an agreement without parties. */
  readonly document: Agreement;
  /** What names and calls mean in a policy; null in an agreement. */
  readonly policy: PolicyWords | null;
  readonly resolved: Resolved;
  readonly names: Names;
  readonly settings: Settings;
  readonly report: (diagnostic: Diagnostic) => void;
  /** What an expression comes to when only constants and written terms are known; null when that is not enough. */
  readonly evaluate: (expr: TExpr) => { readonly value: Value } | null;
  /** Runs a check without reporting. */
  readonly quietly: <T>(run: () => T) => T;
  /** A library function by its number. */
  readonly builtin: (id: number) => Builtin | undefined;
  /** Filled in as their section is checked, in the order of the Program. */
  readonly terms: TermDecl[];
  readonly facts: { readonly name: string; readonly type: Type; readonly start: TExpr; readonly span: Span }[];
  /** The formula of a derived value, checked when it is first asked for; broken while it is being checked. */
  readonly derivedAt: (index: number) => TExpr;
  /** The asset an obligation is paid in; null when it is none to pay, or cannot be told. */
  readonly assetOfNorm: (index: number) => string | null;
  /** Asset of each account; null where it could not be told. */
  readonly accountAssets: (string | null)[];
  /** Inputs of each action, by name. */
  readonly inputs: Scope["inputs"][];
  /** Names some rule reads: what is never in it is reported. */
  readonly used: Set<string>;
  /** Money that came through `/`: not exact, so never compared with `==` and always rounded where it lands. */
  readonly rough: WeakSet<TExpr>;
  /** Range of a term, fact or input with `min` and `max`, by name: for the digits of products. */
  readonly ranges: Map<string, { readonly min: TExpr | null; readonly max: TExpr | null }>;
  /** Numbers of comprehension bindings, unique within the program. */
  nextLocal: number;
}

/** What a policy knows that an agreement does not. */
export interface PolicyWords {
  /** What a name means; null when it means nothing. */
  readonly named: (scope: Scope, name: string, span: Span) => TExpr | null;
  /** A call of a function or relation of the policy, or of a form that only policies have; null when it is none. */
  readonly call: (scope: Scope, call: Extract<Expr, { kind: "call" }>) => TExpr | null;
  /** A type of that name; null: none. Reports a type that holds itself. */
  readonly type: (name: string, span: Span) => Type | null;
  /** Names of its types. */
  readonly typeNames: () => Iterable<string>;
  /** Names of its functions, with those of modules. */
  readonly functionNames: () => Iterable<string>;
  /** Names that could be meant. */
  readonly candidates: () => Iterable<string>;
  /** What the input has, for a name that is like none; undefined where it has no names. */
  readonly inputHelp: () => string | undefined;
  /** Items of a list, keys of a map of an `any`: the input is refused beyond. */
  readonly itemsMax: number;
}

export interface Local {
  readonly index: number;
  readonly type: Type;
  readonly rough: boolean;
}

/** What an expression may read beside declared names. */
export interface Scope {
  /** The place for messages: ``the condition of obligation `repay` ``. */
  readonly where: string;
  readonly inputs: ReadonlyMap<string, { readonly index: number; readonly type: Type; readonly bytesMax: number }>;
  readonly locals: ReadonlyMap<string, Local>;
  /** Parameters of a function of a policy: the arguments of the call it is written out for. */
  readonly given: ReadonlyMap<string, TExpr>;
  /** Names known to be known here, because `known(name)` stands beside. */
  readonly narrowed: ReadonlySet<string>;
  /** Null where someone acts; else why nobody does. */
  readonly noCaller: string | null;
  /** The norm whose instance is at hand: `due(x)`, `paid(x)` of it read the instance. */
  readonly self: number | null;
  /** How `cause` is read (of the instance at hand, or the one it was born from), and the norms it can be. */
  readonly cause: { readonly place: "instance" | "cause"; readonly norms: readonly number[] } | null;
}

const NOTHING: ReadonlyMap<string, never> = new Map<string, never>();

/** A scope in which nobody acts. */
export const scopeOf = (where: string, more: Partial<Scope> = {}): Scope => ({
  where,
  inputs: NOTHING,
  locals: NOTHING,
  given: NOTHING,
  narrowed: new Set(),
  noCaller: "nobody acts when this is read",
  self: null,
  cause: null,
  ...more,
});

/** The declaration a name in the source means, of one of `kinds`; reports and gives undefined otherwise. */
export function find(
  context: Context,
  name: { readonly text: string; readonly span: Span },
  kinds: readonly NameKind[],
): Declared | undefined {
  const declared = context.names.get(name.text);
  const wanted = kinds.map((kind) => kindWords[kind]).join(" or ");
  if (declared === undefined) {
    const near = context.names.suggest(name.text, kinds);
    context.report(
      unknownName(
        name.span,
        { kind: wanted.replace(/^an? /, ""), name: name.text },
        near === null ? {} : { help: `did you mean \`${near}\`?` },
      ),
    );
    return undefined;
  }
  if (kinds.includes(declared.kind)) {
    context.used.add(name.text);
    return declared;
  }
  context.report(
    wrongName(
      name.span,
      { name: name.text, actual: kindWords[declared.kind], expected: wanted },
      { labels: [{ span: declared.span, text: "declared here" }] },
    ),
  );
  return undefined;
}
