// Rule 3: a timer has no author to refuse.
import { describe, expect, it } from "vitest";
import { money } from "../programs.ts";
import { active, offered, START, ticking, usd } from "./written.ts";

describe("a payment due by timer", () => {
  const body = `
accounts: {jar: {asset: USD, from: ann, to_begin: 30.00 USD, returns_to: ann}}
actions: {go: {who: ann}, draw: {who: ben, with: {much: money}, moves: pay much from jar to ben}}
obligations:
  going: {who: ann, to: ben, must: go, by: 2026-01-06T00:00:00Z, else: {moves: pay 50.00 USD from jar to ben}}
`;
  const start = () =>
    offered(body.replaceAll("50.00 USD", 'money("50.00 USD")')).sign(START, "ann", usd("30.00")).sign(START, "ben");

  it("pays what the account holds; the rest is owed by who funds it", () => {
    const play = start().tick("2026-01-07T00:00:00Z");
    expect(play.moves[0]).toBe("pay 30.00 USD jar -> ben");
    expect(play.status("going")).toBe("violated");
    expect(play.view().owes).toEqual([{ debtor: "ann", creditor: "ben", asset: "USD", amount: "20.00" }]);
  });
  it("the same shortage refuses an event", () => {
    const play = start().act("2026-01-05T12:00:00Z", "ben", "draw", { much: "30.01 USD" });
    expect(play.refusal).toBe("shortage jar");
    expect(play.last.refusal?.values).toEqual([
      ["needed", money("30.01")],
      ["held", money("30.00")],
    ]);
    expect(play.view().balances.jar).toBe("30.00");
  });
});

describe("a fault in a timer", () => {
  const body = `
facts: {divisor: 0, seen: 0}
actions: {go: {who: ann}, set: {who: ben, with: {to: int}, then: {divisor: to}}, look: {who: ben, times: 1}}
obligations:
  going: {who: ann, to: ben, must: go, by: 10, else: {then: {seen: "div(7, divisor)"}}}
  looking: {who: ben, to: ann, must: look, by: 50, else: nothing}
`;
  it("undoes its effects, marks its norm failed and is in the answer", () => {
    const play = ticking(body).tick(20);
    const [timer] = play.steps;
    expect(timer).toMatchObject({ kind: "timer", name: "going", at: 10, consumed: false, moves: [] });
    expect(timer?.refusal).toMatchObject({ kind: "fault", name: "seen" });
    const view = play.view();
    expect(view.norms.going.status).toBe("failed");
    expect(view.norms.going.violated).toBe(0);
    expect(view.facts).toEqual({ divisor: 0, seen: 0 });
    expect(view.clock).toBe(10);
  });
  it("never fires twice", () => {
    const play = ticking(body).tick(20);
    expect(play.timers).toEqual(["going 10"]);
    expect(play.tick(21).refusal).toBe("nothing-due tick");
    expect(play.act(22, "ben", "set", { to: 1 }).timers).toEqual([]);
  });
  it("does not stop the timers behind it", () => {
    expect(ticking(body).tick(60).timers).toEqual(["going 10", "looking 50"]);
  });
  it("the same fault refuses an event", () => {
    const play = active(`
facts: {divisor: 0, seen: 0}
actions: {try: {who: ann, then: {seen: "div(7, divisor)"}}}
`).act("2026-01-05T10:00:00Z", "ann", "try");
    expect(play.refusal).toBe("fault seen");
    expect(play.view().seq).toBe(3);
    expect(play.view().facts).toEqual({ divisor: 0, seen: 0 });
  });
});

describe("too many births by a timer", () => {
  it("are a fault of that timer, not of the agreement", () => {
    const play = ticking(`
actions: {go: {who: ann}, ask: {who: ben}, mend: {who: ann}}
obligations:
  going: {on: ask, who: ann, to: ben, must: go, within: 5, open_at_most: 3, else: mending}
  mending: {who: ann, to: ben, must: mend, within: 100, else: nothing}
`)
      .act(1, "ben", "ask")
      .act(2, "ben", "ask")
      .tick(20);
    expect(play.steps.map((step) => step.refusal?.kind ?? "fine")).toEqual(["fine", "limit", "nothing-due"]);
    expect(play.view().norms.going).toMatchObject({ open: [], violated: 1, status: "failed" });
    expect(play.view().norms.mending.open).toHaveLength(1);
  });
});
