// Deadlines and conditions of time: the instant and edge each becomes, and when time alone can change a condition.
import { describe, expect, it } from "vitest";
import { type Checked, check, deadlineText, found, wakesText } from "./checking.ts";

const HEAD = `agreement: words
version: 1.0.0
zone: Europe/Berlin
calendar: {week: Mon-Fri, holidays: target2}
rounding: {money: half-up, days: up, months: down}
parties: {ann: Ann, ben: Ben}
`;

const withNorm = (keys: string): Checked =>
  check(`${HEAD}terms: {fee: 5.00 EUR, rate: 10%, agreed: 2026-01-31T12:00:00Z, day: 2026-01-31, grace: 36 h, n: 3}
facts: {given: instant?, level: 0, seen: 0.00 EUR, storm: bool?}
actions:
  give: {who: ann, with: {much: int}, then: {level: much, given: now}}
obligations:
  x: {who: ann, must: give, else: nothing, ${keys}}
`);

// Agreements.md rules 1 and 28.
const DEADLINES: readonly (readonly [keys: string, deadline: string])[] = [
  ["by: agreed", "closed agreed"],
  ["by: day", "open (end_of_day day zone)"],
  ["by: 2026-01-31", "open 2026-01-31T23:00:00Z"],
  ["by: 2026-01-31T10:00:00Z", "closed 2026-01-31T10:00:00Z"],
  ["before: agreed", "open agreed"],
  ["before: day", "open (instant day zone)"],
  ["within: 3 days", "open (deadline_after now 3 days zone)"],
  ["within: 10 business days", "open (deadline_after now 10 business days calendar zone)"],
  ["within: 2 months", 'open (deadline_after now 2 months "down" zone)'],
  ["within: 36 h", "closed (add now 36 h)"],
  ["within: grace", "closed (add now grace)"],
  ["within: grace * 2", "closed (add now (mul grace 2))"],
  ["by: given", "may-be-unknown given"],
  ["by: given, when: known(given)", "closed given"],
  ["by: 3 days", "wrong-deadline 3 days"],
  ["within: agreed", "wrong-deadline agreed"],
  ["by: agreed + grace", "closed (add agreed grace)"],
  ["within: 5", "wrong-deadline 5"],
  ["by: 18:00", "wrong-deadline 18:00"],
  ["within: 1 year", 'open (deadline_after now 12 months "down" zone)'],
];

describe("deadlines", () => {
  it.each(DEADLINES)("%s", (keys, expected) => {
    const checked = withNorm(keys);
    const { program } = checked;
    expect(program === null ? found(checked).join(" ; ") : deadlineText(program, program.norms[0]!.deadline)).toBe(
      expected,
    );
  });

  it.each([
    ["runs: {from: 2026-01-01, for: 12 months}", "open 2026-12-31T23:00:00Z"],
    ["runs: {for: 36 h}", "closed (add activated 36 h)"],
    ["runs: {until: 2026-12-31}", "open 2026-12-31T23:00:00Z"],
  ])("%s", (text, expected) => {
    const { program } = check(`${HEAD}${text}\n`);
    expect(deadlineText(program!, program!.expires)).toBe(expected);
  });
});

// Agreements.md rule 19; `!` marks what is refused.
const WAKES: readonly (readonly [when: string, ...wakes: string[]])[] = [
  ["now > agreed", "(add agreed 1 ms)"],
  ["now >= agreed", "agreed"],
  ["now < agreed", "agreed"],
  ["agreed <= now", "agreed"],
  ["now == agreed", "agreed", "(add agreed 1 ms)"],
  ["now > agreed + grace", "(add (add agreed grace) 1 ms)"],
  ["now - agreed > grace", "(add (add grace agreed) 1 ms)"],
  ["now - grace >= agreed", "(add agreed grace)"],
  ["agreed - now < grace", "(add (sub agreed grace) 1 ms)"],
  ['days(agreed, now) > duration("2 days")', '(days_reached agreed 2 days "up")'],
  ['days(agreed, now) >= duration("2 days")', '(days_reached agreed 1 day "up")'],
  ['days(agreed, now) < duration("2 days")', '(days_reached agreed 1 day "up")'],
  ['days(agreed, known_first(given, now)) > duration("2 days")', '(days_reached agreed 2 days "up")'],
  ["date(now) >= day", "(instant day zone)"],
  ["date(now) > day", "(end_of_day day zone)"],
  ['date(now) - day > duration("3 days")', "(end_of_day (add day 3 days) zone)"],
  ['days(day, date(now)) > duration("3 days")', "(end_of_day (add day 3 days) zone)"],
  ["level > 3"],
  ["level > 3 && now > agreed", "(add agreed 1 ms)"],
  ["now > given", "(add given 1 ms)"],
  ['weekday(now) == "mon"', "! time-condition"],
  ["now > now", "! time-condition"],
  ["choose(now > agreed, level > 1, level > 2)", "(add agreed 1 ms)"],
  ["known(given) || now > agreed", "(add agreed 1 ms)"],
  ["!(now > agreed)", "(add agreed 1 ms)"],
  ["now > default(given, agreed)", "(add (known_first given agreed) 1 ms)"],
  ["now * 2 > 3", "! bad-operands"],
  ["now - given > grace", "(add (add grace given) 1 ms)"],
];

describe("conditions that time can change", () => {
  it.each(WAKES)("%s", (when, ...expected) => {
    const checked = withNorm(`when: ${JSON.stringify(when)}, within: 1 h`);
    const { program } = checked;
    const actual =
      program === null
        ? found(checked).map((each) => `! ${each.split(" ")[0]}`)
        : wakesText(program, program.norms[0]!.when!);
    expect(actual).toEqual(expected);
  });
});

describe("ticks", () => {
  const TICKS =
    "agreement: words\nversion: 1.0.0\nclock: ticks\nparties: {ann: Ann}\nterms: {at: 100}\nactions: {give: {who: ann}}\n";
  it.each([
    ["by: 100", "closed 100"],
    ["by: at", "closed at"],
    ["before: at", "open at"],
    ["within: 5", "closed (add now 5)"],
    ["within: 3 days", "wrong-deadline 3 days"],
    ["by: 2026-01-31", "wrong-deadline 2026-01-31"],
  ])("%s", (keys, expected) => {
    const checked = check(`${TICKS}obligations: {x: {who: ann, must: give, else: nothing, ${keys}}}\n`);
    const { program } = checked;
    const actual = program === null ? found(checked)[0] : deadlineText(program, program.norms[0]!.deadline);
    expect(actual).toBe(expected);
  });

  it("`now` is a number", () => {
    const checked = check(
      `${TICKS}obligations: {x: {who: ann, must: give, when: now > at, within: 5, else: nothing}}\n`,
    );
    expect(wakesText(checked.program!, checked.program!.norms[0]!.when!)).toEqual(["(add at 1)"]);
  });
});
