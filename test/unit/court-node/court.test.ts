// The life of an agreement at a court: what is accepted, what is refused, what leaves a receipt and what does not.
import { describe, expect, it } from "vitest";
import { pureVerify, replayLedger } from "../../../court-node/index.ts";
import { BUILTINS } from "../../../stdlib/index.ts";
import { type Kit, lateDelivery, openKit, receiptsOf, seller, send } from "./kit.ts";

const at = (text: string): number => Date.parse(text);
const replay = (kit: Kit) =>
  replayLedger({ log: kit.log, storage: kit.storage, builtins: BUILTINS, verify: pureVerify });

describe("late delivery at a court", () => {
  it("goes from offer to fulfilled, and replays", async () => {
    const kit = await openKit();
    const agreement = await lateDelivery(kit);
    kit.clock.set(at("2019-01-16T21:34:00Z"));
    const delivered = receiptsOf(await send(kit, "act", seller, { agreement, name: "deliver" }));
    expect(delivered.map(({ kind, event, outcome, now }) => [kind, event[1], outcome.kind, now])).toEqual([
      ["timer", expect.any(String), "accepted", at("2019-01-11T03:24:00Z")],
      ["event", "deliver", "accepted", at("2019-01-16T21:34:00Z")],
    ]);
    kit.clock.set(at("2019-01-20T12:00:00Z"));
    const [paid] = receiptsOf(
      await send(kit, "pay", seller, { agreement, for: "pay_penalty", value: [["USD", "63.00"]] }),
    );
    expect(paid?.outcome.kind).toBe("accepted");
    expect(paid?.moves.map(({ verb, asset, from, to }) => [verb, asset, from, to])).toEqual([
      ["pay", "USD", "seller", "buyer"],
    ]);
    expect(await replay(kit)).toMatchObject({ difference: null, agreements: 1, receipts: kit.log.size });
  });
});
