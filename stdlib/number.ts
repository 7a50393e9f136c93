// Numbers: int, decimal, percent and quotient, and the comparisons that also serve money, time and sizes.
import { neg } from "../vm/arithmetic.ts";
import { Decimal, DIVIDE_BY_ZERO, decimalToInt, intOf, round, signOf } from "../vm/decimal.ts";
import { compareValues } from "../vm/order.ts";
import type { Value } from "../vm/value.ts";
import { asDecimal, EMPTY, isInt, isList, isNumeric, KIND, roundingOf, safeInt, spoiled } from "./args.ts";
import type { Builtin } from "./builtin.ts";

/** Whole division, with the quotient rounded toward minus infinity for a positive divisor (Euclidean) or toward zero. */
function divide(a: Value, b: Value, take: "quotient" | "remainder", euclidean: boolean): Value {
  if (!isInt(a) || !isInt(b)) return KIND;
  if (b === 0 || b === 0n) return DIVIDE_BY_ZERO;
  if (typeof a === "number" && typeof b === "number") {
    let quotient = Math.trunc(a / b);
    let remainder = a % b;
    // The quotient of two large numbers may have been rounded up to the next whole number.
    if (Math.abs(a) > 2 ** 52) quotient = Number((BigInt(a) - BigInt(remainder)) / BigInt(b));
    if (euclidean && remainder < 0) {
      remainder += Math.abs(b);
      quotient -= Math.sign(b);
    }
    return (take === "quotient" ? quotient : remainder) + 0;
  }
  const [x, y] = [BigInt(a), BigInt(b)];
  let quotient = x / y;
  let remainder = x % y;
  if (euclidean && remainder < 0n) {
    remainder += y < 0n ? -y : y;
    quotient -= y < 0n ? -1n : 1n;
  }
  return intOf(take === "quotient" ? quotient : remainder);
}

/** The least (sign 1) or greatest (sign -1). With any decimal among them the result is a decimal. */
export function extreme(items: readonly Value[], sign: 1 | -1): Value {
  if (items.length === 0) return EMPTY;
  const broken = spoiled(items);
  if (broken !== undefined) return broken.value;
  let best = items[0];
  let decimal = best instanceof Decimal;
  if (compareValues(best, best) === undefined) return KIND;
  for (let i = 1; i < items.length; i++) {
    const order = compareValues(items[i], best);
    if (order === undefined) return KIND;
    if (items[i] instanceof Decimal) decimal = true;
    if (order * sign < 0) best = items[i];
  }
  return decimal && isNumeric(best) ? asDecimal(best) : best;
}

/** x rounded to places, as a decimal. Places beyond every digit leave x as it is, or make it zero or one unit. */
export function roundTo(x: Value, places: Value, mode: Value): Value {
  const by = roundingOf(mode);
  const digits = safeInt(places);
  if (!isNumeric(x) || by === undefined || digits === undefined) return KIND;
  return round(asDecimal(x), digits, by);
}

export const NUMBER: readonly Builtin[] = [
  {
    id: 1,
    name: "abs",
    signature: "(Q) -> Q",
    fuel: 2,
    doc: "The value without its sign.",
    examples: [
      ["abs(-3)", "3"],
      ['abs(money("-2.50 USD"))', "2.50 USD"],
    ],
    run: ([x]) => (isNumeric(x) ? (signOf(x) < 0 ? neg(x) : x) : KIND),
  },
  {
    id: 2,
    name: "div",
    signature: "(int, int) -> int",
    fuel: 4,
    doc: "Whole quotient, so that the rest `mod` is never negative (Euclidean).",
    examples: [
      ["div(7, 2)", "3"],
      ["div(-7, 2)", "-4"],
      ["div(7, -2)", "-3"],
    ],
    run: ([a, b]) => divide(a, b, "quotient", true),
  },
  {
    id: 3,
    name: "mod",
    signature: "(int, int) -> int",
    fuel: 4,
    doc: "What `div` leaves over: never negative.",
    examples: [
      ["mod(7, 2)", "1"],
      ["mod(-7, 2)", "1"],
    ],
    run: ([a, b]) => divide(a, b, "remainder", true),
  },
  {
    id: 4,
    name: "quo",
    signature: "(int, int) -> int",
    fuel: 4,
    doc: "Whole quotient with its fraction cut off (toward zero).",
    examples: [["quo(-7, 2)", "-3"]],
    run: ([a, b]) => divide(a, b, "quotient", false),
  },
  {
    id: 5,
    name: "rem",
    signature: "(int, int) -> int",
    fuel: 4,
    doc: "What `quo` leaves over: it has the sign of the first number.",
    examples: [["rem(-7, 2)", "-1"]],
    run: ([a, b]) => divide(a, b, "remainder", false),
  },
  {
    id: 6,
    name: "round",
    signature: "(number, int, rounding.money) -> decimal",
    fuel: 12,
    doc: "The number with at most so many digits after the point; negative places round to tens, hundreds and so on. The mode may be given as a third argument.",
    examples: [
      ['round(2.345, 2, "half-up")', "2.35"],
      ['round(2.345, 2, "half-even")', "2.34"],
      ['round(-2.5, 0, "half-up")', "-3.0"],
      ['round(1250, -2, "floor")', "1200.0"],
    ],
    run: ([x, places, mode]) => roundTo(x, places, mode),
  },
  {
    id: 7,
    name: "round",
    signature: "(money(A), int, rounding.money) -> money(A)",
    fuel: 12,
    doc: "The amount with at most so many digits after the point.",
    examples: [['round(money("12.34 USD"), 0, "ceiling")', "13.00 USD"]],
    run: ([x, places, mode]) => roundTo(x, places, mode),
  },
  {
    id: 8,
    name: "min",
    signature: "(O, O...) -> O",
    fuel: 3,
    doc: "The least of two or more values.",
    examples: [
      ["min(3, 1, 2)", "1"],
      ['min(date("2026-02-01"), date("2026-01-31"))', "2026-01-31"],
    ],
    run: (args) => extreme(args, 1),
  },
  {
    id: 9,
    name: "min",
    signature: "(list(O)) -> O",
    fuel: 3,
    perUnit: { fuel: 2, argument: 0 },
    doc: "The least of a list; of an empty list the error `empty`.",
    examples: [["min([3, 1, 2])", "1"]],
    run: ([list]) => (isList(list) ? extreme(list, 1) : KIND),
  },
  {
    id: 10,
    name: "min",
    signature: "(list(O), O) -> O",
    fuel: 3,
    perUnit: { fuel: 2, argument: 0 },
    doc: "The least of a list and one more value, which stands alone when the list is empty.",
    examples: [["min([3, 4], 5)", "3"]],
    run: ([list, start]) => (isList(list) ? extreme([start, ...list], 1) : KIND),
  },
  {
    id: 11,
    name: "max",
    signature: "(O, O...) -> O",
    fuel: 3,
    doc: "The greatest of two or more values.",
    examples: [
      ["max(3, 1, 2)", "3"],
      ['max(0, money("-5.00 USD"))', "0.00 USD"],
    ],
    run: (args) => extreme(args, -1),
  },
  {
    id: 12,
    name: "max",
    signature: "(list(O)) -> O",
    fuel: 3,
    perUnit: { fuel: 2, argument: 0 },
    doc: "The greatest of a list; of an empty list the error `empty`.",
    examples: [["max([3, 1, 2])", "3"]],
    run: ([list]) => (isList(list) ? extreme(list, -1) : KIND),
  },
  {
    id: 13,
    name: "max",
    signature: "(list(O), O) -> O",
    fuel: 3,
    perUnit: { fuel: 2, argument: 0 },
    doc: "The greatest of a list and one more value, which stands alone when the list is empty.",
    examples: [["max([3, 4], 5)", "5"]],
    run: ([list, start]) => (isList(list) ? extreme([start, ...list], -1) : KIND),
  },
  {
    id: 14,
    name: "at_most",
    signature: "(O, O) -> O",
    fuel: 3,
    doc: "The first value, or the second where the first is greater: `at_most(x, limit)` is `min(x, limit)`, said from the side of the limit.",
    examples: [['at_most(money("120.00 USD"), money("110.00 USD"))', "110.00 USD"]],
    run: (args) => extreme(args, 1),
  },
  {
    id: 15,
    name: "at_least",
    signature: "(O, O) -> O",
    fuel: 3,
    doc: "The first value, or the second where the first is less.",
    examples: [["at_least(-3, 0)", "0"]],
    run: (args) => extreme(args, -1),
  },
  {
    id: 16,
    name: "floor",
    signature: "(number) -> int",
    fuel: 4,
    doc: "The greatest whole number that is not above.",
    examples: [
      ["floor(2.7)", "2"],
      ["floor(-2.1)", "-3"],
    ],
    run: ([x]) => whole(x, "floor"),
  },
  {
    id: 17,
    name: "ceiling",
    signature: "(number) -> int",
    fuel: 4,
    doc: "The least whole number that is not below.",
    examples: [["ceiling(2.1)", "3"]],
    run: ([x]) => whole(x, "ceiling"),
  },
];

function whole(x: Value, mode: "floor" | "ceiling"): Value {
  if (isInt(x)) return x;
  if (!(x instanceof Decimal)) return KIND;
  const rounded = round(x, 0, mode);
  return rounded instanceof Decimal ? decimalToInt(rounded) : rounded;
}
