// Relations: where in the data the edges are. The closure is computed when data is loaded.
import type { RelationDecl, Scalar } from "../../lang/ast.ts";
import { didYouMean } from "../../lang/suggest.ts";
import { READS_DATA, type Relation, type Step } from "../../vm/policy/table.ts";
import type { Type } from "../../vm/type.ts";
import { isBroken } from "../2-check/build.ts";
import { type Context, scopeOf } from "../2-check/context.ts";
import { typed } from "../2-check/expression.ts";
import { isTextLike, strip, words } from "../2-check/types.ts";
import { noSuchField, typeMismatch } from "../codes.ts";
import type { TExpr } from "../model.ts";

export function relationOf(
  context: Context,
  declared: RelationDecl,
  data: readonly { readonly name: string; readonly type: Type }[],
): Relation | null {
  if (declared.of === null) return null;
  const of = typed(context, scopeOf(`relation \`${declared.name.text}\``), declared.of);
  if (isBroken(of)) return null;
  const path = dataPath(of);
  const type = strip(of.type);
  const wanted = declared.step === null ? "a list of pairs of `data`" : "a map of `data`";
  const fits = declared.step === null ? type.kind === "list" : type.kind === "map";
  if (path === null || path.length === 0 || typeof path[0] !== "number" || path[0] >= data.length || !fits) {
    context.report(
      typeMismatch(declared.of.span, { what: "what a relation is made of", actual: words(type), expected: wanted }),
    );
    return null;
  }
  const item = strip((type as { readonly of: Type }).of);
  const step = (name: Scalar, list: boolean): Step | null => stepOf(context, item, name, list);
  const base = { name: declared.name.text, document: path[0], path: path.slice(1) };
  if (declared.step !== null) {
    const found = step(declared.step, true);
    return found === null ? null : { ...base, edges: { kind: "step", step: found } };
  }
  const from = declared.from === null ? null : step(declared.from, false);
  const to = declared.to === null ? null : step(declared.to, false);
  return from === null || to === null ? null : { ...base, edges: { kind: "pairs", from, to } };
}

function stepOf(context: Context, item: Type, name: Scalar, list: boolean): Step | null {
  if (item.kind === "any" || item.kind === "map") return name.text;
  const slot = item.kind === "record" ? item.fields.findIndex((field) => field.name === name.text) : -1;
  if (item.kind !== "record" || slot < 0) {
    const names = item.kind === "record" ? item.fields.map((field) => field.name) : [];
    context.report(
      noSuchField(name.span, { of: words(item), name: name.text }, { help: didYouMean(name.text, names) }),
    );
    return null;
  }
  const type = strip(item.fields[slot]!.type);
  const ids = list && type.kind === "list" ? strip(type.of) : type;
  if (isTextLike(ids) || ids.kind === "any") return slot;
  context.report(
    typeMismatch(name.span, {
      what: `\`${name.text}\``,
      actual: words(type),
      expected: list ? "a text, or a list of texts" : "a text",
    }),
  );
  return null;
}

/** Steps from `data`: the number of the document first. */
function dataPath(expr: TExpr): Step[] | null {
  if (expr.kind === "read" && expr.place.kind === "env" && expr.place.index === READS_DATA) return [];
  if (expr.kind !== "field" && expr.kind !== "any_field") return null;
  const before = dataPath(expr.of);
  return before === null ? null : [...before, expr.kind === "field" ? expr.slot : expr.name];
}
