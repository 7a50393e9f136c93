// Calls that are not functions of values: they ask about norms, accounts, states and unknowns, choose between branches, or
// are written values. Each form gets its argument expressions as the author wrote them.
import type { Expr } from "../../lang/ast.ts";
import type { Span } from "../../lang/source.ts";
import type { Type } from "../../vm/type.ts";
import type { NameKind } from "../1-resolve/names.ts";
import { badCall, emptyList, needsWrittenText, typeMismatch, unknownFunction } from "../codes.ts";
import type { NormQuestion, TExpr } from "../model.ts";
import { broken, constant, isBroken, junction, operation, read } from "./build.ts";
import { callBuiltin } from "./calls.ts";
import { AGGREGATES, type Aggregate, aggregate, needsStart } from "./comprehension.ts";
import { type Context, find, type Scope } from "./context.ts";
import { unify } from "./convert.ts";
import { condition, typed } from "./expression.ts";
import { literalOf } from "./literals.ts";
import { matching } from "./match.ts";
import { readNow, stateType } from "./places.ts";
import { BOOL, INT, isTextLike, moneyOf, optional, optionalLike, PARTY, strip, words } from "./types.ts";

type Call = Extract<Expr, { kind: "call" }>;
type Form = (context: Context, scope: Scope, call: Call) => TExpr | null;

/** The call as a form, or null when it is one of the library. */
export function callForm(context: Context, scope: Scope, call: Call): TExpr | null {
  if (context.policy !== null) {
    const own = context.policy.call(scope, call);
    if (own !== null || !POLICY_FORMS.has(call.callee)) return own;
  }
  return FORMS.get(call.callee)?.(context, scope, call) ?? null;
}

/** Forms that policies share with agreements; the others ask about obligations, accounts and parties. */
const POLICY_FORMS: ReadonlySet<string> = new Set(
  "choose has get matches any all none count sum min max money percent size duration instant date month clock ip cidr host path did".split(
    " ",
  ),
);

const FORMS = new Map<string, Form>();
const form = (names: string, make: Form): void => {
  for (const name of names.split(" ")) FORMS.set(name, make);
};

/** Reports a call with another number of arguments than `counts`. */
function hasCount(context: Context, call: Call, usage: string, ...counts: number[]): boolean {
  if (counts.includes(call.args.length)) return true;
  const given = call.args.length === 1 ? "1 argument" : `${call.args.length} arguments`;
  context.report(badCall(call.span, { name: call.callee, given }, { help: `it is called so: \`${usage}\`` }));
  return false;
}

/** The declaration named by the only argument. */
function subject(context: Context, call: Call, kind: NameKind) {
  if (!hasCount(context, call, `${call.callee}(x)`, 1)) return undefined;
  const [arg] = call.args;
  if (arg!.kind === "name") return find(context, { text: arg!.name, span: arg!.span }, [kind]);
  context.report(
    badCall(
      arg!.span,
      { name: call.callee, given: "an expression" },
      { help: `it asks about one ${kind}, by its name` },
    ),
  );
  return undefined;
}

// ── Unknowns and branches ─────────────────────────────────────────────────────────────────────────────────────────────

form("known", (context, scope, call) => {
  if (!hasCount(context, call, "known(x)", 1)) return broken(call.span);
  const of = typed(context, scope, call.args[0]!);
  return isBroken(of) ? of : operation("known", [of], BOOL, call.span);
});

form("default known_first", (context, scope, call) => {
  const usage = call.callee === "default" ? "default(x, meanwhile)" : "known_first(a, b, …)";
  const counts = call.callee === "default" ? [2] : [Math.max(2, call.args.length)];
  if (!hasCount(context, call, usage, ...counts)) return broken(call.span);
  const { type, exprs } = unify(
    context,
    call.args.map((arg) => typed(context, scope, arg)),
    `what \`${call.callee}\` gives`,
    call.span,
  );
  if (exprs.some(isBroken)) return broken(call.span);
  // It is unknown only when all are, so when the last is.
  const result = exprs.every((each) => each.type.kind === "optional") ? optional(type) : strip(type);
  const made: TExpr = { kind: "known_first", args: exprs, type: result, span: call.span };
  if (exprs.some((each) => context.rough.has(each))) context.rough.add(made);
  return made;
});

form("choose", (context, scope, call) => {
  if (!hasCount(context, call, "choose(condition, then, otherwise)", 3)) return broken(call.span);
  const [asked, yes, no] = call.args as [Expr, Expr, Expr];
  const when = condition(context, { ...scope, where: "the condition of `choose`" }, asked);
  const given = unify(
    context,
    [typed(context, narrowedBy(scope, asked), yes), typed(context, scope, no)],
    "this branch",
    call.span,
  );
  if (isBroken(when) || given.exprs.some(isBroken)) return broken(call.span);
  const [give, otherwise] = given.exprs as [TExpr, TExpr];
  return choice(context, [{ when, give }], otherwise, given.type, call.span);
});

/** The scope in a branch that is only taken when `asked` is true: what it says is known is known there. */
export function narrowedBy(scope: Scope, asked: Expr): Scope {
  const known = new Set(scope.narrowed);
  const visit = (expr: Expr): void => {
    if (expr.kind === "binary" && expr.op === "&&") {
      visit(expr.left);
      visit(expr.right);
    }
    const [name] = expr.kind === "call" && expr.callee === "known" ? expr.args : [];
    if (name?.kind === "name") known.add(name.name);
  };
  visit(asked);
  return { ...scope, narrowed: known };
}

/** Rows of conditions in order; unknown when a condition before the chosen row is. */
export function choice(
  context: Context,
  rows: readonly { readonly when: TExpr; readonly give: TExpr }[],
  otherwise: TExpr,
  type: Type,
  span: Span,
): TExpr {
  const made: TExpr = {
    kind: "choose",
    rows,
    else: otherwise,
    type: optionalLike(
      type,
      rows.map((row) => row.when),
    ),
    span,
  };
  if ([...rows.map((row) => row.give), otherwise].some((each) => context.rough.has(each))) context.rough.add(made);
  return made;
}

form("has", (context, scope, call) => {
  if (!hasCount(context, call, "has(a.b)", 1)) return broken(call.span);
  const of = typed(context, scope, call.args[0]!);
  return isBroken(of) ? of : operation("present", [of], BOOL, call.span);
});

form("get", (context, scope, call) => {
  if (!hasCount(context, call, "get(a.b, otherwise)", 2)) return broken(call.span);
  const { type, exprs } = unify(
    context,
    call.args.map((arg) => typed(context, scope, arg)),
    "what `get` gives",
    call.span,
  );
  const [of, otherwise] = exprs as [TExpr, TExpr];
  if (isBroken(of) || isBroken(otherwise)) return broken(call.span);
  return { kind: "get_or", of, else: otherwise, type, span: call.span };
});

form("matches", (context, scope, call) => {
  if (!hasCount(context, call, 'matches(text, "pattern")', 2)) return broken(call.span);
  const [text, pattern] = call.args.map((arg) => typed(context, scope, arg)) as [TExpr, TExpr];
  return matching(context, false, text, pattern, call.span);
});

form("bands first", (context, _scope, call) => {
  const help = `\`${call.callee}\` is a table of \`derive\`, not a function; in an expression write \`choose(condition, a, b)\`${call.callee === "first" ? ", or `known_first(a, b)` for the first known value" : ""}`;
  context.report(unknownFunction(call.calleeSpan, { name: call.callee }, { help }));
  return broken(call.span);
});

// ── Norms, powers, accounts, states ───────────────────────────────────────────────────────────────────────────────────

form("done violated overdue met excused open times_violated cured", (context, _scope, call) => {
  const norm = subject(context, call, "obligation");
  if (norm === undefined) return broken(call.span);
  const ask = call.callee as NormQuestion;
  const type = ask === "open" || ask === "times_violated" ? INT : BOOL;
  return { kind: "norm", ask, norm: norm.index, type, span: call.span };
});

form("paid owed", (context, scope, call) => {
  const norm = subject(context, call, "obligation");
  if (norm === undefined) return broken(call.span);
  const asset = context.assetOfNorm(norm.index);
  if (asset === null) {
    const help = "only an obligation with `must: pay` and an amount is paid";
    context.report(badCall(call.args[0]!.span, { name: call.callee, given: `\`${norm.name}\`` }, { help }));
    return broken(call.span);
  }
  const type = moneyOf(asset);
  if (scope.self !== norm.index)
    return { kind: "norm_amount", ask: call.callee as "paid" | "owed", norm: norm.index, type, span: call.span };
  const field = (name: "amount" | "paid"): TExpr => read(type, { kind: "instance", field: name }, call.span);
  return call.callee === "paid" ? field("paid") : operation("sub", [field("amount"), field("paid")], type, call.span);
});

form("due", (context, scope, call) => {
  const norm = subject(context, call, "obligation");
  if (norm === undefined) return broken(call.span);
  const { instant } = context.settings;
  if (scope.self !== norm.index)
    return { kind: "norm_due", norm: norm.index, type: optional(instant), span: call.span };
  const deadline = context.resolved.norms[norm.index]!.obligation.deadline;
  return read(deadline === null ? optional(instant) : instant, { kind: "instance", field: "due" }, call.span);
});

form("used usable", (context, _scope, call) => {
  const power = subject(context, call, "power");
  if (power === undefined) return broken(call.span);
  return { kind: "power", ask: call.callee as "used" | "usable", power: power.index, type: BOOL, span: call.span };
});

form("held free", (context, _scope, call) => {
  const account = subject(context, call, "account");
  const asset = account === undefined ? null : (context.accountAssets[account.index] ?? null);
  if (account === undefined || asset === null) return broken(call.span);
  return read(moneyOf(asset), { kind: "balance", account: account.index }, call.span);
});

form("entered", (context, _scope, call) => {
  const state = subject(context, call, "state");
  if (state === undefined) return broken(call.span);
  const { instant } = context.settings;
  const is = stateType(context, state.region);
  const at = read(is, { kind: "state", region: state.region }, call.span);
  const when = operation("eq", [at, constant(is, state.name, call.span)], BOOL, call.span, 1);
  const entered = read(instant, { kind: "entered", region: state.region }, call.span);
  const type = optional(instant);
  return {
    kind: "choose",
    rows: [{ when, give: entered }],
    else: constant(type, undefined, call.span),
    type,
    span: call.span,
  };
});

form("ended_within", (context, scope, call) => {
  if (!hasCount(context, call, 'ended_within(duration("30 days"))', 1)) return broken(call.span);
  const length = typed(context, scope, call.args[0]!);
  if (isBroken(length)) return length;
  const kind = strip(length.type).kind;
  const { instant, duration } = context.settings;
  if (kind !== duration.kind && kind !== "period") {
    context.report(
      typeMismatch(length.span, {
        what: "the time since the end",
        actual: words(length.type),
        expected: "a length of time",
      }),
    );
    return broken(call.span);
  }
  const since = read(optional(instant), { kind: "ended_at" }, call.span);
  const now = readNow(context, call.span);
  const last =
    kind === "period"
      ? callBuiltin(context, "deadline_after", [since, length], "`ended_within` of calendar time", call.span)
      : operation("add", [since, length], optional(instant), call.span);
  if (isBroken(last)) return last;
  const inTime = operation(kind === "period" ? "lt" : "le", [now, last], optional(BOOL), call.span);
  // While the agreement runs the instant is unknown, and `ended` decides.
  return junction("and", [read(BOOL, { kind: "ended" }, call.span), inTime], BOOL, call.span);
});

// ── Parties ───────────────────────────────────────────────────────────────────────────────────────────────────────────

const partyRoles = (context: Context): string[] =>
  context.document.parties
    .filter((each) => (each.partyKind?.text ?? "party") === "party")
    .map((each) => each.name.text);

form("other", (context, scope, call) => {
  if (!hasCount(context, call, "other(caller)", 1)) return broken(call.span);
  const roles = partyRoles(context);
  if (roles.length !== 2) {
    const given = `${roles.length} parties`;
    context.report(
      badCall(
        call.span,
        { name: "other", given },
        { help: "there is only one other when exactly two are of kind `party`" },
      ),
    );
    return broken(call.span);
  }
  const of = partyArgument(context, scope, call);
  if (isBroken(of)) return of;
  const [one, two] = roles.map((role) => constant(PARTY, role, call.span)) as [TExpr, TExpr];
  if (of.kind === "const") return of.value === roles[0] ? two : one;
  const when = operation("eq", [of, one], optionalLike(BOOL, [of]), call.span, 1);
  return choice(context, [{ when, give: two }], one, PARTY, call.span);
});

form("is_party", (context, scope, call) => {
  if (!hasCount(context, call, "is_party(caller)", 1)) return broken(call.span);
  const of = partyArgument(context, scope, call);
  if (isBroken(of)) return of;
  const type = optionalLike(BOOL, [of]);
  const tests = partyRoles(context).map((role) =>
    operation("eq", [of, constant(PARTY, role, call.span)], type, call.span, 1),
  );
  if (tests.length < 2) return tests[0] ?? constant(BOOL, false, call.span);
  return junction("or", tests, type, call.span);
});

function partyArgument(context: Context, scope: Scope, call: Call): TExpr {
  const of = typed(context, scope, call.args[0]!);
  if (isBroken(of) || strip(of.type).kind === "party") return of;
  context.report(
    typeMismatch(of.span, {
      what: `what \`${call.callee}\` asks about`,
      actual: words(of.type),
      expected: words(PARTY),
    }),
  );
  return broken(call.span);
}

// ── Quantifiers ───────────────────────────────────────────────────────────────────────────────────────────────────────

form([...AGGREGATES].join(" "), (context, scope, call) => {
  const over = call.callee as Aggregate;
  const at = call.args.findIndex((arg) => arg.kind === "comprehension");
  const bound = at < 0 ? null : (call.args[at] as Extract<Expr, { kind: "comprehension" }>);
  if (bound !== null && call.args.length === 1) return aggregate(context, scope, over, bound, null, call.span, typed);
  if (over !== "min" && over !== "max") return null;
  if (bound !== null && call.args.length === 2)
    return aggregate(context, scope, over, bound, typed(context, scope, call.args[1 - at]!), call.span, typed);
  const args = call.args.map((arg) => typed(context, scope, arg));
  if (args.some(isBroken)) return broken(call.span);
  const list = args.findIndex((arg) => strip(arg.type).kind === "list");
  if (list >= 0 && args.length === 1 && needsStart(args[0]!)) {
    context.report(emptyList(call.span, { name: over }));
    return broken(call.span);
  }
  // The list comes first in the library; an author may write the start first.
  const ordered = list === 1 && args.length === 2 ? [args[1]!, args[0]!] : args;
  return callBuiltin(context, over, ordered, `\`${over}\``, call.span);
});

// ── Written values: read when the document is compiled ────────────────────────────────────────────────────────────────

/** Calls that read a written text when the document is compiled. */
const WRITTEN: ReadonlySet<string> = new Set([
  "money",
  "duration",
  "percent",
  "date",
  "instant",
  "month",
  "clock",
  "size",
  "ip",
  "cidr",
  "host",
  "path",
  "did",
]);

form([...WRITTEN].join(" "), (context, scope, call) => {
  const [arg] = call.args;
  if (call.args.length !== 1 || arg === undefined) return null;
  if (arg.kind === "text") return literalOf(context, call.callee, arg.value, arg.span, call.span);
  if (call.callee === "percent" && arg.kind === "number")
    return literalOf(context, "percent", `${arg.text}%`, arg.span, call.span);
  if (call.callee !== "money" && call.callee !== "duration") return null;
  const value = typed(context, scope, arg);
  if (isBroken(value)) return value;
  if (isTextLike(strip(value.type))) context.report(needsWrittenText(arg.span, { call: `${call.callee}(…)` }));
  else
    context.report(
      badCall(
        arg.span,
        { name: call.callee, given: words(value.type) },
        { help: `it reads a written text: \`${call.callee}("…")\`` },
      ),
    );
  return broken(call.span);
});
