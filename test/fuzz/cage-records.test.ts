// Records of a cage: what is encoded is decoded to the same; whatever else comes is refused with a reason and nothing throws; what is taken
// has the very bytes that came.
import fc from "fast-check";
import { expect, it } from "vitest";
import { decodeRecord } from "../../cage/records/decode.ts";
import { encodeRecord } from "../../cage/records/encode.ts";
import type { CageRecord, KeptDecision } from "../../cage/records/record.ts";
import { type Canonical, decode, encode, equalBytes } from "../../core/index.ts";

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
const record = fc.dictionary(word, plain, { maxKeys: 4, noNullPrototype: false });
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
