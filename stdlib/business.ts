// Business days of the document's calendar. Days the calendar does not cover are the error `limit`.
import type { Value } from "../vm/value.ts";
import { isDate, OVERFLOW, withInts } from "./args.ts";
import type { Builtin } from "./builtin.ts";
import { addBusinessDays, businessDaysBetween, type Calendar, covers, isBusinessDay } from "./calendar.ts";
import { localDate, onLocalDate, outside, withCalendar } from "./steps.ts";

/** Calls with a calendar and dates it covers. */
function within(
  calendar: Value,
  dates: readonly Value[],
  use: (calendar: Calendar, ...days: number[]) => Value,
): Value {
  return withCalendar(calendar, (c) =>
    withInts(dates, (...days) => {
      if (!days.every(isDate)) return OVERFLOW;
      return days.every((day) => covers(c, day)) ? use(c, ...days) : outside(c);
    }),
  );
}

/** Business days after `a`, up to and including `b`; never negative. */
const between = (a: Value, b: Value, calendar: Value): Value =>
  within(calendar, [a, b], (c, from, to) => Math.max(0, businessDaysBetween(c, from!, to!)));

export const BUSINESS: readonly Builtin[] = [
  {
    id: 260,
    name: "is_business_day",
    signature: "(date, calendar) -> bool",
    fuel: 10,
    doc: "Whether the date is a working weekday and no holiday.",
    examples: [
      ['is_business_day(date("2026-04-02"))', "true"],
      ['is_business_day(date("2026-04-03"))', "false"],
    ],
    run: ([date, calendar]) => within(calendar, [date], (c, day) => isBusinessDay(c, day!)),
  },
  {
    id: 261,
    name: "is_business_day",
    signature: "(instant, calendar, zone) -> bool",
    fuel: 18,
    doc: "Whether the local date is a business day.",
    examples: [],
    run: ([at, calendar, zone]) =>
      onLocalDate(at, zone, (date) => within(calendar, [date], (c, day) => isBusinessDay(c, day!))),
  },
  {
    id: 262,
    name: "next_business_day",
    signature: "(date, calendar) -> date",
    fuel: 16,
    doc: "The first business day after the date.",
    examples: [['next_business_day(date("2026-04-02"))', "2026-04-07"]],
    run: ([date, calendar]) => within(calendar, [date], (c, day) => addBusinessDays(c, day!, 1) ?? outside(c)),
  },
  {
    id: 228,
    name: "business_days",
    signature: "(date, date, calendar) -> period(business days)",
    fuel: 12,
    doc: "Business days from the first date to the second: the first is not counted, the second is; never negative.",
    examples: [['business_days(date("2026-04-02"), date("2026-04-08"))', "2 business days"]],
    run: ([a, b, calendar]) => between(a, b, calendar),
  },
  {
    id: 229,
    name: "business_days",
    signature: "(instant, instant, calendar, zone) -> period(business days)",
    fuel: 28,
    doc: "Business days between the local dates of two instants.",
    examples: [],
    run: ([a, b, calendar, zone]) => {
      const to = localDate(b, zone);
      return typeof to === "number" ? onLocalDate(a, zone, (from) => between(from, to, calendar)) : to;
    },
  },
];
