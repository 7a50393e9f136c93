// Instants, dates, months and spans between them. Days, months and business days are counted on the local calendar of a
// zone, exact durations in milliseconds; the rules are agreements.md rule 28:
//
//   - months and years keep the day and the wall time; a day the month lacks follows `rounding.months`;
//   - days and business days keep the wall time; a wall time the zone skips moves forward by the gap, one that comes twice
//     is the first;
//   - a result outside the years 0001 to 9999 is the error `overflow`.
import { divParts } from "../vm/decimal.ts";
import type { Value } from "../vm/value.ts";
import { ErrorValue } from "../vm/value.ts";
import {
  dateOf,
  instantOf,
  isDate,
  isInstant,
  isMonth,
  KIND,
  monthOf,
  OVERFLOW,
  roundingOf,
  withInts,
} from "./args.ts";
import type { Builtin } from "./builtin.ts";
import { addBusinessDays, type Calendar, coverage, covers, parseCalendar } from "./calendar.ts";
import {
  addMonths,
  civilFromDays,
  DAY_MS,
  firstDayOf,
  lastDayOf,
  type MonthRounding,
  monthOfDate,
  WEEKDAYS,
  weekdayOf,
} from "./civil.ts";
import { INSTANT_MIN } from "./limits.ts";
import { localOf, localToInstant, parseZone, type Zone } from "./zone.ts";

// ── Steps shared with deadlines and business days ─────────────────────────────────────────────────────────────────────

/** Moves a date; a number, or an error. */
export type DateStep = (day: number) => Value;

export const byDays =
  (count: number): DateStep =>
  (day) =>
    dateOf(day + count);

export const byMonths =
  (count: number, rounding: Value): DateStep =>
  (day) =>
    rounding === "up" || rounding === "down" ? dateOf(addMonths(day, count, rounding as MonthRounding)) : KIND;

export const outside = (calendar: Calendar): ErrorValue =>
  new ErrorValue("limit", `calendar ${calendar.name} covers ${coverage(calendar)}`.replace("  ", " "));

export const byBusinessDays =
  (count: number, calendar: Calendar): DateStep =>
  (day) =>
    covers(calendar, day) ? (addBusinessDays(calendar, day, count) ?? outside(calendar)) : outside(calendar);

/** Calls with a zone; another value gives the error kind. */
export function withZone(value: Value, use: (zone: Zone) => Value): Value {
  const zone = parseZone(value);
  return zone === undefined ? KIND : use(zone);
}

export function withCalendar(value: Value, use: (calendar: Calendar) => Value): Value {
  const calendar = parseCalendar(value);
  return calendar === undefined ? KIND : use(calendar);
}

/** The instant with its local date moved and its wall time kept. */
function moved(instant: Value, zone: Value, step: DateStep): Value {
  if (!isInstant(instant)) return typeof instant === "number" || typeof instant === "bigint" ? OVERFLOW : KIND;
  return withZone(zone, (z) => {
    const local = localOf(z, instant);
    const day = step(local.day);
    return typeof day === "number" ? instantOf(localToInstant(z, day, local.ms)) : day;
  });
}

function movedDate(date: Value, step: DateStep): Value {
  if (isDate(date)) return step(date);
  return typeof date === "number" || typeof date === "bigint" ? OVERFLOW : KIND;
}

/** Local date of an instant. */
export function localDate(instant: Value, zone: Value): Value {
  if (!isInstant(instant)) return typeof instant === "number" || typeof instant === "bigint" ? OVERFLOW : KIND;
  // The local date of the first and the last instants can lie outside the dates.
  return withZone(zone, (z) => dateOf(localOf(z, instant).day));
}

/** Runs a date function on the local date of an instant. */
export function onLocalDate(instant: Value, zone: Value, use: (day: Value) => Value): Value {
  const day = localDate(instant, zone);
  return typeof day === "number" ? use(day) : day;
}

/** The instant at which a local date begins: its midnight, or the first moment after a skipped one. */
export function startOfDay(date: Value, zone: Value): Value {
  return withInts([date], (day) => withZone(zone, (z) => instantOf(localToInstant(z, day, 0))));
}

// ── Whole days between instants ───────────────────────────────────────────────────────────────────────────────────────

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
function monthsBetween(a: Value, b: Value, rounding: Value): Value {
  if (rounding !== "up" && rounding !== "down") return KIND;
  return withInts([a, b], (from, to) => {
    if (!isDate(from) || !isDate(to)) return OVERFLOW;
    const most = monthOfDate(to) - monthOfDate(from);
    const count = addMonths(from, most, rounding) > to ? most - 1 : most;
    return Math.max(0, count);
  });
}

function difference(a: Value, b: Value): Value {
  return withInts([a, b], (x, y) => {
    const span = x - y;
    return Number.isSafeInteger(span) ? span + 0 : OVERFLOW;
  });
}

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

/** `add` and `subtract` differ by the sign of the span only. */
function shifting(first: number, name: "add" | "subtract", sign: 1 | -1): Builtin[] {
  const later = sign === 1 ? "later" : "earlier";
  const example = (expression: string, added: string, taken: string): [string, string][] => [
    [`${name}(${expression})`, sign === 1 ? added : taken],
  ];
  return [
    {
      id: first,
      name,
      signature: "(instant, duration) -> instant",
      fuel: 3,
      doc: `The instant so much ${later}, exactly.`,
      examples: example(
        'instant("2026-03-01T00:00:00Z"), duration("36 h")',
        "2026-03-02T12:00:00Z",
        "2026-02-27T12:00:00Z",
      ),
      run: ([at, span]) => withInts([at, span], (t, ms) => instantOf(t + sign * ms)),
    },
    {
      id: first + 1,
      name,
      signature: "(instant, period(days), zone) -> instant",
      fuel: 12,
      doc: `The same wall time so many local days ${later}.`,
      examples: example(
        'instant("2026-03-28T12:00:00Z"), days(1), "Europe/Berlin"',
        "2026-03-29T11:00:00Z",
        "2026-03-27T12:00:00Z",
      ),
      run: ([at, n, zone]) => withInts([n], (count) => moved(at, zone, byDays(sign * count))),
    },
    {
      id: first + 2,
      name,
      signature: "(instant, period(months), rounding.months, zone) -> instant",
      fuel: 14,
      doc: `The same wall time so many months ${later}; a day the month lacks follows \`rounding.months\`.`,
      examples: example(
        'instant("2026-01-31T12:00:00Z"), months(1), "down", "UTC"',
        "2026-02-28T12:00:00Z",
        "2025-12-31T12:00:00Z",
      ),
      run: ([at, n, rounding, zone]) => withInts([n], (count) => moved(at, zone, byMonths(sign * count, rounding))),
    },
    {
      id: first + 3,
      name,
      signature: "(instant, period(business days), calendar, zone) -> instant",
      fuel: 40,
      doc: `The same wall time so many business days ${later}.`,
      examples: [],
      run: ([at, n, calendar, zone]) =>
        withInts([n], (count) => withCalendar(calendar, (c) => moved(at, zone, byBusinessDays(sign * count + 0, c)))),
    },
    {
      id: first + 4,
      name,
      signature: "(date, period(days)) -> date",
      fuel: 2,
      doc: `The date so many days ${later}.`,
      examples: example('date("2026-03-01"), days(1)', "2026-03-02", "2026-02-28"),
      run: ([date, n]) => withInts([n], (count) => movedDate(date, byDays(sign * count))),
    },
    {
      id: first + 5,
      name,
      signature: "(date, period(months), rounding.months) -> date",
      fuel: 6,
      doc: `The date so many months ${later}; a day the month lacks is its last day (\`down\`) or the first of the next (\`up\`).`,
      examples: example('date("2026-03-31"), months(1), "up"', "2026-05-01", "2026-03-01"),
      run: ([date, n, rounding]) => withInts([n], (count) => movedDate(date, byMonths(sign * count, rounding))),
    },
    {
      id: first + 6,
      name,
      signature: "(date, period(business days), calendar) -> date",
      fuel: 24,
      doc: `The business day so many ${later}; the date itself is not counted.`,
      examples: example('date("2026-04-02"), business_days(1)', "2026-04-07", "2026-04-01"),
      run: ([date, n, calendar]) =>
        withInts([n], (count) => withCalendar(calendar, (c) => movedDate(date, byBusinessDays(sign * count + 0, c)))),
    },
    {
      id: first + 7,
      name,
      signature: "(month, period(months)) -> month",
      fuel: 2,
      doc: `The month so many ${later}.`,
      examples: example('month("2026-01"), months(2)', "2026-03", "2025-11"),
      run: ([month, n]) => withInts([month, n], (m, count) => monthOf(m + sign * count)),
    },
  ];
}

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
  ...shifting(200, "add", 1),
  ...shifting(208, "subtract", -1),
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
