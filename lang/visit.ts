// Walks over trees: every expression of a document, every part of an expression, every node of the raw tree.
import type { Agreement, Amount, Effects, Expr, ExprOrLiteral, Node, Who } from "./ast.ts";
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
export function* expressionsOf(document: Agreement): Generator<Expr> {
  const { runs } = document;
  yield* some(runs?.from, runs?.for, runs?.until);
  for (const { is } of document.derive) {
    if (is.kind === "bands") {
      yield is.of;
      for (const row of is.rows) yield* some(row.bound, row.give);
      yield* some(is.else);
    } else if (is.kind === "first") {
      for (const row of is.rows) yield* some(row.when, row.give);
      yield* some(is.else);
    } else yield is;
  }
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
