// Rule 8: when an amount is fixed, and where it lands.
import { describe, expect, it } from "vitest";
import { money } from "../programs.ts";
import { active, ticking, usd } from "./written.ts";

const body = (more: string): string => `
facts: {level: 10.00 USD}
actions: {set: {who: ben, with: {to: money}, then: {level: to / 3}}, go: {who: ann}}
obligations:
  going: {who: ann, to: ben, must: go, by: 5, else: [paying, other]}
  paying: {who: ann, to: ben, must: pay, amount: level / 3, within: 100, else: nothing${more}}
  other: {who: ben, to: ann, must: set, within: 500, else: nothing}
`;

describe("an amount", () => {
  it("is read at birth, rounded there and stays", () => {
    const play = ticking(body("")).tick(6);
    expect(play.view().norms.paying.latest.amount).toBe("3.33");
    play.act(7, "ben", "set", { to: "300.00 USD" });
    expect(play.view().facts.level).toBe("100.00");
    expect(play.view().norms.paying.latest.amount).toBe("3.33");
    expect(play.view().owes[0].amount).toBe("3.33");
  });
  it("with `amount_read: when_paid` is read at the payment", () => {
    const play = ticking(body(", amount_read: when_paid")).tick(6).act(7, "ben", "set", { to: "300.00 USD" });
    play.send(8, { kind: "pay", by: "ann", value: usd("3.33") });
    expect(play.refusal).toBe("wrong-amount paying");
    play.send(9, { kind: "pay", by: "ann", value: usd("33.33") });
    expect(play.refusal).toBe(null);
    expect(play.status("paying")).toBe("fulfilled");
  });
  it("of zero is met at birth", () => {
    const play = ticking(body("").replace("10.00 USD", "0.00 USD")).tick(6);
    expect(play.status("paying")).toBe("fulfilled");
    expect(play.moves).toEqual([]);
  });
});

describe("landing", () => {
  it("rounds where money is stored", () => {
    const play = active(`
facts: {share: 0.00 USD}
actions: {cut: {who: ann, with: {of: money, into: {type: int, min: 1}}, then: {share: of / into}}}
`).act("2026-01-05T10:00:00Z", "ann", "cut", { of: "10.00 USD", into: 3 });
    expect(play.view().facts.share).toBe("3.33");
    play.act("2026-01-05T10:01:00Z", "ann", "cut", { of: "20.00 USD", into: 3 });
    expect(play.view().facts.share).toBe("6.67");
  });
  it("a derived value is not rounded", () => {
    const play = active(
      "terms: {whole: 10.00 USD}\nderive: {third: whole / 3}\nactions: {show: {who: ann, give: {third: third}}}",
    ).act("2026-01-05T10:00:00Z", "ann", "show");
    expect(String(play.last.given[0]?.[1])).toBe("3.333333333333333333333333333333333");
    expect(play.view().derived.third).not.toBe(money("3.33"));
  });
});
