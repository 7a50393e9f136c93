// Rule 15: refusals, their kinds and their order.
import { describe, expect, it } from "vitest";
import type { Value } from "../../../../vm/index.ts";
import { mapOf } from "../../../../vm/index.ts";
import { money } from "../programs.ts";
import { offered, START, usd } from "./written.ts";

// Everything about one action can be wrong; each test mends one thing more.
const BODY = `
facts: {level: 7, calls: 0, ready: false}
accounts:
  jar: {asset: USD, from: ben, to_begin: 5.00 USD, returns_to: ben}
  box: {asset: USD, returns_to: ann}
actions:
  call:
    who: ann
    with: {count: {type: int, min: 1}, draw: money}
    opens: 2026-01-05T12:00:00Z
    by: 2026-01-05T18:00:00Z
    pays: 2.00 USD
    into: box
    needs: {ready: ready, low: level < count, known_count: count != 13}
    then: {calls: "div(10, count - 20)"}
    moves: pay draw from jar to ann
    in: [up]
  rise: {who: ben}
  prepare: {who: ben, then: {ready: true}}
  drain: {who: cat, moves: release all from box}
states:
  down: {initial: true, on: {rise: up}}
  up: {}
limits:
  few_calls: {must: calls < 5, message: at most four calls}
`;

interface Try {
  readonly at?: string;
  readonly by?: string;
  readonly name?: string;
  readonly count?: Value;
  readonly draw?: string;
  readonly value?: string;
  readonly up?: boolean;
  readonly ready?: boolean;
}
function attempt(given: Try): string | null {
  const play = offered(BODY).sign(START, "ann").sign(START, "ben", usd("5.00"));
  if (given.up) play.act(START, "ben", "rise");
  if (given.ready) play.act(START, "ben", "prepare");
  play.send(given.at ?? "2026-01-05T11:59:59.999Z", {
    name: given.name ?? "cal",
    by: given.by ?? "ben",
    inputs: mapOf([
      ["count", given.count ?? 0],
      ["draw", given.draw ?? "9.00 USD"],
    ]) as Value,
    value: usd(given.value ?? "1.00"),
  });
  return play.refusal;
}

describe("the first failure wins, in this order", () => {
  const mended: Try[] = [
    {},
    { name: "call" },
    { count: 1 },
    { by: "ann" },
    { up: true },
    { at: "2026-01-05T18:00:00.001Z" },
    { at: "2026-01-05T12:00:00.000Z" },
    { value: "2.00" },
    { ready: true },
    { count: 13 },
    { count: 21 },
    { draw: "5.00 USD" },
    { count: 22 },
  ];
  const expected = [
    "unknown-event cal",
    "invalid-input call",
    "not-the-party call",
    "wrong-state call",
    "too-early call",
    "too-late call",
    "wrong-amount call",
    "needs ready",
    "needs low",
    "needs known_count",
    "shortage jar",
    "limit few_calls",
    "limit few_calls",
  ];
  // 10 / (21 - 20) is ten calls, 10 / (22 - 20) is five: both too many.
  let given: Try = {};
  mended.forEach((mend, i) => {
    given = { ...given, ...mend };
    const now = { ...given };
    it(`${expected[i]}`, () => {
      expect(attempt(now)).toBe(expected[i]);
    });
  });
  it("accepted when nothing is wrong", () => {
    expect(attempt({ ...given, count: 25 })).toBe(null);
  });
  it("a fault, when nothing else is wrong", () => {
    expect(attempt({ ...given, count: 20 })).toBe("fault calls");
  });
});

describe("a refusal", () => {
  const start = () =>
    offered(BODY)
      .sign(START, "ann")
      .sign(START, "ben", usd("5.00"))
      .act(START, "ben", "rise")
      .act(START, "ben", "prepare");
  it("changes nothing but the sequence", () => {
    const play = start();
    const before = play.whole();
    play.act("2026-01-05T13:00:00Z", "ann", "call", { count: 3, draw: "1.00 USD" }, usd("2.00"));
    expect(play.refusal).toBe("needs low");
    expect(play.whole()).toEqual({ ...before, seq: before.seq + 1 });
    expect(play.last).toMatchObject({ moves: [], tells: [], given: [] });
  });
  it("shows what its condition read", () => {
    const play = start().act("2026-01-05T13:00:00Z", "ann", "call", { count: 3, draw: "1.00 USD" }, usd("2.00"));
    expect(play.last.refusal).toEqual({
      kind: "needs",
      name: "low",
      path: "",
      values: [
        ["level", 7],
        ["count", 3],
      ],
    });
    play.act("2026-01-05T13:00:00Z", "ann", "call", { count: 21, draw: "1.00 USD" }, usd("2.00"));
    expect(play.last.refusal).toEqual({
      kind: "limit",
      name: "few_calls",
      path: "at most four calls",
      values: [["calls", 10]],
    });
    play.act("2026-01-05T13:00:00Z", "ann", "call", { count: 25, draw: "7.00 USD" }, usd("2.00"));
    expect(play.last.refusal?.values).toEqual([
      ["needed", money("7.00")],
      ["held", money("5.00")],
    ]);
  });
  it("timers that fired before it stay", () => {
    const play = offered(`
actions: {go: {who: ann}, come: {who: ann}}
obligations:
  going: {who: ann, to: ben, must: go, by: 2026-01-05T10:00:00Z, else: nothing}
  coming: {who: ann, to: ben, must: come, by: 2026-02-05T10:00:00Z, else: nothing}
`)
      .signAll(START)
      .act("2026-01-05T11:00:00Z", "ben", "come");
    expect(play.refusal).toBe("not-the-party come");
    expect(play.status("going")).toBe("violated");
    expect(play.view().clock).toBe(Date.parse("2026-01-05T10:00:00Z"));
  });
  it("an unknown guard refuses, and so does one that errs", () => {
    const play = offered(`
facts: {level: int?}
actions:
  a: {who: ann, needs: {enough: level > 3}}
  b: {who: ann, needs: {even: "div(7, 0) == 0"}}
`).signAll(START);
    expect(play.act(START, "ann", "a").refusal).toBe("needs enough");
    expect(play.act(START, "ann", "b").refusal).toBe("needs even");
  });
  it("unknown kinds and names of every event are `unknown-event`", () => {
    const play = start();
    const send = (kind: string, name = "") =>
      play.send("2026-01-05T13:00:00Z", { kind: kind as "act", by: "ann", name }).refusal;
    expect(send("contest")).toBe("unknown-event contest");
    expect(send("act", "nothing")).toBe("unknown-event nothing");
    expect(send("use", "nothing")).toBe("unknown-event nothing");
    expect(send("withdraw", "nothing")).toBe("unknown-event nothing");
    expect(send("sign", "nobody")).toBe("unknown-event nobody");
  });
  it("`times` used up is `wrong-state`", () => {
    const play = offered("actions: {go: {who: ann, times: 1}}")
      .signAll(START)
      .act(START, "ann", "go")
      .act(START, "ann", "go");
    expect(play.last.refusal).toMatchObject({ kind: "wrong-state", name: "go", path: "times", values: [["used", 1]] });
  });
});
