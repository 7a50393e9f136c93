// Rule 14: how an agreement ends.
import { describe, expect, it } from "vitest";
import { active, offered, START, ticking, usd } from "./written.ts";

describe("(a) something says so", () => {
  const BODY = `
accounts:
  jar: {asset: USD, from: ann, to_begin: 10.00 USD, returns_to: giver}
  cup: {asset: USD, from: ben, to_begin: 5.00 USD, returns_to: ann}
actions: {stop: {who: ann, ends: fulfilled}, go: {who: ann}}
obligations:
  going: {who: ann, to: ben, must: go, by: 2026-01-08T00:00:00Z, else: end}
  staying: {who: ben, to: ann, must: stop, by: 2026-02-08T00:00:00Z, else: nothing}
powers: {leave: {who: ben, may: end}}
`.replace("staying: {who: ben, to: ann, must: stop", "staying: {who: ann, to: ben, must: stop");
  const start = () => offered(BODY).sign(START, "ann", usd("10.00")).sign(START, "ben", usd("5.00"));

  it("`ends` of an action: accounts return in declared order, open duties are terminated, timers vanish", () => {
    const play = start().act("2026-01-05T10:00:00Z", "ann", "stop");
    expect(play.moves).toEqual(["release 10.00 USD jar -> ann", "release 5.00 USD cup -> ann"]);
    expect(play.view()).toMatchObject({
      phase: "ended",
      outcome: "fulfilled",
      cause: "stop",
      ended: Date.parse("2026-01-05T10:00:00Z"),
      due: null,
    });
    expect(play.view().norms).toMatchObject({
      going: { status: "terminated", open: [] },
      staying: { status: "fulfilled" },
    });
  });
  it("a power", () => {
    const play = start().send("2026-01-05T10:00:00Z", { kind: "use", by: "ben", name: "leave" });
    expect(play.view()).toMatchObject({ phase: "ended", outcome: "terminated", cause: "leave" });
  });
  it("`else: end`, at the timer's instant", () => {
    const play = start().tick("2026-01-20T00:00:00Z");
    expect(play.view()).toMatchObject({
      phase: "ended",
      outcome: "terminated",
      cause: "going",
      ended: Date.parse("2026-01-08T00:00:00Z"),
    });
    expect(play.timers).toHaveLength(1);
    expect(play.view().norms.going.status).toBe("violated");
  });
  it("nothing but the end is left: every action is `wrong-state`", () => {
    const play = start().act("2026-01-05T10:00:00Z", "ann", "stop");
    expect(play.act("2026-01-05T11:00:00Z", "ann", "go").refusal).toBe("wrong-state go");
    expect(play.send("2026-01-05T11:00:00Z", { kind: "use", by: "ben", name: "leave" }).refusal).toBe(
      "wrong-state leave",
    );
    expect(play.tick("2026-03-05T11:00:00Z").refusal).toBe("nothing-due tick");
  });
});

describe("(b) by itself, fulfilled", () => {
  const BODY = (more = ""): string => `
actions: {go: {who: ann}, come: {who: ann}, mend: {who: ann}${more}}
obligations:
  going: {who: ann, to: ben, must: go, by: 5, else: mending}
  coming: {who: ann, to: ben, must: come, by: 9, else: nothing}
  mending: {who: ann, to: ben, must: mend, by: 20, else: nothing}
`;
  it("when every duty is settled", () => {
    const play = ticking(BODY()).act(1, "ann", "go");
    expect(play.view().phase).toBe("active");
    expect(play.act(2, "ann", "come").view()).toMatchObject({ phase: "ended", outcome: "fulfilled", cause: "settled" });
  });
  it("a violated one with its remedy settled counts as settled", () => {
    const play = ticking(BODY()).act(2, "ann", "come").tick(6);
    expect(play.view().phase).toBe("active");
    expect(play.act(7, "ann", "mend").view()).toMatchObject({ phase: "ended", outcome: "fulfilled" });
  });
  it("not while one more birth is possible", () => {
    const play = ticking(
      `${BODY(", ask: {who: ben}")}  replying: {on: ask, who: ann, to: ben, must: come, within: 5, open_at_most: 2, else: nothing}`,
    )
      .act(1, "ann", "go")
      .act(2, "ann", "come");
    expect(play.view().phase).toBe("active");
  });
  it("births by an action that can happen no more do not keep it open", () => {
    const play = ticking(
      `${BODY(", ask: {who: ben, times: 1}")}  replying: {on: ask, who: ann, to: ben, must: come, within: 5, open_at_most: 2, else: nothing}`,
    );
    play.act(1, "ann", "go").act(2, "ann", "come").act(3, "ben", "ask");
    expect(play.view().phase).toBe("active");
    expect(play.act(4, "ann", "come").view()).toMatchObject({ phase: "ended", outcome: "fulfilled" });
  });
  it("an agreement without duties does not end by itself", () => {
    const play = active("actions: {go: {who: ann}}").act("2026-01-05T10:00:00Z", "ann", "go");
    expect(play.view().phase).toBe("active");
  });
});

describe("(c) expired", () => {
  it("when it has run its time", () => {
    const play = active("runs: {for: 10 h}\nactions: {go: {who: ann}}");
    expect(play.due()).toMatchObject({ at: Date.parse("2026-01-05T19:00:00Z"), name: "runs" });
    play.tick("2026-01-07T00:00:00Z");
    expect(play.view()).toMatchObject({
      phase: "ended",
      outcome: "expired",
      ended: Date.parse("2026-01-05T19:00:00Z"),
    });
  });
});

describe("what survives", () => {
  const BODY = `
facts: {broken: false}
actions: {stop: {who: ann, ends: fulfilled}, go: {who: ann}, breaks: {who: ben, then: {broken: true}}, hand_back: {who: ann}, other: {who: ann}}
obligations:
  going: {who: ann, to: ben, must: go, by: 50, else: nothing}
  returning: {who: ann, to: ben, must: hand_back, when: ended, within: 10, survives: yes, else: fee}
  fee: {who: ann, to: ben, must: pay, amount: 3.00 USD, within: 10, survives: yes, else: nothing}
  secret: {who: ann, to: ben, must: other, by: 60, survives: 5, else: nothing}
`;
  it("is born by the end itself and keeps accepting its own actions", () => {
    const play = ticking(BODY).act(3, "ann", "stop");
    expect(play.view().norms).toMatchObject({
      going: { status: "terminated" },
      returning: { status: "active", latest: { born: 3, due: 13 } },
    });
    expect(play.act(4, "ann", "go").refusal).toBe("wrong-state go");
    expect(play.act(5, "ann", "hand_back").refusal).toBe(null);
    expect(play.view().norms.returning.status).toBe("fulfilled");
    expect(play.view().phase).toBe("ended");
  });
  it("keeps its timers and remedies, and claims can be paid", () => {
    const play = ticking(BODY).act(3, "ann", "stop").tick(30);
    expect(play.timers).toEqual(["secret 8", "returning 13", "fee 23"]);
    expect(play.view().norms).toMatchObject({
      returning: { status: "violated" },
      fee: { status: "violated", latest: { born: 13 } },
    });
    const paying = ticking(BODY)
      .act(3, "ann", "stop")
      .tick(14)
      .send(15, { kind: "pay", by: "ann", value: usd("3.00") });
    expect(paying.refusal).toBe(null);
    expect(paying.view().norms.fee.status).toBe("fulfilled");
  });
  it("for a time only, with `survives: D`", () => {
    const play = ticking(BODY).act(3, "ann", "stop");
    expect(play.view().norms.secret.status).toBe("active");
    expect(play.act(8, "ann", "other").refusal).toBe(null);
    const late = ticking(BODY).act(3, "ann", "stop").tick(9);
    expect(late.timers).toEqual(["secret 8"]);
    expect(late.view().norms.secret).toMatchObject({ status: "terminated", open: [] });
    expect(late.act(9, "ann", "other").refusal).toBe("wrong-state other");
  });
});
