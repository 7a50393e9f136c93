// Records of a cage: what is encoded is decoded to the same; whatever else comes is refused with a reason and nothing throws; what is taken
// has the very bytes that came.
import fc from "fast-check";
import { expect, it } from "vitest";
import type { Answer, PlainValue } from "../../cage/point.ts";
import { decodeRecord } from "../../cage/records/decode.ts";
import { encodeRecord } from "../../cage/records/encode.ts";
import type { CageRecord, IntentRecord, KeptDecision } from "../../cage/records/record.ts";
import { type Canonical, CanonicalError, decode, encode, equalBytes } from "../../core/index.ts";
import { plainly } from "./cage-records-plainly.ts";

const word = fc.string({ maxLength: 20, unit: "binary" }).filter((text) => !/[\ud800-\udfff]/.test(text));
const id = fc.stringMatching(/^[0-9a-f]{64}$/);
const count = fc.nat();
const list = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(of, { maxLength: 3 });
const maybe = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(of);
const point = fc.constantFrom("connect", "request", "body", "response", "report" as const);
/** As JSON gives it: no negative zero, which JSON.stringify writes as 0. */
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((each) => (Object.is(each, -0) ? 0 : each));
const { plain } = fc.letrec((tie) => ({
  plain: fc.oneof(
    { maxDepth: 3 },
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    number,
    word,
    list(tie("plain")),
    fc.dictionary(word, tie("plain"), { maxKeys: 3, noNullPrototype: false }),
  ),
}));
/** Some have more members than the head of a small map counts. */
const record = fc.oneof(
  { weight: 9, arbitrary: fc.dictionary(word, plain, { maxKeys: 4, noNullPrototype: false }) },
  { weight: 1, arbitrary: fc.dictionary(word, fc.integer(), { minKeys: 22, maxKeys: 40, noNullPrototype: false }) },
);
const ids = fc.dictionary(word, id, { maxKeys: 2, noNullPrototype: false });
const place = fc.record({ rule: word, at: list(word) });
const given = fc.record({ name: word, args: plain, rules: list(word) });
const answer = fc.record({
  decision: fc.constantFrom("allow", "deny" as const),
  fuel: count,
  determining: list(place),
  obligations: list(given),
  advice: list(given),
  errors: list(fc.record({ rule: word, at: list(word), error: word })),
  shadow: list(
    fc.record(
      { rule: word, at: list(word), effect: fc.constantFrom("allow", "deny", "require" as const), error: word },
      { requiredKeys: ["rule", "at", "effect"] },
    ),
  ),
});
const decision = fc.record({
  point,
  allowed: fc.boolean(),
  reason: word,
  detail: maybe(word),
  module: id,
  data: ids,
  input: record,
  json: maybe(word),
  jsonDigest: maybe(id),
  masked: list(word),
  answer: maybe(answer),
}) as fc.Arbitrary<KeptDecision>;
const met = list(fc.record({ name: word, found: record }));
const fields = fc.array(fc.tuple(word, word), { maxLength: 3 });
const address = fc.record({ ip: word, class: word });

const peer = fc.record({
  decision: fc.constantFrom("allow", "deny" as const),
  exchange: word,
  reason: maybe(word),
  receipt: maybe(id),
});

const records = fc.oneof(
  fc.record({
    kind: fc.constant("intent"),
    at: count,
    exchange: word,
    decided: fc.array(decision, { minLength: 1, maxLength: 3 }),
    addresses: list(address),
    dropped: list(word),
    met,
    sent: maybe(fields),
    peer: maybe(peer),
  }),
  fc.record({
    kind: fc.constant("completion"),
    at: count,
    intent: count,
    ended: word,
    detail: maybe(word),
    status: maybe(count),
    dialled: maybe(address),
    tls: maybe(fc.record({ version: word, certificate: maybe(id) })),
    sent: maybe(fc.record({ size: count, digest: maybe(id), before: maybe(id) })),
    response: maybe(fc.record({ status: count, fields: maybe(fields), size: count, digest: maybe(id) })),
    peer: maybe(peer),
    met,
    decided: list(decision),
    bytesOut: maybe(count),
    bytesIn: maybe(count),
    durationMs: count,
  }),
  fc.record({
    kind: fc.constant("reload"),
    at: count,
    name: word,
    before: maybe(id),
    after: id,
    data: ids,
    bundle: maybe(fc.record({ version: count, id, signedBy: fc.array(word, { minLength: 1, maxLength: 2 }) })),
  }),
  fc.record({ kind: fc.constantFrom("refusal", "confine", "anomaly", "certificates"), at: count, body: record }),
) as fc.Arbitrary<CageRecord>;

const taken = (bytes: Uint8Array): boolean => {
  const read = decodeRecord(bytes);
  if ("reason" in read) {
    expect(read.reason.length).toBeGreaterThan(0);
    return false;
  }
  expect(equalBytes(encodeRecord(read.record), bytes)).toBe(true);
  return true;
};

/** As texts of heads and bodies are: of any length and with any letter; half a surrogate pair has no form. */
const anyText = fc.oneof(
  fc.string({ maxLength: 70 }),
  fc.string({ maxLength: 70, unit: "grapheme" }),
  fc.string({ maxLength: 12, unit: "binary" }),
  fc
    .tuple(fc.constantFrom("a", "é", "漢", "😀"), fc.constantFrom(22, 23, 24, 63, 64, 65, 255, 256, 70_000))
    .map(([letter, length]) => letter.repeat(length)),
  fc.constantFrom("\ud800", `${"x".repeat(80)}\udfff`, "__proto__", "7"),
);
const anyNumber = fc.oneof(
  fc.double(),
  fc.maxSafeInteger(),
  fc.constantFrom(0, -0, 23, 24, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, 2 ** 53, -24, -25, -(2 ** 32) - 1),
);
const { anything } = fc.letrec((tie) => ({
  anything: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(null, undefined),
    fc.boolean(),
    anyNumber,
    anyText,
    fc.array(tie("anything"), { maxLength: 4 }),
    fc.dictionary(anyText, tie("anything"), { maxKeys: 30 }),
  ),
}));
/** How deep values may lie, and one more. */
const deep = fc.integer({ min: 120, max: 130 }).map((levels) => {
  let value: PlainValue = 1;
  for (let level = 0; level < levels; level++) value = level % 2 === 0 ? [value] : { a: value };
  return value;
});
const ANSWER: Answer = {
  decision: "allow",
  determining: [],
  obligations: [],
  advice: [],
  errors: [],
  shadow: [],
  fuel: 1,
};
const DECIDED: KeptDecision = {
  point: "request",
  allowed: true,
  reason: "allowed",
  detail: null,
  module: "ab".repeat(32),
  data: {},
  input: {},
  json: null,
  jsonDigest: null,
  masked: [],
  answer: ANSWER,
};
const INTENT: IntentRecord = {
  kind: "intent",
  at: 1,
  exchange: "exchange",
  decided: [DECIDED],
  addresses: [],
  dropped: [],
  met: [],
  sent: null,
  peer: null,
};
const bytesOr = (write: () => Uint8Array): Uint8Array | string => {
  try {
    return write();
  } catch (error) {
    if (error instanceof CanonicalError) return error.code;
    throw error;
  }
};
const expectPlainly = (made: CageRecord): void => {
  const [written, plain] = [bytesOr(() => encodeRecord(made)), bytesOr(() => plainly(made))];
  if (typeof written === "string" || typeof plain === "string") expect(written).toBe(plain);
  else expect(equalBytes(written, plain)).toBe(true);
};

it("records are written to the bytes of their canonical values", () => {
  fc.assert(fc.property(records, expectPlainly), { numRuns: 300, seed: 22 });
  fc.assert(
    fc.property(fc.oneof(anything, deep) as fc.Arbitrary<PlainValue>, (value) => {
      expectPlainly({ kind: "anomaly", at: 1, body: { value } });
      expectPlainly({ ...INTENT, met: [{ name: "found", found: { value } }] });
      const answer: Answer = { ...ANSWER, obligations: [{ name: "name", args: value, rules: ["rule"] }] };
      const decided = [{ ...DECIDED, input: { value, last: 1 }, answer }];
      // Twice: the second answer is one that was written already.
      expectPlainly({ ...INTENT, decided });
      expectPlainly({ ...INTENT, decided });
    }),
    { numRuns: 400, seed: 22 },
  );
});

it("decoding gives back what was encoded", () => {
  fc.assert(
    fc.property(records, (made) => {
      const read = decodeRecord(encodeRecord(made));
      if ("reason" in read) throw new Error(read.reason);
      // By JSON: maps of records have no prototype here.
      expect(JSON.parse(JSON.stringify(read.record))).toEqual(JSON.parse(JSON.stringify(made)));
    }),
    { numRuns: 120, seed: 22 },
  );
});

it("bytes that were changed or cut are refused, or are another record in its one form", () => {
  let refused = 0;
  fc.assert(
    fc.property(records, fc.nat(), fc.integer({ min: 1, max: 255 }), fc.boolean(), (made, at, by, cut) => {
      const bytes = encodeRecord(made).slice();
      const where = at % bytes.length;
      bytes[where] = (bytes[where] as number) ^ by;
      if (!taken(cut ? bytes.subarray(0, where) : bytes)) refused++;
    }),
    { numRuns: 400, seed: 22 },
  );
  expect(refused).toBeGreaterThan(200);
});

it("a member that is not known, missing, of another kind or empty where it is left out is refused", () => {
  const values = [null, undefined, true, -1, "text", new Uint8Array(2), [], new Map(), [1], { a: 1 }] as const;
  /** Everything one level down, with one member changed. */
  function* changed(value: Canonical): Generator<Canonical> {
    if (value instanceof Map) {
      for (const key of value.keys()) {
        const without = new Map(value);
        without.delete(key);
        yield without;
        for (const other of values) yield new Map(value).set(key, other);
        for (const inner of changed(value.get(key) as Canonical)) yield new Map(value).set(key, inner);
      }
      yield new Map(value).set("another", 1);
    } else if (Array.isArray(value))
      for (const [i, item] of value.entries()) for (const inner of changed(item)) yield value.with(i, inner);
  }
  let [tried, accepted] = [0, 0];
  for (const made of fc.sample(records, { numRuns: 5, seed: 5 })) {
    const bytes = encodeRecord(made);
    for (const value of changed(decode(bytes))) {
      const other = encode(value);
      tried++;
      if (taken(other)) accepted++;
    }
  }
  expect(tried).toBeGreaterThan(400);
  // What is taken differs in a value that may be anything: a text, a count, a plain value.
  expect(accepted / tried).toBeLessThan(0.5);
});

it("anything at all is refused without an exception", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void taken(bytes)),
    { numRuns: 500, seed: 22 },
  );
});
