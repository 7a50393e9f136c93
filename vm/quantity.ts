// Durations, calendar periods and sizes as written: a number and a unit. Exact durations (`36 h`, `1 h 30 min`, `PT5H`)
// and periods (`2 days`, `10 business days`) never stand for each other.
import { addParts, Decimal, decimalToInt, type Int, mulParts, parseDecimal } from "./decimal.ts";
import type { PeriodUnit } from "./type.ts";
import { ErrorValue } from "./value.ts";

/** Milliseconds of the exact units, largest first as they are printed. */
const DURATION_UNITS: readonly (readonly [name: string, ms: number, others: readonly string[]])[] = [
  ["h", 3_600_000, ["hour", "hours"]],
  ["min", 60_000, ["minute", "minutes"]],
  ["s", 1_000, ["second", "seconds"]],
  ["ms", 1, ["millisecond", "milliseconds"]],
];
const MS_OF: ReadonlyMap<string, number> = new Map(
  DURATION_UNITS.flatMap(([name, ms, others]) => [name, ...others].map((unit) => [unit, ms] as const)),
);

const PERIOD_UNITS: ReadonlyMap<string, readonly [unit: PeriodUnit, times: number]> = new Map([
  ["day", ["days", 1]],
  ["days", ["days", 1]],
  ["week", ["days", 7]],
  ["weeks", ["days", 7]],
  ["month", ["months", 1]],
  ["months", ["months", 1]],
  ["year", ["months", 12]],
  ["years", ["months", 12]],
  ["business day", ["business days", 1]],
  ["business days", ["business days", 1]],
]);

/** Bytes of the units of size; the binary ones largest first, as they are printed. */
const BINARY_SIZES: readonly (readonly [string, number])[] = [
  ["TiB", 1024 ** 4],
  ["GiB", 1024 ** 3],
  ["MiB", 1024 ** 2],
  ["KiB", 1024],
];
const BYTES_OF: ReadonlyMap<string, number> = new Map<string, number>([
  ["B", 1],
  ["kB", 1e3],
  ["MB", 1e6],
  ["GB", 1e9],
  ["TB", 1e12],
  ...BINARY_SIZES,
]);

/** A number times a unit as a whole number, or undefined when a fraction is left or it is too large. */
function whole(number: string, unit: number): Int | undefined {
  const parsed = parseDecimal(number);
  if (!(parsed instanceof Decimal)) return undefined;
  const product = mulParts(parsed.coefficient, parsed.exponent, unit, 0, false);
  const out = product instanceof ErrorValue ? product : decimalToInt(product);
  return out instanceof ErrorValue ? undefined : out;
}

const QUANTITY = /^(\d+(?:\.\d+)?) ?([A-Za-z]+)/;
const ISO_DURATION = /^PT(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?$/;

/** Milliseconds, or undefined. Units come largest first, each at most once; a leading `-` counts for the whole. */
export function parseDuration(text: string): Int | undefined {
  const negative = text.startsWith("-");
  let rest = negative ? text.slice(1) : text;
  let total: Int = 0;
  const put = (part: Int | undefined): boolean => {
    if (part === undefined) return false;
    const sum: Decimal | ErrorValue = addParts(total, 0, part, 0, false);
    const next: Int | ErrorValue = sum instanceof ErrorValue ? sum : decimalToInt(sum);
    if (next instanceof ErrorValue) return false;
    total = next;
    return true;
  };
  const iso = ISO_DURATION.exec(rest);
  if (iso !== null) {
    if (rest === "PT") return undefined;
    for (const [at, ms] of [3_600_000, 60_000, 1_000].entries())
      if (iso[at + 1] !== undefined && !put(whole(iso[at + 1]!, ms))) return undefined;
    return negative ? flip(total) : total;
  }
  let previous = Number.POSITIVE_INFINITY;
  do {
    const match = QUANTITY.exec(rest);
    const ms = match === null ? undefined : MS_OF.get(match[2]!);
    if (match === null || ms === undefined || ms >= previous || !put(whole(match[1]!, ms))) return undefined;
    previous = ms;
    rest = rest.slice(match[0].length);
    if (rest.startsWith(" ")) rest = rest.slice(1);
    else if (rest !== "" && !/^\d/.test(rest)) return undefined;
  } while (rest !== "");
  return text.endsWith(" ") ? undefined : negative ? flip(total) : total;
}

const flip = (value: Int): Int => (typeof value === "number" ? 0 - value : -value);

/** `1 h 30 min`, `0 ms`, `-36 h`. */
export function formatDuration(ms: Int): string {
  let rest = ms < 0 ? -BigInt(ms) : BigInt(ms);
  const parts: string[] = [];
  for (const [name, unit] of DURATION_UNITS) {
    const count = rest / BigInt(unit);
    if (count > 0n) parts.push(`${count} ${name}`);
    rest %= BigInt(unit);
  }
  return parts.length === 0 ? "0 ms" : (ms < 0 ? "-" : "") + parts.join(" ");
}

/** Count and unit of a period, or undefined. Weeks are days, years are months. */
export function parsePeriod(text: string): { readonly count: Int; readonly unit: PeriodUnit } | undefined {
  const match = /^(-?)(\d+) ?(business days?|[a-z]+)$/.exec(text);
  const unit = match === null ? undefined : PERIOD_UNITS.get(match[3]!);
  if (match === null || unit === undefined) return undefined;
  const count = whole(match[2]!, unit[1]);
  return count === undefined ? undefined : { count: match[1] === "-" ? flip(count) : count, unit: unit[0] };
}

/** `2 days`, `1 month`. */
export function formatPeriod(count: Int, unit: PeriodUnit): string {
  return `${count} ${count === 1 || count === -1 ? unit.slice(0, -1) : unit}`;
}

/** Bytes, or undefined. A unit is required: `4 GiB`, `1.5 MB`, `512 B`. */
export function parseSize(text: string): Int | undefined {
  const match = /^(\d+(?:\.\d+)?) ?([A-Za-z]+)$/.exec(text);
  const unit = match === null ? undefined : BYTES_OF.get(match[2]!);
  return match === null || unit === undefined ? undefined : whole(match[1]!, unit);
}

/** In the largest binary unit that divides it: `4 GiB`, `1000 B`. */
export function formatSize(bytes: Int): string {
  const size = BigInt(bytes);
  for (const [name, unit] of BINARY_SIZES)
    if (size !== 0n && size % BigInt(unit) === 0n) return `${size / BigInt(unit)} ${name}`;
  return `${size} B`;
}
