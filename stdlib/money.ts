// Money: amounts of one asset, rounded to its minor unit where they land. ISO 4217 gives the digits of currencies.
import { mul, roundMul } from "../vm/arithmetic.ts";
import { addParts, compareParts, Decimal, decimalOf, divParts, type RoundingMode, round, ZERO } from "../vm/decimal.ts";
import { ErrorValue, type Value } from "../vm/value.ts";
import {
  asDecimal,
  isDate,
  isList,
  isNumeric,
  KIND,
  LIMIT,
  type Numeric,
  OVERFLOW,
  roundingOf,
  spoiled,
} from "./args.ts";
import type { Builtin } from "./builtin.ts";
import { CURRENCIES, CURRENCIES_AS_OF } from "./data/currencies.ts";
import { DAY_COUNT_BASES, type DayCountBasis, yearPart } from "./day-count.ts";
import { ANNUITY_PAYMENTS_MAX, ANNUITY_RATE_DIGITS_MAX } from "./limits.ts";
import { nearest } from "./nearest.ts";

export { CURRENCIES_AS_OF };

const byCode = new Map(CURRENCIES.map(([code, digits, name]) => [code, { digits, name }]));

/** Digits of the minor unit and the name of an ISO 4217 currency in use. */
export const currency = (code: string): { readonly digits: number; readonly name: string } | undefined =>
  byCode.get(code);
export const nearestCurrencies = (code: string): readonly string[] => nearest(code, byCode.keys());

/** An amount rounded to so many digits: what landing does. Amounts that have no more digits stay as they are. */
export function roundMoney(amount: Value, digits: Value, mode: Value): Value {
  if (amount instanceof Decimal && typeof digits === "number" && -digits <= amount.exponent) return amount;
  const by = roundingOf(mode);
  if (!isNumeric(amount) || typeof digits !== "number" || by === undefined) return KIND;
  return round(asDecimal(amount), digits, by);
}

/** A part of an amount, rounded at 34 digits and then to the minor unit. */
function cut(amount: Decimal, part: Numeric, digits: number, mode: RoundingMode): Decimal | ErrorValue {
  const exact = roundMul(amount, part);
  return exact instanceof Decimal ? round(exact, digits, mode) : OVERFLOW;
}

/** Cuts shares one by one, each at most what is left of the amount, and gives them with the remainder as the last item.
 *  Invariant: the items add up to the amount exactly, and none has another sign than it. */
function splitShares(amount: Value, parts: Value, digits: Value, mode: Value): Value {
  const by = roundingOf(mode);
  if (!isNumeric(amount) || !isList(parts) || typeof digits !== "number" || by === undefined) return KIND;
  const broken = spoiled(parts);
  if (broken !== undefined) return broken.value;
  const shares: Value[] = [];
  let left = asDecimal(amount);
  const negative = left.coefficient < 0;
  for (const part of parts) {
    if (!isNumeric(part)) return KIND;
    let share = cut(asDecimal(amount), part, digits, by);
    if (share instanceof ErrorValue) return share;
    const order = compareParts(share.coefficient, share.exponent, left.coefficient, left.exponent);
    if (negative ? order < 0 : order > 0) share = left;
    // A negative part, or rounding away from zero, never takes from the others.
    if (negative ? share.coefficient > 0 : share.coefficient < 0) share = ZERO;
    shares.push(share);
    const rest = addParts(left.coefficient, left.exponent, -share.coefficient, share.exponent, false);
    if (rest instanceof ErrorValue) return rest;
    left = rest;
  }
  return [...shares, left];
}

/** a × b / c, rounded once at 34 digits when the product is exact, else after each step. */
function scaleBy(a: Decimal, b: Numeric, c: number): Value {
  const exact = mul(a, b);
  const product = exact instanceof ErrorValue ? roundMul(a, b) : exact;
  return product instanceof Decimal ? divParts(product.coefficient, product.exponent, c, 0) : product;
}

function yearFraction(from: Value, to: Value, basis: Value): Value {
  if (!isDate(from) || !isDate(to) || !isBasis(basis)) return KIND;
  const part = yearPart(from, to, basis);
  return divParts(part.days, 0, part.of, 0);
}

function simpleInterest(principal: Value, rate: Value, from: Value, to: Value, basis: Value): Value {
  if (!isNumeric(principal) || !isNumeric(rate) || !isDate(from) || !isDate(to) || !isBasis(basis)) return KIND;
  const part = yearPart(from, to, basis);
  const yearly = mul(asDecimal(principal), rate);
  const interest = yearly instanceof Decimal ? yearly : roundMul(asDecimal(principal), rate);
  return interest instanceof Decimal ? scaleBy(interest, part.days, part.of) : interest;
}

const isBasis = (value: Value): value is DayCountBasis => (DAY_COUNT_BASES as readonly Value[]).includes(value);

/** The equal payment that repays a principal with interest: P × r × (1 + r)^n / ((1 + r)^n − 1), from exact powers and
 *  rounded once at 34 digits; P / n when the rate is zero. */
function annuity(principal: Value, rate: Value, payments: Value): Value {
  if (!isNumeric(principal) || !isNumeric(rate)) return KIND;
  if (typeof payments !== "number") return typeof payments === "bigint" ? LIMIT : KIND;
  if (payments < 1) return new ErrorValue("not-a-value", "payments");
  const r = asDecimal(rate);
  if (r.coefficient < 0) return new ErrorValue("not-a-value", "rate");
  const p = asDecimal(principal);
  if (r.coefficient === 0) return divParts(p.coefficient, p.exponent, payments, 0);
  const places = Math.max(0, -r.exponent);
  const size = BigInt(r.coefficient) * 10n ** BigInt(Math.max(0, Math.min(r.exponent, 99)));
  if (
    payments > ANNUITY_PAYMENTS_MAX ||
    places > ANNUITY_RATE_DIGITS_MAX ||
    size >= 10n ** BigInt(ANNUITY_RATE_DIGITS_MAX)
  )
    return LIMIT;
  // With one = 10^places: r = size / one, (1 + r)^n = grown / one^n.
  const one = 10n ** BigInt(places);
  const grown = (one + size) ** BigInt(payments);
  const whole = one ** BigInt(payments);
  return divideBig(BigInt(p.coefficient) * size * grown, one * (grown - whole), p.exponent);
}

/** a / b × 10^exponent, rounded half-up at 34 digits, for operands of any length. b is positive. */
function divideBig(a: bigint, b: bigint, exponent: number): Value {
  if (a === 0n) return ZERO;
  const size = a < 0n ? -a : a;
  // At least 35 digits of quotient. What is cut off below them cannot make a tie: half-up looks at one digit only.
  const shift = 36 - (String(size).length - String(b).length);
  const scaled = shift >= 0 ? size * 10n ** BigInt(shift) : size;
  const divisor = shift >= 0 ? b : b * 10n ** BigInt(-shift);
  const digits = scaled / divisor;
  const drop = String(digits).length - 34;
  const unit = 10n ** BigInt(drop);
  const rounded = (digits + unit / 2n) / unit;
  return decimalOf(a < 0n ? -rounded : rounded, exponent - shift + drop);
}

/** Id of the builtin that rounds an amount where it lands; lowering calls it itself for the shares of a split. */
export const ROUND_MONEY = 170;

export const MONEY: readonly Builtin[] = [
  {
    id: ROUND_MONEY,
    name: "round_money",
    signature: "(money(A), digits(A), rounding.money) -> money(A)",
    fuel: 3,
    doc: "The amount rounded to its minor unit by the document's rounding: what the compiler puts wherever money lands.",
    examples: [['round_money(money("10.00 USD") / 3)', "3.33 USD"]],
    run: ([amount, digits, mode]) => roundMoney(amount, digits, mode),
  },
  {
    id: 171,
    name: "share",
    signature: "(money(A), number, digits(A), rounding.money) -> money(A)",
    fuel: 12,
    doc: "A part of an amount, rounded to its minor unit.",
    examples: [['share(money("10.01 USD"), percent(50))', "5.01 USD"]],
    run: ([amount, part, digits, mode]) => {
      const by = roundingOf(mode);
      if (!isNumeric(amount) || !isNumeric(part) || typeof digits !== "number" || by === undefined) return KIND;
      return cut(asDecimal(amount), part, digits, by);
    },
  },
  {
    id: 172,
    name: "split_shares",
    signature: "(money(A), list(number), digits(A), rounding.money) -> list(money(A))",
    fuel: 12,
    perUnit: { fuel: 12, argument: 1 },
    doc: "Shares of an amount in order, each rounded to the minor unit and at most what is left, and last the remainder. They add up to the amount exactly.",
    examples: [['split_shares(money("10.00 USD"), [1 / 3, 1 / 3])', '["3.33 USD", "3.33 USD", "3.34 USD"]']],
    run: ([amount, parts, digits, mode]) => splitShares(amount, parts, digits, mode),
  },
  {
    id: 173,
    name: "simple_interest",
    signature: "(money(A), number, date, date, basis) -> money(A)",
    fuel: 60,
    doc: "Interest at a yearly rate from one date to another, without compounding, by the basis `actual/365`, `actual/360` or `30/360`; rounded only where it lands.",
    examples: [
      [
        'round_money(simple_interest(money("1000.00 USD"), percent(5), date("2026-01-01"), date("2026-07-01"), "actual/365"))',
        "24.79 USD",
      ],
    ],
    run: ([principal, rate, from, to, basis]) => simpleInterest(principal, rate, from, to, basis),
  },
  {
    id: 174,
    name: "year_fraction",
    signature: "(date, date, basis) -> quotient",
    fuel: 24,
    doc: "The part of a year between two dates by a day-count basis; negative when the second comes first. Source: ISDA 2006 Definitions, section 4.16.",
    examples: [['round(year_fraction(date("2026-01-31"), date("2026-07-31"), "30/360"), 2)', "0.5"]],
    run: ([from, to, basis]) => yearFraction(from, to, basis),
  },
  {
    id: 175,
    name: "annuity",
    signature: "(money(A), number, int) -> money(A)",
    fuel: 60,
    perUnit: { fuel: 40, argument: 2 },
    doc: "The equal payment that repays an amount in so many periods (at most 1,200) at an interest a period of at most 16 digits; rounded only where it lands.",
    examples: [['round_money(annuity(money("1000.00 USD"), percent(1), 12))', "88.85 USD"]],
    run: ([principal, rate, payments]) => annuity(principal, rate, payments),
  },
];
