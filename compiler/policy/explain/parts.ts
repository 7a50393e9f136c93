// The condition of a rule taken apart: its atoms, and what else must hold, each with what it reads.
import type { Span } from "../../../lang/source.ts";
import type { Atom } from "../../../vm/policy/table.ts";
import type { Type } from "../../../vm/type.ts";
import type { TExpr } from "../../model.ts";
import type { PolicyProgram, RuleDecl } from "../model.ts";
import { alongPath } from "../paths.ts";
import { type Named, readingsOf, sourceText } from "./readings.ts";

/** A part of a conjunction: the rule is true when every part is. */
export type Part = AtomPart | ExprPart;
export interface AtomPart {
  readonly kind: "atom";
  readonly atom: Atom;
  /** Name and type of its path. */
  readonly name: string;
  readonly type: Type;
  readonly text: string;
  readonly span: Span;
}
export interface ExprPart {
  readonly kind: "expr";
  readonly expr: TExpr;
  readonly reads: readonly Named[];
  readonly text: string;
  readonly span: Span;
}

export function partsOf(rule: RuleDecl, program: PolicyProgram): Part[] {
  const locals = localNames(rule);
  const exprs = rule.truth === null ? [] : conjuncts(rule.truth);
  return [
    ...rule.atoms.map(({ atom, span }) => atomPart(atom, span, program)),
    ...exprs.map((expr) => exprPart(expr, program, locals)),
  ];
}

/** Elements of `each` by the path of their list: `items[…]`. */
export const localNames = (rule: RuleDecl): ReadonlyMap<number, string> =>
  new Map(rule.each.map(({ item, sources }) => [item, `${sources.map(({ name }) => name).join("|")}[…]`]));

export function exprPart(expr: TExpr, program: PolicyProgram, locals: ReadonlyMap<number, string>): ExprPart {
  const reads = readingsOf(expr, program, locals);
  const text = sourceText(expr);
  const first = reads[0];
  const about = first === undefined || text.includes(lastStep(first.name)) ? text : patternText(first.name, expr.span);
  // `unless`: the words are those of what must not hold. A pattern says its `not` itself.
  const inner = expr.kind === "op" && expr.op === "not" ? expr.args[0] : undefined;
  const isOk = inner?.kind === "op" && inner.op === "is_error";
  const denied = inner !== undefined && about === text && !isOk && !/^(!|not\b)/.test(text);
  return { kind: "expr", expr, reads, text: denied ? `not (${about})` : about, span: expr.span };
}

const lastStep = (name: string): string => name.split(".").at(-1) ?? "";

/** A pattern with what it is about: it stands behind its keys, and alone says nothing. The keys on its own line are enough. */
function patternText(name: string, span: Span): string {
  const { text } = span.source;
  const line = text.slice(text.lastIndexOf("\n", span.start - 1) + 1, span.start);
  const chain = /(?:[\w-]+\??:\s*[{[]?\s*)+$/.exec(line)?.[0] ?? "";
  const keys = [...chain.matchAll(/([\w-]+)\??:/g)].map((match) => match[1] ?? "");
  const own = keys.lastIndexOf(lastStep(name));
  const below = keys.slice(own + 1);
  const written = sourceText({ span });
  // The author's braces around an expression are no part of its place.
  const value = below.at(-1) === "expr" ? `{expr: ${written}}` : written;
  return [name, ...(value === written ? below : below.slice(0, -1)), value].join(": ");
}

function atomPart(atom: Atom, span: Span, program: PolicyProgram): AtomPart {
  const { names, type } = alongPath(program.input, atom.path);
  const name = names.join(".");
  return { kind: "atom", atom, name, type, text: patternText(name, span), span };
}

export function conjuncts(expr: TExpr): readonly TExpr[] {
  return expr.kind === "and" ? expr.args.flatMap(conjuncts) : [expr];
}
