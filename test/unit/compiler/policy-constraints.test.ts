// Constraints of CUE in the patterns of a policy: as operators where these say the same, else as functions of the module. The tests of
// each policy decide; what cannot be compiled is refused by name.
import { afterAll, describe, expect, it } from "vitest";
import { compile, type PolicyTestReport, runPolicyTests } from "../../../compiler/index.ts";
import { readCueDocument } from "../../../lang/cue/index.ts";
import { readDocument } from "../../../lang/index.ts";
import { oracle } from "../../oracle/native-host.ts";

const engine = oracle();
afterAll(() => engine.close());

async function compiled(text: string) {
  const source = { name: "policy.cue", text };
  const read = await readCueDocument(engine, { files: [source], main: ["policy.cue"] });
  const document = read.value?.kind === "policy" ? read.value : null;
  const made = document === null ? null : compile(document);
  const messages = [...read.diagnostics, ...(made?.diagnostics ?? [])].map(({ message }) => message);
  return { document, made, messages };
}

async function decided(text: string): Promise<PolicyTestReport> {
  const { document, made, messages } = await compiled(text);
  expect(messages).toEqual([]);
  const report = runPolicyTests({ document: document!, program: made!.policy!, compiled: made!.value! });
  expect(report.results.filter(({ ok }) => !ok)).toEqual([]);
  return report;
}

const TYPED = `
import "strings"
#Ports: >1024 & <65536
policy: "services"
on: {
	action: "text"
	port:   "int"
	name:   "text"
	tags:   "list(text) up to 20"
	spent:  "money(EUR)"
	"peer?": "ip"
	meta:   "any"
}
rules: [
	{allow: "known work", id: "work", match: {
		action: "read" | "list"
		port:   #Ports
		name:   =~"^a" & strings.MaxRunes(5)
	}},
	{deny: "too much", id: "much", match: spent: >="100.00 EUR"},
	{deny: "from elsewhere", id: "elsewhere", match: peer: !="10.0.0.1"},
	{deny: "odd labels", id: "odd", match: meta: labels: {[string]: string, "x": !="y"}},
	{deny: "odd tags", id: "tags", match: tags: [_, ...!~"^[a-z]+$"] & [string, string, ...]},
	{deny: "a card and nothing else", id: "card", match: meta: card: #Card},
	{deny: "one or the other", id: "either", match: meta: any: [{big: >100}, {deep: x: >100 | "huge"}]},
	{deny: "a strange shape", id: "shape", match: meta: {kind: "x" | 1, n!: int & >=3, of?: [...#Node]}},
]
#Card: {number: =~"^[0-9]+$"}
#Node: {t!: "leaf", v!: int} | {t!: "node", of!: [...#Node]}
`;

/** What is changed of the input, and the decision with the rule that denies. */
const DECISIONS: readonly (readonly [change: object, decision: string])[] = [
  [{}, "allow"],
  [{ action: "list", port: 65_535 }, "allow"],
  [{ action: "write" }, "deny"],
  [{ port: 1024 }, "deny"],
  [{ port: 65_536 }, "deny"],
  [{ name: "abcdef" }, "deny"],
  [{ name: "babc" }, "deny"],
  [{ spent: "100.00 EUR" }, "deny much"],
  [{ spent: "99.99 EUR" }, "allow"],
  [{ peer: "10.0.0.1" }, "allow"],
  [{ peer: "10.0.0.2" }, "deny elsewhere"],
  [{ meta: { labels: { a: "b", x: "z" } } }, "deny odd"],
  [{ meta: { labels: { a: 1, x: "z" } } }, "allow"],
  [{ meta: { labels: { a: "b" } } }, "allow"],
  [{ meta: { labels: "x" } }, "allow"],
  [{ meta: { kind: 1, n: 3, of: [{ t: "node", of: [{ t: "leaf", v: 1 }] }] } }, "deny shape"],
  [{ meta: { kind: 1, n: 3, of: [{ t: "node", of: [{ t: "leaf", v: "1" }] }] } }, "allow"],
  [{ meta: { kind: "x", n: 3 } }, "deny shape"],
  [{ tags: ["a", "B", "1"] }, "deny tags"],
  [{ tags: ["B"] }, "allow"],
  [{ tags: ["a", "b"] }, "allow"],
  [{ meta: { card: { number: "12" } } }, "deny card"],
  [{ meta: { card: { number: "12", more: 1 } } }, "allow"],
  [{ meta: { big: 101 } }, "deny either"],
  [{ meta: { deep: { x: "huge" } } }, "deny either"],
  [{ meta: { big: 100, deep: { x: 100 } } }, "allow"],
  [{ meta: { kind: "x", n: 2 } }, "allow"],
];

function testsOf(): string {
  const base = { action: "read", port: 2000, name: "abc", tags: [], spent: "1.00 EUR", meta: {} };
  const tests = DECISIONS.map(([change, said], at) => {
    const [decision, by] = said.split(" ");
    const expected = by === undefined ? decision : { decision, by: [by] };
    return [`${at}`, { input: { ...base, ...change }, expect: expected }];
  });
  return `tests: ${JSON.stringify(Object.fromEntries(tests))}\n`;
}

describe("a policy in CUE", () => {
  it("decides by constraints", async () => {
    const report = await decided(TYPED + testsOf());
    expect(report.results.length).toBe(DECISIONS.length);
  });

  it("is indexed as the same patterns in YAML are", async () => {
    const cue = await compiled(`
policy: "p"
on: {action: "text", port: "int"}
rules: [{allow: "a", match: {action: "read" | "list", port: >1024 & <65536}}]
`);
    const yaml = readDocument(
      "policy: p\non: {action: text, port: int}\nrules:\n  - allow: a\n    match: {action: [read, list], port: {above: 1024, below: 65536}}\n",
      "p.yaml",
    );
    expect(cue.messages).toEqual([]);
    expect(cue.made!.value!.moduleId).toEqual(compile(yaml.value!).value!.moduleId);
  });

  it("is not closed by the library's definitions", async () => {
    const rules = '[{allow: "a", match: {act: "look", meta: {kind: "a", size: >1}}}]';
    const plain = await compiled(`policy: "p"\non: {act: "text", meta: "any"}\nrules: ${rules}\n`);
    const typed = await compiled(
      `import "writ.dev/std"\nstd.#Policy & {policy: "p", on: {act: "text", meta: "any"}, rules: ${rules}}\n`,
    );
    expect([plain.messages, typed.messages]).toEqual([[], []]);
    expect(typed.made!.value!.moduleId).toEqual(plain.made!.value!.moduleId);
  });

  it.each([
    ["port: >=low, low: int", 'low: "int"', /cannot be checked/],
    ['peer: =~"^10"', "", /cannot be checked/],
    ["meta: strings.ToUpper(meta)", "", /./],
    ['meta: =~"(?=a)"', "", /cannot be checked|pattern/],
    ["meta: #T", "", /cannot be checked/],
  ])("refuses %s", async (match, more, message) => {
    const text = `
import "strings"
_used: strings.MaxRunes(1)
policy: "p"
on: {port: "int", "peer?": "ip", meta: "any", ${more}}
#T: {l?: #T} | {r?: #T}
rules: [{allow: "a", match: {${match}}}]
`;
    const { made, messages } = await compiled(text);
    expect(made?.value === null || made === null).toBe(true);
    expect(messages.join("\n")).toMatch(message);
  });
});
