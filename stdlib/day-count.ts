// Parts of a year between two dates, for interest. Each basis gives a whole number of days over a whole number of days.
import { civilFromDays } from "./civil.ts";

/** `actual/365` fixed and `actual/360`: calendar days. `30/360`: months of 30 days; a 31st counts as the 30th, at the end
 *  only when the start is also the 30th or 31st. Source: ISDA 2006 Definitions, section 4.16 (d), (e), (f). */
export const DAY_COUNT_BASES = ["actual/365", "actual/360", "30/360"] as const;
export type DayCountBasis = (typeof DAY_COUNT_BASES)[number];

/** Days of the year's part, and days of the year; negative when `to` comes before `from`. Dates are days since 1970. */
export function yearPart(
  from: number,
  to: number,
  basis: DayCountBasis,
): { readonly days: number; readonly of: number } {
  if (basis === "actual/365") return { days: to - from, of: 365 };
  if (basis === "actual/360") return { days: to - from, of: 360 };
  const [y1, m1, d1] = civilFromDays(from);
  const [y2, m2, d2] = civilFromDays(to);
  const firstDay = Math.min(d1, 30);
  const lastDay = d2 === 31 && firstDay === 30 ? 30 : d2;
  return { days: 360 * (y2 - y1) + 30 * (m2 - m1) + (lastDay - firstDay), of: 360 };
}
