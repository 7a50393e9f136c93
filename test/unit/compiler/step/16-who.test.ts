// Rule 16: who may act.
import { describe, expect, it } from "vitest";
import { did } from "../play.ts";
import { active, offered, START, usd } from "./written.ts";

const AT = "2026-01-05T10:00:00Z";

describe("`who`", () => {
  it("a list is any of them; `caller` names the one who acted", () => {
    const body = "facts: {last: party?}\nactions: {bid: {who: [ann, ben], then: {last: caller}}}";
    expect(active(body).act(AT, "ben", "bid").view().facts.last).toBe("ben");
    expect(active(body).act(AT, "ann", "bid").view().facts.last).toBe("ann");
    expect(active(body).act(AT, "cat", "bid").refusal).toBe("not-the-party bid");
    expect(active(body).act(AT, "did:key:stranger", "bid").refusal).toBe("not-the-party bid");
  });
  it("`anyone` is anyone; a stranger is named by its did and can be paid", () => {
    const body = `
accounts: {jar: {asset: USD, from: ann, to_begin: 5.00 USD, returns_to: ann}}
actions: {find: {who: anyone, moves: pay all from jar to caller}}
`;
    const start = () => offered(body).sign(START, "ann", usd("5.00")).sign(START, "ben");
    expect(start().act(AT, "did:key:stranger", "find").moves).toEqual(["pay 5.00 USD jar -> did:key:stranger"]);
    const known = start().act(AT, "cat", "find");
    expect(known.moves).toEqual(["pay 5.00 USD jar -> cat"]);
    expect(known.view().got).toEqual([{ role: "cat", asset: "USD", amount: "5.00" }]);
  });
  it("an expression of type party is asked when the event comes", () => {
    const play = active(
      `facts: {turn: 0}\nactions: {play: {who: "choose(turn == 0, ann, ben)", then: {turn: 1 - turn}}}`,
    );
    expect(play.act(AT, "ben", "play").refusal).toBe("not-the-party play");
    expect(play.act(AT, "ann", "play").refusal).toBe(null);
    expect(play.act(AT, "ann", "play").refusal).toBe("not-the-party play");
    expect(play.act(AT, "ben", "play").refusal).toBe(null);
  });
  it("one key may hold two roles", () => {
    const play = offered(
      "facts: {last: party?}\nactions: {a: {who: ann, then: {last: caller}}, b: {who: ben, then: {last: caller}}}",
      START,
      {
        roles: [did("both"), did("both"), did("cat")],
      },
    ).sign(START, "both");
    expect(play.view().phase).toBe("active");
    expect(play.act(AT, "both", "a").view().facts.last).toBe("ann");
    expect(play.act(AT, "both", "b").view().facts.last).toBe("ben");
  });
});
