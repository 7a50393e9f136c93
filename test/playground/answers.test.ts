// What the page is told about documents, without a page: the same as the commands say, and never an exception.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compile } from "../../compiler/index.ts";
import { hex } from "../../core/index.ts";
import { check, code, decide, format, test } from "../../playground/answers.ts";
import { EXAMPLES } from "../../playground/examples.ts";
import { TEXT_UNITS_MAX } from "../../playground/limits.ts";
import type { Checked, Code, Decided, Tested } from "../../playground/messages.ts";

const root = join(import.meta.dirname, "../..");

describe.each(EXAMPLES)("$name", ({ text }) => {
  it("has no errors, is laid out, and its tests pass", () => {
    const checked = check(text) as Checked;
    expect(checked.problems.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(checked.title).not.toBe("");
    const { text: laidOut } = format(text) as { text: string };
    expect(format(laidOut)).toEqual({ text: laidOut });
    const { rows } = test(text) as Tested;
    expect(rows.filter(({ ok }) => !ok)).toEqual([]);
  });
  it("becomes the module that every other way makes of it", () => {
    const made = code(text) as Code;
    expect(made.moduleId).toBe(hex(compile({ name: "x.yaml", text }).value!.moduleId));
    expect(made.costs.length).toBeGreaterThan(0);
    expect(made.text).toContain("function");
  });
});

it("asks a policy with the inputs of its tests, and proves what would give the other answer", () => {
  const text = readFileSync(join(root, "bench/policy/texts/documents.yaml"), "utf8");
  const input = { role: "viewer", action: "write", user: "ada", owner: "bob", level: 1, state: "draft" };
  const denied = decide(text, JSON.stringify(input), "") as Decided;
  expect(denied.decision).toBe("deny");
  expect(denied.other).toMatchObject({ wanted: "allow", changes: [expect.stringContaining("→")] });
  const allowed = decide(text, JSON.stringify({ ...input, user: "bob" }), "") as Decided;
  expect(allowed.decision).toBe("allow");
  expect(allowed.rules.find(({ determines }) => determines)).toMatchObject({ line: 8, state: "true" });
});

it("gives the data of a test beside its input, and decides with it", () => {
  const lending = EXAMPLES.find(({ name }) => name === "lending.yaml")!.text;
  const { policy } = check(lending) as Checked;
  expect(policy!.data.length).toBeGreaterThan(0);
  for (const { input, data } of policy!.inputs) expect(decide(lending, input, data)).toHaveProperty("decision");
  const { input } = policy!.inputs[0]!;
  expect(decide(lending, input, "[]")).toEqual({ problem: "the data is an object: each document by its name" });
});

it.each([
  ["", null],
  ["a: [", null],
  ["policy: p\non: {a: text}\nrules: [{allow: x, mach: {a: b}}]", "policy"],
  ["agreement: a\nversion: 1", "agreement"],
  ["module: m\nfunctions: {f: {of: {a: int}, is: a + }}", "module"],
  ["\u0000", null],
])("says what is wrong with %j, with a place", (text, kind) => {
  const { problems, ...rest } = check(text) as Checked;
  expect(problems.length).toBeGreaterThan(0);
  for (const { from, to, message } of problems) {
    expect(from.line).toBeGreaterThan(0);
    expect(to.line).toBeGreaterThanOrEqual(from.line);
    expect(message).not.toBe("");
  }
  expect(rest.policy).toBeNull();
  if (kind === null) expect(rest.kind === null || rest.kind === "agreement").toBe(true);
  for (const answer of [test(text), code(text), decide(text, "{}", "")]) expect(answer).toHaveProperty("problem");
});

it.each([
  ["{", "the input is no JSON"],
  ["[1,\n2,,]", "(line 2, column 3)"],
])("says where the input %s cannot be read", (input, said) => {
  const text = readFileSync(join(root, "bench/policy/texts/documents.yaml"), "utf8");
  expect((decide(text, input, "") as { problem: string }).problem).toContain(said);
});

it("refuses what is larger than a source", () => {
  const large = `# ${"x".repeat(TEXT_UNITS_MAX)}`;
  expect(check(large)).toEqual({ problem: "the text is larger than a source may be (4 MiB)" });
});

it("throws at nothing that is typed", () => {
  const texts = EXAMPLES.map(({ text }) => text);
  fc.assert(
    fc.property(
      fc.constantFrom(...texts),
      fc.nat(),
      fc.nat(60),
      fc.string({ unit: "grapheme", maxLength: 6 }),
      (text, at, cut, put) => {
        const from = at % (text.length + 1);
        const bent = text.slice(0, from) + put + text.slice(from + cut);
        expect(check(bent)).toBeTypeOf("object");
        expect(format(bent)).toBeTypeOf("object");
      },
    ),
    { numRuns: 60, seed: Number(process.env.SEED ?? 20261128) },
  );
});
