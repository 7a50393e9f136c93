// Declarations of what may and must happen: actions, obligations, powers, states, limits.
import type { Action, ExprOrLiteral, Input, Limit, Node, Obligation, Power, Region, Scalar, State } from "../ast.ts";
import * as codes from "../codes.ts";
import { show } from "../diagnostic.ts";
import { scalarText } from "../yaml/scalar.ts";
import { consequences, effectKeys, effects, effectsOf, noEffects } from "./effects.ts";
import { moves } from "./move.ts";
import { checkName, declarations, type Reader, type Reading, readSection, report, wrongShape } from "./reading.ts";
import { typeOf } from "./type.ts";
import { expression, exprOrLiteral, exprOrLiteralIn, flag, scalar, scalars, word } from "./values.ts";
import { who } from "./who.ts";

const role = scalar("the name of a role");
const nameOf = (what: string) => scalar(`the name of ${what}`);

// ── Actions ───────────────────────────────────────────────────────────────────────────────────────────────────────────

export const inputSection = {
  keys: {
    type: typeOf,
    min: exprOrLiteral,
    max: exprOrLiteral,
    of: scalars("a list of values"),
    most: scalar("a number"),
    matches: scalar("a pattern"),
    optional: flag,
  },
  required: ["type"],
} as const;
const inputs = declarations<Input>("input", (reading, { key, value }, title) => {
  const { span } = key;
  const long =
    value.kind === "map" &&
    value.entries.length > 0 &&
    (value.entries.some((entry) => entry.key.text === "type") ||
      value.entries.every((entry) => Object.hasOwn(inputSection.keys, entry.key.text)));
  if (!long) {
    const type = typeOf(reading, value, key);
    return type === null
      ? null
      : { name: key, type, min: null, max: null, of: null, most: null, matches: null, optional: false, span };
  }
  const { type, optional, ...rest } = readSection(reading, value, inputSection, title, span);
  return type === null ? null : { name: key, type, ...rest, optional: optional ?? false, span };
});

type Need = Action["needs"][number];
/** One condition, a list of them, or a map by name. */
const needs: Reader<readonly Need[]> = (reading, node, key) => {
  const one = (value: Node, name: Scalar | null): Need[] => {
    const condition = expression(reading, value, key);
    return condition === null ? [] : [{ name, condition }];
  };
  if (node.kind === "list") return node.items.flatMap((item) => one(item, null));
  if (node.kind !== "map") return one(node, null);
  return node.entries.flatMap((entry) => {
    checkName(reading, entry.key);
    return one(entry.value, entry.key);
  });
};

export const actionSection = {
  keys: {
    who,
    with: inputs,
    pays: exprOrLiteral,
    into: nameOf("an account"),
    change: word("refused", "returned"),
    in: scalars("a state, or a list of states"),
    opens: exprOrLiteral,
    by: exprOrLiteral,
    before: exprOrLiteral,
    needs,
    times: scalar("a number"),
    ...effectKeys,
  },
  required: ["who"],
  missing: { who: "say who may do it:  who: …      (or `who: anyone`)" },
  notYet: ["for", "contest", "within", "each", "pending", "private"],
  oneOf: [["by", "before"]],
} as const;
export const actions = declarations<Action>("action", (reading, { key, value }, title) => {
  const values = readSection(reading, value, actionSection, title, key.span);
  const { who: actor, with: given, pays, into, change, opens, by, before, times } = values;
  return {
    name: key,
    who: actor,
    inputs: given ?? [],
    pays,
    into,
    change,
    in: values.in,
    opens,
    by,
    before,
    needs: values.needs ?? [],
    effects: effectsOf(values, value.span),
    times,
    span: key.span,
  };
});

// ── Obligations ───────────────────────────────────────────────────────────────────────────────────────────────────────

const atLeastSection = { keys: { at_least: exprOrLiteral }, required: ["at_least"] } as const;
const parts: Reader<Obligation["parts"] & object> = (reading, node, key) => {
  if (node.kind === "map") {
    const { at_least } = readSection(reading, node, atLeastSection, "`parts`");
    return at_least === null ? null : { atLeast: at_least };
  }
  return word("no")(reading, node, key);
};

/** Keeps where the key stands beside what it says. */
const placed: Reader<{ readonly key: Scalar; readonly at: ExprOrLiteral }> = (reading, node, key) => {
  const at = exprOrLiteral(reading, node, key);
  return at === null ? null : { key, at };
};

const unknown: Reader<Scalar> = (reading, node, key) => {
  if (node.kind === "scalar" && node.text === "dispute") {
    report(reading, codes.notYet(node.span, { what: "`unknown: dispute`" }));
    return null;
  }
  return word("violated", "excused")(reading, node, key);
};

export const obligationSection = {
  keys: {
    who: role,
    to: role,
    must: nameOf("an action, or `pay`"),
    holds: expression,
    amount: exprOrLiteral,
    amount_read: word("birth", "when_paid"),
    parts,
    excess: word("refused", "returned"),
    from: nameOf("an account"),
    on: nameOf("an action"),
    when: expression,
    again: flag,
    by: placed,
    within: placed,
    before: placed,
    unless: expression,
    unknown,
    late: word("allowed", "refused"),
    cure: exprOrLiteral,
    else: consequences,
    open_at_most: scalar("a number"),
    survives: scalar("`yes`, `no` or a duration"),
  },
  required: ["who", "else"],
  missing: {
    who: "say who owes it:  who: …",
    else: "add what follows:   else: end      (or `else: nothing` if you mean it)",
  },
  notYet: ["each", "early", "while_suspended", "clock", "keep", "contest", "for"],
  oneOf: [
    ["must", "holds"],
    ["by", "within", "before"],
  ],
} as const;
export const obligations = declarations<Obligation>("obligation", (reading, { key, value }, title) => {
  const values = readSection(reading, value, obligationSection, title, key.span);
  const written = (name: string): boolean =>
    value.kind === "map" && value.entries.some((entry) => entry.key.text === name);
  if (value.kind === "map" && !written("must") && !written("holds"))
    report(
      reading,
      codes.missingKey(
        key.span,
        { section: title, key: "must" },
        { help: "say what must happen:  must: <action>, `must: pay`, or  holds: <condition>" },
      ),
    );
  const duty: Obligation["duty"] =
    values.must !== null
      ? values.must.text === "pay"
        ? { kind: "pay", span: values.must.span }
        : { kind: "must", action: values.must }
      : values.holds !== null
        ? { kind: "holds", condition: values.holds }
        : null;
  const limit = values.by ?? values.within ?? values.before;
  const deadline: Obligation["deadline"] =
    limit === null ? null : { kind: limit.key.text as "by", at: limit.at, span: limit.at.span };
  return {
    name: key,
    who: values.who,
    to: values.to,
    duty,
    amount: values.amount,
    amountRead: values.amount_read,
    parts: values.parts,
    excess: values.excess,
    from: values.from,
    on: values.on,
    when: values.when,
    again: values.again ?? false,
    deadline,
    unless: values.unless,
    unknown: values.unknown,
    late: values.late,
    cure: values.cure,
    else: values.else,
    openAtMost: values.open_at_most,
    survives: values.survives,
    span: key.span,
  };
});

// ── Powers ────────────────────────────────────────────────────────────────────────────────────────────────────────────

const laterPowers = ["suspend", "resume", "discharge", "waive", "amend", "demand", "assign", "use"];
const may: Reader<Scalar> = (reading, node, key) => {
  if (node.kind === "scalar" && laterPowers.includes(node.text.split(" ")[0]!)) {
    report(reading, codes.notYet(node.span, { what: `\`may: ${show(node.text)}\`` }));
    return null;
  }
  return word("end", "declare_missed")(reading, node, key);
};
export const powerSection = {
  keys: {
    who,
    may,
    of: nameOf("an obligation"),
    when: expression,
    unless: expression,
    notice: exprOrLiteral,
    times: scalar("a number, or `often`"),
    then: effectKeys.then,
    moves,
  },
  required: ["who", "may"],
  notYet: ["for", "each"],
} as const;
export const powers = declarations<Power>("power", (reading, { key, value }, title) => {
  const { then, moves: made, ...values } = readSection(reading, value, powerSection, title, key.span);
  return {
    name: key,
    ...values,
    effects: { ...noEffects(value.span), then: then ?? [], moves: made ?? [] },
    span: key.span,
  };
});

// ── States ────────────────────────────────────────────────────────────────────────────────────────────────────────────

const target = nameOf("a state");
type Branches = State["on"][number]["branches"];
export const branchSection = { keys: { when: expression, to: target }, required: ["to"] } as const;
const branches: Reader<Branches> = (reading, node) => {
  if (node.kind === "scalar") return [{ when: null, to: node }];
  if (node.kind !== "list")
    return wrongShape(reading, node, "a state, or a list of branches", "[{when: late, to: closed}]");
  return node.items.flatMap((item) => {
    const { when, to } = readSection(reading, item, branchSection, "a branch");
    return to === null ? [] : { when, to };
  });
};
const byKey =
  <T>(expected: string, read: (reading: Reading, key: Scalar, value: Node) => T | null): Reader<readonly T[]> =>
  (reading, node) =>
    node.kind === "map"
      ? node.entries.flatMap(({ key, value }) => read(reading, key, value) ?? [])
      : wrongShape(reading, node, expected);

export const stateSection = {
  keys: {
    initial: flag,
    on: byKey("a map of actions and states", (reading, action, value) => {
      const found = branches(reading, value, action);
      return found === null ? null : { action, branches: found };
    }),
    after: byKey("a map of instants or durations and states", (reading, key, value) => {
      const at = exprOrLiteralIn(reading, scalarText(key));
      const to = target(reading, value, key);
      return to === null ? null : { at, to, span: key.span };
    }),
    when: byKey("a map of conditions and states", (reading, key, value) => {
      const condition = expression(reading, key, key);
      const to = target(reading, value, key);
      return to === null || condition === null ? null : { condition, to };
    }),
    enter: ((reading, node) => effects(reading, node, "an `enter`")) as Reader<State["enter"] & object>,
    ends: word("fulfilled", "terminated", "expired"),
  },
  notYet: ["each"],
} as const;

const state = (reading: Reading, key: Scalar, value: Node): State => {
  checkName(reading, key);
  const { span } = key;
  const title = `state \`${show(key.text)}\``;
  if (value.kind === "null")
    return { name: key, initial: false, on: [], after: [], when: [], enter: null, ends: null, span };
  const { initial, on, after, when, enter, ends } = readSection(reading, value, stateSection, title);
  return {
    name: key,
    initial: initial ?? false,
    on: on ?? [],
    after: after ?? [],
    when: when ?? [],
    enter,
    ends,
    span,
  };
};

/** A region holds states: none of its keys is a key of a state, and all its values are maps. */
const isRegion = (node: Node): node is Node & { kind: "map" } =>
  node.kind === "map" &&
  node.entries.length > 0 &&
  node.entries.every(
    ({ key, value }) => !Object.hasOwn(stateSection.keys, key.text) && (value.kind === "map" || value.kind === "null"),
  );

export const regions: Reader<readonly Region[]> = (reading, node) => {
  if (node.kind !== "map") return wrongShape(reading, node, "a map of states by name", "open: {on: {close: closed}}");
  const named = node.entries.filter(({ value }) => isRegion(value));
  if (named.length === 0 || named.length < node.entries.length) {
    const states = node.entries.map(({ key, value }) => state(reading, key, value));
    return [{ name: "", states, span: node.span }];
  }
  return named.map(({ key, value }) => {
    checkName(reading, key);
    const entries = value.kind === "map" ? value.entries : [];
    return { name: key.text, states: entries.map((entry) => state(reading, entry.key, entry.value)), span: key.span };
  });
};

// ── Limits ────────────────────────────────────────────────────────────────────────────────────────────────────────────

export const limitSection = {
  keys: { must: expression, cut: word("refuse", "owed", "waive"), message: scalar("a text") },
  required: ["must"],
} as const;
export const limits = declarations<Limit>("limit", (reading, { key, value }, title) => {
  if (value.kind !== "map") {
    const must = expression(reading, value, key);
    return must === null ? null : { name: key, must, cut: null, message: null, span: key.span };
  }
  const { must, cut, message } = readSection(reading, value, limitSection, title, key.span);
  return must === null ? null : { name: key, must, cut, message, span: key.span };
});
