// Rule 2: `now` inside a late timer, one timer at a time, and catching up.
import { describe, expect, it } from "vitest";
import { active, ticking } from "./written.ts";

const CHAIN = `
actions: {one: {who: ann}, two: {who: ann}, three: {who: ann}}
obligations:
  first: {who: ann, to: ben, must: one, within: 10 h, else: second}
  second: {who: ann, to: ben, must: two, within: 10 h, else: third}
  third: {who: ann, to: ben, must: three, within: 10 h, else: nothing}
`;

describe("follow-up deadlines count from the timer's own instant", () => {
  it("however late the tick", () => {
    const play = active(CHAIN).tick("2026-01-09T00:00:00Z");
    expect(play.timers).toEqual([
      "first 2026-01-05T19:00:00.000Z",
      "second 2026-01-06T05:00:00.000Z",
      "third 2026-01-06T15:00:00.000Z",
    ]);
    expect(play.last.refusal?.kind).toBe("nothing-due");
  });
  it("one tick late or one tick each: the same states", () => {
    const late = active(CHAIN).tick("2026-01-09T00:00:00Z");
    const punctual = active(CHAIN)
      .tick("2026-01-05T19:00:00.001Z")
      .tick("2026-01-06T05:00:00.001Z")
      .tick("2026-01-06T15:00:00.001Z");
    const { seq: _late, ...one } = late.whole();
    const { seq: _punctual, ...other } = punctual.whole();
    expect(one).toEqual(other);
  });
  it("each timer is one run with the clock at its instant", () => {
    const play = active(CHAIN).tick("2026-01-09T00:00:00Z");
    const clocks = play.steps.map((step) => play.whole(step.state).clock);
    expect(clocks).toEqual(
      ["2026-01-05T19:00:00Z", "2026-01-06T05:00:00Z", "2026-01-06T15:00:00Z", "2026-01-06T15:00:00Z"].map((at) =>
        Date.parse(at),
      ),
    );
    expect(play.steps.map((step) => step.consumed)).toEqual([false, false, false, true]);
    expect(play.steps.map((step) => play.whole(step.state).seq)).toEqual([3, 4, 5, 6]);
  });
});

describe("catching up", () => {
  const PING_PONG = (catchUp: string): string => `${catchUp}
actions: {a: {who: ann}, b: {who: ann}}
facts: {rounds: 0}
obligations:
  ping: {who: ann, to: ben, must: a, within: 1, else: [pong, {then: {rounds: rounds + 1}}]}
  pong: {who: ann, to: ben, must: b, within: 1, else: [again, {then: {rounds: rounds + 1}}]}
  again: {who: ann, to: ben, must: a, within: 1, else: [pong, {then: {rounds: rounds + 1}}]}
`;
  it("stops after 64 timers and asks for the event again", () => {
    const play = ticking(PING_PONG("")).tick(100);
    expect(play.steps).toHaveLength(64);
    expect(play.more).toBe(true);
    expect(play.view().facts.rounds).toBe(64);
    expect(play.steps.every((step) => !step.consumed)).toBe(true);
    play.tick(100);
    expect(play.more).toBe(false);
    expect(play.view().facts.rounds).toBe(99);
    expect(play.refusal).toBe("nothing-due tick");
  });
  it("stops after as many as the document says", () => {
    const play = ticking(PING_PONG("catch_up: 5")).tick(100);
    expect(play.steps).toHaveLength(5);
    expect(play.more).toBe(true);
  });
});

describe("a deadline that is past when it is set", () => {
  it("fires at the next event, and not before the clock", () => {
    const play = active(`
actions: {go: {who: ann}, other: {who: ben}}
facts: {seen: instant?}
obligations: {early: {who: ann, to: ben, must: go, by: 2026-01-01T00:00:00Z, else: {then: {seen: now}}}}
`);
    expect(play.due()).toMatchObject({ at: Date.parse("2026-01-05T09:00:00Z"), name: "early" });
    play.act("2026-01-05T09:00:00Z", "ben", "other");
    expect(play.timers).toEqual(["early 2026-01-05T09:00:00.000Z"]);
    expect(play.view().facts.seen).toBe(Date.parse("2026-01-05T09:00:00Z"));
  });
});

describe("the envelope", () => {
  it("a stamp before the clock is refused, whatever it says", () => {
    const play = active(CHAIN).act("2026-01-05T10:00:00Z", "ann", "two").act("2026-01-05T09:59:59.999Z", "ann", "one");
    expect(play.refusal).toBe("stale act");
    expect(play.status("first")).toBe("active");
  });
  it("equal stamps run in the order they come", () => {
    const play = active(CHAIN).act("2026-01-05T10:00:00Z", "ann", "two").act("2026-01-05T10:00:00Z", "ann", "one");
    expect(play.refusal).toBe(null);
    expect(play.status("first")).toBe("fulfilled");
  });
});
