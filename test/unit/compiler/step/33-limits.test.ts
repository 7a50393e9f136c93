// Limits: refusing events, and cutting payments made by timer.
import { describe, expect, it } from "vitest";
import { active, offered, START, usd } from "./written.ts";

describe("in an event", () => {
  const BODY = `
facts: {used: 0, cap: int?}
actions: {take: {who: ann, with: {much: int}, then: {used: used + much}}, set: {who: ben, with: {to: int}, then: {cap: to}}}
limits:
  space: {must: used <= 10, message: the store is full}
  capped: "!known(cap) || used <= cap"
`;
  it("each must be true after the step, otherwise nothing happened", () => {
    const play = active(BODY).act(START, "ann", "take", { much: 10 });
    expect(play.refusal).toBe(null);
    expect(play.act(START, "ann", "take", { much: 1 }).last.refusal).toMatchObject({
      kind: "limit",
      name: "space",
      path: "the store is full",
      values: [["used", 11]],
    });
    expect(play.view().facts.used).toBe(10);
    expect(play.act(START, "ben", "set", { to: 9 }).refusal).toBe("limit capped");
    expect(play.act(START, "ben", "set", { to: 10 }).refusal).toBe(null);
  });
});

describe("`cut` in a timer", () => {
  const BODY = (cut: string): string => `
terms: {most: 7.77 USD, fine: 20.00 USD}
accounts: {jar: {asset: USD, from: ann, to_begin: 50.00 USD, returns_to: ann}}
actions: {go: {who: ann}, stay: {who: ben}}
obligations:
  staying: {who: ben, to: ann, must: stay, by: 2026-06-01T00:00:00Z, else: nothing}
  going: {who: ann, to: ben, must: go, by: 2026-01-06T00:00:00Z, else: penalty}
  penalty: {who: ann, to: ben, must: pay, amount: fine, from: jar, within: 10 h, else: nothing}
limits:
  ceiling: {must: paid(penalty) <= most, cut: ${cut}}
`;
  const start = (cut: string) =>
    offered(BODY(cut)).sign(START, "ann", usd("50.00")).sign(START, "ben").tick("2026-01-06T09:00:00Z");

  it("owed: pays up to the limit, the rest stays a claim", () => {
    const play = start("owed");
    expect(play.moves).toEqual(["pay 7.77 USD jar -> ben"]);
    expect(play.view()).toMatchObject({
      balances: { jar: "42.23" },
      norms: { penalty: { status: "active", paid: "7.77", owed: "12.23" } },
    });
  });
  it("waive: pays up to the limit, the rest is no claim any more", () => {
    const play = start("waive");
    expect(play.moves).toEqual(["pay 7.77 USD jar -> ben"]);
    expect(play.view()).toMatchObject({
      balances: { jar: "42.23" },
      norms: { penalty: { status: "fulfilled", paid: "7.77", owed: "0.00" } },
    });
  });
  it("a limit that leaves room cuts nothing", () => {
    const play = offered(BODY("owed").replace("7.77", "20.00"))
      .sign(START, "ann", usd("50.00"))
      .sign(START, "ben")
      .tick("2026-01-06T09:00:00Z");
    expect(play.moves).toEqual(["pay 20.00 USD jar -> ben"]);
    expect(play.status("penalty")).toBe("fulfilled");
  });
  it("moves of an `else` are cut, too: the rest is a debt outside obligations, and can be paid", () => {
    const play = offered(`
terms: {floor: 45.00 USD, fine: 20.00 USD}
accounts: {jar: {asset: USD, from: ann, to_begin: 50.00 USD, returns_to: ann}}
actions: {go: {who: ann}, stay: {who: ben}}
obligations:
  staying: {who: ben, to: ann, must: stay, by: 2026-06-01T00:00:00Z, else: nothing}
  going: {who: ann, to: ben, must: go, by: 2026-01-06T00:00:00Z, else: {moves: pay fine from jar to ben}}
limits: {kept: {must: held(jar) >= floor, cut: owed}}
`)
      .sign(START, "ann", usd("50.00"))
      .sign(START, "ben")
      .tick("2026-01-06T09:00:00Z");
    expect(play.moves).toEqual(["pay 5.00 USD jar -> ben"]);
    expect(play.view()).toMatchObject({
      balances: { jar: "45.00" },
      owes: [{ debtor: "ann", creditor: "ben", amount: "15.00" }],
    });
    expect(play.send("2026-01-07T09:00:00Z", { kind: "pay", by: "ann", value: usd("4.00") }).refusal).toBe(null);
    expect(play.view().owes).toMatchObject([{ amount: "11.00" }]);
  });
});

describe("the end", () => {
  it("returns accounts although a limit wants them full", () => {
    const play = offered(`
terms: {floor: 45.00 USD}
accounts: {jar: {asset: USD, from: ann, to_begin: 50.00 USD, returns_to: ann}}
actions: {stop: {who: ann, ends: fulfilled}, spend: {who: ann, moves: pay floor from jar to ben}}
limits: {kept: held(jar) >= floor}
`)
      .sign(START, "ann", usd("50.00"))
      .sign(START, "ben");
    expect(play.act(START, "ann", "spend").refusal).toBe("limit kept");
    expect(play.act(START, "ann", "stop").refusal).toBe(null);
    expect(play.view()).toMatchObject({ phase: "ended", balances: { jar: "0.00" } });
  });
});
