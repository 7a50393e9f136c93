// Properties of the standard library: every builtin is total and gives a value of its declared type; money is conserved;
// whole division, months and zones keep their identities. fast-check prints the seed of a failure.
import fc from "fast-check";
import { expect, test } from "vitest";
import { isWellFormed } from "../../core/bytes.ts";
import { addMonths, lastDayOf, monthOfDate } from "../../stdlib/civil.ts";
import {
  BUILTINS,
  type Builtin,
  calendarConstant,
  type ParamType,
  parseZone,
  resolveCall,
  signatureOf,
  zoneConstant,
  zoneNames,
} from "../../stdlib/index.ts";
import { localOf, localToInstant, offsetAt } from "../../stdlib/zone.ts";
import { add } from "../../vm/arithmetic.ts";
import { Decimal, decimalOf, intOf, ROUNDING_MODES } from "../../vm/decimal.ts";
import { encodeValue } from "../../vm/encode.ts";
import { equalValues } from "../../vm/order.ts";
import { DATE_MAX, DATE_MIN, INSTANT_MAX, INSTANT_MIN } from "../../vm/time-text.ts";
import type { Type } from "../../vm/type.ts";
import { ErrorValue, MapValue, type Value } from "../../vm/value.ts";

const t = (kind: string): Type => ({ kind }) as Type;

// ── Values of a type ──────────────────────────────────────────────────────────────────────────────────────────────────

const ints = fc.oneof(
  fc.integer({ min: -3, max: 40 }),
  fc.constantFrom(0, 1, -1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER),
  fc.maxSafeInteger(),
  fc.bigInt({ min: -(10n ** 34n) + 1n, max: 10n ** 34n - 1n }).map((n) => intOf(n) as Value),
);
const decimals = fc
  .tuple(
    fc.oneof(fc.integer({ min: -10_000, max: 10_000 }), ints),
    fc.oneof(fc.integer({ min: -6, max: 3 }), fc.integer({ min: -6176, max: 6000 })),
  )
  .map(([c, e]) => decimalOf(c as number, e))
  .filter((value) => value instanceof Decimal);
const texts = fc.oneof(
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.constantFrom(
    "",
    " ",
    "a,b",
    "12",
    "-1.50",
    "1.5Gi",
    "2026-02-29",
    "1 h",
    "::ffff:10.0.0.1",
    "10.0.0.0/8",
    "/a/b",
    "example.org",
    "İß😀",
  ),
);
const dates = fc.oneof(
  fc.integer({ min: DATE_MIN, max: DATE_MAX }),
  fc.integer({ min: 16_000, max: 26_000 }),
  fc.constantFrom(DATE_MIN, DATE_MAX),
);
const instants = fc.oneof(
  fc.integer({ min: INSTANT_MIN, max: INSTANT_MAX }),
  fc.integer({ min: 0, max: 2_240_000_000_000 }),
  fc.constantFrom(INSTANT_MIN, INSTANT_MAX),
);
const ips = fc.oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ minLength: 16, maxLength: 16 }));
const zones = fc
  .constantFrom(...zoneNames().filter((_, i) => i % 29 === 0), "+05:30")
  .map((name) => zoneConstant(name)!);
const calendars = fc.constantFrom("Mon-Fri", "Sun-Thu", "Wed").chain((week) =>
  fc.constantFrom<string | number[]>("england-and-wales", "france", [20_000, 20_001]).map((holidays) => {
    const made = calendarConstant(week, holidays);
    return "value" in made ? made.value : null;
  }),
);

function valuesOf(type: Type): fc.Arbitrary<Value> {
  switch (type.kind) {
    case "bool":
      return fc.boolean();
    case "text":
    case "host":
    case "path":
    case "did":
    case "party":
      return texts;
    case "bytes":
      return fc.uint8Array({ maxLength: 20 });
    case "null":
      return fc.constant(null);
    case "decimal":
    case "percent":
    case "quotient":
    case "money":
      return decimals as fc.Arbitrary<Value>;
    case "instant":
      return instants;
    case "date":
      return dates;
    case "month":
      return fc.integer({ min: -23_628, max: 96_359 });
    case "clock":
      return fc.integer({ min: 0, max: 86_399_999_999_999 });
    case "ip":
      return ips;
    case "cidr":
      return ips.chain((ip) => fc.integer({ min: 0, max: ip.length * 8 }).map((prefix): Value => [ip, prefix]));
    case "zone":
      return zones;
    case "calendar":
      return calendars;
    case "enum":
      return fc.constantFrom(...type.values);
    case "list":
      return fc.array(fc.oneof({ weight: 12, arbitrary: valuesOf(type.of) }, { weight: 1, arbitrary: spoilt }), {
        maxLength: 6,
      });
    case "map":
      return fc
        .uniqueArray(fc.string({ maxLength: 3 }), { maxLength: 4 })
        .chain((keys) =>
          fc
            .array(valuesOf(type.of), { minLength: keys.length, maxLength: keys.length })
            .map((values) => new MapValue([...keys].sort(), values)),
        );
    case "any":
      return fc.oneof(
        ints as fc.Arbitrary<Value>,
        decimals as fc.Arbitrary<Value>,
        texts,
        fc.boolean(),
        fc.constant(null),
        fc.array(ints as fc.Arbitrary<Value>, { maxLength: 3 }),
      );
    default:
      return ints as fc.Arbitrary<Value>;
  }
}
const spoilt: fc.Arbitrary<Value> = fc.constantFrom(undefined, new ErrorValue("overflow", "x"));
const anything: fc.Arbitrary<Value> = fc.oneof(
  ...["int", "decimal", "text", "bool", "null", "bytes", "cidr", "zone", "calendar"].map((kind) => valuesOf(t(kind))),
  spoilt,
  valuesOf({ kind: "list", of: t("any"), most: 6 }),
  valuesOf({ kind: "map", of: t("int"), most: 4 }),
);

/** Types an argument of a param may have. */
function typesOf(param: ParamType): fc.Arbitrary<Type> {
  switch (param.kind) {
    case "exact":
      return fc.constant(param.type);
    case "number":
      return fc.constantFrom(t("int"), t("decimal"), t("percent"), t("quotient"));
    case "money":
      return fc.constant({ kind: "money", asset: "USD" } as Type);
    case "variable":
      return param.name === "N" || param.name === "Q" || param.name === "O"
        ? fc.constantFrom(t("int"), t("decimal"))
        : fc.constantFrom(t("int"), t("text"), t("any"));
    case "list":
    case "map":
      return typesOf(param.of).map((of) => ({ kind: param.kind, of, most: 6 }));
    case "optional":
      return typesOf(param.of).map((of) => ({ kind: "optional", of }));
    case "oneOf":
      return fc.oneof(...param.of.map(typesOf));
  }
}

const IMPLICIT: Readonly<Record<string, fc.Arbitrary<Value>>> = {
  zone: zones,
  calendar: calendars,
  "rounding.days": fc.constantFrom("up", "down", ...ROUNDING_MODES),
  "rounding.months": fc.constantFrom("up", "down"),
  "rounding.money": fc.constantFrom(...ROUNDING_MODES),
  "digits(A)": fc.integer({ min: 0, max: 4 }),
  "asset(A)": fc.constant("USD"),
};

/** Argument types and values of a call of one builtin. Variables take one type throughout. */
function callOf(builtin: Builtin): fc.Arbitrary<{ types: Type[]; args: Value[] }> {
  const { params, implicit } = signatureOf(builtin);
  return fc.integer({ min: 0, max: 2 }).chain((more) => {
    const last = params[params.length - 1]!;
    const all = last.variadic ? [...params, ...Array.from({ length: more }, () => last)] : params;
    return fc.tuple(fc.nat(99), ...all.map((param) => typesOf(param.type))).chain(([pick, ...types]) => {
      // The same variable has the same type: take the type of the first param that is the variable alone.
      const scalar = [t("int"), t("decimal")][pick % 2]!;
      const fixed = types.map((type, i) => fix(all[i]!.type, type, scalar));
      const values = fixed.map((type) =>
        type.kind === "optional" ? fc.oneof(valuesOf(type.of), fc.constant(undefined)) : valuesOf(type),
      );
      return fc
        .tuple(...values, ...implicit.map((name) => IMPLICIT[name]!))
        .map((args) => ({ types: fixed, args: args as Value[] }));
    });
  });
}

function fix(param: ParamType, type: Type, scalar: Type): Type {
  if (param.kind === "variable") return scalar;
  if ((param.kind === "list" || param.kind === "map") && (type.kind === "list" || type.kind === "map"))
    return { ...type, of: fix(param.of, type.of, scalar) };
  if (param.kind === "optional" && type.kind === "optional")
    return { kind: "optional", of: fix(param.of, type.of, scalar) };
  return type;
}

const SAFE = Number.MAX_SAFE_INTEGER;

/** Whether a value is one of its type, in the one representation it has. */
function fits(value: Value, type: Type): boolean {
  if (value instanceof ErrorValue || value === undefined) return true;
  const whole = (low: number, high: number): boolean =>
    typeof value === "number" && Number.isInteger(value) && !Object.is(value, -0) && value >= low && value <= high;
  switch (type.kind) {
    case "bool":
      return typeof value === "boolean";
    case "text":
      return typeof value === "string" && isWellFormed(value);
    case "int":
    case "duration":
    case "period":
    case "size":
      return (
        whole(-SAFE, SAFE) ||
        (typeof value === "bigint" &&
          (value > BigInt(SAFE) || value < -BigInt(SAFE)) &&
          value < 10n ** 34n &&
          value > -(10n ** 34n))
      );
    case "decimal":
    case "percent":
    case "quotient":
    case "money":
      return value instanceof Decimal && equalValues(decimalOf(value.coefficient, value.exponent) as Value, value);
    case "instant":
      return whole(INSTANT_MIN, INSTANT_MAX);
    case "date":
      return whole(DATE_MIN, DATE_MAX);
    case "month":
      return whole(-23_628, 96_359);
    case "clock":
      return whole(0, 86_399_999_999_999);
    case "enum":
      return type.values.includes(value as string);
    case "list":
      return Array.isArray(value) && value.length <= type.most && value.every((item) => fits(item, type.of));
    case "map":
      return (
        value instanceof MapValue &&
        value.keys.length <= type.most &&
        value.keys.every((key, at) => fits(key, { kind: "text" }) && (at === 0 || value.keys[at - 1] !== key)) &&
        value.values.every((item) => fits(item, type.of))
      );
    case "optional":
      return fits(value, type.of);
    case "host":
    case "path":
      return typeof value === "string";
    case "ip":
      return value instanceof Uint8Array && (value.length === 4 || value.length === 16);
    case "cidr":
      return Array.isArray(value) && value.length === 2;
    case "any":
      return true;
    default:
      return false;
  }
}

// ── Totality ──────────────────────────────────────────────────────────────────────────────────────────────────────────

test.each(BUILTINS.map((each) => [`${each.id} ${each.name}${each.signature}`, each] as const))(
  "%s is total",
  (_, builtin) => {
    let resolvedOnce = false;
    fc.assert(
      fc.property(callOf(builtin), ({ types, args }) => {
        const result = builtin.run(args);
        const call = resolveCall(builtin.name, types);
        // Another overload may be nearer to these types; then its own test covers it.
        if (call.kind === "call" && call.builtin === builtin) {
          resolvedOnce = true;
          expect([result, fits(result, call.result)]).toEqual([result, true]);
          // What has no bytes cannot be stored or hashed: -0, a number that should be a bigint, half a surrogate pair.
          expect(encodeValue(result)).toHaveProperty("bytes");
        }
        expect(builtin.run(args)).toEqual(result);
      }),
      { numRuns: 60 },
    );
    expect(resolvedOnce).toBe(true);
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 5 }), (args) => {
        builtin.run(args);
      }),
      { numRuns: 60 },
    );
  },
);

const someType: fc.Arbitrary<Type> = fc.letrec<{ type: Type }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 3 },
    fc
      .constantFrom(
        "bool",
        "text",
        "int",
        "decimal",
        "percent",
        "quotient",
        "instant",
        "date",
        "any",
        "party",
        "null",
        "zone",
      )
      .map(t),
    fc.constantFrom<Type>(
      { kind: "money", asset: "USD" },
      { kind: "money", asset: "EUR" },
      { kind: "period", unit: "days" },
      { kind: "enum", values: ["a", "up"] },
      { kind: "record", fields: [], open: false },
    ),
    tie("type").map((of): Type => ({ kind: "list", of, most: 4 })),
    tie("type").map((of): Type => ({ kind: "map", of, most: 4 })),
    tie("type").map((of): Type => (of.kind === "optional" ? of : { kind: "optional", of })),
    fc.array(tie("type"), { minLength: 1, maxLength: 3 }).map((of): Type => ({ kind: "union", of })),
  ),
})).type;

test("resolving never throws and always says something", () => {
  const names = [...new Set(BUILTINS.map((each) => each.name)), "nothing"];
  fc.assert(
    fc.property(
      fc.constantFrom(...names),
      fc.array(someType, { maxLength: 5 }),
      fc.array(fc.nat(4), { maxLength: 2 }),
      (name, args, zeros) => {
        const call = resolveCall(name, args, { zeros });
        if (call.kind === "call") expect(call.expected).toHaveLength(args.length);
        else expect(call.reason === "unknown-function" ? call.candidates : []).toEqual([]);
      },
    ),
    { numRuns: 4_000 },
  );
});

// ── Identities ────────────────────────────────────────────────────────────────────────────────────────────────────────

const builtin = (name: string): Builtin => BUILTINS.find((each) => each.name === name)!;
const amounts = fc
  .tuple(fc.integer({ min: -1_000_000, max: 1_000_000 }), fc.constantFrom(0, -2, -3))
  .map(([c, e]) => decimalOf(c, e) as Decimal);

test("shares and remainder add up to the amount, whatever the parts and the rounding", () => {
  const parts = fc.array(
    fc.oneof(
      decimals,
      fc.integer({ min: -20, max: 200 }).map((c) => decimalOf(c, -2)),
    ),
    { maxLength: 6 },
  );
  fc.assert(
    fc.property(
      amounts,
      parts,
      fc.integer({ min: 0, max: 3 }),
      fc.constantFrom(...ROUNDING_MODES),
      (amount, given, digits, mode) => {
        const shares = builtin("split_shares").run([amount, given as Value[], digits, mode]);
        if (shares instanceof ErrorValue) {
          expect(shares.code).toBe("overflow");
          return;
        }
        const all = shares as readonly Decimal[];
        expect(
          equalValues(
            all.reduce<Value>((sum, share) => add(sum, share), 0),
            amount,
          ),
        ).toBe(true);
        for (const share of all)
          expect(amount.coefficient < 0 ? share.coefficient <= 0 : share.coefficient >= 0).toBe(true);
      },
    ),
    { numRuns: 3_000 },
  );
});

test("quotient and rest give the number back, and the Euclidean rest is never negative", () => {
  fc.assert(
    fc.property(ints, ints, (a, b) => {
      const [d, m, q, r] = ["div", "mod", "quo", "rem"].map((name) => builtin(name).run([a as Value, b as Value]));
      if (d instanceof ErrorValue) {
        expect(equalValues(b as Value, 0)).toBe(true);
        return;
      }
      const [x, y] = [BigInt(a as number), BigInt(b as number)];
      expect(BigInt(d as number) * y + BigInt(m as number)).toBe(x);
      expect(BigInt(q as number) * y + BigInt(r as number)).toBe(x);
      expect(BigInt(m as number) >= 0n && BigInt(m as number) < (y < 0n ? -y : y)).toBe(true);
      expect(BigInt(q as number)).toBe(x / y);
    }),
    { numRuns: 4_000 },
  );
});

test("lists have what a search finds, scalars or not", () => {
  const items = fc.array(
    fc.oneof(ints, decimals, texts, fc.boolean(), fc.constant(null), fc.array(fc.nat(3), { maxLength: 2 })),
    { maxLength: 6 },
  );
  fc.assert(
    fc.property(items, items, (list, wanted) => {
      const found = wanted.map((each) => list.some((item) => equalValues(item as Value, each as Value)));
      expect(builtin("has_all").run([list as Value, wanted as Value])).toBe(found.every((each) => each));
      expect(builtin("has_any").run([list as Value, wanted as Value])).toBe(found.some((each) => each));
    }),
    { numRuns: 2_000 },
  );
});

test("adding months lands in the month meant, or on the first of the next", () => {
  fc.assert(
    fc.property(dates, fc.integer({ min: -5_000, max: 5_000 }), (day, months) => {
      const target = monthOfDate(day) + months;
      const down = addMonths(day, months, "down");
      const up = addMonths(day, months, "up");
      expect(monthOfDate(down)).toBe(target);
      expect(up === down || (up === lastDayOf(target) + 1 && down === lastDayOf(target))).toBe(true);
    }),
    { numRuns: 4_000 },
  );
});

test("local time and back: an instant comes back unless its wall time comes twice", () => {
  fc.assert(
    fc.property(zones, instants, (constant, instant) => {
      const zone = parseZone(constant)!;
      const local = localOf(zone, instant);
      const back = localToInstant(zone, local.day, local.ms);
      expect(back <= instant && localOf(zone, back)).toEqual(local);
      if (back !== instant) expect(instant - back).toBe(offsetAt(zone, back) - offsetAt(zone, instant));
    }),
    { numRuns: 5_000 },
  );
});

test("an annuity repays its principal", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1_000_000 }),
      fc.integer({ min: 0, max: 20_000 }),
      fc.integer({ min: 1, max: 120 }),
      (principal, rate, n) => {
        const r = decimalOf(rate, -5) as Decimal;
        const payment = builtin("annuity").run([decimalOf(principal, 0) as Decimal, r, n]) as Decimal;
        // In whole units of 10^-20, what is owed after each payment, interest cut off: under a millionth of the principal at the end.
        let owed = BigInt(principal) * 10n ** 20n;
        const paid = (BigInt(payment.coefficient) * 10n ** BigInt(40 + payment.exponent)) / 10n ** 20n;
        for (let i = 0; i < n; i++) owed = owed + (owed * BigInt(rate)) / 100_000n - paid;
        const left = owed < 0n ? -owed : owed;
        expect(left < BigInt(principal) * 10n ** 14n).toBe(true);
      },
    ),
    { numRuns: 300 },
  );
});
