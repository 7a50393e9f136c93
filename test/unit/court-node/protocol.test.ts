// Messages: one form each, and nothing else is read.
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { equalBytes, fromHex, hex } from "../../../core/index.ts";
import {
  type Action,
  type ActionKind,
  actionBytes,
  actionFromJson,
  actionId,
  actionToJson,
  checkAction,
  decodeEnvelope,
  decodeReceipt,
  didOfKey,
  encodeEnvelope,
  encodeReceipt,
  keyOfDid,
  pureSigner,
  pureVerify,
  type Receipt,
  receiptToJson,
  signAction,
  verifyAction,
} from "../../../court-node/protocol/index.ts";
import { Decimal, ErrorValue } from "../../../vm/index.ts";
import { keyOf } from "./kit.ts";

const vectors = JSON.parse(
  readFileSync(new URL("../../vectors/did-key/ed25519.json", import.meta.url), "utf8"),
) as Record<string, { seed: string; publicKeyBase58: string }>;

describe("did:key", () => {
  it.each(Object.entries(vectors))("%s", (did, { seed }) => {
    const bytes = fromHex(seed) as Uint8Array;
    expect(pureSigner(bytes).did).toBe(did);
    expect(didOfKey(keyOfDid(did) as Uint8Array)).toBe(did);
  });
  it.each([
    ["another method", "did:web:example.com"],
    ["another base", "did:key:f6Mk"],
    ["a letter outside base58", "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooW0"],
    ["a byte less", "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDoo"],
    ["an X25519 key", "did:key:z6LShs9GGnqk85isEBzzshkuVWrVKsRp24GnDuHk8QWkARMW"],
    ["a very long one", `did:key:z${"1".repeat(100_000)}`],
    ["nothing", ""],
  ])("refuses %s", (_, did) => expect(keyOfDid(did)).toBeUndefined());
});

const signer = pureSigner(new Uint8Array(32).fill(7));
const action: Action = {
  origin: "court.test/main",
  kind: "act",
  agreement: "ab".repeat(32),
  name: "deliver",
  inputs: '{"kilos": 1.0}',
  value: [["USD", "63.00"]],
  for: "pay_penalty",
  author: signer.did,
  nonce: new Uint8Array(16).fill(3),
  deadline: 1_700_000_000_000,
};

describe("an action", () => {
  it("comes back from bytes and from JSON as it was", async () => {
    const signed = await signAction(action, signer, pureSigner(new Uint8Array(32).fill(8)));
    expect(verifyAction(signed, pureVerify)).toBe("ok");
    expect(decodeEnvelope(encodeEnvelope(signed))).toEqual({ value: signed });
    expect(actionFromJson(JSON.parse(JSON.stringify(actionToJson(signed))))).toEqual({ value: signed });
    expect(actionId(actionBytes(action))).toEqual(signed.id);
  });
  it("keeps the tokens of its inputs", async () => {
    const other = await signAction({ ...action, inputs: '{"kilos": 1}' }, signer);
    const same = await signAction(action, signer);
    expect(hex(other.id)).not.toBe(hex(same.id));
  });
  it("has signatures that fit nothing else", async () => {
    const signed = await signAction(action, signer, pureSigner(new Uint8Array(32).fill(8)));
    for (const changed of [
      { name: "accept" },
      { value: [["USD", "63.01"]] as const },
      { for: null },
      { deadline: 1 },
      { origin: "court.test/other" },
      { agreement: "cd".repeat(32) },
    ]) {
      const bytes = actionBytes({ ...action, ...changed });
      expect(
        verifyAction({ ...signed, action: { ...action, ...changed }, bytes, id: actionId(bytes) }, pureVerify),
      ).toBe("wrong-signature");
    }
    const other = await signAction({ ...action, nonce: new Uint8Array(16) }, signer);
    expect(verifyAction({ ...other, rail: signed.rail }, pureVerify)).toBe("wrong-rail-signature");
  });
  it("is refused for each field out of shape, by the field's name", () => {
    const cases: readonly (readonly [keyof Action, unknown])[] = [
      ["origin", ""],
      ["origin", "x".repeat(257)],
      ["kind", "steal" as ActionKind],
      ["agreement", null],
      ["agreement", "AB".repeat(32)],
      ["name", 3],
      ["name", "\ud800"],
      ["inputs", undefined],
      ["value", []],
      ["value", [["USD", 63]]],
      ["value", [["USD", "-1"]]],
      ["value", [["USD", "1e3"]]],
      [
        "value",
        [
          ["USD", "1"],
          ["USD", "2"],
        ],
      ],
      ["for", 1],
      ["author", "did:key:zz"],
      ["nonce", new Uint8Array(15)],
      ["deadline", 1.5],
      ["deadline", -1],
    ];
    for (const [field, value] of cases) {
      const checked = checkAction({ ...action, [field]: value });
      expect("problem" in checked ? checked.problem.path.split("[")[0] : "taken", `${field} = ${String(value)}`).toBe(
        field,
      );
    }
  });
  it("cannot be signed in another's name, nor beyond its bound", async () => {
    await expect(signAction({ ...action, author: keyOf("other").did }, signer)).rejects.toThrow(/author/);
    await expect(signAction({ ...action, inputs: JSON.stringify("x".repeat(32_600)) }, signer)).rejects.toThrow(
      /inputs/,
    );
  });
  it("is not read from any damaged envelope", async () => {
    const envelope = encodeEnvelope(await signAction(action, signer));
    for (let i = 0; i < envelope.length; i++) {
      expect("problem" in decodeEnvelope(envelope.subarray(0, i)), `cut at ${i}`).toBe(true);
      for (const bit of [1, 128]) {
        const flipped = envelope.slice();
        flipped[i] = (flipped[i] as number) ^ bit;
        const read = decodeEnvelope(flipped);
        // What still reads is another action, or another signature: it does not verify.
        if ("value" in read && !equalBytes(encodeEnvelope(read.value), flipped)) expect.fail(`two forms, byte ${i}`);
      }
    }
  });
});

const receipt: Receipt = {
  origin: "court.test/main",
  seq: 12,
  kind: "event",
  module: new Uint8Array(32).fill(1),
  language: 1,
  fuelSchedule: 1,
  entry: "step",
  agreement: new Uint8Array(32).fill(2),
  step: 4,
  previous: new Uint8Array(32).fill(3),
  cause: { action: new Uint8Array(32).fill(4), nonce: new Uint8Array(16).fill(5) },
  caller: signer.did,
  input: new Uint8Array(32).fill(6),
  stamp: 1_700_000_000_000,
  now: 1_700_000_000_000,
  event: ["act", "deliver"],
  pre: new Uint8Array(32).fill(7),
  post: new Uint8Array(32).fill(8),
  outcome: { kind: "accepted" },
  moves: [{ verb: "pay", asset: "USD", amount: new Decimal(63, 0), from: "seller", to: "buyer" }],
  tells: [["buyer", "it came"]],
  given: [["days", 6]],
  changes: [{ path: "facts.delivered", before: undefined, after: 1_700_000_000_000 }],
  changesOmitted: 0,
  fuel: 812,
};

describe("a receipt", () => {
  const outcomes: readonly Receipt["outcome"][] = [
    { kind: "accepted" },
    {
      kind: "refused",
      refusal: {
        kind: "too-early",
        name: "terminate",
        path: "",
        values: [
          ["delay", 3],
          ["none", undefined],
        ],
      },
    },
    { kind: "fault", code: "vm/error", function: 2, pc: 17, error: new ErrorValue("overflow", "penalty") },
    { kind: "fault", code: "court/no-answer", function: -1, pc: -1, error: null },
  ];
  it.each(outcomes)("comes back as it was: %o", (outcome) => {
    const bytes = encodeReceipt({ ...receipt, outcome }) as Uint8Array;
    expect(decodeReceipt(bytes)).toEqual({ receipt: { ...receipt, outcome } });
  });
  it("has one form: whatever reads writes the same bytes", () => {
    const bytes = encodeReceipt(receipt) as Uint8Array;
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, byte) => {
        const changed = bytes.slice();
        changed[at] = byte;
        const read = decodeReceipt(changed);
        return "receipt" in read ? equalBytes(encodeReceipt(read.receipt) as Uint8Array, changed) : read.reason !== "";
      }),
      { numRuns: 3_000 },
    );
    for (let cut = 0; cut < bytes.length; cut++) expect("reason" in decodeReceipt(bytes.subarray(0, cut))).toBe(true);
  });
  it("too large for the ledger has no bytes", () => {
    expect(encodeReceipt({ ...receipt, given: [["long", "x".repeat(65_535)]] })).toBeUndefined();
  });
  it("shows as JSON without losing digits", () => {
    const view = receiptToJson({
      ...receipt,
      given: [
        ["big", 12345678901234567890n],
        ["exact", new Decimal(1, -1)],
      ],
    });
    expect(JSON.parse(JSON.stringify(view))).toMatchObject({
      given: [
        { name: "big", value: "12345678901234567890" },
        { name: "exact", value: "0.1" },
      ],
      moves: [{ amount: "63.0" }],
      outcome: { kind: "accepted" },
    });
  });
});
