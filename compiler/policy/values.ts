// `values`: literals that are part of the module. A scalar is what it looks like, a list is one of like things, a map a record.
import type { Node } from "../../lang/ast.ts";
import type { Span } from "../../lang/source.ts";
import type { Type } from "../../vm/type.ts";
import { broken, constant, isBroken } from "../2-check/build.ts";
import type { Context } from "../2-check/context.ts";
import { unify } from "../2-check/convert.ts";
import { guessed } from "../2-check/literals.ts";
import type { TExpr } from "../model.ts";

/** A constant. */
export function constantValue(context: Context, node: Node): TExpr {
  switch (node.kind) {
    case "scalar":
      return guessed(context, node);
    case "null":
      return constant({ kind: "null" }, null, node.span);
    case "list": {
      const { type, exprs } = unify(
        context,
        node.items.map((item) => constantValue(context, item)),
        "this item",
        node.span,
      );
      const values = exprs.flatMap((each) => (each.kind === "const" && !isBroken(each) ? [each.value] : []));
      if (values.length < exprs.length) return broken(node.span);
      return constant({ kind: "list", of: type, most: values.length }, values, node.span);
    }
    case "map": {
      const fields = node.entries.map(({ key, value }) => ({ name: key.text, value: constantValue(context, value) }));
      if (fields.some(({ value }) => isBroken(value) || value.kind !== "const")) return broken(node.span);
      return recordOf(fields, node.span);
    }
  }
}

/** Constants by name as one. */
export function recordOf(fields: readonly { readonly name: string; readonly value: TExpr }[], span: Span): TExpr {
  const type: Type = {
    kind: "record",
    fields: fields.map(({ name, value }) => ({ name, type: value.type, optional: false })),
    open: false,
  };
  return constant(
    type,
    fields.map(({ value }) => (value.kind === "const" ? value.value : undefined)),
    span,
  );
}
