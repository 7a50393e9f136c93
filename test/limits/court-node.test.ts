// Each bound of the court and its messages: at it, and one past it.
import { expect, it } from "vitest";
import { encode } from "../../core/index.ts";
import { changesBetween } from "../../court-node/changes.ts";
import {
  ACTION_BYTES_MAX,
  actionBytes,
  checkAction,
  createServer,
  DEADLINE_AHEAD_MAX_MS,
  DID_LENGTH_MAX,
  decodeEnvelope,
  decodeReceipt,
  encodeEnvelope,
  encodeReceipt,
  NAME_LENGTH_MAX,
  nodeOf,
  RECEIPT_BYTES_MAX,
  type Receipt,
  VALUES_MAX,
} from "../../court-node/index.ts";
import { BATCH_ACTIONS_MAX, WAITING_COMMANDS_MAX } from "../../court-node/limits.ts";
import { CHANGES_MAX } from "../../court-node/protocol/limits.ts";
import {
  buyer,
  compileText,
  lateDelivery,
  node,
  ORIGIN,
  offered,
  openKit,
  outcomeOf,
  prepare,
  receiptsOf,
  seller,
  send,
} from "../unit/court-node/kit.ts";

it("bytes of an action", async () => {
  const kit = await openKit();
  const agreement = "ab".repeat(32);
  const empty = await prepare(kit, "act", seller, { agreement, inputs: '""' });
  // The length of the text takes two more bytes to write once it is long.
  const room = ACTION_BYTES_MAX - empty.bytes.length;
  const inputs = (length: number): string => `"${"x".repeat(length)}"`;
  let fits = room;
  while (actionBytes({ ...empty.action, inputs: inputs(fits) }).length > ACTION_BYTES_MAX) fits--;
  const signed = await prepare(kit, "act", seller, { agreement, inputs: inputs(fits) });
  expect(signed.bytes.length).toBe(ACTION_BYTES_MAX);
  expect("value" in decodeEnvelope(encodeEnvelope(signed))).toBe(true);
  await expect(prepare(kit, "act", seller, { agreement, inputs: inputs(fits + 1) })).rejects.toThrow(/at most/);
  const over = encode([actionBytes({ ...empty.action, inputs: inputs(fits + 1) }), signed.signature, null]);
  expect(decodeEnvelope(over)).toMatchObject({ problem: { reason: expect.stringMatching(/at most/) } });
});
it("names, dids and amounts of an action", async () => {
  const kit = await openKit();
  const { action } = await prepare(kit, "act", seller, { agreement: "ab".repeat(32) });
  const ok = (fields: object): boolean => "value" in checkAction({ ...action, ...fields });
  expect([ok({ name: "x".repeat(NAME_LENGTH_MAX) }), ok({ name: "x".repeat(NAME_LENGTH_MAX + 1) })]).toEqual([
    true,
    false,
  ]);
  expect(ok({ author: `did:key:z${"1".repeat(DID_LENGTH_MAX)}` })).toBe(false);
  const value = (count: number) => Array.from({ length: count }, (_, i) => [`A${i}`, "1"]);
  expect([ok({ value: value(VALUES_MAX) }), ok({ value: value(VALUES_MAX + 1) })]).toEqual([true, false]);
  expect([ok({ value: [["A", "9".repeat(34)]] }), ok({ value: [["A", "9".repeat(35)]] })]).toEqual([true, false]);
});
it("how far a deadline may lie ahead", async () => {
  const kit = await openKit();
  const agreement = await lateDelivery(kit);
  const ahead = (ms: number) => send(kit, "act", seller, { agreement, name: "x", deadline: kit.clock.now() + ms });
  expect(outcomeOf(await ahead(DEADLINE_AHEAD_MAX_MS))).toMatch(/^refused/);
  expect(outcomeOf(await ahead(DEADLINE_AHEAD_MAX_MS + 1))).toBe("problem deadline-too-far");
});
it("changed places of a receipt: the rest is counted", () => {
  const type = { kind: "list", of: { kind: "int" }, most: 10_000 } as const;
  const states = (count: number) =>
    [Array.from({ length: count }, () => 0), Array.from({ length: count }, () => 1)] as const;
  expect(changesBetween(...states(CHANGES_MAX), type, CHANGES_MAX)).toMatchObject({
    omitted: 0,
    changes: { length: CHANGES_MAX },
  });
  expect(changesBetween(...states(CHANGES_MAX + 3), type, CHANGES_MAX)).toMatchObject({
    omitted: 3,
    changes: { length: CHANGES_MAX },
  });
});
it("bytes of a receipt", async () => {
  const kit = await openKit();
  const agreement = await lateDelivery(kit);
  const [receipt] = receiptsOf(await send(kit, "act", seller, { agreement, name: "deliver" })) as [Receipt];
  const long = (length: number): Receipt => ({ ...receipt, given: [["long", "x".repeat(length)]] });
  let fits = RECEIPT_BYTES_MAX;
  while (encodeReceipt(long(fits)) === undefined) fits--;
  expect(encodeReceipt(long(fits))).toHaveLength(RECEIPT_BYTES_MAX);
  expect(encodeReceipt(long(fits + 1))).toBeUndefined();
  expect(decodeReceipt(new Uint8Array(RECEIPT_BYTES_MAX + 1))).toMatchObject({
    reason: expect.stringMatching(/at most/),
  });
});
it("an answer too large for a receipt is a fault, and changes nothing", async () => {
  const kit = await openKit();
  /** An action that gives its text back many times. */
  const say = (name: string, times: number): string =>
    `  ${name}: {who: a, with: {words: text}, then: {count: count + 1}, give: {${Array.from({ length: times }, (_, i) => `g${i}: words`).join(", ")}}}`;
  const module = compileText(`
agreement: talkative
version: 1.0.0
parties: {a: Anna, b: Bert}
facts: {count: 0}
actions:
${say("some", 10)}
${say("many", 50)}
${say("too_many", 70)}
`);
  const agreement = await offered(kit, module, { a: seller, b: buyer });
  for (const signer of [seller, buyer]) receiptsOf(await send(kit, "sign", signer, { agreement }));
  const said = async (name: string): Promise<Receipt> => {
    const [receipt] = receiptsOf(
      await send(kit, "act", seller, { agreement, name, inputs: { words: "x".repeat(1_000) } }),
    ) as [Receipt];
    return receipt;
  };
  const some = await said("some");
  expect([some.outcome.kind, some.changes.length > 0, some.changesOmitted]).toEqual(["accepted", true, 0]);
  // Larger: the changes are left out first, since they follow from the two states.
  const many = await said("many");
  expect([many.outcome.kind, many.changes.length, many.changesOmitted]).toEqual(["accepted", 0, some.changes.length]);
  const tooMany = await said("too_many");
  expect(tooMany.outcome).toMatchObject({ kind: "fault", code: "court/receipt-too-large" });
  expect(tooMany.post).toEqual(tooMany.pre);
});
it("actions of a batch, and commands that may wait", async () => {
  const kit = await openKit();
  const agreement = await lateDelivery(kit);
  const server = createServer({
    node: nodeOf(kit, { origin: ORIGIN, key: node, clock: kit.clock, onFatal: () => undefined }),
    version: "1",
  });
  const batch = (count: number) =>
    server.inject({
      method: "POST",
      url: "/actions/batch",
      headers: { "content-type": "application/cbor" },
      payload: Buffer.from(encode(Array.from({ length: count }, () => new Uint8Array([1])))),
    });
  expect((await batch(BATCH_ACTIONS_MAX)).statusCode).toBe(200);
  expect((await batch(BATCH_ACTIONS_MAX + 1)).json()).toMatchObject({ code: "too-large" });
  await server.close();
  const tick = { kind: "tick", agreement } as const;
  const waiting = Array.from({ length: WAITING_COMMANDS_MAX }, () => kit.engine.propose(tick));
  expect(outcomeOf(await kit.engine.propose(tick))).toBe("problem overloaded");
  expect(new Set((await Promise.all(waiting)).map(outcomeOf))).toEqual(new Set(["problem nothing-due"]));
});
