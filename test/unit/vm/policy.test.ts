// Decisions: what each effect, error and shadow comes to, and that the answer has one form.
import { describe, expect, it } from "vitest";
import { compile } from "../../../compiler/index.ts";
import { BUILTINS } from "../../../stdlib/index.ts";
import { answerText, decodeModule, loadPolicy, readJson, type Value } from "../../../vm/index.ts";

/** The policy of a text, read back from its file. */
function policyOf(text: string, data: Readonly<Record<string, unknown>> = {}) {
  const made = compile({ name: "p.yaml", text });
  if (made.value === null) throw new Error(made.diagnostics.map(({ message }) => message).join("\n"));
  const read = decodeModule(made.value.bytes);
  if ("error" in read) throw new Error(read.error.message);
  const ready = loadPolicy(read, BUILTINS);
  if ("error" in ready) throw new Error(ready.error.message);
  const bound = ready.loaded.withData(new Map(Object.entries(data).map(([name, value]) => [name, json(value)])));
  if ("problem" in bound) throw new Error(`${bound.problem.document} ${bound.problem.path} ${bound.problem.reason}`);
  return bound.policy;
}
function json(value: unknown): Value {
  const read = readJson(JSON.stringify(value));
  if ("problem" in read) throw new Error(read.problem.message);
  return read.value;
}
const decide = (text: string, input: unknown, data: Readonly<Record<string, unknown>> = {}) => {
  const { decision, determining, obligations, errors, shadow } = policyOf(text, data).decide(json(input));
  return {
    decision,
    by: determining.map(({ rule, at }) => (at.length === 0 ? rule : `${rule} ${at.join(" ")}`)),
    ...(obligations.length > 0 ? { obligations } : {}),
    ...(errors.length > 0 ? { errors: errors.map(({ rule, error }) => `${rule}: ${error}`) } : {}),
    ...(shadow.length > 0 ? { shadow: shadow.map(({ rule, effect }) => `${rule} ${effect}`) } : {}),
  };
};

const head =
  "policy: p\non: {n: int, who?: text, tags?: list(text), ip?: ip, at?: instant, free?: any}\nobligations: {log: {level: text, note?: text}}\nrules:\n";

describe("effects", () => {
  it.each([
    ["nothing matched denies", "  - {allow: a, match: {n: 1}}\n", { n: 2 }, { decision: "deny", by: [] }],
    ["an allow allows", "  - {allow: a, match: {n: 1}}\n", { n: 1 }, { decision: "allow", by: ["a"] }],
    [
      "a deny beats it",
      "  - {allow: a}\n  - {deny: d, match: {n: {min: 1}}}\n",
      { n: 1 },
      { decision: "deny", by: ["d"] },
    ],
    ["all that match are told", "  - {allow: b}\n  - {allow: a}\n", { n: 1 }, { decision: "allow", by: ["a", "b"] }],
    [
      "an allow that errs does not allow",
      '  - allow: a\n    when: who == "x"\n',
      { n: 1 },
      { decision: "deny", by: [], errors: ["a: absent: who"] },
    ],
    [
      "a deny that errs denies",
      '  - allow: a\n  - deny: d\n    when: who == "x"\n',
      { n: 1 },
      { decision: "deny", by: ["d"], errors: ["d: absent: who"] },
    ],
    [
      "a deny may skip its errors",
      '  - allow: a\n  - deny: d\n    when: who == "x"\n    on_error: skip\n',
      { n: 1 },
      { decision: "allow", by: ["a"] },
    ],
    [
      "a require that errs adds its obligations",
      '  - allow: a\n  - require: r\n    when: who == "x"\n    then: {log: {level: high}}\n',
      { n: 1 },
      {
        decision: "allow",
        by: ["a"],
        obligations: [{ name: "log", args: { level: "high" }, rules: ["r"] }],
        errors: ["r: absent: who"],
      },
    ],
    [
      "equal obligations are one",
      "  - {allow: a, then: {log: {level: low}}}\n  - {require: r, then: {log: {level: low}}}\n",
      { n: 1 },
      { decision: "allow", by: ["a"], obligations: [{ name: "log", args: { level: "low" }, rules: ["a", "r"] }] },
    ],
    [
      "a denial has no obligations",
      "  - {require: r, then: {log: {level: low}}}\n",
      { n: 1 },
      { decision: "deny", by: [] },
    ],
    [
      "an obligation that errs denies",
      "  - allow: a\n    then: {log: {level: {expr: who}}}\n",
      { n: 1 },
      { decision: "deny", by: [], errors: ["a: log: absent: who"] },
    ],
    [
      "a shadow decides nothing",
      "  - {allow: a}\n  - {deny: d, shadow: true}\n",
      { n: 1 },
      { decision: "allow", by: ["a"], shadow: ["d deny"] },
    ],
    [
      "an input that does not fit denies",
      "  - {allow: a}\n",
      { n: "one" },
      { decision: "deny", by: [], errors: ["input: n: expected a whole number such as `12`"] },
    ],
    ["a field too many is passed over", "  - {allow: a}\n", { n: 1, more: 2 }, { decision: "allow", by: ["a"] }],
    [
      "a table ends with the first row",
      "  - table: t\n    mode: ordered\n    rules:\n      - {deny: one, match: {n: 1}}\n      - {allow: rest}\n",
      { n: 1 },
      { decision: "deny", by: ["t one"] },
    ],
    [
      "a later row",
      "  - table: t\n    mode: ordered\n    rules:\n      - {deny: one, match: {n: 1}}\n      - {allow: rest}\n",
      { n: 2 },
      { decision: "allow", by: ["t rest"] },
    ],
    [
      "an erring row denies",
      '  - table: t\n    mode: ordered\n    rules:\n      - {deny: one, when: who == "x"}\n      - {allow: rest}\n',
      { n: 2 },
      { decision: "deny", by: ["t one"], errors: ["t: absent: who"] },
    ],
  ])("%s", (_, rules, input, expected) => {
    expect(decide(head + rules, input)).toEqual(expected);
  });
  it("default allow allows what nothing denies", () => {
    const text = "policy: p\non: {n: int}\ndefault: allow\nrules:\n  - {deny: d, match: {n: 1}}\n";
    expect(decide(text, { n: 2 })).toEqual({ decision: "allow", by: [] });
    expect(decide(text, { n: 1 })).toEqual({ decision: "deny", by: ["d"] });
  });
});

describe("absence", () => {
  const rule = (match: string) => `${head}  - allow: a\n    match: ${match}\n`;
  it.each([
    ["{who: x}", { n: 1 }, "deny", []],
    ["{who: {not: x}}", { n: 1 }, "deny", ["a"]],
    ["{who: {not: x}}", { n: 1, who: "y" }, "allow", []],
    ["{who?: x}", { n: 1 }, "allow", []],
    ["{who?: x}", { n: 1, who: "y" }, "deny", []],
    ["{who: {present: false}}", { n: 1 }, "allow", []],
    ["{who: {present: true}}", { n: 1 }, "deny", []],
    ["{tags: {has: x}}", { n: 1 }, "deny", []],
    ["{tags: {has: x}}", { n: 1, tags: ["y", "x"] }, "allow", []],
    ["{tags: {lacks: x}}", { n: 1 }, "deny", ["a"]],
    ["{tags: {lacks: x}}", { n: 1, tags: [] }, "allow", []],
    ["{tags: {every: x}}", { n: 1 }, "deny", ["a"]],
    ["{tags: {only: [x, y]}}", { n: 1, tags: ["x"] }, "allow", []],
    ["{tags: {some: {starts_with: a}}}", { n: 1, tags: ["b", "ac"] }, "allow", []],
    ["{any: [{who: x}, {n: 1}]}", { n: 1 }, "allow", []],
    ["{none: [{who: x}, {n: 2}]}", { n: 1 }, "allow", []],
    ["{ip: 10.0.0.0/8}", { n: 1, ip: "10.1.2.3" }, "allow", []],
    ["{ip: 10.0.0.0/8}", { n: 1, ip: "::ffff:10.1.2.3" }, "allow", []],
    ["{ip: {not: [10.0.0.0/8]}}", { n: 1, ip: "11.1.2.3" }, "allow", []],
    ["{ip: {not: [10.0.0.0/8]}}", { n: 1 }, "deny", ["a"]],
    [
      "{at: {from: 2026-01-01T00:00:00Z, before: 2026-02-01T00:00:00Z}}",
      { n: 1, at: "2026-01-31T23:59:59Z" },
      "allow",
      [],
    ],
    ["{free: {a: {b: 1}}}", { n: 1, free: { a: { b: 1 } } }, "allow", []],
    ["{free: {a: {b: 1}}}", { n: 1, free: { a: 1 } }, "deny", []],
    ["{free: {a: {max: 5}}}", { n: 1, free: { a: "x" } }, "deny", []],
    ["{free: {a: {has: x}}}", { n: 1, free: { a: ["x"] } }, "allow", []],
    ["{free: {a: {has: x}}}", { n: 1, free: { a: "x" } }, "deny", []],
    ["{free: {fields: {max: 5}}}", { n: 1, free: { max: 5 } }, "allow", []],
    ["{who: {expr: \"'x'\"}}".replace("\"'x'\"", "'\"x\"'"), { n: 1, who: "x" }, "allow", []],
  ])("%s of %j", (match, input, decision, errors) => {
    const answer = policyOf(rule(match)).decide(json(input));
    expect([answer.decision, answer.errors.map(({ rule: id }) => id)]).toEqual([decision, errors]);
  });
});

describe("answers", () => {
  it("have one form", () => {
    const policy = policyOf(`${head}  - {allow: a, then: {log: {level: low}}}\n`);
    const text = answerText(policy.decide(json({ n: 1, who: "x" })));
    expect(text).toBe(answerText(policy.decide(json({ who: "x", n: 1 }))));
    expect(Object.keys(JSON.parse(text))).toEqual([
      "advice",
      "data",
      "decision",
      "determining",
      "errors",
      "fuel",
      "input_digest",
      "module",
      "obligations",
      "shadow",
    ]);
  });
  it("name a data document that is refused", () => {
    const text = "policy: p\non: any\ndata: {m: map(int)}\nrules:\n  - {allow: a, match: {x: 1}}\n";
    expect(() => policyOf(text)).toThrow("m  is missing");
    expect(() => policyOf(text, { m: { a: "x" } })).toThrow("m a expected a whole number");
    expect(() => policyOf(text, { m: {}, k: 1 })).toThrow("k  is no document of this policy");
  });
  it("cost the same with another order of rules that do not match", () => {
    const rules = Array.from({ length: 50 }, (_, i) => `  - {deny: d${i}, match: {n: ${i + 100}}}\n`);
    const a = policyOf(head + rules.join("")).decide(json({ n: 1 }));
    const b = policyOf(head + rules.reverse().join("")).decide(json({ n: 1 }));
    expect(a.fuel).toBe(b.fuel);
    expect(a.module).toBe(b.module);
  });
});
