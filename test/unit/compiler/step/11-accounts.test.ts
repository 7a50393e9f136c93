// Rules 11 and 26: accounts, the verbs of moving, and splitting.
import { describe, expect, it } from "vitest";
import { offered, START, usd } from "./written.ts";

const BODY = `
terms: {forty: 40.00 USD}
accounts:
  jar: {asset: USD, from: ann, to_begin: 100.00 USD, returns_to: giver}
  cup: {asset: USD, returns_to: ben, cap: 60.00 USD}
actions:
  shift: {who: ann, with: {much: money}, moves: move much from jar to cup}
  spend: {who: ann, with: {much: money}, moves: pay much from jar to ben}
  free: {who: ann, with: {much: money}, moves: release much from jar}
  empty: {who: ann, moves: ["move forty from jar to cup", pay all from jar to ben, pay all from cup to cat]}
  share: {who: ann, with: {much: money, part: percent}, moves: [{split: much, from: jar, to: {ann: part, cat: part, ben: rest}, remainder: ben}]}
`;
const AT = "2026-01-05T10:00:00Z";
const start = () => offered(BODY).sign(START, "ann", usd("100.00")).sign(START, "ben");

describe("verbs", () => {
  it("`move` goes from account to account", () => {
    const play = start().act(AT, "ann", "shift", { much: "10.00 USD" });
    expect(play.moves).toEqual(["move 10.00 USD jar -> cup"]);
    expect(play.view().balances).toEqual({ jar: "90.00", cup: "10.00" });
  });
  it("`release` pays to who the account returns to", () => {
    expect(start().act(AT, "ann", "free", { much: "10.00 USD" }).moves).toEqual(["release 10.00 USD jar -> ann"]);
  });
  it("run in written order against running balances; `all` is what is there then", () => {
    const play = start().act(AT, "ann", "empty");
    expect(play.moves).toEqual(["move 40.00 USD jar -> cup", "pay 60.00 USD jar -> ben", "pay 40.00 USD cup -> cat"]);
    expect(play.view().balances).toEqual({ jar: "0.00", cup: "0.00" });
  });
});

describe("amounts", () => {
  it("a move of zero is no move", () => {
    const play = start().act(AT, "ann", "spend", { much: "0.00 USD" });
    expect(play.refusal).toBe(null);
    expect(play.moves).toEqual([]);
  });
  it("a negative one is a fault", () => {
    expect(start().act(AT, "ann", "spend", { much: "-1.00 USD" }).refusal).toBe("fault amount");
  });
  it("more than there is, is a shortage; everything before it in the event is undone", () => {
    const play = start().act(AT, "ann", "spend", { much: "60.00 USD" }).act(AT, "ann", "empty");
    expect(play.refusal).toBe(null);
    const short = start().act(AT, "ann", "spend", { much: "100.01 USD" });
    expect(short.refusal).toBe("shortage jar");
    expect(short.view().balances.jar).toBe("100.00");
    const half = start().act(AT, "ann", "spend", { much: "70.00 USD" }).act(AT, "ann", "empty");
    expect(half.refusal).toBe("shortage jar");
    expect(half.view().balances).toEqual({ jar: "30.00", cup: "0.00" });
  });
  it("a `cap` is a limit", () => {
    expect(start().act(AT, "ann", "shift", { much: "60.00 USD" }).refusal).toBe(null);
    expect(start().act(AT, "ann", "shift", { much: "60.01 USD" }).refusal).toBe("limit cup");
  });
});

describe("split", () => {
  it("each share is rounded where it lands, the remainder is what is left", () => {
    const play = start().act(AT, "ann", "share", { much: "10.00 USD", part: "33.333%" });
    expect(play.moves).toEqual(["split 3.33 USD jar -> ann", "split 3.33 USD jar -> cat", "split 3.34 USD jar -> ben"]);
  });
  it("shares over the whole are a fault", () => {
    const play = start().act(AT, "ann", "share", { much: "10.00 USD", part: "51%" });
    expect(play.refusal).toBe("fault split");
    expect(play.view().balances.jar).toBe("100.00");
  });
});

describe("a unique thing and points", () => {
  it("move like money, in whole units", () => {
    const play = offered(`
assets: {points: {digits: 0}}
accounts: {pool: {asset: points, returns_to: ben}}
actions:
  earn: {who: ann, with: {much: money(points)}, moves: hold much in pool}
  drain: {who: ann, moves: release all from pool}
`).signAll(START);
    expect(play.act(AT, "ann", "earn", { much: "7 points" }, [["points", 7]]).refusal).toBe(null);
    expect(play.view().balances.pool).toBe("7.00");
    expect(play.act(AT, "ann", "earn", { much: "7.5 points" }, [["points", 7]]).refusal).toBe("invalid-input earn");
  });
});
