// The raw tree of a policy, or of a module of shared declarations, to its AST. One table of keys each.

import type { Reading } from "../agreement/reading.ts";
import { checkName, declarations, type Reader, readSection, report, wrongShape } from "../agreement/reading.ts";
import { derive } from "../agreement/state.ts";
import { typeOf } from "../agreement/type.ts";
import { expression, scalar, scalars, word } from "../agreement/values.ts";
import type {
  Assertion,
  FunctionDecl,
  MapNode,
  ModuleDocument,
  Node,
  Policy,
  RelationDecl,
  Scalar,
  TypeExpr,
  Use,
} from "../ast.ts";
import * as codes from "../codes.ts";
import { pattern } from "./pattern.ts";
import { conditions, entries } from "./rules.ts";
import { policyTests } from "./tests.ts";

const typed = (what: string) =>
  declarations<{ readonly name: Scalar; readonly type: TypeExpr }>(what, (reading, { key, value }) => {
    const type = typeOf(reading, value, key);
    return type === null ? null : { name: key, type };
  });

const values = declarations<{ readonly name: Scalar; readonly value: Node }>("value", (_, { key, value }) => ({
  name: key,
  value,
}));

export const functionSection = {
  keys: { of: typed("parameter"), is: expression },
  required: ["is"],
} as const;
const functions = declarations<FunctionDecl>("function", (reading, { key, value }, title) => {
  const { of, is } = readSection(reading, value, functionSection, title, key.span);
  return { name: key, params: of ?? [], is, span: key.span };
});

export const relationSection = {
  keys: {
    of: expression,
    step: scalar("the name of a field"),
    from: scalar("the name of a field"),
    to: scalar("the name of a field"),
  },
  required: ["of"],
  oneOf: [
    ["step", "from"],
    ["step", "to"],
  ],
} as const;
const relations = declarations<RelationDecl>("relation", (reading, { key, value }, title) => {
  const { of, step, from, to } = readSection(reading, value, relationSection, title, key.span);
  if (of !== null && step === null && (from === null || to === null))
    report(
      reading,
      codes.missingKey(
        key.span,
        { section: title, key: "step" },
        { help: "say where an element names those above it:  step: …, or of pairs  from: … and to: …" },
      ),
    );
  return { name: key, of, step, from, to, span: key.span };
});

const use: Reader<readonly Use[]> = (reading, node) => {
  if (node.kind === "scalar") return [{ alias: null, module: node }];
  if (node.kind === "list")
    return node.items.flatMap((item) =>
      item.kind === "scalar"
        ? { alias: null, module: item }
        : (wrongShape(reading, item, "the name of a module") ?? []),
    );
  if (node.kind !== "map") return wrongShape(reading, node, "a list of modules", "[roles]");
  return node.entries.flatMap(({ key, value }) => {
    checkName(reading, key);
    return value.kind === "scalar"
      ? { alias: key, module: value }
      : (wrongShape(reading, value, "the name of a module") ?? []);
  });
};

/** One pattern or a list of them. A list of values is no pattern here. */
const assertions: Reader<readonly Assertion[]> = (reading, node, key) =>
  (node.kind === "list" ? node.items : [node]).flatMap((item) => {
    if (item.kind !== "map") return wrongShape(reading, item, "a pattern of requests", "{role: guest}") ?? [];
    const found = pattern(reading, item, key);
    return found === null ? [] : { pattern: found, span: item.span };
  });

export const limitsSection = {
  keys: {
    bytes: scalar("a size, such as 256 KiB"),
    depth: scalar("a number"),
    items: scalar("a number"),
    text: scalar("a size, such as 16 KiB"),
    fuel: scalar("a number"),
  },
} as const;

const shared = {
  version: scalar("a version such as 1.0.0"),
  about: scalar("a text"),
  use,
} as const;

export const policySection = {
  keys: {
    policy: scalar("the name of the policy"),
    ...shared,
    on: typeOf,
    zone: scalar("a zone such as Europe/Rome"),
    default: word("deny", "allow"),
    types: typed("type"),
    values,
    data: typed("data document"),
    relations,
    derive,
    functions,
    obligations: typed("obligation"),
    advice: typed("advice"),
    secrets: scalars("a list of paths of the input"),
    given: conditions,
    rules: entries as Reader<Policy["rules"]>,
    never: assertions,
    always: assertions,
    limits: ((reading, node) => ({
      ...readSection(reading, node, limitsSection, "`limits`"),
      span: node.span,
    })) as Reader<NonNullable<Policy["limits"]>>,
    tests: policyTests,
  },
  required: ["policy", "on", "rules"],
  missing: {
    on: "say what it decides on:  on: http.request, on: any, or a record of fields",
    rules: "add  rules:  with a list of `allow`, `deny` and `require`",
  },
} as const;

export const moduleSection = {
  keys: { module: scalar("the name of the module"), ...shared, types: typed("type"), values, functions },
  required: ["module"],
} as const;

/** Names of documents that others refer to. */
function checkDocumentName(reading: Reading, name: Scalar): void {
  if (/^[a-z][a-z0-9-]*$/.test(name.text) || reading.guessed.has(name.span.start)) return;
  report(
    reading,
    codes.badName(
      name.span,
      { name: name.text, why: "is not a name of a document" },
      { help: "small letters, digits and hyphens, a letter first" },
    ),
  );
}

const firstKey = (root: MapNode) => root.entries[0]?.key.span ?? root.span;

export function readPolicy(reading: Reading, root: MapNode): Policy | null {
  const read = readSection(reading, root, policySection, "a policy", firstKey(root));
  if (read.policy === null) return null;
  checkDocumentName(reading, read.policy);
  return {
    kind: "policy",
    span: root.span,
    root,
    name: read.policy,
    version: read.version,
    about: read.about,
    use: read.use ?? [],
    on: read.on,
    zone: read.zone,
    default: read.default,
    types: read.types ?? [],
    values: read.values ?? [],
    data: read.data ?? [],
    relations: read.relations ?? [],
    derive: read.derive ?? [],
    functions: read.functions ?? [],
    obligations: read.obligations ?? [],
    advice: read.advice ?? [],
    secrets: read.secrets ?? [],
    given: read.given ?? [],
    rules: read.rules ?? [],
    never: read.never ?? [],
    always: read.always ?? [],
    limits: read.limits,
    tests: read.tests ?? [],
  };
}

export function readModule(reading: Reading, root: MapNode): ModuleDocument | null {
  const read = readSection(reading, root, moduleSection, "a module", firstKey(root));
  if (read.module === null) return null;
  checkDocumentName(reading, read.module);
  return {
    kind: "module",
    span: root.span,
    root,
    name: read.module,
    version: read.version,
    about: read.about,
    use: read.use ?? [],
    types: read.types ?? [],
    values: read.values ?? [],
    functions: read.functions ?? [],
  };
}
