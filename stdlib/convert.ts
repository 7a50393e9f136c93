// From text or a number to a value of a type. What does not read as the type is the error `not-a-value`; nothing is guessed
// and nothing is converted without a call.
import { mul, toInt } from "../vm/arithmetic.ts";
import { Decimal, intToDecimal, mulParts, parseDecimal, parseInt34 } from "../vm/decimal.ts";
import { parseLiteral } from "../vm/literal.ts";
import { findKey } from "../vm/map.ts";
import type { SimpleKind } from "../vm/type.ts";
import { ErrorValue, MapValue, type Value } from "../vm/value.ts";
import { asDecimal, instantOf, isList, isNumeric, isText, KIND, notAValue, OVERFLOW } from "./args.ts";
import type { Builtin } from "./builtin.ts";

/** Reads a text as a written value of a type. */
const reading =
  (kind: SimpleKind) =>
  ([text]: readonly Value[]): Value => {
    if (!isText(text)) return KIND;
    const parsed = parseLiteral(text, { kind });
    return "value" in parsed ? parsed.value : notAValue(kind);
  };

/** `-?digits`, nothing else. */
function intOfText(text: string): Value {
  return (/^-?\d+$/.test(text) ? parseInt34(text) : undefined) ?? notAValue("int");
}

/** `-?digits[.digits]`, nothing else. */
function decimalOfText(text: string): Value {
  return (/^-?\d+(\.\d+)?$/.test(text) ? parseDecimal(text) : undefined) ?? notAValue("decimal");
}

/** A hundredth of a number: `percent(50)` is 50%. */
function percentOf(value: Value): Value {
  if (!isNumeric(value)) return KIND;
  const decimal = asDecimal(value);
  return mulParts(decimal.coefficient, decimal.exponent, 1, -2, false);
}

/** Suffixes of Kubernetes quantities as factors. Source: Kubernetes API conventions, resource.Quantity. */
const QUANTITY_FACTORS: ReadonlyMap<string, Decimal> = new Map<string, Decimal>([
  ...(["n", "u", "m"] as const).map((suffix, i) => [suffix, new Decimal(1, 3 * i - 9)] as const),
  ["", new Decimal(1, 0)],
  ...(["k", "M", "G", "T", "P", "E"] as const).map((suffix, i) => [suffix, new Decimal(1, 3 * (i + 1))] as const),
  ...(["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"] as const).map(
    (suffix, i) => [suffix, intToDecimal(1024n ** BigInt(i + 1))] as const,
  ),
]);

function times(number: string, factor: Value): Value {
  const value = decimalOfText(number);
  if (!(value instanceof Decimal)) return value;
  return isNumeric(factor) ? mul(value, factor) : KIND;
}

function quantity(text: string): Value {
  const parts = /^([+-]?\d+(?:\.\d*)?|[+-]?\.\d+)([A-Za-z]*|[eE][+-]?\d+)$/.exec(text);
  if (parts === null) return notAValue("quantity");
  // `1.` and `.5` are quantities; a sign may be `+`.
  const number = parts[1]!
    .replace(/^\+/, "")
    .replace(/^(-?)\./, "$10.")
    .replace(/\.$/, "");
  const suffix = parts[2]!;
  const factor = QUANTITY_FACTORS.get(suffix);
  if (factor !== undefined) return times(number, factor);
  if (!/^[eE][+-]?\d{1,3}$/.test(suffix)) return notAValue("quantity");
  return times(number, new Decimal(1, Number(suffix.slice(1))));
}

function scaled(text: Value, table: Value): Value {
  if (!isText(text) || !(table instanceof MapValue)) return KIND;
  const parts = /^(-?\d+(?:\.\d+)?)(.*)$/s.exec(text);
  const at = parts === null ? -1 : findKey(table, parts[2]!);
  if (at < 0) return notAValue("scaled");
  const factor = table.values[at];
  if (factor === undefined || factor instanceof ErrorValue) return factor;
  return times(parts![1]!, factor);
}

function kindOf(value: Value): Value {
  if (value === null) return "null";
  if (value instanceof Decimal) return "decimal";
  if (isList(value)) return "list";
  if (value instanceof MapValue) return "map";
  switch (typeof value) {
    case "boolean":
      return "bool";
    case "number":
    case "bigint":
      return "int";
    case "string":
      return "text";
    default:
      return KIND;
  }
}

/** Rows that only read a text: id, name, expression of the example and its value. */
const READ: readonly (readonly [id: number, kind: SimpleKind, expression: string, value: string])[] = [
  [150, "duration", 'duration("1 h 30 min")', "1 h 30 min"],
  [151, "size", 'size("64 KiB")', "64 KiB"],
  [152, "instant", 'instant("2026-01-31T12:00:00+02:00")', "2026-01-31T10:00:00Z"],
  [153, "date", 'date("2026-01-31")', "2026-01-31"],
  [154, "month", 'month("2026-01")', "2026-01"],
  [155, "clock", 'clock("18:00")', "18:00"],
  [156, "ip", 'ip("192.0.2.1")', "192.0.2.1"],
  [157, "cidr", 'cidr("10.0.0.0/8")', "10.0.0.0/8"],
  [158, "host", 'host("API.Example.com")', "api.example.com"],
  [159, "path", 'path("/v1/charges")', "/v1/charges"],
];

export const CONVERT: readonly Builtin[] = [
  {
    id: 140,
    name: "int",
    signature: "(text) -> int",
    fuel: 6,
    perUnit: { fuel: 1, argument: 0 },
    doc: "Digits with an optional `-` as a number; any other text is the error `not-a-value`.",
    examples: [['int("-12")', "-12"]],
    run: ([text]) => (isText(text) ? intOfText(text) : KIND),
  },
  {
    id: 141,
    name: "int",
    signature: "(number) -> int",
    fuel: 3,
    doc: "A whole number as an int; one with a fraction is the error `not-a-value`.",
    examples: [["int(3.0)", "3"]],
    run: ([value]) => (isNumeric(value) ? toInt(value) : KIND),
  },
  {
    id: 142,
    name: "decimal",
    signature: "(text) -> decimal",
    fuel: 6,
    perUnit: { fuel: 1, argument: 0 },
    doc: "Digits with an optional point and `-` as a number; any other text is the error `not-a-value`.",
    examples: [['decimal("1.50")', "1.5"]],
    run: ([text]) => (isText(text) ? decimalOfText(text) : KIND),
  },
  {
    id: 143,
    name: "decimal",
    signature: "(int | decimal | percent) -> decimal",
    fuel: 2,
    doc: "The number as a decimal: 10% is 0.1. A quotient becomes one only by `round`.",
    examples: [["decimal(percent(10))", "0.1"]],
    run: ([value]) => (isNumeric(value) ? asDecimal(value) : KIND),
  },
  {
    id: 144,
    name: "percent",
    signature: "(int | decimal) -> percent",
    fuel: 3,
    doc: "So many per cent: `percent(50)` is 50%, the number 0.5.",
    examples: [
      ["percent(50)", "50%"],
      ["200 * percent(10.5)", "21.0"],
    ],
    run: ([value]) => percentOf(value),
  },
  {
    id: 145,
    name: "percent",
    signature: "(text) -> percent",
    fuel: 6,
    perUnit: { fuel: 1, argument: 0 },
    doc: "A written percentage.",
    examples: [['percent("10.5%")', "10.5%"]],
    run: reading("percent"),
  },
  ...READ.map(
    ([id, kind, expression, value]): Builtin => ({
      id,
      name: kind,
      signature: `(text) -> ${kind}`,
      fuel: 8,
      perUnit: { fuel: 2, argument: 0 },
      doc: "Reads a written value; text that is none is the error `not-a-value`.",
      examples: [[expression, value]],
      run: reading(kind),
    }),
  ),
  {
    id: 160,
    name: "quantity",
    signature: "(text) -> decimal",
    fuel: 16,
    perUnit: { fuel: 1, argument: 0 },
    doc: 'A Kubernetes quantity as an exact number: `"1.5Gi"`, `"250m"`, `"1e3"`.',
    examples: [
      ['quantity("1.5Ki")', "1536.0"],
      ['quantity("250m")', "0.25"],
    ],
    run: ([text]) => (isText(text) ? quantity(text) : KIND),
  },
  {
    id: 161,
    name: "quantity",
    signature: "(any) -> decimal",
    fuel: 16,
    doc: "A free JSON number as it is, or the quantity a text writes.",
    examples: [],
    run: ([value]) => (isText(value) ? quantity(value) : isNumeric(value) ? asDecimal(value) : KIND),
  },
  {
    id: 162,
    name: "scaled",
    signature: "(text, map(number)) -> decimal",
    fuel: 16,
    perUnit: { fuel: 1, argument: 0 },
    doc: "A number with a suffix of a table, times what the table says; a suffix it lacks is the error `not-a-value`.",
    examples: [],
    run: ([text, table]) => scaled(text, table),
  },
  {
    id: 163,
    name: "unix",
    signature: "(int) -> instant",
    fuel: 2,
    doc: "The instant so many seconds after 1970-01-01T00:00:00Z.",
    examples: [["unix(86400)", "1970-01-02T00:00:00Z"]],
    run: ([seconds]) =>
      typeof seconds === "number" ? instantOf(seconds * 1000) : typeof seconds === "bigint" ? OVERFLOW : KIND,
  },
  {
    id: 164,
    name: "type",
    signature: "(any) -> text",
    fuel: 1,
    doc: "The kind of a free JSON value: `null`, `bool`, `int`, `decimal`, `text`, `list` or `map`.",
    examples: [],
    run: ([value]) => kindOf(value),
  },
];
