// Names in expressions: what each means where it stands, and what to write instead when it means nothing.
import type { Expr } from "../../lang/ast.ts";
import type { Span } from "../../lang/source.ts";
import type { Type } from "../../vm/type.ts";
import { kindWords } from "../1-resolve/names.ts";
import { noCaller, noSuchField, unknownName, wrongName } from "../codes.ts";
import type { TExpr } from "../model.ts";
import { noteBytes } from "./bounds.ts";
import { broken, constant, isBroken, read } from "./build.ts";
import type { Context, Scope } from "./context.ts";
import { readNow, stateType } from "./places.ts";
import { BOOL, moneyOf, OUTCOMES, optional, PARTY, strip } from "./types.ts";

/** How a name of another kind is asked about, for the help line. */
const ASKED: Partial<Record<string, (name: string) => string>> = {
  account: (name) => `write \`held(${name})\` for the money in it`,
  obligation: (name) => `ask about it: \`done(${name})\`, \`violated(${name})\`, \`owed(${name})\``,
  power: (name) => `ask about it: \`used(${name})\` or \`usable(${name})\``,
  action: () => "ask about the obligation that demands it, or let the action set a fact",
  state: (name) => `compare the state: \`state == "${name}"\``,
};

/** What a name means in the scope. */
export function named(context: Context, scope: Scope, name: string, span: Span): TExpr {
  const local = scope.locals.get(name);
  if (local !== undefined) {
    const made = read(local.type, { kind: "local", index: local.index }, span);
    if (local.rough) context.rough.add(made);
    return made;
  }
  const input = scope.inputs.get(name);
  if (input !== undefined) {
    const type = scope.narrowed.has(name) ? strip(input.type) : input.type;
    const made = read(type, { kind: "input", index: input.index }, span);
    noteBytes(made, input.bytesMax);
    return made;
  }
  const argument = scope.given.get(name);
  if (argument !== undefined) return argument;
  if (context.policy !== null) {
    const meant = context.policy.named(scope, name, span);
    return meant ?? unknown(context, scope, name, span);
  }
  const word = reservedWord(context, scope, name, span);
  if (word !== null) return word;
  const declared = context.names.get(name);
  if (declared === undefined) return unknown(context, scope, name, span);
  context.used.add(name);
  const known = (type: Type): Type => (scope.narrowed.has(name) ? strip(type) : type);
  switch (declared.kind) {
    case "term": {
      const term = context.terms[declared.index];
      return term === undefined
        ? broken(span)
        : typedRead(read(term.type, { kind: "term", index: declared.index }, span));
    }
    case "fact": {
      const fact = context.facts[declared.index];
      return fact === undefined
        ? broken(span)
        : typedRead(read(known(fact.type), { kind: "fact", index: declared.index }, span));
    }
    case "derived": {
      const is = context.derivedAt(declared.index);
      if (isBroken(is)) return broken(span);
      const made = read(known(is.type), { kind: "derived", index: declared.index }, span);
      if (context.rough.has(is)) context.rough.add(made);
      return made;
    }
    case "party":
      return constant(PARTY, name, span);
    case "region":
      return read(stateType(context, declared.index), { kind: "state", region: declared.index }, span);
    default:
      context.report(
        wrongName(
          span,
          { name, actual: kindWords[declared.kind], expected: "a value" },
          { help: ASKED[declared.kind]?.(name), labels: [{ span: declared.span, text: "declared here" }] },
        ),
      );
      return broken(span);
  }
}

/** A read of a declaration whose own type was reported is broken too. */
const typedRead = (made: TExpr): TExpr => (isBroken(made) ? broken(made.span) : made);

/** Names authors bring from elsewhere, and what they mean here. */
const FOREIGN: ReadonlyMap<string, string> = new Map([
  ["today", "date(now)"],
  ["time", "now"],
  ["sender", "caller"],
  ["None", "null"],
  ["True", "true"],
  ["False", "false"],
]);

function unknown(context: Context, scope: Scope, name: string, span: Span): TExpr {
  const near = context.names.suggest(
    name,
    [],
    [
      ...scope.locals.keys(),
      ...scope.inputs.keys(),
      ...scope.given.keys(),
      ...(context.policy?.candidates() ?? ["now", "caller", "state", "active", "ended", "outcome"]),
    ],
  );
  const meant = FOREIGN.get(name) ?? near;
  const help = meant === null ? context.policy?.inputHelp() : `did you mean \`${meant}\`?`;
  context.report(unknownName(span, { kind: "name", name }, { help }));
  return broken(span);
}

function reservedWord(context: Context, scope: Scope, name: string, span: Span): TExpr | null {
  switch (name) {
    case "now":
      return readNow(context, span);
    case "caller":
      if (scope.noCaller === null) return read(PARTY, { kind: "caller" }, span);
      context.report(noCaller(span, { name, why: scope.noCaller }));
      return broken(span);
    case "active":
    case "ended":
      return read(BOOL, { kind: name }, span);
    case "outcome":
      return read(optional({ kind: "enum", values: OUTCOMES }), { kind: "outcome" }, span);
    case "state": {
      const regions = context.document.regions;
      if (regions.length === 1) return read(stateType(context, 0), { kind: "state", region: 0 }, span);
      const why = regions.length === 0 ? "the document declares no states" : "there are several sets of states";
      const help =
        regions.length === 0
          ? undefined
          : `write the name of one: ${regions.map((each) => `\`${each.name}\``).join(", ")}`;
      context.report(noCaller(span, { name, why }, { help }));
      return broken(span);
    }
    case "cause": {
      const why = scope.cause === null ? "nothing caused this" : "it is an instance, not a value";
      context.report(
        noCaller(
          span,
          { name, why },
          scope.cause === null ? {} : { help: "write `cause.due`, `cause.amount` or `cause.paid`" },
        ),
      );
      return broken(span);
    }
    case "period":
      context.report(noCaller(span, { name, why: "nothing here repeats" }));
      return broken(span);
    default:
      return null;
  }
}

/** `cause.due`, `cause.amount` …: of the instance whose violation led here. */
export function causeField(context: Context, scope: Scope, expr: Extract<Expr, { kind: "select" }>): TExpr {
  const { place, norms } = scope.cause!;
  const made = (type: Type, field: "due" | "amount" | "paid" | "born"): TExpr =>
    read(type, { kind: place, field }, expr.span);
  const causes = norms.map((at) => context.resolved.norms[at]!.obligation);
  if (expr.name === "born") return made(context.settings.instant, "born");
  if (expr.name === "due") {
    const instant = context.settings.instant;
    return made(causes.every((each) => each.deadline !== null) ? instant : optional(instant), "due");
  }
  if (expr.name === "amount" || expr.name === "paid") {
    const assets = new Set(norms.map((at) => context.assetOfNorm(at)));
    const [asset] = assets;
    if (assets.size === 1 && asset !== null && asset !== undefined) return made(moneyOf(asset), expr.name);
  }
  const has = "it has `due`, `born`, and for a payment `amount` and `paid`";
  context.report(noSuchField(expr.nameSpan, { of: "this cause", name: expr.name }, { help: has }));
  return broken(expr.span);
}
