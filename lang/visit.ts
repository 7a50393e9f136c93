// Walks over trees: every expression of a document, every part of an expression, every node of the raw tree.
import type {
  Agreement,
  Amount,
  Derived,
  Document,
  Effects,
  Expr,
  ExprOrLiteral,
  Node,
  Pattern,
  Policy,
  RuleEntry,
  Template,
  Who,
} from "./ast.ts";
import { childrenOf } from "./expr/parse.ts";

/** Visits an expression and all within it, outer before inner, left before right. `visit` returns false to leave out what is
 *  inside. */
export function visitExpr(root: Expr, visit: (expr: Expr) => unknown): void {
  const waiting: Expr[] = [root];
  while (waiting.length > 0) {
    const expr = waiting.pop()!;
    if (visit(expr) !== false) waiting.push(...[...childrenOf(expr)].reverse());
  }
}

/** Visits a raw tree in order of the source, keys before their values. */
export function visitNode(root: Node, visit: (node: Node) => unknown): void {
  const waiting: Node[] = [root];
  while (waiting.length > 0) {
    const node = waiting.pop()!;
    if (visit(node) === false) continue;
    // Pushed one by one: a list may be longer than the arguments of a call.
    if (node.kind === "list") for (let at = node.items.length - 1; at >= 0; at--) waiting.push(node.items[at]!);
    else if (node.kind === "map")
      for (let at = node.entries.length - 1; at >= 0; at--)
        waiting.push(node.entries[at]!.value, node.entries[at]!.key);
  }
}

const isExpr = (value: ExprOrLiteral): value is Expr => value.kind !== "scalar";

/** The outermost expressions of a document, section by section in canonical order. Written values are none. */
export function* expressionsOf(document: Document): Generator<Expr> {
  if (document.kind === "agreement") yield* ofAgreement(document);
  else if (document.kind === "policy") yield* ofPolicy(document);
  else for (const { is } of document.functions) yield* some(is);
}

function* ofDerived(derive: readonly Derived[]): Generator<Expr> {
  for (const { is } of derive) {
    if (is.kind === "bands") {
      yield is.of;
      for (const row of is.rows) yield* some(row.bound, row.give);
      yield* some(is.else);
    } else if (is.kind === "first") {
      for (const row of is.rows) yield* some(row.when, row.give);
      yield* some(is.else);
    } else yield is;
  }
}

function* ofPolicy(policy: Policy): Generator<Expr> {
  for (const { of } of policy.relations) yield* some(of);
  yield* ofDerived(policy.derive);
  for (const { is } of policy.functions) yield* some(is);
  yield* policy.given;
  for (const entry of policy.rules) yield* ofRule(entry);
  for (const { pattern } of [...policy.never, ...policy.always]) yield* ofPattern(pattern);
}

function* ofRule(entry: RuleEntry): Generator<Expr> {
  if (entry.kind === "group") {
    if (entry.for !== null) yield* ofPattern(entry.for);
    for (const inner of entry.rules) yield* ofRule(inner);
    return;
  }
  for (const { sources } of entry.each) yield* sources;
  if (entry.match !== null) yield* ofPattern(entry.match);
  yield* entry.when;
  yield* entry.unless;
  if (entry.kind === "table") {
    for (const row of entry.rules) yield* ofRule(row);
    yield* some(entry.effect);
  } else for (const { args } of [...entry.then, ...entry.advise]) yield* ofTemplate(args);
  for (const text of [entry.message, entry.because])
    for (const part of text?.parts ?? []) if (typeof part !== "string") yield part;
}

function* ofPattern(pattern: Pattern): Generator<Expr> {
  if (pattern.kind === "expr") yield pattern.expr;
  else if (pattern.kind === "list") for (const item of pattern.items) yield* ofPattern(item);
  else if (pattern.kind === "map") for (const { value } of pattern.entries) yield* ofPattern(value);
}

function* ofTemplate(template: Template): Generator<Expr> {
  if (template.kind === "expr") yield template.expr;
  else if (template.kind === "list") for (const item of template.items) yield* ofTemplate(item);
  else if (template.kind === "map") for (const { value } of template.entries) yield* ofTemplate(value);
}

function* ofAgreement(document: Agreement): Generator<Expr> {
  const { runs } = document;
  yield* some(runs?.from, runs?.for, runs?.until);
  yield* ofDerived(document.derive);
  for (const account of document.accounts) yield* some(account.toBegin, account.cap);
  for (const action of document.actions) {
    yield* whoExpr(action.who);
    for (const input of action.inputs) yield* some(input.min, input.max);
    yield* some(action.pays, action.opens, action.by, action.before);
    for (const need of action.needs) yield need.condition;
    yield* effectExprs(action.effects);
  }
  for (const duty of document.obligations) {
    if (duty.duty?.kind === "holds") yield duty.duty.condition;
    yield* some(duty.amount, duty.parts !== null && "atLeast" in duty.parts ? duty.parts.atLeast : null);
    yield* some(duty.when, duty.deadline?.at, duty.unless, duty.cure);
    for (const consequence of duty.else ?? [])
      if (consequence.kind === "effects") yield* effectExprs(consequence.effects);
  }
  for (const power of document.powers) {
    yield* whoExpr(power.who);
    yield* some(power.when, power.unless, power.notice);
    yield* effectExprs(power.effects);
  }
  for (const region of document.regions)
    for (const state of region.states) {
      for (const { branches } of state.on) for (const branch of branches) yield* some(branch.when);
      for (const { at } of state.after) yield* some(at);
      for (const { condition } of state.when) yield condition;
      if (state.enter !== null) yield* effectExprs(state.enter);
    }
  for (const limit of document.limits) yield limit.must;
}

function* some(...values: readonly (ExprOrLiteral | null | undefined)[]): Generator<Expr> {
  for (const value of values) if (value !== null && value !== undefined && isExpr(value)) yield value;
}

function* whoExpr(who: Who | null): Generator<Expr> {
  if (who?.kind === "expr") yield who.expr;
}

const ofAmount = (amount: Amount): ExprOrLiteral | null => (amount === "all" ? null : amount);

function* effectExprs(effects: Effects): Generator<Expr> {
  for (const { value } of effects.then) yield* some(value);
  for (const move of effects.moves) {
    yield* some(ofAmount(move.amount));
    if (move.kind === "split") for (const { share } of move.to) yield* some(share === "rest" ? null : share);
  }
  const rows = [
    ...effects.cases,
    ...(effects.casesElse === null || effects.casesElse === "refuse" ? [] : [effects.casesElse]),
  ];
  for (const row of rows) {
    yield* some(row.when);
    yield* effectExprs(row.effects);
  }
  for (const { what } of effects.tell) yield what;
  for (const { value } of effects.give) yield* some(value);
}
