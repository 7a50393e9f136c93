import { describe, expect, it } from "vitest";
import { editDistance, nearest } from "../../../lang/index.ts";

describe("nearest", () => {
  const keys = ["who", "with", "when", "within", "needs", "obligations", "returns_to"];
  it.each([
    ["whom", "who"],
    ["neds", "needs"],
    ["obligation", "obligations"],
    ["returnsTo", "returns_to"],
    ["returns-to", "returns_to"],
    ["hwo", "who"],
    ["price", null],
    ["x", null],
    ["who", null],
    ["", null],
    ["w".repeat(10_000), null],
  ])("%s: %s", (name, expected) => {
    expect(
      nearest(
        name,
        keys.filter((key) => key !== name),
      ),
    ).toBe(expected);
  });
  it("does not depend on the order of candidates", () => {
    expect(nearest("wher", ["when", "were", "where"])).toBe(nearest("wher", ["where", "were", "when"]));
  });
});

describe("editDistance", () => {
  it.each([
    ["", "abc", 3],
    ["abc", "abc", 0],
    ["abc", "acb", 1],
    ["abc", "abcd", 1],
    ["ca", "abc", 3],
    ["kitten", "sitting", 3],
  ])("%s to %s is %i", (a, b, distance) => {
    expect(editDistance(a, b, 9)).toBe(distance);
    expect(editDistance(b, a, 9)).toBe(distance);
  });
  it("stops past its bound", () => {
    expect(editDistance("abcdef", "uvwxyz", 2)).toBe(3);
  });
});
