// Canonical bytes of values: one form each, there and back, bounds.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hex } from "../../../core/bytes.ts";
import { type Decimal, decimalOf, type Int, intOf } from "../../../vm/decimal.ts";
import { decodeValue, encodeValue } from "../../../vm/encode.ts";
import { VALUE_DEPTH_MAX } from "../../../vm/limits.ts";
import { mapOf } from "../../../vm/map.ts";
import { ErrorValue, type Value } from "../../../vm/value.ts";

const bytesOf = (value: Value): Uint8Array => {
  const made = encodeValue(value);
  if ("problem" in made) throw new Error(made.problem.message);
  return made.bytes;
};
const fromHex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "hex"));

const text = fc.string({ unit: "grapheme", maxLength: 6 });
const leaf: fc.Arbitrary<Value> = fc.oneof(
  fc.constantFrom<Value>(undefined, null, true, false),
  fc.maxSafeInteger(),
  fc.bigInt({ min: -(10n ** 34n) + 1n, max: 10n ** 34n - 1n }).map((value) => intOf(value) as Int),
  fc
    .tuple(fc.bigInt({ min: -(10n ** 34n) + 1n, max: 10n ** 34n - 1n }), fc.integer({ min: -60, max: 60 }))
    .map(([c, e]) => decimalOf(c, e) as Decimal),
  text,
  fc.uint8Array({ maxLength: 5 }),
  text.map((about) => new ErrorValue("absent", about)),
);
const value = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    fc.array(tie("value"), { maxLength: 4 }),
    fc
      .uniqueArray(fc.tuple(text, tie("value")), { selector: ([key]) => key, maxLength: 4 })
      .map((entries) => mapOf(entries)!),
  ),
})).value;

describe("encodeValue", () => {
  it.each<readonly [Value, string]>([
    [undefined, "f7"],
    [null, "f6"],
    [0, "00"],
    [-1, "20"],
    [2 ** 53 - 1, "1b001fffffffffffff"],
    ["é", "62c3a9"],
    [decimalOf(105, -3) as Decimal, "c482221869"],
    [decimalOf(20000, -2) as Decimal, "c4820202"],
    [
      mapOf([
        ["b", 1],
        ["aa", 2],
      ])!,
      "a261620162616102",
    ],
    [new ErrorValue("kind", "x"), "d9777282646b696e646178"],
    [[1, [decimalOf(5, -1) as Decimal]], "820181c4822005"],
  ])("%j", (input, bytes) => {
    expect(hex(bytesOf(input))).toBe(bytes);
    expect(decodeValue(fromHex(bytes))).toEqual({ value: input });
  });

  it("is one form for one value, and comes back", () => {
    fc.assert(
      fc.property(value, (input) => {
        const bytes = bytesOf(input);
        const read = decodeValue(bytes);
        expect(read).toEqual({ value: input });
        expect(bytesOf((read as { value: Value }).value)).toEqual(bytes);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ["c4820114", "a coefficient with a trailing zero"],
    ["c48200c2", "cut"],
    ["c4822000", "zero with an exponent"],
    ["c48200f5", "a coefficient that is no number"],
    ["c483000101", "three parts"],
    ["c482390fff1a00ffffff".replace("390fff", "391fff"), "an exponent out of range"],
    ["c5820101", "another tag"],
    ["d9777282636f6e6560", "an error code that does not exist"],
    ["c24f04ee2d6d415b85acef810000000000", "an integer of 35 digits"],
    ["f90000", "a float"],
    ["a2626161016162 02".replace(" ", ""), "keys out of order"],
    ["1800", "a number not in its shortest form"],
    ["0000", "two values"],
    ["", "nothing"],
  ])("refuses %s: %s", (bytes) => {
    expect("problem" in decodeValue(fromHex(bytes))).toBe(true);
  });

  it("refuses what is too deep or too large, however it is shared", () => {
    let deep: Value = 1;
    for (let depth = 0; depth < VALUE_DEPTH_MAX; depth++) deep = [deep];
    expect(decodeValue(bytesOf(deep))).toEqual({ value: deep });
    expect("problem" in encodeValue([deep])).toBe(true);
    let wide: Value = [0];
    for (let depth = 0; depth < 60; depth++) wide = [wide, wide];
    expect("problem" in encodeValue(wide)).toBe(true);
    expect("problem" in encodeValue(["\ud800"])).toBe(true);
    const flat = "x".repeat(1 << 20);
    expect("problem" in encodeValue(new Array(17).fill(flat))).toBe(true);
    const nested = Uint8Array.from([...new Array(VALUE_DEPTH_MAX + 1).fill(0x81), 0]);
    expect("problem" in decodeValue(nested)).toBe(true);
  });

  it("takes any bytes without throwing", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => void decodeValue(bytes)),
      { numRuns: 3000 },
    );
  });
});
