// Names that a policy or a module knows: its own, and those of the modules it uses. A function of a module is read with the names of that
// module, whoever calls it.
import type { FunctionDecl, ModuleDocument, Scalar, Shared, Use } from "../../lang/ast.ts";
import { didYouMean } from "../../lang/suggest.ts";
import type { Context } from "../2-check/context.ts";
import { moduleCycle, nameClash, unknownModule } from "../codes.ts";
import type { TExpr } from "../model.ts";
import { recordOf } from "./values.ts";

export interface Placed<T> {
  readonly declared: T;
  /** Whose names it is read with. */
  readonly home: Namespace;
}
export interface Namespace {
  /** Null: the policy. */
  readonly module: string | null;
  readonly types: ReadonlyMap<string, Placed<Shared["types"][number]>>;
  readonly functions: ReadonlyMap<string, Placed<FunctionDecl>>;
  readonly values: readonly { readonly name: string; readonly value: TExpr }[];
}

/** Modules by the name they are used by. */
export type Modules = ReadonlyMap<string, ModuleDocument>;

type User = Shared & { readonly use: readonly Use[] };

/** `constant`: a literal as a constant. */
export function namespaceOf(
  context: Context,
  user: User,
  modules: Modules,
  constant: (node: Shared["values"][number]["value"]) => TExpr,
): Namespace {
  const made = new Map<ModuleDocument, Namespace | "open">();
  const build = (document: User, module: string | null): Namespace => {
    const types = new Map<string, Placed<Shared["types"][number]>>();
    const functions = new Map<string, Placed<FunctionDecl>>();
    const values: { name: string; value: TExpr }[] = [];
    const places = new Map<string, string>();
    const here = module === null ? "the policy" : `\`${module}\``;
    const claim = (what: string, name: string, at: Scalar, whose: string): boolean => {
      const before = places.get(`${what} ${name}`);
      places.set(`${what} ${name}`, whose);
      if (before === undefined || before === whose) return before === undefined;
      context.report(
        nameClash(
          at.span,
          { name, first: `a ${what} of ${before}`, second: `a ${what} of ${whose}` },
          {
            help: "give the module a name here:  use: {short: module}",
          },
        ),
      );
      return false;
    };
    const namespace: Namespace = { module, types, functions, values };
    for (const each of document.types)
      if (claim("type", each.name.text, each.name, here))
        types.set(each.name.text, { declared: each, home: namespace });
    for (const each of document.functions)
      if (claim("function", each.name.text, each.name, here))
        functions.set(each.name.text, { declared: each, home: namespace });
    for (const each of document.values)
      if (claim("value", each.name.text, each.name, here))
        values.push({ name: each.name.text, value: constant(each.value) });
    for (const use of document.use) {
      const used = find(use);
      if (used === null) continue;
      const whose = `\`${used.module}\``;
      const prefix = use.alias === null ? "" : `${use.alias.text}.`;
      for (const [name, placed] of used.types)
        if (claim("type", prefix + name, use.module, whose)) types.set(prefix + name, placed);
      for (const [name, placed] of used.functions)
        if (claim("function", prefix + name, use.module, whose)) functions.set(prefix + name, placed);
      if (use.alias === null) {
        for (const each of used.values) if (claim("value", each.name, use.module, whose)) values.push(each);
      } else if (used.values.length > 0 && claim("value", use.alias.text, use.alias, whose))
        values.push({ name: use.alias.text, value: recordOf(used.values, use.module.span) });
    }
    return namespace;
  };
  const find = ({ module: name }: Use): Namespace | null => {
    const document = modules.get(name.text);
    if (document === undefined) {
      const help = didYouMean(name.text, [...modules.keys()]);
      context.report(unknownModule(name.span, { name: name.text }, help === undefined ? {} : { help }));
      return null;
    }
    const before = made.get(document);
    if (before === "open") {
      context.report(moduleCycle(name.span, { name: name.text }));
      return null;
    }
    if (before !== undefined) return before;
    made.set(document, "open");
    const own = build(document, document.name.text);
    made.set(document, own);
    return own;
  };
  return build(user, null);
}
