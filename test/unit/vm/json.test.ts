// JSON with tokens kept, and JSON to typed values and back.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { conform, conformWithin, toJson } from "../../../vm/conform.ts";
import { type Decimal, decimalOf } from "../../../vm/decimal.ts";
import { readJson, writeJson } from "../../../vm/json.ts";
import { JSON_DEPTH_MAX, JSON_LENGTH_MAX } from "../../../vm/limits.ts";
import { mapOf } from "../../../vm/map.ts";
import type { Type } from "../../../vm/type.ts";
import { ErrorValue, type Value } from "../../../vm/value.ts";
import { showValue } from "../../../vm/value-text.ts";

const json = (text: string): Value => {
  const read = readJson(text);
  if ("problem" in read) throw new Error(read.problem.message);
  return read.value;
};
const reason = (text: string): string => {
  const read = readJson(text);
  return "problem" in read ? `${read.problem.reason}@${read.problem.offset}` : "fine";
};

describe("readJson", () => {
  it.each([
    ["1", "1"],
    ["1.0", "1.0"],
    ["-0", "0"],
    ["1e2", "100.0"],
    ["9007199254740993", "9007199254740993"],
    ["0.1000", "0.1"],
    [' [1, "a" , null,true,false ] ', '[1, "a", null, true, false]'],
    ['{"b":1,"a":{}}', '{"a": {}, "b": 1}'],
    ['"\\u00e9\\n\\ud83d\\ude00"', '"é\\n😀"'],
    ["[]", "[]"],
    ['{"__proto__":1,"constructor":2}', '{"__proto__": 1, "constructor": 2}'],
  ])("%s", (text, shown) => {
    expect(showValue(json(text))).toBe(shown);
  });

  it.each([
    ["", "syntax@0"],
    ["nul", "syntax@0"],
    ["[1,]", "syntax@3"],
    ["[1 2]", "syntax@3"],
    ['{"a":1,}', "syntax@7"],
    ["{a:1}", "syntax@1"],
    ['{"a" 1}', "syntax@5"],
    ['{"a":1,"b":2,"a":3}', "duplicate-key@0"],
    ['[{"x":{"a":1,"\\u0061":3}}]', "duplicate-key@6"],
    ["01", "syntax@1"],
    ["+1", "syntax@0"],
    [".5", "syntax@0"],
    ["1.", "syntax@1"],
    ["NaN", "syntax@0"],
    ['"a', "syntax@0"],
    ['"\\x"', "syntax@1"],
    ['"\\u12g4"', "syntax@1"],
    ['"\t"', "syntax@1"],
    ['"\\ud800"', "text@0"],
    ['"\ud800"', "text@0"],
    ["1 1", "syntax@2"],
    ["1".repeat(35), "number@0"],
    ["1e9999", "number@0"],
    ["\ufeff1", "syntax@0"],
    ["//1", "syntax@0"],
    ["'a'", "syntax@0"],
  ])("refuses %j", (text, expected) => {
    expect(reason(text)).toBe(expected);
  });

  it("keeps to its bounds", () => {
    const deep = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
    expect(reason(deep(JSON_DEPTH_MAX))).toBe("fine");
    expect(reason(deep(JSON_DEPTH_MAX + 1))).toBe(`depth@${JSON_DEPTH_MAX}`);
    expect(reason(deep(100_000))).toBe(`depth@${JSON_DEPTH_MAX}`);
    expect(reason(" ".repeat(JSON_LENGTH_MAX + 1))).toBe("size@0");
    expect(reason(`[${"1,".repeat(1_048_576)}1]`)).toMatch(/^size@/);
  });

  it("reads what JSON.parse reads, to the same value, and nothing else", () => {
    const texts = fc.oneof(
      fc.json(),
      fc.string({ unit: fc.constantFrom(...'[]{}",:0123456789.eE+- \\untrfalse'), maxLength: 20 }),
    );
    const host = (text: string): unknown => {
      try {
        return { value: JSON.parse(text) };
      } catch {
        return null;
      }
    };
    // Without -0, and with a word for what is infinite only as a double.
    const plain = (value: unknown): unknown =>
      JSON.parse(
        JSON.stringify(value, (_, part) => (typeof part === "number" && !Number.isFinite(part) ? String(part) : part)),
      );
    fc.assert(
      fc.property(texts, (text) => {
        const read = readJson(text);
        const theirs = host(text) as { value: unknown } | null;
        if ("problem" in read) {
          // Stricter only for what readers disagree on.
          if (read.problem.reason === "syntax") expect(theirs).toBe(null);
        } else {
          expect(theirs).not.toBe(null);
          const again = writeJson(read.value)!;
          expect(readJson(again)).toEqual(read);
          expect(plain(JSON.parse(again))).toEqual(plain(theirs!.value));
        }
      }),
      { numRuns: 4000 },
    );
  });
});

describe("writeJson", () => {
  it("has a word for every value", () => {
    expect(
      writeJson(
        mapOf([
          ["b", undefined],
          ["a", decimalOf(2, 0) as Decimal],
          ["é", Uint8Array.of(1)],
        ])!,
      ),
    ).toBe('{"a":2.0,"b":null,"é":"AQ=="}');
    expect(writeJson([10n ** 20n, new ErrorValue("absent", 'x"y')])).toBe(
      '[100000000000000000000,{"about":"x\\"y","error":"absent"}]',
    );
    expect(writeJson(decimalOf(1, 40) as Decimal)).toBe("1.0e+40");
  });

  it("gives up on values that are too deep or too large, however they are shared", () => {
    let value: Value = 1;
    for (let depth = 0; depth < JSON_DEPTH_MAX; depth++) value = [value];
    expect(writeJson(value)).toBeTypeOf("string");
    expect(writeJson([value])).toBe(undefined);
    let wide: Value = "x";
    for (let depth = 0; depth < 60; depth++) wide = [wide, wide];
    expect(writeJson(wide)).toBe(undefined);
  });
});

// ── Types ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

const simple = (kind: string): Type => ({ kind }) as Type;
const ORDER: Type = {
  kind: "record",
  open: false,
  fields: [
    { name: "amount", type: { kind: "money", asset: "USD" }, optional: false },
    { name: "on", type: simple("date"), optional: true },
    {
      name: "lines",
      type: {
        kind: "list",
        of: { kind: "record", open: true, fields: [{ name: "n", type: simple("int"), optional: false }] },
        most: 3,
      },
      optional: false,
    },
    { name: "note", type: { kind: "optional", of: simple("text") }, optional: false },
  ],
};
const conformed = (text: string, type: Type, most?: number): string => {
  const read = conform(json(text), type, most);
  return "misfit" in read ? `${read.misfit.code} ${read.misfit.path}: ${read.misfit.reason}` : showValue(read.value);
};

describe("conform", () => {
  it.each<readonly [Type, string, string]>([
    [simple("any"), '{"a":1.0}', '{"a": 1.0}'],
    [simple("bool"), "true", "true"],
    [simple("int"), "5", "5"],
    [simple("int"), '"9007199254740993"', "9007199254740993"],
    [simple("int"), "5.0", "not-a-value : expected a whole number such as `12`"],
    [simple("decimal"), "5", "5.0"],
    [simple("decimal"), "5.50", "5.5"],
    [simple("decimal"), '"5.50"', "5.5"],
    [simple("percent"), '"10.5%"', "0.105"],
    [simple("percent"), "0.105", "not-a-value : expected a percentage such as `10.5%`"],
    [simple("instant"), '"2026-01-31T12:00:00Z"', "1769860800000"],
    [simple("instant"), "17", "17"],
    [simple("duration"), '"36 h"', "129600000"],
    [simple("size"), "4096", "4096"],
    [simple("size"), "-1", "not-a-value : expected a size such as `64 KiB`"],
    [simple("text"), "5", "not-a-value : expected a text such as `hello`"],
    [simple("null"), "null", "null"],
    [simple("zone"), '"Europe/Zurich"', "not-a-value : expected a zone"],
    [{ kind: "optional", of: simple("int") }, "null", "unknown"],
    [{ kind: "enum", values: ["a", "b"] }, '"c"', "not-a-value : expected one of `a`, `b` such as `a`"],
    [{ kind: "map", of: simple("int"), most: 2 }, '{"x":1,"a":2}', '{"a": 2, "x": 1}'],
    [{ kind: "map", of: simple("int"), most: 1 }, '{"x":1,"a":2}', "limit : has 2 keys, at most 1"],
    [{ kind: "map", of: simple("int"), most: 2 }, '{"x":"no"}', "not-a-value x: expected a whole number such as `12`"],
    [{ kind: "list", of: simple("int"), most: 1 }, "[1,2]", "limit : has 2 items, at most 1"],
    [ORDER, '{"amount":"5.00 USD","lines":[{"n":1,"extra":[]}]}', "[5.0, unknown, [[1]], unknown]"],
    [
      ORDER,
      '{"amount":"5.00 USD","lines":[{"n":1},{"n":"x"}],"note":null}',
      "not-a-value lines[1].n: expected a whole number such as `12`",
    ],
    [ORDER, '{"amount":"5.00 EUR","lines":[]}', "not-a-value amount: is an amount of EUR, expected USD"],
    [ORDER, '{"lines":[]}', "not-a-value amount: is missing"],
    [ORDER, '{"amount":"5.00 USD","lines":[],"extra":1}', "not-a-value extra: is not a field here"],
    [ORDER, "[]", "not-a-value : expected a record"],
    [{ kind: "union", of: [simple("int"), simple("text")] }, '"5"', '"5"'],
    [{ kind: "union", of: [simple("int"), simple("date")] }, '"2026-01-31"', "20484"],
    [
      { kind: "union", of: [simple("int"), simple("date")] },
      "true",
      "not-a-value : expected a whole number or a date such as `12`",
    ],
    [
      simple("evidence"),
      `{"by":"did:key:z6Mk","hash":"${"ab".repeat(32)}","type":"application/pdf"}`,
      `["${"ab".repeat(32)}", "application/pdf", "did:key:z6Mk"]`,
    ],
    [
      simple("evidence"),
      `{"by":"did:key:z6Mk","hash":"AB","type":"application/pdf"}`,
      "not-a-value hash: expected a hash of 64 hex digits",
    ],
  ])("%j of %s", (type, text, expected) => {
    expect(conformed(text, type)).toBe(expected);
  });

  it("counts parts and stops at the bound, unions included", () => {
    const list: Type = { kind: "list", of: simple("int"), most: 1000 };
    expect(conformWithin(json("[1,2,3]"), list, 4)).toEqual({ value: [1, 2, 3], parts: 4 });
    expect(conformWithin(json("[1,2,3]"), list, 3)).toEqual({ value: new ErrorValue("limit", "[2]"), parts: 3 });
    // Nested unions try the same list again and again: the bound holds all the same.
    let tries: Type = simple("date");
    for (let depth = 0; depth < 20; depth++)
      tries = {
        kind: "union",
        of: [
          { kind: "list", of: tries, most: 9 },
          { kind: "list", of: tries, most: 9 },
        ],
      };
    let nest = "1";
    for (let depth = 0; depth < 20; depth++) nest = `[${nest}]`;
    expect(conformWithin(json(nest), tries, 1000)).toMatchObject({ parts: 1000, value: { code: "limit" } });
  });
});

describe("toJson", () => {
  const digits = (asset: string): number | undefined => (asset === "USD" ? 2 : asset === "points" ? 0 : undefined);
  it("writes values as conform reads them", () => {
    const value = [decimalOf(5, 0) as Decimal, undefined, [[7]], undefined];
    expect(writeJson(toJson(value, ORDER, digits))).toBe('{"amount":"5.00 USD","lines":[{"n":7}],"note":null}');
    expect(writeJson(toJson(decimalOf(3, 0) as Decimal, { kind: "money", asset: "points" }, digits))).toBe(
      '"3 points"',
    );
    expect(writeJson(toJson(1769860800000, simple("instant")))).toBe('"2026-01-31T12:00:00Z"');
    expect(writeJson(toJson(9e15, simple("instant")))).toBe("9000000000000000");
    expect(writeJson(toJson(new ErrorValue("overflow"), simple("int")))).toBe('{"about":"","error":"overflow"}');
    expect(writeJson(toJson("x", simple("date")))).toBe('{"about":"","error":"kind"}');
  });

  it("inverts conform", () => {
    const cases: readonly (readonly [Type, fc.Arbitrary<Value>])[] = [
      [simple("int"), fc.maxSafeInteger()],
      [simple("text"), fc.string({ unit: "grapheme" })],
      [
        simple("decimal"),
        fc.tuple(fc.integer(), fc.integer({ min: -9, max: 9 })).map(([c, e]) => decimalOf(c, e) as Decimal),
      ],
      [{ kind: "money", asset: "USD" }, fc.integer().map((c) => decimalOf(c, -2) as Decimal)],
      [simple("date"), fc.integer({ min: -700_000, max: 2_000_000 })],
      [simple("duration"), fc.integer()],
      [{ kind: "optional", of: simple("bool") }, fc.constantFrom<Value>(true, false, undefined)],
      [
        { kind: "union", of: [simple("int"), simple("date"), simple("text")] },
        fc.oneof(fc.integer({ min: -9, max: 99_999 }), fc.constantFrom("x", "y z")),
      ],
    ];
    for (const [type, values] of cases) {
      const list: Type = { kind: "list", of: type, most: 10 };
      fc.assert(
        fc.property(fc.array(values, { maxLength: 5 }), (items) => {
          const text = writeJson(toJson(items, list, digits))!;
          expect(conform(json(text), list)).toEqual({ value: items });
        }),
        { numRuns: 200 },
      );
    }
  });
});
