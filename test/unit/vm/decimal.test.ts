// Decimals against exact rationals of BigInts, CUE's own division, rounding tables, text both ways.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { add, div, mul, neg, roundAdd, roundMul, roundSub, sub, toDecimal } from "../../../vm/arithmetic.ts";
import {
  Decimal,
  decimalFromParts,
  decimalOf,
  decimalToInt,
  formatDecimal,
  type Int,
  intOf,
  parseDecimal,
  parseInt34,
  ROUNDING_MODES,
  type RoundingMode,
  round,
} from "../../../vm/decimal.ts";
import { encodeValue } from "../../../vm/encode.ts";
import { compareNumbers } from "../../../vm/order.ts";
import { ErrorValue, type Value } from "../../../vm/value.ts";

const d = (text: string): Decimal => {
  const value = parseDecimal(text);
  if (!(value instanceof Decimal)) throw new Error(text);
  return value;
};
const text = (value: Value): string =>
  value instanceof Decimal ? formatDecimal(value) : value instanceof ErrorValue ? value.code : String(value);

// ── Oracle: value = numerator / 10^scale, exact ───────────────────────────────────────────────────────────────────────
const SCALE = 120;
const big = (value: Int | Decimal): bigint =>
  value instanceof Decimal
    ? BigInt(value.coefficient) * 10n ** BigInt(value.exponent + SCALE)
    : BigInt(value) * 10n ** BigInt(SCALE);
const abs = (x: bigint): bigint => (x < 0n ? -x : x);
/** Half-up to 34 significant digits of a fraction n/m, as coefficient × 10^exponent. */
function oracleRound(n: bigint, m: bigint): { c: bigint; e: number } {
  if (n === 0n) return { c: 0n, e: 0 };
  const negative = n < 0n !== m < 0n;
  const a = abs(n);
  const b = abs(m);
  let e = 0;
  let num = a;
  let den = b;
  while (num / den >= 10n ** 34n) {
    den *= 10n;
    e++;
  }
  while (num / den < 10n ** 33n) {
    num *= 10n;
    e--;
  }
  let c = num / den;
  if ((num % den) * 2n >= den) c++;
  while (c % 10n === 0n) {
    c /= 10n;
    e++;
  }
  return { c: negative ? -c : c, e };
}
const sameAs = (value: Value, { c, e }: { c: bigint; e: number }): void => {
  expect(value).toBeInstanceOf(Decimal);
  const decimal = value as Decimal;
  expect([BigInt(decimal.coefficient), decimal.exponent]).toEqual([c, e]);
};
const isNormal = (value: Value): boolean =>
  !(value instanceof Decimal) ||
  (decimalFromParts(value.coefficient, value.exponent) !== undefined &&
    !Object.is(value.exponent, -0) &&
    !Object.is(value.coefficient, -0));

const coefficient = fc.oneof(
  fc.integer({ min: -1000, max: 1000 }).map(BigInt),
  fc.maxSafeInteger().map(BigInt),
  fc.bigInt({ min: -(10n ** 34n) + 1n, max: 10n ** 34n - 1n }),
  fc
    .tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: 0, max: 33 }))
    .map(([c, e]) => BigInt(c) * 10n ** BigInt(e)),
);
const decimal = fc.tuple(coefficient, fc.integer({ min: -40, max: 40 })).map(([c, e]) => decimalOf(c, e) as Decimal);
const int = coefficient.map((c) => intOf(c) as Int);
const number = fc.oneof(decimal, int);

describe("decimal arithmetic", () => {
  it("divides as CUE does, half-up at 34 digits (cuelang.org/go v0.17.1)", () => {
    for (const [a, b, expected] of [
      [1, 1125899906842624, "0.0000000000000008881784197001252323389053344726563"],
      [-1, 1125899906842624, "-0.0000000000000008881784197001252323389053344726563"],
      [3, 1125899906842624, "0.000000000000002664535259100375697016716003417969"],
      [1, 2251799813685248, "0.0000000000000004440892098500626161694526672363281"],
      [1, 3, "0.3333333333333333333333333333333333"],
      [2, 3, "0.6666666666666666666666666666666667"],
      [-2, 3, "-0.6666666666666666666666666666666667"],
      [1, 7, "0.1428571428571428571428571428571429"],
      [6, 3, "2.0"],
      [5, 8, "0.625"],
      [0, 5, "0.0"],
      [5, 0, "divide-by-zero"],
      [0, 0, "divide-by-zero"],
    ] as const)
      expect(text(div(a, b)), `${a}/${b}`).toBe(expected);
  });

  it("is exact for + - * or says overflow, in normal form", () => {
    const ops: readonly [string, (a: Value, b: Value) => Value, (a: bigint, b: bigint) => bigint][] = [
      ["add", add, (a, b) => (a + b) * 10n ** BigInt(SCALE)],
      ["sub", sub, (a, b) => (a - b) * 10n ** BigInt(SCALE)],
      ["mul", mul, (a, b) => a * b],
    ];
    fc.assert(
      fc.property(number, number, fc.constantFrom(...ops), (a, b, [, op, exact]) => {
        const result = op(a, b);
        const expected = exact(big(a), big(b)); // × 10^(2 SCALE)
        const { c, e } = oracleRound(expected, 10n ** BigInt(2 * SCALE));
        const fits = c * 10n ** BigInt(2 * SCALE + e) === expected;
        const isInt = !(a instanceof Decimal) && !(b instanceof Decimal);
        if (!fits || (isInt && abs(expected) >= 10n ** BigInt(34 + 2 * SCALE))) {
          expect(text(result)).toBe("overflow");
        } else if (isInt) expect(BigInt(result as Int)).toBe(c * 10n ** BigInt(e));
        else sameAs(result, { c, e });
        expect(isNormal(result)).toBe(true);
        expect(Object.is(result, -0)).toBe(false);
        if (typeof result === "bigint")
          expect(Number.isSafeInteger(Number(result)) && BigInt(Number(result)) === result).toBe(false);
      }),
      { numRuns: 4000 },
    );
  });

  it("rounds once for / and round_ operations", () => {
    fc.assert(
      fc.property(number, number, (a, b) => {
        const unit = 10n ** BigInt(SCALE);
        sameAs(roundAdd(a, b), oracleRound(big(a) + big(b), unit));
        sameAs(roundSub(a, b), oracleRound(big(a) - big(b), unit));
        sameAs(roundMul(a, b), oracleRound(big(a) * big(b), unit * unit));
        if (big(b) !== 0n) sameAs(div(a, b), oracleRound(big(a), big(b)));
      }),
      { numRuns: 4000 },
    );
  });

  it("adds numbers far apart by rounding to the larger", () => {
    expect(text(roundAdd(d("1e100"), d("1")))).toBe("1.0e+100");
    expect(text(roundSub(d("1e100"), d("1")))).toBe("1.0e+100");
    expect(text(roundSub(d("1e36"), d("1")))).toBe("1.0e+36");
    expect(text(roundSub(d("1e34"), d("1")))).toBe("9999999999999999999999999999999999.0");
    expect(text(add(d("1e100"), d("1")))).toBe("overflow");
    expect(text(add(d("1e6000"), d("1e-6000")))).toBe("overflow");
    expect(text(add(d("1e6000"), d("0")))).toBe("1.0e+6000");
  });

  it("leaves the exponent's range as overflow", () => {
    expect(text(mul(d("1e6000"), d("1e6000")))).toBe("overflow");
    expect(text(mul(d("1e-6000"), d("1e-6000")))).toBe("overflow");
    expect(text(div(d("1e-6000"), d("1e6000")))).toBe("overflow");
    expect(text(neg(d("0")))).toBe("0.0");
  });

  it("orders as rationals", () => {
    fc.assert(
      fc.property(number, number, (a, b) => {
        const x = big(a);
        const y = big(b);
        expect(compareNumbers(a, b)).toBe(x < y ? -1 : x > y ? 1 : 0);
        expect(compareNumbers(a, a)).toBe(0);
      }),
      { numRuns: 3000 },
    );
    expect(compareNumbers(10, d("1e1"))).toBe(0);
    expect(compareNumbers(d("1e6000"), d("-1e6000"))).toBe(1);
    expect(compareNumbers(d("1e-6000"), 0)).toBe(1);
  });

  it("gives errors, unknowns and kinds their place", () => {
    const broken = new ErrorValue("absent", "x");
    const other = new ErrorValue("overflow");
    for (const op of [add, sub, mul, div, roundAdd, roundSub, roundMul]) {
      expect(op(broken, other)).toBe(broken);
      expect(op(undefined, other)).toBe(other);
      expect(op(undefined, 1)).toBe(undefined);
      expect(op("a", undefined)).toBe(undefined);
      expect(text(op("a", 1))).toBe("kind");
      expect(text(op(1, null))).toBe("kind");
    }
    expect(neg(undefined)).toBe(undefined);
    expect(text(neg(true))).toBe("kind");
    expect(text(toDecimal(12n * 10n ** 20n))).toBe("1200000000000000000000.0");
  });
});

describe("round", () => {
  const table: Record<RoundingMode, readonly string[]> = {
    //               1.5   2.5    -1.5    -2.5    1.4    -1.4   1.6    -1.6
    floor: ["1.0", "2.0", "-2.0", "-3.0", "1.0", "-2.0", "1.0", "-2.0"],
    ceiling: ["2.0", "3.0", "-1.0", "-2.0", "2.0", "-1.0", "2.0", "-1.0"],
    "toward-zero": ["1.0", "2.0", "-1.0", "-2.0", "1.0", "-1.0", "1.0", "-1.0"],
    away: ["2.0", "3.0", "-2.0", "-3.0", "2.0", "-2.0", "2.0", "-2.0"],
    "half-up": ["2.0", "3.0", "-2.0", "-3.0", "1.0", "-1.0", "2.0", "-2.0"],
    "half-even": ["2.0", "2.0", "-2.0", "-2.0", "1.0", "-1.0", "2.0", "-2.0"],
    "half-down": ["1.0", "2.0", "-1.0", "-2.0", "1.0", "-1.0", "2.0", "-2.0"],
  };
  const inputs = ["1.5", "2.5", "-1.5", "-2.5", "1.4", "-1.4", "1.6", "-1.6"];
  it.each(ROUNDING_MODES)("follows the table of %s", (mode) => {
    expect(inputs.map((input) => text(round(d(input), 0, mode)))).toEqual(table[mode]);
    // The same digits past the safe integers.
    const long = (short: string): string => short.replace(/\d/, (digit) => `100000000000000000000${digit}`);
    expect(inputs.map((input) => text(round(d(long(input)), 0, mode)))).toEqual(table[mode].map(long));
  });

  it("takes places of both signs, ints included", () => {
    expect(text(round(d("1234.5678"), 2, "half-up"))).toBe("1234.57");
    expect(text(round(d("1234.5678"), -2, "half-up"))).toBe("1200.0");
    expect(round(1250, -2, "half-even")).toBe(1200);
    expect(round(1350, -2, "half-even")).toBe(1400);
    expect(round(-49, -2, "half-up")).toBe(0);
    expect(round(1234, 3, "floor")).toBe(1234);
    expect(text(round(d("0.00000001"), -20, "ceiling"))).toBe("100000000000000000000.0");
    expect(text(round(d("-1e-6000"), 0, "floor"))).toBe("-1.0");
    expect(text(round(d("1e-6000"), 0, "half-up"))).toBe("0.0");
    expect(text(round(9999999999999999999999999999999999n, -1, "ceiling"))).toBe("overflow");
  });

  it("agrees with exact rationals in every mode", () => {
    fc.assert(
      fc.property(decimal, fc.integer({ min: -45, max: 45 }), fc.constantFrom(...ROUNDING_MODES), (x, places, mode) => {
        const unit = 10n ** BigInt(SCALE - places);
        const value = big(x);
        const down = value / unit - (value % unit < 0n ? 1n : 0n); // floor
        const cut = value - down * unit;
        const zero = value < 0n ? down + 1n : down;
        const far = value < 0n ? down : down + 1n;
        const near = cut * 2n < unit ? down : cut * 2n > unit ? down + 1n : null;
        const expected =
          cut === 0n
            ? down
            : {
                floor: down,
                ceiling: down + 1n,
                "toward-zero": zero,
                away: far,
                "half-up": near ?? far,
                "half-down": near ?? zero,
                "half-even": near ?? (down % 2n === 0n ? down : down + 1n),
              }[mode];
        const result = round(x, places, mode);
        expect(isNormal(result)).toBe(true);
        if (!(result instanceof ErrorValue)) expect(big(result)).toBe(expected * unit);
        else expect(abs(expected) >= 10n ** 34n).toBe(true);
      }),
      { numRuns: 4000 },
    );
  });
});

describe("parts", () => {
  it("never hold -0, which has no canonical form", () => {
    for (const made of [
      decimalOf(-0, 0),
      decimalOf(7, -0),
      decimalOf(10n ** 20n + 1n, -0),
      round(d("1.5"), 0, "half-up"),
    ]) {
      expect(isNormal(made)).toBe(true);
      expect("bytes" in encodeValue(made)).toBe(true);
    }
    expect(isNormal(neg(d("0")))).toBe(true);
  });
});

describe("decimal text", () => {
  it.each([
    ["0", "0.0"],
    ["-0", "0.0"],
    ["0.000", "0.0"],
    ["1", "1.0"],
    ["200.00", "200.0"],
    ["-0.105", "-0.105"],
    ["1e3", "1000.0"],
    ["1.50E+2", "150.0"],
    ["1e33", "1000000000000000000000000000000000.0"],
    ["1e34", "1.0e+34"],
    ["1.25e40", "1.25e+40"],
    ["1e-34", "0.0000000000000000000000000000000001"],
    ["1e-35", "1.0e-35"],
    ["9007199254740993.5", "9007199254740993.5"],
    ["00012.50", "12.5"],
    ["0e999999999999", "0.0"],
  ])("%s is %s", (input, canonical) => {
    expect(formatDecimal(d(input))).toBe(canonical);
  });

  it("pads to the digits asked for", () => {
    expect(formatDecimal(d("200"), 2)).toBe("200.00");
    expect(formatDecimal(d("0.5"), 2)).toBe("0.50");
    expect(formatDecimal(d("1.234"), 2)).toBe("1.234");
    expect(formatDecimal(d("7"), 0)).toBe("7");
  });

  it("refuses what is no number and what is too long", () => {
    for (const bad of ["", ".", ".5", "5.", "+5", "1e", "0x10", "1,000", " 1", "1 ", "Infinity", "NaN", "--1"])
      expect(parseDecimal(bad), bad).toBe(undefined);
    expect(text(parseDecimal("1".repeat(35))!)).toBe("overflow");
    expect(text(parseDecimal("1".repeat(34))!)).toBe(`${"1".repeat(34)}.0`);
    expect(text(parseDecimal(`0.${"0".repeat(30)}${"1".repeat(34)}`)!)).toContain("1111");
    expect(text(parseDecimal(`1e6112`)!)).toBe("overflow");
    expect(text(parseDecimal(`1e999999999`)!)).toBe("overflow");
    expect(text(parseDecimal(`${"9".repeat(10_000)}`)!)).toBe("overflow");
    expect(parseInt34("-0")).toBe(0);
    expect(Object.is(parseInt34("-0"), -0)).toBe(false);
    expect(parseInt34("9007199254740991")).toBe(9007199254740991);
    expect(parseInt34("9007199254740992")).toBe(9007199254740992n);
    expect(text(parseInt34("1".repeat(35))!)).toBe("overflow");
    expect(parseInt34("1.0")).toBe(undefined);
  });

  it("reads back what it writes", () => {
    fc.assert(
      fc.property(fc.tuple(coefficient, fc.integer({ min: -6000, max: 6000 })), ([c, e]) => {
        const value = decimalOf(c, e);
        if (value instanceof ErrorValue) return;
        expect(parseDecimal(formatDecimal(value))).toEqual(value);
      }),
      { numRuns: 2000 },
    );
  });

  it("turns whole decimals into ints", () => {
    expect(decimalToInt(d("1200"))).toBe(1200);
    expect(decimalToInt(d("1e20"))).toBe(10n ** 20n);
    expect(text(decimalToInt(d("1.5")))).toBe("not-a-value");
    expect(text(decimalToInt(d("1e34")))).toBe("overflow");
  });
});
