// Effects: what an action, a case, a consequence or entering a state does. Their keys stand beside those of the owner.
import type { Case, Consequence, Effects, ExprOrLiteral, Node, Scalar } from "../ast.ts";
import * as codes from "../codes.ts";
import type { Span } from "../source.ts";
import { moves } from "./move.ts";
import { type Reader, type Reading, readSection, report, type Values, wrongShape } from "./reading.ts";
import { expression, exprOrLiteral, scalar, word } from "./values.ts";

const assignments: Reader<readonly { readonly name: Scalar; readonly value: ExprOrLiteral }[]> = (reading, node) => {
  if (node.kind !== "map") return wrongShape(reading, node, "a map of names and values", "{delivered: now}");
  return node.entries.flatMap(({ key, value }) => {
    const read = exprOrLiteral(reading, value, key);
    return read === null ? [] : { name: key, value: read };
  });
};

const then: Reader<Effects["then"]> = (reading, node, key) =>
  assignments(reading, node, key)?.map(({ name, value }) => ({ fact: name, value })) ?? null;

export const tellSection = {
  keys: { to: scalar("the name of a role"), what: expression },
  required: ["to", "what"],
} as const;
const tell: Reader<Effects["tell"]> = (reading, node) => {
  const items: readonly Node[] = node.kind === "list" ? node.items : [node];
  return items.flatMap((item) => {
    const { to, what } = readSection(reading, item, tellSection, "a `tell`");
    return to === null || what === null ? [] : { to, what, span: item.span };
  });
};

export interface Cases {
  readonly rows: readonly Case[];
  readonly otherwise: Case | "refuse" | null;
}
/** `[{when, …effects}, …, {else: effects | refuse}]`. */
const cases: Reader<Cases> = (reading, node) => {
  if (node.kind !== "list") return wrongShape(reading, node, "a list of cases", "- {when: late, then: {…}}");
  const rows: Case[] = [];
  let otherwise: Case | "refuse" | null = null;
  for (const item of node.items) {
    if (otherwise !== null) report(reading, codes.caseAfterElse(item.span));
    const only = item.kind === "map" && item.entries.length === 1 ? item.entries[0]! : null;
    if (only !== null && only.key.text === "else") {
      const refuse = only.value.kind === "scalar" && only.value.text === "refuse";
      otherwise = refuse
        ? "refuse"
        : { when: null, effects: effects(reading, only.value, "an `else`"), span: item.span };
    } else {
      const values = readSection(reading, item, caseSection(), "a case");
      const { when } = values;
      rows.push({ when, effects: effectsOf(values, item.span), span: item.span });
    }
  }
  if (otherwise === null)
    report(
      reading,
      codes.missingKey(
        node.span,
        { section: "a list of `cases`", key: "else" },
        { help: "add what holds otherwise:  - else: refuse" },
      ),
    );
  return { rows, otherwise };
};

/** Keys of effects, in canonical order. `cases` is read through a function: effects hold cases that hold effects. */
export const effectKeys = {
  then,
  moves,
  cases: ((reading, node, key) => cases(reading, node, key)) as Reader<Cases>,
  tell,
  give: assignments,
  to: scalar("the name of a state"),
  ends: word("fulfilled", "terminated", "expired"),
};
type EffectValues = Values<typeof effectKeys>;

const caseSection = () => ({ keys: { when: expression, ...effectKeys }, required: ["when"] as const });

export const effectsOf = (values: EffectValues, span: Span): Effects => ({
  then: values.then ?? [],
  moves: values.moves ?? [],
  cases: values.cases?.rows ?? [],
  casesElse: values.cases?.otherwise ?? null,
  give: values.give ?? [],
  tell: values.tell ?? [],
  to: values.to,
  ends: values.ends,
  span,
});

export const effects = (reading: Reading, node: Node, title: string): Effects =>
  effectsOf(readSection(reading, node, { keys: effectKeys }, title), node.span);

export const noEffects = (span: Span): Effects => ({
  then: [],
  moves: [],
  cases: [],
  casesElse: null,
  give: [],
  tell: [],
  to: null,
  ends: null,
  span,
});

/** What follows a violation: an obligation or power by name, `end`, `nothing`, effects in place, or a list of those. */
export const consequences: Reader<readonly Consequence[]> = (reading, node, key) => {
  if (node.kind === "list")
    return node.items.flatMap((item) =>
      item.kind === "list"
        ? (wrongShape(reading, item, "one consequence") ?? [])
        : (consequences(reading, item, key) ?? []),
    );
  const { span } = node;
  if (node.kind === "map") return [{ kind: "effects", effects: effects(reading, node, "an `else`"), span }];
  if (node.kind !== "scalar") return wrongShape(reading, node, "what follows", "else: nothing");
  if (node.text === "end" || node.text === "nothing") return [{ kind: node.text, span }];
  if (node.text === "dispute") {
    report(reading, codes.notYet(span, { what: "`dispute` as a consequence" }));
    return [];
  }
  return [{ kind: "name", name: node, span }];
};
