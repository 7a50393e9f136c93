// Instants, dates, months, clocks and durations as written. The calendar is the proleptic Gregorian one; years 0001 to 9999.

export const MS_PER_DAY = 86_400_000;
const NS_PER_MS = 1_000_000;
/** First and last day of the years that can be written: 0001-01-01 and 9999-12-31, in days since 1970-01-01. */
export const DATE_MIN = -719_162;
export const DATE_MAX = 2_932_896;
export const INSTANT_MIN = DATE_MIN * MS_PER_DAY;
export const INSTANT_MAX = DATE_MAX * MS_PER_DAY + MS_PER_DAY - 1;

/** Days since 1970-01-01 of a day of the civil calendar; month 1 … 12. Source: Howard Hinnant, "chrono-compatible
 *  low-level date algorithms", days_from_civil. */
export function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** Year, month and day of a day number. Source: as above, civil_from_days. */
export function civilFromDays(days: number): readonly [year: number, month: number, day: number] {
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const dayOfEra = z - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shifted + (shifted < 10 ? 3 : -9);
  return [yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1];
}

export function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

const two = (value: number): string => String(value).padStart(2, "0");
const four = (value: number): string => String(value).padStart(4, "0");

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;

/** Days since 1970-01-01, or undefined. */
export function parseDate(text: string): number | undefined {
  const parts = DATE.exec(text);
  if (parts === null) return undefined;
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  return daysFromCivil(year, month, day);
}

/** `2026-01-31`, or undefined outside the years that can be written. */
export function formatDate(days: number): string | undefined {
  if (days < DATE_MIN || days > DATE_MAX) return undefined;
  const [year, month, day] = civilFromDays(days);
  return `${four(year)}-${two(month)}-${two(day)}`;
}

/** Months since 1970-01, or undefined. */
export function parseMonth(text: string): number | undefined {
  const parts = /^(\d{4})-(\d{2})$/.exec(text);
  if (parts === null) return undefined;
  const [year, month] = [Number(parts[1]), Number(parts[2])];
  return year < 1 || month < 1 || month > 12 ? undefined : (year - 1970) * 12 + month - 1;
}

/** `2026-01`, or undefined outside the years that can be written. */
export function formatMonth(months: number): string | undefined {
  const year = 1970 + Math.floor(months / 12);
  return year < 1 || year > 9999 ? undefined : `${four(year)}-${two(months - Math.floor(months / 12) * 12 + 1)}`;
}

const CLOCK = /^(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?$/;

/** Nanoseconds of the day of `18:00`, `18:00:30`, `18:00:30.5`; undefined when it is none (24:00 is not a clock). */
export function parseClock(text: string): number | undefined {
  const parts = CLOCK.exec(text);
  if (parts === null) return undefined;
  const [hour, minute, second] = [Number(parts[1]), Number(parts[2]), Number(parts[3] ?? "0")];
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  return ((hour * 60 + minute) * 60 + second) * 1_000_000_000 + Number((parts[4] ?? "").padEnd(9, "0"));
}

/** `18:00`, with seconds and their fraction when they are not zero; undefined outside a day. */
export function formatClock(ns: number): string | undefined {
  if (ns < 0 || ns >= MS_PER_DAY * NS_PER_MS) return undefined;
  const seconds = Math.floor(ns / 1_000_000_000);
  const fraction = String(ns % 1_000_000_000)
    .padStart(9, "0")
    .replace(/0+$/, "");
  const minutes = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}`;
  if (seconds % 60 === 0 && fraction === "") return minutes;
  return `${minutes}:${two(seconds % 60)}${fraction === "" ? "" : `.${fraction}`}`;
}

const INSTANT = /^(\d{4}-\d{2}-\d{2})[Tt](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(?:([Zz])|([+-])(\d{2}):(\d{2}))$/;

/** Milliseconds since 1970-01-01T00:00:00Z of an RFC 3339 text, else what is wrong with it. Finer than a millisecond is
 *  refused rather than cut; so are leap seconds. */
export function parseInstant(text: string): number | "form" | "finer" | "range" {
  const parts = INSTANT.exec(text);
  if (parts === null) return "form";
  const day = parseDate(parts[1]!);
  const clock = parseClock(parts[2]!);
  if (day === undefined || clock === undefined) return "form";
  const fraction = (parts[3] ?? "").padEnd(3, "0");
  if (/[1-9]/.test(fraction.slice(3))) return "finer";
  const [offsetHours, offsetMinutes] = [Number(parts[6] ?? "0"), Number(parts[7] ?? "0")];
  if (offsetHours > 23 || offsetMinutes > 59) return "form";
  const offset = (offsetHours * 60 + offsetMinutes) * 60_000 * (parts[5] === "-" ? -1 : 1);
  const at = day * MS_PER_DAY + clock / NS_PER_MS + Number(fraction.slice(0, 3)) - offset;
  return at < INSTANT_MIN || at > INSTANT_MAX ? "range" : at;
}

/** RFC 3339 in UTC, with milliseconds when they are not zero; undefined outside the years that can be written. */
export function formatInstant(ms: number): string | undefined {
  if (ms < INSTANT_MIN || ms > INSTANT_MAX) return undefined;
  const day = Math.floor(ms / MS_PER_DAY);
  const rest = ms - day * MS_PER_DAY;
  const seconds = Math.floor(rest / 1000);
  const clock = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  const fraction = rest % 1000 === 0 ? "" : `.${String(rest % 1000).padStart(3, "0")}`;
  return `${formatDate(day)}T${clock}${fraction}Z`;
}
