// The host's own text search is quadratic on texts made to be: one `contains` of two texts of 1 MiB took a minute, and the
// second text was not paid for at all. Nor were the lists after the first in `concat`.
import { expect, it } from "vitest";
import { BUILTINS } from "../../stdlib/index.ts";
import { type Value, workOf } from "../../vm/index.ts";

const builtin = (id: number) => BUILTINS.find((each) => each.id === id)!;
const size = 1_048_576;
const text = "a".repeat(size);
const part = `${"a".repeat(size / 4)}b${"a".repeat(size / 4)}`;

it.each([
  ["contains", 25, [text, part], false],
  ["split", 29, [text, part], [text]],
  ["replace", 31, [text, part, "x"], text],
] as const)("%s of the worst texts", (_, id, args, expected) => {
  const before = process.cpuUsage();
  expect(builtin(id).run(args as readonly Value[])).toEqual(expected);
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1e6).toBeLessThan(2);
});

it.each([
  ["concat", 77, [[], [1, 2], [3]], 3],
  ["concat_text", 32, ["a", "bc", ""], 3],
  ["has_all", 74, [[1], [1, 2]], 3],
  ["has_any", 75, [[1], [1, 2]], 3],
  ["contains", 25, ["abc", "bc"], 5],
  ["replace", 31, ["a-b", "-", "+"], 5],
] as const)("every argument of %s is paid for", (_, id, args, units) => {
  expect(workOf(builtin(id).perUnit!, args as readonly Value[])).toBe(units);
});
