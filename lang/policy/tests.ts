// Tests of a policy: an input and what is expected of it, or a matrix of inputs and which of them are allowed.
import { type Reader, readSection, wrongShape } from "../agreement/reading.ts";
import { scalar, scalars } from "../agreement/values.ts";
import type { Entry, Node, PolicyExpect, PolicyTest } from "../ast.ts";
import { show } from "../diagnostic.ts";

const any: Reader<Node> = (_, node) => node;
const fields: Reader<readonly Entry[]> = (reading, node) =>
  node.kind === "map" ? node.entries : wrongShape(reading, node, "a map of names and values");

const names = scalars("a list of rules");
export const expectSection = {
  keys: {
    decision: scalar("`allow` or `deny`"),
    by: names,
    obligations: any,
    advice: any,
    violations: any,
    errors: names,
  },
} as const;
const NOTHING = { decision: null, by: null, obligations: null, advice: null, violations: null, errors: null } as const;
const expect: Reader<PolicyExpect> = (reading, node) => {
  if (node.kind === "scalar") return { ...NOTHING, decision: node, span: node.span };
  return { ...readSection(reading, node, expectSection, "an `expect`"), span: node.span };
};

const matrix: Reader<PolicyTest["matrix"]> = (reading, node) => {
  if (node.kind !== "map") return wrongShape(reading, node, "a map of names and lists", "{card: [c1, c2]}");
  return node.entries.map(({ key, value }) => ({ path: key, values: value.kind === "list" ? value.items : [value] }));
};
const allows: Reader<PolicyTest["allows"]> = (reading, node) => {
  if (node.kind !== "list") return wrongShape(reading, node, "a list of combinations", "[[c1, view], [c2, lend]]");
  return node.items.map((item) => (item.kind === "list" ? item.items : [item]));
};

export const testSection = { keys: { data: fields, input: any, matrix, allows, expect } } as const;

export const policyTests: Reader<readonly PolicyTest[]> = (reading, node) => {
  if (node.kind !== "map") return wrongShape(reading, node, "a map of tests by name", "it is allowed: {…}");
  return node.entries.map(({ key, value }) => {
    const test = readSection(reading, value, testSection, `test \`${show(key.text)}\``, key.span);
    return {
      name: key,
      data: test.data ?? [],
      input: test.input,
      matrix: test.matrix ?? [],
      allows: test.allows ?? [],
      expect: test.expect,
      span: key.span,
    };
  });
};
