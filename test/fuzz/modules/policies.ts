// Random policies as texts, and random inputs for them: objects as hosts have them, most of them fitting, some of anything.
import { type Dice, one } from "./tables.ts";

const HEAD = `policy: random
on:
  act: text
  n: int
  who?: text
  tags?: list(text)
  ip?: ip
  host?: host
  path?: path
  amount?: decimal
  at?: instant
  flag?: bool
  kind?: [a, b, c]
  level: int?
  sub?: {x: int, y?: text, z?: any}
  free?: any
limits: {bytes: 4 KiB, depth: 6, items: 20, text: 200 B}
data: {quotas: map(int), barred: list(text)}
derive:
  big: n > 5
  owner: get(who, "nobody")
  weight: n * 3 + get(sub.x, 1)
  shaky: sub.x > 2
obligations: {log: {level: text, note?: text}, limit: int}
advice: {warn: text}
`;

const MATCHES = [
  "act: GET",
  "act: [GET, POST]",
  "act: {starts_with: GE}",
  "act: {ends_with: [ET, ST]}",
  "act: {not: GET}",
  "act: {matches: '^[A-Z]+$'}",
  "n: 3",
  "n: [1, 2, 3]",
  "n: {min: 2, max: 6}",
  "n: {above: 4}",
  "n: {not: 3}",
  "who: ada",
  "who: {not: ada}",
  "who?: ada",
  "who: {present: false}",
  "who: {length: {max: 3}}",
  "tags: {has: x}",
  "tags: {has_any: [x, y]}",
  "tags: {lacks: x}",
  "tags: {only: [x, y, z]}",
  "tags: {count: {min: 2}}",
  "tags: {some: {starts_with: x}}",
  "ip: 10.0.0.0/8",
  "ip: [10.0.0.0/16, 192.0.2.7]",
  "ip: {not: [10.1.0.0/16]}",
  "ip: {class: private}",
  "host: {under: example.com}",
  "host: api.example.com",
  "host: {ends_with: .org}",
  "path: {under: /v1}",
  "path: {under: [/v1/a, /v2]}",
  "path: {starts_with: /v}",
  "amount: {min: 1.5}",
  "amount: 2.0",
  "at: {from: 2026-01-01T00:00:00Z, before: 2026-02-01T00:00:00Z}",
  "flag: true",
  "kind: a",
  "kind: [a, b]",
  "level: {min: 2}",
  "level: 2",
  "sub: {x: 2}",
  "sub: {x: {above: 1}, y: q}",
  "sub: {z: {deep: 1}}",
  "free: {a: 1}",
  "free: {a: {b: [1, two, true]}}",
  "free: {a: {max: 5}}",
  "free: {a: {has: x}}",
  "owner: ada",
  "big: true",
  "any: [{act: GET}, {n: 3}, {who: bob}]",
  "none: [{who: ada}, {flag: true}]",
];
const CONDITIONS = [
  "big",
  "weight > 20",
  "shaky",
  'who == "ada"',
  'owner != "ada"',
  "data.quotas[owner] > n",
  "get(data.quotas[act], 7) >= n",
  "contains(data.barred, owner)",
  "n * n * n < 1000",
  "n / 2 > 1.5",
  "count(tags) > 1",
  'any([for t in tags {t == "x"}])',
  "sub.x + n == 5",
  "amount * 2 > 3",
  "ok(sub.y)",
  "has(free.a)",
  "free.a == 1",
  "free.a > 1",
  "runes(act) + n > 6",
  "1 / n > 0",
  'flag || act == "GET"',
  'act == "POST" && who == "bob"',
];
/** Atoms of the table, none of which becomes a condition. */
const ATOMS = [
  "act: GET",
  "act: [GET, POST]",
  "act: {starts_with: GE}",
  "act: {ends_with: [ET, ST]}",
  "n: 3",
  "n: [1, 2, 3]",
  "n: {min: 2, max: 6}",
  "n: {above: 4}",
  "who: ada",
  "flag: true",
  "kind: [a, b]",
  "level: 2",
  "sub: {x: 2}",
];
/** Conditions that only compare fields which are always there. */
const COMPARISONS = ['act == "GET"', "n < 4", 'act != "POST" && n >= 2', 'n == 3 || act == "GET"', "!(n <= 2)"];
const OBLIGATIONS = [
  "{log: {level: low}}",
  "{log: {level: high, note: x}}",
  "{limit: 3}",
  "{log: {level: {expr: who}}}",
  "{limit: {expr: n + 1}}",
];

const INDENT = "    ";

function rule(roll: Dice, id: number): string {
  const effect = one(roll, ["allow", "allow", "allow", "deny", "deny", "require"]);
  const lines = [`  - ${effect}: rule ${id}`];
  const add = (line: string): void => {
    lines.push(INDENT + line);
  };
  const match = [...new Set(Array.from({ length: roll(4) }, () => one(roll, MATCHES)))];
  const keys = match.map(keyOf);
  const own = match.filter((_, at) => keys.indexOf(keys[at]!) === at);
  if (own.length > 0) {
    add("match:");
    for (const each of own) add(`  ${each}`);
  }
  const each = roll(10) === 0;
  if (each) {
    add("each: {tag: tags}");
    add('when: tag != "x"');
  } else {
    if (roll(3) === 0) add(`when: ${quoted(one(roll, CONDITIONS))}`);
    if (roll(6) === 0) add(`unless: ${quoted(one(roll, CONDITIONS))}`);
  }
  if (effect !== "deny" && roll(6) === 0) add(`then: ${one(roll, OBLIGATIONS)}`);
  if (roll(12) === 0) add("advise: {warn: careful}");
  if (roll(12) === 0) add("shadow: true");
  if (effect !== "allow" && roll(6) === 0) add("on_error: skip");
  if (roll(8) === 0 && !each) add('message: "{who} may not, {n}"');
  return lines.join("\n");
}

/** The field that an atom tests. */
const keyOf = (atom: string): string => atom.split(/\??:/)[0]!;

const quoted = (expression: string): string => `'${expression.replaceAll("'", "''")}'`;

function table(roll: Dice, id: number): string {
  const rows = Array.from(
    { length: 1 + roll(3) },
    (_, row) => `      - {${one(roll, ["allow", "deny"])}: row ${row}, match: {${one(roll, MATCHES)}}}`,
  );
  return [`  - table: table ${id}`, "    mode: ordered", "    rules:", ...rows].join("\n");
}

/** The text of a policy with up to `most` rules. Simple ones have allows and denies of atoms only, and of half of them the conditions only
 *  compare. */
export function randomPolicy(roll: Dice, most: number): string {
  const simple = roll(3) === 0;
  const [matches, conditions] = roll(2) === 0 ? [ATOMS, COMPARISONS] : [MATCHES, CONDITIONS];
  const rules = Array.from({ length: 1 + roll(most) }, (_, id) => {
    if (simple) {
      const effect = one(roll, ["allow", "allow", "deny"]);
      const when = roll(4) === 0 ? `\n    when: ${quoted(one(roll, conditions))}` : "";
      const [first, second] = [one(roll, matches), one(roll, matches)];
      const two = roll(2) === 0 && keyOf(first) !== keyOf(second);
      return `  - ${effect}: rule ${id}\n    match: {${first}${two ? `, ${second}` : ""}}${when}`;
    }
    return roll(15) === 0 ? table(roll, id) : rule(roll, id);
  });
  const choice = roll(5) === 0 && rules.some((text) => text.startsWith("  - deny")) ? "default: allow\n" : "";
  return `${HEAD}${choice}rules:\n${rules.join("\n")}\n`;
}

export const DATA = { quotas: { ada: 5, bob: 2, GET: 3 }, barred: ["eve", "ada"] };

/** Values of fields that fit, each list with some that do not. */
const FIELDS: Readonly<Record<string, readonly unknown[]>> = {
  act: ["GET", "GET", "POST", "get", "", "DELETE\u{1f600}"],
  n: [0, 1, 2, 3, 4, 5, 6, 7, -1, -0, 2 ** 31, 2 ** 53 - 1],
  who: ["ada", "bob", "eve", "", undefined],
  tags: [[], ["x"], ["x", "y"], ["z", "x", "x"], ["xx", "q"]],
  ip: ["10.0.0.1", "10.1.2.3", "192.0.2.7", "::ffff:10.0.0.1", "2001:db8::1"],
  host: ["example.com", "api.example.com", "API.Example.com.", "x.org", "10.0.0.1"],
  path: ["/", "/v1", "/v1/a", "/v1a", "/v2/", "/v1/../v2"],
  amount: [1, 2, 0.5, 2.5, "2.0", 1e21, 0.1],
  at: ["2026-01-15T00:00:00Z", "2026-02-01T00:00:00Z", 0, 1_768_435_200_000],
  flag: [true, false],
  kind: ["a", "b", "c"],
  level: [1, 2, 3, null],
  sub: [{ x: 2 }, { x: 3, y: "q" }, { x: 2, y: "r", z: { deep: 1 } }, { x: 1, more: [1, 2] }],
  free: [
    1,
    "x",
    null,
    { a: 1 },
    { a: { b: "two" } },
    { a: { b: 1.0 } },
    { a: ["x", 1] },
    { a: 0.5 },
    { a: 7, b: { c: [] } },
  ],
  extra: ["unread", 5, [[[]]], { __proto__: null, deep: { deeper: {} } }],
};

class Classy {
  act = "GET";
  n = 3;
}

/** What hosts should not give, and do. */
const HOSTILE: readonly (() => unknown)[] = [
  () => "\ud800",
  () => Number.NaN,
  () => Number.POSITIVE_INFINITY,
  () => 1e300,
  () => 1.5,
  () => "x".repeat(150),
  () => "x".repeat(400),
  () => "\u{1f600}".repeat(60),
  () => [[[[[[[[1]]]]]]]],
  () => Array.from({ length: 30 }, (_, i) => i),
  () => Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`k${i}`, i])),
  () => new Date(0),
  () => new Classy(),
  () => () => 1,
  () => Symbol.iterator,
  () => 5n,
  () => undefined,
  () => null,
  () => JSON.parse('{"__proto__": {"n": 3}}'),
  () => ({ toJSON: () => "GET" }),
  () => ({ "\ud800": 1 }),
  () => Object.create({ act: "GET", n: 3 }),
  () => [undefined, () => 1],
  () => "x".repeat(3000),
  () => ({
    get n() {
      throw new Error("no");
    },
  }),
];

export function randomInput(roll: Dice): unknown {
  if (roll(60) === 0) return one(roll, HOSTILE)();
  const input: Record<string, unknown> = {};
  for (const [name, values] of Object.entries(FIELDS)) {
    const needed = name === "act" || name === "n";
    if (roll(needed ? 150 : 2) === 0) continue;
    input[name] = one(roll, values);
  }
  if (roll(12) === 0) input[one(roll, Object.keys(FIELDS))] = one(roll, HOSTILE)();
  if (roll(40) === 0) Object.setPrototypeOf(input, one(roll, [null, { act: "POST" }]));
  return input;
}
