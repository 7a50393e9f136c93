// How long it is from one instant or date to another.
import type { Value } from "../vm/value.ts";
import { instantOf, isDate, isInstant, KIND, OVERFLOW, roundingOf, withInts } from "./args.ts";
import { addMonths, DAY_MS, monthOfDate } from "./civil.ts";
import { INSTANT_MIN } from "./limits.ts";

/** Periods of 24 hours from a to b, rounded by a mode of `rounding.days`; never negative. */
export function daysBetween(a: Value, b: Value, mode: Value): Value {
  const by = roundingOf(mode);
  if (by === undefined) return KIND;
  return withInts([a, b], (from, to) => {
    if (!isInstant(from) || !isInstant(to)) return OVERFLOW;
    const span = Math.max(0, to - from);
    const whole = Math.floor(span / DAY_MS);
    const rest = span - whole * DAY_MS;
    const half = Math.sign(2 * rest - DAY_MS);
    const up =
      by === "ceiling" || by === "away"
        ? rest > 0
        : by === "half-up"
          ? half >= 0
          : by === "half-down"
            ? half > 0
            : by === "half-even" && (half > 0 || (half === 0 && whole % 2 === 1));
    return up ? whole + 1 : whole;
  });
}

/** The least instant t with daysBetween(a, t) > n: when `days(a, now) > n` turns true. */
export function daysReached(a: Value, n: Value, mode: Value): Value {
  const by = roundingOf(mode);
  if (by === undefined) return KIND;
  return withInts([a, n], (from, count) => {
    if (!isInstant(from)) return OVERFLOW;
    // It is always true: days are never negative.
    if (count < 0) return INSTANT_MIN;
    const whole = count * DAY_MS;
    // From `whole` on the next day is begun; the mode says how much of it makes it count.
    switch (by) {
      case "ceiling":
      case "away":
        return instantOf(from + whole + 1);
      case "floor":
      case "toward-zero":
        return instantOf(from + whole + DAY_MS);
      case "half-up":
        return instantOf(from + whole + DAY_MS / 2);
      case "half-down":
        return instantOf(from + whole + DAY_MS / 2 + 1);
      case "half-even":
        // A tie goes to the even neighbour: up to count + 1 when that is even.
        return instantOf(from + whole + DAY_MS / 2 + (count % 2 === 1 ? 0 : 1));
    }
  });
}

/** Whole months from a to b, as many as can be added to a without passing b; never negative. */
export function monthsBetween(a: Value, b: Value, rounding: Value): Value {
  if (rounding !== "up" && rounding !== "down") return KIND;
  return withInts([a, b], (from, to) => {
    if (!isDate(from) || !isDate(to)) return OVERFLOW;
    const most = monthOfDate(to) - monthOfDate(from);
    const count = addMonths(from, most, rounding) > to ? most - 1 : most;
    return Math.max(0, count);
  });
}

/** a - b. */
export function difference(a: Value, b: Value): Value {
  return withInts([a, b], (x, y) => {
    const span = x - y;
    return Number.isSafeInteger(span) ? span + 0 : OVERFLOW;
  });
}
