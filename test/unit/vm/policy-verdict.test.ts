// The short answer: what it holds, that it comes from code where it can, and what objects of the host it takes.
import { describe, expect, it } from "vitest";
import { compile } from "../../../compiler/index.ts";
import { BUILTINS } from "../../../stdlib/index.ts";
import { decodeModule, loadPolicy, type Policy, readJson, type Tier, type Value } from "../../../vm/index.ts";
import { interpreterOf } from "../../../vm/interpret.ts";
import { load } from "../../../vm/load.ts";
import { decisionCode } from "../../../vm/policy/code.ts";

const TEXT = `policy: p
on: {act: text, n: int, who?: text, sub?: {x: int}}
obligations: {log: {level: text}}
limits: {bytes: 1 KiB, text: 64 B, items: 8}
rules:
  - {allow: read, match: {act: GET}}
  - allow: few
    match: {act: PUT}
    when: n * 2 < 10
  - {allow: logged, match: {act: LOG}, then: {log: {level: high}}}
  - {deny: zero, match: {n: 0}}
  - {deny: sub, match: {sub: {x: 1}}}
  - deny: name
    match: {act: NAME}
    when: who == "eve"
`;

function policyOf(tier: Tier, text = TEXT): Policy {
  const made = compile({ name: "p.yaml", text });
  if (made.value === null) throw new Error(made.diagnostics.map(({ message }) => message).join("\n"));
  const read = decodeModule(made.value.bytes);
  if ("error" in read) throw new Error(read.error.message);
  const ready = loadPolicy(read, BUILTINS, { tier });
  if ("error" in ready) throw new Error(ready.error.message);
  const bound = ready.loaded.withData(new Map());
  if ("problem" in bound) throw new Error(bound.problem.reason);
  return bound.policy;
}

const NAMES = ["few", "logged", "name", "read", "sub", "zero"];

describe.each(["interpreter", "code"] as const)("a verdict in the %s tier", (tier) => {
  const policy = policyOf(tier);
  const verdict = (input: unknown) => {
    const { decision, determining, more } = policy.verdict(input);
    return [
      decision,
      determining.map((at) => NAMES[at]).join(),
      more === null ? "" : more.errors.map(({ error }) => error).join(),
    ];
  };
  it.each([
    [{ act: "GET", n: 1 }, "allow", "read", ""],
    [{ act: "GET", n: 0 }, "deny", "zero", ""],
    [{ act: "GET", n: 0, sub: { x: 1 } }, "deny", "sub,zero", ""],
    [{ act: "PUT", n: 4 }, "allow", "few", ""],
    [{ act: "PUT", n: 5 }, "deny", "", ""],
    [{ act: "PUT", n: 2 ** 52 }, "deny", "", ""],
    [{ act: "NAME", n: 1 }, "deny", "name", "absent: who"],
    [{ act: "LOG", n: 1 }, "allow", "logged", ""],
    [{ act: "GET", n: "1" }, "allow", "read", ""],
    [{ act: "GET", n: 1.5 }, "deny", "", "n: expected a whole number such as `12`"],
    [{ act: "GET", n: -0 }, "deny", "zero", ""],
    [{ act: "GET" }, "deny", "", "n: is missing"],
    [{ act: "\ud800", n: 1 }, "deny", "", "has no JSON"],
    [{ act: "GET", n: 1, extra: "x".repeat(65) }, "deny", "", "extra: is a text of more than 64 bytes"],
    [{ act: "GET", n: 1, extra: [1, 2, 3, 4, 5, 6, 7, 8, 9] }, "deny", "", "extra: has 9 items, at most 8"],
    [{ act: "GET", n: 1, extra: [1, 2] }, "allow", "read", ""],
    [Object.create({ act: "GET", n: 1 }), "deny", "", "act: is missing"],
    [Object.assign(Object.create(null), { act: "GET", n: 1 }), "allow", "read", ""],
    [[], "deny", "", "expected a record"],
    [null, "deny", "", "expected a record"],
    [undefined, "deny", "", "has no JSON"],
    [5n, "deny", "", "has no JSON"],
    [Symbol("x"), "deny", "", "has no JSON"],
  ])("of %o", (input, decision, by, errors) => {
    expect(verdict(input)).toEqual([decision, by, errors]);
  });
  it("of an input over the bytes that the policy takes, however it is read", () => {
    const row = Array.from({ length: 8 }, () => "x".repeat(60));
    const input = { act: "GET", n: 1, extra: [row, row, row] };
    const whole = readJson(JSON.stringify(input)) as { readonly value: Value };
    const reason = "is larger than the policy takes";
    expect(verdict(input)).toEqual(["deny", "", reason]);
    expect(policy.decide(whole.value).errors).toEqual([{ rule: "input", at: [], error: reason }]);
    expect(policy.read(whole.value)).toEqual({ misfit: { path: "", reason } });
    expect(policy.allowsPlain(input)).toBe(false);
  });
  it("says no to who only asks whether, where something is asked for it", () => {
    const allows = (act: string, n: number): boolean => {
      const json = readJson(JSON.stringify({ act, n })) as { readonly value: Value };
      const read = policy.read(json.value) as { readonly value: Value };
      expect(policy.allowsPlain({ act, n })).toBe(policy.allows(read.value));
      return policy.allows(read.value);
    };
    expect([allows("GET", 1), allows("GET", 0), allows("PUT", 4), allows("PUT", 5)]).toEqual([
      true,
      false,
      true,
      false,
    ]);
    expect([allows("LOG", 1), allows("NAME", 1)]).toEqual([false, false]);
  });
  it("holds the obligations", () => {
    expect(policy.verdict({ act: "LOG", n: 1 }).more?.obligations).toEqual([
      { name: "log", args: { level: "high" }, rules: ["logged"] },
    ]);
  });
  it("never throws", () => {
    const input = {
      act: "GET",
      get n(): number {
        throw new Error("no");
      },
    };
    expect(verdict(input)).toEqual(["deny", "", "has no JSON"]);
    expect(policy.allowsPlain(input)).toBe(false);
    expect(policy.allowsPlain(5n)).toBe(false);
    expect(verdict({ act: "GET", n: 1 })).toEqual(["allow", "read", ""]);
  });
});

describe("the code of decisions", () => {
  const codeOf = (text: string) => {
    const made = compile({ name: "p.yaml", text });
    if (made.value === null) throw new Error("does not compile");
    const loaded = load(made.value.module, BUILTINS);
    if ("error" in loaded) throw new Error(loaded.error.message);
    const code = decisionCode(loaded.loaded, made.value.module.policy!, interpreterOf(loaded.loaded));
    const toNull = (): null => null;
    return code === null
      ? null
      : { read: code.read, ...code.bind([], [], toNull, toNull, (given) => given?.decision === "allow") };
  };
  it("answers plain allows and denies itself and leaves the rest", () => {
    const code = codeOf(TEXT)!;
    expect(code.verdict({ act: "GET", n: 1 })?.decision).toBe("allow");
    expect(code.verdict({ act: "PUT", n: 9 })?.decision).toBe("deny");
    expect(code.verdict({ act: "NAME", n: 1 })).toBeNull();
    expect(code.verdict({ act: "LOG", n: 1 })).toBeNull();
    expect(code.verdict({ act: "GET" })).toBeNull();
  });
  it("only reads for many rules, and is none for free input", () => {
    const rules = Array.from({ length: 40 }, (_, i) => `  - {allow: a${i}, match: {n: ${i}}}\n`).join("");
    const many = codeOf(`policy: p\non: {n: int}\nrules:\n${rules}`)!;
    expect(many.read({ n: 3 })).toEqual([3]);
    expect(many.verdict({ n: 3 })).toBeNull();
    expect(many.judge([3])).toBeNull();
    expect(codeOf("policy: p\non: any\nrules:\n  - {allow: a, match: {n: 1}}\n")).toBeNull();
  });
  it("takes no field for one of the object's own", () => {
    const text = "policy: p\non: {valueOf?: text, n: int}\nrules:\n  - {allow: a, match: {n: 1}}\n";
    expect(codeOf(text)!.verdict({ n: 1 })).toBeNull();
    for (const tier of ["interpreter", "code"] as const) {
      expect(policyOf(tier, text).verdict({ n: 1 }).decision).toBe("allow");
      expect(policyOf(tier, text).verdict({ n: 1, valueOf: 3 }).decision).toBe("deny");
    }
  });
});

describe("conditions that only compare fields", () => {
  const TEXTS = `policy: p
on: {act: text, by: text, of: text, n: int, on: bool}
rules:
  - {allow: own, when: by == of && act != "delete"}
  - {allow: low, when: n < 3 || on == true}
  - {deny: one, match: {act: GET}, when: n == 1 && !on}
`;
  const [interpreter, code] = [policyOf("interpreter", TEXTS), policyOf("code", TEXTS)];
  /** The same function for two rules, which no compiler of ours writes. */
  function twice(tier: Tier): Policy {
    const { module } = compile({ name: "p.yaml", text: TEXTS }).value!;
    const policy = module.policy!;
    const { truth } = policy.rules[0]!;
    const rules = policy.rules.map((rule) => ({ ...rule, truth, atoms: [] }));
    const shared = { ...module, policy: { ...policy, rules }, debug: { sources: [], functions: [] } };
    const ready = loadPolicy({ module: shared, moduleId: new Uint8Array(32) }, BUILTINS, { tier });
    if ("error" in ready) throw new Error(ready.error.message);
    const bound = ready.loaded.withData(new Map());
    if ("problem" in bound) throw new Error(bound.problem.reason);
    return bound.policy;
  }
  const inputs = ["GET", "delete"].flatMap((act) =>
    ["a", "b"].flatMap((by) =>
      [1, 2, 5, 2 ** 53, 2n ** 60n].flatMap((n) => [true, false].map((on) => [act, by, "a", n, on] as const)),
    ),
  );
  const said = (policy: Policy, input: (typeof inputs)[number]) => {
    const { decision, fuel, determining } = policy.judge(input);
    return [decision, fuel, determining];
  };

  it("are counted and decided as the interpreter does", () => {
    for (const input of inputs) expect(said(code, input), String(input)).toEqual(said(interpreter, input));
    const decisions = new Set(inputs.map((input) => code.judge(input).decision));
    expect(decisions.size).toBe(2);
  });
  it("whose answers are the same object again, which nobody can change", () => {
    const input = ["GET", "a", "a", 1, true];
    expect(code.judge(input)).toBe(code.judge([...input]));
    expect(Object.isFrozen(code.judge(input))).toBe(true);
    expect(code.judge(["GET", "a", "b", 1, true])).not.toBe(code.judge(input));
  });
  it("say yes or no as the verdict does, also where a number is beyond those of the host", () => {
    for (const text of [TEXTS, `${TEXTS}default: allow\n`]) {
      const [one, other] = [policyOf("interpreter", text), policyOf("code", text)];
      expect(String(other.allows)).toMatch(/^function allows/);
      for (const input of inputs) {
        const yes = one.judge(input).decision === "allow";
        expect([one.allows(input), other.allows(input)], String(input)).toEqual([yes, yes]);
      }
    }
  });
  it("are the same beside many rules, for which an answer is found by a longer key", () => {
    const many = Array.from(
      { length: 16 },
      (_, i) => `  - {allow: a${i}, match: {act: {starts_with: ${"del".slice(i % 3)}}, n: {min: ${i}}}}\n`,
    );
    const [one, other] = [policyOf("interpreter", TEXTS + many.join("")), policyOf("code", TEXTS + many.join(""))];
    for (const input of inputs) expect(said(other, input), String(input)).toEqual(said(one, input));
    for (let n = 0; n < 20; n++)
      for (const act of ["delete", "elder", "late", "GET"])
        for (const of of ["a", "b"]) {
          const input = [act, of, "a", n, n % 2 === 0] as const;
          expect(said(other, input), String(input)).toEqual(said(one, input));
        }
  });
  it("also where two rules ask the same function", () => {
    const [one, other] = [twice("interpreter"), twice("code")];
    for (const input of inputs) expect(said(other, input), String(input)).toEqual(said(one, input));
  });
});
