// Rule 1: what happens at the instant of a deadline.
import { describe, expect, it } from "vitest";
import { active, ticking } from "./written.ts";

const body = (deadline: string): string => `
actions: {water: {who: ann}}
obligations: {watering: {who: ann, to: ben, must: water, ${deadline}, else: nothing}}
`;

describe("`by` an instant includes it", () => {
  const watering = body("by: 2026-01-05T18:00:00Z");

  it("an event stamped exactly then counts", () => {
    const play = active(watering).act("2026-01-05T18:00:00.000Z", "ann", "water");
    expect(play.timers).toEqual([]);
    expect(play.status("watering")).toBe("fulfilled");
  });
  it("a tick then violates nothing", () => {
    const play = active(watering).tick("2026-01-05T18:00:00.000Z");
    expect(play.refusal).toBe("nothing-due tick");
    expect(play.status("watering")).toBe("active");
  });
  it("one millisecond later the timer fires, at its own instant", () => {
    const play = active(watering).tick("2026-01-05T18:00:00.001Z");
    expect(play.timers).toEqual(["watering 2026-01-05T18:00:00.000Z"]);
    expect(play.status("watering")).toBe("violated");
  });
  it("an event one millisecond later comes behind the timer and meets nothing", () => {
    const play = active(`${watering}facts: {wet: 0}\nlimits: {fine: wet == 0}`).act(
      "2026-01-05T18:00:00.001Z",
      "ann",
      "water",
    );
    expect(play.timers).toEqual(["watering 2026-01-05T18:00:00.000Z"]);
    expect(play.status("watering")).toBe("violated");
  });
});

describe("`before` an instant excludes it", () => {
  const watering = body("before: 2026-01-05T18:00:00Z");

  it("an event stamped then comes behind the timer", () => {
    const play = active(watering).act("2026-01-05T18:00:00.000Z", "ann", "water");
    expect(play.timers).toEqual(["watering 2026-01-05T18:00:00.000Z"]);
    expect(play.status("watering")).toBe("violated");
  });
  it("one millisecond earlier it counts", () => {
    const play = active(watering).act("2026-01-05T17:59:59.999Z", "ann", "water");
    expect(play.timers).toEqual([]);
    expect(play.status("watering")).toBe("fulfilled");
  });
});

describe("counts", () => {
  it("`within` an exact length includes its last instant", () => {
    const play = active(body("within: 9 h"));
    expect(play.due()).toEqual({ at: Date.parse("2026-01-05T18:00:00Z"), edge: "closed", name: "watering", key: 0 });
    expect(play.tick("2026-01-05T18:00:00Z").refusal).toBe("nothing-due tick");
    expect(play.tick("2026-01-05T18:00:00.001Z").timers).toHaveLength(1);
  });
  it("a count of days runs to the end of the last local day: the next midnight, open", () => {
    const play = active(body("within: 2 days"), "2026-07-01T15:00:00Z");
    // London is an hour ahead in July.
    expect(play.due()).toEqual({ at: Date.parse("2026-07-03T23:00:00Z"), edge: "open", name: "watering", key: 0 });
    const late = play.act("2026-07-03T23:00:00.000Z", "ann", "water");
    expect(late.status("watering")).toBe("violated");
    expect(
      active(body("within: 2 days"), "2026-07-01T15:00:00Z")
        .act("2026-07-03T22:59:59.999Z", "ann", "water")
        .status("watering"),
    ).toBe("fulfilled");
  });
  it("`by` a date is the end of that local day", () => {
    const play = active(body("by: 2026-07-03"), "2026-07-01T15:00:00Z");
    expect(play.due()).toMatchObject({ at: Date.parse("2026-07-03T23:00:00Z"), edge: "open" });
  });
});

describe("order", () => {
  const two = (first: string, second: string): string => `
actions: {a: {who: ann}, b: {who: ann}}
obligations:
  zeta: {who: ann, to: ben, must: a, ${first}, else: nothing}
  alpha: {who: ann, to: ben, must: b, ${second}, else: nothing}
`;
  it("open comes before closed at the same instant", () => {
    const play = ticking(two("before: 7", "by: 7")).tick(8);
    expect(play.timers).toEqual(["zeta 7", "alpha 7"]);
  });
  it("equal instants and edges go by name", () => {
    expect(ticking(two("by: 7", "by: 7")).tick(8).timers).toEqual(["alpha 7", "zeta 7"]);
    expect(ticking(two("by: 6", "by: 7")).tick(8).timers).toEqual(["zeta 6", "alpha 7"]);
  });
  it("at the instant only the open one is due", () => {
    const play = ticking(two("before: 7", "by: 7")).tick(7);
    expect(play.timers).toEqual(["zeta 7"]);
    expect(play.refusal).toBe("nothing-due tick");
  });
});
