// Expressions: the type each gets and what it becomes for lowering, and what is refused where. One document for all.
import { describe, expect, it } from "vitest";
import { check, exprText, found, typeText } from "./checking.ts";

const DOCUMENT = `agreement: words
version: 1.0.0
zone: Europe/Berlin
calendar: {week: Mon-Fri, holidays: target2}
rounding: {money: half-up, days: up, months: down}
parties: {ann: Ann, ben: Ben, probe: {kind: witness}}
terms:
  fee: 200.00 EUR
  usd: 10.00 USD
  rate: 10.5%
  n: 3
  d: 1.5
  days2: 2 days
  bdays: 10 business days
  months3: 3 months
  hours: 36 h
  agreed: 2026-01-31T12:00:00Z
  start: 2026-01-31
  mark: hello
  asked: {type: money(EUR), ask: true, min: 0.00 EUR, max: 1000.00 EUR}
facts:
  level: percent?
  count_seen: 0
  delivered: instant?
  storm: false
  grade: {type: [low, high], start: low}
  free: {type: any, start: 0}
  marks: {type: list(int) up to 10, start: [1, 2]}
  sums: {type: list(money(EUR)) up to 5, start: []}
  who: {type: party, start: ann}
accounts:
  jar: {asset: EUR, from: ann, to_begin: fee, returns_to: ann}
actions:
  give: {who: ann}
obligations:
  giving: {who: ann, must: give, by: agreed, else: fine}
  fine: {who: ann, to: ben, must: pay, amount: fee, within: hours, else: nothing}
powers:
  leave: {who: ben, may: end}
states:
  open: {initial: true, on: {give: closed}}
  closed: {}
derive:
`;

/** The expression as the derived value `x` of the document. */
const checked = (expression: string) => check(`${DOCUMENT}  x: ${JSON.stringify(expression)}\n`);

const TYPED: readonly (readonly [expression: string, type: string, typed: string])[] = [
  ["1", "int", "1"],
  ["1.50", "decimal", "1.5"],
  ["1 + 2", "int", "3"],
  ["n + 2", "int", "(add n 2)"],
  ["n + d", "decimal", "(add n d)"],
  ["n * rate", "decimal", "(mul n rate)"],
  ["rate + rate", "percent", "(add rate rate)"],
  ["1 + rate", "decimal", "(add 1 rate)"],
  ["rate * rate", "decimal", "(mul rate rate)"],
  ["n / 2", "quotient", "(div n 2)"],
  ["n / 2 + 1", "quotient", "(round_add (div n 2) 1)"],
  ["round(n / 2, 2)", "decimal", '(round (div n 2) 2 "half-up")'],
  ["fee * rate", "EUR", "(mul fee rate)"],
  ["fee * 3", "EUR", "(mul fee 3)"],
  ["3 * fee", "EUR", "(mul 3 fee)"],
  ["fee / 3", "EUR", "(div fee 3)"],
  ["fee / 3 + fee", "EUR", "(round_add (div fee 3) fee)"],
  ["fee / fee", "quotient", "(div fee fee)"],
  ["fee * (days2 / days2)", "EUR", "(round_mul fee (div days2 days2))"],
  ["fee + 0", "EUR", "(add fee 0.00 EUR)"],
  ["0 < fee", "bool", "(lt 0.00 EUR fee)"],
  ["max(0, fee)", "EUR", "(max 0.00 EUR fee)"],
  ["min(fee, fee * rate)", "EUR", "(min fee (mul fee rate))"],
  ["-fee", "EUR", "(neg fee)"],
  ["-days2", "days", "(neg days2)"],
  ["days2 + days2", "days", "(add days2 days2)"],
  ["days2 * 2", "days", "(mul days2 2)"],
  ["days2 / days2", "quotient", "(div days2 days2)"],
  ["hours + hours", "duration", "(add hours hours)"],
  ["hours / hours", "quotient", "(div hours hours)"],
  ["agreed + hours", "instant", "(add agreed hours)"],
  ["agreed + days2", "instant", "(add agreed days2 zone)"],
  ["agreed - hours", "instant", "(subtract agreed hours)"],
  ["agreed - agreed", "duration", "(sub agreed agreed)"],
  ["start - start", "days", "(sub start start)"],
  ["start + days2", "date", "(add start days2)"],
  ["start + months3", "date", '(add start months3 "down")'],
  ["start + bdays", "date", "(add start bdays calendar)"],
  ["hours + agreed", "instant", "(add agreed hours)"],
  ["days(agreed, now)", "days", '(days agreed now "up")'],
  ["known_first(delivered, now)", "instant", "(known_first delivered now)"],
  ["days(agreed, known_first(delivered, now))", "days", '(days agreed (known_first delivered now) "up")'],
  ["default(level, rate)", "percent", "(known_first level rate)"],
  ["known(level)", "bool", "(known level)"],
  ["level > rate", "bool?", "(lt rate level)"],
  ["level >= rate && storm", "bool?", "(and (le rate level) storm)"],
  ["known(level) && level > rate", "bool", "(and (known level) (lt rate level))"],
  ["!known(level) || level > rate", "bool", "(or (not (known level)) (lt rate level))"],
  ["choose(known(level), level, rate)", "percent", "(choose (known level) → level else rate)"],
  ["choose(storm, fee, 0)", "EUR", "(choose storm → fee else 0.00 EUR)"],
  ["choose(storm, 1, 1.5)", "decimal", "(choose storm → 1.0 else 1.5)"],
  ["storm || !storm", "bool", "(or storm (not storm))"],
  ['grade == "low"', "bool", '(eq grade "low")'],
  ['state == "open"', "bool", '(eq state 0 "open")'],
  ["state", "open|closed", "state 0"],
  ["entered(closed)", "instant?", '(choose (eq state 0 "closed") → entered 0 else unknown)'],
  ["done(giving)", "bool", "(done giving)"],
  ["times_violated(giving) > 2", "bool", "(lt 2 (times_violated giving))"],
  ["due(giving)", "instant?", "(due giving)"],
  ["paid(fine)", "EUR", "(paid fine)"],
  ["owed(fine) > 0", "bool", "(lt 0.00 EUR (owed fine))"],
  ["held(jar) - fee", "EUR", "(sub held jar fee)"],
  ["used(leave)", "bool", "(used leave)"],
  ["usable(leave)", "bool", "(usable leave)"],
  ["who == ann", "bool", "(eq who ann)"],
  ["other(who)", "party", "(choose (eq who ann) → ben else ann)"],
  ["other(ann)", "party", "ben"],
  ["is_party(who)", "bool", "(or (eq who ann) (eq who ben))"],
  ["ended_within(days2)", "bool", "(and ended (lt now (deadline_after ended_at days2 zone)))"],
  ["ended_within(hours)", "bool", "(and ended (le now (add ended_at hours)))"],
  ['outcome == "fulfilled"', "bool?", '(eq outcome "fulfilled")'],
  ["active && !ended", "bool", "(and active (not ended))"],
  ['money("5.00 EUR")', "EUR", "5.00 EUR"],
  ['money("5.00 EUR") * 2', "EUR", "10.00 EUR"],
  ['duration("15 days")', "days", "15 days"],
  ['duration("36 h")', "duration", "36 h"],
  ["percent(50)", "percent", "50%"],
  ['percent("50%")', "percent", "50%"],
  ['date("2026-01-31")', "date", "2026-01-31"],
  ['instant("2026-01-31T00:00:00Z")', "instant", "2026-01-31T00:00:00Z"],
  ["[1, 2, 3]", "list(int) up to 3", "[1 2 3]"],
  ["[1, 2.5]", "list(decimal) up to 2", "[1.0 2.5]"],
  ['["a", "b"]', "list(text) up to 2", '["a" "b"]'],
  ['{a: 1, b: "x"}', "{a: int, b: text}", '{1 "x"}'],
  ["{a: 1}.a", "int", "{1}.0"],
  ["marks[0]", "int", "(item marks 0)"],
  ["free.a.b", "any", "free.a.b"],
  ["free[0]", "any", "(item free 0)"],
  ["has(free.a)", "bool", "(present free.a)"],
  ["get(free.a, 3)", "any", "(get_or free.a 3)"],
  ["[for m in marks if m > 1 {m * 2}]", "list(int) up to 10", "[for $1 in marks if (lt 1 $1) {(mul $1 2)}]"],
  ["[for i, m in marks {i + m}]", "list(int) up to 10", "[for $2, $1 in marks {(add $2 $1)}]"],
  ["[for m in marks let k = m * 2 {k}]", "list(int) up to 10", "[for $1 in marks let $2 = (mul $1 2) {$2}]"],
  ["[for a in marks for b in marks {a * b}]", "list(int) up to 100", "[for $1 in marks for $3 in marks {(mul $1 $3)}]"],
  ["any([for m in marks {m > 3}])", "bool", "(any for $1 in marks {(lt 3 $1)})"],
  ["all([for m in marks {m > 3}])", "bool", "(all for $1 in marks {(lt 3 $1)})"],
  ["count([for m in marks if m > 3 {m}])", "int", "(count for $1 in marks if (lt 3 $1) {$1})"],
  ["sum([for s in sums {s}])", "EUR", "(sum for $1 in sums {$1})"],
  ["sum(marks)", "int", "(sum marks)"],
  ["max(0, [for m in marks {m}])", "int", "(max [for $1 in marks {$1}] 0)"],
  ["max([for m in marks {m}], 0)", "int", "(max [for $1 in marks {$1}] 0)"],
  ["max(marks, 0)", "int", "(max marks 0)"],
  ["contains(marks, 2)", "bool", "(contains marks 2)"],
  ['mark =~ "^h"', "bool", "(match mark /^h/)"],
  ['mark !~ "^h"', "bool", "(not (match mark /^h/))"],
  ['matches(mark, "^h")', "bool", "(match mark /^h/)"],
  ['"a \\(n) b"', "text", '(concat_text "a " (text n) " b")'],
  ['"\\(mark)"', "text", "mark"],
  ['"\\(fee)"', "text", '(text fee 2 "EUR")'],
  ['mark + "!"', "text", '(concat_text mark "!")'],
  ["len(mark)", "int", "(len mark)"],
  ["weekday(start)", "mon|tue|wed|thu|fri|sat|sun", "(weekday start)"],
  ["last_day(start)", "date", "(last_day start)"],
  ["instant(start)", "instant", "(instant start zone)"],
  ["date(agreed)", "date", "(date agreed zone)"],
  ["date(now)", "date", "(date now zone)"],
  ["business_days(start, start)", "business days", "(business_days start start calendar)"],
  ["asked * 2", "EUR", "(mul asked 2)"],
  ["now > agreed", "bool", "(lt agreed now)"],
  [
    'simple_interest(fee, rate, start, start, "actual/365")',
    "EUR",
    '(simple_interest fee rate start start "actual/365")',
  ],
  ["date(mark)", "date", "(date mark)"],
  ['"\\(storm)"', "text", "(text storm)"],
];

describe("typed expressions", () => {
  it.each(TYPED)("%s", (expression, type, typed) => {
    const { program, diagnostics } = checked(expression);
    expect(found({ program, diagnostics: diagnostics.filter((each) => each.severity === "error") })).toEqual([]);
    const x = program!.derived.find((each) => each.name === "x")!;
    expect([typeText(x.is.type), exprText(program!, x.is)]).toEqual([type, typed]);
  });
});

/** The code and the marked text of the source, in which quotes are escaped. */
const REFUSED: readonly (readonly [expression: string, ...found: string[]])[] = [
  ["fee + usd", "mixed-currencies +"],
  ["fee == usd", "mixed-currencies =="],
  ["min(fee, usd)", "mixed-currencies usd"],
  ["fee * fee", "bad-operands *"],
  ["fee + 1", "bad-operands +"],
  ["hours + days2", "mixed-durations +"],
  ["days2 < months3", "mixed-durations <"],
  ["days2 * 1.5", "bad-operands *"],
  ["hours / 2", "bad-operands /"],
  ["start + hours", "bad-operands +"],
  ["start < agreed", "bad-operands <"],
  ["agreed - start", "bad-operands -"],
  ["n / 2 == 1", "quotient-equality =="],
  ["fee / 3 == fee", "quotient-equality =="],
  ['1 == "a"', "never-equal =="],
  ["fee == 5", "never-equal =="],
  ['fee == "5.00 EUR"', "never-equal =="],
  ['who == "ann"', "never-equal =="],
  ["delivered == null", "compared-with-null delivered == null"],
  ["fee == null", "never-equal =="],
  ['grade == "hihg"', 'bad-literal \\"hihg\\"'],
  ['state == "opne"', 'bad-literal \\"opne\\"'],
  ["nmae", "unknown-name nmae"],
  ["count_sen + 1", "unknown-name count_sen"],
  ["caller", "no-caller caller"],
  ["cause", "no-caller cause"],
  ["cause.due", "no-caller cause"],
  ["period", "no-caller period"],
  ["giving", "wrong-name giving"],
  ["jar", "wrong-name jar"],
  ["leave", "wrong-name leave"],
  ["closed", "wrong-name closed"],
  ["held(fee)", "wrong-name fee"],
  ["held(jra)", "unknown-name jra"],
  ["done(give)", "wrong-name give"],
  ["done(fine, giving)", "bad-call done(fine, giving)"],
  ["entered(opn)", "unknown-name opn"],
  ["known()", "bad-call known()"],
  ["choose(storm, fee, usd)", "mixed-currencies usd"],
  ["choose(fee, 1, 2)", "type-mismatch fee"],
  ["storm && fee", "type-mismatch fee"],
  ["!fee", "type-mismatch fee"],
  ["-storm", "type-mismatch storm"],
  ["mark - mark", "bad-operands -"],
  ["fee.digits", "no-such-field digits"],
  ['marks["a"]', 'bad-operands marks[\\"a\\"]'],
  ["{a: 1}.b", "no-such-field b"],
  ['mark =~ "("', 'bad-pattern \\"(\\"'],
  ["mark =~ mark", "needs-written-text mark"],
  ['fee =~ "a"', "type-mismatch fee"],
  ['money("5.00")', 'bad-literal \\"5.00\\"'],
  ['money("5.005 EUR")', 'too-many-digits money(\\"5.005 EUR\\")'],
  ['money("5.00 EUX")', 'unknown-asset money(\\"5.00 EUX\\")'],
  ["money(mark)", "needs-written-text mark"],
  ['date("2026-02-30")', 'bad-literal \\"2026-02-30\\"'],
  ['percent("x")', 'bad-literal \\"x\\"'],
  ["foo(1)", "unknown-function foo(1)"],
  ["first(level, rate)", "unknown-function first"],
  ["days(fee, now)", "bad-call fee"],
  ["round(fee)", "bad-call round(fee)"],
  ["min(marks)", "empty-list min(marks)"],
  ["max([for m in marks {m}])", "empty-list max([for m in marks {m}])"],
  ["sum([for m in marks {mark}])", "type-mismatch mark"],
  ["any([for m in marks {m}])", "type-mismatch m"],
  ["[for m in fee {m}]", "type-mismatch fee"],
  ["[for m in free {m}]", "unbounded free"],
  ["[for fee in marks {fee}]", "shadowed-name fee"],
  ["[for now in marks {1}]", "reserved-name now"],
  ["[for m in marks if m {m}]", "type-mismatch m"],
  ["other(mark)", "type-mismatch mark"],
  ["is_party(mark)", "type-mismatch mark"],
  ["ended_within(fee)", "type-mismatch fee"],
  ["instant(agreed)", "bad-call agreed"],
  ["date(start)", "bad-call start"],
  ['weekday(start) == "monday"', 'bad-literal \\"monday\\"'],
  [
    "1_000_000_000_000_000_000_000_000_000_000_000_000_000",
    "bad-literal 1_000_000_000_000_000_000_000_000_000_000_000_000_000",
  ],
  ["due(give)", "wrong-name give"],
  ["paid(giving)", "bad-call giving"],
  ["usable(giving)", "wrong-name giving"],
  ["is_business_day(start, 3)", "bad-call is_business_day(start, 3)"],
  ["now > 5", "bad-operands >"],
  ["fee > usd / 3 * 0", "mixed-currencies >"],
];

describe("refused expressions", () => {
  it.each(REFUSED)("%s", (expression, ...expected) => {
    const { diagnostics, program } = checked(expression);
    expect(program).toBeNull();
    expect(found({ program, diagnostics: diagnostics.filter((each) => each.severity === "error") })).toEqual(expected);
  });
});
