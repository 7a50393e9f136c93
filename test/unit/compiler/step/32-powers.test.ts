// Rule 32: powers.
import { describe, expect, it } from "vitest";
import { offered, START, ticking, usd } from "./written.ts";

const use = (name: string, by: string) => ({ kind: "use" as const, name, by });

describe("using a power", () => {
  const BODY = `
facts: {delay: 0, excuse: false}
actions: {wait: {who: ann, then: {delay: delay + 10}}, excuses: {who: ann, then: {excuse: true}}}
powers:
  leave: {who: ben, may: end, when: delay > 15, unless: excuse}
`;
  it("needs `when` to be true and `unless` not; the refusal says what was read", () => {
    const play = ticking(BODY).act(1, "ann", "wait").send(2, use("leave", "ben"));
    expect(play.last.refusal).toEqual({ kind: "needs", name: "leave", path: "when", values: [["delay", 10]] });
    expect(play.view().powers.leave.usable).toBe(false);
    play.act(3, "ann", "wait");
    expect(play.view().powers.leave).toMatchObject({ usable: true, used: 0 });
    expect(play.send(4, use("leave", "ann")).refusal).toBe("not-the-party leave");
    expect(play.send(5, use("leave", "ben")).view()).toMatchObject({
      phase: "ended",
      outcome: "terminated",
      cause: "leave",
    });
    const excused = ticking(BODY)
      .act(1, "ann", "wait")
      .act(2, "ann", "wait")
      .act(3, "ann", "excuses")
      .send(4, use("leave", "ben"));
    expect(excused.last.refusal).toMatchObject({ kind: "needs", name: "leave", path: "unless" });
  });
});

describe("notice", () => {
  const BODY = `
facts: {angry: false}
accounts: {jar: {asset: USD, from: ann, to_begin: 10.00 USD, returns_to: ann}}
actions: {anger: {who: ann, then: {angry: true}}, calm: {who: ann, then: {angry: false}}}
powers:
  leave: {who: ben, may: end, when: angry, notice: 10 h, moves: pay all from jar to ben}
`;
  const angry = () => offered(BODY).sign(START, "ann", usd("10.00")).sign(START, "ben").act(START, "ann", "anger");
  const hour = (h: number) => new Date(Date.parse(START) + h * 3_600_000).toISOString();

  it("makes a deadline; at its end the power takes effect though `when` holds no more", () => {
    const play = angry().send(hour(1), use("leave", "ben"));
    expect(play.view()).toMatchObject({
      phase: "active",
      powers: { leave: { used: 0, notice: Date.parse(hour(11)), usable: false } },
    });
    play.act(hour(2), "ann", "calm").tick(hour(20));
    expect(play.timers).toEqual([`leave ${hour(11)}`]);
    expect(play.moves).toEqual(["pay 10.00 USD jar -> ben"]);
    expect(play.view()).toMatchObject({
      phase: "ended",
      outcome: "terminated",
      cause: "leave",
      ended: Date.parse(hour(11)),
    });
  });
  it("may be revoked by its holder until then", () => {
    const play = angry().send(hour(1), use("leave", "ben"));
    expect(play.send(hour(2), use("leave", "ben")).last.refusal).toMatchObject({ kind: "wrong-state", path: "notice" });
    expect(play.send(hour(2), { kind: "withdraw", name: "leave", by: "ann" }).refusal).toBe("not-the-party leave");
    expect(play.send(hour(3), { kind: "withdraw", name: "leave", by: "ben" }).refusal).toBe(null);
    expect(play.due()).toBe(null);
    expect(play.send(hour(3), { kind: "withdraw", name: "leave", by: "ben" }).refusal).toBe("wrong-state leave");
    expect(play.tick(hour(20)).view().phase).toBe("active");
    expect(play.send(hour(21), use("leave", "ben")).refusal).toBe(null);
  });
});

describe("declare_missed", () => {
  const BODY = `
facts: {excuse: false}
actions: {go: {who: ann}, mend: {who: ann}, excuses: {who: ann, then: {excuse: true}}}
obligations:
  going: {who: ann, to: ben, must: go, unless: excuse, else: mending}
  mending: {who: ann, to: ben, must: mend, within: 5, else: nothing}
powers:
  missed: {who: ben, may: declare_missed, of: going}
`;
  it("violates a duty without date", () => {
    const play = ticking(BODY).send(7, use("missed", "ben"));
    expect(play.view().norms).toMatchObject({
      going: { status: "violated" },
      mending: { status: "active", latest: { born: 7, due: 12 } },
    });
    expect(play.view().powers.missed.used).toBe(1);
  });
  it("reads `unless`", () => {
    expect(ticking(BODY).act(3, "ann", "excuses").send(7, use("missed", "ben")).status("going")).toBe("excused");
  });
  it("is refused when nothing is open, and when used up", () => {
    const play = ticking(BODY).act(1, "ann", "excuses").send(2, use("missed", "ben"));
    expect(play.send(3, use("missed", "ben")).last.refusal).toMatchObject({ kind: "wrong-state", name: "missed" });
  });
  it("with notice, takes effect at its end and is then used up", () => {
    const play = ticking(BODY.replace("of: going}", "of: going, notice: 4}")).send(7, use("missed", "ben"));
    expect(play.view()).toMatchObject({
      norms: { going: { status: "active" } },
      powers: { missed: { used: 0, notice: 11 } },
    });
    play.tick(12);
    expect(play.timers).toEqual(["missed 11"]);
    expect(play.view()).toMatchObject({
      norms: { going: { status: "violated" }, mending: { latest: { born: 11 } } },
      powers: { missed: { used: 1, notice: null } },
    });
    expect(play.tick(13).refusal).toBe("nothing-due tick");
  });
});
