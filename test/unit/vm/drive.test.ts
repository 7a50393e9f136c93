// The host's loop: one run is one step, timers first, `more` when the module wants to be called again.
import { describe, expect, it } from "vitest";
import { createAgreement, type EventParts, eventRecord, tickAt } from "../../../vm/drive.ts";
import { ErrorValue, type Value } from "../../../vm/value.ts";
import { machineOf } from "./asm.ts";
import { sampleAgreement } from "./samples.ts";

const event = (at: number): Value =>
  eventRecord({
    kind: "act",
    name: "deliver",
    by: "did:key:a",
    at,
    value: null,
    inputs: null,
    for: null,
  } satisfies EventParts);
const driver = (catchUp = 64, fuel = 10_000) => createAgreement(machineOf(sampleAgreement()), catchUp, fuel);

describe("an agreement's driver", () => {
  it("starts from an offer", () => {
    expect(driver().init([[], null, 0])).toMatchObject({ value: { state: [0, 0], refusal: null } });
  });

  it("fires one timer a step, then handles the event", () => {
    const first = driver().step([0, 0], event(25));
    expect(first).toMatchObject({
      value: { kind: "timer", name: "beat", consumed: false, at: 10, state: [10, 1], refusal: null },
    });
    const all = driver().stepAll([0, 0], event(25));
    expect(all.more).toBe(false);
    expect(all.fault).toBe(null);
    expect(all.steps.map((step) => [step.kind, step.at, step.consumed])).toEqual([
      ["timer", 10, false],
      ["timer", 20, false],
      ["event", 25, true],
    ]);
    expect(all.steps.at(-1)).toMatchObject({
      name: "deliver",
      state: [20, 2],
      refusal: { kind: "not-the-party", name: "x", path: "" },
      moves: [{ verb: "pay", asset: "USD", from: "a", to: "b" }],
      tells: [["seller", "hello"]],
      given: [["answer", 42]],
    });
    expect(all.steps.every((step) => step.fuel > 0)).toBe(true);
  });

  it("catches up in parts without losing or repeating anything", () => {
    let state: Value = [0, 0];
    const seen: number[] = [];
    let calls = 0;
    for (let more = true; more; calls++) {
      const part = driver(2).stepAll(state, tickAt(1000));
      seen.push(...part.steps.map((step) => step.at));
      state = part.steps.at(-1)!.state;
      more = part.more;
    }
    expect(seen).toEqual([10, 20, 30, 1000]);
    expect(calls).toBe(2);
  });

  it("ends the list at a fault", () => {
    const part = driver(64, 30).stepAll([0, 0], event(25));
    expect(part.fault).toMatchObject({ code: "vm/out-of-fuel" });
    expect(part.more).toBe(false);
  });

  it("asks for the next timer and the view", () => {
    expect(driver().due([20, 2])).toMatchObject({ value: 20 });
    expect(driver().query([20, 2], 25)).toMatchObject({ value: [[20, 2], 25] });
    expect(driver().due(new ErrorValue("kind"))).toMatchObject({ value: new ErrorValue("kind") });
  });
});
