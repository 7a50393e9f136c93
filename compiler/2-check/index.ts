// Agreement to Program: names, then types, then what can be proved about money, time and bounds. Checking goes on past
// every mistake; a Program comes to be only when there is no error.
import type { Agreement } from "../../lang/ast.ts";
import { type Diagnostic, hasErrors, type Outcome } from "../../lang/diagnostic.ts";
import type { Span } from "../../lang/source.ts";
import { badSetting, missingKey, tooMany } from "../codes.ts";
import { DECLARATIONS_MAX } from "../limits.ts";
import type { Deadline, EffectsDecl, Program, TExpr } from "../model.ts";
import { checkAction, inputTypes } from "./actions.ts";
import { isBroken, read } from "./build.ts";
import { callBuiltin } from "./calls.ts";
import { type Checking, contextOf, Enough } from "./checking.ts";
import { type Context, scopeOf } from "./context.ts";
import { length, moment } from "./deadline.ts";
import { accountAsset, checkAccount, checkFact, checkRail, checkRoles, checkTerm } from "./declarations.ts";
import { warnDigits } from "./digits.ts";
import { checkLimit, limitOfFact } from "./document-limits.ts";
import { fieldValue } from "./literals.ts";
import { checkNorm } from "./norms.ts";
import { checkPower } from "./powers.ts";
import { checkRegion } from "./states.ts";
import { reportLocked, reportUnusedTerms } from "./totality.ts";
import { strip } from "./types.ts";

export function checkDocument(document: Agreement): Outcome<Program | null> {
  const diagnostics: Diagnostic[] = [];
  // A document that is too large is not looked at further: what checking costs grows with the pairs of its declarations.
  reportSizes(document, (diagnostic) => diagnostics.push(diagnostic));
  if (diagnostics.length > 0) return { value: null, diagnostics };
  try {
    return { value: check(document, diagnostics), diagnostics };
  } catch (thrown) {
    if (!(thrown instanceof Enough)) throw thrown;
    return { value: null, diagnostics };
  }
}

function check(document: Agreement, diagnostics: Diagnostic[]): Program | null {
  const context = contextOf(document, diagnostics);
  const program = programOf(context);
  // A move that was refused may be the way out, a name not found the term meant: only a document that is otherwise right
  // is looked at as a whole.
  if (!hasErrors(context.diagnostics)) {
    reportNobody(document, context);
    reportLocked(context);
    reportUnusedTerms(context);
  }
  return hasErrors(diagnostics) ? null : program;
}

/** Without parties nobody can sign, so it can never be in force: most likely the file was cut. */
function reportNobody(document: Agreement, { report }: Checking): void {
  if (document.parties.length > 0) return;
  const help = "say who is bound:  parties: {seller: Dan, buyer: Steve}";
  report(missingKey(document.name.span, { what: `agreement \`${document.name.text}\``, key: "parties" }, { help }));
}

function reportSizes(document: Agreement, report: (diagnostic: Diagnostic) => void): void {
  const sections = {
    parties: document.parties,
    terms: document.terms,
    facts: document.facts,
    "derived values": document.derive,
    accounts: document.accounts,
    actions: document.actions,
    obligations: document.obligations,
    powers: document.powers,
    limits: document.limits,
    states: document.regions.flatMap((each) => each.states),
  };
  for (const [what, list] of Object.entries(sections))
    if (list.length > DECLARATIONS_MAX)
      report(
        tooMany((list[DECLARATIONS_MAX] as { name: { span: Span } }).name.span, {
          count: list.length,
          what,
          most: DECLARATIONS_MAX,
        }),
      );
}

function programOf(context: Checking): Program {
  const { document, settings, resolved } = context;
  const kept = <T>(list: readonly (T | null)[]): T[] => list.filter((each): each is T => each !== null);
  checkVersion(context);
  const roles = checkRoles(context);
  for (const [index, term] of document.terms.entries()) context.terms.push(checkTerm(context, term, index));
  for (const fact of document.facts) context.facts.push(checkFact(context, fact));
  for (const account of document.accounts) context.accountAssets.push(accountAsset(context, account));
  for (const action of document.actions) context.inputs.push(inputTypes(context, action));
  const derived = resolved.derived.map((each, index) => ({
    name: each.name.text,
    is: context.derivedAt(index),
    span: each.span,
  }));
  const accounts = kept(document.accounts.map((each, index) => checkAccount(context, each, index)));
  const actions = kept(document.actions.map((each, index) => checkAction(context, each, index)));
  const norms = kept(resolved.norms.map((_, index) => checkNorm(context, index)));
  const powers = kept(document.powers.map((each) => checkPower(context, each)));
  const regions = document.regions.map((each, index) => checkRegion(context, each, index));
  const limits = [
    ...document.limits.map((each) => checkLimit(context, each)),
    ...kept(document.facts.map((each, index) => limitOfFact(context, each, index))),
  ];
  const program: Program = {
    name: document.name.text,
    version: document.version?.text ?? "",
    title: document.title?.text ?? document.name.text,
    ticks: settings.ticks,
    catchUp: settings.catchUp,
    roundingMoney: settings.roundingMoney,
    assets: settings.assets,
    rail: checkRail(context),
    roles,
    terms: context.terms,
    facts: context.facts,
    derived,
    accounts,
    actions,
    norms,
    powers,
    regions,
    limits,
    expires: checkRuns(context),
    span: document.span,
  };
  for (const expr of amountsOf(program)) warnDigits(context, expr);
  return program;
}

/** Semantic: three numbers, and what may stand behind them. Source: semver.org 2.0.0. */
const VERSION = /^\d{1,9}\.\d{1,9}\.\d{1,9}(?:-[0-9A-Za-z.-]{1,64})?(?:\+[0-9A-Za-z.-]{1,64})?$/;

function checkVersion(context: Context): void {
  const { name, version } = context.document;
  const what = "the agreement";
  if (version === null)
    context.report(missingKey(name.span, { what, key: "version" }, { help: "add `version: 1.0.0`" }));
  else if (!VERSION.test(version.text))
    context.report(badSetting(version.span, { value: version.text, expected: "a version such as `1.0.0`" }));
}

/** Expressions whose products are looked at: each stands in the document once. */
function* amountsOf(program: Program): Generator<TExpr> {
  for (const each of program.derived) yield each.is;
  for (const each of program.limits) yield each.must.expr;
  for (const each of program.norms) {
    if (each.amount !== null) yield each.amount;
    for (const expr of [each.when?.expr, each.unless]) if (expr) yield expr;
    for (const follow of each.else) if (follow.kind === "effects") yield* ofEffects(follow.effects);
  }
  for (const each of program.actions) {
    for (const need of each.needs) yield need.condition;
    yield* ofEffects(each.effects);
  }
  for (const each of program.powers) {
    for (const expr of [each.when, each.unless]) if (expr !== null) yield expr;
    yield* ofEffects(each.effects);
  }
  for (const region of program.regions)
    for (const state of region.states) if (state.enter !== null) yield* ofEffects(state.enter);
}

function* ofEffects(effects: EffectsDecl): Generator<TExpr> {
  for (const each of effects.then) yield each.value;
  for (const each of effects.moves) if (each.amount !== "all") yield each.amount;
  for (const each of effects.cases) if (each.effects !== "refuse") yield* ofEffects(each.effects);
}

/** When the agreement expires: `until` like `by`, `for` from its start. */
function checkRuns(context: Context): Deadline | null {
  const { runs } = context.document;
  if (runs === null) return null;
  const scope = scopeOf("`runs`");
  if (runs.until !== null)
    return moment(context, { key: "until", value: runs.until, scope, span: runs.span }, "closed", true);
  if (runs.for === null) {
    context.report(
      missingKey(
        runs.span,
        { what: "`runs`", key: "for" },
        { help: "say how long, `for: 12 months`, or until when, `until: 2026-12-31`" },
      ),
    );
    return null;
  }
  const field = { key: "for", value: runs.for, scope, span: runs.span };
  if (runs.from === null)
    return length(context, field, read(context.settings.instant, { kind: "activated" }, runs.span));
  const from = fieldValue(context, scope, runs.from, null, "`from`");
  if (isBroken(from)) return null;
  return lengthFrom(context, field, from);
}

/** A length from a written start. From a date the start day counts: twelve months from 1 January end with 31 December. */
function lengthFrom(context: Context, field: Parameters<typeof length>[1], from: TExpr): Deadline | null {
  const kind = strip(from.type).kind;
  if (kind !== "date" || context.settings.ticks) return length(context, field, from);
  const value = fieldValue(context, field.scope, field.value, null, "`for`");
  if (isBroken(value)) return null;
  const isPeriod = strip(value.type).kind === "period";
  const start = isPeriod ? callBuiltin(context, "add", [from, value], "`for` of calendar time", value.span) : from;
  const begin = callBuiltin(context, "instant", [start], "the day in `runs`", value.span);
  if (isBroken(begin)) return null;
  return isPeriod ? { at: begin, edge: "open", span: field.span } : length(context, field, begin);
}
