// `withdraw` after activation was an unknown event, and a payment without a claim was refused for its sum. Rule 15: the
// event is known, the party is right, the state is wrong, and that comes before the amount.
import { expect, it } from "vitest";
import { mapOf } from "../../vm/index.ts";
import { active, ticking, usd } from "../unit/compiler/step/written.ts";

it("taking a signature back once the agreement is active", () => {
  const play = active("actions: {go: {who: ann}}");
  expect(play.send("2026-01-05T10:00:00Z", { kind: "withdraw", by: "ann" }).refusal).toBe("wrong-state withdraw");
  expect(play.send("2026-01-05T10:00:00Z", { kind: "withdraw", by: "did:key:nobody" }).refusal).toBe(
    "not-the-party withdraw",
  );
});
it("a payment nobody waits for", () => {
  const play = ticking(
    "obligations: {fee: {who: ann, to: ben, must: pay, amount: 5.00 USD, by: 9, else: nothing}, later: {who: ben, to: ann, must: pay, amount: 1.00 USD, by: 90, else: nothing}}",
  ).send(1, { kind: "pay", by: "ann", value: usd("5.00") });
  const inputs = mapOf([["amount", "6.00 USD"]]) ?? null;
  expect(play.send(2, { kind: "pay", by: "ann", value: usd("5.00"), inputs }).refusal).toBe("wrong-state pay");
});
