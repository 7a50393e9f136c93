import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Canonical, CanonicalError, decode, Encoded, encode, fromHex, hex, Tagged } from "../../../core/index.ts";
import { CANONICAL_DEPTH_MAX } from "../../../core/limits.ts";

// RFC 8949 appendix A, the rows within our model.
const APPENDIX_A: readonly (readonly [Canonical, string])[] = [
  [0, "00"],
  [1, "01"],
  [10, "0a"],
  [23, "17"],
  [24, "1818"],
  [25, "1819"],
  [100, "1864"],
  [1000, "1903e8"],
  [1000000, "1a000f4240"],
  [1000000000000, "1b000000e8d4a51000"],
  [18446744073709551615n, "1bffffffffffffffff"],
  [18446744073709551616n, "c249010000000000000000"],
  [-18446744073709551616n, "3bffffffffffffffff"],
  [-18446744073709551617n, "c349010000000000000000"],
  [-1, "20"],
  [-10, "29"],
  [-100, "3863"],
  [-1000, "3903e7"],
  [false, "f4"],
  [true, "f5"],
  [null, "f6"],
  [undefined, "f7"],
  [new Tagged(0, "2013-03-21T20:04:00Z"), "c074323031332d30332d32315432303a30343a30305a"],
  [new Tagged(1, 1363896240), "c11a514b67b0"],
  [new Tagged(23, Uint8Array.of(1, 2, 3, 4)), "d74401020304"],
  [new Tagged(32, "http://www.example.com"), "d82076687474703a2f2f7777772e6578616d706c652e636f6d"],
  [new Uint8Array(), "40"],
  [Uint8Array.of(1, 2, 3, 4), "4401020304"],
  ["", "60"],
  ["a", "6161"],
  ["IETF", "6449455446"],
  ['"\\', "62225c"],
  ["ü", "62c3bc"],
  ["水", "63e6b0b4"],
  ["𐅑", "64f0908591"],
  [[], "80"],
  [[1, 2, 3], "83010203"],
  [[1, [2, 3], [4, 5]], "8301820203820405"],
  [Array.from({ length: 25 }, (_, i) => i + 1), "98190102030405060708090a0b0c0d0e0f101112131415161718181819"],
  [new Map(), "a0"],
  [
    new Map<string, Canonical>([
      ["a", 1],
      ["b", [2, 3]],
    ]),
    "a26161016162820203",
  ],
  [["a", new Map([["b", "c"]])], "826161a161626163"],
  [
    new Map([
      ["a", "A"],
      ["b", "B"],
      ["c", "C"],
      ["d", "D"],
      ["e", "E"],
    ]),
    "a56161614161626142616361436164614461656145",
  ],
];

const leaf: fc.Arbitrary<Canonical> = fc.oneof(
  fc.constantFrom(null, undefined, true, false),
  fc.maxSafeInteger(),
  fc
    .bigInt({ min: -(1n << 200n), max: 1n << 200n })
    .map((n) => (n >= BigInt(Number.MIN_SAFE_INTEGER) && n <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(n) : n)),
  fc.string({ unit: "binary" }),
  fc.uint8Array(),
);
const value = fc.letrec<{ any: Canonical }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 5 },
    leaf,
    fc.array(tie("any"), { maxLength: 6 }),
    fc
      .uniqueArray(fc.tuple(fc.string({ unit: "binary", maxLength: 5 }), tie("any")), {
        selector: (entry) => entry[0],
        maxLength: 6,
      })
      .map((entries) => new Map(entries)),
    fc.tuple(fc.constantFrom(0, 1, 4, 42, 70_000), tie("any")).map(([tag, inner]) => new Tagged(tag, inner)),
  ),
})).any;

const refusal = (bytes: Uint8Array): CanonicalError | null => {
  try {
    decode(bytes);
    return null;
  } catch (error) {
    if (error instanceof CanonicalError) return error;
    throw error;
  }
};

describe("canonical encoding", () => {
  it.each(APPENDIX_A)("%o is as in RFC 8949 appendix A", (given, bytes) => {
    expect(hex(encode(given))).toBe(bytes);
    expect(decode(fromHex(bytes)!)).toEqual(given);
  });

  it("decode inverts encode, and encode inverts decode", () => {
    fc.assert(
      fc.property(value, (given) => {
        const bytes = encode(given);
        expect(decode(bytes)).toEqual(given);
        expect(encode(decode(bytes))).toEqual(bytes);
      }),
      { numRuns: 2_000 },
    );
  });

  it("bytes that decode are the only bytes of their value", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 24 }), (bytes) => {
        if (refusal(bytes) === null) expect(encode(decode(bytes))).toEqual(bytes);
      }),
      { numRuns: 20_000 },
    );
  });

  it("every cut and every flipped bit is refused or is another value", () => {
    const bytes = encode(
      new Map<string, Canonical>([
        ["a", [1, 2n ** 70n, "text", new Tagged(4, [-2, 12345])]],
        ["bb", Uint8Array.of(9, 8, 7)],
      ]),
    );
    for (let cut = 0; cut < bytes.length; cut++) expect(refusal(bytes.slice(0, cut))?.code).toBe("core/not-canonical");
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = bytes.slice();
      flipped[bit >> 3] = flipped[bit >> 3]! ^ (1 << (bit & 7));
      if (refusal(flipped) === null) expect(encode(decode(flipped))).toEqual(flipped);
    }
  });

  it.each([
    ["1817", "shortest"],
    ["190017", "shortest"],
    ["1a0000ffff", "shortest"],
    ["1b00000000ffffffff", "shortest"],
    ["c24101", "shortest"],
    ["c24a00010000000000000000", "shortest"],
    ["a2616201616101", "order"],
    ["a2616101616101", "twice"],
    ["a10102", "key"],
    ["f93c00", "floats"],
    ["fb3ff0000000000000", "floats"],
    ["5f4101ff", "full"],
    ["9f01ff", "full"],
    ["ff", "full"],
    ["61ff", "UTF-8"],
    ["63eda080", "UTF-8"],
    ["0000", "follow"],
    ["9b00000000ffffffff", "shortest"],
    ["9affffffff", "past"],
    ["", "end"],
    ["f8ff", "simple"],
    ["1c", "full"],
  ])("%s is refused (%s)", (bytes, word) => {
    expect(refusal(fromHex(bytes)!)?.message).toContain(word);
  });

  it("depth is bounded, both ways, at the bound and one past it", () => {
    const nested = (depth: number): Canonical => (depth === 0 ? 0 : [nested(depth - 1)]);
    expect(decode(encode(nested(CANONICAL_DEPTH_MAX)))).toEqual(nested(CANONICAL_DEPTH_MAX));
    expect(() => encode(nested(CANONICAL_DEPTH_MAX + 1))).toThrow(/deep/);
    expect(refusal(new Uint8Array(100_000).fill(0x81))?.message).toMatch(/deep/);
    const half = Encoded.of(nested(CANONICAL_DEPTH_MAX / 2));
    const within = (depth: number): Canonical => (depth === 0 ? half : [within(depth - 1)]);
    expect(encode(within(CANONICAL_DEPTH_MAX / 2))).toEqual(encode(nested(CANONICAL_DEPTH_MAX)));
    expect(() => encode(within(CANONICAL_DEPTH_MAX / 2 + 1))).toThrow(/deep/);
  });

  it("a part that was encoded before is written as it would be now", () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        expect(encode([Encoded.of(a), b, new Map([["a", Encoded.of([a, Encoded.of(b)])]])])).toEqual(
          encode([a, b, new Map([["a", [a, b]]])]),
        );
      }),
    );
  });

  it.each([[1.5], [Number.NaN], [-0], [2 ** 60], ["\ud800"], [{ "\udc00": 1 }]])("%o has no form", (given) => {
    expect(() => encode(given as Canonical)).toThrow(CanonicalError);
    expect(encode(1)).toEqual(Uint8Array.of(1));
  });
});
