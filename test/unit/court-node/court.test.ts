// The life of an agreement at a court: what is accepted, what is refused, what leaves a receipt and what does not.
import { beforeEach, describe, expect, it } from "vitest";
import { hex } from "../../../core/index.ts";
import { type Action, actionBytes, pureVerify, replayLedger, type SignedAction } from "../../../court-node/index.ts";
import { BUILTINS } from "../../../stdlib/index.ts";
import {
  buyer,
  compileText,
  deploy,
  example,
  type Kit,
  keyOf,
  lateDelivery,
  nonce,
  offered,
  openKit,
  outcomeOf,
  prepare,
  receiptsOf,
  seller,
  send,
  stranger,
  submit,
} from "./kit.ts";

const at = (text: string): number => Date.parse(text);
const replay = (kit: Kit) =>
  replayLedger({ log: kit.log, storage: kit.storage, builtins: BUILTINS, verify: pureVerify });

describe("late delivery at a court", () => {
  it("goes from offer to fulfilled, and replays", async () => {
    const kit = await openKit();
    const agreement = await lateDelivery(kit);
    kit.clock.set(at("2019-01-16T21:34:00Z"));
    const delivered = receiptsOf(await send(kit, "act", seller, { agreement, name: "deliver" }));
    expect(delivered.map(({ kind, event, outcome, now }) => [kind, ...event, outcome.kind, now])).toEqual([
      ["timer", "timer", "delivery", "accepted", at("2019-01-11T03:24:00Z")],
      ["event", "act", "deliver", "accepted", at("2019-01-16T21:34:00Z")],
    ]);
    const [timer, event] = delivered;
    expect([timer?.stamp, timer?.caller, timer?.step]).toEqual([event?.stamp, seller.did, 3]);
    expect(timer?.post).toEqual(event?.pre);
    kit.clock.set(at("2019-01-20T12:00:00Z"));
    const [paid] = receiptsOf(
      await send(kit, "pay", seller, { agreement, for: "pay_penalty", value: [["USD", "63.00"]] }),
    );
    expect(paid?.outcome.kind).toBe("accepted");
    expect(paid?.moves.map(({ verb, asset, from, to }) => [verb, asset, from, to])).toEqual([
      ["pay", "USD", "seller", "buyer"],
    ]);
    expect(paid?.changes.some(({ path }) => path.startsWith("norms"))).toBe(true);
    expect(replay(kit)).toMatchObject({ difference: null, agreements: 1, receipts: kit.log.size });
  });
  it("fires its timers without any caller, each with its own instant", async () => {
    const kit = await openKit();
    await lateDelivery(kit);
    const seen: number[] = [];
    kit.engine.subscribe((receipts) => seen.push(...receipts.map(({ seq }) => seq)));
    kit.engine.start();
    const before = kit.log.size;
    kit.clock.set(at("2019-01-11T03:24:00Z"));
    await expect.poll(async () => (await kit.engine.fireDue()).ticked).toBe(0);
    expect(kit.log.size).toBe(before); // `by` includes the last instant
    kit.clock.advance(1);
    await expect.poll(() => kit.log.size).toBe(before + 1);
    expect(seen).toEqual([before]);
    expect(replay(kit)).toMatchObject({ difference: null });
  });
});

describe("what leaves a receipt, and what does not", () => {
  let kit: Kit;
  let agreement: string;
  beforeEach(async () => {
    kit = await openKit();
    agreement = await lateDelivery(kit);
  });
  const unchanged = async (sent: Promise<unknown>): Promise<unknown> => {
    const size = kit.log.size;
    const reply = await sent;
    expect(kit.log.size).toBe(size);
    return reply;
  };
  const problemOf = async (sent: Promise<Parameters<typeof outcomeOf>[0]>): Promise<string> =>
    outcomeOf((await unchanged(sent)) as Parameters<typeof outcomeOf>[0]);

  it.each([
    ["not the party", buyer, "act", "deliver", "refused not-the-party deliver"],
    ["an unknown action", seller, "act", "fly", "refused unknown-event fly"],
    ["a power that is not usable", buyer, "use", "terminate", "refused needs terminate"],
    ["wrong inputs", buyer, "act", "accept_force_majeure", "refused invalid-input accept_force_majeure"],
    ["signing twice", seller, "sign", "", "refused wrong-state sign"],
  ] as const)("keeps the module's refusal: %s", async (_, signer, kind, name, outcome) => {
    const size = kit.log.size;
    const reply = await send(kit, kind, signer, { agreement, name });
    expect(outcomeOf(reply)).toBe(outcome);
    const [receipt] = receiptsOf(reply);
    expect(receipt?.outcome.kind).toBe("refused");
    expect(kit.log.size).toBe(size + 1);
    expect(replay(kit)).toMatchObject({ difference: null });
  });

  it("a wrong signature", async () => {
    const signed = await prepare(kit, "act", seller, { agreement, name: "deliver" });
    const signature = signed.signature.slice();
    signature[0] = (signature[0] as number) ^ 1;
    expect(await problemOf(submit(kit, { ...signed, signature }))).toBe("problem wrong-signature");
    const other = await prepare(kit, "act", stranger, { agreement, name: "deliver" });
    expect(await problemOf(submit(kit, { ...signed, signature: other.signature }))).toBe("problem wrong-signature");
    // The good one was never verified under the bad one's name, and still passes.
    expect(outcomeOf(await submit(kit, signed))).toBe("accepted");
    expect(await problemOf(submit(kit, { ...signed, signature }))).toBe("problem wrong-signature");
  });
  it("an action changed after signing", async () => {
    const signed = await prepare(kit, "act", seller, { agreement, name: "deliver" });
    const action: Action = { ...signed.action, name: "accept_force_majeure" };
    const forged: SignedAction = { ...signed, action, bytes: actionBytes(action) };
    expect(await problemOf(submit(kit, forged))).toBe("problem wrong-signature");
  });
  it("a late deadline, to the millisecond", async () => {
    const inTime = await prepare(kit, "act", seller, { agreement, name: "fly", deadline: kit.clock.now() });
    expect(outcomeOf(await submit(kit, inTime))).toMatch(/^refused/);
    expect(
      await problemOf(send(kit, "act", seller, { agreement, name: "deliver", deadline: kit.clock.now() - 1 })),
    ).toBe("problem late-deadline");
    expect(
      await problemOf(
        send(kit, "act", seller, { agreement, name: "deliver", deadline: kit.clock.now() + 7 * 86_400_000 + 1 }),
      ),
    ).toBe("problem deadline-too-far");
  });
  it("a repeated action gives its first receipts, even after its deadline", async () => {
    const signed = await prepare(kit, "act", seller, { agreement, name: "deliver" });
    const first = await submit(kit, signed);
    expect(first).toMatchObject({ kind: "done", status: "accepted", repeated: false });
    kit.clock.advance(30 * 86_400_000);
    const again = (await unchanged(submit(kit, signed))) as typeof first;
    expect(again).toMatchObject({ kind: "done", status: "accepted", repeated: true });
    expect(receiptsOf(again)).toEqual(receiptsOf(first));
    // Refusals repeat too, with their own status.
    const refusing = await prepare(kit, "act", buyer, { agreement, name: "deliver" });
    await submit(kit, refusing);
    expect(await unchanged(submit(kit, refusing))).toMatchObject({ status: "refused", repeated: true });
  });
  it("a nonce used for other bytes", async () => {
    const used = nonce();
    await send(kit, "act", seller, { agreement, name: "deliver", nonce: used });
    expect(await problemOf(send(kit, "act", seller, { agreement, name: "accept", nonce: used }))).toBe(
      "problem nonce-used",
    );
    // Nonces are each author's own.
    expect(outcomeOf(await send(kit, "act", buyer, { agreement, name: "deliver", nonce: used }))).toMatch(/^refused/);
  });
  it("the same action twice in one group is one action", async () => {
    const signed = await prepare(kit, "act", seller, { agreement, name: "deliver" });
    const [a, b] = await Promise.all([submit(kit, signed), submit(kit, signed)]);
    expect([a, b].map((reply) => reply.kind === "done" && reply.repeated).sort()).toEqual([false, true]);
    expect(receiptsOf(a as typeof b)).toEqual(receiptsOf(b as typeof a));
  });
  it("another court, another agreement, another module", async () => {
    expect(await problemOf(send(kit, "act", seller, { agreement, name: "deliver", origin: "other.court/main" }))).toBe(
      "problem wrong-origin",
    );
    expect(await problemOf(send(kit, "act", seller, { agreement: "00".repeat(32), name: "deliver" }))).toBe(
      "problem unknown-agreement",
    );
    expect(
      await problemOf(send(kit, "offer", seller, { name: "00".repeat(32), inputs: { roles: {}, terms: {} } })),
    ).toBe("problem unknown-module");
  });
  it("somebody who holds no role", async () => {
    expect(await problemOf(send(kit, "act", stranger, { agreement, name: "deliver" }))).toBe("problem unknown-party");
  });
  it("inputs that are no JSON", async () => {
    for (const inputs of ["", "{", '{"a":1,"a":2}', "01", `${"[".repeat(100)}${"]".repeat(100)}`]) {
      expect(
        await problemOf(send(kit, "act", seller, { agreement, name: "deliver", inputs })),
        inputs.slice(0, 20),
      ).toBe("problem malformed");
    }
  });
  it("a tick with nothing due", async () => {
    expect(await problemOf(kit.engine.propose({ kind: "tick", agreement }))).toBe("problem nothing-due");
    expect(await problemOf(kit.engine.propose({ kind: "tick", agreement: "00".repeat(32) }))).toBe(
      "problem unknown-agreement",
    );
  });
});

describe("deployments and offers", () => {
  it("a module twice is one receipt; another file is refused by name", async () => {
    const kit = await openKit();
    const module = example("escrow/agreement.yaml");
    const first = await deploy(kit, module);
    const again = await deploy(kit, module, buyer);
    expect(again).toMatchObject({ status: "accepted", repeated: true });
    expect(receiptsOf(again)).toEqual(receiptsOf(first));
    const other = example("late-delivery/agreement.yaml");
    expect(outcomeOf(await deploy(kit, { bytes: other.bytes, moduleId: "00".repeat(32) }))).toBe("problem bad-module");
    expect(outcomeOf(await deploy(kit, { bytes: other.bytes.slice(0, 100), moduleId: other.moduleId }))).toBe(
      "problem bad-module",
    );
    expect(outcomeOf(await submit(kit, await prepare(kit, "deploy", seller, { name: other.moduleId })))).toBe(
      "problem malformed",
    );
    expect(kit.log.size).toBe(1);
  });
  it("an offer that does not fit says where", async () => {
    const kit = await openKit();
    const module = example("late-delivery/agreement.yaml");
    await deploy(kit, module);
    const offer = (inputs: unknown) => send(kit, "offer", seller, { name: module.moduleId, inputs });
    for (const inputs of [
      {},
      { roles: {}, terms: {}, more: 1 },
      { roles: { pope: seller.did }, terms: {} },
      { roles: { seller: 3 }, terms: {} },
      { roles: { seller: seller.did }, terms: { colour: "red" } },
      { roles: {}, terms: [] },
    ]) {
      expect(outcomeOf(await offer(inputs)), JSON.stringify(inputs)).toBe("problem bad-offer");
    }
    expect(kit.log.size).toBe(1);
  });
  it("only admitted authors may deploy and offer", async () => {
    const kit = await openKit({ admits: (did) => did === seller.did });
    const module = example("escrow/agreement.yaml");
    expect(outcomeOf(await deploy(kit, module, stranger))).toBe("problem not-admitted");
    expect(outcomeOf(await deploy(kit, module, seller))).toBe("accepted");
    expect(
      outcomeOf(await send(kit, "offer", stranger, { name: module.moduleId, inputs: { roles: {}, terms: {} } })),
    ).toBe("problem not-admitted");
  });
  it("the agreement's id is the signed offer", async () => {
    const kit = await openKit();
    const module = example("escrow/agreement.yaml");
    const roles = { seller, buyer };
    const [a, b] = [await offered(kit, module, roles), await offered(kit, module, roles)];
    expect(a).not.toBe(b);
  });
});

const RAILED = `
agreement: railed
version: 1.0.0
rounding: {money: half-even}
rail: bank
parties:
  seller: Mira
  buyer: Jonas
  bank: {name: Bank, kind: rail}
terms:
  price: 350.00 EUR
accounts:
  safe: {asset: EUR, returns_to: buyer}
actions:
  pay_in:
    who: buyer
    pays: price
    into: safe
  accept:
    who: buyer
    moves: pay all from safe to seller
`;

describe("value", () => {
  it("needs the word of the rail where there is one", async () => {
    const kit = await openKit();
    const bank = keyOf("bank");
    const module = compileText(RAILED);
    const agreement = await offered(kit, module, { seller, buyer, bank });
    for (const signer of [seller, buyer]) receiptsOf(await send(kit, "sign", signer, { agreement }));
    const paying = { agreement, name: "pay_in", value: [["EUR", "350.00"]] as const };
    expect(outcomeOf(await send(kit, "act", buyer, paying))).toBe("problem rail-required");
    expect(outcomeOf(await send(kit, "act", buyer, { ...paying, rail: stranger }))).toBe("problem rail-required");
    const certified = await prepare(kit, "act", buyer, { ...paying, rail: bank });
    const stolen = await prepare(kit, "act", buyer, { ...paying });
    expect(outcomeOf(await submit(kit, { ...stolen, rail: certified.rail }))).toBe("problem wrong-rail-signature");
    expect(outcomeOf(await submit(kit, certified))).toBe("accepted");
    expect(replay(kit)).toMatchObject({ difference: null });
  });
  it("is certified by the court itself on the test rail", async () => {
    const kit = await openKit();
    const agreement = await offered(kit, example("escrow/agreement.yaml"), { seller, buyer });
    for (const signer of [seller, buyer]) receiptsOf(await send(kit, "sign", signer, { agreement }));
    expect(outcomeOf(await send(kit, "act", buyer, { agreement, name: "pay_in", value: [["EUR", "349.99"]] }))).toMatch(
      /^refused wrong-amount/,
    );
    expect(outcomeOf(await send(kit, "act", buyer, { agreement, name: "pay_in", value: [["EUR", "350.00"]] }))).toBe(
      "accepted",
    );
  });
});

const MANY_TIMERS = `
agreement: many-timers
version: 1.0.0
catch_up: 2
parties: {a: Anna, b: Bert}
facts: {count: 0, noted: 0}
actions:
  note: {who: a, then: {noted: noted + 1}}
states:
  s1: {initial: true, after: {1 h: s2}}
  s2: {after: {1 h: s3}}
  s3: {after: {1 h: s4}}
  s4: {after: {1 h: s5}}
  s5: {after: {1 h: s6}}
  s6: {after: {1000 h: s7}}
  s7: {ends: fulfilled}
`;

describe("catching up", () => {
  it("answers `more` until the timers are through, then takes the same action", async () => {
    const kit = await openKit();
    const [a, b] = [keyOf("a"), keyOf("b")];
    const agreement = await offered(kit, compileText(MANY_TIMERS), { a, b });
    for (const signer of [a, b]) receiptsOf(await send(kit, "sign", signer, { agreement }));
    kit.clock.advance(5 * 3_600_000);
    const signed = await prepare(kit, "act", a, { agreement, name: "note" });
    const replies = [];
    for (let i = 0; i < 3; i++) replies.push(await submit(kit, signed));
    expect(replies.map((reply) => [outcomeOf(reply), receiptsOf(reply).map(({ kind }) => kind)])).toEqual([
      ["more", ["timer", "timer"]],
      ["more", ["timer", "timer"]],
      ["accepted", ["timer", "event"]],
    ]);
    // The deadline counts anew each time, and a repeat now gives the last call's receipts.
    expect(await submit(kit, signed)).toMatchObject({ repeated: true, status: "accepted" });
    expect(replay(kit)).toMatchObject({ difference: null });
  });
  it("ticks go on until nothing is due, and leave no receipt of their own", async () => {
    const kit = await openKit();
    const [a, b] = [keyOf("a"), keyOf("b")];
    const agreement = await offered(kit, compileText(MANY_TIMERS), { a, b });
    for (const signer of [a, b]) receiptsOf(await send(kit, "sign", signer, { agreement }));
    kit.clock.advance(3 * 3_600_000);
    const first = await kit.engine.propose({ kind: "tick", agreement });
    expect([outcomeOf(first), receiptsOf(first).map(({ caller, kind }) => [caller, kind])]).toEqual([
      "more",
      [
        ["", "timer"],
        ["", "timer"],
      ],
    ]);
    const second = await kit.engine.propose({ kind: "tick", agreement });
    expect([outcomeOf(second), receiptsOf(second).length]).toEqual(["accepted", 1]);
    expect(outcomeOf(await kit.engine.propose({ kind: "tick", agreement }))).toBe("problem nothing-due");
    expect(replay(kit)).toMatchObject({ difference: null });
  });
});

const OPEN_TO_ALL = `
agreement: open-to-all
version: 1.0.0
parties: {a: Anna, b: Bert}
facts: {visits: 0}
actions:
  visit: {who: anyone, with: {n: {type: int, min: 1, max: 3}}, then: {visits: visits + n}}
  close: {who: a, then: {visits: 0}}
`;

describe("anyone", () => {
  it("may do what is open to all; a stranger's refusal leaves no receipt", async () => {
    const kit = await openKit();
    const [a, b] = [keyOf("a"), keyOf("b")];
    const agreement = await offered(kit, compileText(OPEN_TO_ALL), { a, b });
    for (const signer of [a, b]) receiptsOf(await send(kit, "sign", signer, { agreement }));
    expect(outcomeOf(await send(kit, "act", stranger, { agreement, name: "visit", inputs: { n: 2 } }))).toBe(
      "accepted",
    );
    const size = kit.log.size;
    const refused = await send(kit, "act", stranger, { agreement, name: "visit", inputs: { n: 9 } });
    expect(refused).toMatchObject({
      kind: "problem",
      problem: { code: "refused", refusal: { kind: "invalid-input" } },
    });
    expect(outcomeOf(await send(kit, "act", stranger, { agreement, name: "close" }))).toBe("problem unknown-party");
    expect(kit.log.size).toBe(size);
    expect(outcomeOf(await send(kit, "act", b, { agreement, name: "visit", inputs: { n: 9 } }))).toMatch(
      /^refused invalid-input/,
    );
    expect(kit.log.size).toBe(size + 1);
    expect(hex(kit.engine.head().appHash)).toMatch(/^[0-9a-f]{64}$/);
    expect(replay(kit)).toMatchObject({ difference: null });
  });
});
