// Actions: who may act, with which inputs, what must come with it, when, under which conditions, to what effect.
import type { Action, Input, Who } from "../../lang/ast.ts";
import { add } from "../../vm/arithmetic.ts";
import { Decimal } from "../../vm/decimal.ts";
import { printLiteral } from "../../vm/literal.ts";
import { equalValues } from "../../vm/order.ts";
import type { Value } from "../../vm/value.ts";
import { kindWords, RESERVED } from "../1-resolve/names.ts";
import {
  constantCondition,
  misplacedKey,
  missingKey,
  reservedName,
  shadowedName,
  typeMismatch,
  unbalancedPayment,
  wrongAsset,
} from "../codes.ts";
import { TEXT_BYTES_DEFAULT, TEXT_BYTES_MAX, TIMES_MAX } from "../limits.ts";
import type { ActionDecl, Deadline, EffectsDecl, InputDecl, MoveDecl, TExpr, WhoDecl } from "../model.ts";
import { noteBytes } from "./bounds.ts";
import { boundsCheck } from "./bounds-check.ts";
import { isBroken, read } from "./build.ts";
import { type Context, find, type Scope, scopeOf } from "./context.ts";
import { moment } from "./deadline.ts";
import { checkEffects } from "./effects.ts";
import { condition, typed } from "./expression.ts";
import { narrowedBy } from "./forms.ts";
import { land } from "./land.ts";
import { fieldValue } from "./literals.ts";
import type { Payer } from "./moves.ts";
import { wholeNumber } from "./settings.ts";
import { typeOf } from "./type-expr.ts";
import { ERROR, optional, PARTY, strip, words } from "./types.ts";

export function checkWho(
  context: Context,
  scope: Scope,
  who: Who | null,
  what: string,
  place: { readonly span: Action["span"] },
): WhoDecl | null {
  if (who === null) {
    context.report(
      missingKey(
        place.span,
        { what, key: "who" },
        { help: "say who may: `who: seller`, `who: [seller, buyer]` or `who: anyone`" },
      ),
    );
    return null;
  }
  if (who.kind === "anyone") return { kind: "anyone" };
  if (who.kind === "roles") return whoNamed(context, scope, who, what);
  return partyOf(context, scope, typed(context, scope, who.expr), what);
}

function whoNamed(context: Context, scope: Scope, who: Extract<Who, { kind: "roles" }>, what: string): WhoDecl | null {
  const [only] = who.roles;
  const declared = only === undefined ? undefined : context.names.get(only.text);
  // A single name may also be a value of type party: a fact, a term, a derived value.
  if (
    who.roles.length === 1 &&
    (declared?.kind === "fact" || declared?.kind === "term" || declared?.kind === "derived")
  ) {
    const made = typed(context, scope, { kind: "name", name: only!.text, span: only!.span });
    if (strip(made.type).kind === "party") return partyOf(context, scope, made, what);
  }
  const roles = who.roles.flatMap((role) => find(context, role, ["party"])?.index ?? []);
  return roles.length < who.roles.length ? null : { kind: "roles", roles };
}

function partyOf(context: Context, _scope: Scope, expr: TExpr, what: string): WhoDecl | null {
  if (isBroken(expr)) return null;
  if (strip(expr.type).kind === "party") return { kind: "expr", expr };
  context.report(
    typeMismatch(expr.span, { what: `\`who\` of ${what}`, actual: words(expr.type), expected: words(PARTY) }),
  );
  return null;
}

/** Who acts. A value of type party may be anyone with a role; `nobody`: why no money comes. */
export const payerOf = (who: WhoDecl | null, nobody: string | null = null): Payer => ({
  roles: who?.kind === "roles" ? who.roles : who?.kind === "expr" ? "some" : "anyone",
  nobody,
});

/** Inputs by name with their types, before anything of the action is checked: obligations born by it may be asked about. */
export function inputTypes(context: Context, action: Action): Scope["inputs"] {
  return context.quietly(
    () =>
      new Map(
        action.inputs.map((input, index) => {
          const type = typeOf(context, input.type);
          return [
            input.name.text,
            { index, type: input.optional ? optional(type) : type, bytesMax: TEXT_BYTES_DEFAULT },
          ];
        }),
      ),
  );
}

export function checkAction(context: Context, action: Action, index: number): ActionDecl | null {
  const what = `action \`${action.name.text}\``;
  const outside = scopeOf(`\`who\` of ${what}`);
  const who = checkWho(context, outside, action.who, what, { span: action.name.span });
  const inputs = new Map<string, { index: number; type: InputDecl["type"]; bytesMax: number }>();
  const scope: Scope = { ...scopeOf(what, { noCaller: null }), inputs };
  const decls = action.inputs.map((input, index) => checkInput(context, scope, inputs, input, index));
  context.inputs[index] = inputs;
  const pays = checkPays(context, scope, action, what);
  const field = (key: "opens" | "by" | "before") => ({ key, value: action[key]!, scope, span: action[key]!.span });
  const opens = action.opens === null ? null : (moment(context, field("opens"), "open", false)?.at ?? null);
  // Guards are tried in order, and effects follow when all are true: what they ask to be known is known from there on.
  let guarded = scope;
  const needs = action.needs.map((need) => {
    const made = condition(context, { ...guarded, where: "`needs`" }, need.condition);
    warnConstant(context, made, "this condition of `needs`");
    guarded = narrowedBy(guarded, need.condition);
    return { name: need.name?.text ?? sourceText(need.condition.span), condition: made };
  });
  const effects = checkEffects(context, guarded, action.effects, payerOf(who));
  balance(context, action, pays, effects);
  const times = wholeNumber(action.times, { key: "times", min: 1, max: TIMES_MAX, report: context.report });
  const states = statesOf(context, action);
  const closes = closing(context, action, field);
  if (who === null || decls.includes(null)) return null;
  return {
    name: action.name.text,
    who,
    inputs: decls as InputDecl[],
    pays,
    states,
    opens,
    closes,
    needs,
    effects,
    times,
    span: action.span,
  };
}

/** The author's own words for a condition without a name, on one line. */
const sourceText = ({ source, start, end }: Action["span"]): string =>
  source.text.slice(start, end).replace(/\s+/g, " ").trim();

function closing(
  context: Context,
  action: Action,
  field: (key: "by" | "before") => Parameters<typeof moment>[1],
): Deadline | null {
  if (action.by !== null && action.before !== null)
    context.report(
      misplacedKey(
        action.before.span,
        { key: "before", why: "`by` says when it closes already" },
        { labels: [{ span: action.by.span, text: "here" }] },
      ),
    );
  if (action.by !== null) return moment(context, field("by"), "closed", true);
  return action.before === null ? null : moment(context, field("before"), "open", false);
}

/** Warns where a condition decides nothing. */
export function warnConstant(context: Context, made: TExpr, what: string): void {
  if (isBroken(made)) return;
  const found = context.evaluate(made);
  if (found === null || typeof found.value !== "boolean") return;
  context.report(constantCondition(made.span, { what, value: String(found.value) }));
}

// ── Inputs ────────────────────────────────────────────────────────────────────────────────────────────────────────────

function checkInput(
  context: Context,
  scope: Scope,
  inputs: Map<string, { index: number; type: InputDecl["type"]; bytesMax: number }>,
  input: Input,
  index: number,
): InputDecl | null {
  const name = input.name.text;
  const what = `input \`${name}\``;
  const declared = context.names.get(name);
  if (RESERVED.has(name)) context.report(reservedName(input.name.span, { name, kind: "an input" }));
  else if (declared !== undefined)
    context.report(
      shadowedName(
        input.name.span,
        { kind: "input", name, other: kindWords[declared.kind] },
        { labels: [{ span: declared.span, text: `${kindWords[declared.kind]} here` }] },
      ),
    );
  const most = wholeNumber(input.most, { key: "most", min: 0, max: TEXT_BYTES_MAX, report: context.report });
  const base = typeOf(context, input.type, most);
  const type = input.optional ? optional(base) : base;
  const inner = strip(type);
  const isText = inner.kind === "text" || inner.kind === "bytes";
  if (input.most !== null && base !== ERROR && !isText && inner.kind !== "list" && inner.kind !== "map")
    context.report(
      misplacedKey(input.most.span, { key: "most", why: "only texts, bytes, lists and maps have a size" }),
    );
  const written = input.type.kind === "named" ? input.type.most : null;
  const bytesMax = isText ? (most ?? written ?? TEXT_BYTES_DEFAULT) : TEXT_BYTES_DEFAULT;
  inputs.set(name, { index, type, bytesMax });
  if (type === ERROR) return null;
  const value = read(type, { kind: "input", index }, input.name.span);
  if (isText) noteBytes(value, bytesMax);
  const bounds = {
    min: input.min,
    max: input.max,
    of: input.of,
    matches: input.matches,
    bytesMax: isText ? bytesMax : null,
  };
  const check = boundsCheck(context, { ...scope, where: what }, value, bounds, what, input.name.span);
  return { name, type, check, span: input.span };
}

// ── Money that comes with the event ───────────────────────────────────────────────────────────────────────────────────

function checkPays(context: Context, scope: Scope, action: Action, what: string): ActionDecl["pays"] {
  if (action.pays === null) {
    for (const key of ["into", "change"] as const)
      if (action[key] !== null)
        context.report(misplacedKey(action[key].span, { key, why: "no money is said to come: `pays` is missing" }));
    return null;
  }
  const made = fieldValue(context, scope, action.pays, null, `\`pays\` of ${what}`);
  if (isBroken(made)) return null;
  const type = strip(made.type);
  if (type.kind !== "money" || made.type.kind === "optional") {
    context.report(
      typeMismatch(made.span, {
        what: `\`pays\` of ${what}`,
        actual: words(made.type),
        expected: "an amount of money",
      }),
    );
    return null;
  }
  const account = action.into === null ? undefined : find(context, action.into, ["account"]);
  const held = account === undefined ? null : context.accountAssets[account.index];
  if (account !== undefined && held != null && held !== type.asset)
    context.report(
      wrongAsset(
        made.span,
        { what: `\`pays\` of ${what}`, actual: words(type), account: account.name, asset: held },
        { labels: [{ span: account.span, text: `holds ${held}` }] },
      ),
    );
  const asset = context.settings.assetIndex(type.asset);
  if (asset === undefined) return null;
  const amount = land(context, made, `\`pays\` of ${what}`);
  return { amount, asset, into: account?.index ?? null, changeReturned: action.change?.text === "returned" };
}

/** What the moves take from the caller must be what comes. Told where it is surely different. */
function balance(context: Context, action: Action, pays: ActionDecl["pays"], effects: EffectsDecl): void {
  if (pays === null) return;
  const own = effects.moves.filter(takesFromCaller);
  const inCases = effects.cases.some((each) => each.effects !== "refuse" && each.effects.moves.some(takesFromCaller));
  const name = action.name.text;
  const asset = context.settings.assets[pays.asset]!;
  const shown = (value: Value): string =>
    printLiteral(value, { kind: "money", asset: asset.name }, () => asset.digits) ?? "an amount";
  const paid = context.evaluate(pays.amount)?.value;
  const comes = paid instanceof Decimal ? shown(paid) : "money";
  const unbalanced = (taken: string, at: MoveDecl | undefined, help: string): void =>
    context.report(
      unbalancedPayment(
        action.pays!.span,
        { comes, action: name, taken },
        { help, labels: at === undefined ? [] : [{ span: at.span, text: "taken here" }] },
      ),
    );
  // With `into` the payment has its place, and what moves take comes on top of it.
  if (pays.into !== null) return;
  if (own.length === 0 && !inCases)
    return unbalanced(
      "nothing",
      undefined,
      "say where the money goes: `into: account`, or a move `hold … in …` or `pay … to …`",
    );
  if (inCases || !(paid instanceof Decimal)) return;
  let taken: Value = 0;
  for (const move of own) {
    const amount = move.kind === "transfer" && move.amount !== "all" ? context.evaluate(move.amount)?.value : undefined;
    if (!(amount instanceof Decimal)) return;
    taken = add(taken, amount);
  }
  if (!equalValues(taken, paid))
    unbalanced(shown(taken), own[0], "let `pays` and the moves agree, or name the account with `into`");
}

const takesFromCaller = (move: MoveDecl): boolean => move.from.kind === "caller";

// ── States ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** States in which the action is allowed: those of `in`, else in each region those whose `on` lists it. */
function statesOf(context: Context, action: Action): ActionDecl["states"] {
  const byRegion = new Map<number, number[]>();
  const allow = (region: number, state: number): void => {
    const list = byRegion.get(region) ?? [];
    if (!list.includes(state)) list.push(state);
    byRegion.set(region, list);
  };
  for (const [region, { states }] of context.document.regions.entries())
    for (const [at, state] of states.entries())
      if (state.on.some((each) => each.action.text === action.name.text)) allow(region, at);
  const own = new Set<number>();
  for (const name of action.in ?? []) {
    const state = find(context, name, ["state"]);
    if (state === undefined) continue;
    if (!own.has(state.region)) byRegion.set(state.region, []);
    own.add(state.region);
    allow(state.region, state.index);
  }
  return [...byRegion.entries()]
    .sort(([a], [b]) => a - b)
    .map(([region, states]) => ({ region, states: states.sort((a, b) => a - b) }));
}
