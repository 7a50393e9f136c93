// Types as an author writes them to types of values.
import type { Scalar, TypeExpr } from "../../lang/ast.ts";
import { didYouMean } from "../../lang/suggest.ts";
import type { SimpleKind, Type } from "../../vm/type.ts";
import { badNumber, tooMany, unknownAsset, unknownType, whichMoney } from "../codes.ts";
import { LIST_ITEMS_DEFAULT, LIST_ITEMS_MAX } from "../limits.ts";
import type { Context } from "./context.ts";
import { currencyCodes } from "./settings.ts";
import { ERROR, moneyOf, optional, simple } from "./types.ts";

const SIMPLE =
  "bool text bytes null int decimal percent instant date month clock duration size ip cidr host path did party evidence any".split(
    " ",
  );
const PERIODS = ["days", "months"] as const;
const ALL = [...SIMPLE, ...PERIODS, "money", "list", "map"];
/** Names authors bring from elsewhere. */
const FOREIGN: Readonly<Record<string, string>> = {
  time: "instant",
  datetime: "instant",
  timestamp: "instant",
  number: "decimal",
  float: "decimal",
  double: "decimal",
  integer: "int",
  string: "text",
  str: "text",
  boolean: "bool",
  array: "list",
  object: "any",
  json: "any",
  file: "evidence",
};

/** The type meant; the error type when it is reported. `most`: a bound written beside the type, for a list. */
export function typeOf(context: Context, expr: TypeExpr, most: number | null = null): Type {
  switch (expr.kind) {
    case "broken":
      return ERROR;
    case "enum":
      return wrap({ kind: "enum", values: expr.values.map((value) => value.text) }, expr.optional);
    case "record": {
      const fields = expr.fields.map(({ name, optional, type }) => ({
        name: name.text,
        type: typeOf(context, type),
        optional,
      }));
      return fields.some(({ type }) => type === ERROR) ? ERROR : { kind: "record", fields, open: expr.open };
    }
    case "union": {
      const of = expr.of.map((each) => typeOf(context, each));
      return of.includes(ERROR) ? ERROR : wrap({ kind: "union", of }, expr.optional);
    }
    case "named":
      return wrap(named(context, expr, most), expr.optional);
  }
}

const wrap = (type: Type, isOptional: boolean): Type => (isOptional ? optional(type) : type);

function named(context: Context, expr: Extract<TypeExpr, { kind: "named" }>, most: number | null): Type {
  const { name, args, span } = expr;
  const { settings } = context;
  const fail = (help: string | undefined): Type => {
    context.report(unknownType(span, { name }, { help }));
    return ERROR;
  };
  const own = args.length === 0 && expr.most === null ? context.policy?.type(name, span) : null;
  if (own != null) return own;
  if (name === "money") return money(context, expr);
  if (name === "list" || name === "map") {
    const [item] = args;
    if (item === undefined || args.length > 1) return fail(`say what it holds: \`${name}(int) up to 20\``);
    const of = typeOf(context, item);
    const bound = expr.most ?? most ?? LIST_ITEMS_DEFAULT;
    if (bound > LIST_ITEMS_MAX)
      context.report(tooMany(span, { count: bound, what: `items of a ${name}`, most: LIST_ITEMS_MAX }));
    return of === ERROR ? ERROR : { kind: name, of, most: bound };
  }
  if (args.length > 0) return fail(`\`${name}\` has no part in brackets`);
  if (expr.most !== null && name !== "text" && name !== "bytes")
    context.report(
      badNumber(span, {
        key: "up to",
        value: expr.most,
        expected: "left out: only lists, maps, texts and bytes have a size",
      }),
    );
  if (settings.ticks && (name === "instant" || name === "duration")) return settings.instant;
  if (SIMPLE.includes(name)) return simple(name as SimpleKind);
  if (name === "days" || name === "months") return { kind: "period", unit: name };
  const word = name.toLowerCase();
  const foreign = Object.hasOwn(FOREIGN, word) ? FOREIGN[word] : undefined;
  return fail(
    foreign === undefined
      ? didYouMean(name, [...ALL, ...(context.policy?.typeNames() ?? [])])
      : `did you mean \`${foreign}\`?`,
  );
}

/** `money(USD)`, or a bare `money` where the document uses one asset only. */
function money(context: Context, expr: Extract<TypeExpr, { kind: "named" }>): Type {
  const { settings } = context;
  const [asset] = expr.args;
  if (asset !== undefined) {
    const name = asset.kind === "named" ? asset.name : "";
    if (expr.args.length === 1 && settings.assetIndex(name) !== undefined) return moneyOf(name);
    const known = [...settings.assets.map((each) => each.name), ...currencyCodes()];
    context.report(unknownAsset(asset.span, { name }, { help: didYouMean(name, known) }));
    return ERROR;
  }
  const [only] = settings.assets;
  if (settings.assets.length === 1) return moneyOf(only!.name);
  const uses =
    settings.assets.length === 0
      ? "the document names no currency"
      : `the document uses ${settings.assets.map((each) => each.name).join(", ")}`;
  context.report(whichMoney(expr.span, { help: `name it, for example \`money(${only?.name ?? "EUR"})\`: ${uses}` }));
  return ERROR;
}

/** The asset an account or a key names; the only one of the document when it names none. */
export function assetOf(
  context: Context,
  scalar: Scalar | null,
  fallback: { readonly span: Scalar["span"] },
): string | null {
  const { settings } = context;
  if (scalar !== null) {
    if (settings.assetIndex(scalar.text) !== undefined) return scalar.text;
    const known = [...settings.assets.map((each) => each.name), ...currencyCodes()];
    context.report(unknownAsset(scalar.span, { name: scalar.text }, { help: didYouMean(scalar.text, known) }));
    return null;
  }
  if (settings.assets.length === 1) return settings.assets[0]!.name;
  const uses = settings.assets.map((each) => each.name).join(", ");
  context.report(
    whichMoney(fallback.span, {
      help: `say which: \`asset: EUR\`${uses === "" ? "" : ` (the document uses ${uses})`}`,
    }),
  );
  return null;
}
