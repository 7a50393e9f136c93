// Time: month ends, wall time over changes of clocks, deadlines, and the instants at which counts of days are reached.
import { expect, test } from "vitest";
import { builtinsNamed, calendarConstant, signatureOf, zoneConstant } from "../../../stdlib/index.ts";
import { daysBetween, daysReached } from "../../../stdlib/spans.ts";
import { formatInstant, parseInstant } from "../../../vm/time-text.ts";
import { ErrorValue, type Value } from "../../../vm/value.ts";
import { run } from "./evaluate.ts";

test.each([
  // month ends, both roundings and both ways
  ['add(date("2026-01-31"), months(1), "down")', "2026-02-28"],
  ['add(date("2026-01-31"), months(1), "up")', "2026-03-01"],
  ['add(date("2024-01-31"), months(1), "down")', "2024-02-29"],
  ['add(date("2026-01-31"), months(2), "down")', "2026-03-31"],
  ['add(date("2024-02-29"), years(1), "down")', "2025-02-28"],
  ['add(date("2024-02-29"), years(1), "up")', "2025-03-01"],
  ['subtract(date("2026-03-31"), months(1), "down")', "2026-02-28"],
  ['subtract(date("2026-03-31"), months(1), "up")', "2026-03-01"],
  ['subtract(date("2026-01-15"), months(13), "down")', "2024-12-15"],
  ['add(date("2026-12-31"), months(2), "down")', "2027-02-28"],
  ['months(date("2026-01-31"), date("2026-02-28"), "up")', "0 months"],
  ['months(date("2026-01-31"), date("2026-03-01"), "up")', "1 month"],
  ['months(date("2026-03-01"), date("2026-01-31"), "down")', "0 months"],
  ['months(date("2024-02-29"), date("2026-02-28"), "down")', "24 months"],
  // wall time is kept over changes of clocks
  ['add(instant("2026-03-28T01:30:00Z"), days(1), "Europe/London")', "2026-03-29T01:30:00Z"],
  ['add(instant("2026-10-24T00:30:00Z"), days(1), "Europe/London")', "2026-10-25T00:30:00Z"],
  ['add(instant("2026-10-24T12:00:00Z"), days(1), "Europe/London")', "2026-10-25T13:00:00Z"],
  ['add(instant("2026-10-24T12:00:00Z"), duration("24 h"))', "2026-10-25T12:00:00Z"],
  ['subtract(instant("2026-10-25T13:00:00Z"), days(1), "Europe/London")', "2026-10-24T12:00:00Z"],
  ['add(instant("2026-01-31T23:30:00Z"), months(1), "down", "Asia/Tokyo")', "2026-02-28T23:30:00Z"],
  ['add(instant("2011-12-29T20:00:00Z"), days(1), "Pacific/Apia")', "2011-12-30T20:00:00Z"],
  // deadlines: exclusive local midnights
  ['deadline_after(instant("2026-03-27T12:00:00Z"), days(1), "Europe/London")', "2026-03-29T00:00:00Z"],
  ['deadline_after(instant("2026-03-28T12:00:00Z"), days(1), "Europe/London")', "2026-03-29T23:00:00Z"],
  ['deadline_after(instant("2026-01-01T00:00:00Z"), days(0), "UTC")', "2026-01-02T00:00:00Z"],
  ['deadline_after(instant("2026-01-01T04:59:59.999Z"), days(1), "America/New_York")', "2026-01-02T05:00:00Z"],
  ['deadline_after(instant("2026-01-01T05:00:00Z"), days(1), "America/New_York")', "2026-01-03T05:00:00Z"],
  ['deadline_after(instant("2026-04-02T12:00:00Z"), business_days(1))', "2026-04-07T23:00:00Z"],
  ['deadline_after(instant("2026-04-03T12:00:00Z"), business_days(1))', "2026-04-07T23:00:00Z"],
  ['deadline_after(instant("2026-04-23T12:00:00Z"), days(0), "Africa/Cairo")', "2026-04-23T22:00:00Z"],
  ['end_of_day(date("2026-10-25"), "Europe/London")', "2026-10-26T00:00:00Z"],
  ['end_of_day(date("2011-12-29"), "Pacific/Apia")', "2011-12-30T10:00:00Z"],
  // days
  ['days(instant("2026-01-02T00:00:00Z"), instant("2026-01-01T00:00:00Z"), "up")', "0 days"],
  ['days(instant("2026-01-01T00:00:00Z"), instant("2026-01-01T00:00:00.001Z"), "up")', "1 day"],
  ['days(instant("2026-01-01T00:00:00Z"), instant("2026-01-02T12:00:00Z"), "half-up")', "2 days"],
  ['days(instant("2026-01-01T00:00:00Z"), instant("2026-01-02T12:00:00Z"), "half-down")', "1 day"],
  ['days(instant("2026-01-01T00:00:00Z"), instant("2026-01-01T12:00:00Z"), "half-even")', "0 days"],
  ['days(date("2026-03-01"), date("2026-02-01"))', "0 days"],
  ['difference(date("2026-02-01"), date("2026-03-01"))', "-28 days"],
  // limits of time
  ['add(date("9999-12-31"), days(1))', "error overflow"],
  ['subtract(instant("0001-01-01T00:00:00Z"), duration("1 ms"))', "error overflow"],
  ['add(instant("9999-12-31T23:59:59.999Z"), duration("1 ms"))', "error overflow"],
  ['add(month("9999-12"), months(1))', "error overflow"],
  ['date(instant("9999-12-31T23:00:00Z"), "Asia/Tokyo")', "error overflow"],
  ['add(date("2026-01-01"), days(9007199254740993))', "error overflow"],
  ['add(date("2026-01-01"), years(9007199254740991), "down")', "error overflow"],
  ['add(date("2040-12-31"), business_days(1))', "error limit"],
  ['is_business_day(date("2041-01-01"))', "error limit"],
  ['business_days(instant("2026-04-02T22:30:00Z"), instant("2026-04-07T23:30:00Z"))', "2 business days"],
])("%s = %s", (expression, value) => {
  expect(run(expression)).toBe(value);
});

const at = (text: string): number => parseInstant(text) as number;
const MODES = ["up", "down", "floor", "ceiling", "toward-zero", "away", "half-up", "half-even", "half-down"];

test.each(MODES)("days_reached is the first instant with more than n days (%s)", (mode) => {
  const a = at("2026-03-28T07:11:13.017Z");
  for (let n = 0; n <= 40; n++) {
    const reached = daysReached(a, n, mode) as number;
    expect([formatInstant(reached), (daysBetween(a, reached, mode) as number) > n]).toEqual([
      formatInstant(reached),
      true,
    ]);
    expect((daysBetween(a, reached - 1, mode) as number) > n).toBe(false);
  }
});

test("days_reached of a negative number is the first instant of all: it was always true", () => {
  expect(formatInstant(daysReached(at("2026-01-01T00:00:00Z"), -1, "up") as number)).toBe("0001-01-01T00:00:00Z");
});

test("k months after the 31st are counted from the 31st, whatever the months between", () => {
  const ends = [1, 2, 3, 4, 5].map((k) => run(`add(date("2026-01-31"), months(${k}), "down")`));
  expect(ends).toEqual(["2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31", "2026-06-30"]);
});

test("an explicit zone or rounding may replace the document's, a wrong kind of constant is an error and not a crash", () => {
  const zoned = builtinsNamed("date").find((each) => signatureOf(each).implicit.includes("zone"))!;
  expect(zoned.run([0, zoneConstant("UTC")])).toBe(0);
  for (const bad of [undefined, null, "UTC", [], 5] as Value[]) expect(zoned.run([0, bad])).toBeInstanceOf(ErrorValue);
  const made = calendarConstant("Mon-Fri", "france") as { value: Value };
  const business = builtinsNamed("is_business_day")[0]!;
  expect(business.run([20_000, made.value])).toBe(true);
  expect(business.run([20_000, zoneConstant("UTC")])).toEqual(new ErrorValue("kind"));
});
