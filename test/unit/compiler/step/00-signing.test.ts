// From an offer to an active agreement: terms, roles, signatures, funds, and stepping back.
import { describe, expect, it } from "vitest";
import { did, Refused } from "../play.ts";
import { money } from "../programs.ts";
import { active, offered, START, usd } from "./written.ts";

const BODY = `
terms:
  price: {type: money(USD), min: 1.00 USD, max: 100.00 USD}
  days: {type: int, ask: true}
facts: {first: price}
accounts:
  jar: {asset: USD, from: ann, to_begin: price, returns_to: ben}
  cup: {asset: USD, from: ann, to_begin: price / 3, returns_to: ann}
actions: {go: {who: ann}, drain: {who: ann, moves: [pay all from jar to ben, release all from cup]}}
obligations: {going: {who: ann, to: ben, must: go, within: 1 h, else: nothing}, minding: {who: ben, to: ann, must: go, by: 2026-03-01T00:00:00Z, else: nothing}}
limits: {cheap: {must: price * days < limit, message: too dear}}
`
  .replace("price: {type: money(USD), min", "limit: 1000.00 USD\n  price: {type: money(USD), ask: true, min")
  .replace(", minding: {who: ben, to: ann, must: go, by: 2026-03-01T00:00:00Z, else: nothing}", "");
const TERMS = { price: "10.00 USD", days: 5 };
const offer = (terms: Record<string, string | number> = TERMS, roles?: (string | null)[]) =>
  offered(BODY, START, roles === undefined ? { terms } : { terms, roles });
const refused = (terms: Record<string, string | number>, roles?: (string | null)[]): string => {
  try {
    offer(terms, roles);
  } catch (error) {
    if (error instanceof Refused) return `${error.refusal.kind} ${error.refusal.name} ${error.refusal.path}`;
    throw error;
  }
  return "accepted";
};

describe("an offer", () => {
  it("fills asked terms; facts may start from them", () => {
    const view = offer().view();
    expect(view).toMatchObject({
      phase: "offered",
      terms: { price: "10.00", days: 5, limit: "1000.00" },
      facts: { first: "10.00" },
      seq: 0,
      due: null,
    });
    expect(view.parties).toEqual({
      ann: { did: did("ann"), signed: false },
      ben: { did: did("ben"), signed: false },
      cat: { did: did("cat"), signed: false },
    });
  });
  it("with wrong terms is refused, naming the term", () => {
    expect(refused({ price: "10.00 USD" })).toBe("invalid-input offer terms.days");
    expect(refused({ ...TERMS, more: 1 })).toBe("invalid-input offer terms");
    expect(refused({ ...TERMS, price: "10.00 EUR" })).toBe("invalid-input offer terms.price");
    expect(refused({ ...TERMS, days: "five" })).toBe("invalid-input offer terms.days");
    expect(refused({ ...TERMS, price: "100.01 USD" })).toBe("invalid-input offer terms.price");
    expect(refused({ ...TERMS, price: "0.99 USD" })).toBe("invalid-input offer terms.price");
    expect(refused({ ...TERMS, price: "100.00 USD" })).toBe("accepted");
  });
  it("over a limit of terms is refused before anyone signs", () => {
    expect(refused({ price: "100.00 USD", days: 10 })).toBe("limit cheap too dear");
  });
  it("needs a did for every role", () => {
    expect(refused(TERMS, [did("ann"), null, did("cat")])).toBe("invalid-input offer roles.ben");
    expect(refused(TERMS, [did("ann"), "ben", did("cat")])).toBe("invalid-input offer roles.ben");
    expect(refused(TERMS, [did("ann"), did("ben")])).toBe("invalid-input offer roles");
  });
});

describe("signing", () => {
  const due = usd("13.33");
  it("brings exactly what the accounts begin with, each landed", () => {
    const play = offer().sign(START, "ann", due);
    expect(play.refusal).toBe(null);
    expect(play.moves).toEqual(["hold 10.00 USD ann -> jar", "hold 3.33 USD ann -> cup"]);
    expect(play.view()).toMatchObject({ phase: "offered", balances: { jar: "10.00", cup: "3.33" } });
    expect(offer().sign(START, "ann", usd("13.32")).last.refusal).toMatchObject({
      kind: "wrong-amount",
      name: "USD",
      values: [
        ["needed", money("13.33")],
        ["came", money("13.32")],
      ],
    });
    expect(offer().sign(START, "ann").refusal).toBe("wrong-amount USD");
    expect(offer().sign(START, "ben", due).refusal).toBe("wrong-amount USD");
  });
  it("the last signature activates; the court need not sign", () => {
    const play = offer().sign(START, "ann", due).sign("2026-01-05T10:00:00Z", "ben");
    expect(play.view()).toMatchObject({
      phase: "active",
      activated: Date.parse("2026-01-05T10:00:00Z"),
      norms: { going: { latest: { due: Date.parse("2026-01-05T11:00:00Z") } } },
    });
  });
  it("once each, by the parties only", () => {
    const play = offer().sign(START, "ann", due);
    expect(play.sign(START, "ann", due).refusal).toBe("wrong-state sign");
    expect(play.sign(START, "cat").refusal).toBe("not-the-party sign");
    expect(play.sign(START, "did:key:stranger").refusal).toBe("not-the-party sign");
    expect(play.sign(START, "ben").sign(START, "ben").refusal).toBe("wrong-state sign");
  });
  it("before that nothing else happens", () => {
    const play = offer().sign(START, "ann", due);
    expect(play.act(START, "ann", "go").refusal).toBe("wrong-state go");
    expect(play.tick("2027-01-01T00:00:00Z").refusal).toBe("nothing-due tick");
    expect(play.send(START, { kind: "pay", by: "ann", value: usd("1.00") }).refusal).toBe("not-the-party pay");
  });
});

describe("withdrawing before activation", () => {
  it("rescinds: funds go back to who gave them", () => {
    const play = offer().sign(START, "ann", usd("13.33")).send(START, { kind: "withdraw", by: "ann" });
    expect(play.moves).toEqual(["release 10.00 USD jar -> ann", "release 3.33 USD cup -> ann"]);
    expect(play.view()).toMatchObject({ phase: "ended", outcome: "rescinded", cause: "ann", activated: null });
    expect(play.sign(START, "ben").refusal).toBe("wrong-state sign");
  });
  it("only by who has signed, and only before", () => {
    const play = offer().sign(START, "ann", usd("13.33"));
    expect(play.send(START, { kind: "withdraw", by: "ben" }).refusal).toBe("wrong-state withdraw");
    expect(play.send(START, { kind: "withdraw", by: "cat" }).refusal).toBe("not-the-party withdraw");
    const late = active("actions: {go: {who: ann}}").send(START, { kind: "withdraw", by: "ann" });
    expect(late.refusal).toBe("wrong-state withdraw");
  });
});
