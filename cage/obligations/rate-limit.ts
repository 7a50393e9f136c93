// `rate_limit`: so many requests in a period, for each value of what the key names. Keys are made of the canonical values the policy was
// asked with: a name in other letters, a mapped address, or another address of the same IPv6 network is the same key.
import { createHash } from "node:crypto";
import { PUBLISHED } from "../../compiler/policy/published.ts";
import { formatIp, parseIp } from "../../vm/index.ts";
import { BUCKET_KEY_LENGTH_MAX, RATE_MAX } from "../limits.ts";
import type { Met, PlainRecord, PlainValue } from "../point.ts";
import { Arguments, misread, reading } from "./arguments.ts";
import { cannotOblige, type Denial, denial, type Obligation } from "./obligation.ts";
import type { Rate, RateLimits } from "./rate-limits.ts";

export interface RateLimitArgs {
  readonly rate: Rate;
  readonly key: readonly string[];
  /** Equal for equal limits. */
  readonly limit: string;
}

const PERIODS: ReadonlyMap<string, number> = new Map([
  ["s", 1_000],
  ["m", 60_000],
  ["min", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
]);

export const rateLimit: Obligation<RateLimitArgs> = {
  name: "rate_limit",
  points: ["connect", "request", "body"],
  tunnels: true,
  several: true,
  check: (args) =>
    reading(() => {
      const read = new Arguments(args, ["rate", "key", "burst"]);
      const written = /^([1-9]\d{0,6})\/(s|m|min|h|d)$/.exec(read.required("rate"));
      const count = Number(written?.[1]);
      if (written === null || count > RATE_MAX)
        return misread("the rate is none", "write such as `50/s`, `100/min`, `1000/h`");
      const periodMs = PERIODS.get(written[2]!)!;
      const burst = read.count("burst", { min: 1, max: RATE_MAX }) ?? count;
      const key = read.texts("key") ?? [];
      for (const path of key) checkPath(path);
      return { rate: { count, periodMs, burst }, key, limit: JSON.stringify([count, periodMs, burst, key]) };
    }),
};

/** Paths of the published input; a path may go on below what is open. */
function checkPath(path: string): void {
  const { input } = PUBLISHED.get("http.request")!;
  const known = input.kind === "record" ? input.fields.map(({ name }) => name) : [];
  if (!/^[a-z_]+(?:\.[A-Za-z0-9_-]+)*$/.test(path) || !known.includes(path.split(".")[0]!))
    misread(`\`${path.slice(0, 40)}\` is no path of the input`, `begin with one of ${known.join(", ")}`);
}

/** Takes a token. `input`: what the policy was asked with. */
export function limited(
  args: RateLimitArgs,
  { input, rates, nowMs }: { readonly input: PlainRecord; readonly rates: RateLimits; readonly nowMs: number },
): { readonly met: Met } | { readonly denial: Denial; readonly met: Met | null } {
  const { rate, limit } = args;
  // Values may be secret, and buckets are kept over a restart.
  const key = sha256(keyOf(args.key, input));
  const taken = rates.take(limit, rate, key, nowMs);
  if (taken === null) return { denial: cannotOblige("rate_limit", "there are too many limits"), met: null };
  const { count, periodMs, burst } = rate;
  const found = { key, count, period_ms: periodMs, burst, left: taken.left, passed: taken.passed };
  const met: Met = { name: "rate_limit", found };
  if (taken.passed) return { met };
  const seconds = String(Math.max(1, Math.ceil(taken.waitMs / 1_000)));
  return {
    met,
    denial: denial("rate-limited", 429, `${count} in ${periodMs} ms, ${burst} at once`, {
      fields: [["retry-after", seconds]],
    }),
  };
}

/** One text for the values, hashed when it is long. What is absent is null: requests without it share a bucket. */
export function keyOf(paths: readonly string[], input: PlainRecord): string {
  const text = JSON.stringify(paths.map((path) => canonical(valueAt(path, input))));
  return text.length <= BUCKET_KEY_LENGTH_MAX ? text : sha256(text);
}

function valueAt(path: string, input: PlainRecord): PlainValue {
  let at: PlainValue | undefined = input;
  for (const step of path.split(".")) {
    if (typeof at !== "object" || at === null || Array.isArray(at) || !Object.hasOwn(at, step)) return null;
    at = (at as PlainRecord)[step];
  }
  return at ?? null;
}

function canonical(value: PlainValue): PlainValue {
  if (typeof value === "bigint") return String(value);
  if (typeof value === "string") return network(value) ?? value;
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== "object" || value === null) return value;
  const record = value as PlainRecord;
  return Object.fromEntries(
    Object.keys(record)
      .sort()
      .map((name) => [name, canonical(record[name] ?? null)]),
  );
}

/** An IPv4 address as it is, an IPv6 address as its /64: a host has all of those. Null: no address. */
function network(text: string): string | null {
  const ip = parseIp(text);
  if (ip === undefined) return null;
  return ip.length === 4 ? formatIp(ip) : `${formatIp(Uint8Array.from(ip, (byte, at) => (at < 8 ? byte : 0)))}/64`;
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
