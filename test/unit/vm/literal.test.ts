// Written values by type: what is read, what is refused and why, canonical text, guesses.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Decimal, decimalOf, type Int, intOf } from "../../../vm/decimal.ts";
import { guessLiteral, parseLiteral, printLiteral } from "../../../vm/literal.ts";
import { equalValues } from "../../../vm/order.ts";
import { DATE_MAX, DATE_MIN, INSTANT_MAX, INSTANT_MIN } from "../../../vm/time-text.ts";
import type { Type } from "../../../vm/type.ts";
import { describeType, exampleOf } from "../../../vm/type-text.ts";
import type { Value } from "../../../vm/value.ts";
import { showValue } from "../../../vm/value-text.ts";

const simple = (kind: string): Type => ({ kind }) as Type;
const USD: Type = { kind: "money", asset: "USD" };
const DAYS: Type = { kind: "period", unit: "days" };
const MONTHS: Type = { kind: "period", unit: "months" };
const BUSINESS: Type = { kind: "period", unit: "business days" };
const read = (text: string, type: Type): string => {
  const parsed = parseLiteral(text, type);
  return "value" in parsed ? showValue(parsed.value) : `no: ${parsed.reason}`;
};

describe("parseLiteral", () => {
  it.each<readonly [Type, string, string, string]>([
    // type, text, value, canonical text
    [simple("bool"), "true", "true", "true"],
    [simple("null"), "null", "null", "null"],
    [simple("text"), " as it is ", '" as it is "', " as it is "],
    [simple("bytes"), "AQL/", "0x0102ff", "AQL/"],
    [simple("int"), "-12", "-12", "-12"],
    [simple("int"), "4,000", "4000", "4000"],
    [simple("int"), "1_000_000", "1000000", "1000000"],
    [simple("int"), "9007199254740993", "9007199254740993", "9007199254740993"],
    [simple("decimal"), "4,000.00", "4000.0", "4000.0"],
    [simple("decimal"), "-0.50", "-0.5", "-0.5"],
    [simple("decimal"), "12", "12.0", "12.0"],
    [simple("percent"), "10.5%", "0.105", "10.5%"],
    [simple("percent"), "50 %", "0.5", "50%"],
    [simple("percent"), "-100%", "-1.0", "-100%"],
    [USD, "200.00 USD", "200.0", "200.00 USD"],
    [USD, "4,000.5 USD", "4000.5", "4000.50 USD"],
    [USD, "-0.001 USD", "-0.001", "-0.001 USD"],
    [simple("instant"), "2026-01-31T12:00:00Z", "1769860800000", "2026-01-31T12:00:00Z"],
    [simple("instant"), "2026-01-31T13:00:00.250+01:00", "1769860800250", "2026-01-31T12:00:00.250Z"],
    [simple("instant"), "1969-12-31T23:59:59.999Z", "-1", "1969-12-31T23:59:59.999Z"],
    [simple("instant"), "0001-01-01T00:00:00Z", "-62135596800000", "0001-01-01T00:00:00Z"],
    [simple("date"), "2024-02-29", "19782", "2024-02-29"],
    [simple("date"), "1969-12-31", "-1", "1969-12-31"],
    [simple("month"), "2026-01", "672", "2026-01"],
    [simple("month"), "1969-12", "-1", "1969-12"],
    [simple("clock"), "18:00", "64800000000000", "18:00"],
    [simple("clock"), "09:05:30.5", "32730500000000", "09:05:30.5"],
    [simple("duration"), "36 h", "129600000", "36 h"],
    [simple("duration"), "5h", "18000000", "5 h"],
    [simple("duration"), "1 h 30 min", "5400000", "1 h 30 min"],
    [simple("duration"), "1h30min", "5400000", "1 h 30 min"],
    [simple("duration"), "90 minutes", "5400000", "1 h 30 min"],
    [simple("duration"), "1.5 h", "5400000", "1 h 30 min"],
    [simple("duration"), "PT5H", "18000000", "5 h"],
    [simple("duration"), "PT1H30M0.25S", "5400250", "1 h 30 min 250 ms"],
    [simple("duration"), "-2 s", "-2000", "-2 s"],
    [simple("duration"), "0 s", "0", "0 ms"],
    [DAYS, "2 days", "2", "2 days"],
    [DAYS, "1 day", "1", "1 day"],
    [DAYS, "3 weeks", "21", "21 days"],
    [DAYS, "2days", "2", "2 days"],
    [MONTHS, "1 year", "12", "12 months"],
    [MONTHS, "1 month", "1", "1 month"],
    [BUSINESS, "10 business days", "10", "10 business days"],
    [BUSINESS, "1 business day", "1", "1 business day"],
    [simple("size"), "4 GiB", "4294967296", "4 GiB"],
    [simple("size"), "64KiB", "65536", "64 KiB"],
    [simple("size"), "1.5 kB", "1500", "1500 B"],
    [simple("size"), "0 B", "0", "0 B"],
    [simple("ip"), "192.0.2.1", "0xc0000201", "192.0.2.1"],
    [simple("ip"), "2001:DB8:0:0:1:0:0:1", "0x20010db8000000000001000000000001", "2001:db8::1:0:0:1"],
    [simple("ip"), "::", "0x00000000000000000000000000000000", "::"],
    [simple("ip"), "::ffff:192.0.2.1", "0xc0000201", "192.0.2.1"],
    [simple("ip"), "64:ff9b::192.0.2.33", "0x0064ff9b0000000000000000c0000221", "64:ff9b::c000:221"],
    [simple("cidr"), "10.0.0.0/8", "[0x0a000000, 8]", "10.0.0.0/8"],
    [simple("cidr"), "0.0.0.0/0", "[0x00000000, 0]", "0.0.0.0/0"],
    [simple("cidr"), "2001:db8::/32", "[0x20010db8000000000000000000000000, 32]", "2001:db8::/32"],
    [simple("cidr"), "::ffff:10.0.0.0/104", "[0x0a000000, 8]", "10.0.0.0/8"],
    [simple("host"), "API.Example.com.", '"api.example.com"', "api.example.com"],
    [simple("host"), "[2001:DB8::1]", '"2001:db8::1"', "2001:db8::1"],
    [simple("path"), "/v1/charges", '"/v1/charges"', "/v1/charges"],
    [simple("did"), "did:key:z6MkhaXg", '"did:key:z6MkhaXg"', "did:key:z6MkhaXg"],
    [simple("did"), "did:web:example.com:user", '"did:web:example.com:user"', "did:web:example.com:user"],
    [simple("party"), "seller", '"seller"', "seller"],
    [{ kind: "enum", values: ["low", "high"] }, "high", '"high"', "high"],
    [{ kind: "optional", of: simple("int") }, "null", "unknown", "null"],
    [{ kind: "optional", of: simple("int") }, "5", "5", "5"],
    [{ kind: "union", of: [simple("int"), simple("text")] }, "5", "5", "5"],
    [{ kind: "union", of: [simple("int"), simple("text")] }, "five", '"five"', "five"],
  ])("%j reads %j", (type, text, value, canonical) => {
    expect(read(text, type)).toBe(value);
    const parsed = parseLiteral(text, type);
    if (!("value" in parsed)) throw new Error(parsed.reason);
    expect(printLiteral(parsed.value, type)).toBe(canonical);
    expect(parseLiteral(canonical, type)).toEqual(parsed);
  });

  it.each<readonly [Type, readonly string[]]>([
    [simple("bool"), ["True", "yes", "1", ""]],
    [simple("bytes"), ["AQL", "AQ=A", "AR=="]],
    [
      simple("int"),
      ["1.0", "1,00", "1,0000", ",000", "1_", "_1", "1__0", "+1", "", " 1", "1 ", "0x10", "1".repeat(35)],
    ],
    [simple("decimal"), [".5", "5.", "1,23.0", "1.000,00", "NaN", "1".repeat(40), "1e7000"]],
    [simple("percent"), ["10", "%", "10 percent", "10%%"]],
    [USD, ["200.00", "USD 200.00", "200.00 EUR", "200.00USD", " 200.00 USD", "x USD", "200.00 U$D", ""]],
    [
      simple("instant"),
      [
        "2026-01-31",
        "2026-01-31T12:00Z",
        "2026-01-31T12:00:00",
        "2026-02-30T12:00:00Z",
        "2026-01-31T24:00:00Z",
        "2026-01-31T12:00:60Z",
        "2026-01-31T12:00:00.0001Z",
        "2026-01-31 12:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "2026-01-31T12:00:00+24:00",
      ],
    ],
    [
      simple("date"),
      ["2026-1-31", "2026-02-29", "2026-13-01", "2026-00-10", "0000-01-01", "31.01.2026", "2026-01-31 "],
    ],
    [simple("month"), ["2026-13", "2026-1", "2026"]],
    [simple("clock"), ["24:00", "18:60", "6 pm", "18", "18:00:00.0000000001"]],
    [
      simple("duration"),
      ["5", "5 x", "2 days", "30 min 1 h", "1 h 1 h", "h", "PT", "P1D", "1 h ", " 1 h", "1 h, 5 min", "0.0001 s"],
    ],
    [DAYS, ["2 months", "2", "two days", "2.5 days", "10 business days", "2 fortnights"]],
    [simple("size"), ["4096", "4 gib", "-4 B", "0.5 B", "4 XiB"]],
    [
      simple("ip"),
      [
        "192.0.2",
        "192.0.2.256",
        "192.0.02.1",
        "1:2:3",
        ":::",
        "1::2::3",
        "12345::",
        "192.0.2.1.",
        "0x7f.1",
        "fe80::1%eth0",
        "::1.2.3",
      ],
    ],
    [simple("cidr"), ["10.0.0.0", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/08", "10.0.0.0/", "::/129"]],
    [
      simple("host"),
      [
        "",
        "a..b",
        "-a.b",
        "a-.b",
        "a b",
        "a/b",
        "münchen.example",
        "1.2.3.4.5",
        "0x7f000001",
        "x".repeat(64),
        "a.".repeat(128),
      ],
    ],
    [simple("path"), ["v1", "", "/a b", "/a?b", "/a#b", "/a\u0000"]],
    [simple("did"), ["did:", "did:key:", "did:KEY:x", "key:z6Mk", "did:key:a b", "did:key:x:"]],
    [{ kind: "enum", values: ["low", "high"] }, ["Low", ""]],
    [simple("evidence"), ["x"]],
    [{ kind: "list", of: simple("int"), most: 3 }, ["1"]],
  ])("%j refuses with a reason", (type, texts) => {
    for (const text of texts) {
      const parsed = parseLiteral(text, type);
      expect("reason" in parsed ? parsed.reason : `${text} was read`).toMatch(/^(expected|is|has|a |an |evidence)/);
      expect("reason" in parsed, text).toBe(true);
    }
  });

  it("says what would be right", () => {
    expect(read("10.0.0.1/8", simple("cidr"))).toBe("no: has bits set after its prefix, the network is `10.0.0.0/8`");
    expect(read("5 EUR", USD)).toBe("no: is an amount of EUR, expected USD");
    expect(read("2 months", DAYS)).toBe("no: is a number of months, expected days: they do not convert");
    expect(read("2 days", simple("duration"))).toContain("calendar period");
    expect(read("soon", simple("date"))).toBe("no: expected a date such as `2026-01-31`");
    expect(read("x", { kind: "enum", values: ["a", "b"] })).toBe("no: expected one of `a`, `b` such as `a`");
  });

  it("never throws, whatever the text and type", () => {
    const types: readonly Type[] = [
      ...[
        "bool",
        "text",
        "bytes",
        "null",
        "int",
        "decimal",
        "percent",
        "quotient",
        "instant",
        "date",
        "month",
        "clock",
        "duration",
        "size",
        "ip",
        "cidr",
        "host",
        "path",
        "did",
        "party",
        "evidence",
        "zone",
        "calendar",
        "any",
      ].map(simple),
      USD,
      DAYS,
      { kind: "union", of: [simple("int"), simple("date")] },
    ];
    const texts = fc.oneof(
      fc.string({ unit: "binary", maxLength: 40 }),
      fc.string({ unit: fc.constantFrom(..."0123456789.,-:+TZPTHMS %/eE"), maxLength: 30 }),
    );
    fc.assert(
      fc.property(texts, fc.constantFrom(...types), (text, type) => {
        const parsed = parseLiteral(text, type);
        if ("value" in parsed) {
          const printed = printLiteral(parsed.value, type);
          // `any` has no written form of its own.
          if (type.kind !== "any")
            expect(equalValues((parseLiteral(printed!, type) as { value: Value }).value, parsed.value)).toBe(true);
        }
        guessLiteral(text);
      }),
      { numRuns: 5000 },
    );
  });

  it("reads back every value it can write", () => {
    const int = fc.oneof(
      fc.integer(),
      fc.maxSafeInteger(),
      fc.bigInt({ min: -(10n ** 33n), max: 10n ** 33n }).map((value) => intOf(value) as Int),
    );
    const decimal = fc
      .tuple(fc.maxSafeInteger(), fc.integer({ min: -20, max: 20 }))
      .map(([c, e]) => decimalOf(c, e) as Decimal);
    const bytes = (size: number) => fc.uint8Array({ minLength: size, maxLength: size });
    const pairs: fc.Arbitrary<readonly [Type, Value]> = fc.oneof(
      int.map((value) => [simple("int"), value] as const),
      int.map((value) => [simple("duration"), value] as const),
      int.map((value) => [DAYS, value] as const),
      int.filter((value) => value >= 0).map((value) => [simple("size"), value] as const),
      decimal.map((value) => [simple("decimal"), value] as const),
      decimal.map((value) => [simple("percent"), value] as const),
      decimal.map((value) => [USD, value] as const),
      fc.integer({ min: INSTANT_MIN, max: INSTANT_MAX }).map((value) => [simple("instant"), value] as const),
      fc.integer({ min: DATE_MIN, max: DATE_MAX }).map((value) => [simple("date"), value] as const),
      fc.integer({ min: -23_628, max: 96_359 }).map((value) => [simple("month"), value] as const),
      fc.integer({ min: 0, max: 86_399_999_999_999 }).map((value) => [simple("clock"), value] as const),
      bytes(4).map((value) => [simple("ip"), value] as const),
      bytes(16)
        .filter(
          (value) => !(value.subarray(0, 10).every((byte) => byte === 0) && value[10] === 255 && value[11] === 255),
        )
        .map((value) => [simple("ip"), value] as const),
      fc.uint8Array({ maxLength: 40 }).map((value) => [simple("bytes"), value] as const),
    );
    fc.assert(
      fc.property(pairs, ([type, value]) => {
        const text = printLiteral(value, type);
        expect(text).toBeTypeOf("string");
        expect(parseLiteral(text!, type)).toEqual({ value });
      }),
      { numRuns: 4000 },
    );
  });

  it("agrees with the host's calendar on every day of some years", () => {
    for (const year of [1, 4, 100, 400, 1582, 1600, 1900, 1970, 2000, 2024, 2100, 9999])
      for (let month = 1; month <= 12; month++)
        for (const day of [1, 28, 29, 30, 31]) {
          const text = `${String(year).padStart(4, "0")}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
          const host = new Date(0);
          host.setUTCFullYear(year, month - 1, day);
          const exists = host.getUTCMonth() === month - 1;
          const parsed = parseLiteral(text, simple("date"));
          expect("value" in parsed, text).toBe(exists);
          if ("value" in parsed) expect(parsed.value).toBe(host.getTime() / 86_400_000);
        }
  });
});

describe("guessLiteral", () => {
  it.each([
    ["true", "bool", "true"],
    ["null", "null", "null"],
    ["12", "int", "12"],
    ["4,000", "int", "4000"],
    ["1.0", "decimal", "1.0"],
    ["10.5%", "percent", "0.105"],
    ["200.00 USD", "money USD", "200.0"],
    ["3 points", "money points", "3.0"],
    ["2026-01-31", "date", "20484"],
    ["2026-01", "month", "672"],
    ["2026-01-31T00:00:00Z", "instant", "1769817600000"],
    ["18:00", "clock", "64800000000000"],
    ["36 h", "duration", "129600000"],
    ["PT5H", "duration", "18000000"],
    ["2 days", "period days", "2"],
    ["1 year", "period months", "12"],
    ["10 business days", "period business days", "10"],
    ["4 GiB", "size", "4294967296"],
    ["10.0.0.1", "ip", "0x0a000001"],
    ["10.0.0.0/8", "cidr", "[0x0a000000, 8]"],
    ["10.0.0.1/8", "text", '"10.0.0.1/8"'],
    ["did:key:z6Mk", "did", '"did:key:z6Mk"'],
    ["api.example.com", "text", '"api.example.com"'],
    ["/v1", "text", '"/v1"'],
    ["2 fortnights later", "text", '"2 fortnights later"'],
    ["", "text", '""'],
  ])("%s", (text, kind, value) => {
    const guess = guessLiteral(text);
    const detail =
      guess.type.kind === "money" ? ` ${guess.type.asset}` : guess.type.kind === "period" ? ` ${guess.type.unit}` : "";
    expect(`${guess.type.kind}${detail}`).toBe(kind);
    expect(showValue(guess.value)).toBe(value);
  });

  it("has words and an example for every type that can be written", () => {
    for (const kind of [
      "bool",
      "bytes",
      "int",
      "decimal",
      "percent",
      "instant",
      "date",
      "month",
      "clock",
      "duration",
      "size",
      "ip",
      "cidr",
      "host",
      "path",
      "party",
    ]) {
      const type = simple(kind);
      expect(describeType(type).length).toBeGreaterThan(3);
      expect("value" in parseLiteral(exampleOf(type)!, type), kind).toBe(true);
    }
    for (const type of [USD, DAYS, MONTHS, BUSINESS])
      expect("value" in parseLiteral(exampleOf(type)!, type)).toBe(true);
  });
});
