// Moving dates and instants on the local calendar, as agreements.md rule 28 has it:
//
//   - months and years keep the day and the wall time; a day the month lacks follows `rounding.months`;
//   - days and business days keep the wall time; a wall time the zone skips moves forward by the gap, one that comes twice
//     is the first;
//   - a result outside the years 0001 to 9999 is the error `overflow`.
import { ErrorValue, type Value } from "../vm/value.ts";
import { dateOf, instantOf, isDate, isInstant, KIND, OVERFLOW, withInts } from "./args.ts";
import { addBusinessDays, type Calendar, coverage, covers, parseCalendar } from "./calendar.ts";
import { addMonths, type MonthRounding } from "./civil.ts";
import { localOf, localToInstant, parseZone, type Zone } from "./zone.ts";

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
export function moved(instant: Value, zone: Value, step: DateStep): Value {
  if (!isInstant(instant)) return typeof instant === "number" || typeof instant === "bigint" ? OVERFLOW : KIND;
  return withZone(zone, (z) => {
    const local = localOf(z, instant);
    const day = step(local.day);
    return typeof day === "number" ? instantOf(localToInstant(z, day, local.ms)) : day;
  });
}

export function movedDate(date: Value, step: DateStep): Value {
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
