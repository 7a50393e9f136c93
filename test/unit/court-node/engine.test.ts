// Groups, flushes and what happens when the disk says no.
import { describe, expect, it } from "vitest";
import { hex } from "../../../core/index.ts";
import { restoreSnapshot } from "../../../court-node/index.ts";
import { LedgerError, MemoryLock, MemoryStorage, numberKey } from "../../../ledger/index.ts";
import {
  buyer,
  example,
  lateDelivery,
  offered,
  openKit,
  outcomeOf,
  prepare,
  receiptsOf,
  START,
  seller,
  send,
  submit,
} from "./kit.ts";

describe("the embedded engine", () => {
  it("executes what arrives together in one group, in its order", async () => {
    const kit = await openKit();
    const agreement = await lateDelivery(kit);
    const groups: number[] = [];
    kit.engine.subscribe((receipts) => groups.push(receipts.length));
    const actions = await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        prepare(kit, "act", i % 2 === 0 ? seller : buyer, { agreement, name: `no${i}` }),
      ),
    );
    const replies = await Promise.all(
      actions.map((action) => kit.engine.propose({ kind: "action", action, file: null })),
    );
    const receipts = replies.flatMap(receiptsOf);
    expect(receipts.map(({ event }) => event[1])).toEqual(actions.map(({ action }) => action.name));
    expect(receipts.map(({ seq }) => seq)).toEqual(receipts.map((_, i) => (receipts[0]?.seq as number) + i));
    expect(groups.reduce((sum, size) => sum + size, 0)).toBe(40);
    expect(groups.length).toBeLessThan(5);
    for (let i = 1; i < receipts.length; i++) expect(receipts[i]?.pre).toEqual(receipts[i - 1]?.post);
  });

  it("never stamps back, whatever the clock does, nor after a restart", async () => {
    const kit = await openKit();
    const agreement = await lateDelivery(kit);
    kit.clock.advance(60_000);
    const [late] = receiptsOf(await send(kit, "act", buyer, { agreement, name: "x" }));
    kit.clock.advance(-50_000);
    const [next] = receiptsOf(await send(kit, "act", buyer, { agreement, name: "y" }));
    expect(next?.stamp).toBe(late?.stamp);
    const again = await openKit({ storage: kit.storage, lock: kit.lock, at: START - 1_000_000 });
    const [after] = receiptsOf(await send(again, "act", buyer, { agreement, name: "z", deadline: START + 3_600_000 }));
    expect(after?.stamp).toBe(late?.stamp);
    expect(hex(after?.previous as Uint8Array)).toHaveLength(64);
  });

  it("answers read-only when there is no space, throws away what it executed, and goes on when there is", async () => {
    const kit = await openKit();
    const agreement = await lateDelivery(kit);
    const before = { head: kit.engine.head(), size: kit.log.size };
    kit.storage.readOnly = "the disk is full";
    const refused = await Promise.all(["a", "b", "c"].map((name) => send(kit, "act", seller, { agreement, name })));
    expect(refused.map(outcomeOf)).toEqual(["problem read-only", "problem read-only", "problem read-only"]);
    expect(kit.engine.readOnlyReason()).toBe("the disk is full");
    expect({ head: kit.engine.head(), size: kit.log.size }).toEqual(before);
    kit.storage.readOnly = null;
    const [receipt] = receiptsOf(await send(kit, "act", seller, { agreement, name: "deliver" }));
    expect([receipt?.seq, receipt?.outcome.kind]).toEqual([before.size, "accepted"]);
  });

  it("never acknowledges after a failed flush, and says the process must end", async () => {
    const kit = await openKit();
    const agreement = await lateDelivery(kit);
    kit.storage.failNext = new LedgerError("ledger/flush-failed", "the disk is gone");
    expect(outcomeOf(await send(kit, "act", seller, { agreement, name: "deliver" }))).toBe("problem read-only");
    expect(kit.fatal.map((error) => (error as LedgerError).code)).toEqual(["ledger/flush-failed"]);
    expect(outcomeOf(await send(kit, "act", seller, { agreement, name: "deliver" }))).toBe("problem read-only");
    expect(kit.log.size).toBe(kit.engine.head().seq);
  });

  it("only reads a store that was put back from an old copy", async () => {
    const kit = await openKit();
    const agreement = await lateDelivery(kit);
    const old = kit.storage.copy();
    receiptsOf(await send(kit, "act", seller, { agreement, name: "deliver" }));
    const restored = await openKit({ storage: old, lock: kit.lock });
    expect(restored.log.haltedBy?.code).toBe("ledger/rollback-detected");
    expect(outcomeOf(await send(restored, "act", seller, { agreement, name: "deliver" }))).toBe("problem read-only");
    expect((await restored.engine.fireDue()).ticked).toBe(0);
  });

  it("refuses to open when the head and the log disagree", async () => {
    const kit = await openKit();
    await lateDelivery(kit);
    await kit.storage.write([{ namespace: "court", key: "head", value: null }]);
    await expect(openKit({ storage: kit.storage, lock: kit.lock })).rejects.toMatchObject({ code: "ledger/corrupt" });
  });

  it("answers a damaged state by name and leaves everything else alone", async () => {
    const kit = await openKit();
    const agreement = await lateDelivery(kit);
    const other = await lateDelivery(kit);
    const stored = kit.storage.get("agreement", agreement) as Uint8Array;
    const damaged = stored.slice();
    damaged[damaged.length - 1] = (damaged.at(-1) as number) ^ 1;
    await kit.storage.write([{ namespace: "agreement", key: agreement, value: damaged }]);
    const again = await openKit({ storage: kit.storage, lock: kit.lock });
    expect(outcomeOf(await send(again, "act", seller, { agreement, name: "deliver" }))).toBe("problem read-only");
    expect(outcomeOf(await send(again, "act", seller, { agreement: other, name: "deliver" }))).toBe("accepted");
  });

  it("closes after what is under way, and takes nothing more", async () => {
    const kit = await openKit();
    const agreement = await lateDelivery(kit);
    const action = await prepare(kit, "act", seller, { agreement, name: "deliver" });
    const last = kit.engine.propose({ kind: "action", action, file: null });
    const closed = kit.engine.close();
    expect(outcomeOf(await last)).toBe("accepted");
    await closed;
    expect(outcomeOf(await submit(kit, action))).toBe("problem shutting-down");
  });

  it("comes back from a snapshot the same, checkpoint and all", async () => {
    const kit = await openKit();
    const agreement = await offered(kit, example("escrow/agreement.yaml"), { seller, buyer });
    const chunks = await kit.engine.snapshot();
    const storage = new MemoryStorage();
    const lock = new MemoryLock();
    await restoreSnapshot({ storage, lock }, chunks);
    const copy = await openKit({ storage, lock });
    expect(copy.engine.head()).toEqual(kit.engine.head());
    expect(copy.log.note).toBe(kit.log.note);
    const action = await prepare(kit, "sign", seller, { agreement });
    const [a, b] = [receiptsOf(await submit(kit, action)), receiptsOf(await submit(copy, action))];
    expect(a).toEqual(b);
    expect(copy.log.note).toBe(kit.log.note);
    await expect(restoreSnapshot({ storage, lock }, chunks)).rejects.toMatchObject({ code: "ledger/not-a-ledger" });
    await expect(
      restoreSnapshot({ storage: new MemoryStorage(), lock: new MemoryLock() }, [new Uint8Array([1, 2])]),
    ).rejects.toMatchObject({
      code: "ledger/corrupt",
    });
  });

  it("gives the same app hash and the same receipts however commands are grouped", async () => {
    const run = async (together: boolean) => {
      const kit = await openKit();
      const made = example("escrow/agreement.yaml");
      const fixed = (i: number) => ({ nonce: new Uint8Array(16).fill(i), deadline: START + 1_000 });
      const deployed = await submit(
        kit,
        await prepare(kit, "deploy", seller, { name: made.moduleId, ...fixed(1) }),
        made.bytes,
      );
      receiptsOf(deployed);
      const inputs = { roles: { seller: seller.did, buyer: buyer.did }, terms: {} };
      const [offer] = receiptsOf(await send(kit, "offer", seller, { name: made.moduleId, inputs, ...fixed(2) }));
      const agreement = hex(offer?.agreement as Uint8Array);
      const actions = await Promise.all(
        [seller, buyer, seller, buyer].map((signer, i) =>
          prepare(kit, i < 2 ? "sign" : "act", signer, { agreement, name: i < 2 ? "" : "send", ...fixed(3 + i) }),
        ),
      );
      const propose = (action: (typeof actions)[number]) => kit.engine.propose({ kind: "action", action, file: null });
      if (together) await Promise.all(actions.map(propose));
      else for (const action of actions) await propose(action);
      return {
        app: hex(kit.engine.head().appHash),
        note: kit.log.note,
        entries: Array.from({ length: kit.log.size }, (_, i) =>
          hex(kit.storage.get("entries", numberKey(i)) as Uint8Array),
        ),
      };
    };
    expect(await run(true)).toEqual(await run(false));
  });
});
