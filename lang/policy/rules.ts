// Entries of `rules`: rules, groups and tables. The key that names an entry says which it is.
import {
  checkName,
  declarations,
  type Keys,
  type Reader,
  type Reading,
  readSection,
  report,
  wrongShape,
} from "../agreement/reading.ts";
import { expression, flag, scalar, scalars, word } from "../agreement/values.ts";
import type { EachBinding, Expr, MapNode, Node, ObligationUse, Rule, RuleEntry, RuleTableDecl } from "../ast.ts";
import * as codes from "../codes.ts";
import { show } from "../diagnostic.ts";
import { pattern, template } from "./pattern.ts";
import { prose } from "./prose.ts";

/** One condition or a list of them. */
export const conditions: Reader<readonly Expr[]> = (reading, node, key) => {
  if (node.kind === "list") return node.items.flatMap((item) => expression(reading, item, key) ?? []);
  const one = expression(reading, node, key);
  return one === null ? null : [one];
};

export const bindingSection = {
  keys: { in: conditions, key: scalar("a name for the key") },
  required: ["in"],
} as const;
const each = declarations<EachBinding>("binding", (reading, { key, value }, title) => {
  const span = { ...key.span, end: Math.max(key.span.end, value.span.end) };
  if (value.kind !== "map") {
    const sources = conditions(reading, value, key);
    return sources === null ? null : { name: key, sources, key: null, span };
  }
  const binding = readSection(reading, value, bindingSection, title);
  if (binding.key !== null) checkName(reading, binding.key);
  return binding.in === null ? null : { name: key, sources: binding.in, key: binding.key, span };
});

/** `then` and `advise`: obligations by name; a name alone has no arguments. */
const uses: Reader<readonly ObligationUse[]> = (reading, node) => {
  if (node.kind === "scalar") return [{ name: node, args: { kind: "map", entries: [], span: node.span } }];
  if (node.kind !== "map") return wrongShape(reading, node, "a map of obligations", "{receipt: full}");
  return node.entries.flatMap(({ key, value }) => {
    const args = template(reading, value, key);
    return args === null ? [] : { name: key, args };
  });
};

const title = scalar("a title");
const conditionKeys = { each, match: pattern, when: conditions, unless: conditions } as const;
const commonKeys = {
  id: scalar("a name"),
  message: prose,
  because: prose,
  controls: scalars("a list of controls"),
  shadow: flag,
} as const;

export const ruleSection = {
  keys: {
    allow: title,
    deny: title,
    require: title,
    id: commonKeys.id,
    ...conditionKeys,
    then: uses,
    advise: uses,
    message: prose,
    because: prose,
    controls: commonKeys.controls,
    shadow: flag,
    on_error: word("default", "skip"),
  },
} as const;
export const groupSection = {
  keys: { for: pattern, rules: entries as Reader<readonly RuleEntry[]> },
  required: ["for", "rules"],
} as const;
export const tableSection = {
  keys: {
    table: title,
    id: commonKeys.id,
    mode: word("ordered"),
    ...conditionKeys,
    rules: rows as Reader<readonly Rule[]>,
    effect: expression,
    message: prose,
    because: prose,
    controls: commonKeys.controls,
    shadow: flag,
  },
  required: ["mode"],
  missing: { mode: "say that the order counts:  mode: ordered" },
  oneOf: [
    ["rules", "effect"],
    ["rules", "each"],
  ],
} as const;

const EFFECTS = ["allow", "deny", "require"] as const;

const has = (node: MapNode, key: string): boolean => node.entries.some((entry) => entry.key.text === key);

/** The list under `rules`. */
export function entries(reading: Reading, node: Node): readonly RuleEntry[] | null {
  if (node.kind !== "list") return wrongShape(reading, node, "a list of rules", "- allow: look");
  return node.items.flatMap((item) => entry(reading, item) ?? []);
}

/** The rules of an ordered table: no groups, no tables. */
function rows(reading: Reading, node: Node): readonly Rule[] | null {
  const found = entries(reading, node);
  return (
    found?.flatMap((one) => {
      if (one.kind === "rule") return one;
      report(reading, codes.wrongShape(one.span, { expected: "a rule of the table", found: `a ${one.kind}` }, {}));
      return [];
    }) ?? null
  );
}

function entry(reading: Reading, node: Node): RuleEntry | null {
  if (node.kind !== "map") return wrongShape(reading, node, "a rule", "allow: look");
  if (has(node, "table")) return table(reading, node);
  if (has(node, "for") && !EFFECTS.some((effect) => has(node, effect))) {
    const group = readSection(reading, node, groupSection, "a group of rules");
    return { kind: "group", for: group.for, rules: group.rules ?? [], span: node.span };
  }
  return rule(reading, node);
}

const place = (node: MapNode) => node.entries[0]?.key.span ?? node.span;

function rule(reading: Reading, node: MapNode): Rule | null {
  const heads = node.entries.filter(({ key }) => (EFFECTS as readonly string[]).includes(key.text));
  const [head, second] = heads;
  const name = head?.value.kind === "scalar" ? `rule \`${show(head.value.text)}\`` : "a rule";
  const values = readSection(reading, node, ruleSection, name, place(node));
  if (head === undefined) {
    report(
      reading,
      codes.missingKey(
        place(node),
        { section: "a rule", key: "allow" },
        { help: "say what it does, and what it is called:  allow: …, deny: … or require: …" },
      ),
    );
    return null;
  }
  if (second !== undefined)
    report(
      reading,
      codes.keysClash(
        second.key.span,
        { first: head.key.text, second: second.key.text },
        { labels: [{ span: head.key.span, text: "the other one" }] },
      ),
    );
  const effect = head.key.text as Rule["effect"];
  const titled = values[effect];
  if (titled === null) return null;
  return {
    kind: "rule",
    effect,
    title: titled,
    id: values.id,
    ...conditionOf(values),
    then: values.then ?? [],
    advise: values.advise ?? [],
    message: values.message,
    because: values.because,
    controls: values.controls ?? [],
    shadow: values.shadow ?? false,
    onError: values.on_error,
    span: node.span,
  };
}

function table(reading: Reading, node: MapNode): RuleTableDecl | null {
  const values = readSection(reading, node, tableSection, "a table", place(node));
  if (values.table === null) return null;
  if (!has(node, "rules") && !has(node, "effect"))
    report(
      reading,
      codes.missingKey(
        values.table.span,
        { section: `table \`${show(values.table.text)}\``, key: "rules" },
        { help: "give its rows:  rules: [...], or one for each element:  each: … and effect: …" },
      ),
    );
  return {
    kind: "table",
    title: values.table,
    id: values.id,
    mode: values.mode,
    ...conditionOf(values),
    rules: values.rules ?? [],
    effect: values.effect,
    message: values.message,
    because: values.because,
    controls: values.controls ?? [],
    shadow: values.shadow ?? false,
    span: node.span,
  };
}

type ConditionValues = {
  readonly [K in keyof typeof conditionKeys & keyof Keys]: (typeof conditionKeys)[K] extends Reader<infer T>
    ? T | null
    : never;
};
const conditionOf = ({ each: bindings, match, when, unless }: ConditionValues) => ({
  each: bindings ?? [],
  match,
  when: when ?? [],
  unless: unless ?? [],
});
