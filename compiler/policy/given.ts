// What a rule gives: arguments of obligations and advice, typed by their schema, and texts for people.
import type { ObligationUse, Prose, Template } from "../../lang/ast.ts";
import { didYouMean } from "../../lang/suggest.ts";
import { mapOf } from "../../vm/map.ts";
import type { Type } from "../../vm/type.ts";
import { ErrorValue } from "../../vm/value.ts";
import { broken, constant, isBroken, isConst } from "../2-check/build.ts";
import { callBuiltin } from "../2-check/calls.ts";
import type { Context, Scope } from "../2-check/context.ts";
import { convert } from "../2-check/convert.ts";
import { typed } from "../2-check/expression.ts";
import { written } from "../2-check/literals.ts";
import { ANY, ERROR, strip, TEXT, words } from "../2-check/types.ts";
import { badPatternShape, missingKey, noSuchField, unknownObligation } from "../codes.ts";
import type { TExpr } from "../model.ts";
import type { GivenDecl, PolicyProgram } from "./model.ts";
import { freeLiteral } from "./patterns.ts";
import { masked } from "./secrets.ts";
import { shownOr } from "./words.ts";

interface Declared {
  readonly name: string;
  readonly type: Type;
}

/** `others`: what is declared as the other of the two. */
export function givenOf(
  context: Context,
  scope: Scope,
  uses: readonly ObligationUse[],
  {
    what,
    declared,
    others,
  }: {
    readonly what: "obligation" | "advice";
    readonly declared: readonly Declared[];
    readonly others: readonly Declared[];
  },
): GivenDecl[] {
  return uses.flatMap(({ name, args }) => {
    const index = declared.findIndex((each) => each.name === name.text);
    if (index < 0) {
      const names = declared.map((each) => each.name);
      context.report(
        unknownObligation(
          name.span,
          { what, name: name.text },
          {
            help: others.some((each) => each.name === name.text)
              ? what === "advice"
                ? "it is an obligation: write it under `then`"
                : "it is advice: write it under `advise`"
              : (didYouMean(name.text, names) ??
                (names.length === 0
                  ? `declare it:  ${what === "advice" ? "advice" : "obligations"}: {${name.text}: {…}}`
                  : `known are ${names.map((each) => `\`${each}\``).join(", ")}`)),
          },
        ),
      );
      return [];
    }
    const made = templateOf(context, scope, args, declared[index]!.type, `\`${name.text}\``);
    return isBroken(made) ? [] : [{ name: index, args: made }];
  });
}

function templateOf(context: Context, scope: Scope, template: Template, wanted: Type, where: string): TExpr {
  const type = strip(wanted);
  const { span } = template;
  if (wanted === ERROR) return broken(span);
  if (template.kind === "expr") return convert(context, typed(context, scope, template.expr), wanted, where);
  if (template.kind === "literal") {
    const { value } = template;
    if (value.kind === "null") return constant({ kind: "null" }, null, span);
    return type.kind === "any" ? freeLiteral(context, value) : written(context, value, type);
  }
  if (template.kind === "list") {
    const of = type.kind === "list" ? type.of : type.kind === "any" ? ANY : null;
    if (of === null) return misfit(context, template, type);
    const items = template.items.map((item) => templateOf(context, scope, item, of, where));
    return items.some(isBroken)
      ? broken(span)
      : { kind: "list", items, type: { kind: "list", of, most: items.length }, span };
  }
  if (type.kind === "map") return mapOfTemplate(context, scope, template, type.of, wanted, where);
  if (type.kind === "any") return mapOfTemplate(context, scope, template, ANY, wanted, where);
  if (type.kind !== "record") return misfit(context, template, type);
  for (const { key } of template.entries)
    if (!type.fields.some(({ name }) => name === key.text))
      context.report(
        noSuchField(
          key.span,
          { of: where, name: key.text },
          {
            help: didYouMean(
              key.text,
              type.fields.map(({ name }) => name),
            ),
          },
        ),
      );
  const fields = type.fields.map((field): TExpr => {
    const entry = template.entries.find(({ key }) => key.text === field.name);
    if (entry !== undefined)
      return templateOf(context, scope, entry.value, field.type, `\`${field.name}\` of ${where}`);
    if (field.optional) return constant(field.type, new ErrorValue("absent", field.name), span);
    context.report(missingKey(span, { what: where, key: field.name }, { help: `add  ${field.name}: …` }));
    return broken(span);
  });
  return fields.some(isBroken) ? broken(span) : { kind: "record", fields, type, span };
}

/** Keys are the author's, so they are written; of values any may be computed. */
function mapOfTemplate(
  context: Context,
  scope: Scope,
  { entries, span }: Extract<Template, { kind: "map" }>,
  of: Type,
  wanted: Type,
  where: string,
): TExpr {
  const values = entries.map(({ key, value }) => templateOf(context, scope, value, of, `\`${key.text}\` of ${where}`));
  if (values.some(isBroken)) return broken(span);
  const keys = entries.map(({ key }) => key.text);
  if (values.every(isConst)) {
    const map = mapOf(keys.map((key, at) => [key, values[at]!.value] as const));
    if (map !== undefined) return constant(wanted, map, span);
  }
  const names = constant({ kind: "list", of: TEXT, most: keys.length }, keys, span);
  const items: TExpr = { kind: "list", items: values, type: { kind: "list", of, most: values.length }, span };
  return convert(context, callBuiltin(context, "map_of", [names, items], where, span), wanted, where);
}

function misfit(context: Context, template: Template, type: Type): TExpr {
  context.report(badPatternShape(template.span, { expected: words(type) }));
  return broken(template.span);
}

/** Prose with its slots filled in; null: none written. */
export function proseOf(
  context: Context,
  scope: Scope,
  prose: Prose | null,
  shown: Pick<PolicyProgram, "derived" | "secrets">,
): TExpr | null {
  if (prose === null) return null;
  const parts = prose.parts.flatMap((part): TExpr[] => {
    if (typeof part === "string") return part === "" ? [] : [constant(TEXT, part, prose.span)];
    const value = typed(context, scope, part);
    return [isBroken(value) ? value : shownOr(context, masked(value, shown), part.span)];
  });
  if (parts.some(isBroken)) return broken(prose.span);
  if (parts.length === 0) return constant(TEXT, "", prose.span);
  return parts.length === 1 ? parts[0]! : callBuiltin(context, "concat_text", parts, "a text", prose.span);
}
