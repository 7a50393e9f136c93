// Rule 10: money that comes with an event.
import { describe, expect, it } from "vitest";
import { active, usd } from "./written.ts";

const BODY = (change = ""): string => `
terms: {fee: 25.00 USD}
accounts: {chest: {asset: USD, returns_to: ben}}
actions:
  join: {who: [ann, ben], pays: fee, into: chest${change}}
  look: {who: ann}
  drain: {who: cat, moves: release all from chest}
  tip: {who: ann, with: {much: money}, moves: pay much to ben}
  both: {who: ann, with: {much: money}, pays: fee, into: chest, moves: pay much to cat}
`;
const AT = "2026-01-05T10:00:00Z";

describe("`pays`", () => {
  it("takes exactly what is asked, into the account", () => {
    const play = active(BODY()).act(AT, "ann", "join", null, usd("25.00"));
    expect(play.refusal).toBe(null);
    expect(play.moves).toEqual(["hold 25.00 USD ann -> chest"]);
    expect(play.view().balances.chest).toBe("25.00");
  });
  it.each(["24.99", "25.01"])("refuses %s as `wrong-amount`", (sum) => {
    const play = active(BODY()).act(AT, "ann", "join", null, usd(sum));
    expect(play.refusal).toBe("wrong-amount join");
    expect(play.view().balances.chest).toBe("0.00");
    expect(play.moves).toEqual([]);
  });
  it("refuses none, and an asset the agreement does not know", () => {
    expect(active(BODY()).act(AT, "ann", "join").refusal).toBe("wrong-amount join");
    expect(active(BODY()).act(AT, "ann", "join", null, [["EUR", 25]]).refusal).toBe("invalid-input join");
    expect(active(BODY()).act(AT, "ann", "join", null, [["USD", -25]]).refusal).toBe("invalid-input join");
  });
  it("`change: returned` takes what is needed and returns the rest in the same answer", () => {
    const play = active(BODY(", change: returned")).act(AT, "ben", "join", null, usd("30.00"));
    expect(play.refusal).toBe(null);
    expect(play.moves).toEqual(["hold 25.00 USD ben -> chest", "return 5.00 USD ben -> ben"]);
    expect(play.view().balances.chest).toBe("25.00");
    expect(active(BODY(", change: returned")).act(AT, "ben", "join", null, usd("24.00")).refusal).toBe(
      "wrong-amount join",
    );
  });
});

describe("an event that takes nothing", () => {
  it("refuses value", () => {
    expect(active(BODY()).act(AT, "ann", "look", null, usd("1.00")).refusal).toBe("wrong-amount USD");
    expect(active(BODY()).act(AT, "ann", "look", null, []).refusal).toBe(null);
  });
});

describe("moves from the caller must equal the value taken", () => {
  const tip = (much: string, value: string | null) =>
    active(BODY()).act(AT, "ann", "tip", { much }, value === null ? null : usd(value));
  it("exactly", () => {
    const play = tip("3.00 USD", "3.00");
    expect(play.refusal).toBe(null);
    expect(play.moves).toEqual(["pay 3.00 USD ann -> ben"]);
    expect(play.view().got).toEqual([{ role: "ben", asset: "USD", amount: "3.00" }]);
  });
  it("not less, not more, not nothing", () => {
    expect(tip("3.00 USD", "2.99").refusal).toBe("wrong-amount USD");
    expect(tip("3.00 USD", "3.01").refusal).toBe("wrong-amount tip");
    expect(tip("3.00 USD", null).refusal).toBe("wrong-amount USD");
  });
  it("together with `pays`", () => {
    expect(active(BODY()).act(AT, "ann", "both", { much: "5.00 USD" }, usd("30.00")).moves).toEqual([
      "hold 25.00 USD ann -> chest",
      "pay 5.00 USD ann -> cat",
    ]);
    expect(active(BODY()).act(AT, "ann", "both", { much: "5.00 USD" }, usd("25.00")).refusal).toBe("wrong-amount USD");
    expect(active(BODY()).act(AT, "ann", "both", { much: "5.00 USD" }, usd("31.00")).refusal).toBe("wrong-amount both");
  });
});
