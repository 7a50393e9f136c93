// Explanations agree with the decisions they explain, over every policy here and every input of their tests; and a change that is said
// to flip a decision flips it.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compile, dataOf, Explainer, inputsOf, whyNot } from "../../../compiler/index.ts";
import { readDocument } from "../../../lang/index.ts";
import { readJson, type Value } from "../../../vm/index.ts";

const root = join(import.meta.dirname, "../../..");
const files = ["examples/policies", "test/corpus/policies"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".yaml"))
    .sort()
    .map((name) => join(folder, name))
    // Beside a policy lie its documents.
    .filter((name) => /^policy:/m.test(readFileSync(join(root, name), "utf8"))),
);

interface Asked {
  readonly name: string;
  readonly explainer: Explainer;
  readonly input: Value;
  readonly data: ReadonlyMap<string, Value>;
}
function askedOf(text: string): Asked[] {
  const { policy, value, diagnostics } = compile({ name: "policy.yaml", text });
  const document = readDocument(text, "policy.yaml").value;
  if (policy === null || value === null || document?.kind !== "policy")
    throw new Error(diagnostics.map((each) => each.message).join("\n"));
  return document.tests.flatMap((test) => {
    const data = dataOf(test, policy);
    const made = Explainer.of({ program: policy, compiled: value, data });
    if ("problem" in made) throw new Error(made.problem);
    return inputsOf(test, policy).map(({ name, input }) => ({
      name: `${test.name.text} ${name}`,
      explainer: made.explainer,
      input,
      data,
    }));
  });
}

const read = (file: string): string => readFileSync(join(root, file), "utf8");

describe("explanations", () => {
  it("are tried on many policies", () => expect(files.length).toBeGreaterThanOrEqual(24));

  it.each(files)("%s: every rule is said to be what it is", (file) => {
    for (const { name, explainer, input } of askedOf(read(file))) {
      const typed = explainer.policy.read(input);
      if ("misfit" in typed) continue;
      const { outcomes } = explainer.policy.outcomes(typed.value);
      explainer.program.rules.forEach((rule, index) => {
        const own = outcomes.filter((each) => each.rule === index);
        const said = explainer.rule(rule, typed.value);
        const one = `${name}, ${rule.id}`;
        // Errors of a rule that skips them are no outcome, but they are what its parts came to.
        if (!rule.skipsErrors && rule.effect !== "table")
          expect(
            said.some(({ state }) => state === "error"),
            one,
          ).toBe(own.some(({ error }) => error !== null));
        expect(
          said.some(({ state }) => state === "true"),
          one,
        ).toBe(own.some(({ error }) => error === null) && (rule.effect !== "table" || own.length > 0));
      });
    }
  });

  it.each(files)("%s: a change that is said to flip the decision does", (file) => {
    const inputs = askedOf(read(file));
    for (const { name, explainer, input, data } of inputs) {
      const found = whyNot(explainer, input, data);
      expect(found.answer.decision, name).toBe(explainer.policy.decide(input).decision);
      if (found.changes === null) continue;
      expect(explainer.policy.decide(found.changedInput as Value).decision, name).toBe(found.wanted);
      expect(found.changes.length).toBeGreaterThan(0);
    }
  });
});

function json(value: unknown): Value {
  const read = readJson(JSON.stringify(value));
  if ("problem" in read) throw new Error(read.problem.message);
  return read.value;
}

describe("why not", () => {
  const policy = `policy: till
version: 1.0.0
on: {act: [sell, refund], role: [clerk, boss], sum: int, note?: text}
rules:
  - allow: selling
    match: {act: sell}
  - allow: refunds of a boss with a note
    match: {act: refund, role: boss, note: {present: true}}
  - deny: large sums
    match: {sum: {above: 1000}}
`;
  const ask = (input: Value) => {
    const { policy: program, value } = compile({ name: "till.yaml", text: policy });
    const data = new Map<string, Value>();
    const made = Explainer.of({ program: program!, compiled: value!, data });
    if ("problem" in made) throw new Error(made.problem);
    return whyNot(made.explainer, input, data);
  };
  it("finds the one change that is enough", () => {
    const found = ask(json({ act: "refund", role: "clerk", sum: 5 }));
    expect(found.changes).toEqual([{ path: "act", from: '"refund"', to: '"sell"' }]);
    expect(found.smallest).toBe(true);
    expect(found.nearest.map(({ rule }) => rule)).toEqual(["selling", "refunds-of-a-boss-with-a-note"]);
  });
  it("finds two when one is not enough", () => {
    const found = ask(json({ act: "refund", role: "clerk", sum: 5000 }));
    expect(found.changes?.map(({ path }) => path).sort()).toEqual(["act", "sum"]);
    expect(found.against.map(({ rule }) => rule)).toEqual(["large-sums"]);
    expect(found.then?.decision).toBe("allow");
  });
  it("goes to the edge of a bound, no further", () => {
    const found = ask(json({ act: "sell", role: "clerk", sum: 5000 }));
    expect(found.changes).toEqual([{ path: "sum", from: "5000", to: "1000" }]);
  });
  it("asks the other way round, too", () => {
    const found = ask(json({ act: "sell", role: "clerk", sum: 5 }));
    expect(found.wanted).toBe("deny");
    expect(found.changes).toHaveLength(1);
    expect(found.then?.decision).toBe("deny");
  });
  it("gives up in words when the input does not fit", () => {
    expect(ask(json({ act: "fly" }))).toMatchObject({ changes: null, smallest: false });
  });
});
