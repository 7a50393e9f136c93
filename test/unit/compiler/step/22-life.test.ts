// The life of an obligation: cure, late, unless, unknown (rules 18, 22, 23), `holds`, and what is asked about it.
import { describe, expect, it } from "vitest";
import { active, ticking, usd } from "./written.ts";

const HEAD = `
facts: {excuse: false, maybe: bool?, remedies: 0}
actions: {go: {who: ann}, forgive: {who: ben, then: {excuse: true}}, know: {who: ben, with: {it: bool}, then: {maybe: it}}, keep: {who: ben}}
obligations:
  keeping: {who: ben, to: ann, must: keep, by: 1000, else: nothing}
`;
const going = (more: string): string =>
  `${HEAD}  going: {who: ann, to: ben, must: go, by: 10, ${more}, else: {then: {remedies: remedies + 1}}}\n`;

describe("cure", () => {
  it("performance in cure is cured, without remedy", () => {
    const play = ticking(going("cure: 5")).tick(11);
    expect(play.status("going")).toBe("overdue");
    expect(play.due()).toEqual({ at: 15, edge: "closed", name: "going", key: 0 });
    play.act(15, "ann", "go");
    expect(play.view()).toMatchObject({
      facts: { remedies: 0 },
      norms: { going: { status: "cured", violated: 0, latest: { late: true } } },
    });
  });
  it("the end of cure violates", () => {
    const play = ticking(going("cure: 5")).tick(16);
    expect(play.timers).toEqual(["going 10", "going 15"]);
    expect(play.view()).toMatchObject({
      facts: { remedies: 1 },
      norms: { going: { status: "violated", violated: 1 } },
    });
  });
  it("counts from the due instant, however late it is noticed", () => {
    expect(ticking(going("cure: 5")).tick(500).timers).toEqual(["going 10", "going 15"]);
  });
});

describe("late", () => {
  it("allowed: a late performance still counts, the remedy stays", () => {
    const play = ticking(going("late: allowed")).act(20, "ann", "go");
    expect(play.refusal).toBe(null);
    expect(play.view()).toMatchObject({
      facts: { remedies: 1 },
      norms: { going: { status: "violated", late: [], latest: { late: true, made_good: true } } },
    });
  });
  it("refused: the action runs but meets nothing", () => {
    const play = ticking(going("late: refused")).act(20, "ann", "go");
    expect(play.refusal).toBe(null);
    expect(play.view().norms.going.latest).toMatchObject({ status: "violated", late: false, made_good: false });
  });
  it("a claim paid late is paid and marked", () => {
    const play = ticking(
      `${HEAD}  fee: {who: ann, to: ben, must: pay, amount: 9.00 USD, by: 10, late: allowed, parts: {at_least: 1.00 USD}, else: nothing}\n`,
    );
    play.send(20, { kind: "pay", by: "ann", value: usd("4.00") });
    expect(play.view().norms.fee).toMatchObject({
      status: "violated",
      owed: "5.00",
      latest: { late: true, made_good: false, paid: "4.00" },
    });
    play.send(21, { kind: "pay", by: "ann", value: usd("5.00") });
    expect(play.view().norms.fee).toMatchObject({
      status: "violated",
      owed: "0.00",
      paid: "9.00",
      latest: { made_good: true },
    });
  });
});

describe("unless", () => {
  it("is read at the due instant", () => {
    const play = ticking(going("unless: excuse")).act(3, "ben", "forgive").tick(11);
    expect(play.view()).toMatchObject({ facts: { remedies: 0 }, norms: { going: { status: "excused", violated: 0 } } });
    const late = ticking(going("unless: excuse")).act(11, "ben", "forgive");
    expect(late.status("going")).toBe("violated");
  });
  it("an event at the instant of a closed deadline can still excuse", () => {
    expect(ticking(going("unless: excuse")).act(10, "ben", "forgive").tick(11).status("going")).toBe("excused");
  });
  it.each([
    ["violated", 1],
    ["excused", 0],
  ])("unknown means %s when the author says so", (word, remedies) => {
    const play = ticking(going(`unless: maybe, unknown: ${word}`)).tick(11);
    expect(play.status("going")).toBe(word);
    expect(play.view().facts.remedies).toBe(remedies);
  });
  it("known and false violates, whatever `unknown` says", () => {
    expect(
      ticking(going("unless: maybe, unknown: excused")).act(2, "ben", "know", { it: false }).tick(11).status("going"),
    ).toBe("violated");
  });
});

describe("holds", () => {
  const holds = (more: string): string => `
facts: {level: 10, seen: int?}
actions: {set: {who: ann, with: {to: int}, then: {level: to}}, see: {who: ann, with: {it: int}, then: {seen: it}}, keep: {who: ben}}
obligations:
  keeping: {who: ben, to: ann, must: keep, by: 1000, else: nothing}
  full: {who: ann, to: ben, ${more}, else: nothing}
`;
  it("with a deadline is read at that instant", () => {
    expect(ticking(holds("holds: level >= 5, by: 10")).act(3, "ann", "set", { to: 1 }).status("full")).toBe("active");
    expect(ticking(holds("holds: level >= 5, by: 10")).act(3, "ann", "set", { to: 1 }).tick(11).status("full")).toBe(
      "violated",
    );
    expect(
      ticking(holds("holds: level >= 5, by: 10"))
        .act(3, "ann", "set", { to: 1 })
        .act(10, "ann", "set", { to: 6 })
        .tick(11)
        .status("full"),
    ).toBe("fulfilled");
  });
  it("unknown at its instant means what the author says", () => {
    expect(ticking(holds("holds: seen >= 5, by: 10, unknown: excused")).tick(11).status("full")).toBe("excused");
    expect(ticking(holds("holds: seen >= 5, by: 10, unknown: violated")).tick(11).status("full")).toBe("violated");
    expect(
      ticking(holds("holds: seen >= 5, by: 10, unknown: violated"))
        .act(2, "ann", "see", { it: 5 })
        .tick(11)
        .status("full"),
    ).toBe("fulfilled");
  });
  it("without a deadline is watched from birth on", () => {
    const play = ticking(holds("holds: level >= 5")).act(3, "ann", "set", { to: 6 });
    expect(play.status("full")).toBe("active");
    expect(play.act(4, "ann", "set", { to: 4 }).status("full")).toBe("violated");
  });
  it("`cure` lets a broken condition turn true again", () => {
    const body = holds("holds: level >= 5, cure: 5");
    const play = ticking(body).act(3, "ann", "set", { to: 1 });
    expect(play.status("full")).toBe("overdue");
    expect(play.due()).toMatchObject({ at: 8, name: "full" });
    expect(play.act(8, "ann", "set", { to: 5 }).status("full")).toBe("cured");
    expect(ticking(body).act(3, "ann", "set", { to: 1 }).tick(9).status("full")).toBe("violated");
  });
});

describe("what is asked about an obligation", () => {
  it("over the latest instance, and in sums", () => {
    const play = active(`
actions: {ask: {who: ben}, answer: {who: ann}}
obligations: {reply: {on: ask, who: ann, to: ben, must: answer, within: 1 h, open_at_most: 3, else: nothing}}
derive:
  is_done: done(reply)
  is_met: met(reply)
  is_violated: violated(reply)
  how_many: times_violated(reply)
  how_open: open(reply)
`);
    const asked = () => play.view().derived;
    expect(asked()).toEqual({ is_done: false, is_met: false, is_violated: false, how_many: 0, how_open: 0 });
    play.act("2026-01-05T10:00:00Z", "ben", "ask");
    expect(asked()).toMatchObject({ is_done: false, how_open: 1 });
    play.act("2026-01-05T10:30:00Z", "ann", "answer");
    expect(asked()).toEqual({ is_done: true, is_met: true, is_violated: false, how_many: 0, how_open: 0 });
    play
      .act("2026-01-05T11:00:00Z", "ben", "ask")
      .act("2026-01-05T11:30:00Z", "ben", "ask")
      .tick("2026-01-05T12:10:00Z");
    expect(asked()).toEqual({ is_done: false, is_met: false, is_violated: false, how_many: 1, how_open: 1 });
    play.tick("2026-01-05T13:00:00Z");
    expect(asked()).toEqual({ is_done: false, is_met: false, is_violated: true, how_many: 2, how_open: 0 });
  });
});
