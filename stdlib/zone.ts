// Time zones. A zone is a constant of the module, taken from the pinned database when compiling, so that a receipt can be
// re-executed without any zone database. Its value:
//
//   [name text, release text, offsets list, transitions list, rule list]
//
// Offsets are seconds east of UTC; offsets[i] holds until transitions[i] (seconds since 1970), the last from then on. `rule`
// is [] or [standard, summer, month, week, weekday (0 = Sunday), second of the day, month, week, weekday, second]: the yearly
// changes after the last transition, as in POSIX TZ; the first four to summer time, in local standard time, the others back.
//
// Wall-clock rules (agreements.md rule 28): a local time the zone skips moves forward by the gap; one that comes twice is
// the first.
import type { Value } from "../vm/value.ts";
import { civilFromDays, DAY_MS, daysFromCivil, modulo } from "./civil.ts";
import { ZONE_LINKS, ZONES, ZONES_VERSION } from "./data/zones.ts";
import { ZONE_OFFSET_MAX, ZONE_TRANSITIONS_MAX } from "./limits.ts";
import { nearest } from "./nearest.ts";

export { ZONES_VERSION };

/** Rules of the Gregorian calendar repeat, weekdays included, every 400 years. */
const CYCLE_YEARS = 400;
const CYCLE_MS = 146_097 * DAY_MS;

/** A zone constant made ready for look-ups. */
export interface Zone {
  readonly name: string;
  /** Milliseconds since 1970, ascending: the transitions, then 400 years of the rule. */
  readonly at: Float64Array;
  /** Milliseconds east of UTC; offsets[i] holds before at[i]. */
  readonly offsets: Float64Array;
  /** Instants from here on are looked up one cycle earlier; Infinity without a rule. */
  readonly cycleFrom: number;
}

// ── From the database ─────────────────────────────────────────────────────────────────────────────────────────────────

let lines: Map<string, string> | undefined;
let links: Map<string, string> | undefined;

function database(): { lines: Map<string, string>; links: Map<string, string> } {
  lines ??= new Map(ZONES.split("\n").map((line) => [line.slice(0, line.indexOf("|")), line]));
  links ??= new Map(ZONE_LINKS.split("\n").map((line) => line.split("=") as [string, string]));
  return { lines, links };
}

/** Names of all zones and of their other names (`US/Eastern`). */
export function zoneNames(): readonly string[] {
  const known = database();
  return [...known.lines.keys(), ...known.links.keys()];
}

/** Up to three zones with nearly this name, or whose city is nearly this name. */
export function nearestZones(name: string): readonly string[] {
  const names = zoneNames();
  const found = nearest(name, names);
  if (found.length > 0) return found;
  const cities = new Map(names.map((each) => [each.slice(each.lastIndexOf("/") + 1), each]));
  return nearest(name.replaceAll(" ", "_"), cities.keys()).map((city) => cities.get(city)!);
}

const constants = new Map<string, Value>();

/** The constant of a zone: an IANA name (other names give the same constant as the name they stand for), or a fixed offset
 *  such as `+05:30`. Undefined when there is no such zone: see `nearestZones`. */
export function zoneConstant(name: string): Value | undefined {
  const fixed = /^([+-])(\d\d):(\d\d)$/.exec(name);
  if (fixed !== null) return fixedZone((fixed[1] === "-" ? -1 : 1) * (Number(fixed[2]) * 3600 + Number(fixed[3]) * 60));
  const known = database();
  const canonical = known.links.get(name) ?? name;
  const line = known.lines.get(canonical);
  if (line === undefined) return undefined;
  let constant = constants.get(canonical);
  if (constant === undefined) {
    constant = unpack(line);
    constants.set(canonical, constant);
  }
  return constant;
}

/** The constant of a zone that is always so many whole seconds east of UTC; undefined beyond a day. */
export function fixedZone(seconds: number): Value | undefined {
  if (!Number.isInteger(seconds) || Math.abs(seconds) > ZONE_OFFSET_MAX) return undefined;
  const digits = (n: number): string => String(n).padStart(2, "0");
  const size = Math.abs(seconds);
  const rest = size % 60 === 0 ? "" : `:${digits(size % 60)}`;
  const name = `${seconds < 0 ? "-" : "+"}${digits(Math.floor(size / 3600))}:${digits(Math.floor(size / 60) % 60)}${rest}`;
  return [name, "", [seconds + 0], [], []];
}

function unpack(line: string): Value {
  const [name, distinct, order, deltas, rule] = line.split("|") as [string, string, string, string, string];
  const offsets = distinct.split(",").map((each) => Number.parseInt(each, 36) + 0);
  let at = 0;
  const transitions: number[] = [];
  for (const delta of deltas === "" ? [] : deltas.split(",")) {
    at += Number.parseInt(delta, 36);
    transitions.push(at);
  }
  return [
    name,
    ZONES_VERSION,
    [...order].map((digit) => offsets[Number.parseInt(digit, 36)]!),
    transitions,
    rule === "" ? [] : rule.split(",").map(Number),
  ];
}

// ── From the constant ─────────────────────────────────────────────────────────────────────────────────────────────────

const parsed = new WeakMap<object, Zone | null>();

/** Reads a zone constant; undefined when the value is not one. Remembered by identity. */
export function parseZone(value: Value): Zone | undefined {
  if (!Array.isArray(value)) return undefined;
  let zone = parsed.get(value);
  if (zone === undefined) {
    zone = build(value) ?? null;
    parsed.set(value, zone);
  }
  return zone ?? undefined;
}

const isSeconds = (value: Value, most: number): value is number =>
  typeof value === "number" && Number.isInteger(value) && Math.abs(value) <= most;

function build(value: readonly Value[]): Zone | undefined {
  const [name, release, offsets, transitions, rule] = value;
  if (value.length !== 5 || typeof name !== "string" || typeof release !== "string") return undefined;
  if (!Array.isArray(offsets) || !Array.isArray(transitions) || !Array.isArray(rule)) return undefined;
  if (transitions.length > ZONE_TRANSITIONS_MAX || offsets.length !== transitions.length + 1) return undefined;
  if (!offsets.every((each) => isSeconds(each, ZONE_OFFSET_MAX))) return undefined;
  if (!transitions.every((each, i) => isSeconds(each, 1e12) && (i === 0 || transitions[i - 1] < each)))
    return undefined;
  const at: number[] = transitions.map((seconds: number) => seconds * 1000);
  const after: number[] = offsets.map((seconds: number) => seconds * 1000);
  let cycleFrom = Number.POSITIVE_INFINITY;
  if (rule.length > 0) {
    if (!isRule(rule)) return undefined;
    const last = at[at.length - 1] ?? 0;
    const firstYear = civilFromDays(Math.floor(last / DAY_MS))[0];
    // One more year than the cycle: the first may lie partly before the last transition.
    for (let year = firstYear; year <= firstYear + CYCLE_YEARS + 1; year++)
      for (const change of changesOf(rule, year))
        if (change.at > last) {
          at.push(change.at);
          after.push(change.offset);
        }
    for (let i = 1; i < at.length; i++) if (at[i - 1]! >= at[i]!) return undefined;
    cycleFrom = daysFromCivil(firstYear + CYCLE_YEARS + 1, 1, 1) * DAY_MS;
  }
  return { name, at: Float64Array.from(at), offsets: Float64Array.from(after), cycleFrom };
}

function isRule(rule: readonly Value[]): rule is readonly number[] {
  if (rule.length !== 10 || !isSeconds(rule[0], ZONE_OFFSET_MAX) || !isSeconds(rule[1], ZONE_OFFSET_MAX)) return false;
  return [2, 6].every((i) => {
    const [month, week, weekday] = [rule[i], rule[i + 1], rule[i + 2]];
    const inside = (each: Value, low: number, high: number): boolean => isSeconds(each, high) && each >= low;
    return inside(month, 1, 12) && inside(week, 1, 5) && inside(weekday, 0, 6) && isSeconds(rule[i + 3], 7 * 86_400);
  });
}

/** The two changes of a year, ascending, each with the offset that holds after it. */
function changesOf(rule: readonly number[], year: number): { at: number; offset: number }[] {
  const standard = rule[0]! * 1000;
  const summer = rule[1]! * 1000;
  const local = (i: number): number => {
    const [month, week, weekday, second] = rule.slice(i, i + 4) as [number, number, number, number];
    const first = daysFromCivil(year, month, 1);
    // POSIX counts weekdays from Sunday; 1970-01-01 was a Thursday.
    let day = first + modulo(weekday - modulo(first + 4, 7), 7) + 7 * (week - 1);
    // Week 5 is the last one.
    if (day >= daysFromCivil(year, month + 1, 1)) day -= 7;
    return day * DAY_MS + second * 1000;
  };
  const changes = [
    { at: local(2) - standard, offset: summer },
    { at: local(6) - summer, offset: standard },
  ];
  return changes[0]!.at < changes[1]!.at ? changes : changes.reverse();
}

/** Index of the first transition after an instant. */
function indexAfter(zone: Zone, instant: number): number {
  let low = 0;
  let high = zone.at.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (zone.at[middle]! <= instant) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** An instant, or one some cycles of 400 years earlier with the same local calendar. */
const folded = (zone: Zone, instant: number): number =>
  instant < zone.cycleFrom ? instant : instant - Math.ceil((instant - zone.cycleFrom + 1) / CYCLE_MS) * CYCLE_MS;

/** Milliseconds east of UTC at an instant (milliseconds since 1970). */
export function offsetAt(zone: Zone, instant: number): number {
  return zone.offsets[indexAfter(zone, folded(zone, instant))]!;
}

/** Local calendar day (days since 1970-01-01) and millisecond of that day. */
export function localOf(zone: Zone, instant: number): { day: number; ms: number } {
  const local = instant + offsetAt(zone, instant);
  const day = Math.floor(local / DAY_MS);
  return { day, ms: local - day * DAY_MS };
}

/** The instant at which clocks of the zone show a local day and time: the first of two; a skipped time moves forward by the
 *  gap. `ms` may lie outside the day. */
export function localToInstant(zone: Zone, day: number, ms: number): number {
  const local = day * DAY_MS + ms;
  const base = folded(zone, local);
  const moved = local - base;
  // Offsets stay under a day, so the instant lies within a day of the local time read as UTC.
  const first = indexAfter(zone, base - DAY_MS);
  for (let i = first; i <= zone.at.length; i++) {
    const instant = base - zone.offsets[i]!;
    const from = i === 0 ? Number.NEGATIVE_INFINITY : zone.at[i - 1]!;
    const until = zone.at[i] ?? Number.POSITIVE_INFINITY;
    // This offset is over before the local time comes: the next one may hold, or the time falls into the gap between.
    if (instant >= until) continue;
    if (instant >= from) return instant + moved;
    // Skipped: with the offset before the gap the same number of milliseconds have passed.
    return base - zone.offsets[i - 1]! + moved;
  }
  return base - zone.offsets[zone.at.length]! + moved;
}
