// Exact decimal numbers of at most 34 significant digits: a coefficient times a power of ten. `+ - *` are exact or the
// error `overflow`; `/` and the `round_` operations round once, at 34 digits, half-up (ties away from zero): the mode of
// CUE's arithmetic (apd), found by running cuelang.org/go v0.17.1: `1/1125899906842624` ends in …563, not …562.
//
// Invariant: a Decimal is in normal form. The coefficient has no trailing zero (zero is 0 × 10^0), is a number when safe
// and a bigint beyond, and is never -0. So equal values have equal parts and one encoding.
import { DIGITS_MAX, EXPONENT_MAX, EXPONENT_MIN } from "./limits.ts";
import { ErrorValue } from "./value.ts";

/** An integer: a number when safe, a bigint beyond. */
export type Int = number | bigint;

export class Decimal {
  readonly coefficient: Int;
  readonly exponent: number;
  /** Asserts nothing: use `decimalOf` unless the parts are known to be in normal form. */
  constructor(coefficient: Int, exponent: number) {
    this.coefficient = coefficient;
    this.exponent = exponent;
  }
  /** Canonical text, see `formatDecimal`. */
  toString(): string {
    return formatDecimal(this);
  }
}

export const ROUNDING_MODES = ["floor", "ceiling", "toward-zero", "away", "half-up", "half-even", "half-down"] as const;
/** How a value between two neighbours is rounded. The `half-` modes round to the nearer one and differ on ties:
 *  up = away from zero, down = toward zero, even = to the even digit. */
export type RoundingMode = (typeof ROUNDING_MODES)[number];

export const OVERFLOW = new ErrorValue("overflow");
export const DIVIDE_BY_ZERO = new ErrorValue("divide-by-zero");
export const ZERO = new Decimal(0, 0);

const SAFE = Number.MAX_SAFE_INTEGER;
const SAFE_BIG = BigInt(SAFE);
/** Powers of ten that are safe integers: 10^0 … 10^15. */
const POW10: readonly number[] = Array.from({ length: 16 }, (_, power) => 10 ** power);
const BIG_POW10: readonly bigint[] = Array.from({ length: 140 }, (_, power) => 10n ** BigInt(power));
const DIGITS_LIMIT = 10n ** BigInt(DIGITS_MAX);
/** Past this distance of exponents the smaller of two numbers cannot reach the 34th digit of the larger. */
const FAR = 80;

const bigPow10 = (power: number): bigint => BIG_POW10[power] ?? 10n ** BigInt(power);

/** A bigint as an integer value: a number when safe. */
export function shrink(value: bigint): Int {
  return value <= SAFE_BIG && value >= -SAFE_BIG ? Number(value) : value;
}

/** A bigint as an integer value of at most 34 digits, else the error overflow. */
export function intOf(value: bigint): Int | ErrorValue {
  if (value <= SAFE_BIG && value >= -SAFE_BIG) return Number(value);
  return value < DIGITS_LIMIT && value > -DIGITS_LIMIT ? value : OVERFLOW;
}

/** Number of decimal digits of a positive bigint. */
function digitsOf(value: bigint): number {
  let low = 0;
  let high = BIG_POW10.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (BIG_POW10[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low < BIG_POW10.length ? low : value.toString().length;
}

/** coefficient × 10^exponent in normal form. Coefficient: a safe integer. */
function fromNumber(coefficient: number, exponent: number): Decimal | ErrorValue {
  if (coefficient === 0) return ZERO;
  let c = coefficient;
  let e = exponent + 0; // callers write -digits, and -0 has no canonical form
  if ((c & 1) !== 0 && e >= EXPONENT_MIN && e <= EXPONENT_MAX) return new Decimal(c, e); // odd: 10 does not divide it
  // c / 10 is correctly rounded, and for |c| < 2^53 it is whole only when 10 divides c: doubles below 10^15 stand closer than 1/5.
  for (let tenth = c / 10; tenth === Math.trunc(tenth); tenth = c / 10) {
    c = tenth;
    e++;
  }
  return e < EXPONENT_MIN || e > EXPONENT_MAX ? OVERFLOW : new Decimal(c, e);
}

function fromBig(coefficient: bigint, exponent: number): Decimal | ErrorValue {
  let c = coefficient;
  let e = exponent + 0;
  if (c > SAFE_BIG || c < -SAFE_BIG) {
    for (let power = 32; power >= 1; power >>= 1) {
      const divisor = BIG_POW10[power]!;
      while (c % divisor === 0n) {
        c /= divisor;
        e += power;
      }
    }
  }
  if (c <= SAFE_BIG && c >= -SAFE_BIG) return fromNumber(Number(c), e);
  if (c >= DIGITS_LIMIT || c <= -DIGITS_LIMIT) return OVERFLOW;
  return e < EXPONENT_MIN || e > EXPONENT_MAX ? OVERFLOW : new Decimal(c, e);
}

/** coefficient × 10^exponent in normal form; over 34 digits or out of the exponent's range: the error overflow. */
export function decimalOf(coefficient: Int, exponent: number): Decimal | ErrorValue {
  return typeof coefficient === "number" ? fromNumber(coefficient, exponent) : fromBig(coefficient, exponent);
}

/** The parts as a Decimal when they are its normal form, else undefined: for decoders. */
export function decimalFromParts(coefficient: Int, exponent: number): Decimal | undefined {
  const made = decimalOf(coefficient, exponent);
  return made instanceof Decimal && made.coefficient === coefficient && made.exponent === exponent ? made : undefined;
}

/** coefficient × 10^exponent rounded half-up to 34 digits. `sticky`: something not zero was cut off below the coefficient. */
function fromBigRounded(coefficient: bigint, exponent: number): Decimal | ErrorValue {
  const negative = coefficient < 0n;
  const size = negative ? -coefficient : coefficient;
  const drop = size < DIGITS_LIMIT ? 0 : digitsOf(size) - DIGITS_MAX;
  if (drop === 0) return fromBig(coefficient, exponent);
  const divisor = bigPow10(drop);
  const rounded = (size + divisor / 2n) / divisor;
  return fromBig(negative ? -rounded : rounded, exponent + drop);
}

// ── Arithmetic on parts: coefficient and exponent, which need not be in normal form ───────────────────────────────────

export function addParts(ca: Int, ea: number, cb: Int, eb: number, round: boolean): Decimal | ErrorValue {
  if (ea < eb) return addParts(cb, eb, ca, ea, round);
  // From here ea >= eb: the first is scaled up.
  const shift = ea - eb;
  if (typeof ca === "number" && typeof cb === "number" && shift <= 15) {
    const scaled = ca * POW10[shift]!;
    if (scaled <= SAFE && scaled >= -SAFE) {
      const sum = scaled + cb;
      if (sum <= SAFE && sum >= -SAFE) return fromNumber(sum, eb);
    }
  }
  if (ca === 0) return decimalOf(cb, eb);
  if (cb === 0) return decimalOf(ca, ea);
  if (shift > FAR) return round ? decimalOf(ca, ea) : OVERFLOW;
  const sum = BigInt(ca) * bigPow10(shift) + BigInt(cb);
  return round ? fromBigRounded(sum, eb) : fromBig(sum, eb);
}

export function mulParts(ca: Int, ea: number, cb: Int, eb: number, round: boolean): Decimal | ErrorValue {
  if (typeof ca === "number" && typeof cb === "number") {
    // A rounded product within the safe integers is exact: rounding is monotone.
    const product = ca * cb;
    if (product <= SAFE && product >= -SAFE) return fromNumber(product, ea + eb);
  }
  const product = BigInt(ca) * BigInt(cb);
  return round ? fromBigRounded(product, ea + eb) : fromBig(product, ea + eb);
}

/** a / b rounded half-up at 34 digits. */
export function divParts(ca: Int, ea: number, cb: Int, eb: number): Decimal | ErrorValue {
  if (cb === 0) return DIVIDE_BY_ZERO;
  if (typeof ca === "number" && typeof cb === "number") {
    if (ca === 0) return ZERO;
    const whole = ca / cb;
    // A whole double quotient of safe integers is exact only if it multiplies back.
    if (whole === Math.trunc(whole) && Math.abs(whole) <= SAFE && Math.abs(whole * cb) <= SAFE && whole * cb === ca)
      return fromNumber(whole, ea - eb);
  }
  let a = BigInt(ca);
  let b = BigInt(cb);
  const negative = a < 0n !== b < 0n;
  if (a < 0n) a = -a;
  if (b < 0n) b = -b;
  // At least 35 digits of quotient. The remainder below them cannot make a tie: half-up looks at one digit only.
  const shift = DIGITS_MAX + 1 + digitsOf(b) - digitsOf(a);
  const quotient = shift > 0 ? (a * bigPow10(shift)) / b : a / b;
  const used = Math.max(shift, 0);
  return fromBigRounded(negative ? -quotient : quotient, ea - eb - used);
}

// ── Order ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** -1, 0 or 1 as a is less than, equal to or greater than b. */
export function compareParts(ca: Int, ea: number, cb: Int, eb: number): number {
  if (ea === eb) return ca < cb ? -1 : ca > cb ? 1 : 0;
  const sa = ca < 0 ? -1 : ca > 0 ? 1 : 0;
  const sb = cb < 0 ? -1 : cb > 0 ? 1 : 0;
  if (sa !== sb) return sa < sb ? -1 : 1;
  if (sa === 0) return 0;
  // Never -0.
  if (ea < eb) return 0 - compareParts(cb, eb, ca, ea);
  const shift = ea - eb;
  // The second has at most 34 digits, the first at least `shift` more than its own.
  if (shift > DIGITS_MAX) return sa;
  if (shift <= 15 && typeof ca === "number" && typeof cb === "number") {
    const scaled = ca * POW10[shift]!;
    // Beyond the safe integers the product may be inexact, but is then larger than any safe integer.
    if (scaled > SAFE) return 1;
    if (scaled < -SAFE) return -1;
    return scaled < cb ? -1 : scaled > cb ? 1 : 0;
  }
  const scaled = BigInt(ca) * bigPow10(shift);
  return scaled < cb ? -1 : scaled > cb ? 1 : 0;
}

// ── Rounding to places ────────────────────────────────────────────────────────────────────────────────────────────────

/** Whether a cut-off part moves the kept digits one away from zero. `half`: cut-off part compared with one half. */
function roundsAway(mode: RoundingMode, negative: boolean, half: number, odd: boolean): boolean {
  switch (mode) {
    case "floor":
      return negative;
    case "ceiling":
      return !negative;
    case "toward-zero":
      return false;
    case "away":
      return true;
    case "half-up":
      return half >= 0;
    case "half-down":
      return half > 0;
    case "half-even":
      return half > 0 || (half === 0 && odd);
  }
}

function roundParts(c: Int, e: number, places: number, mode: RoundingMode): Decimal | ErrorValue {
  const drop = -places - e;
  if (drop <= 0 || c === 0) return decimalOf(c, e);
  if (drop <= 15 && typeof c === "number") {
    const divisor = POW10[drop]!;
    const size = Math.abs(c);
    const cut = size % divisor;
    const kept = (size - cut) / divisor;
    const twice = cut * 2;
    const away = cut !== 0 && roundsAway(mode, c < 0, twice < divisor ? -1 : twice > divisor ? 1 : 0, kept % 2 === 1);
    const rounded = away ? kept + 1 : kept;
    return fromNumber(c < 0 ? -rounded : rounded, 0 - places);
  }
  const negative = c < 0;
  const size = negative ? -BigInt(c) : BigInt(c);
  // More is dropped than there are digits: nothing is kept, and the value is under a half.
  const far = drop > DIGITS_MAX + 1;
  const divisor = far ? 0n : bigPow10(drop);
  const kept = far ? 0n : size / divisor;
  const cut = far ? size : size % divisor;
  const half = far || cut * 2n < divisor ? -1 : cut * 2n > divisor ? 1 : 0;
  const away = cut !== 0n && roundsAway(mode, negative, half, (kept & 1n) === 1n);
  const rounded = away ? kept + 1n : kept;
  return fromBig(negative ? -rounded : rounded, 0 - places);
}

/** x with at most `places` digits after the point (negative: to tens, hundreds …). An int stays an int, a decimal a
 *  decimal. Fails only with overflow, when rounding up passes 34 digits or the exponent's range. `places`: a safe integer. */
export function round(x: Decimal, places: number, mode: RoundingMode): Decimal | ErrorValue;
export function round(x: Int, places: number, mode: RoundingMode): Int | ErrorValue;
export function round(x: Int | Decimal, places: number, mode: RoundingMode): Int | Decimal | ErrorValue;
export function round(x: Int | Decimal, places: number, mode: RoundingMode): Int | Decimal | ErrorValue {
  if (x instanceof Decimal) return -places <= x.exponent ? x : roundParts(x.coefficient, x.exponent, places, mode);
  if (places >= 0) return x;
  const rounded = roundParts(x, 0, places, mode);
  return rounded instanceof ErrorValue ? rounded : decimalToInt(rounded);
}

// ── Between int and decimal ───────────────────────────────────────────────────────────────────────────────────────────

export function intToDecimal(x: Int): Decimal {
  // An int has at most 34 digits and no fraction, so it always fits.
  return decimalOf(x, 0) as Decimal;
}

/** A whole decimal as an int; a fraction gives not-a-value, more than 34 digits overflow. */
export function decimalToInt(x: Decimal): Int | ErrorValue {
  if (x.exponent === 0) return x.coefficient;
  if (x.exponent < 0) return new ErrorValue("not-a-value", "a whole number");
  if (x.exponent > DIGITS_MAX) return OVERFLOW;
  if (typeof x.coefficient === "number" && x.exponent <= 15) {
    const scaled = x.coefficient * POW10[x.exponent]!;
    if (scaled <= SAFE && scaled >= -SAFE) return scaled;
  }
  return intOf(BigInt(x.coefficient) * bigPow10(x.exponent));
}

/** -1, 0 or 1. */
export function signOf(x: Int | Decimal): number {
  const c = x instanceof Decimal ? x.coefficient : x;
  return c < 0 ? -1 : c > 0 ? 1 : 0;
}

// ── Text ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Canonical text: always with a point, so that it reads back as a decimal (`2.0`, `0.105`, `1200.0`); scientific
 *  (`1.5e+40`, `1.0e-40`) when the first digit lies beyond 34 places from the point. `digits`: least digits after the point. */
export function formatDecimal(x: Decimal, digits = 1): string {
  const negative = x.coefficient < 0;
  const all = String(x.coefficient).slice(negative ? 1 : 0);
  const sign = negative ? "-" : "";
  const adjusted = x.exponent + all.length - 1; // exponent of the first digit
  if (adjusted >= DIGITS_MAX || adjusted < -DIGITS_MAX) {
    return `${sign}${all[0]}.${all.slice(1) || "0"}e${adjusted < 0 ? "-" : "+"}${Math.abs(adjusted)}`;
  }
  const point = all.length + x.exponent; // digits before the point
  const whole = point <= 0 ? "0" : all.slice(0, point).padEnd(point, "0");
  const fraction = (point < 0 ? "0".repeat(-point) : "") + all.slice(Math.max(point, 0));
  const padded = fraction.padEnd(digits, "0");
  return padded === "" ? sign + whole : `${sign}${whole}.${padded}`;
}

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** A number written as digits with an optional point and exponent, without leading `+`. Undefined when it is not one;
 *  overflow when it has more than 34 digits (trailing zeros of the fraction do not count). */
export function parseDecimal(text: string): Decimal | ErrorValue | undefined {
  const parts = DECIMAL.exec(text);
  if (parts === null) return undefined;
  const fraction = (parts[3] ?? "").replace(/0+$/, "");
  const all = (parts[2]! + fraction).replace(/^0+(?=\d)/, "");
  const exponentText = parts[4] ?? "0";
  // Long exponents and coefficients are over the bounds; saying so before BigInt keeps parsing linear.
  if (exponentText.length > 8 || all.length > 8_192) return /^0*$/.test(all) ? ZERO : OVERFLOW;
  const exponent = Number(exponentText) - fraction.length;
  if (all.length <= 15) return fromNumber(parts[1] === "-" ? 0 - Number(all) : Number(all), exponent);
  const significant = all.replace(/0+$/, "");
  if (significant.length > DIGITS_MAX) return OVERFLOW;
  const coefficient = BigInt(significant === "" ? "0" : significant);
  return fromBig(parts[1] === "-" ? -coefficient : coefficient, exponent + all.length - significant.length);
}

const INT = /^-?\d+$/;

/** Digits with an optional `-`. Undefined when it is not that; overflow over 34 digits. Leading zeros are allowed. */
export function parseInt34(text: string): Int | ErrorValue | undefined {
  if (!INT.test(text)) return undefined;
  if (text.length <= 15) return Number(text) + 0;
  const digits = text.replace(/^-?0*/, "");
  if (digits.length > DIGITS_MAX) return OVERFLOW;
  const value = BigInt(digits === "" ? "0" : digits);
  return shrink(text.startsWith("-") ? -value : value);
}
