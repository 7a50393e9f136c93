// What an agreement knows and holds: parties, terms, facts, derived values and accounts.
import type { Account, Bands, Derived, Fact, First, Node, Scalar, Term } from "../../lang/ast.ts";
import type { Type } from "../../vm/type.ts";
import { badLiteral, badSetting, missingKey, typeMismatch, wrongName } from "../codes.ts";
import type { AccountDecl, Program, TExpr, TermDecl } from "../model.ts";
import { bandRows } from "./bands.ts";
import { boundsCheck } from "./bounds-check.ts";
import { broken, constant, isBroken, read } from "./build.ts";
import { type Context, find, scopeOf } from "./context.ts";
import { convert, unify } from "./convert.ts";
import { condition, typed } from "./expression.ts";
import { choice, narrowedBy } from "./forms.ts";
import { land } from "./land.ts";
import { fieldValue, guessed, written } from "./literals.ts";
import { assetOf, typeOf } from "./type-expr.ts";
import { DID, ERROR, isOptional, moneyOf, optional, strip, words } from "./types.ts";

export function checkRoles(context: Context): Program["roles"] {
  const kinds = ["party", "witness", "court", "rail"] as const;
  return context.document.parties.map((each) => {
    const kind = kinds.find((word) => word === each.partyKind?.text) ?? "party";
    if (each.key !== null) written(context, each.key, DID);
    return { name: each.name.text, title: each.title?.text ?? each.name.text, kind, key: each.key?.text ?? null };
  });
}

export function checkRail(context: Context): number | null {
  const { rail, parties } = context.document;
  if (rail === null || rail.text === "test") return null;
  const role = find(context, rail, ["party"]);
  if (role === undefined) return null;
  if (parties[role.index]!.partyKind?.text !== "rail")
    context.report(
      badSetting(
        rail.span,
        { value: rail.text, expected: "a party of kind `rail`" },
        { labels: [{ span: role.span, text: "declared here" }] },
      ),
    );
  return role.index;
}

// ── Terms and facts ───────────────────────────────────────────────────────────────────────────────────────────────────

export function checkTerm(context: Context, term: Term, index: number): TermDecl {
  const what = `term \`${term.name.text}\``;
  const { name, span } = term;
  const declared = term.type === null ? null : typeOf(context, term.type);
  const asked = term.ask || term.value === null;
  const value = asked ? null : literal(context, term.value!, declared, what);
  const type = declared ?? value?.type ?? ERROR;
  const made = read(type, { kind: "term", index }, name.span);
  const bounds = { min: term.min, max: term.max, of: term.of, matches: null, bytesMax: null };
  const check = type === ERROR ? null : boundsCheck(context, scopeOf(what), made, bounds, what, name.span);
  context.ranges.set(name.text, rangeOf(context, term, type));
  const decl = {
    name: name.text,
    type,
    value: value?.kind === "const" ? value.value : undefined,
    asked,
    check: asked ? check : null,
    span,
  };
  if (!asked && check !== null) holdsFor(context, term, decl, check);
  return decl;
}

/** A written value must keep its own bounds. */
function holdsFor(context: Context, term: Term, decl: TermDecl, check: TExpr): void {
  context.terms.push(decl);
  const kept = context.evaluate(check)?.value !== false;
  context.terms.pop();
  if (kept) return;
  const bounds = [
    ...(term.min === null ? [] : [`from ${term.min.text}`]),
    ...(term.max === null ? [] : [`to ${term.max.text}`]),
  ];
  const expected =
    term.of !== null ? `one of ${term.of.map((each) => each.text).join(", ")}` : `a value ${bounds.join(" ")}`;
  context.report(
    badLiteral(term.value!.span, { text: term.value!.kind === "scalar" ? term.value!.text : "…", expected }),
  );
}

function rangeOf(context: Context, bounds: { readonly min: Scalar | null; readonly max: Scalar | null }, type: Type) {
  const limit = (scalar: Scalar | null): TExpr | null => {
    if (scalar === null || type === ERROR) return null;
    const made = context.quietly(() => written(context, scalar, type));
    return isBroken(made) ? null : made;
  };
  return { min: limit(bounds.min), max: limit(bounds.max) };
}

export function checkFact(
  context: Context,
  fact: Fact,
): { name: string; type: Type; start: TExpr; span: Fact["span"] } {
  const what = `fact \`${fact.name.text}\``;
  const declared = fact.type === null ? null : typeOf(context, fact.type);
  const start = startOf(context, fact, declared, what);
  const type = declared ?? start.type;
  context.ranges.set(fact.name.text, rangeOf(context, fact, type));
  return { name: fact.name.text, type, start: land(context, start, `the start of ${what}`), span: fact.span };
}

/** The first value: a literal, the name of a term, or unknown. */
function startOf(context: Context, fact: Fact, declared: Type | null, what: string): TExpr {
  const { start, name } = fact;
  if (start === null || (start.kind === "null" && declared !== null)) {
    if (declared === ERROR) return broken(name.span);
    if (declared !== null && isOptional(declared)) return constant(declared, undefined, name.span);
    const text =
      declared === null
        ? ""
        : `a fact that is ${words(declared)} is known from the start; write \`?\` behind the type if it is not`;
    context.report(missingKey(name.span, { what, key: "start" }, { help: text }));
    return broken(name.span);
  }
  if (start.kind === "scalar" && !start.quoted && /^[\p{L}_][\p{L}\p{Nd}_]*$/u.test(start.text)) {
    const term = context.names.get(start.text);
    if (term?.kind === "term") {
      context.used.add(start.text);
      const made = read(context.terms[term.index]?.type ?? ERROR, { kind: "term", index: term.index }, start.span);
      return declared === null ? made : convert(context, made, declared, `the start of ${what}`);
    }
    if (term !== undefined && declared?.kind !== "text" && declared?.kind !== "party") {
      context.report(
        wrongName(start.span, {
          name: start.text,
          actual: `the name of ${term.kind === "account" ? "an" : "a"} ${term.kind}`,
          expected: "a written value or a term",
        }),
      );
      return broken(start.span);
    }
  }
  return literal(context, start, declared, what);
}

/** A written value of any shape, of a declared type or its own. */
function literal(context: Context, node: Node, type: Type | null, what: string): TExpr {
  if (type === ERROR) return broken(node.span);
  if (node.kind === "scalar") return type === null ? guessed(context, node) : written(context, node, type);
  const target = type === null ? null : strip(type);
  const wrong = (actual: string): TExpr => {
    context.report(
      typeMismatch(node.span, { what, actual, expected: type === null ? "a written value" : words(type) }),
    );
    return broken(node.span);
  };
  if (node.kind === "null") {
    if (type !== null && isOptional(type)) return constant(type, undefined, node.span);
    return wrong("empty");
  }
  if (node.kind === "list") {
    if (target !== null && target.kind !== "list") return wrong("a list");
    const items = node.items.map((item) => literal(context, item, target?.of ?? null, `an item of ${what}`));
    const { type: of, exprs } =
      target === null ? unify(context, items, `an item of ${what}`, node.span) : { type: target.of, exprs: items };
    if (exprs.some(isBroken) || of === ERROR) return broken(node.span);
    const values = exprs.map((item) => (item.kind === "const" ? item.value : undefined));
    if (target !== null && values.length > target.most) return wrong(`a list of ${values.length} items`);
    return constant(target ?? { kind: "list", of, most: values.length }, values, node.span);
  }
  if (target?.kind !== "record") return wrong("a map");
  const values = target.fields.map((field) => {
    const entry = node.entries.find(({ key }) => key.text === field.name);
    if (entry !== undefined) return literal(context, entry.value, field.type, `\`${field.name}\` of ${what}`);
    if (!field.optional) context.report(missingKey(node.span, { what, key: field.name }));
    return field.optional ? constant(optional(field.type), undefined, node.span) : broken(node.span);
  });
  const extra = target.open
    ? undefined
    : node.entries.find(({ key }) => !target.fields.some((field) => field.name === key.text));
  if (extra !== undefined) return wrong(`a record with a field \`${extra.key.text}\``);
  if (values.some(isBroken)) return broken(node.span);
  return constant(
    target,
    values.map((each) => (each.kind === "const" ? each.value : undefined)),
    node.span,
  );
}

// ── Derived values ────────────────────────────────────────────────────────────────────────────────────────────────────

export function checkDerived(context: Context, derived: Derived): TExpr {
  const where = `derived value \`${derived.name.text}\``;
  if (derived.is.kind === "bands") return checkBands(context, derived.is, where);
  if (derived.is.kind === "first") return checkFirst(context, derived.is, where);
  return typed(context, scopeOf(where), derived.is);
}

function checkFirst(context: Context, table: First, where: string): TExpr {
  const scope = scopeOf(where);
  const conditions = table.rows.map((row) => condition(context, scopeOf("`when`"), row.when));
  const gives = table.rows.map((row) => fieldValue(context, narrowedBy(scope, row.when), row.give, null, "this row"));
  if (table.else === null) {
    context.report(missingKey(table.span, { what: where, key: "else" }));
    return broken(table.span);
  }
  const otherwise = fieldValue(context, scope, table.else, null, "`else`");
  const { type, exprs } = unify(context, [...gives, otherwise], "what this row gives", table.span);
  if (exprs.some(isBroken) || conditions.some(isBroken)) return broken(table.span);
  const rows = conditions.map((when, at) => ({ when, give: exprs[at]! }));
  return choice(context, rows, exprs[exprs.length - 1]!, type, table.span);
}

function checkBands(context: Context, table: Bands, where: string): TExpr {
  const scope = scopeOf(where);
  const source = rowsSource(context, table);
  if (source === null) return broken(table.span);
  const of = typed(context, scope, table.of);
  const otherwise = table.else ?? source.else;
  const rows = [...table.rows, ...(source === table ? [] : source.rows)];
  const conditions = bandRows(context, scope, of, rows);
  const gives = rows.map((row) => fieldValue(context, scope, row.give, null, "this row"));
  if (otherwise === null) {
    context.report(missingKey(table.span, { what: where, key: "else" }));
    return broken(table.span);
  }
  const last = fieldValue(context, scope, otherwise, null, "`else`");
  const { type, exprs } = unify(context, [...gives, last], "what this row gives", table.span);
  if (isBroken(of) || exprs.some(isBroken) || conditions.some(isBroken)) return broken(table.span);
  return choice(
    context,
    conditions.map((when, at) => ({ when, give: exprs[at]! })),
    exprs[exprs.length - 1]!,
    type,
    table.span,
  );
}

/** The table whose rows are meant: itself, or the one named by `like`. */
function rowsSource(context: Context, table: Bands): Bands | null {
  const { like } = table;
  if (like === null) return table;
  const named = find(context, like, ["derived"]);
  if (named === undefined) return null;
  const is = context.resolved.derived[named.index]!.is;
  if (is.kind === "bands" && is.like === null) return is;
  context.report(
    wrongName(like.span, { name: like.text, actual: "not a table with rows of its own", expected: "one" }),
  );
  return null;
}

// ── Accounts ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The asset of an account, known before anything that asks about the account is checked. */
export const accountAsset = (context: Context, account: Account): string | null =>
  assetOf(context, account.asset, { span: account.name.span });

export function checkAccount(context: Context, account: Account, index: number): AccountDecl | null {
  const what = `account \`${account.name.text}\``;
  const asset = context.accountAssets[index] ?? null;
  const from = account.from === null ? null : (find(context, account.from, ["party"])?.index ?? null);
  const money = asset === null ? ERROR : moneyOf(asset);
  const amount = (field: Account["cap"], key: string): TExpr | null => {
    if (field === null) return null;
    const made = fieldValue(context, scopeOf(`\`${key}\` of ${what}`), field, money, `\`${key}\` of ${what}`);
    return land(context, made, `\`${key}\` of ${what}`);
  };
  const toBegin = amount(account.toBegin, "to_begin");
  const cap = amount(account.cap, "cap");
  if (toBegin !== null && account.from === null)
    context.report(
      missingKey(account.toBegin!.span, { what, key: "from" }, { help: "say who puts the money in: `from: seller`" }),
    );
  if (account.from !== null && toBegin === null)
    context.report(
      missingKey(
        account.from.span,
        { what, key: "to_begin" },
        { help: "say how much it begins with: `to_begin: 100.00 EUR`" },
      ),
    );
  const returnsTo = returnsOf(context, account, from, what);
  const leaves = account.leaves?.flatMap((each) => {
    const place = find(context, each, ["party", "account"]);
    return place === undefined ? [] : [place.kind === "party" ? place.index : { account: place.index }];
  });
  const at = asset === null ? undefined : context.settings.assetIndex(asset);
  if (at === undefined || returnsTo === null) return null;
  return {
    name: account.name.text,
    asset: at,
    from,
    toBegin,
    returnsTo,
    leaves: leaves ?? null,
    cap,
    span: account.span,
  };
}

function returnsOf(context: Context, account: Account, from: number | null, what: string): number | "giver" | null {
  const { returnsTo } = account;
  if (returnsTo === null) {
    context.report(
      missingKey(
        account.name.span,
        { what, key: "returns_to" },
        { help: "say who gets what is left at the end: `returns_to: seller`" },
      ),
    );
    return null;
  }
  if (returnsTo.text !== "giver") return find(context, returnsTo, ["party"])?.index ?? null;
  if (from !== null) return "giver";
  if (account.from === null)
    context.report(
      missingKey(
        returnsTo.span,
        { what, key: "from" },
        { help: "`giver` is who puts the money in when signing; name the party instead" },
      ),
    );
  return null;
}
