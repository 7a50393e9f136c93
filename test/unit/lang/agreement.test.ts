import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Agreement, expressionsOf, formatSource, readDocument, visitExpr } from "../../../lang/index.ts";
import { parseArchive } from "../../corpus/archive.ts";
import { sourceOf } from "../../corpus/stages.ts";
import { brief, meaning } from "./support.ts";

const root = join(import.meta.dirname, "..", "..", "corpus", "lang");
const complete = sourceOf(parseArchive(readFileSync(join(root, "agreement", "complete.txtar"), "utf8")).files).text;

const read = (body: string) => {
  const { value, diagnostics } = readDocument(`agreement: a\nversion: 1.0.0\n${body}`, "a.yaml");
  expect(brief(diagnostics)).toEqual([]);
  return meaning(value) as Agreement;
};

describe("readDocument", () => {
  it("reads every section", () => {
    const { value, diagnostics } = readDocument(new TextEncoder().encode(complete), "complete.yaml");
    expect(diagnostics).toEqual([]);
    const sizes = [
      "assets",
      "parties",
      "terms",
      "facts",
      "derive",
      "accounts",
      "actions",
      "obligations",
      "powers",
      "regions",
      "limits",
      "tests",
    ].map((key) => (value as unknown as Record<string, readonly unknown[]>)[key]!.length);
    expect(sizes).toEqual([2, 2, 3, 3, 2, 1, 2, 3, 1, 1, 2, 1]);
    expect((value as Agreement).catchUp?.text).toBe("10");
  });
  it("tells written values from expressions", () => {
    const { obligations } = read(
      "obligations:\n  x: {who: a, must: pay, amount: 5.00 EUR, within: 3 * days, else: nothing}\n",
    );
    expect(obligations[0]!.amount).toEqual({ kind: "scalar", text: "5.00 EUR" });
    expect(obligations[0]!.deadline).toMatchObject({ kind: "within", at: { kind: "binary" } });
  });
  it("tells types from values", () => {
    const { terms, facts } = read(
      "terms: {a: money, b: 5.00 EUR, c: 'money', d: {type: int, min: 0}, e: {x: 1}, f: [1, 2]}\nfacts: {a: instant?, b: false, c: {type: text, start: x}}\n",
    );
    expect(terms.map(({ ask, type, value }) => [ask, type?.kind ?? null, value?.kind ?? null])).toEqual([
      [true, "named", null],
      [false, null, "scalar"],
      [false, null, "scalar"],
      [true, "named", null],
      [false, null, "map"],
      [false, null, "list"],
    ]);
    expect(facts.map(({ type, start }) => [type !== null, start !== null])).toEqual([
      [true, false],
      [false, true],
      [true, true],
    ]);
  });
  it("reads who", () => {
    const { actions } = read(
      "actions:\n  a: {who: [x, y]}\n  b: {who: anyone}\n  c: {who: x}\n  d: {who: other(last_bidder)}\n",
    );
    expect(actions.map(({ who }) => who?.kind)).toEqual(["roles", "anyone", "roles", "expr"]);
  });
  it("reads the one-line move and the map into the same node", () => {
    const line = read("actions:\n  a: {who: x, moves: pay amount * 2 from jar to ann}\n");
    const map = read("actions:\n  a: {who: x, moves: [{pay: amount * 2, from: jar, to: ann}]}\n");
    expect(line.actions).toEqual(map.actions);
    const lines = read(
      "actions:\n  a: {who: x, moves: [hold fee in jar, move all from jar to chest, release 5.00 EUR from jar]}\n",
    );
    expect(lines.actions[0]!.effects.moves).toMatchObject([
      { kind: "hold", amount: { kind: "name" }, from: null, into: { text: "jar" } },
      { kind: "move", amount: "all", from: { text: "jar" }, into: { text: "chest" } },
      { kind: "release", amount: { kind: "scalar", text: "5.00 EUR" } },
    ]);
  });
  it("reads null as a value where one is written, and not where nothing is", () => {
    const { actions } = read("actions:\n  a: {who: x, then: {b: null}}\n");
    expect(actions[0]!.effects.then).toEqual([{ fact: { kind: "scalar", text: "b" }, value: { kind: "null" } }]);
    expect(
      brief(readDocument("agreement: a\nversion: 1.0.0\nactions:\n  a: {who: x, then: {b: }}\n", "a").diagnostics),
    ).toEqual(["wrong-shape at "]);
  });
  it("gives a partial document past errors", () => {
    const { value, diagnostics } = readDocument(
      "agreement: a\nactions:\n  a: {whom: x}\n  b: {who: y, needs: c = d}\n",
      "a.yaml",
    );
    expect(brief(diagnostics).sort()).toEqual([
      "missing-key at a",
      "missing-key at agreement",
      "single-equals at =",
      "unknown-key at whom",
    ]);
    expect((value as Agreement).actions.map(({ name }) => name.text)).toEqual(["a", "b"]);
    expect((value as Agreement).actions[1]!.needs[0]!.condition.kind).toBe("binary");
  });
  it("refuses a source in CUE: it is evaluated first", () => {
    expect(readDocument("agreement: a", "a.cue")).toMatchObject({
      value: null,
      diagnostics: [{ code: "lang/cue-source" }],
    });
  });
});

describe("expressionsOf", () => {
  it("finds every expression", () => {
    const { value } = readDocument(complete, "complete.yaml");
    const names = new Set<string>();
    for (const expr of expressionsOf(value!))
      visitExpr(expr, (each) => {
        if (each.kind === "name") names.add(each.name);
      });
    expect([...names].sort()).toEqual(
      "delay delivered jar late level now pay_back price rate signing start".split(" "),
    );
  });
});

describe("formatSource", () => {
  const archives = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".txtar"));
  const sources = archives.map(
    (file) => [file, sourceOf(parseArchive(readFileSync(join(root, file), "utf8")).files).text] as const,
  );
  it.each(sources)("%s: keeps the meaning, and is at rest after one time", (_, text) => {
    const before = readDocument(text, "a.yaml");
    const { value } = formatSource(text, "a.yaml");
    if (before.diagnostics.length > 0) {
      expect(value).toBeNull();
      return;
    }
    expect(meaning(readDocument(value!, "a.yaml"))).toEqual(
      meaning({ ...before, source: { name: "a.yaml", text: value! } }),
    );
    expect(formatSource(value!, "a.yaml").value).toBe(value);
  });
});
