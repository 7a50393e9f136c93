// Actions that are signed together: one signature, and each of them shown and checked by itself.
import { describe, expect, it } from "vitest";
import { equalBytes, hex } from "../../../core/index.ts";
import { createAdmission } from "../../../court-node/admission.ts";
import {
  type Action,
  type ActionKind,
  actionFromJson,
  actionId,
  actionToJson,
  checkpointSigner,
  decodeBundle,
  decodeEnvelope,
  decodeReceipt,
  encodeBundle,
  encodeEnvelope,
  FakeClock,
  Modules,
  makeBundle,
  placesOf,
  pureVerify,
  type Receipt,
  replayLedger,
  type SignedAction,
  signAction,
  signTogether,
  type Together,
  togetherBytes,
  togetherRoot,
  verifyAction,
  verifyBundle,
} from "../../../court-node/index.ts";
import { leafHash, verifyInclusion } from "../../../ledger/merkle.ts";
import { BUILTINS } from "../../../stdlib/index.ts";
import {
  buyer,
  compileText,
  node,
  ORIGIN,
  offered,
  openKit,
  outcomeOf,
  receiptsOf,
  type Sending,
  START,
  seller,
  send,
  submit,
  unsigned,
} from "./kit.ts";

const METER = `agreement: metered-supply
version: 1.0.0
parties:
  seller: Nora
  buyer: Emil
facts:
  level: 0
actions:
  report:
    who: seller
    with: {reading: {type: int, min: 0, max: 100}}
    then: {level: reading}
`;
const clock = new FakeClock(START);
const actionOf = (sending: Sending = {}, kind: ActionKind = "act"): Action =>
  unsigned({ clock }, kind, seller, { agreement: "0".repeat(64), name: "report", ...sending });
const signed = (count: number): Promise<readonly SignedAction[]> =>
  signTogether(
    Array.from({ length: count }, () => actionOf()),
    seller,
  );
const together = (each: SignedAction | undefined): Together => each?.together as Together;

describe("places in a tree of ids", () => {
  it("lead to its root, for each of up to 70, and no other place does", () => {
    const ids = Array.from({ length: 70 }, (_, i) => actionId(new Uint8Array([i])));
    for (let size = 2; size <= ids.length; size++) {
      const { root, places } = placesOf(ids.slice(0, size));
      for (const [at, place] of places.entries()) {
        expect(verifyInclusion(leafHash(ids[at]!), place, place.path, root), `${at} of ${size}`).toBe(true);
        const other = togetherRoot(ids[(at + 1) % size]!, place);
        expect(other !== undefined && equalBytes(other, root)).toBe(false);
      }
    }
  });
  it("are of 2 to 1,024 ids", () => {
    const ids = Array.from({ length: 1025 }, (_, i) => actionId(new Uint8Array([i & 255, i >> 8])));
    expect(placesOf(ids.slice(0, 1024)).places[0]?.path).toHaveLength(10);
    expect(() => placesOf(ids)).toThrow("2 to 1024 actions");
    expect(() => placesOf(ids.slice(0, 1))).toThrow("2 to 1024 actions");
  });
});

describe("an action signed with others", () => {
  it("is read back from bytes and from JSON, and verifies by itself", async () => {
    for (const each of await signed(5)) {
      const read = decodeEnvelope(encodeEnvelope(each)) as { readonly value: SignedAction };
      expect(read.value).toEqual(each);
      expect(actionFromJson(JSON.parse(JSON.stringify(actionToJson(each))))).toEqual({ value: each });
      expect(verifyAction(read.value, pureVerify)).toBe("ok");
    }
  });
  it("is signed in parts of 1,024, and alone as ever", async () => {
    const all = await signTogether(
      Array.from({ length: 1025 }, () => actionOf()),
      seller,
    );
    expect(new Set(all.map(({ signature }) => hex(signature))).size).toBe(2);
    expect(all[1024]?.together).toBeNull();
    expect(verifyAction(all[1023]!, pureVerify)).toBe("ok");
    expect(verifyAction(all[1024]!, pureVerify)).toBe("ok");
  });
  it("does not verify in another place, by another path or size, or for another author", async () => {
    const [first, second] = (await signed(6)) as [SignedAction, SignedAction];
    const spoiled = together(first).path.map((hash, at) => (at === 1 ? hash.map((byte) => byte ^ 1) : hash));
    const cases: readonly SignedAction[] = [
      { ...first, together: { ...together(first), index: 1 } },
      { ...first, together: { ...together(first), size: 5 } },
      { ...first, together: { ...together(first), path: spoiled } },
      { ...first, together: { ...together(first), path: together(first).path.slice(1) } },
      { ...first, together: together(second) },
      { ...first, together: null },
      { ...first, action: { ...first.action, author: buyer.did } },
    ];
    for (const [at, each] of cases.entries())
      expect(verifyAction(each, pureVerify), String(at)).toBe("wrong-signature");
    // The root is no action, and an action alone is no root.
    const alone = await signAction(first.action, seller);
    expect(verifyAction({ ...first, signature: alone.signature }, pureVerify)).toBe("wrong-signature");
    expect(decodeEnvelope(togetherBytes(2, first.id))).toHaveProperty("problem");
  });
  it("with a value still needs the rail's word on it", async () => {
    const actions = [1, 2].map((n) => actionOf({ value: [["USD", `${n}.00`]] }, "pay"));
    const [one, other] = (await signTogether(actions, seller, buyer)) as [SignedAction, SignedAction];
    expect(verifyAction(one, pureVerify)).toBe("ok");
    expect(verifyAction({ ...one, rail: other.rail }, pureVerify)).toBe("wrong-rail-signature");
  });
  it("is refused by name when its place is out of shape", async () => {
    const [first] = (await signed(3)) as [SignedAction];
    const shapes: readonly Partial<Record<keyof Together, unknown>>[] = [
      { size: 1, index: 0, path: [] },
      { size: 1025 },
      { size: 2.5 },
      { index: 3 },
      { index: -1 },
      { index: "1" },
      { path: [new Uint8Array(31)] },
      { path: Array.from({ length: 11 }, () => new Uint8Array(32)) },
      { path: null },
    ];
    for (const shape of shapes) {
      const spoiled = { ...first, together: { ...together(first), ...shape } as Together };
      // What has no canonical form comes as JSON only.
      const encodes = shape.path !== null && shape.size !== 2.5;
      const json = { ...actionToJson(first), together: { ...actionToJson(first).together, ...shape } };
      const read = [actionFromJson(json), ...(encodes ? [decodeEnvelope(encodeEnvelope(spoiled))] : [])];
      for (const each of read)
        expect(each, JSON.stringify(Object.keys(shape))).toMatchObject({ problem: { path: "together" } });
    }
    expect(actionFromJson({ ...actionToJson(first), together: 5 })).toMatchObject({ problem: { path: "together" } });
  });
  it("is not read from any damaged envelope as the same action", async () => {
    const [first] = (await signed(3)) as [SignedAction];
    const envelope = encodeEnvelope(first);
    for (let i = 0; i < envelope.length; i++) {
      expect("problem" in decodeEnvelope(envelope.subarray(0, i)), `cut at ${i}`).toBe(true);
      const flipped = envelope.slice();
      flipped[i] = (flipped[i] as number) ^ 1;
      const read = decodeEnvelope(flipped);
      if ("problem" in read) continue;
      expect(equalBytes(encodeEnvelope(read.value), flipped), `two forms, byte ${i}`).toBe(true);
      expect(verifyAction(read.value, pureVerify), `byte ${i}`).toBe("wrong-signature");
    }
  });
});

describe("the admission of actions signed together", () => {
  const counting = () => {
    const asked = { times: 0 };
    const admission = createAdmission({
      library: "OpenSSL",
      verify: async (signature, message, key) => {
        asked.times++;
        await new Promise((done) => setImmediate(done));
        return pureVerify(signature, message, key);
      },
      close: async () => undefined,
    });
    return { asked, admission };
  };
  it("checks their signature once, also while it is being checked", async () => {
    const { asked, admission } = counting();
    const all = await signed(20);
    expect(await Promise.all(all.map((each) => admission.admit(each)))).toEqual(all.map(() => null));
    for (const each of all) expect(await admission.admit(each)).toBeNull();
    expect(asked.times).toBe(1);
  });
  it("refuses all of a wrong signature, and takes them with the right one afterwards", async () => {
    const { admission } = counting();
    const all = await signed(3);
    const signature = all[0]!.signature.map((byte, at) => (at === 40 ? byte ^ 1 : byte));
    for (const each of all) expect((await admission.admit({ ...each, signature }))?.code).toBe("wrong-signature");
    for (const each of all) expect(await admission.admit(each)).toBeNull();
  });
  it("looks at the path of what it admitted before", async () => {
    const { admission } = counting();
    const [first] = (await signed(3)) as [SignedAction];
    expect(await admission.admit(first)).toBeNull();
    const spoiled = { ...first, together: { ...together(first), index: 1 } };
    expect((await admission.admit(spoiled))?.code).toBe("wrong-signature");
  });
});

it("a court executes each by itself; replay and bundles check each by its path", async () => {
  const kit = await openKit();
  const agreement = await offered(kit, compileText(METER), { seller, buyer });
  for (const signer of [seller, buyer]) receiptsOf(await send(kit, "sign", signer, { agreement }));
  const readings = [5, 7, 101, 9];
  const all = await signTogether(
    readings.map((reading) => actionOf({ agreement, inputs: { reading } })),
    seller,
  );
  const replies = await Promise.all(all.map((each) => submit(kit, each)));
  expect(replies.map(outcomeOf)).toEqual(["accepted", "accepted", expect.stringContaining("refused"), "accepted"]);
  const again = await submit(kit, all[1]!);
  expect(again).toMatchObject({ repeated: true });
  expect(receiptsOf(again)).toEqual(receiptsOf(replies[1]!));

  const report = replayLedger({ log: kit.log, storage: kit.storage, builtins: BUILTINS, verify: pureVerify });
  expect(report.difference).toBeNull();
  const seq = kit.log.size - 1;
  const source = { log: kit.log, storage: kit.storage, modules: new Modules(BUILTINS) };
  const bundle = decodeBundle(encodeBundle(makeBundle(seq, source)));
  if ("reason" in bundle) throw new Error(bundle.reason);
  const trust = { keys: [checkpointSigner(ORIGIN, node).key], builtins: BUILTINS };
  expect(verifyBundle(bundle.bundle, trust)).toMatchObject({ ok: true, index: seq });
  const { receipt } = decodeReceipt(kit.log.entry(seq)) as { readonly receipt: Receipt };
  expect(receipt.cause?.action).toEqual(all[3]!.id);
});
