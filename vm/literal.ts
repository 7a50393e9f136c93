// Written values: the text an author, a JSON document or a command line writes for a value of a type, and back. Pure: no
// locale and no clock. `parseLiteral(printLiteral(value, type), type)` is the value again for every type that can be written.
import { base64, fromBase64, isWellFormed } from "../core/bytes.ts";
import { Decimal, decimalOf, formatDecimal, type Int, parseDecimal, parseInt34 } from "./decimal.ts";
import { LITERAL_LENGTH_MAX, TEXT_BYTES_MAX } from "./limits.ts";
import { formatIp, formatNetwork, normalHost, parseIp, parseNetwork } from "./network.ts";
import { equalValues } from "./order.ts";
import { formatDuration, formatPeriod, formatSize, parseDuration, parsePeriod, parseSize } from "./quantity.ts";
import {
  formatClock,
  formatDate,
  formatInstant,
  formatMonth,
  parseClock,
  parseDate,
  parseInstant,
  parseMonth,
} from "./time-text.ts";
import type { Type } from "./type.ts";
import { describeType, exampleOf } from "./type-text.ts";
import { ErrorValue, type Value } from "./value.ts";

/** A value, or why the text is none, in one lower-case line. */
export type Parsed = { readonly value: Value } | { readonly reason: string };

const ASSET = /^[A-Za-z][A-Za-z0-9_]*$/;
const DID = /^did:[a-z0-9]+:(?:[A-Za-z0-9._-]|%[0-9A-Fa-f]{2}|:(?!$))+$/;

/** The value of a text written for a type. Numbers may group thousands (`4,000.00`, `1_000`). */
export function parseLiteral(text: string, type: Type): Parsed {
  if (type.kind === "text")
    return isText(text) ? { value: text } : { reason: "is not well-formed text or is too long" };
  if (text.length > LITERAL_LENGTH_MAX && type.kind !== "bytes")
    return { reason: `is longer than ${LITERAL_LENGTH_MAX} characters` };
  switch (type.kind) {
    case "optional":
      return text === "null" ? { value: undefined } : parseLiteral(text, type.of);
    case "union": {
      for (const member of type.of) {
        const parsed = parseLiteral(text, member);
        if ("value" in parsed) return parsed;
      }
      return expected(type);
    }
    case "enum":
      return type.values.includes(text) ? { value: text } : expected(type);
    case "money":
      return parseMoney(text, type.asset);
    case "period": {
      const period = parsePeriod(text);
      if (period === undefined) return expected(type);
      return period.unit === type.unit
        ? { value: period.count }
        : { reason: `is a number of ${period.unit}, expected ${type.unit}: they do not convert` };
    }
    default:
      return parseSimple(text, type);
  }
}

function parseSimple(text: string, type: Type): Parsed {
  const one = (value: Value | undefined): Parsed => (value === undefined ? expected(type) : { value });
  switch (type.kind) {
    case "bool":
      return text === "true" ? { value: true } : text === "false" ? { value: false } : expected(type);
    case "null":
      return text === "null" ? { value: null } : expected(type);
    case "any": {
      const guess = guessLiteral(text);
      return ["bool", "null", "int", "decimal"].includes(guess.type.kind) ? { value: guess.value } : { value: text };
    }
    case "bytes":
      return one(text.length > 2 * TEXT_BYTES_MAX ? undefined : fromBase64(text));
    case "int":
      return number(parseInt34(ungrouped(text)), type);
    case "decimal":
    case "quotient":
      return number(parseDecimal(ungrouped(text)), type);
    case "percent":
      return text.endsWith("%") ? percent(parseDecimal(ungrouped(text.slice(0, -1).trimEnd())), type) : expected(type);
    case "instant": {
      const at = parseInstant(text);
      if (typeof at === "number") return { value: at };
      if (at === "finer") return { reason: "is finer than a millisecond" };
      return at === "range" ? { reason: "is outside the years 0001 to 9999" } : expected(type);
    }
    case "date":
      return one(parseDate(text));
    case "month":
      return one(parseMonth(text));
    case "clock":
      return one(parseClock(text));
    case "duration":
      if (parsePeriod(text) !== undefined)
        return { reason: "is a calendar period, expected an exact duration such as `36 h`: they do not convert" };
      return one(parseDuration(text));
    case "size":
      return one(parseSize(text));
    case "ip":
      return one(parseIp(text));
    case "cidr": {
      const network = parseNetwork(text);
      if (network === undefined) return expected(type);
      return network.hostBits
        ? { reason: `has bits set after its prefix, the network is \`${formatNetwork(network)}\`` }
        : { value: [network.ip, network.prefix] };
    }
    case "host":
      return one(normalHost(text));
    case "path":
      return /^\/[^\u0000-\u0020\u007f?#]*$/.test(text) && isWellFormed(text) ? { value: text } : expected(type);
    case "did":
      return DID.test(text) ? { value: text } : expected(type);
    case "party":
      return text !== "" && isText(text) ? { value: text } : expected(type);
    default:
      return { reason: `is one value, and ${describeType(type)} is written with its parts` };
  }
}

const expected = (type: Type): Parsed => {
  const example = exampleOf(type);
  return { reason: `expected ${describeType(type)}${example === undefined ? "" : ` such as \`${example}\``}` };
};

const isText = (text: string): boolean => text.length <= TEXT_BYTES_MAX && isWellFormed(text);

/** Without group marks, which must stand between groups of three (`,`) or between digits (`_`); else as it is. */
function ungrouped(text: string): string {
  if (/^-?\d{1,3}(,\d{3})+(\.\d+)?$/.test(text)) return text.replaceAll(",", "");
  if (text.includes("_") && /^-?\d+(_\d+)*(\.\d+(_\d+)*)?$/.test(text)) return text.replaceAll("_", "");
  return text;
}

function number(parsed: Int | Decimal | ErrorValue | undefined, type: Type): Parsed {
  if (parsed === undefined) return expected(type);
  return parsed instanceof ErrorValue ? { reason: "has more than 34 digits or is out of range" } : { value: parsed };
}

function percent(parsed: Decimal | ErrorValue | undefined, type: Type): Parsed {
  if (!(parsed instanceof Decimal)) return number(parsed, type);
  return number(decimalOf(parsed.coefficient, parsed.exponent - 2), type);
}

function parseMoney(text: string, asset: string): Parsed {
  const space = text.lastIndexOf(" ");
  const amount = space < 0 ? undefined : parseDecimal(ungrouped(text.slice(0, space)));
  const written = text.slice(space + 1);
  if (amount === undefined || !ASSET.test(written)) return expected({ kind: "money", asset });
  if (written !== asset) return { reason: `is an amount of ${written}, expected ${asset}` };
  return number(amount, { kind: "money", asset });
}

// ── Printing ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Canonical text of a value of a type. `digits`: fewest digits of an asset after the point, for money (2 when it does not
 *  know). A value that does not fit the type, or a type that is not written as one text, gives undefined. */
export function printLiteral(
  value: Value,
  type: Type,
  digits: (asset: string) => number | undefined = () => undefined,
): string | undefined {
  switch (type.kind) {
    case "optional":
      return value === undefined ? "null" : printLiteral(value, type.of, digits);
    case "union": {
      for (const member of type.of) {
        const text = printLiteral(value, member, digits);
        // A text of one member may read as another: only what reads back as the value is its text.
        if (text !== undefined && sameLiteral(text, type, value)) return text;
      }
      return undefined;
    }
    case "money":
      return value instanceof Decimal ? `${formatDecimal(value, digits(type.asset) ?? 2)} ${type.asset}` : undefined;
    case "bytes":
      return value instanceof Uint8Array ? base64(value) : undefined;
    case "ip":
      return value instanceof Uint8Array && (value.length === 4 || value.length === 16) ? formatIp(value) : undefined;
    case "cidr":
      return printNetwork(value);
    case "bool":
      return typeof value === "boolean" ? String(value) : undefined;
    case "null":
      return value === null ? "null" : undefined;
    case "decimal":
    case "quotient":
      return value instanceof Decimal ? formatDecimal(value) : undefined;
    case "percent":
      return value instanceof Decimal ? printPercent(value) : undefined;
    case "int":
    case "duration":
    case "period":
    case "size":
      return typeof value === "number" || typeof value === "bigint" ? printInt(value, type) : undefined;
    case "instant":
      return typeof value === "number" ? formatInstant(value) : undefined;
    case "date":
      return typeof value === "number" ? formatDate(value) : undefined;
    case "month":
      return typeof value === "number" ? formatMonth(value) : undefined;
    case "clock":
      return typeof value === "number" ? formatClock(value) : undefined;
    case "enum":
      return typeof value === "string" && type.values.includes(value) ? value : undefined;
    case "text":
    case "host":
    case "path":
    case "did":
    case "party":
      return typeof value === "string" ? value : undefined;
    default:
      return undefined;
  }
}

function sameLiteral(text: string, type: Type, value: Value): boolean {
  const parsed = parseLiteral(text, type);
  return "value" in parsed && equalValues(parsed.value, value);
}

function printInt(value: Int, type: Type): string {
  if (type.kind === "duration") return formatDuration(value);
  if (type.kind === "period") return formatPeriod(value, type.unit);
  return type.kind === "size" ? formatSize(value) : String(value);
}

function printPercent(value: Decimal): string | undefined {
  const hundred = decimalOf(value.coefficient, value.exponent + 2);
  return hundred instanceof Decimal ? `${formatDecimal(hundred, 0)}%` : undefined;
}

function printNetwork(value: Value): string | undefined {
  if (!Array.isArray(value) || value.length !== 2) return undefined;
  const [ip, prefix] = value as readonly Value[];
  return ip instanceof Uint8Array && (ip.length === 4 || ip.length === 16) && typeof prefix === "number"
    ? formatNetwork({ ip, prefix })
    : undefined;
}

// ── Guessing ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** In the order tried. A text that is several of them has the first type. */
const GUESSES: readonly Type[] = [
  { kind: "null" },
  { kind: "bool" },
  { kind: "int" },
  { kind: "decimal" },
  { kind: "percent" },
  { kind: "date" },
  { kind: "month" },
  { kind: "instant" },
  { kind: "clock" },
  { kind: "duration" },
  { kind: "size" },
  { kind: "ip" },
  { kind: "cidr" },
  { kind: "did" },
];

/** The type and value a text carries by its form; plain text when it has no other. Written values carry their type:
 *  `5 days` is a period, `200.00 USD` an amount, `10.5%` a percentage. Hosts, paths and parties are text until a type
 *  says otherwise. */
export function guessLiteral(text: string): { readonly type: Type; readonly value: Value } {
  if (text.length <= LITERAL_LENGTH_MAX) {
    for (const type of GUESSES) {
      const parsed = parseLiteral(text, type);
      if ("value" in parsed) return { type, value: parsed.value };
    }
    const period = parsePeriod(text);
    if (period !== undefined) return { type: { kind: "period", unit: period.unit }, value: period.count };
    const asset = /^-?[\d,_.]+ ([A-Za-z][A-Za-z0-9_]*)$/.exec(text)?.[1];
    if (asset !== undefined) {
      const parsed = parseMoney(text, asset);
      if ("value" in parsed) return { type: { kind: "money", asset }, value: parsed.value };
    }
  }
  return { type: { kind: "text" }, value: text };
}
