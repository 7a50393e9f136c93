// The proleptic Gregorian calendar on whole numbers: days since 1970-01-01, months since 1970-01, milliseconds of a day.
// All functions are exact for every date of the language (limits.ts) and some thousand years beyond.
import { civilFromDays, daysFromCivil } from "../vm/time-text.ts";

export { civilFromDays, daysFromCivil };

/** Milliseconds of a day. */
export const DAY_MS = 86_400_000;

/** In the order of `weekdayOf`. */
export const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

/** Remainder that is never negative. */
export const modulo = (a: number, n: number): number => ((a % n) + n) % n;

/** 0 = Monday … 6 = Sunday. 1970-01-01 was a Thursday. */
export const weekdayOf = (days: number): number => modulo(days + 3, 7);

/** Months since 1970-01 of a date. */
export const monthOfDate = (days: number): number => {
  const [year, month] = civilFromDays(days);
  return (year - 1970) * 12 + month - 1;
};

/** First day of a month given as months since 1970-01. */
export const firstDayOf = (month: number): number =>
  daysFromCivil(1970 + Math.floor(month / 12), modulo(month, 12) + 1, 1);

/** Last day of a month given as months since 1970-01. */
export const lastDayOf = (month: number): number => firstDayOf(month + 1) - 1;

/** What becomes of a day the target month does not have: `down` its last day, `up` the first of the next month. */
export type MonthRounding = "down" | "up";

/** The date so many months later (or earlier), on the same day of the month (agreements.md rule 28). */
export function addMonths(days: number, months: number, rounding: MonthRounding): number {
  const [year, month, day] = civilFromDays(days);
  const target = (year - 1970) * 12 + month - 1 + months;
  const last = lastDayOf(target);
  const wanted = firstDayOf(target) + day - 1;
  if (wanted <= last) return wanted;
  return rounding === "down" ? last : last + 1;
}
