// Business days: the computed holidays against published years, and counting against walking day by day.
import { expect, test } from "vitest";
import { addBusinessDays, businessDaysBetween, type Calendar, isBusinessDay } from "../../../stdlib/calendar.ts";
import { calendarConstant, holidayNames, nearestHolidays, parseCalendar, parseWeek } from "../../../stdlib/index.ts";
import { formatDate, parseDate } from "../../../vm/time-text.ts";
import type { Value } from "../../../vm/value.ts";

const day = (text: string): number => parseDate(text)!;
const calendar = (name: string, week = "Mon-Fri"): Calendar => {
  const made = calendarConstant(week, name);
  if ("reason" in made) throw new Error(made.reason);
  return parseCalendar(made.value)!;
};
/** Holidays of a year as `MM-DD`, weekends left out. */
const listed = (name: string, year: number): string =>
  [...calendar(name).holidays]
    .map((each) => formatDate(each)!)
    .filter((date) => date.startsWith(`${year}-`))
    .map((date) => date.slice(5))
    .join(" ");

// gov.uk/bank-holidays, OPM federal holidays, ECB closing days, the German states' acts, service-public.fr: as published.
test.each([
  ["england-and-wales", 2020, "01-01 04-10 04-13 05-08 05-25 08-31 12-25 12-28"],
  ["england-and-wales", 2021, "01-01 04-02 04-05 05-03 05-31 08-30 12-27 12-28"],
  ["england-and-wales", 2022, "01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27"],
  ["england-and-wales", 2023, "01-02 04-07 04-10 05-01 05-08 05-29 08-28 12-25 12-26"],
  ["england-and-wales", 2025, "01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26"],
  ["scotland", 2022, "01-03 01-04 04-15 05-02 06-02 06-03 08-01 09-19 11-30 12-26 12-27"],
  ["scotland", 2024, "01-01 01-02 03-29 05-06 05-27 08-05 12-02 12-25 12-26"],
  ["us-federal", 2020, "01-01 01-20 02-17 05-25 07-03 09-07 10-12 11-11 11-26 12-25"],
  ["us-federal", 2021, "01-01 01-18 02-15 05-31 06-18 07-05 09-06 10-11 11-11 11-25 12-24 12-31"],
  ["us-federal", 2022, "01-17 02-21 05-30 06-20 07-04 09-05 10-10 11-11 11-24 12-26"],
  ["target2", 2024, "01-01 03-29 04-01 05-01 12-25 12-26"],
  ["germany-national", 2017, "04-14 04-17 05-01 05-25 06-05 10-03 10-31 12-25 12-26"],
  ["germany-national", 2024, "01-01 03-29 04-01 05-01 05-09 05-20 10-03 12-25 12-26"],
  ["france", 2024, "01-01 04-01 05-01 05-08 05-09 05-20 08-15 11-01 11-11 12-25"],
])("%s %i", (name, year, dates) => {
  expect(listed(name, year)).toBe(dates);
});

test("the lists cover 2015 to 2040", () => {
  expect(holidayNames()).toEqual([
    "england-and-wales",
    "scotland",
    "us-federal",
    "target2",
    "germany-national",
    "france",
  ]);
  for (const name of holidayNames()) {
    expect(formatDate(calendar(name).from)).toBe("2015-01-01");
    expect(formatDate(calendar(name).to)).toBe("2040-12-31");
  }
  expect(nearestHolidays("england-and-wale")).toEqual(["england-and-wales"]);
});

test.each([
  ["Mon-Fri", 0b0011111],
  ["mon - fri", 0b0011111],
  ["Sun-Thu", 0b1001111],
  ["Monday-Saturday", 0b0111111],
  ["Mon, Wed, Fri", 0b0010101],
  ["Sat", 0b0100000],
  ["Mon-Sun", 0b1111111],
  ["", undefined],
  ["Mon-Fri-Sun", undefined],
  ["weekdays", undefined],
  ["Mo-Fr", undefined],
])("the week %j", (text, week) => {
  expect(parseWeek(text)).toBe(week);
});

test("counting agrees with walking, over all weeks and around holidays", () => {
  for (const week of ["Mon-Fri", "Sun-Thu", "Mon-Sat", "Wed", "Mon-Sun"]) {
    const c = calendar("england-and-wales", week);
    for (const start of ["2022-05-28", "2025-12-20", "2020-02-29", "2026-04-01"].map(day)) {
      let count = 0;
      for (let ahead = 1; ahead <= 60; ahead++) {
        const here = start + ahead;
        if (isBusinessDay(c, here)) count++;
        expect(businessDaysBetween(c, start, here)).toBe(count);
        expect(businessDaysBetween(c, here, start)).toBe(0 - count);
        if (isBusinessDay(c, here)) expect(addBusinessDays(c, start, count)).toBe(here);
      }
      let before = 0;
      for (let here = start - 1; here > start - 60; here--)
        if (isBusinessDay(c, here)) expect(addBusinessDays(c, start, -++before)).toBe(here);
    }
  }
});

test("going back counts the days before", () => {
  const c = calendar("england-and-wales");
  expect(formatDate(addBusinessDays(c, day("2026-04-07"), -1)!)).toBe("2026-04-02");
  expect(formatDate(addBusinessDays(c, day("2026-04-05"), -2)!)).toBe("2026-04-01");
  expect(addBusinessDays(c, day("2026-04-05"), 0)).toBe(day("2026-04-05"));
});

test("outside the calendar there is no answer", () => {
  const c = calendar("france");
  expect(addBusinessDays(c, day("2040-12-28"), 1)).toBe(day("2040-12-31"));
  expect(addBusinessDays(c, day("2040-12-28"), 2)).toBeUndefined();
  expect(addBusinessDays(c, day("2015-01-05"), -1)).toBe(day("2015-01-02"));
  expect(addBusinessDays(c, day("2015-01-05"), -2)).toBeUndefined();
  expect(addBusinessDays(c, day("2015-01-02"), -1)).toBeUndefined();
  expect(addBusinessDays(c, day("2020-01-01"), 1e15)).toBeUndefined();
});

test("own lists of holidays have no end", () => {
  const made = calendarConstant("Mon-Fri", [day("2026-01-02"), day("2026-01-01"), day("2026-01-01")]);
  expect(made).toEqual({
    value: ["", 31, day("0001-01-01"), day("9999-12-31"), [day("2026-01-01"), day("2026-01-02")]],
  });
  expect(calendarConstant("Mon-Fri", "england")).toEqual({ reason: "holidays" });
  expect(calendarConstant("x", [])).toEqual({ reason: "week" });
  expect(
    calendarConstant(
      "Mon-Fri",
      Array.from({ length: 1025 }, (_, i) => i),
    ),
  ).toEqual({ reason: "too-many" });
  expect(
    calendarConstant(
      "Mon-Fri",
      Array.from({ length: 1024 }, (_, i) => i),
    ),
  ).toHaveProperty("value");
  expect(calendarConstant("Mon-Fri", [1.5])).toEqual({ reason: "holidays" });
});

test("what is no calendar constant is no calendar", () => {
  const bad: Value[] = [
    undefined,
    [],
    ["", 0, 0, 1, []],
    ["", 128, 0, 1, []],
    ["", 31, 1, 0, []],
    ["", 31, 0, 9, [3, 2]],
    [1, 31, 0, 9, []],
  ];
  for (const value of bad) expect(parseCalendar(value)).toBeUndefined();
});
