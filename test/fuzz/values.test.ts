// What parties send: any JSON text as the input of an action, through reading, `conform` and a step. A text is refused by name,
// or the action is refused by name, or the state it makes has bytes and can be asked. Never a fault, never an exception.
// FUZZ=20 tries twenty times as many.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compile } from "../../compiler/index.ts";
import { BUILTINS } from "../../stdlib/index.ts";
import {
  conform,
  createAgreement,
  createMachine,
  encodeValue,
  eventRecord,
  mapOf,
  readJson,
  type Step,
  type Type,
  toJson,
  type Value,
  writeJson,
} from "../../vm/index.ts";

const FUZZ = Number(process.env["FUZZ"] ?? 1);

/** An action a type; those that keep their input write it to a fact. */
const TYPES: Readonly<Record<string, string>> = {
  int: "int",
  text: "text",
  decimal: "decimal",
  money: "money(USD)",
  percent: "percent",
  instant: "instant",
  date: "date",
  month: "month",
  clock: "clock",
  duration: "duration",
  days: "days",
  months: "months",
  size: "size",
  ip: "ip",
  cidr: "cidr",
  host: "host",
  path: "path",
  did: "did",
  evidence: "evidence",
  bool: "bool",
  bytes: "bytes",
  any: "any",
  maybe: "int?",
  list: "list(int) up to 5",
  word: "[yes, no, maybe]",
  record: "{k: int, j?: text}",
  nested: "list(list(text) up to 3) up to 3",
  either: "int | text | null",
};
const text = `agreement: inputs
version: 1.0.0
zone: UTC
rounding: {money: half-up}
parties: {anna: {name: Anna, key: "did:key:anna"}, ben: {name: Ben, key: "did:key:ben"}}
facts: {f_int: 0, f_text: "", f_decimal: 0.0, f_money: 0.00 USD, f_instant: instant?, f_duration: duration?}
actions:
${Object.entries(TYPES)
  .map(([name, type]) => {
    const kept = ["int", "text", "decimal", "money", "instant", "duration"].includes(name)
      ? `, then: {f_${name}: x}`
      : "";
    return `  a_${name}: {who: anna, with: {x: {type: ${/^[{[]/.test(type) ? type : `"${type}"`}}}${kept}}\n`;
  })
  .join("")}`;

const compiled = compile({ name: "inputs.yaml", text });
if (compiled.value === null)
  throw new Error(compiled.diagnostics.map((each) => `${each.message} ${each.help}`).join("\n"));
const { module } = compiled.value;
const made = createMachine(module, BUILTINS);
if ("error" in made) throw new Error(made.error.message);
const agreement = createAgreement(made.machine, 64, 1e9);
const active = (() => {
  const init = agreement.init([["did:key:anna", "did:key:ben"], mapOf([]) as Value, 0]);
  if ("fault" in init) throw new Error(init.fault.code);
  let state = init.value.state as Value;
  for (const by of ["did:key:anna", "did:key:ben"]) {
    const ran = agreement.step(
      state,
      eventRecord({ kind: "sign", name: "", by, at: 1_000, value: null, inputs: null, for: null }),
    );
    if ("fault" in ran) throw new Error(ran.fault.code);
    state = ran.value.state;
  }
  return state;
})();

/** The answer to an action with these inputs. Checks what must hold whatever they are. */
function act(name: string, inputs: Value): Step {
  const { steps, fault } = agreement.stepAll(
    active,
    eventRecord({ kind: "act", name, by: "did:key:anna", at: 2_000, value: null, inputs, for: null }),
  );
  expect(fault).toBeNull();
  const step = steps.at(-1)!;
  if (step.refusal !== null) {
    expect(step.refusal.kind).toMatch(/^[a-z-]+$/);
    expect(step.refusal.kind).not.toBe("fault");
    expect(encodeValue(step.state)).toEqual(encodeValue(active)); // nothing changed
  }
  expect(encodeValue(step.state)).toHaveProperty("bytes");
  for (const ran of [agreement.query(step.state, 3_000), agreement.due(step.state)])
    expect(ran).toHaveProperty("value");
  return step;
}

const actions = Object.keys(TYPES).map((name) => `a_${name}`);
const numbers = fc.oneof(
  fc.constantFrom(
    "-0",
    "0.0",
    "-0.0",
    "1e400",
    "-1e400",
    "1e-400",
    "1e6111",
    "1e6112",
    "1e-6176",
    "1e-6177",
    "0e9999999999",
    "1E+2",
    "9007199254740991",
    "9007199254740992",
    "9007199254740993",
    "-9007199254740993",
    `${"9".repeat(34)}`,
    `${"9".repeat(35)}`,
    "253402300799999",
    "253402300800000",
    "00",
    "01",
    ".5",
    "5.",
    "+1",
    "NaN",
    "Infinity",
    "-Infinity",
    "1e",
    "0x1F",
    "1_000",
    "1,5",
  ),
  fc.bigInt({ min: -(10n ** 36n), max: 10n ** 36n }).map(String),
  fc.double().map(String),
);
const words = fc.constantFrom(
  "",
  " 1",
  "1 ",
  "NaN",
  "Infinity",
  "-0",
  "1e5",
  "1e99999999",
  "\u0661",
  "200.00 USD",
  "-200.00 USD",
  "200.001 USD",
  "200 EUR",
  "10.5%",
  "1e400%",
  "2026-02-30",
  "2026-01-01",
  "10000-01-01",
  "0000-01-01",
  "2026-01-01T24:00:00Z",
  "9999-12-31T23:59:59.999Z",
  "2026-13",
  "24:00",
  "36 h",
  "99999999999999999999 h",
  "1 month",
  "10 business days",
  "1e5 h",
  "4 GiB",
  "-1 B",
  "192.0.2.1",
  "192.0.2.256",
  "::",
  "10.0.0.0/33",
  "a..b",
  "xn--",
  "/../..",
  "did:key:x",
  "did:",
  "__proto__",
  "constructor",
  "\u202e",
  "\u0000",
  "\u{1f600}",
  "e\u0301",
  "A\ud800",
  "AAA=",
  "yes",
);
const texts = fc.oneof(
  words,
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.constantFrom(1_023, 1_024, 1_025, 65_536, 65_537).map((size) => "x".repeat(size)),
);
/** JSON as text, with numbers no JavaScript reader would keep and keys that come twice. */
const json = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    numbers,
    texts.map((each) => JSON.stringify(each)),
    fc.constantFrom("null", "true", "false", '"\\ud800"', '"\\ud83d\\ude00"', '"\u0000"', "[", "{", '{"a"', "nul"),
    fc.array(tie("value"), { maxLength: 7 }).map((items) => `[${items.join(",")}]`),
    fc
      .array(
        fc.tuple(fc.constantFrom("k", "j", "x", "hash", "type", "by", "__proto__", "constructor", ""), tie("value")),
        { maxLength: 4 },
      )
      .map((entries) => `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(",")}}`),
  ),
})).value;

describe("inputs of actions", () => {
  it("of any JSON are refused by name or kept whole", () => {
    let accepted = 0;
    let refused = 0;
    let unread = 0;
    fc.assert(
      fc.property(json, fc.constantFrom(...actions), (value, name) => {
        const read = readJson(`{"x":${value}}`);
        if ("problem" in read) {
          expect(read.problem.message).not.toBe("");
          unread++;
          return;
        }
        if (act(name, read.value).refusal === null) accepted++;
        else refused++;
      }),
      { numRuns: 4_000 * FUZZ },
    );
    expect(Math.min(accepted, refused, unread)).toBeGreaterThan(50);
  });

  it.each([
    ["nothing", "null"],
    ["a list", "[]"],
    ["a number", "1"],
    ["another field", '{"y":1}'],
    ["one field too many", '{"x":1,"y":2}'],
    ["another case", '{"X":1}'],
    ["a key of the host", '{"__proto__":{"x":1}}'],
    ["the deepest list", `{"x":${"[".repeat(62)}${"]".repeat(62)}}`],
  ])("that are %s are refused", (_, inputs) => {
    const read = readJson(inputs);
    if ("problem" in read) throw new Error(read.problem.message);
    expect(act("a_int", read.value).refusal?.kind).toBe("invalid-input");
  });

  it.each([
    ["a_text", "x".repeat(1_024), true],
    ["a_text", "x".repeat(1_025), false],
    ["a_text", "\u00e9".repeat(512), true],
    ["a_text", "\u00e9".repeat(513), false],
    ["a_list", [1, 2, 3, 4, 5], true],
    ["a_list", [1, 2, 3, 4, 5, 6], false],
  ] as const)("%s at its bound and one past", (name, value, fits) => {
    expect(act(name, mapOf([["x", value as Value]]) as Value).refusal === null).toBe(fits);
  });
});

describe("conform and toJson", () => {
  const simple = [
    "int",
    "text",
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
    "did",
    "bool",
    "evidence",
    "any",
  ] as const;
  const types: Type[] = [
    ...simple.map((kind): Type => ({ kind })),
    { kind: "money", asset: "USD" },
    { kind: "period", unit: "months" },
    { kind: "list", of: { kind: "optional", of: { kind: "decimal" } }, most: 4 },
    { kind: "map", of: { kind: "int" }, most: 3 },
    { kind: "union", of: [{ kind: "int" }, { kind: "text" }, { kind: "null" }] },
    { kind: "record", open: true, fields: [{ name: "k", type: { kind: "int" }, optional: true }] },
  ];
  it("are inverse on what fits", () => {
    let fits = 0;
    fc.assert(
      fc.property(json, fc.constantFrom(...types), (value, type) => {
        const read = readJson(value);
        if ("problem" in read) return;
        const typed = conform(read.value, type);
        if ("misfit" in typed) {
          expect(typed.misfit.reason).not.toBe("");
          return;
        }
        fits++;
        const written = toJson(typed.value, type);
        expect(conform(written, type)).toEqual(typed);
        const printed = writeJson(written);
        expect(printed).toBeDefined();
        const again = readJson(printed!);
        if ("problem" in again) throw new Error(again.problem.message);
        expect(conform(again.value, type)).toEqual(typed);
      }),
      { numRuns: 6_000 * FUZZ },
    );
    expect(fits).toBeGreaterThan(300);
  });
});
