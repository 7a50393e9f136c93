// Each bound of the standard library, at it and one past it.
import { expect, test } from "vitest";
import {
  builtinById,
  calendarConstant,
  fixedZone,
  nearestZones,
  parseCalendar,
  parseZone,
} from "../../stdlib/index.ts";
import {
  ANNUITY_PAYMENTS_MAX,
  ANNUITY_RATE_DIGITS_MAX,
  COMPARED_PAIRS_MAX,
  COMPARED_PARTS_MAX,
  DATE_MAX,
  DATE_MIN,
  HOLIDAYS_MAX,
  INSTANT_MAX,
  INSTANT_MIN,
  ITEMS_MAX,
  MONTH_MAX,
  MONTH_MIN,
  SUGGESTIONS_MAX,
  TEXT_MADE_MAX,
  ZONE_OFFSET_MAX,
  ZONE_TRANSITIONS_MAX,
} from "../../stdlib/limits.ts";
import { Decimal, decimalOf } from "../../vm/decimal.ts";
import { ErrorValue, type Value } from "../../vm/value.ts";

const call = (id: number, ...args: Value[]): Value => builtinById(id)!.run(args);
const LIMIT = new ErrorValue("limit");
const OVERFLOW = new ErrorValue("overflow");

test("instants, dates and months end with the years 0001 and 9999", () => {
  expect([call(200, INSTANT_MAX, 0), call(200, INSTANT_MAX, 1)]).toEqual([INSTANT_MAX, OVERFLOW]);
  expect([call(200, INSTANT_MIN, 0), call(200, INSTANT_MIN, -1)]).toEqual([INSTANT_MIN, OVERFLOW]);
  expect([call(204, DATE_MAX, 0), call(204, DATE_MAX, 1)]).toEqual([DATE_MAX, OVERFLOW]);
  expect([call(204, DATE_MIN, 0), call(204, DATE_MIN, -1)]).toEqual([DATE_MIN, OVERFLOW]);
  expect([call(207, MONTH_MAX, 0), call(207, MONTH_MAX, 1)]).toEqual([MONTH_MAX, OVERFLOW]);
  expect([call(207, MONTH_MIN, 0), call(207, MONTH_MIN, -1)]).toEqual([MONTH_MIN, OVERFLOW]);
  expect([call(244, DATE_MIN), call(244, DATE_MAX)]).toEqual([MONTH_MIN, MONTH_MAX]);
});

test("parts of a split, and one or many", () => {
  expect(call(29, ",".repeat(ITEMS_MAX - 1), ",")).toHaveLength(ITEMS_MAX);
  expect(call(29, ",".repeat(ITEMS_MAX), ",")).toEqual(LIMIT);
  const items = (length: number): Value => Array.from({ length }, () => 0);
  expect(call(78, items(ITEMS_MAX))).toHaveLength(ITEMS_MAX);
  expect(call(78, items(ITEMS_MAX + 1))).toEqual(LIMIT);
});

test("bytes of a text that is made", () => {
  const half = "é".repeat(TEXT_MADE_MAX / 4);
  expect(call(32, half, half)).toHaveLength(TEXT_MADE_MAX / 2);
  expect(call(32, half, half, "a")).toEqual(LIMIT);
  expect(call(30, [half, half], "a")).toEqual(LIMIT);
  expect(call(31, half, "é", "éé")).toHaveLength(TEXT_MADE_MAX / 2);
  expect(call(31, half, "é", "ééa")).toEqual(LIMIT);
});

test("parts compared", () => {
  const records = (length: number, from: number): Value => Array.from({ length }, (_, i) => [from + i]);
  expect(call(75, records(64, 0), records(COMPARED_PAIRS_MAX / 64, 1_000))).toBe(false);
  expect(call(75, records(64, 0), records(COMPARED_PAIRS_MAX / 64 + 1, 1_000))).toEqual(LIMIT);
  // Scalars are looked up: no bound but that of lists.
  const numbers = (length: number): Value => Array.from({ length }, (_, i) => i);
  expect(call(74, numbers(20_000), numbers(20_000))).toBe(true);
  expect(call(73, numbers(100_000), -1)).toBe(false);
  // Two equal long lists inside are compared part by part.
  expect(call(73, [numbers(COMPARED_PARTS_MAX)], numbers(COMPARED_PARTS_MAX))).toBe(true);
  expect(call(73, [numbers(COMPARED_PARTS_MAX + 1)], numbers(COMPARED_PARTS_MAX + 1))).toEqual(LIMIT);
});

test("payments and rate of an annuity", () => {
  const p = decimalOf(1_000, 0) as Decimal;
  const rate = decimalOf(1, -2) as Decimal;
  expect(call(175, p, rate, ANNUITY_PAYMENTS_MAX)).toBeInstanceOf(Decimal);
  expect(call(175, p, rate, ANNUITY_PAYMENTS_MAX + 1)).toEqual(LIMIT);
  const longest = decimalOf(BigInt("1".repeat(ANNUITY_RATE_DIGITS_MAX)), -ANNUITY_RATE_DIGITS_MAX) as Decimal;
  expect(call(175, p, longest, ANNUITY_PAYMENTS_MAX)).toBeInstanceOf(Decimal);
  expect(call(175, p, decimalOf(1, -ANNUITY_RATE_DIGITS_MAX - 1) as Decimal, 2)).toEqual(LIMIT);
  expect(call(175, p, decimalOf(1, ANNUITY_RATE_DIGITS_MAX) as Decimal, 2)).toEqual(LIMIT);
});

test("constants of zones and calendars", () => {
  const zone = (transitions: number): Value => [
    "x",
    "",
    Array.from({ length: transitions + 1 }, () => 0),
    Array.from({ length: transitions }, (_, i) => i),
    [],
  ];
  expect(parseZone(zone(ZONE_TRANSITIONS_MAX))).toBeDefined();
  expect(parseZone(zone(ZONE_TRANSITIONS_MAX + 1))).toBeUndefined();
  expect(fixedZone(ZONE_OFFSET_MAX)).toBeDefined();
  expect(fixedZone(ZONE_OFFSET_MAX + 1)).toBeUndefined();
  const days = (length: number): number[] => Array.from({ length }, (_, i) => i);
  expect(calendarConstant("Mon-Fri", days(HOLIDAYS_MAX))).toHaveProperty("value");
  expect(calendarConstant("Mon-Fri", days(HOLIDAYS_MAX + 1))).toEqual({ reason: "too-many" });
  expect(parseCalendar(["", 31, 0, 9_999, days(HOLIDAYS_MAX)])).toBeDefined();
  expect(parseCalendar(["", 31, 0, 9_999, days(HOLIDAYS_MAX + 1)])).toBeUndefined();
});

test("suggestions", () => {
  expect(nearestZones("Etc/GMT+").length).toBe(SUGGESTIONS_MAX);
});
