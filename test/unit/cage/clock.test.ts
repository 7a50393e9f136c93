// The time of the cage: set the machine's clock as one likes, it never goes back.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CageClock, type ClockStep } from "../../../cage/clock.ts";
import { CLOCK_SKEW_SECONDS } from "../../../cage/limits.ts";

const START = Date.parse("2026-03-01T12:00:00Z");
const SKEW_MS = CLOCK_SKEW_SECONDS * 1_000;

function machine({ newest = null, accepted = false }: { newest?: number | null; accepted?: boolean } = {}) {
  const at = { wall: START, steady: 5_000 };
  const steps: ClockStep[] = [];
  const clock = new CageClock({
    wall: () => at.wall,
    steady: () => at.steady,
    newest,
    accepted,
    onStep: (step) => steps.push(step),
  });
  return {
    clock,
    steps,
    pass: (ms: number) => {
      at.wall += ms;
      at.steady += ms;
    },
    set: (ms: number) => {
      at.wall += ms;
    },
  };
}

describe("while it runs", () => {
  it("is the clock of the machine, and says nothing, as long as nobody sets that", () => {
    const { clock, steps, pass } = machine();
    pass(86_400_000);
    clock.look();
    expect([clock.now(), clock.heldMs, clock.behind()]).toEqual([START + 86_400_000, 0, null]);
    expect(steps).toEqual([]);
  });
  it("goes on when that is set back, and says so once", () => {
    const { clock, steps, pass, set } = machine();
    expect(clock.now()).toBe(START);
    set(-3_600_000);
    // Not looked yet: it stands still.
    expect(clock.now()).toBe(START);
    clock.look();
    pass(1_000);
    clock.look();
    expect(clock.now()).toBe(START + 1_000);
    expect(steps).toEqual([{ word: "clock-back", byMs: 3_600_000, clock: START - 3_600_000 }]);
    expect(clock.steps).toEqual({ back: 1, forward: 0 });
    expect(clock.heldMs).toBe(3_600_000);
    // Nothing is refused: how much time has passed is known.
    expect(clock.behind()).toBeNull();
    set(3_600_000);
    clock.look();
    expect([clock.now(), clock.heldMs]).toEqual([START + 1_000, 0]);
  });
  it("small steps back add up", () => {
    const { clock, steps, pass, set } = machine();
    for (let second = 0; second < 10; second++) {
      pass(1_000);
      set(-400);
      clock.look();
    }
    expect(clock.now()).toBeGreaterThan(START + 10_000 - 1_000);
    expect(steps.reduce((sum, { byMs }) => sum + byMs, 0)).toBeGreaterThanOrEqual(3_000);
  });
  it("follows it forward, as a machine that slept does, and not back again", () => {
    const { clock, steps, set, pass } = machine();
    set(7_200_000);
    clock.look();
    expect(clock.now()).toBe(START + 7_200_000);
    set(-7_200_000);
    clock.look();
    pass(10);
    expect(clock.now()).toBe(START + 7_200_010);
    expect(steps.map(({ word }) => word)).toEqual(["clock-forward", "clock-back"]);
  });
  it("never goes back, and never stands still for longer than clocks may differ", () => {
    const happens = fc.record({ ms: fc.integer({ min: -100_000_000, max: 100_000_000 }), look: fc.boolean() });
    fc.assert(
      fc.property(fc.array(happens, { maxLength: 40 }), (all) => {
        const { clock, pass, set } = machine();
        let before = clock.now();
        for (const { ms, look } of all) {
          set(ms);
          if (look) clock.look();
          expect(clock.now()).toBeGreaterThanOrEqual(before);
          before = clock.now();
        }
        clock.look();
        before = clock.now();
        pass(60_000);
        expect(clock.now()).toBeGreaterThanOrEqual(before + 60_000 - SKEW_MS);
      }),
    );
  });
});

describe("at the start", () => {
  it("begins no earlier than the newest record", () => {
    const { clock, steps } = machine({ newest: START + SKEW_MS });
    expect(clock.now()).toBe(START + SKEW_MS);
    expect([clock.behind(), steps]).toEqual([null, []]);
  });
  it("judges nothing while the machine is further behind, and goes on by itself once it has caught up", () => {
    const { clock, steps, pass, set } = machine({ newest: START + 3_600_000 });
    expect(steps).toEqual([{ word: "clock-back", byMs: 3_600_000, clock: START }]);
    expect(clock.now()).toBe(START + 3_600_000);
    expect(clock.behind()).toBe("the clock of the machine is 3600 s behind the newest record");
    pass(1_000_000);
    expect(clock.behind()).toContain("2600 s");
    set(2_600_000 - SKEW_MS);
    expect(clock.behind()).toBeNull();
    // For good: from here on it is known how much time passes.
    set(-60_000);
    clock.look();
    expect(clock.behind()).toBeNull();
    expect(clock.now()).toBeGreaterThanOrEqual(START + 3_600_000);
  });
  it("takes the machine's clock where the operator says that it is right, and records that", () => {
    const { clock, steps } = machine({ newest: START + 3_600_000, accepted: true });
    expect([clock.now(), clock.behind()]).toEqual([START, null]);
    expect(steps.map(({ word }) => word)).toEqual(["clock-back"]);
  });
});
