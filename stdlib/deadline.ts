// Deadlines (agreements.md rules 1 and 28). A count of days, business days or months runs to the end of its last local day:
// its deadline is the start of the next one, with the edge `open`. An exact duration ends at its instant, edge `closed`.
// The day the count starts on is never counted.
import type { Value } from "../vm/value.ts";
import { dateOf, instantOf, isDate, KIND, OVERFLOW, withInts } from "./args.ts";
import type { Builtin } from "./builtin.ts";
import { daysReached } from "./spans.ts";
import { byBusinessDays, byDays, byMonths, type DateStep, localDate, startOfDay, withCalendar } from "./steps.ts";

/** Start of the day after a date. */
function endOfDay(date: Value, zone: Value): Value {
  const next = typeof date === "number" ? dateOf(date + 1) : KIND;
  return typeof next === "number" ? startOfDay(next, zone) : next;
}

/** End of the local day that a step reaches from the local day of an instant. */
function endAfter(at: Value, zone: Value, step: DateStep): Value {
  const today = localDate(at, zone);
  if (typeof today !== "number") return today;
  const last = step(today);
  return typeof last === "number" ? endOfDay(last, zone) : last;
}

export const DEADLINE: readonly Builtin[] = [
  {
    id: 270,
    name: "deadline_after",
    signature: "(instant, duration) -> instant",
    fuel: 3,
    doc: "The instant an exact duration ends; it still counts (edge `closed`).",
    examples: [['deadline_after(instant("2026-01-01T10:00:00Z"), duration("36 h"))', "2026-01-02T22:00:00Z"]],
    run: ([at, span]) => withInts([at, span], (t, ms) => instantOf(t + ms)),
  },
  {
    id: 271,
    name: "deadline_after",
    signature: "(instant, period(days), zone) -> instant",
    fuel: 16,
    doc: "The local midnight at which the last of so many days ends; it no longer counts (edge `open`).",
    examples: [['deadline_after(instant("2026-01-01T10:00:00Z"), days(3), "UTC")', "2026-01-05T00:00:00Z"]],
    run: ([at, n, zone]) => withInts([n], (count) => endAfter(at, zone, byDays(count))),
  },
  {
    id: 272,
    name: "deadline_after",
    signature: "(instant, period(months), rounding.months, zone) -> instant",
    fuel: 18,
    doc: "The local midnight at which the same day so many months later ends (edge `open`).",
    examples: [['deadline_after(instant("2026-01-31T10:00:00Z"), months(1), "down", "UTC")', "2026-03-01T00:00:00Z"]],
    run: ([at, n, rounding, zone]) => withInts([n], (count) => endAfter(at, zone, byMonths(count, rounding))),
  },
  {
    id: 273,
    name: "deadline_after",
    signature: "(instant, period(business days), calendar, zone) -> instant",
    fuel: 40,
    doc: "The local midnight at which the last of so many business days ends (edge `open`).",
    examples: [],
    run: ([at, n, calendar, zone]) =>
      withInts([n], (count) => withCalendar(calendar, (c) => endAfter(at, zone, byBusinessDays(count, c)))),
  },
  {
    id: 274,
    name: "end_of_day",
    signature: "(date, zone) -> instant",
    fuel: 12,
    doc: "The local midnight at which the date ends: the deadline of `by` a date (edge `open`).",
    examples: [['end_of_day(date("2026-02-15"), "America/New_York")', "2026-02-16T05:00:00Z"]],
    run: ([date, zone]) => withInts([date], (day) => (isDate(day) ? endOfDay(day, zone) : OVERFLOW)),
  },
  {
    id: 275,
    name: "days_reached",
    signature: "(instant, period(days), rounding.days) -> instant",
    fuel: 4,
    doc: "The first instant t at which `days(a, t)` is more than the number: when a condition `days(a, now) > n` turns true.",
    examples: [
      ['days_reached(instant("2026-01-01T00:00:00Z"), days(2), "up")', "2026-01-03T00:00:00.001Z"],
      ['days_reached(instant("2026-01-01T00:00:00Z"), days(2), "down")', "2026-01-04T00:00:00Z"],
    ],
    run: ([a, n, mode]) => daysReached(a, n, mode),
  },
];
