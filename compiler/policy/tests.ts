// Runs the tests of a policy: each input, and each combination of a matrix, decided by the compiled module.
import type { Node, Policy, PolicyExpect, PolicyTest, Scalar } from "../../lang/ast.ts";
import type { Diagnostic } from "../../lang/diagnostic.ts";
import type { Span } from "../../lang/source.ts";
import { BUILTINS } from "../../stdlib/table.ts";
import { guessLiteral } from "../../vm/literal.ts";
import { mapOf } from "../../vm/map.ts";
import type { CheckAnswer, Decision, Json } from "../../vm/policy/answer.ts";
import { type LoadedPolicy, loadPolicy, type Policy as Ready } from "../../vm/policy/policy.ts";
import type { Tier } from "../../vm/tier.ts";
import type { Type } from "../../vm/type.ts";
import type { Value } from "../../vm/value.ts";
import type { CompiledAgreement } from "../4-emit/index.ts";
import * as codes from "../codes.ts";
import type { PolicyProgram } from "./model.ts";

export interface PolicyTestInput {
  readonly document: Policy;
  readonly program: PolicyProgram;
  readonly compiled: CompiledAgreement;
  /** Only tests whose name contains the text. */
  readonly only?: string | undefined;
  readonly tier?: Tier | undefined;
}

/** How often each rule was true, false and erred. */
export interface RuleCoverage {
  readonly rule: string;
  readonly matched: number;
  readonly passed: number;
  readonly erred: number;
}

export interface PolicyTestResult {
  readonly name: string;
  readonly ok: boolean;
  readonly fuel: number;
  readonly diagnostics: readonly Diagnostic[];
}

export interface PolicyTestReport {
  readonly results: readonly PolicyTestResult[];
  readonly diagnostics: readonly Diagnostic[];
  readonly coverage: readonly RuleCoverage[];
  /** Decisions made. */
  readonly decisions: number;
}

/** Throws when the compiled module is refused: that is our own mistake. */
export function runPolicyTests({ document, program, compiled, only, tier }: PolicyTestInput): PolicyTestReport {
  const ready = loadPolicy(compiled, BUILTINS, tier === undefined ? {} : { tier });
  if ("error" in ready) throw new Error(`the compiled policy is refused: ${ready.error.message}`);
  const seen = program.rules.map(({ id }) => ({ rule: id, matched: 0, passed: 0, erred: 0 }));
  const runs = document.tests.filter(({ name }) => only === undefined || name.text.includes(only));
  let decisions = 0;
  const results = runs.map((test) => {
    const one = new Run(test, program, ready.loaded, seen);
    const result = one.result();
    decisions += one.decisions;
    return result;
  });
  return { results, diagnostics: results.flatMap(({ diagnostics }) => diagnostics), coverage: seen, decisions };
}

class Run {
  readonly #test: PolicyTest;
  readonly #program: PolicyProgram;
  readonly #loaded: LoadedPolicy;
  readonly #seen: { matched: number; passed: number; erred: number }[];
  readonly #diagnostics: Diagnostic[] = [];
  #fuel = 0;
  decisions = 0;

  constructor(
    test: PolicyTest,
    program: PolicyProgram,
    loaded: LoadedPolicy,
    seen: { matched: number; passed: number; erred: number }[],
  ) {
    this.#test = test;
    this.#program = program;
    this.#loaded = loaded;
    this.#seen = seen;
  }

  result(): PolicyTestResult {
    const { name, data, matrix, span } = this.#test;
    const bound = this.#loaded.withData(dataOf(this.#test, this.#program));
    if ("problem" in bound) {
      const { document, path, reason } = bound.problem;
      const place = data.find(({ key }) => key.text === document)?.key.span ?? span;
      this.#diagnostics.push(
        codes.testGiven(place, { what: `data.${path === "" ? document : `${document}.${path}`}`, reason }),
      );
    } else if (matrix.length > 0) this.#matrix(bound.policy);
    else this.#one(bound.policy);
    return { name: name.text, ok: this.#diagnostics.length === 0, fuel: this.#fuel, diagnostics: this.#diagnostics };
  }

  #decide(policy: Ready, input: Value): Decision {
    const decision = policy.decide(input);
    this.decisions++;
    this.#fuel += decision.fuel;
    const read = policy.read(input);
    if ("value" in read) {
      const { outcomes } = policy.outcomes(read.value);
      this.#seen.forEach((one, rule) => {
        const own = outcomes.filter((each) => each.rule === rule);
        if (own.some(({ error }) => error !== null)) one.erred++;
        if (own.some(({ error }) => error === null)) one.matched++;
        if (own.length === 0) one.passed++;
      });
    }
    return decision;
  }

  #matrix(policy: Ready): void {
    const { matrix, allows, span } = this.#test;
    const unmet = new Set(allows);
    for (const over of combinationsOf(this.#test)) {
      const listed = allows.find(
        (row) => row.length === over.length && row.every((node, i) => textOf(node) === textOf(over[i]!.value)),
      );
      if (listed !== undefined) unmet.delete(listed);
      const { decision, determining, errors } = this.#decide(policy, inputOf(this.#test, this.#program, over));
      const expected = listed === undefined ? "deny" : "allow";
      if (decision === expected) continue;
      const what = over.map(({ path, value }) => `${path.text}: ${textOf(value)}`).join(", ");
      const place = listed?.[0]?.span ?? matrix[0]?.path.span ?? span;
      this.#differs(place, what, expected, `${decision}${because(determining, errors)}`);
    }
    for (const row of unmet) {
      const named = row.map(textOf).join(", ");
      this.#diagnostics.push(codes.testName(row[0]?.span ?? span, { kind: "combination of the matrix", name: named }));
    }
  }

  #one(policy: Ready): void {
    const { expect, input, span } = this.#test;
    if (input === null || expect === null) {
      this.#diagnostics.push(
        codes.missingKey(span, { what: `test \`${this.#test.name.text}\``, key: input === null ? "input" : "expect" }),
      );
      return;
    }
    const value = inputOf(this.#test, this.#program, []);
    const decision = this.#decide(policy, value);
    this.#decision(expect, decision);
    if (expect.violations !== null) this.#violations(expect.violations, policy.check(value));
  }

  #differs(span: Span, what: string, expected: string, actual: string): void {
    this.#diagnostics.push(codes.testExpectation(span, { what, expected, actual }));
  }

  #decision(expect: PolicyExpect, answer: Decision): void {
    if (expect.decision !== null && expect.decision.text !== answer.decision)
      this.#differs(
        expect.decision.span,
        "the decision",
        expect.decision.text,
        `${answer.decision}${because(answer.determining, answer.errors)}`,
      );
    if (expect.by !== null)
      this.#sameNames(
        expect.by,
        expect.span,
        "determined by",
        answer.determining.map(({ rule }) => rule),
      );
    if (expect.errors !== null)
      this.#sameNames(
        expect.errors,
        expect.span,
        "errors of",
        answer.errors.map(({ rule }) => rule),
      );
    for (const [node, given, what] of [
      [expect.obligations, answer.obligations, "obligations"],
      [expect.advice, answer.advice, "advice"],
    ] as const)
      if (node !== null) this.#given(node, given, what);
  }

  #sameNames(expected: readonly Scalar[], span: Span, what: string, actual: readonly string[]): void {
    const wanted = [...new Set(expected.map(({ text }) => text))].sort();
    const found = [...new Set(actual)].sort();
    if (wanted.join(" ") !== found.join(" "))
      this.#differs(expected[0]?.span ?? span, what, wanted.join(", ") || "none", found.join(", ") || "none");
  }

  /** A list of names, or a map of names and arguments. */
  #given(node: Node, given: Decision["obligations"], what: string): void {
    const shown = (): string => given.map(({ name, args }) => `${name}: ${JSON.stringify(args)}`).join(", ") || "none";
    const entries =
      node.kind === "map"
        ? node.entries.map(({ key, value }) => ({ key, value: value as Node | null }))
        : listOf(node).flatMap((item) => (item.kind === "scalar" ? { key: item, value: null } : []));
    const names = [...new Set(given.map(({ name }) => name))].sort();
    const wanted = [...new Set(entries.map(({ key }) => key.text))].sort();
    if (names.join(" ") !== wanted.join(" "))
      return this.#differs(node.span, what, wanted.join(", ") || "none", shown());
    for (const { key, value } of entries) {
      if (value === null) continue;
      if (!given.some(({ name, args }) => name === key.text && sameJson(args, value)))
        this.#differs(value.span, `${what} \`${key.text}\``, textOf(value), shown());
    }
  }

  #violations(node: Node, { violations }: CheckAnswer): void {
    const shown =
      violations
        .map(({ rule, at, message }) => `${rule}${at.length === 0 ? "" : ` at ${at.join(", ")}`} "${message}"`)
        .join("; ") || "none";
    if (node.kind === "scalar") {
      if (node.text !== String(violations.length))
        this.#differs(node.span, "violations", node.text, `${violations.length}: ${shown}`);
      return;
    }
    const items = listOf(node);
    if (items.length !== violations.length)
      return this.#differs(node.span, "violations", String(items.length), `${violations.length}: ${shown}`);
    for (const item of items) {
      const fits = violations.some((violation) => fitsViolation(item, violation));
      if (!fits) this.#differs(item.span, "a violation", textOf(item), shown);
    }
  }
}

const ANY: Type = { kind: "any" };

type Over = readonly { readonly path: Scalar; readonly value: Node }[];

/** Documents of a test, as values of JSON. */
export const dataOf = (test: PolicyTest, program: PolicyProgram): ReadonlyMap<string, Value> =>
  new Map(
    test.data.map(({ key, value }) => {
      const type = program.data.find(({ name }) => name === key.text)?.type ?? ANY;
      return [key.text, jsonOf(value, type)];
    }),
  );

/** What a test asks: one input, or one for each combination of its matrix. */
export const inputsOf = (
  test: PolicyTest,
  program: PolicyProgram,
): readonly { readonly name: string; readonly input: Value }[] =>
  combinationsOf(test).map((over) => ({
    name: over.map(({ path, value }) => `${path.text}: ${textOf(value)}`).join(", "),
    input: inputOf(test, program, over),
  }));

const combinationsOf = ({ matrix }: PolicyTest): Over[] =>
  matrix.reduce<Over[]>(
    (before, { path, values }) => before.flatMap((over) => values.map((value) => [...over, { path, value }])),
    [[]],
  );

/** The input with what a combination of a matrix lays over it. */
function inputOf(test: PolicyTest, program: PolicyProgram, over: Over): Value {
  let value: Value = test.input === null ? mapOf([]) : jsonOf(test.input, program.input);
  for (const { path, value: node } of over) {
    const steps = path.text.split(".");
    value = laid(value, steps, jsonOf(node, typeAt(program.input, steps)));
  }
  return value;
}

const because = (determining: Decision["determining"], errors: Decision["errors"]): string => {
  const by = determining.map(({ rule, at }) => (at.length === 0 ? rule : `${rule} at ${at.join(", ")}`));
  const wrong = errors.map(({ rule, error }) => `${rule}: ${error}`);
  const parts = [
    ...(by.length === 0 ? [] : [`by ${by.join(", ")}`]),
    ...(wrong.length === 0 ? [] : [`errors ${wrong.join("; ")}`]),
  ];
  return parts.length === 0 ? "" : ` (${parts.join("; ")})`;
};

const listOf = (node: Node): readonly Node[] =>
  node.kind === "list" ? node.items : node.kind === "null" ? [] : [node];

function fitsViolation(node: Node, violation: CheckAnswer["violations"][number]): boolean {
  if (node.kind === "scalar") return node.text === violation.rule;
  if (node.kind !== "map") return false;
  return node.entries.every(({ key, value }) => {
    if (key.text === "at") return listOf(value).map(textOf).join(" ") === violation.at.join(" ");
    if (key.text === "rule") return textOf(value) === violation.rule;
    return key.text === "message" && textOf(value) === violation.message;
  });
}

/** A node in one line, for messages and for comparing what the author wrote twice. */
export function textOf(node: Node): string {
  if (node.kind === "scalar") return node.text;
  if (node.kind === "null") return "null";
  if (node.kind === "list") return `[${node.items.map(textOf).join(", ")}]`;
  return `{${node.entries.map(({ key, value }) => `${key.text}: ${textOf(value)}`).join(", ")}}`;
}

/** Arguments of an obligation against what a test wrote: texts and numbers by their text. */
function sameJson(actual: Json, node: Node): boolean {
  if (node.kind === "map") {
    if (actual === null || typeof actual !== "object" || Array.isArray(actual)) return false;
    const record = actual as { readonly [key: string]: Json };
    return (
      Object.keys(record).length === node.entries.length &&
      node.entries.every(({ key, value }) => Object.hasOwn(record, key.text) && sameJson(record[key.text]!, value))
    );
  }
  if (node.kind === "list")
    return (
      Array.isArray(actual) &&
      actual.length === node.items.length &&
      node.items.every((item, i) => sameJson(actual[i] as Json, item))
    );
  return node.kind === "null" ? actual === null : String(actual) === node.text;
}

/** A written input as JSON: texts where the type reads text, numbers and truth values where it reads those. */
export function jsonOf(node: Node, type: Type): Value {
  const inner = type.kind === "optional" ? type.of : type;
  if (node.kind === "null") return null;
  if (node.kind === "list") {
    const of = inner.kind === "list" ? inner.of : ANY;
    return node.items.map((item) => jsonOf(item, of));
  }
  if (node.kind === "map") {
    const typeOf = (name: string): Type =>
      inner.kind === "record"
        ? (inner.fields.find((field) => field.name === name)?.type ?? ANY)
        : inner.kind === "map"
          ? inner.of
          : ANY;
    return mapOf(node.entries.map(({ key, value }) => [key.text, jsonOf(value, typeOf(key.text))] as const)) ?? null;
  }
  if (node.quoted) return node.text;
  const guess = guessLiteral(node.text);
  const plain =
    guess.type.kind === "int" ||
    guess.type.kind === "decimal" ||
    guess.type.kind === "bool" ||
    guess.type.kind === "null";
  const takesText = [
    "text",
    "enum",
    "host",
    "path",
    "did",
    "instant",
    "date",
    "month",
    "clock",
    "ip",
    "cidr",
    "money",
    "percent",
    "period",
  ].includes(inner.kind);
  return plain && !takesText ? guess.value : node.text;
}

function typeAt(type: Type, steps: readonly string[]): Type {
  let at = type;
  for (const step of steps) {
    const inner: Type = at.kind === "optional" ? at.of : at;
    at =
      inner.kind === "record"
        ? (inner.fields.find(({ name }) => name === step)?.type ?? ANY)
        : inner.kind === "map"
          ? inner.of
          : ANY;
  }
  return at;
}

/** The value with another at a path. */
function laid(value: Value, steps: readonly string[], leaf: Value): Value {
  const [step, ...rest] = steps;
  if (step === undefined) return leaf;
  const map =
    value !== null && typeof value === "object" && "keys" in value && !Array.isArray(value)
      ? (value as { readonly keys: readonly string[]; readonly values: readonly Value[] })
      : { keys: [], values: [] };
  const at = map.keys.indexOf(step);
  const inner = laid(at < 0 ? mapOf([]) : map.values[at], rest, leaf);
  const entries = map.keys.map((key, i) => [key, map.values[i]] as const).filter(([key]) => key !== step);
  return mapOf([...entries, [step, inner]]);
}
