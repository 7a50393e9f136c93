// Times as tests write them: an instant, a date (the start of that local day), or a number of ticks.
import { localOf, localToInstant, parseZone, type Zone, zoneConstant } from "../../stdlib/zone.ts";
import { formatDate, formatInstant, parseDate, parseInstant } from "../../vm/time-text.ts";

export interface Clock {
  readonly ticks: boolean;
  /** Null when the document names no zone: then dates are days of UTC. */
  readonly zone: Zone | null;
}

export function clockOf(ticks: boolean, zoneName: string | null): Clock {
  const constant = zoneName === null ? undefined : zoneConstant(zoneName);
  return { ticks, zone: constant === undefined ? null : (parseZone(constant) ?? null) };
}

const DAY_MS = 86_400_000;

/** Milliseconds since 1970 (or ticks) of a written time, or why it is none. */
export function readTime(text: string, clock: Clock): { readonly at: number } | { readonly reason: string } {
  if (clock.ticks) {
    if (!/^\d{1,15}$/.test(text)) return { reason: "with `clock: ticks` a time is a whole number" };
    return { at: Number(text) };
  }
  const day = parseDate(text);
  if (day !== undefined) return { at: startOfDay(day, clock) };
  const instant = parseInstant(text);
  if (typeof instant === "number") return { at: instant };
  if (instant === "finer") return { reason: "instants are exact to the millisecond" };
  if (instant === "range") return { reason: "it is outside the years 1 to 9999, or no such day or time exists" };
  return { reason: "write an instant such as 2026-01-31T12:00:00Z, or a date" };
}

export const startOfDay = (day: number, clock: Clock): number =>
  clock.zone === null ? day * DAY_MS : localToInstant(clock.zone, day, 0);

/** The local date whose end, or some instant of which, is the last instant of a deadline. An `open` deadline fires at its
 *  instant, so the last one still in time lies a millisecond before. */
export function lastDay(due: number, edge: "open" | "closed", clock: Clock): number {
  const last = edge === "open" ? due - 1 : due;
  return clock.zone === null ? Math.floor(last / DAY_MS) : localOf(clock.zone, last).day;
}

/** `2019-01-16T21:34:00Z`, or the number of ticks. */
export const showTime = (at: number, clock: Clock): string =>
  clock.ticks ? String(at) : (formatInstant(at) ?? String(at));

export const showDay = (day: number): string => formatDate(day) ?? String(day);

/** The same instant as clocks of the zone show it: `2019-01-16 16:34`, seconds only when there are some. */
export function showLocal(at: number, clock: Clock): string {
  if (clock.ticks) return String(at);
  const { day, ms } =
    clock.zone === null
      ? { day: Math.floor(at / DAY_MS), ms: at - Math.floor(at / DAY_MS) * DAY_MS }
      : localOf(clock.zone, at);
  const two = (value: number): string => String(value).padStart(2, "0");
  const seconds = Math.floor(ms / 1000) % 60;
  const rest = ms % 1000;
  const fine = rest > 0 ? `:${two(seconds)}.${String(rest).padStart(3, "0")}` : seconds > 0 ? `:${two(seconds)}` : "";
  return `${showDay(day)} ${two(Math.floor(ms / 3_600_000))}:${two(Math.floor(ms / 60_000) % 60)}${fine}`;
}
