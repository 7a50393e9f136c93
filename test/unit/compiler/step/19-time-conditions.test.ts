// Rule 19: conditions that become true by time alone.
import { describe, expect, it } from "vitest";
import { active, ticking } from "./written.ts";

describe("`when` of an obligation", () => {
  it("is born by a timer at the instant, with `now` there", () => {
    const play = ticking(`
terms: {grace: 10}
actions: {go: {who: ann}}
obligations: {going: {who: ann, to: ben, must: go, when: now >= grace, within: 5, else: nothing}}
`);
    expect(play.status("going")).toBe("waiting");
    expect(play.due()).toEqual({ at: 10, edge: "open", name: "going", key: 0 });
    play.tick(12);
    expect(play.timers).toEqual(["going 10"]);
    expect(play.view().norms.going).toMatchObject({ status: "active", latest: { born: 10, due: 15 } });
  });
  it("an event at the instant comes behind it", () => {
    const body =
      "facts: {x: 0}\nactions: {go: {who: ann}}\nobligations: {going: {who: ann, to: ben, must: go, when: now >= activated_at, within: 5, else: nothing}}".replace(
        "activated_at",
        "10",
      );
    const play = ticking(body).act(10, "ann", "go");
    expect(play.timers).toEqual(["going 10"]);
    expect(play.status("going")).toBe("fulfilled");
  });
  it("`>` is one tick later", () => {
    const play = ticking(
      "terms: {grace: 10}\nactions: {go: {who: ann}}\nobligations: {going: {who: ann, to: ben, must: go, when: now > grace, within: 5, else: nothing}}",
    ).tick(20);
    expect(play.timers).toEqual(["going 11", "going 16"]);
  });
  it("an instant that was passed while the other half was false does not fire again", () => {
    const play = ticking(`
terms: {grace: 10}
facts: {ready: false}
actions: {go: {who: ann}, prepare: {who: ann, then: {ready: true}}}
obligations: {going: {who: ann, to: ben, must: go, when: now >= grace && ready, within: 5, else: nothing}}
`).tick(12);
    expect(play.timers).toEqual(["going 10"]);
    expect(play.status("going")).toBe("waiting");
    expect(play.due()).toBe(null);
    expect(play.act(20, "ann", "prepare").view().norms.going.latest).toMatchObject({ born: 20, due: 25 });
  });
  it("a count of days is an instant, too", () => {
    const play = active(`
terms: {limit: 2 days, agreed: 2026-01-05T12:00:00Z}
actions: {go: {who: ann}}
obligations: {going: {who: ann, to: ben, must: go, when: "days(agreed, now) > limit", within: 5 h, else: nothing}}
`);
    // A part of a day counts as a whole one: the third day begins one millisecond after two whole days.
    expect(play.due()).toMatchObject({ at: Date.parse("2026-01-07T12:00:00.001Z"), edge: "open" });
    expect(play.tick("2026-01-08T00:00:00Z").status("going")).toBe("violated");
  });
});

describe("states and holds", () => {
  it("a state's `when` fires by itself", () => {
    const play = ticking(`
terms: {opens: 10}
actions: {go: {who: ann}}
states:
  before: {initial: true, when: {now >= opens: after}}
  after: {on: {go: before}}
`).act(11, "ann", "go");
    expect(play.timers).toEqual(["before 10"]);
    expect(play.refusal).toBe(null);
  });
  it("a standing `holds` breaks when time breaks it", () => {
    const play = ticking(`
facts: {paid_until: 10}
actions: {extend: {who: ann, with: {to: int}, then: {paid_until: to}}}
obligations: {covered: {who: ann, to: ben, holds: now < paid_until, else: nothing}}
`);
    expect(play.due()).toMatchObject({ at: 10, name: "covered" });
    play.act(5, "ann", "extend", { to: 20 });
    expect(play.due()).toMatchObject({ at: 20, name: "covered" });
    play.tick(30);
    expect(play.timers).toEqual(["covered 20"]);
    expect(play.status("covered")).toBe("violated");
  });
});
