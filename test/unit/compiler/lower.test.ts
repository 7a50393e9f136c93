import { describe, expect, it } from "vitest";
import { compileAgreement } from "../../../compiler/4-emit/index.ts";
import { decodeModule } from "../../../vm/index.ts";
import { Play } from "./play.ts";
import { lateDelivery, money } from "./programs.ts";

const START = "2019-01-01T00:00:00Z";

describe("a program built by hand", () => {
  it("becomes the same bytes twice, and they decode", () => {
    const one = compileAgreement(lateDelivery);
    const two = compileAgreement(lateDelivery);
    if ("problem" in one || "problem" in two) throw new Error("no module");
    expect(one.bytes).toEqual(two.bytes);
    expect("module" in decodeModule(one.bytes)).toBe(true);
  });

  it("plays a late delivery to its end", () => {
    const play = new Play(lateDelivery, START).signAll(START);
    expect(play.view().phase).toBe("active");
    expect(play.due()).toEqual({ at: Date.parse("2019-01-11T03:24:00Z"), edge: "closed", name: "delivery", key: 0 });
    play.act("2019-01-16T21:34:00Z", "seller", "deliver");
    expect(play.timers).toEqual(["delivery 2019-01-11T03:24:00.000Z"]);
    expect(play.refusal).toBe(null);
    const { norms, owes } = play.view();
    expect(norms.delivery.status).toBe("violated");
    expect(norms.delivery.latest.made_good).toBe(true);
    expect(norms.pay_penalty.latest.due).toBe(Date.parse("2019-02-15T21:34:00Z"));
    expect(owes).toEqual([{ debtor: "seller", creditor: "buyer", asset: "USD", amount: "63.00" }]);
    play.send("2019-02-01T00:00:00Z", { kind: "pay", by: "seller", value: [["USD", money("63.00")]] });
    expect(play.refusal).toBe(null);
    expect(play.moves).toEqual(["pay 63.00 USD seller -> buyer"]);
    expect(play.view().phase).toBe("ended");
    expect(play.view().outcome).toBe("fulfilled");
  });
});
