// Computes the holiday calendars of stdlib/data/holidays.ts from their rules: `node scripts/holidays.mjs`.
// A calendar lists the days on which a weekday is not a business day, and some that fall on weekends where the law
// names them; business days are weekdays that are not listed. Each calendar names its law and its one-off days.
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const FIRST_YEAR = 2015;
const LAST_YEAR = 2040;
const DAY = 86_400_000;

/** Days since 1970-01-01. */
const day = (year, month, date) => Date.UTC(year, month - 1, date) / DAY;
/** 0 = Monday … 6 = Sunday. */
const weekday = (at) => (((at + 3) % 7) + 7) % 7;
/** The n-th given weekday of a month; n < 0 counts from its end. */
const nth = (year, month, which, n) => {
  if (n > 0) {
    const first = day(year, month, 1);
    return first + ((which - weekday(first) + 7) % 7) + 7 * (n - 1);
  }
  const last = day(year, month + 1, 1) - 1;
  return last - ((weekday(last) - which + 7) % 7) + 7 * (n + 1);
};
/** Easter Sunday, Gregorian: the anonymous algorithm (Nature, 20 April 1876; Meeus, Astronomical Algorithms, chapter 8). */
function easter(year) {
  const a = year % 19;
  const b = Math.floor(year / 100);
  const c = year % 100;
  const d = Math.floor((19 * a + b - Math.floor(b / 4) - Math.floor((b - Math.floor((b + 8) / 25) + 1) / 3) + 15) % 30);
  const e = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - d - (c % 4)) % 7;
  const f = d + e - 7 * Math.floor((a + 11 * d + 22 * e) / 451) + 114;
  return day(year, Math.floor(f / 31), (f % 31) + 1);
}
/** Days of a list that fall on a weekend move to the first weekday after them that is not in the list. */
function substituted(days) {
  const taken = new Set(days.filter((at) => weekday(at) < 5));
  for (const at of days.filter((each) => weekday(each) >= 5)) {
    let next = at + 1;
    while (weekday(next) >= 5 || taken.has(next)) next++;
    taken.add(next);
  }
  return [...taken];
}

const MONDAY = 0;
const calendars = {
  "england-and-wales": {
    about:
      "Bank holidays in England and Wales: Banking and Financial Dealings Act 1971, schedule 1, and royal proclamations under section 1",
    days(year) {
      const e = easter(year);
      return [
        ...substituted([day(year, 1, 1), day(year, 12, 25), day(year, 12, 26)]),
        e - 2,
        e + 1,
        year === 2020 ? day(2020, 5, 8) : nth(year, 5, MONDAY, 1), // 75 years since the end of the war in Europe
        year === 2022 ? day(2022, 6, 2) : nth(year, 5, MONDAY, -1), // Platinum Jubilee
        nth(year, 8, MONDAY, -1),
        ...(year === 2022 ? [day(2022, 6, 3), day(2022, 9, 19)] : []), // Jubilee; state funeral
        ...(year === 2023 ? [day(2023, 5, 8)] : []), // coronation
      ];
    },
  },
  scotland: {
    about:
      "Bank holidays in Scotland: Banking and Financial Dealings Act 1971, schedule 1; St Andrew's Day Bank Holiday (Scotland) Act 2007; royal proclamations",
    days(year) {
      const e = easter(year);
      return [
        ...substituted([day(year, 1, 1), day(year, 1, 2), day(year, 12, 25), day(year, 12, 26)]),
        e - 2,
        year === 2020 ? day(2020, 5, 8) : nth(year, 5, MONDAY, 1),
        year === 2022 ? day(2022, 6, 2) : nth(year, 5, MONDAY, -1),
        nth(year, 8, MONDAY, 1),
        ...substituted([day(year, 11, 30)]),
        ...(year === 2022 ? [day(2022, 6, 3), day(2022, 9, 19)] : []),
        ...(year === 2023 ? [day(2023, 5, 8)] : []),
        ...(year === 2026 ? [day(2026, 6, 15)] : []), // after Scotland's first match of the World Cup
      ];
    },
  },
  "us-federal": {
    about:
      "Legal public holidays of the United States, as observed: 5 U.S.C. 6103; a Saturday is observed on Friday, a Sunday on Monday (Executive Order 11582)",
    days(year) {
      const observed = (at) => (weekday(at) === 5 ? at - 1 : weekday(at) === 6 ? at + 1 : at);
      return [
        observed(day(year, 1, 1)),
        nth(year, 1, MONDAY, 3),
        nth(year, 2, MONDAY, 3),
        nth(year, 5, MONDAY, -1),
        ...(year >= 2021 ? [observed(day(year, 6, 19))] : []), // Public Law 117-17
        observed(day(year, 7, 4)),
        nth(year, 9, MONDAY, 1),
        nth(year, 10, MONDAY, 2),
        observed(day(year, 11, 11)),
        nth(year, 11, 3, 4),
        observed(day(year, 12, 25)),
      ];
    },
  },
  target2: {
    about:
      "Closing days of TARGET: long-term calendar, European Central Bank decision of 14 December 2000, kept by T2 since 2023",
    days(year) {
      const e = easter(year);
      return [day(year, 1, 1), e - 2, e + 1, day(year, 5, 1), day(year, 12, 25), day(year, 12, 26)];
    },
  },
  "germany-national": {
    about: "Holidays in all states of Germany: the holiday acts of the states and the Unification Treaty, article 2(2)",
    days(year) {
      const e = easter(year);
      return [
        day(year, 1, 1),
        e - 2,
        e + 1,
        day(year, 5, 1),
        e + 39,
        e + 50,
        day(year, 10, 3),
        day(year, 12, 25),
        day(year, 12, 26),
        ...(year === 2017 ? [day(2017, 10, 31)] : []), // 500 years of the Reformation
      ];
    },
  },
  france: {
    about: "Legal holidays of France (without Alsace-Moselle and overseas): Code du travail, article L3133-1",
    days(year) {
      const e = easter(year);
      return [
        day(year, 1, 1),
        e + 1,
        day(year, 5, 1),
        day(year, 5, 8),
        e + 39,
        e + 50,
        day(year, 7, 14),
        day(year, 8, 15),
        day(year, 11, 1),
        day(year, 11, 11),
        day(year, 12, 25),
      ];
    },
  },
};

const entries = Object.entries(calendars).map(([name, { about, days }]) => {
  const all = new Set();
  // One year beyond: a holiday of January can be observed in the December before.
  for (let year = FIRST_YEAR; year <= LAST_YEAR + 1; year++) for (const at of days(year)) all.add(at);
  const [from, to] = [day(FIRST_YEAR, 1, 1), day(LAST_YEAR, 12, 31)];
  const listed = [...all].filter((at) => at >= from && at <= to).sort((a, b) => a - b);
  return { name, about, from, to, days: listed };
});
const text = `// Generated by scripts/holidays.mjs, which holds the rules. Dates are days since 1970-01-01; a calendar says nothing about
// days outside [from, to].
export interface HolidayData {
  readonly name: string;
  readonly about: string;
  readonly from: number;
  readonly to: number;
  readonly days: readonly number[];
}

export const HOLIDAYS: readonly HolidayData[] = [
${entries.map((e) => `  {\n    name: ${JSON.stringify(e.name)},\n    about: ${JSON.stringify(e.about)},\n    from: ${e.from},\n    to: ${e.to},\n    days: [${e.days.join(", ")}],\n  },`).join("\n")}
];
`;
writeFileSync(join(dirname(dirname(fileURLToPath(import.meta.url))), "stdlib", "data", "holidays.ts"), text);
for (const e of entries) console.log(`${e.name}: ${e.days.length} days, ${FIRST_YEAR} to ${LAST_YEAR}`);
