// Obligations: who owes what to whom, by when, and what follows if not.
import type { Consequence, Obligation } from "../../lang/ast.ts";
import { dependencies } from "../1-resolve/footprint.ts";
import { misplacedKey, missingKey, needsUnknown, wrongName } from "../codes.ts";
import { OPEN_AT_MOST_MAX } from "../limits.ts";
import type { Condition, ConsequenceDecl, Deadline, NormDecl, TExpr } from "../model.ts";
import { warnConstant } from "./actions.ts";
import { isBroken } from "./build.ts";
import { type Context, find, type Scope, scopeOf } from "./context.ts";
import { length, moment } from "./deadline.ts";
import { checkEffects } from "./effects.ts";
import { condition } from "./expression.ts";
import { narrowedBy } from "./forms.ts";
import { checkAmount, checkFrom, checkParts } from "./norm-money.ts";
import { wholeNumber } from "./settings.ts";
import { timed } from "./time.ts";
import { ERROR, isOptional } from "./types.ts";

/** Inputs of the action that gives birth to it: an instance keeps them. */
function inputsOf(context: Context, obligation: Obligation): Scope["inputs"] {
  const action = context.document.actions.findIndex((each) => each.name.text === obligation.on?.text);
  return context.inputs[action] ?? new Map();
}

/** The scope of what is read when the obligation is born. */
export function birthScope(context: Context, index: number): Scope {
  const { obligation, birth } = context.resolved.norms[index]!;
  const name = obligation.name.text;
  const causes = context.resolved.norms.flatMap((norm, at) =>
    (norm.obligation.else ?? []).some((each) => each.kind === "name" && each.name.text === name) ? [at] : [],
  );
  const scope = scopeOf(`obligation \`${name}\``, {
    cause: birth === "else" ? { place: "cause", norms: causes } : null,
  });
  const inner =
    birth === "on"
      ? {
          ...scope,
          inputs: inputsOf(context, obligation),
          noCaller: "the instance may be read later; keep what is needed in a fact",
        }
      : scope;
  return obligation.when === null ? inner : narrowedBy(inner, obligation.when);
}

export function checkNorm(context: Context, index: number): NormDecl | null {
  const { obligation, rank, birth } = context.resolved.norms[index]!;
  const name = obligation.name.text;
  const what = `obligation \`${name}\``;
  const place = obligation.name.span;
  const born = birthScope(context, index);
  const atHand = scopeOf(what, { inputs: born.inputs, cause: born.cause, self: index });
  const debtor = obligation.who === null ? undefined : find(context, obligation.who, ["party"]);
  if (obligation.who === null) context.report(missingKey(place, { what, key: "who" }));
  const creditor = obligation.to === null ? undefined : find(context, obligation.to, ["party"]);
  const duty = checkDuty(context, obligation, index, atHand, debtor?.index);
  const amount = checkAmount(context, obligation, index, born);
  const when =
    obligation.when === null
      ? null
      : checkedCondition(context, { ...born, narrowed: new Set() }, obligation.when, `\`when\` of ${what}`);
  if (obligation.again && when === null)
    context.report(misplacedKey(place, { key: "again", why: "there is no `when` that could turn true again" }));
  const deadline = checkDeadline(context, obligation, born);
  const unless =
    obligation.unless === null ? null : condition(context, { ...atHand, where: "`unless`" }, obligation.unless);
  if (unless !== null) warnConstant(context, unless, `\`unless\` of ${what}`);
  requireUnknown(context, obligation, duty, unless);
  const cure = checkCure(context, obligation, atHand);
  const follows = checkElse(context, obligation, index);
  const openAtMost = openInstances(context, obligation, birth);
  const survival = checkSurvives(context, obligation, what);
  const onAction = obligation.on === null ? undefined : find(context, obligation.on, ["action"]);
  if (
    debtor === undefined ||
    duty === null ||
    (obligation.on !== null && onAction === undefined) ||
    (obligation.to !== null && creditor === undefined)
  )
    return null;
  return {
    name,
    rank,
    debtor: debtor.index,
    creditor: creditor?.index ?? null,
    duty,
    amount,
    amountWhenPaid: obligation.amountRead?.text === "when_paid",
    partsAtLeast: checkParts(context, obligation, index),
    excessReturned: obligation.excess?.text === "returned",
    from: checkFrom(context, obligation, index),
    birth:
      onAction !== undefined ? { kind: "on", action: onAction.index } : { kind: birth === "else" ? "else" : "once" },
    when,
    again: obligation.again,
    deadline,
    unless,
    unknown: obligation.unknown?.text === "excused" ? "excused" : "violated",
    late: obligation.late?.text === "allowed",
    cure,
    else: follows,
    openAtMost,
    ...survival,
    span: obligation.span,
  };
}

/** A condition no event asks for: typed, with its wakes, and worth asking. */
export function checkedCondition(
  context: Context,
  scope: Scope,
  expr: Obligation["when"] & object,
  where: string,
): Condition {
  const made = condition(context, { ...scope, where }, expr);
  warnConstant(context, made, where);
  return timed(context, made, where);
}

function checkDuty(
  context: Context,
  obligation: Obligation,
  index: number,
  scope: Scope,
  debtor: number | undefined,
): NormDecl["duty"] | null {
  const { duty } = obligation;
  const what = `obligation \`${obligation.name.text}\``;
  if (duty === null) {
    context.report(
      missingKey(
        obligation.name.span,
        { what, key: "must" },
        { help: "say what is owed: `must: deliver`, `must: pay`, or `holds:` a condition" },
      ),
    );
    return null;
  }
  if (duty.kind === "holds")
    return { kind: "holds", condition: checkedCondition(context, scope, duty.condition, `\`holds\` of ${what}`) };
  if (duty.kind === "must") {
    const action = find(context, duty.action, ["action"]);
    if (action === undefined) return null;
    reportUnable(context, obligation, action.index, debtor);
    return { kind: "must", action: action.index };
  }
  const asset = context.assetOfNorm(index);
  const at = asset === null ? undefined : context.settings.assetIndex(asset);
  if (obligation.to === null)
    context.report(missingKey(duty.span, { what, key: "to" }, { help: "say who is paid: `to: seller`" }));
  if (obligation.amount === null)
    context.report(missingKey(duty.span, { what, key: "amount" }, { help: "say how much: `amount: 5.00 EUR`" }));
  return at === undefined ? null : { kind: "pay", asset: at };
}

/** Nobody can owe what only others may do. */
function reportUnable(context: Context, obligation: Obligation, action: number, debtor: number | undefined): void {
  const { who, name } = context.document.actions[action]!;
  if (debtor === undefined || who?.kind !== "roles" || obligation.duty?.kind !== "must") return;
  const able = who.roles.map((role) => role.text);
  const role = context.document.parties[debtor]!.name.text;
  // A role that is a value of type party may be anyone.
  if (able.includes(role) || able.some((each) => context.names.get(each)?.kind !== "party")) return;
  context.report(
    wrongName(
      obligation.duty.action.span,
      {
        name: name.text,
        actual: `an action of ${able.map((each) => `\`${each}\``).join(", ")}`,
        expected: `one that \`${role}\` may do`,
      },
      {
        labels: [
          { span: who.span, text: "who may" },
          { span: obligation.who!.span, text: "who must" },
        ],
      },
    ),
  );
}

function checkDeadline(context: Context, obligation: Obligation, scope: Scope): Deadline | null {
  const { deadline } = obligation;
  if (deadline === null) return null;
  const field = { key: deadline.kind, value: deadline.at, scope, span: deadline.span };
  if (deadline.kind === "within") return length(context, field);
  return deadline.kind === "by" ? moment(context, field, "closed", true) : moment(context, field, "open", false);
}

function checkCure(context: Context, obligation: Obligation, scope: Scope): Deadline | null {
  if (obligation.cure === null) return null;
  if (obligation.deadline !== null || obligation.duty?.kind === "holds")
    return length(context, { key: "cure", value: obligation.cure, scope, span: obligation.cure.span });
  context.report(
    misplacedKey(obligation.cure.span, { key: "cure", why: "there is no deadline after which it would begin" }),
  );
  return null;
}

/** Where `unless` or `holds` may be unknown, the author says what that means. */
function requireUnknown(
  context: Context,
  obligation: Obligation,
  duty: NormDecl["duty"] | null,
  unless: TExpr | null,
): void {
  if (obligation.unknown !== null) return;
  const holds = duty?.kind === "holds" ? duty.condition.expr : null;
  // A condition without a deadline is broken only when it is exactly false; nothing is read at an instant.
  const read = [
    ["unless", unless],
    ["holds", obligation.deadline === null ? null : holds],
  ] as const;
  for (const [key, made] of read) {
    if (made === null || isBroken(made) || !isOptional(made.type)) continue;
    context.report(
      needsUnknown(made.span, { key, name: obligation.name.text }, { labels: factsRead(context, obligation, key) }),
    );
    return;
  }
}

/** The places where facts that may be unknown are read. */
function factsRead(context: Context, obligation: Obligation, key: "unless" | "holds") {
  const expr =
    key === "unless" ? obligation.unless : obligation.duty?.kind === "holds" ? obligation.duty.condition : null;
  return dependencies(expr, context.document, context.names).flatMap((each) => {
    const declared = context.names.get(each.name);
    const unknown = declared?.kind === "fact" && isOptional(context.facts[declared.index]?.type ?? ERROR);
    return unknown ? [{ span: each.span, text: `\`${each.name}\` may be unknown` }] : [];
  });
}

function openInstances(context: Context, obligation: Obligation, birth: string): number {
  const what = `obligation \`${obligation.name.text}\``;
  if (obligation.openAtMost === null && birth === "on")
    context.report(
      missingKey(
        obligation.on!.span,
        { what, key: "open_at_most" },
        {
          help: `each \`${obligation.on!.text}\` gives birth to one: say how many may be open at once, for example \`open_at_most: 20\``,
        },
      ),
    );
  return (
    wholeNumber(obligation.openAtMost, {
      key: "open_at_most",
      min: 1,
      max: OPEN_AT_MOST_MAX,
      report: context.report,
    }) ?? 1
  );
}

function checkElse(context: Context, obligation: Obligation, index: number): ConsequenceDecl[] {
  if (obligation.else === null) {
    const name = obligation.name.text;
    context.report(
      missingKey(
        obligation.name.span,
        { what: `obligation \`${name}\``, key: "else" },
        {
          help: "add what follows when it is violated: the name of an obligation or a power, `end`, effects in braces, or `else: nothing` if you mean it",
        },
      ),
    );
    return [];
  }
  return obligation.else.flatMap((each) => consequence(context, obligation, index, each) ?? []);
}

function consequence(
  context: Context,
  obligation: Obligation,
  index: number,
  each: Consequence,
): ConsequenceDecl | null {
  if (each.kind === "nothing") return null;
  if (each.kind === "end") return { kind: "end" };
  if (each.kind === "effects") {
    const noCaller = "a violation happens by itself";
    const scope = scopeOf(`\`else\` of \`${obligation.name.text}\``, {
      inputs: inputsOf(context, obligation),
      noCaller,
      self: index,
      cause: { place: "instance", norms: [index] },
    });
    return {
      kind: "effects",
      effects: checkEffects(context, scope, each.effects, {
        roles: [],
        nobody: "a violation happens without an event",
      }),
    };
  }
  const found = find(context, each.name, ["obligation", "power"]);
  if (found === undefined) return null;
  return found.kind === "power" ? { kind: "power", power: found.index } : { kind: "norm", norm: found.index };
}

function checkSurvives(
  context: Context,
  obligation: Obligation,
  what: string,
): Pick<NormDecl, "survives" | "survivesUntil"> {
  const { survives } = obligation;
  if (survives === null || survives.text === "no") return { survives: false, survivesUntil: null };
  if (survives.text === "yes") return { survives: true, survivesUntil: null };
  const value: import("../../lang/ast.ts").ExprOrLiteral = /^\d/.test(survives.text)
    ? survives
    : { kind: "name", name: survives.text, span: survives.span };
  const until = length(context, { key: "survives", value, scope: scopeOf(what), span: survives.span });
  return { survives: true, survivesUntil: until };
}
