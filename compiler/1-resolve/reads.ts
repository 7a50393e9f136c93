// Which names an expression reads and what it asks about them, without knowing types: enough to order derived values and
// norms, and to say what a timer can change.
import type { Clause, Expr, ExprOrLiteral } from "../../lang/ast.ts";
import type { Span } from "../../lang/source.ts";

export interface Read {
  readonly name: string;
  /** The call the name is the only argument of: `violated`, `held` … */
  readonly ask: string | null;
  readonly span: Span;
}

/** Every name in the expression that no comprehension of it binds, in order of the text. */
export function readsOf(expr: ExprOrLiteral | null): Read[] {
  const reads: Read[] = [];
  if (expr !== null && expr.kind !== "scalar") visit(expr, null, new Set(), reads);
  return reads;
}

function visit(expr: Expr, ask: string | null, bound: ReadonlySet<string>, reads: Read[]): void {
  const inner = (each: Expr): void => visit(each, null, bound, reads);
  switch (expr.kind) {
    case "name":
      if (!bound.has(expr.name)) reads.push({ name: expr.name, ask, span: expr.span });
      return;
    case "select":
      return inner(expr.of);
    case "index":
      inner(expr.of);
      return inner(expr.at);
    case "call": {
      const only = expr.args.length === 1 && expr.args[0]!.kind === "name" ? expr.callee : null;
      for (const arg of expr.args) visit(arg, only, bound, reads);
      return;
    }
    case "unary":
      return inner(expr.of);
    case "binary":
      inner(expr.left);
      return inner(expr.right);
    case "interpolation":
      for (const part of expr.parts) if (typeof part !== "string") inner(part);
      return;
    case "list":
      return expr.items.forEach(inner);
    case "struct":
      for (const field of expr.fields) inner(field.value);
      return;
    case "comprehension":
      return visitComprehension(expr.clauses, expr.body, bound, reads);
    case "number":
    case "text":
    case "bytes":
    case "bool":
    case "null":
    case "broken":
      return;
  }
}

function visitComprehension(clauses: readonly Clause[], body: Expr, bound: ReadonlySet<string>, reads: Read[]): void {
  const names = new Set(bound);
  for (const clause of clauses) {
    if (clause.kind === "for") {
      visit(clause.source, null, names, reads);
      names.add(clause.value.name);
      if (clause.key !== null) names.add(clause.key.name);
    } else if (clause.kind === "let") {
      visit(clause.value, null, names, reads);
      names.add(clause.name.name);
    } else visit(clause.condition, null, names, reads);
  }
  visit(body, null, names, reads);
}
