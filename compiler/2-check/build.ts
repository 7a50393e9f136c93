// Makes typed expressions. What is constant is computed here, by the machine's own operations, so that checking and running
// cannot differ; what comes out as an error stays an operation, for the run to show.
import type { Span } from "../../lang/source.ts";
import type { Builtin } from "../../stdlib/builtin.ts";
import { add, div, mul, neg, roundAdd, roundMul, roundSub, sub, toDecimal } from "../../vm/arithmetic.ts";
import { isKnown, isPresent, obstacle, runBuiltin } from "../../vm/operations.ts";
import { and, equalValues, less, lessOrEqual, not, or } from "../../vm/order.ts";
import type { Type } from "../../vm/type.ts";
import { ErrorValue, type Value } from "../../vm/value.ts";
import type { Operator, Place, TExpr } from "../model.ts";
import type { Context } from "./context.ts";
import { ERROR } from "./types.ts";

export type Const = Extract<TExpr, { kind: "const" }>;

export const constant = (type: Type, value: Value, span: Span): Const => ({ kind: "const", type, value, span });
export const read = (type: Type, place: Place, span: Span): TExpr => ({ kind: "read", type, place, span });

/** Stands for what was reported already. */
export const broken = (span: Span): TExpr => constant(ERROR, undefined, span);
export const isBroken = (expr: TExpr): boolean => expr.type === ERROR;

export const isConst = (expr: TExpr): expr is Const => expr.kind === "const";

const OPERATIONS: Partial<Record<Operator, (...args: Value[]) => Value>> = {
  add: (a, b) => add(a, b),
  sub: (a, b) => sub(a, b),
  mul: (a, b) => mul(a, b),
  div: (a, b) => div(a, b),
  neg: (a) => neg(a),
  round_add: (a, b) => roundAdd(a, b),
  round_sub: (a, b) => roundSub(a, b),
  round_mul: (a, b) => roundMul(a, b),
  to_decimal: (a) => toDecimal(a),
  eq: (a, b) => equalValues(a, b),
  ne: (a, b) => !equalValues(a, b),
  lt: (a, b) => less(a, b),
  le: (a, b) => lessOrEqual(a, b),
  not: (a) => not(a),
};

/** The value of an operation on values, or undefined as a whole when the operation is not computed ahead. */
export function operate(op: Operator, args: readonly Value[]): { readonly value: Value } | undefined {
  if (op === "known") return { value: isKnown(args[0]) };
  if (op === "present") return { value: isPresent(args[0]) };
  if (op === "is_true") return { value: args[0] === true };
  const run = OPERATIONS[op];
  if (run === undefined) return undefined;
  return obstacle(args) ?? { value: run(...args) };
}

/** The value of a constant expression; undefined when it is not one, or is an error or unknown. */
function folded(args: readonly TExpr[], compute: (values: Value[]) => { readonly value: Value } | undefined): Value {
  const values: Value[] = [];
  for (const arg of args) {
    if (arg.kind !== "const" || arg.type === ERROR) return undefined;
    values.push(arg.value);
  }
  const result = compute(values)?.value;
  return result instanceof ErrorValue ? undefined : result;
}

/** An operation; a constant when its operands are. `bound` as in TExpr. */
export function operation(op: Operator, args: readonly TExpr[], type: Type, span: Span, bound?: number): TExpr {
  const value = folded(args, (values) => operate(op, values));
  if (value !== undefined) return constant(type.kind === "optional" ? type.of : type, value, span);
  return { kind: "op", op, args, type, span, ...(bound === undefined ? {} : { bound }) };
}

/** A call of a builtin with all its arguments, the implicit ones too; a constant when they are. */
export function builtinCall(builtin: Builtin, args: readonly TExpr[], bound: number, type: Type, span: Span): TExpr {
  const value = folded(args, (values) =>
    builtin.lazy === true
      ? { value: runBuiltin(builtin, values) }
      : (obstacle(values) ?? { value: runBuiltin(builtin, values) }),
  );
  if (value !== undefined) return constant(type.kind === "optional" ? type.of : type, value, span);
  return { kind: "call", builtin: builtin.id, args, bound, type, span };
}

/** `&&` or `||` over two or more; constants that decide nothing are left out. */
export function junction(kind: "and" | "or", args: readonly TExpr[], type: Type, span: Span): TExpr {
  const value = folded(args, (values) => ({ value: values.reduce((a, b) => (kind === "and" ? and(a, b) : or(a, b))) }));
  return value === undefined
    ? { kind, args, type, span }
    : constant(type.kind === "optional" ? type.of : type, value, span);
}

/** The operand expressions of a node, comprehensions included, in order. */
export function children(expr: TExpr): readonly TExpr[] {
  switch (expr.kind) {
    case "op":
    case "and":
    case "or":
    case "call":
    case "known_first":
      return expr.args;
    case "choose":
      return [...expr.rows.flatMap((row) => [row.when, row.give]), expr.else];
    case "get_or":
      return [expr.of, expr.else];
    case "list":
      return expr.items;
    case "record":
      return expr.fields;
    case "field":
    case "any_field":
    case "constraint":
      return [expr.of];
    case "match":
      return [expr.text];
    case "comprehension":
    case "aggregate":
      return [
        expr.loop.source,
        ...expr.loop.clauses.map((clause) =>
          clause.kind === "if" ? clause.condition : clause.kind === "let" ? clause.value : clause.loop.source,
        ),
        expr.loop.body,
      ];
    default:
      return [];
  }
}

/** Whether any node of the tree passes; derived values are not followed. */
export const some = (expr: TExpr, passes: (each: TExpr) => boolean): boolean =>
  passes(expr) || children(expr).some((child) => some(child, passes));

/** Remembers what `make` says of an expression, by identity. Derived values read each other: without it, walking into them
 *  again at each read would double the work at each level. */
export function remembered<T>(make: (context: Context, expr: TExpr) => T): (context: Context, expr: TExpr) => T {
  const known = new WeakMap<TExpr, { readonly value: T }>();
  return (context, expr) => {
    const found = known.get(expr);
    if (found !== undefined) return found.value;
    const value = make(context, expr);
    known.set(expr, { value });
    return value;
  };
}
