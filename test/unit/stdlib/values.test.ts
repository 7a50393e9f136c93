// Numbers, money, text, lists, conversions and networks: the cases that are easy to get wrong.
import { expect, test } from "vitest";
import { builtinById, currency, nearestCurrencies } from "../../../stdlib/index.ts";
import { lower, upper } from "../../../stdlib/text.ts";
import { decimalOf } from "../../../vm/decimal.ts";
import { encodeValue } from "../../../vm/encode.ts";
import { ErrorValue, MapValue, type Value } from "../../../vm/value.ts";
import { run } from "./evaluate.ts";

test.each([
  // whole division: a = b * quotient + rest for every sign
  ["div(-7, -2)", "4"],
  ["mod(-7, -2)", "1"],
  ["mod(7, -2)", "1"],
  ["quo(7, -2)", "-3"],
  ["rem(7, -2)", "1"],
  ["div(1, 0)", "error divide-by-zero"],
  ["rem(0, 0)", "error divide-by-zero"],
  ["div(9007199254740993, 2)", "4503599627370496"],
  ["mod(-9007199254740993, 10)", "7"],
  ["div(9007199254740991, 3)", "3002399751580330"],
  // rounding modes on ties, both signs
  ['round(2.5, 0, "half-up")', "3.0"],
  ['round(-2.5, 0, "half-up")', "-3.0"],
  ['round(2.5, 0, "half-down")', "2.0"],
  ['round(-2.5, 0, "half-even")', "-2.0"],
  ['round(3.5, 0, "half-even")', "4.0"],
  ['round(-2.1, 0, "floor")', "-3.0"],
  ['round(-2.9, 0, "ceiling")', "-2.0"],
  ['round(-2.9, 0, "toward-zero")', "-2.0"],
  ['round(2.1, 0, "away")', "3.0"],
  ["round(2.345, 2)", "2.35"],
  ["round(1 / 3, 4)", "0.3333"],
  ["round(1.5, 9007199254740993)", "error kind"],
  ["floor(-0.5)", "-1"],
  ["ceiling(-0.5)", "0"],
  ["abs(-9007199254740993)", "9007199254740993"],
  // extremes
  ["min(1, 1.5)", "1.0"],
  ["max(2, 1.5, 0.5)", "2.0"],
  ['min("b", "ab")', "ab"],
  ["min([])", "error empty"],
  ["min([], 3)", "3"],
  ["max([1 / 0, 2])", "error divide-by-zero"],
  // money
  ['round_money(money("1 USD") / 3)', "0.33 USD"],
  ['round_money(money("10 JPY") / 3)', "3 JPY"],
  ['round_money(money("1 BHD") / 3)', "0.333 BHD"],
  ['round_money(money("-0.005 USD"))', "-0.01 USD"],
  ['share(money("0.01 USD"), percent(50))', "0.01 USD"],
  ['split_shares(money("0.01 USD"), [percent(50), percent(50)])', '["0.01 USD", "0.00 USD", "0.00 USD"]'],
  ['split_shares(money("100.00 USD"), [percent(70), percent(70)])', '["70.00 USD", "30.00 USD", "0.00 USD"]'],
  ['split_shares(money("-10.00 USD"), [1 / 3])', '["-3.33 USD", "-6.67 USD"]'],
  ['split_shares(money("10.00 USD"), [percent(-10)])', '["0.00 USD", "10.00 USD"]'],
  ['sum([money("0.10 USD"), money("0.20 USD")])', "0.30 USD"],
  [
    'round_money(simple_interest(money("900.00 USD"), percent(3.8), date("2017-03-01"), date("2017-06-16"), "actual/365"))',
    "10.03 USD",
  ],
  [
    'round_money(simple_interest(money("1000.00 USD"), percent(5), date("2026-01-31"), date("2026-03-31"), "30/360"))',
    "8.33 USD",
  ],
  ['round_money(annuity(money("100000.00 USD"), 0.005, 360))', "599.55 USD"],
  ['annuity(money("1200.00 USD"), 0, 12)', "100.00 USD"],
  ['annuity(money("1200.00 USD"), 0.01, 0)', "error not-a-value"],
  ['annuity(money("1200.00 USD"), 0.01, 1201)', "error limit"],
  ['annuity(money("1200.00 USD"), 1 / 3, 12)', "error limit"],
  ['annuity(money("1200.00 USD"), -0.01, 12)', "error not-a-value"],
  ['round(year_fraction(date("2026-02-28"), date("2026-03-31"), "30/360"), 6)', "0.091667"],
  ['round(year_fraction(date("2026-01-30"), date("2026-03-31"), "30/360"), 6)', "0.166667"],
  // text
  ['len("日本")', "6"],
  ['runes("日本😀")', "3"],
  ['split("a,,b", ",")', '["a", "", "b"]'],
  ['split("", ",")', '[""]'],
  ['split("a😀", "")', '["a", "😀"]'],
  ['trim("\\t a\\n")', "a"],
  ['replace("aaa", "aa", "b")', "ba"],
  ['replace("abc", "", "-")', "abc"],
  ['starts_with("abc", "")', "true"],
  ['text(money("5.125 USD"))', "5.125 USD"],
  // conversions
  ['int("12a")', "error not-a-value"],
  ['int(" 1")', "error not-a-value"],
  ['int("1e3")', "error not-a-value"],
  ['int("99999999999999999999999999999999999")', "error overflow"],
  ["int(2.5)", "error not-a-value"],
  ['decimal("1,000")', "error not-a-value"],
  ['decimal(".5")', "error not-a-value"],
  ['decimal("-0.50")', "-0.5"],
  ['date("2026-02-30")', "error not-a-value"],
  ['ip("10.0.0.010")', "error not-a-value"],
  ['cidr("10.0.0.1/8")', "error not-a-value"],
  ['instant("2026-01-01T00:00:00")', "error not-a-value"],
  ['quantity("1.5Gi")', "1610612736.0"],
  ['quantity("2e3")', "2000.0"],
  ['quantity("2E")', "2000000000000000000.0"],
  ['quantity("5 k")', "error not-a-value"],
  ['quantity("100n")', "0.0000001"],
  ["unix(-1)", "1969-12-31T23:59:59Z"],
  ["unix(999999999999999)", "error overflow"],
  // lists
  ["sum([])", "0"],
  ["count([1 / 0, 2])", "2"],
  ["sum([1 / 0, 2])", "error divide-by-zero"],
  ["any([])", "false"],
  ["all([])", "true"],
  ["none([])", "true"],
  ["any([1 / 0 > 1, false])", "error divide-by-zero"],
  ["contains([1, 2.0], 2)", "true"],
  ["has_all([1, 2], [])", "true"],
  ["has_any([1, 2], [])", "false"],
  ['sort(["é", "z", "a", "😀", "～"])', '["a", "z", "é", "～", "😀"]'],
  // networks
  ['contains(cidr("2001:db8::/32"), ip("2001:db8:ffff::1"))', "true"],
  ['contains(cidr("10.0.0.0/8"), ip("::ffff:10.0.0.1"))', "true"],
  ['contains(cidr("0.0.0.0/0"), ip("::1"))', "false"],
  ['contains(cidr("10.0.0.0/9"), ip("10.128.0.0"))', "false"],
  ['contains(cidr("10.0.0.0/16"), cidr("10.0.0.0/8"))', "false"],
  ['under(host("Example.ORG"), "example.org")', "true"],
  ['under(host("a.b.example.org"), "EXAMPLE.org.")', "true"],
  ['under(path("/staff"), "/staff/")', "true"],
  ['under(path("/staff"), "/")', "true"],
])("%s = %s", (expression, value) => {
  expect(run(expression)).toBe(value);
});

test.each([
  ["8.8.8.8", "global"],
  ["192.0.0.9", "global"],
  ["192.0.0.8", "protocol"],
  ["127.255.0.1", "loopback"],
  ["0.0.0.0", "unspecified"],
  ["0.1.2.3", "this-network"],
  ["100.64.0.1", "shared"],
  ["169.254.169.254", "link-local"],
  ["168.63.129.16", "metadata"],
  ["172.15.255.255", "global"],
  ["172.31.255.255", "private"],
  ["198.19.0.1", "benchmarking"],
  ["224.0.0.1", "multicast"],
  ["250.0.0.1", "reserved"],
  ["255.255.255.255", "broadcast"],
  ["::", "unspecified"],
  ["::1", "loopback"],
  ["::169.254.169.254", "reserved"],
  ["::ffff:169.254.169.254", "link-local"],
  ["64:ff9b::a9fe:a9fe", "translated"],
  ["2002:a9fe:a9fe::1", "tunnel"],
  ["2001::1", "tunnel"],
  ["2001:4860:4860::8888", "global"],
  ["2001:db8::1", "documentation"],
  ["3fff:fff::1", "documentation"],
  ["fc00::1", "private"],
  ["fe80::1", "link-local"],
  ["ff02::1", "multicast"],
  ["4000::1", "reserved"],
])("class of %s is %s", (address, expected) => {
  expect(run(`class(ip("${address}"))`)).toBe(expected);
});

test("an amount rounded to whole units has canonical bytes", () => {
  for (const mode of ["floor", "ceiling", "half-even"]) {
    const rounded = builtinById(170)!.run([decimalOf(1234, -2) as Value, 0, mode]);
    expect(encodeValue(rounded)).toHaveProperty("bytes");
  }
});

test("currencies are ISO 4217's with their minor units", () => {
  const digits = ["USD", "EUR", "JPY", "BHD", "CLF", "XCG", "KRW", "HUF"].map((code) => currency(code)?.digits);
  expect(digits).toEqual([2, 2, 0, 3, 4, 2, 0, 2]);
  expect([currency("XAU"), currency("BGN"), currency("usd")]).toEqual([undefined, undefined, undefined]);
  expect(nearestCurrencies("USDD")).toContain("USD");
});

test("letters change case one for one, without locale", () => {
  expect(upper("straße ﬁ ǆ")).toBe("STRAßE ﬁ Ǆ");
  expect(lower("ΑΣ İ I")).toBe("ας İ i".replace("ς", "σ"));
  expect(lower("ABC xyz 123")).toBe("abc xyz 123");
});

test("maps, free JSON and what cannot be written in an expression", () => {
  const map = new MapValue(["", "dz", "gr"], [1, 12, 144]);
  const call = (id: number, ...args: Value[]): Value => builtinById(id)!.run(args);
  expect(call(90, map)).toBe(3);
  expect(call(92, map)).toEqual(["", "dz", "gr"]);
  expect(call(93, map)).toEqual([1, 12, 144]);
  expect([call(94, map, "dz"), call(94, map, "x")]).toEqual([true, false]);
  expect(call(162, "2.5gr", map)).toEqual(decimalOf(360, 0));
  expect(call(162, "2.5x", map)).toEqual(new ErrorValue("not-a-value", "scaled"));
  expect(call(78, null)).toEqual([]);
  expect(call(78, new ErrorValue("absent", "aud"))).toEqual([]);
  expect(call(78, new ErrorValue("overflow"))).toEqual(new ErrorValue("overflow"));
  expect(call(78, "a")).toEqual(["a"]);
  expect(call(78, ["a"])).toEqual(["a"]);
  expect([null, true, 1, 10n ** 20n, decimalOf(1, 0), "x", [], map].map((value) => call(164, value as Value))).toEqual([
    "null",
    "bool",
    "int",
    "int",
    "decimal",
    "text",
    "list",
    "map",
  ]);
  expect(call(69, [1, decimalOf(5, -1) as Value])).toEqual(decimalOf(15, -1));
  expect(call(35, decimalOf(5, -1) as Value)).toBe("0.5");
});

test("unknown and erring items: values pass them on, Kleene logic lets a deciding item win", () => {
  const error = new ErrorValue("overflow");
  const [sum, any, all, none, contains, count] = [62, 70, 71, 72, 73, 60].map((id) => builtinById(id)!.run);
  expect([sum!([[1, undefined]]), sum!([[undefined, error]])]).toEqual([undefined, error]);
  expect([any!([[undefined, true]]), any!([[undefined, false]]), any!([[undefined, error]])]).toEqual([
    true,
    undefined,
    error,
  ]);
  expect([all!([[undefined, false]]), all!([[undefined, true]]), all!([[error, false]])]).toEqual([
    false,
    undefined,
    false,
  ]);
  expect([none!([[undefined, true]]), none!([[undefined]])]).toEqual([false, undefined]);
  expect([contains!([[undefined, 1], 1]), contains!([[undefined, 2], 1]), contains!([[error], 1])]).toEqual([
    true,
    undefined,
    error,
  ]);
  expect(count!([[undefined, error]])).toBe(2);
  const [knownFirst, otherwise, ok] = [110, 111, 112].map((id) => builtinById(id)!.run);
  expect([
    knownFirst!([undefined, 2, 3]),
    knownFirst!([undefined, undefined]),
    knownFirst!([undefined, error, 3]),
  ]).toEqual([2, undefined, error]);
  expect([otherwise!([undefined, 2]), otherwise!([1, error]), otherwise!([error, 2])]).toEqual([2, 1, error]);
  expect([ok!([error]), ok!([undefined])]).toEqual([false, true]);
});
