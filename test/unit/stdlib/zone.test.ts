// Zones against an independent reader of the same release, against this Node's Intl, and the wall-clock rules.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  fixedZone,
  localOf,
  localToInstant,
  nearestZones,
  offsetAt,
  parseZone,
  ZONES_VERSION,
  type Zone,
  zoneConstant,
  zoneNames,
} from "../../../stdlib/index.ts";
import { daysFromCivil } from "../../../vm/time-text.ts";
import type { Value } from "../../../vm/value.ts";

const DAY = 86_400_000;
const zone = (name: string): Zone => parseZone(zoneConstant(name))!;

test("offsets are those of an independent reader of release 2026f", () => {
  const file = new URL("../../vectors/zones/offsets.json", import.meta.url);
  const vectors = JSON.parse(readFileSync(file, "utf8")) as Record<string, [number, number][]>;
  expect(ZONES_VERSION).toBe("2026f");
  for (const [name, rows] of Object.entries(vectors))
    for (const [seconds, offset] of rows)
      expect([name, seconds, offsetAt(zone(name), seconds * 1000) / 1000]).toEqual([name, seconds, offset]);
});

/** Zones whose past or present changed in a release this Node's ICU may not have yet (it has 2024b to 2025c, we 2026f). */
const CHANGED_SINCE: Readonly<Record<string, string>> = {
  "Europe/Chisinau": "2026a: the hour of Moldova's changes since 2022",
  "Europe/Tiraspol": "a link to Europe/Chisinau",
  "America/Asuncion": "2025a: no winter time from October 2024",
};

/** Milliseconds east of UTC that Intl shows, or undefined when it does not know the zone. */
function intlOffset(name: string): ((instant: number) => number) | undefined {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat("en-US", { timeZone: name, timeZoneName: "longOffset", year: "numeric" });
  } catch {
    return undefined;
  }
  return (instant) => {
    const text = format.formatToParts(instant).find((part) => part.type === "timeZoneName")!.value;
    const [, sign, h = "0", m = "0", s = "0"] = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?/.exec(text)!;
    return (sign === "-" ? -1 : 1) * (Number(h) * 3600 + Number(m) * 60 + Number(s)) * 1000 + 0;
  };
}

test("every zone agrees with Intl from 2007 to 2025, at its changes and between", () => {
  const from = Date.UTC(2007, 0, 1);
  const to = Date.UTC(2026, 0, 1);
  let compared = 0;
  for (const name of zoneNames()) {
    const intl = name in CHANGED_SINCE ? undefined : intlOffset(name);
    if (intl === undefined) continue;
    const ours = zone(name);
    const instants = [...ours.at].filter((at) => at > from && at < to).flatMap((at) => [at - 1, at]);
    for (let at = from; at < to; at += 97 * DAY + 12_345) instants.push(at);
    for (const at of instants) {
      compared++;
      if (offsetAt(ours, at) !== intl(at))
        expect([name, new Date(at).toISOString(), offsetAt(ours, at)]).toEqual([name, "", intl(at)]);
    }
  }
  expect(compared).toBeGreaterThan(40_000);
});

test.each([
  "Europe/London",
  "Europe/Berlin",
  "America/New_York",
  "Australia/Sydney",
  "America/Santiago",
  "Asia/Kathmandu",
  "Australia/Lord_Howe",
  "Pacific/Apia",
  "America/St_Johns",
  "Africa/Cairo",
])("%s agrees with Intl from 1970 to 2200", (name) => {
  const intl = intlOffset(name)!;
  for (const at of zone(name).at)
    if (at > 0 && at < Date.UTC(2200, 0, 1))
      expect([at, offsetAt(zone(name), at - 1), offsetAt(zone(name), at)]).toEqual([at, intl(at - 1), intl(at)]);
});

const local = (text: string): [number, number] => {
  const [, y, m, d, h, min] = /^(\d+)-(\d+)-(\d+)T(\d+):(\d+)$/.exec(text)!.map(Number) as number[];
  return [daysFromCivil(y!, m!, d!), (h! * 60 + min!) * 60_000];
};

test.each([
  ["Europe/London", "2026-01-15T12:00", "2026-01-15T12:00:00.000Z", "plain"],
  ["Europe/London", "2026-03-29T01:30", "2026-03-29T01:30:00.000Z", "skipped: shows 02:30"],
  ["Europe/London", "2026-10-25T01:30", "2026-10-25T00:30:00.000Z", "twice: the first"],
  ["Europe/London", "2026-10-25T02:00", "2026-10-25T02:00:00.000Z", "the end of the repeated hour comes once"],
  ["America/New_York", "2026-03-08T02:30", "2026-03-08T07:30:00.000Z", "skipped: shows 03:30"],
  ["America/New_York", "2026-11-01T01:30", "2026-11-01T05:30:00.000Z", "twice: the first"],
  ["Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:45:00.000Z", "half an hour is skipped: shows 02:45"],
  ["Antarctica/Troll", "2026-03-29T02:00", "2026-03-29T02:00:00.000Z", "two hours are skipped: shows 04:00"],
  ["Africa/Cairo", "2026-04-24T00:00", "2026-04-23T22:00:00.000Z", "midnight is skipped: shows 01:00"],
  ["America/Havana", "2025-11-02T00:00", "2025-11-02T04:00:00.000Z", "midnight comes twice: the first"],
  ["Pacific/Apia", "2011-12-30T12:00", "2011-12-30T22:00:00.000Z", "a whole day is skipped: shows 31 December 12:00"],
  ["America/New_York", "2526-07-01T12:00", "2526-07-01T16:00:00.000Z", "beyond the table, by the rule"],
  ["America/New_York", "1800-07-01T12:00", "1800-07-01T16:56:02.000Z", "local mean time"],
])("%s %s is %s (%s)", (name, wall, instant) => {
  const [day, ms] = local(wall);
  expect(new Date(localToInstant(zone(name), day, ms)).toISOString()).toBe(instant);
});

test("a local time is the first instant that shows it, or was skipped and shows later by the gap", () => {
  // Around every change of some zones, in steps of 15 minutes.
  for (const name of [
    "Europe/London",
    "America/New_York",
    "Australia/Lord_Howe",
    "Antarctica/Troll",
    "Pacific/Apia",
    "Africa/Casablanca",
    "America/Havana",
    "Asia/Gaza",
  ]) {
    const z = zone(name);
    const offsets = [...new Set(z.offsets)];
    for (const change of [...z.at].slice(-900, -700).concat([...z.at].slice(0, 60)))
      for (let minutes = -26 * 60; minutes <= 26 * 60; minutes += 195) {
        const wall = change + minutes * 60_000;
        const day = Math.floor(wall / DAY);
        const found = localToInstant(z, day, wall - day * DAY);
        const showing = offsets
          .map((offset) => wall - offset)
          .filter((instant) => offsetAt(z, instant) === wall - instant);
        const shown = localOf(z, found);
        if (showing.length > 0) expect(found).toBe(Math.min(...showing));
        else expect(shown.day * DAY + shown.ms).toBeGreaterThan(wall);
      }
  }
});

test("other names give the constant of the name they stand for", () => {
  expect(zoneConstant("US/Eastern")).toBe(zoneConstant("America/New_York"));
  expect(zoneConstant("Asia/Calcutta")).toBe(zoneConstant("Asia/Kolkata"));
  expect((zoneConstant("UTC") as readonly Value[])[0]).toBe("Etc/UTC");
});

test("fixed offsets are zones", () => {
  expect(offsetAt(zone("+05:30"), 0)).toBe(5.5 * 3_600_000);
  expect(offsetAt(zone("-00:30"), 0)).toBe(-1_800_000);
  expect(fixedZone(3600)).toEqual(["+01:00", "", [3600], [], []]);
  expect(fixedZone(86_400)).toBeUndefined();
  expect(zoneConstant("+25:00")).toBeUndefined();
});

test.each([
  ["Europe/Londn", "Europe/London"],
  ["europe/berlin", "Europe/Berlin"],
  ["New York", "America/New_York"],
  ["tokyo", "Asia/Tokyo"],
])("%s is nearly %s", (written, meant) => {
  expect(zoneConstant(written)).toBeUndefined();
  expect(nearestZones(written)).toContain(meant);
});

test("what is no zone constant is no zone", () => {
  const good = zoneConstant("Europe/London") as readonly Value[];
  const bad: Value[] = [
    undefined,
    null,
    "Europe/London",
    [],
    good.slice(0, 4),
    [1, ...good.slice(1)],
    [good[0], good[1], [0], [1], []],
    [good[0], good[1], [0, 1], [5.5], []],
    [good[0], good[1], [0, 1, 2], [5, 5], []],
    [good[0], good[1], [0, 1, 2], [5, 4], []],
    [good[0], good[1], [100_000], [], []],
    [good[0], good[1], [0], [], [0, 3600, 13, 1, 0, 0, 10, 1, 0, 0]],
    [good[0], good[1], [0], [], [0, 3600]],
    [good[0], good[1], [0, 0], [Number.NaN], []],
    [good[0], good[1], [0], [], [0, 3600, 3, 1, 0, 0, 3, 1, 0, 3600]],
  ];
  for (const value of bad) expect(parseZone(value)).toBeUndefined();
});
