// What may stand at a place: `¦` is the cursor.
import { describe, expect, it } from "vitest";
import { complete, hover } from "../../playground/completion.ts";
import { ITEM, pathAt } from "../../playground/document-path.ts";

function at(marked: string): { text: string; line: number; column: number } {
  const before = marked.slice(0, marked.indexOf("¦")).split("\n");
  return { text: marked.replace("¦", ""), line: before.length, column: before.at(-1)!.length + 1 };
}
const labels = (marked: string, kind = "key"): string[] => {
  const { text, ...place } = at(marked);
  return complete(text, place)
    .filter((each) => each.kind === kind)
    .map(({ label }) => label);
};
const path = (marked: string): string => {
  const { text, line, column } = at(marked);
  return pathAt(text, line, column)
    .path.map((step) => (step === ITEM ? "-" : step))
    .join(" ");
};

describe("the keys above a place", () => {
  it.each([
    ["¦", ""],
    ["a:\n  ¦", "a"],
    ["a:\n  b:\n    c: 1\n  ¦", "a"],
    ["a:\n  b:\n    c: 1\n    ¦", "a b"],
    ["a:\n- ¦", "a -"],
    ["a:\n  - b: 1\n    ¦", "a -"],
    ["a:\n  - b: 1\n    c:\n      ¦", "a - c"],
    ["a:\n  - b: 1\n  - ¦", "a -"],
    ["a:\n  - b: 1\nc:\n  ¦", "c"],
    ["a:\n  - - ¦", "a - -"],
    ["a:\n\n  # b:\n  c: 1\n\n  ¦", "a"],
    ["a:\r\n  'b c':\r\n    ¦", "a b c"],
    ["a: 1\n¦\nb: 2", ""],
  ])("%j", (marked, wanted) => expect(path(marked)).toBe(wanted));

  it("and those beside it, above and below", () => {
    const { text, line, column } = at("a:\n  b: 1\n  ¦\n  c:\n    d: 1\n  e: 1\nf: 1");
    expect([...pathAt(text, line, column).siblings]).toEqual(["b", "c", "e"]);
  });
});

describe("what may stand at a place", () => {
  it("begins with the kinds of documents", () => expect(labels("¦")).toEqual(["agreement", "policy", "module"]));
  it("has the keys of a policy that are not there yet", () => {
    const keys = labels("policy: p\non: {a: text}\n¦\nrules: []");
    expect(keys).toContain("tests");
    for (const there of ["policy", "on", "rules"]) expect(keys).not.toContain(there);
  });
  it("has the keys of an agreement, of an action, of an obligation", () => {
    expect(labels("agreement: a\n¦")).toContain("obligations");
    expect(labels("agreement: a\nactions:\n  pay:\n    ¦")).toContain("who");
    expect(labels("agreement: a\nobligations:\n  pay:\n    who: b\n    ¦")).toContain("by");
  });
  it("has the keys of a rule in a list", () => {
    const keys = labels("policy: p\nrules:\n  - allow: x\n    ¦");
    expect(keys).toEqual(expect.arrayContaining(["match", "when", "then"]));
    expect(keys).not.toContain("allow");
  });
  it("has the words that a key takes, and functions", () => {
    expect(labels("policy: p\ndefault: ¦", "value")).toEqual(["deny", "allow"]);
    expect(labels("policy: p\nderive:\n  x: mi¦", "function")).toContain("min");
  });
  it("has nothing to say of names that are the author's", () =>
    expect(labels("agreement: a\nactions:\n  ¦")).toEqual([]));
});

describe("what a word means", () => {
  const said = (marked: string): string | undefined => {
    const { text, ...place } = at(marked);
    return hover(text, place)?.markdown;
  };
  it("of a key", () => expect(said("policy: p\ndef¦ault: deny")).toContain("no rule holds"));
  it("of a function, with an example", () => expect(said("policy: p\nderive: {x: 'm¦in(1, 2)'}")).toMatch(/min\(.*=/s));
  it("of nothing else", () => {
    expect(said("policy: p¦x")).toBeUndefined();
    expect(said("¦")).toBeUndefined();
  });
});
