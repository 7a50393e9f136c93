// Time: spans, their counting, and the parts of instants, dates and months.
import { divParts } from "../vm/decimal.ts";
import type { Value } from "../vm/value.ts";
import { instantOf, isDate, isInstant, isMonth, KIND, OVERFLOW, withInts } from "./args.ts";
import type { Builtin } from "./builtin.ts";
import { civilFromDays, DAY_MS, firstDayOf, lastDayOf, monthOfDate, WEEKDAYS, weekdayOf } from "./civil.ts";
import { SHIFT } from "./shift.ts";
import { daysBetween, difference, monthsBetween } from "./spans.ts";
import { localDate, onLocalDate, startOfDay, withZone } from "./steps.ts";
import { localOf, localToInstant } from "./zone.ts";

const NS_PER_MS = 1_000_000;

/** Start of the local clock on a date. */
function atClock(date: Value, clock: Value, zone: Value): Value {
  return withInts([date, clock], (day, ns) => {
    if (!isDate(day) || ns < 0 || ns >= DAY_MS * NS_PER_MS) return OVERFLOW;
    return withZone(zone, (z) => instantOf(localToInstant(z, day, Math.floor(ns / NS_PER_MS))));
  });
}

function clockOf(instant: Value, zone: Value): Value {
  if (!isInstant(instant)) return typeof instant === "number" || typeof instant === "bigint" ? OVERFLOW : KIND;
  return withZone(zone, (z) => localOf(z, instant).ms * NS_PER_MS);
}

const weekday = (day: Value): Value => withInts([day], (d) => (isDate(d) ? WEEKDAYS[weekdayOf(d)]! : OVERFLOW));
const onDate = (day: Value, use: (d: number) => Value): Value =>
  withInts([day], (d) => (isDate(d) ? use(d) : OVERFLOW));
const onMonth = (month: Value, use: (m: number) => Value): Value =>
  withInts([month], (m) => (isMonth(m) ? use(m) : OVERFLOW));

/** Spans from a number: `days(3)`. The value is the number itself in the unit. */
function span(id: number, name: string, result: string, factor: number, example: string): Builtin {
  return {
    id,
    name,
    signature: `(int) -> ${result}`,
    fuel: 1,
    doc: `So many ${name.replace("_", " ")}, as a span of time.`,
    examples: [[`${name}(2)`, example]],
    run: ([n]) =>
      withInts([n], (count) => {
        const total = count * factor;
        return Number.isSafeInteger(total) ? total + 0 : OVERFLOW;
      }),
  };
}

export const TIME: readonly Builtin[] = [
  ...SHIFT,
  {
    id: 216,
    name: "difference",
    signature: "(instant, instant) -> duration",
    fuel: 2,
    doc: "The first instant minus the second, exactly; negative when the first is earlier. Written `a - b`.",
    examples: [['difference(instant("2026-01-02T00:00:00Z"), instant("2026-01-01T12:00:00Z"))', "12 h"]],
    run: ([a, b]) => difference(a, b),
  },
  {
    id: 217,
    name: "difference",
    signature: "(date, date) -> period(days)",
    fuel: 2,
    doc: "The first date minus the second in days; negative when the first is earlier. Written `a - b`.",
    examples: [['difference(date("2026-03-01"), date("2026-02-01"))', "28 days"]],
    run: ([a, b]) => difference(a, b),
  },
  {
    id: 218,
    name: "difference",
    signature: "(month, month) -> period(months)",
    fuel: 2,
    doc: "The first month minus the second. Written `a - b`.",
    examples: [['difference(month("2026-03"), month("2025-12"))', "3 months"]],
    run: ([a, b]) => difference(a, b),
  },
  {
    id: 220,
    name: "days",
    signature: "(instant, instant, rounding.days) -> period(days)",
    fuel: 4,
    doc: "Periods of 24 hours from the first instant to the second, a part of one rounded by `rounding.days`; never negative.",
    examples: [
      ['days(instant("2019-01-11T03:24:00Z"), instant("2019-01-16T21:34:00Z"), "up")', "6 days"],
      ['days(instant("2019-01-11T03:24:00Z"), instant("2019-01-16T21:34:00Z"), "down")', "5 days"],
    ],
    run: ([a, b, mode]) => daysBetween(a, b, mode),
  },
  {
    id: 221,
    name: "days",
    signature: "(date, date) -> period(days)",
    fuel: 2,
    doc: "Days from the first date to the second; never negative.",
    examples: [['days(date("2026-02-01"), date("2026-03-01"))', "28 days"]],
    run: ([a, b]) => withInts([a, b], (from, to) => Math.max(0, to - from)),
  },
  span(222, "days", "period(days)", 1, "2 days"),
  span(223, "weeks", "period(days)", 7, "14 days"),
  span(224, "months", "period(months)", 1, "2 months"),
  {
    id: 225,
    name: "months",
    signature: "(date, date, rounding.months) -> period(months)",
    fuel: 8,
    doc: "Whole months from the first date to the second: as many as can be added to the first without passing the second; never negative.",
    examples: [['months(date("2026-01-31"), date("2026-02-28"), "down")', "1 month"]],
    run: ([a, b, rounding]) => monthsBetween(a, b, rounding),
  },
  span(226, "years", "period(months)", 12, "24 months"),
  span(227, "business_days", "period(business days)", 1, "2 business days"),
  span(230, "hours", "duration", 3_600_000, "2 h"),
  {
    id: 231,
    name: "hours",
    signature: "(instant, instant) -> quotient",
    fuel: 4,
    doc: "Hours from the first instant to the second, with their fraction; never negative.",
    examples: [['round(hours(instant("2026-01-01T00:00:00Z"), instant("2026-01-01T01:30:00Z")), 1)', "1.5"]],
    run: ([a, b]) =>
      withInts([a, b], (from, to) =>
        isInstant(from) && isInstant(to) ? divParts(Math.max(0, to - from), 0, 3_600_000, 0) : OVERFLOW,
      ),
  },
  span(232, "minutes", "duration", 60_000, "2 min"),
  span(233, "seconds", "duration", 1_000, "2 s"),
  {
    id: 240,
    name: "instant",
    signature: "(date, zone) -> instant",
    fuel: 10,
    doc: "The instant at which the local day begins.",
    examples: [['instant(date("2026-07-01"), "Europe/Berlin")', "2026-06-30T22:00:00Z"]],
    run: ([date, zone]) => (isDate(date) ? startOfDay(date, zone) : withInts([date], () => OVERFLOW)),
  },
  {
    id: 241,
    name: "instant",
    signature: "(date, clock, zone) -> instant",
    fuel: 10,
    doc: "The instant at which the clocks of the zone show the time on the date, to the millisecond.",
    examples: [['instant(date("2026-03-29"), clock("02:30"), "Europe/Berlin")', "2026-03-29T01:30:00Z"]],
    run: ([date, clock, zone]) => atClock(date, clock, zone),
  },
  {
    id: 242,
    name: "date",
    signature: "(instant, zone) -> date",
    fuel: 8,
    doc: "The local date.",
    examples: [['date(instant("2026-01-31T23:30:00Z"), "Asia/Tokyo")', "2026-02-01"]],
    run: ([at, zone]) => localDate(at, zone),
  },
  {
    id: 243,
    name: "clock",
    signature: "(instant, zone) -> clock",
    fuel: 8,
    doc: "The local time of day.",
    examples: [['clock(instant("2026-01-31T23:30:00Z"), "Asia/Tokyo")', "08:30"]],
    run: ([at, zone]) => clockOf(at, zone),
  },
  {
    id: 244,
    name: "month",
    signature: "(date) -> month",
    fuel: 4,
    doc: "The month of the date.",
    examples: [['month(date("2026-01-31"))', "2026-01"]],
    run: ([date]) => onDate(date, monthOfDate),
  },
  {
    id: 245,
    name: "month",
    signature: "(instant, zone) -> month",
    fuel: 10,
    doc: "The local month.",
    examples: [['month(instant("2026-01-31T23:30:00Z"), "Asia/Tokyo")', "2026-02"]],
    run: ([at, zone]) => onLocalDate(at, zone, (day) => onDate(day, monthOfDate)),
  },
  {
    id: 246,
    name: "weekday",
    signature: "(date) -> weekday",
    fuel: 3,
    doc: "The day of the week: `mon` to `sun`.",
    examples: [['weekday(date("2026-01-31"))', "sat"]],
    run: ([date]) => weekday(date),
  },
  {
    id: 247,
    name: "weekday",
    signature: "(instant, zone) -> weekday",
    fuel: 9,
    doc: "The local day of the week.",
    examples: [['weekday(instant("2026-01-31T23:30:00Z"), "Asia/Tokyo")', "sun"]],
    run: ([at, zone]) => onLocalDate(at, zone, weekday),
  },
  {
    id: 248,
    name: "last_day",
    signature: "(date) -> date",
    fuel: 5,
    doc: "The last day of the date's month.",
    examples: [['last_day(date("2024-02-10"))', "2024-02-29"]],
    run: ([date]) => onDate(date, (day) => lastDayOf(monthOfDate(day))),
  },
  {
    id: 249,
    name: "last_day",
    signature: "(month) -> date",
    fuel: 4,
    doc: "The last day of the month.",
    examples: [['last_day(month("2026-02"))', "2026-02-28"]],
    run: ([month]) => onMonth(month, lastDayOf),
  },
  {
    id: 250,
    name: "first_day",
    signature: "(month) -> date",
    fuel: 4,
    doc: "The first day of the month.",
    examples: [['first_day(month("2026-02"))', "2026-02-01"]],
    run: ([month]) => onMonth(month, firstDayOf),
  },
  {
    id: 251,
    name: "year",
    signature: "(date) -> int",
    fuel: 4,
    doc: "The year of the date.",
    examples: [['year(date("2026-02-10"))', "2026"]],
    run: ([date]) => onDate(date, (day) => civilFromDays(day)[0]),
  },
  {
    id: 252,
    name: "day",
    signature: "(date) -> int",
    fuel: 4,
    doc: "The day of the month, 1 to 31.",
    examples: [['day(date("2026-02-10"))', "10"]],
    run: ([date]) => onDate(date, (day) => civilFromDays(day)[2]),
  },
];
