// Business days. A calendar is a constant of the module, like a zone:
//
//   [name text, week int, from date, to date, holidays list of dates]
//
// Bit 0 of `week` is Monday; holidays ascend. The calendar says nothing about days outside [from, to]: counting into them
// gives the error `limit`, because nobody knows yet which days will be holidays.
import type { Value } from "../vm/value.ts";
import { civilFromDays, modulo, WEEKDAYS, weekdayOf } from "./civil.ts";
import { HOLIDAYS } from "./data/holidays.ts";
import { DATE_MAX, DATE_MIN, HOLIDAYS_MAX } from "./limits.ts";
import { nearest } from "./nearest.ts";

/** A calendar constant made ready for counting. */
export interface Calendar {
  readonly name: string;
  readonly week: number;
  readonly from: number;
  readonly to: number;
  /** Holidays that fall on working weekdays, ascending. */
  readonly holidays: Int32Array;
  /** Working weekdays of the week before day i (0 = Monday), i from 0 to 7. */
  readonly before: readonly number[];
}

/** Names of the holiday lists that come with the language. */
export const holidayNames = (): readonly string[] => HOLIDAYS.map((each) => each.name);
export const nearestHolidays = (name: string): readonly string[] => nearest(name, holidayNames());

/** Working weekdays: a range `Mon-Fri`, a list `Mon, Tue, Thu`, or both. Undefined when it is not one or names no day. */
export function parseWeek(text: string): number | undefined {
  let week = 0;
  for (const part of text.split(",")) {
    const ends = part.trim().toLowerCase().split("-");
    const days = ends.map((each) => (WEEKDAYS as readonly string[]).indexOf(each.trim().slice(0, 3)));
    if (ends.length > 2 || ends.some((each) => !/^[a-z]{3,9}$/.test(each.trim())) || days.includes(-1))
      return undefined;
    for (let day = days[0]!; ; day = (day + 1) % 7) {
      week |= 1 << day;
      if (day === (days[1] ?? days[0])) break;
    }
  }
  return week;
}

/** The constant of a calendar. `week` as in `parseWeek`; `holidays` a name of `holidayNames`, or dates in any order.
 *  A reason when it cannot be made. */
export function calendarConstant(
  week: string,
  holidays: string | readonly number[],
): { readonly value: Value } | { readonly reason: "week" | "holidays" | "too-many" } {
  const days = parseWeek(week);
  if (days === undefined) return { reason: "week" };
  if (typeof holidays === "string") {
    const data = HOLIDAYS.find((each) => each.name === holidays);
    return data === undefined ? { reason: "holidays" } : { value: [data.name, days, data.from, data.to, data.days] };
  }
  const sorted = [...new Set(holidays)].sort((a, b) => a - b);
  if (sorted.length > HOLIDAYS_MAX) return { reason: "too-many" };
  if (sorted.some((each) => !Number.isInteger(each) || each < DATE_MIN || each > DATE_MAX))
    return { reason: "holidays" };
  return { value: ["", days, DATE_MIN, DATE_MAX, sorted] };
}

const parsed = new WeakMap<object, Calendar | null>();

/** Reads a calendar constant; undefined when the value is not one. Remembered by identity. */
export function parseCalendar(value: Value): Calendar | undefined {
  if (!Array.isArray(value)) return undefined;
  let calendar = parsed.get(value);
  if (calendar === undefined) {
    calendar = build(value) ?? null;
    parsed.set(value, calendar);
  }
  return calendar ?? undefined;
}

const isDate = (value: Value): value is number =>
  typeof value === "number" && Number.isInteger(value) && value >= DATE_MIN && value <= DATE_MAX;

function build(value: readonly Value[]): Calendar | undefined {
  const [name, week, from, to, holidays] = value;
  if (value.length !== 5 || typeof name !== "string" || !isDate(from) || !isDate(to) || from > to) return undefined;
  if (typeof week !== "number" || !Number.isInteger(week) || week < 1 || week > 127) return undefined;
  if (!Array.isArray(holidays) || holidays.length > HOLIDAYS_MAX) return undefined;
  if (!holidays.every((day, i) => isDate(day) && (i === 0 || holidays[i - 1] < day))) return undefined;
  const before = [0];
  for (let i = 0; i < 7; i++) before.push(before[i]! + ((week >> i) & 1));
  const working = holidays.filter((day: number) => (week >> weekdayOf(day)) & 1);
  return { name, week, from, to, holidays: Int32Array.from(working), before };
}

/** Holidays on or before a day. */
function holidaysUntil(calendar: Calendar, day: number): number {
  let low = 0;
  let high = calendar.holidays.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (calendar.holidays[middle]! <= day) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Business days from a fixed day long ago up to and including `day`: differences count them. */
function rank(calendar: Calendar, day: number): number {
  const sinceMonday = day + 3; // 1969-12-29 was a Monday
  const weeks = Math.floor(sinceMonday / 7);
  const inWeek = modulo(sinceMonday, 7);
  return weeks * calendar.before[7]! + calendar.before[inWeek + 1]! - holidaysUntil(calendar, day);
}

export const covers = (calendar: Calendar, day: number): boolean => day >= calendar.from && day <= calendar.to;

export function isBusinessDay(calendar: Calendar, day: number): boolean {
  return rank(calendar, day) > rank(calendar, day - 1);
}

/** Business days after `from`, up to and including `to`; negative when `to` is before. */
export const businessDaysBetween = (calendar: Calendar, from: number, to: number): number =>
  rank(calendar, to) - rank(calendar, from);

/** The n-th business day after a day (n > 0) or before it (n < 0); the day itself when n = 0. Undefined when it lies
 *  outside the calendar. */
export function addBusinessDays(calendar: Calendar, day: number, n: number): number | undefined {
  if (n === 0) return day;
  const target = n > 0 ? rank(calendar, day) + n : rank(calendar, day - 1) + n + 1;
  // Least day with rank >= target: that day is a business day.
  let low = n > 0 ? day + 1 : calendar.from;
  let high = n > 0 ? calendar.to : day - 1;
  if (low > high || rank(calendar, high) < target || rank(calendar, low - 1) >= target) return undefined;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (rank(calendar, middle) >= target) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** First and last year a calendar covers, for messages: `2015 to 2040`. */
export const coverage = (calendar: Calendar): string =>
  `${civilFromDays(calendar.from)[0]} to ${civilFromDays(calendar.to)[0]}`;
