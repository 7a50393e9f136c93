import { describe, expect, it } from "vitest";
import { offsetsOf, partsBetween } from "../../../stdlib/find.ts";

const naive = (part: string, text: string): number[] => {
  const found: number[] = [];
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length)) found.push(at);
  return found;
};

describe("offsetsOf", () => {
  const long = "abcdefghijklmnopqrst";
  it.each([
    ["a", "banana"],
    ["aa", "aaaaa"],
    ["x", ""],
    [long, long],
    [long, `${long}${long} ${long}`],
    [`${"a".repeat(20)}b`, `${"a".repeat(50)}b${"a".repeat(19)}b${"a".repeat(20)}b`],
    ["a".repeat(20), "a".repeat(99)],
    ["abab".repeat(6), "ab".repeat(40)],
    ["\u{1f600}".repeat(10), "x".repeat(3) + "\u{1f600}".repeat(25)],
  ])("%s in %s", (part, text) => {
    expect(offsetsOf(part, text, Number.POSITIVE_INFINITY)).toEqual(naive(part, text));
    expect(offsetsOf(part, text, 1)).toEqual(naive(part, text).slice(0, 1));
    expect(partsBetween(part, text, Number.POSITIVE_INFINITY)).toEqual(text.split(part));
  });
  it("agrees with the naive search on every text of few letters", () => {
    for (let seed = 1; seed < 4_000; seed++) {
      const bits = (seed * 2654435761) >>> 0;
      const text = bits.toString(2).padStart(32, "0").repeat(3);
      const part = text.slice(seed % 7, (seed % 7) + 17 + (seed % 9));
      expect(offsetsOf(part, text, 99)).toEqual(naive(part, text));
    }
  });
});

describe("partsBetween", () => {
  it("gives up when there are too many", () => {
    expect(partsBetween(",", "a,b,c", 3)).toEqual(["a", "b", "c"]);
    expect(partsBetween(",", "a,b,c", 2)).toBeNull();
  });
});
