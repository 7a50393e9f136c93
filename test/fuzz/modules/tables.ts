// Random rule tables without functions, and inputs that meet their atoms or nearly do.
import { type Decimal, decimalOf } from "../../../vm/decimal.ts";
import { parseIp } from "../../../vm/network.ts";
import type { Atom, AtomTest, PolicyTable, RuleRow, Step } from "../../../vm/policy/table.ts";
import { ErrorValue, MapValue, type Value } from "../../../vm/value.ts";

/** Whole numbers below a bound, from a seed. */
export type Dice = (below: number) => number;

export function dice(seed: number): Dice {
  let state = (Math.abs(Math.trunc(seed)) % 2_147_483_646) + 1;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

export const one = <T>(roll: Dice, list: readonly T[]): T => list[roll(list.length)]!;
const some = <T>(roll: Dice, most: number, make: () => T): T[] => Array.from({ length: 1 + roll(most) }, make);

const TEXTS = [
  "",
  "a",
  "ab",
  "abc",
  "abd",
  "b",
  "GET",
  "get",
  "POST",
  "\u{1f600}",
  "\ue000",
  "/",
  "/a",
  "/a/",
  "/a/b",
  "//",
];
const HOSTS = [
  "",
  "a.example.com",
  "example.com",
  "EXAMPLE.com.",
  "xample.com",
  "com",
  "10.0.0.1",
  "x.10.0.0.1",
  "a.b.",
  "::1",
];
const PATHS = ["", "/", "//", "/a", "/a/", "/a//", "/ab", "/a/b", "/a/b/c", "a/b", "/A"];
const decimal = (c: number, e: number): Decimal => decimalOf(c, e) as Decimal;
const NUMBERS: readonly Value[] = [
  -1,
  0,
  1,
  2,
  5,
  10,
  2n ** 60n,
  -(2n ** 60n),
  decimal(15, -1),
  decimal(1, 1),
  decimal(10, 0),
  decimal(1, 30),
];
const IPS = [
  "10.0.0.1",
  "10.0.0.255",
  "10.1.2.3",
  "0.0.0.0",
  "255.255.255.255",
  "::1",
  "2001:db8::1",
  "2001:db8:1::",
].map((text) => parseIp(text)!);
const SCALARS: readonly Value[] = [...TEXTS.slice(0, 8), ...NUMBERS, true, false, null, ...IPS.slice(0, 3)];

/** Step of a path: slots of records and keys of free JSON, under each other. */
const STEPS: readonly Step[] = [0, 1, 2, 3, "k", "l", "m"];

function testOf(roll: Dice): AtomTest {
  const kind = one(roll, [
    "in",
    "in",
    "in",
    "has_any",
    "starts_with",
    "ends_with",
    "under_path",
    "under_host",
    "range",
    "inside",
    "present",
  ] as const);
  switch (kind) {
    case "in":
    case "has_any": {
      const from = roll(3) === 0 ? SCALARS : TEXTS;
      return { kind, values: roll(20) === 0 ? [] : some(roll, roll(5) === 0 ? 12 : 2, () => one(roll, from)) };
    }
    case "starts_with":
    case "ends_with":
      return { kind, values: some(roll, 3, () => one(roll, TEXTS)) };
    case "under_path":
      return { kind, values: some(roll, 3, () => one(roll, PATHS)) };
    case "under_host":
      return { kind, values: some(roll, 2, () => one(roll, roll(4) === 0 ? HOSTS : HOSTS.slice(1, 6))) };
    case "range": {
      const from = one(roll, [NUMBERS, NUMBERS, TEXTS, IPS as readonly Value[], SCALARS]);
      const [min, max] = [one(roll, from), one(roll, from)];
      const open = roll(4);
      return {
        kind,
        min: roll(3) === 0 ? null : min,
        minOpen: (open & 1) === 1,
        max: roll(3) === 0 ? null : max,
        maxOpen: (open & 2) === 2,
      };
    }
    case "inside":
      return {
        kind,
        networks: some(roll, 3, () => {
          const ip = one(roll, IPS);
          return [ip, one(roll, [0, 1, 8, 9, 24, 31, 8 * ip.length])];
        }),
      };
    case "present":
      return { kind };
  }
}

const pathOf = (roll: Dice): readonly Step[] => some(roll, roll(4) === 0 ? 3 : 1, () => one(roll, STEPS));

const atomOf = (roll: Dice, paths: readonly (readonly Step[])[]): Atom => ({
  path: one(roll, paths),
  test: testOf(roll),
});

export function rowOf(id: number, atoms: readonly Atom[], effect: RuleRow["effect"] = "allow"): RuleRow {
  const name = `r${String(id).padStart(6, "0")}`;
  return {
    id: name,
    title: name,
    effect,
    shadow: false,
    skipsErrors: false,
    atoms,
    truth: null,
    each: false,
    obligations: [],
    advice: [],
    message: null,
    because: null,
    told: null,
    controls: [],
  };
}

export function tableOf(rules: readonly RuleRow[], input = 0): PolicyTable {
  return {
    input,
    on: null,
    data: [],
    relations: [],
    derived: [],
    default: "deny",
    limits: { bytes: 65_536, depth: 32, items: 1_000, text: 16_384, fuel: 1_000_000 },
    obligations: [],
    advice: [],
    rules,
  };
}

/** A table of up to `most` rules that ask a few paths, often the same things. */
export function randomTable(roll: Dice, most: number): PolicyTable {
  const paths = some(roll, 5, () => pathOf(roll));
  const known = some(roll, 30, () => atomOf(roll, paths));
  const atoms = (): Atom[] =>
    Array.from({ length: roll(5) }, () => (roll(3) === 0 ? atomOf(roll, paths) : one(roll, known)));
  return tableOf(Array.from({ length: 1 + roll(most) }, (_, id) => rowOf(id, atoms())));
}

/** Anything at all. */
export function hostileValue(roll: Dice, depth = 0): Value {
  const kind = roll(depth > 3 ? 4 : 7);
  if (kind < 3) return one(roll, SCALARS);
  if (kind === 3)
    return one(roll, [undefined, null, new ErrorValue("absent", "x"), "\u{1f600}x", new Uint8Array(3), "/a/b/"]);
  if (kind === 4) return Array.from({ length: roll(5) }, () => hostileValue(roll, depth + 1));
  const keys = ["k", "l", "m"].filter(() => roll(2) === 0);
  return new MapValue(
    keys,
    keys.map(() => hostileValue(roll, depth + 1)),
  );
}
