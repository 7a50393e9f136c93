// The court over HTTP, through its own client: the whole way from a deployment to a proof checked offline.
import { afterEach, describe, expect, it } from "vitest";
import { createClient, createServer, decodeBundle, nodeOf, verifyBundle } from "../../../court-node/index.ts";
import { MemoryStorage, type Write } from "../../../ledger/index.ts";
import { parseVerifierKey, verifyProof } from "../../../ledger/verify.ts";
import { BUILTINS } from "../../../stdlib/index.ts";
import { buyer, court, example, type Kit, node as nodeKey, ORIGIN, openKit, seller, stranger } from "./kit.ts";

const at = (text: string): number => Date.parse(text);
const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function served(kit: Kit) {
  const node = {
    ...nodeOf(
      { log: kit.log, storage: kit.storage },
      { origin: ORIGIN, key: nodeKey, clock: kit.clock, onFatal: (error) => kit.fatal.push(error) },
    ),
  };
  const server = createServer({ node, version: "1.2.3" });
  const url = await server.listen({ host: "127.0.0.1", port: 0 });
  open.push(() => server.close());
  return { server, node, url, client: createClient({ url, now: () => kit.clock.now() }) };
}

describe("the whole way over HTTP", () => {
  it("deploys, offers, signs, acts, and proves", async () => {
    const kit = await openKit();
    const { client, node } = await served(kit);
    const { bytes, moduleId } = example("late-delivery/agreement.yaml");
    const deployed = await client.deploy({ file: bytes, moduleId, signer: seller });
    expect(deployed).toMatchObject({ status: "accepted", repeated: false });
    const { agreement } = await client.offer({
      moduleId,
      roles: { seller: seller.did, buyer: buyer.did, court: court.did },
      terms: {},
      signer: seller,
    });
    for (const signer of [seller, buyer])
      expect(await client.sign({ agreement, signer })).toMatchObject({ status: "accepted" });
    const refused = await client.act({ agreement, name: "deliver", signer: buyer });
    expect(refused.status).toBe("refused");
    expect(refused.receipts[0]?.receipt.outcome).toMatchObject({ kind: "refused", refusal: { kind: "not-the-party" } });
    await expect(client.act({ agreement, name: "deliver", signer: stranger })).rejects.toMatchObject({
      code: "unknown-party",
    });
    kit.clock.set(at("2019-01-16T21:34:00Z"));
    expect(await client.due(agreement)).toMatchObject({ at: at("2019-01-11T03:24:00Z"), edge: "closed" });
    const delivered = await client.act({ agreement, name: "deliver", signer: seller });
    expect(delivered.receipts.map(({ receipt }) => receipt.kind)).toEqual(["timer", "event"]);
    const paid = await client.pay({ agreement, signer: seller, for: "pay_penalty", value: [["USD", "63.00"]] });
    expect(paid.receipts.at(-1)?.view).toMatchObject({
      moves: [{ verb: "pay", amount: "63.00 USD", from: "seller", to: "buyer" }],
    });
    expect(await client.state(agreement)).toMatchObject({ view: { outcome: "fulfilled" }, halted: false });

    const seq = paid.receipts.at(-1)?.seq as number;
    const key = parseVerifierKey(node.verifierKey);
    if (key === undefined) throw new Error("no key");
    expect(verifyProof(await client.receiptBytes(seq), await client.proof(seq), [key])).toMatchObject({
      ok: true,
      index: seq,
    });
    const read = decodeBundle(await client.bundle(seq));
    if ("reason" in read) throw new Error(read.reason);
    expect(verifyBundle(read.bundle, { keys: [key], builtins: BUILTINS })).toMatchObject({ ok: true, index: seq });
    const list = await client.receipts(agreement);
    expect(list.map(({ receipt }) => receipt.step)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect((await client.receipts(agreement, 5)).map(({ seq }) => seq)).toEqual([seq - 1, seq]);
  });

  it("lists no receipt before its checkpoint is published, though the store has it already", async () => {
    // As a thread that writes does: what it stored is read before it says so.
    let stored = (): void => undefined;
    let says: Promise<void> | null = null;
    class Thread extends MemoryStorage {
      override async write(batch: readonly Write[]): Promise<void> {
        await super.write(batch);
        stored();
        await says;
      }
    }
    const kit = await openKit({ storage: new Thread() });
    const { client } = await served(kit);
    const { bytes, moduleId } = example("late-delivery/agreement.yaml");
    await client.deploy({ file: bytes, moduleId, signer: seller });
    const roles = { seller: seller.did, buyer: buyer.did, court: court.did };
    const { agreement } = await client.offer({ moduleId, roles, terms: {}, signer: seller });
    let say = (): void => undefined;
    says = new Promise((resolve) => {
      say = resolve;
    });
    const written = new Promise<void>((resolve) => {
      stored = resolve;
    });
    const signed = client.sign({ agreement, signer: seller });
    await written;
    expect((await client.receipts(agreement)).map(({ receipt }) => receipt.step)).toEqual([0]);
    say();
    await signed;
    expect((await client.receipts(agreement)).map(({ receipt }) => receipt.step)).toEqual([0, 1]);
  });
});
