// Which record a person means.
import { expect, it } from "vitest";
import { type RecordBook, recordNamed } from "../../../../cage/records/name.ts";

const LEAVES: Readonly<Record<number, string>> = {
  3: `20481137${"a".repeat(56)}`,
  4: `2048113799${"b".repeat(54)}`,
  5: `12345678${"c".repeat(56)}`,
  6: `abcdef01${"d".repeat(56)}`,
  7: `abcdef01${"d".repeat(56)}`,
};
const book = (size: number): RecordBook => ({
  size,
  *leavesBeginning(prefix) {
    for (const index of Object.keys(LEAVES).map(Number).reverse()) if (LEAVES[index]!.startsWith(prefix)) yield index;
  },
  *ofExchange(id) {
    if (id === "77-1") yield 9;
    if (id === "99999999") yield 8;
  },
});

it.each([
  ["12", 20, 12],
  ["@12", 20, 12],
  ["20", 20, null],
  ["1234567", 30_000_000, 1_234_567],
  // Digits alone, from eight on: a hash, an index, or both.
  ["12345678", 20, 5],
  ["12345678", 30_000_000, [12_345_678, 5]],
  ["@12345678", 30_000_000, 12_345_678],
  ["12345678c", 30_000_000, 5],
  ["23456789", 30_000_000, 23_456_789],
  ["23456789", 20, null],
  // Two hashes that begin alike.
  ["20481137", 20, [4, 3]],
  ["204811379", 20, 4],
  // Equal entries: the whole hash is the last of them.
  [LEAVES[6]!, 20, 7],
  ["abcdef0", 20, null],
  ["77-1", 20, 9],
  ["99999999", 20, 8],
  ["", 20, null],
  ["@", 20, null],
  ["@abcdef01", 20, null],
])("%s of %i records", (id, size, means) => expect(recordNamed(id, book(size))).toEqual(means));
