// Rule 21: what follows a violation, and the order of ranks.
import { describe, expect, it } from "vitest";
import { offered, START, ticking, usd } from "./written.ts";

describe("`else`", () => {
  it("a list means all, in order; chains carry their cause", () => {
    const play = offered(`
facts: {strikes: 0}
accounts: {jar: {asset: USD, from: ann, to_begin: 10.00 USD, returns_to: ann}}
terms: {sum: 50.00 USD}
actions: {noop: {who: ann}}
obligations:
  pay_it: {who: ann, to: ben, must: pay, amount: sum, within: 10 h, else: [{then: {strikes: strikes + 1}, moves: pay all from jar to ben, tell: {to: ben, what: cause.due}}, interest, terminate_it]}
  interest: {who: ann, to: ben, must: pay, amount: (cause.amount - cause.paid) * percent(10), by: cause.due + duration("5 h"), else: nothing}
powers: {terminate_it: {who: ben, may: end}}
`)
      .sign(START, "ann", usd("10.00"))
      .sign(START, "ben")
      .tick("2026-01-05T20:00:00Z");
    const due = Date.parse("2026-01-05T19:00:00Z");
    expect(play.moves).toEqual(["pay 10.00 USD jar -> ben"]);
    expect(play.steps[0]?.tells).toEqual([["ben", due]]);
    expect(play.view()).toMatchObject({ facts: { strikes: 1 }, powers: { terminate_it: { usable: true } } });
    expect(play.view().norms.interest.latest).toMatchObject({
      amount: "5.00",
      due: due + 5 * 3_600_000,
      born: due,
      cause: { norm: "pay_it", key: 0, due, amount: "50.00" },
    });
  });
  it("a power named in an `else` is usable only after it, until used", () => {
    const body = `
actions: {go: {who: ann}, stay: {who: ann}}
obligations:
  going: {who: ann, to: ben, must: go, by: 5, else: leave}
  staying: {who: ann, to: ben, must: stay, by: 50, else: nothing}
powers: {leave: {who: ben, may: end}}
`;
    const early = ticking(body).send(3, { kind: "use", by: "ben", name: "leave" });
    expect(early.last.refusal).toMatchObject({ kind: "wrong-state", name: "leave", path: "else" });
    expect(ticking(body).send(6, { kind: "use", by: "ben", name: "leave" }).view()).toMatchObject({
      phase: "ended",
      cause: "leave",
    });
  });
});

describe("ranks", () => {
  it("what settles in a step is seen by obligations of higher rank in the same step", () => {
    const play = ticking(
      `
facts: {count: 0}
actions: {go: {who: ann}, x: {who: ann}, y: {who: ann}}
obligations:
  third: {who: ann, to: ben, must: y, when: born(second), within: 9, else: nothing}
  second: {who: ann, to: ben, must: x, when: count > 0, within: 9, else: nothing}
  first: {who: ann, to: ben, must: go, by: 5, else: {then: {count: count + 1}}}
`.replace("born(second)", "open(second) > 0"),
    ).tick(6);
    expect(play.timers).toEqual(["first 5"]);
    expect(play.view().norms).toMatchObject({
      first: { status: "violated" },
      second: { status: "active", latest: { born: 5 } },
      third: { status: "active", latest: { born: 5 } },
    });
  });
  it("done in this step gives birth in this step", () => {
    const play = ticking(`
actions: {go: {who: ann}, answer: {who: ben}}
obligations:
  answering: {who: ben, to: ann, must: answer, when: done(going), within: 4, else: nothing}
  going: {who: ann, to: ben, must: go, by: 5, else: nothing}
`).act(3, "ann", "go");
    expect(play.view().norms.answering.latest).toMatchObject({ status: "active", due: 7 });
  });
});
