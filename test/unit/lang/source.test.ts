import { describe, expect, it } from "vitest";
import { LineIndex } from "../../../lang/index.ts";

describe("LineIndex", () => {
  const index = new LineIndex("one\ntwo\r\nthree\rfour");
  it.each([
    [0, 1, 1],
    [3, 1, 4],
    [4, 2, 1],
    [8, 2, 5],
    [9, 3, 1],
    [15, 4, 1],
    [19, 4, 5],
    [99, 4, 5],
  ])("offset %i is line %i, column %i", (offset, line, column) => {
    expect(index.position(offset)).toEqual({ line, column });
  });
  it("gives lines without their breaks", () => {
    expect([1, 2, 3, 4, 5].map((line) => index.lineText(line))).toEqual(["one", "two", "three", "four", ""]);
    expect(index.lineCount).toBe(4);
  });
  it("has one line in no text", () => {
    expect(new LineIndex("").position(0)).toEqual({ line: 1, column: 1 });
  });
});
