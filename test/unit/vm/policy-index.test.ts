// Which look-up a policy's rules get, and that what stands at a leaf is little.
import { describe, expect, it } from "vitest";
import { compile } from "../../../compiler/index.ts";
import { BUILTINS } from "../../../stdlib/index.ts";
import { decodeModule, loadPolicy, readJson, scan, type Value } from "../../../vm/index.ts";
import { buildTree } from "../../../vm/policy/index/build.ts";
import type { Tree } from "../../../vm/policy/index/tree.ts";

const HEAD =
  "policy: p\non: {act: text, n: int, host: host, path: path, ip: ip, tags?: list(text), free?: any, at?: instant}\nrules:\n";

function moduleOf(rules: readonly string[]) {
  const made = compile({
    name: "p.yaml",
    text: HEAD + rules.map((rule, i) => `  - {allow: a${i}, match: ${rule}}\n`).join(""),
  });
  if (made.value === null) throw new Error(made.diagnostics.map(({ message }) => message).join("\n"));
  const read = decodeModule(made.value.bytes);
  if ("error" in read) throw new Error(read.error.message);
  return read;
}
const json = (value: unknown): Value => {
  const read = readJson(JSON.stringify(value));
  if ("problem" in read) throw new Error(read.problem.message);
  return read.value;
};
const rules = (make: (i: number) => string, count = 100): string[] => Array.from({ length: count }, (_, i) => make(i));

/** The look-ups of a tree, outermost first. */
function lookups(tree: Tree | null): string[] {
  return tree === null || tree.kind === "leaf" ? [] : [tree.finder.lookup, ...lookups(tree.others)];
}

const INPUT = { act: "act7", n: 70, host: "x.h7.example.com", path: "/v7/a/b", ip: "10.0.7.9", tags: ["t7", "t3"] };

describe("look-ups", () => {
  it.each([
    ["a value", "equal", (i: number) => `{act: act${i}}`, [7]],
    ["one of some values", "equal", (i: number) => `{act: [act${i}, act${i + 1}]}`, [6, 7]],
    ["an item of a list", "item", (i: number) => `{tags: {has: t${i}}}`, [3, 7]],
    ["a beginning", "begin", (i: number) => `{act: {starts_with: act${i}}}`, [7]],
    ["an end", "end", (i: number) => `{act: {ends_with: t${i}}}`, [7]],
    ["a path", "path", (i: number) => `{path: {under: /v${i}}}`, [7]],
    ["a host", "host", (i: number) => `{host: {under: h${i}.example.com}}`, [7]],
    ["a network", "network", (i: number) => `{ip: 10.0.${i}.0/24}`, [7]],
    ["a range", "range", (i: number) => `{n: {min: ${10 * i}, max: ${10 * i + 5}}}`, [7]],
    ["an open range", "range", (i: number) => `{n: {above: ${10 * i}, below: ${10 * i + 11}}}`, [6]],
  ] as const)("%s", (_, lookup, make, expected) => {
    const { module } = moduleOf(rules(make));
    const policy = module.policy!;
    expect(lookups(buildTree(policy))).toEqual([lookup]);
    const ready = loadPolicy({ module, moduleId: new Uint8Array(32) }, BUILTINS);
    if ("error" in ready) throw new Error(ready.error.message);
    expect(ready.loaded.finds).toBe("index");
    const bound = ready.loaded.withData(new Map());
    if ("problem" in bound) throw new Error(bound.problem.reason);
    const ids = bound.policy.decide(json(INPUT)).determining.map(({ rule }) => rule);
    expect(ids.sort()).toEqual(expected.map((i) => `a${i}`));
  });
  it("stand inside each other until few rules are left", () => {
    const tree = buildTree(
      moduleOf(rules((i) => `{act: act${i % 10}, host: h${Math.floor(i / 10)}.example.com}`)).module.policy!,
    );
    if (tree.kind === "leaf" || tree.finder.lookup !== "equal") throw new Error("no look-up of values");
    for (const below of tree.finder.nodes.values()) expect(lookups(below)).toEqual(["equal"]);
  });
  it("follow each other for rules that ask different things", () => {
    const mixed = [
      ...rules((i) => `{act: act${i}}`, 30),
      ...rules((i) => `{n: ${i}}`, 20),
      ...rules((i) => `{free: {a: {b: ${i}}}}`, 10),
      "{any: [{n: 1}, {act: x}]}",
    ];
    const tree = buildTree(moduleOf(mixed).module.policy!);
    expect(lookups(tree)).toEqual(["equal", "equal", "equal"]);
  });
  it("are none for a few rules, and for rules that ask the same", () => {
    expect(buildTree(moduleOf(rules((i) => `{act: act${i}}`, 4)).module.policy!).kind).toBe("leaf");
    expect(buildTree(moduleOf(rules(() => "{act: a}", 40)).module.policy!).kind).toBe("leaf");
  });
});

describe("answers", () => {
  it("are those of the scan, byte for byte", () => {
    const { module } = moduleOf([
      ...rules((i) => `{act: act${i % 9}, n: {min: ${i}}, host: {under: h${i % 8}.example.com}}`, 60),
      ...rules((i) => `{path: {under: [/v${i}, /]}, ip: 10.0.0.0/${8 + (i % 24)}}`, 40),
    ]);
    const answers = [undefined, scan].map((find) => {
      const ready = loadPolicy({ module, moduleId: new Uint8Array(32) }, BUILTINS, find === undefined ? {} : { find });
      if ("error" in ready) throw new Error(ready.error.message);
      const bound = ready.loaded.withData(new Map());
      if ("problem" in bound) throw new Error(bound.problem.reason);
      const { decide, check } = bound.policy;
      return { decided: decide(json(INPUT)), checked: check(json(INPUT)), misfit: decide(json({})) };
    });
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]!.decided.determining.length).toBeGreaterThan(10);
  });
});
