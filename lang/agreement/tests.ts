// Tests in the file: named lists of steps.
//
//   - given: {state: open, facts: {…}}
//   - 2026-01-05: ann pay                      - 2026-01-05: {ann: pay, amount: 5.00 EUR, value: 5.00 EUR}
//   - 2026-02-01: tick
//   - refused: too late                        about the step before it
//   - expect: {duty: violated, ann owes ben: 5.00 EUR}
import type { Entry, Scalar, Test, TestStep } from "../ast.ts";
import * as codes from "../codes.ts";
import { show } from "../diagnostic.ts";
import { scalarText } from "../yaml/scalar.ts";
import { type Reader, type Reading, readSection, report, wrongShape } from "./reading.ts";
import { partOf, scalar, scalars } from "./values.ts";

const entries: Reader<readonly Entry[]> = (reading, node) =>
  node.kind === "map" ? node.entries : wrongShape(reading, node, "a map of names and values");

export const givenSection = {
  keys: {
    state: scalar("the name of a state"),
    at: scalar("an instant"),
    terms: entries,
    facts: entries,
    accounts: entries,
  },
} as const;

export const tests: Reader<readonly Test[]> = (reading, node) => {
  if (node.kind !== "map") return wrongShape(reading, node, "a map of tests by name", "it ends well: [...]");
  return node.entries.flatMap(({ key, value }): Test[] => {
    if (value.kind !== "list") return wrongShape(reading, value, "a list of steps", "- 2026-01-05: ann pay") ?? [];
    return [{ name: key, steps: value.items.flatMap((item) => step(reading, item) ?? []), span: key.span }];
  });
};

function step(reading: Reading, node: import("../ast.ts").Node): TestStep | null {
  if (node.kind !== "map") return wrongShape(reading, node, "a step", "2026-01-05: ann pay");
  const [first, second] = node.entries;
  if (first === undefined) return wrongShape(reading, node, "a step", "2026-01-05: ann pay");
  const { key, value } = first;
  const { span } = node;
  if (second !== undefined) {
    const help = `start the next step with \`-\`:  - ${show(second.key.text)}: …`;
    report(
      reading,
      codes.unknownKey(second.key.span, { key: second.key.text, section: "a step, which has one key" }, { help }),
    );
  }
  if (key.text === "refused") {
    const text = scalar("the reason as a text")(reading, value, key);
    return text === null ? null : { kind: "refused", text, span };
  }
  if (key.text === "expect") {
    const found = entries(reading, value, key);
    return found === null ? null : { kind: "expect", entries: found, span };
  }
  if (key.text === "given") {
    const { state, at, facts, accounts, terms } = readSection(reading, value, givenSection, "a `given`");
    return { kind: "given", state, at, facts: facts ?? [], accounts: accounts ?? [], terms: terms ?? [], span };
  }
  if (!/^\d/.test(key.text)) {
    const help = "a step starts with an instant, `given`, `refused` or `expect`";
    report(reading, codes.unknownKey(key.span, { key: key.text, section: "a step" }, { help }));
    return null;
  }
  if (value.kind === "map") return act(reading, key, value, span);
  if (value.kind !== "scalar") return wrongShape(reading, value, "what happens then", "ann pay, or tick");
  if (value.text === "tick") return { kind: "tick", at: key, span };
  const text = scalarText(value);
  const words = /^(\S+)\s+(\S+)$/.exec(text.text);
  if (words === null)
    return wrongShape(reading, value, "a role and an action", `${show(key.text)}: {ann: pay, amount: 5.00 EUR}`);
  const by = partOf(text, 0, words[1]!.length);
  return {
    kind: "act",
    at: key,
    by,
    action: partOf(text, words[1]!.length, text.text.length),
    inputs: [],
    value: [],
    span,
  };
}

function act(reading: Reading, at: Scalar, node: import("../ast.ts").MapNode, span: TestStep["span"]): TestStep | null {
  const [first, ...rest] = node.entries;
  if (first === undefined || first.value.kind !== "scalar")
    return wrongShape(reading, first?.value ?? node, "a role and an action", "{ann: pay, amount: 5.00 EUR}");
  const worth = rest.find(({ key }) => key.text === "value");
  const value = worth === undefined ? [] : (scalars("an amount")(reading, worth.value, worth.key) ?? []);
  return {
    kind: "act",
    at,
    by: first.key,
    action: first.value,
    inputs: rest.filter((entry) => entry !== worth),
    value,
    span,
  };
}
