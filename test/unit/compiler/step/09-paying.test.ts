// Rule 9: paying.
import { describe, expect, it } from "vitest";
import { mapOf } from "../../../../vm/index.ts";
import { offered, START, ticking, usd } from "./written.ts";

const CLAIMS = (more = ""): string =>
  `
actions: {noop: {who: cat}}
obligations:
  zeta: {who: ann, to: ben, must: pay, amount: 10.00 USD, by: 50, else: nothing${more}}
  alpha: {who: ann, to: ben, must: pay, amount: 20.00 USD, by: 50, else: nothing${more}}
  soon: {who: ann, to: ben, must: pay, amount: 5.00 USD, by: 20, else: nothing${more}}
  back: {who: ben, to: ann, must: pay, amount: 7.00 USD, by: 30, else: nothing}
  guard: {who: cat, to: ann, must: noop, else: nothing}
`.replaceAll(/(\d+\.\d\d USD)/g, "$1");

const statuses = (play: ReturnType<typeof ticking>): Record<string, string> =>
  Object.fromEntries(["soon", "alpha", "zeta"].map((name) => [name, play.status(name)]));

describe("without `for`", () => {
  const start = () => ticking(CLAIMS()).sign(0, "cat");

  it("the oldest due first, then by name", () => {
    const play = start().send(1, { kind: "pay", by: "ann", value: usd("5.00") });
    expect(statuses(play)).toEqual({ soon: "fulfilled", alpha: "active", zeta: "active" });
    play.send(2, { kind: "pay", by: "ann", value: usd("20.00") });
    expect(statuses(play)).toEqual({ soon: "fulfilled", alpha: "fulfilled", zeta: "active" });
  });
  it("one payment may meet several", () => {
    const play = start().send(1, { kind: "pay", by: "ann", value: usd("25.00") });
    expect(statuses(play)).toEqual({ soon: "fulfilled", alpha: "fulfilled", zeta: "active" });
    expect(play.moves).toEqual(["pay 5.00 USD ann -> ben", "pay 20.00 USD ann -> ben"]);
  });
  it("each whole or not at all", () => {
    const play = start().send(1, { kind: "pay", by: "ann", value: usd("24.99") });
    expect(play.refusal).toBe("wrong-amount alpha");
    expect(statuses(play)).toEqual({ soon: "active", alpha: "active", zeta: "active" });
  });
  it("the excess is refused", () => {
    const play = start().send(1, { kind: "pay", by: "ann", value: usd("35.01") });
    expect(play.refusal).toBe("wrong-amount pay");
    expect(play.view().got).toEqual([]);
  });
  it("only the payer's own claims", () => {
    const play = start().send(1, { kind: "pay", by: "ben", value: usd("7.00") });
    expect(play.refusal).toBe(null);
    expect(play.status("back")).toBe("fulfilled");
    expect(play.view().got).toEqual([{ role: "ann", asset: "USD", amount: "7.00" }]);
    expect(play.send(2, { kind: "pay", by: "cat", value: usd("5.00") }).refusal).toBe("not-the-party pay");
  });
  it("nothing left to pay is `wrong-state`", () => {
    const play = start()
      .send(1, { kind: "pay", by: "ben", value: usd("7.00") })
      .send(2, { kind: "pay", by: "ben", value: usd("7.00") });
    expect(play.refusal).toBe("wrong-state pay");
  });
});

describe("with `for`", () => {
  it("only that claim", () => {
    const play = ticking(CLAIMS())
      .sign(0, "cat")
      .send(1, { kind: "pay", by: "ann", value: usd("10.00"), for: "zeta" });
    expect(statuses(play)).toEqual({ soon: "active", alpha: "active", zeta: "fulfilled" });
    expect(play.send(2, { kind: "pay", by: "ann", value: usd("20.00"), for: "zeta" }).refusal).toBe("wrong-state pay");
    expect(play.send(2, { kind: "pay", by: "ann", value: usd("20.00"), for: "guard" }).refusal).toBe(
      "invalid-input pay",
    );
    expect(play.send(2, { kind: "pay", by: "ann", value: usd("20.00"), for: "nonsense" }).refusal).toBe(
      "invalid-input pay",
    );
  });
});

describe("the value must cover the amount", () => {
  const start = () => ticking(CLAIMS()).sign(0, "cat");
  const pay = (
    play: ReturnType<typeof start>,
    value: ReturnType<typeof usd> | null,
    inputs: ReturnType<typeof mapOf> | null,
  ) => play.send(1, { kind: "pay", by: "ann", value, inputs: inputs ?? null });

  it("stated and equal, or refused", () => {
    expect(pay(start(), usd("5.00"), mapOf([["amount", "5.00 USD"]]) ?? null).refusal).toBe(null);
    expect(pay(start(), usd("5.00"), mapOf([["amount", "6.00 USD"]]) ?? null).refusal).toBe("wrong-amount USD");
    expect(pay(start(), null, mapOf([["amount", "5.00 USD"]]) ?? null).refusal).toBe("wrong-amount pay");
    expect(pay(start(), usd("5.00"), mapOf([["sum", "5.00 USD"]]) ?? null).refusal).toBe("invalid-input pay");
    expect(pay(start(), usd("5.001"), null).refusal).toBe("invalid-input pay");
  });
});

describe("the order of refusals", () => {
  const send = (more: Parameters<ReturnType<typeof ticking>["send"]>[1]) =>
    ticking(CLAIMS())
      .sign(0, "cat")
      .send(1, { kind: "pay", ...more }).refusal;
  it("input, party, state, amount", () => {
    expect(send({ by: "cat", value: usd("1.001") })).toBe("invalid-input pay");
    expect(send({ by: "cat", inputs: mapOf([["amount", "five"]]) ?? null })).toBe("invalid-input pay");
    expect(send({ by: "cat" })).toBe("not-the-party pay");
    expect(send({ by: "ben", for: "soon" })).toBe("not-the-party pay");
    expect(send({ by: "ben", for: "back" })).toBe("wrong-amount pay");
    const unsigned = ticking(CLAIMS());
    expect(unsigned.send(1, { kind: "pay", by: "cat" }).refusal).toBe("not-the-party pay");
    expect(unsigned.send(1, { kind: "pay", by: "ann" }).refusal).toBe("wrong-state pay");
  });
});

describe("parts and excess", () => {
  it("`parts: {at_least}` takes parts, the last may be smaller", () => {
    const play = ticking(CLAIMS(", parts: {at_least: 4.00 USD}"))
      .sign(0, "cat")
      .send(1, { kind: "pay", by: "ann", value: usd("3.99"), for: "alpha" });
    expect(play.refusal).toBe("wrong-amount alpha");
    play.send(2, { kind: "pay", by: "ann", value: usd("18.00"), for: "alpha" });
    expect(play.view().norms.alpha).toMatchObject({ status: "active", paid: "18.00", owed: "2.00" });
    play.send(3, { kind: "pay", by: "ann", value: usd("2.00"), for: "alpha" });
    expect(play.view().norms.alpha).toMatchObject({ status: "fulfilled", paid: "20.00", owed: "0.00" });
  });
  it("`excess: returned` leaves it with the payer", () => {
    const play = ticking(CLAIMS(", excess: returned"))
      .sign(0, "cat")
      .send(1, { kind: "pay", by: "ann", value: usd("12.00"), for: "zeta" });
    expect(play.refusal).toBe(null);
    expect(play.moves).toEqual(["pay 10.00 USD ann -> ben", "return 2.00 USD ann -> ann"]);
  });
});

describe("`from` an account", () => {
  const body = `
accounts: {jar: {asset: USD, from: ann, to_begin: 30.00 USD, returns_to: ann}}
facts: {late: false}
actions: {noop: {who: ann}, blame: {who: ben, then: {late: true}}}
obligations:
  fine: {who: ann, to: ben, must: pay, amount: 50.00 USD, from: jar, when: late, within: 5 h, else: nothing}
  keeping: {who: ann, to: ben, must: noop, else: nothing}
`;
  it("pays at birth what is there; the shortfall is a claim with its deadline", () => {
    const play = offered(body)
      .sign(START, "ann", usd("30.00"))
      .sign(START, "ben")
      .act("2026-01-05T10:00:00Z", "ben", "blame");
    expect(play.refusal).toBe(null);
    expect(play.moves).toEqual(["pay 30.00 USD jar -> ben"]);
    expect(play.view().norms.fine).toMatchObject({
      status: "active",
      paid: "30.00",
      owed: "20.00",
      latest: { due: Date.parse("2026-01-05T15:00:00Z") },
    });
    play.send("2026-01-05T11:00:00Z", { kind: "pay", by: "ann", value: usd("20.00") });
    expect(play.view().norms.fine).toMatchObject({ status: "fulfilled", paid: "50.00", owed: "0.00" });
    expect(play.view().got).toEqual([{ role: "ben", asset: "USD", amount: "50.00" }]);
  });
  it("a claim the account covers is met at birth", () => {
    const play = offered(body.replace("50.00 USD", "25.00 USD"))
      .sign(START, "ann", usd("30.00"))
      .sign(START, "ben")
      .act("2026-01-05T10:00:00Z", "ben", "blame");
    expect(play.status("fine")).toBe("fulfilled");
    expect(play.view().balances.jar).toBe("5.00");
  });
});
