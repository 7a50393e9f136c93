// Operators by binding strength, and flat chains of operands made into trees.
import type { BinaryOperator, Expr } from "../ast.ts";
import { join, type Span, textOf } from "../source.ts";

/** Higher binds tighter; all bind to the left. Source: The CUE Language Specification, "Operators". */
export const precedence: Readonly<Record<BinaryOperator, number>> = {
  "||": 1,
  "&&": 2,
  "==": 3,
  "!=": 3,
  "<": 3,
  "<=": 3,
  ">": 3,
  ">=": 3,
  "=~": 3,
  "!~": 3,
  "+": 4,
  "-": 4,
  "*": 5,
  "/": 5,
};
export const COMPARISON = 3;

/** Tree of `operands[0] operators[0] operands[1] …`. `chained` hears of comparisons that follow each other. */
export function fold(
  operands: readonly Expr[],
  operators: readonly { readonly op: BinaryOperator; readonly span: Span }[],
  chained: (first: Expr & { kind: "binary" }, at: Span, right: Expr) => void,
): Expr {
  const values: Expr[] = [operands[0]!];
  const waiting: { readonly op: BinaryOperator; readonly span: Span }[] = [];
  // Trees made here are not in brackets: a bracketed comparison may be compared.
  const made = new WeakSet<Expr>();
  const reduce = (): void => {
    const { op, span: opSpan } = waiting.pop()!;
    const right = values.pop()!;
    const left = values.pop()!;
    if (precedence[op] === COMPARISON && left.kind === "binary" && made.has(left) && precedence[left.op] === COMPARISON)
      chained(left, opSpan, right);
    const tree: Expr = { kind: "binary", op, left, right, opSpan, span: join(left.span, right.span) };
    made.add(tree);
    values.push(tree);
  };
  for (const [at, operator] of operators.entries()) {
    while (waiting.length > 0 && precedence[waiting.at(-1)!.op] >= precedence[operator.op]) reduce();
    waiting.push(operator);
    values.push(operands[at + 1]!);
  }
  while (waiting.length > 0) reduce();
  return values[0]!;
}

/** The text of `1 < x < 5` mended: `1 < x` and `x < 5`. */
export const unchained = (
  first: Expr & { kind: "binary" },
  at: Span,
  right: Expr,
): { left: string; right: string } => ({
  left: textOf(first.span),
  right: `${textOf(first.right.span)} ${textOf(at)} ${textOf(right.span)}`,
});
