// `add` and `subtract`: instants, dates and months moved by a span; the rules are those of `steps.ts`.
import { instantOf, monthOf, withInts } from "./args.ts";
import type { Builtin } from "./builtin.ts";
import { byBusinessDays, byDays, byMonths, moved, movedDate, withCalendar } from "./steps.ts";

/** The two differ by the sign of the span only. */
function shifting(first: number, name: "add" | "subtract", sign: 1 | -1): Builtin[] {
  const later = sign === 1 ? "later" : "earlier";
  const example = (expression: string, added: string, taken: string): [string, string][] => [
    [`${name}(${expression})`, sign === 1 ? added : taken],
  ];
  return [
    {
      id: first,
      name,
      signature: "(instant, duration) -> instant",
      fuel: 3,
      doc: `The instant so much ${later}, exactly.`,
      examples: example(
        'instant("2026-03-01T00:00:00Z"), duration("36 h")',
        "2026-03-02T12:00:00Z",
        "2026-02-27T12:00:00Z",
      ),
      run: ([at, span]) => withInts([at, span], (t, ms) => instantOf(t + sign * ms)),
    },
    {
      id: first + 1,
      name,
      signature: "(instant, period(days), zone) -> instant",
      fuel: 12,
      doc: `The same wall time so many local days ${later}.`,
      examples: example(
        'instant("2026-03-28T12:00:00Z"), days(1), "Europe/Berlin"',
        "2026-03-29T11:00:00Z",
        "2026-03-27T12:00:00Z",
      ),
      run: ([at, n, zone]) => withInts([n], (count) => moved(at, zone, byDays(sign * count))),
    },
    {
      id: first + 2,
      name,
      signature: "(instant, period(months), rounding.months, zone) -> instant",
      fuel: 14,
      doc: `The same wall time so many months ${later}; a day the month lacks follows \`rounding.months\`.`,
      examples: example(
        'instant("2026-01-31T12:00:00Z"), months(1), "down", "UTC"',
        "2026-02-28T12:00:00Z",
        "2025-12-31T12:00:00Z",
      ),
      run: ([at, n, rounding, zone]) => withInts([n], (count) => moved(at, zone, byMonths(sign * count, rounding))),
    },
    {
      id: first + 3,
      name,
      signature: "(instant, period(business days), calendar, zone) -> instant",
      fuel: 40,
      doc: `The same wall time so many business days ${later}.`,
      examples: [],
      run: ([at, n, calendar, zone]) =>
        withInts([n], (count) => withCalendar(calendar, (c) => moved(at, zone, byBusinessDays(sign * count + 0, c)))),
    },
    {
      id: first + 4,
      name,
      signature: "(date, period(days)) -> date",
      fuel: 2,
      doc: `The date so many days ${later}.`,
      examples: example('date("2026-03-01"), days(1)', "2026-03-02", "2026-02-28"),
      run: ([date, n]) => withInts([n], (count) => movedDate(date, byDays(sign * count))),
    },
    {
      id: first + 5,
      name,
      signature: "(date, period(months), rounding.months) -> date",
      fuel: 6,
      doc: `The date so many months ${later}; a day the month lacks is its last day (\`down\`) or the first of the next (\`up\`).`,
      examples: example('date("2026-03-31"), months(1), "up"', "2026-05-01", "2026-03-01"),
      run: ([date, n, rounding]) => withInts([n], (count) => movedDate(date, byMonths(sign * count, rounding))),
    },
    {
      id: first + 6,
      name,
      signature: "(date, period(business days), calendar) -> date",
      fuel: 24,
      doc: `The business day so many ${later}; the date itself is not counted.`,
      examples: example('date("2026-04-02"), business_days(1)', "2026-04-07", "2026-04-01"),
      run: ([date, n, calendar]) =>
        withInts([n], (count) => withCalendar(calendar, (c) => movedDate(date, byBusinessDays(sign * count + 0, c)))),
    },
    {
      id: first + 7,
      name,
      signature: "(month, period(months)) -> month",
      fuel: 2,
      doc: `The month so many ${later}.`,
      examples: example('month("2026-01"), months(2)', "2026-03", "2025-11"),
      run: ([month, n]) => withInts([month, n], (m, count) => monthOf(m + sign * count)),
    },
  ];
}

export const SHIFT: readonly Builtin[] = [...shifting(200, "add", 1), ...shifting(208, "subtract", -1)];
