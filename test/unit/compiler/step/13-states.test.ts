// Rule 13: business states.
import { describe, expect, it } from "vitest";
import { active, offered, START, ticking, usd } from "./written.ts";

describe("on, after, enter, ends", () => {
  const BODY = `
facts: {opened: 0}
accounts: {safe: {asset: USD, from: ann, to_begin: 10.00 USD, returns_to: ann}}
actions:
  open: {who: ann}
  close: {who: ann}
  look: {who: ben}
  choose: {who: ann, with: {size: int}}
states:
  shut:
    initial: true
    on: {open: wide}
    after: {10 h: rusted}
  wide:
    enter: {then: {opened: opened + 1}, tell: {to: ben, what: now}}
    on: {close: shut, choose: [{when: size > 9, to: big}, {to: small}]}
  big: {enter: {moves: pay all from safe to ben}, ends: fulfilled}
  small: {on: {close: shut}}
  rusted: {ends: terminated}
`;
  const start = () => offered(BODY).sign(START, "ann", usd("10.00")).sign(START, "ben");
  const at = (hour: number) => `2026-01-05T${hour}:00:00Z`;
  const stateOf = (play: ReturnType<typeof start>) => play.view().states.state;

  it("the initial state is entered at activation", () => {
    expect(stateOf(start())).toEqual({ state: "shut", entered: Date.parse(START) });
  });
  it("an action moves on; `enter` happens with it", () => {
    const play = start().act(at(10), "ann", "open");
    expect(stateOf(play)).toEqual({ state: "wide", entered: Date.parse(at(10)) });
    expect(play.view().facts.opened).toBe(1);
    expect(play.last.tells).toEqual([["ben", Date.parse(at(10))]]);
  });
  it("an action listed in some state is allowed only in such states; others in all", () => {
    const play = start();
    expect(play.act(at(10), "ann", "close").refusal).toBe("wrong-state close");
    expect(play.act(at(10), "ben", "look").refusal).toBe(null);
    expect(play.act(at(10), "ann", "choose", { size: 1 }).refusal).toBe("wrong-state choose");
  });
  it("branches read the inputs; the first that holds", () => {
    expect(stateOf(start().act(at(10), "ann", "open").act(at(11), "ann", "choose", { size: 9 })).state).toBe("small");
    const big = start().act(at(10), "ann", "open").act(at(11), "ann", "choose", { size: 10 });
    expect(big.moves).toEqual(["pay 10.00 USD safe -> ben"]);
    expect(big.view()).toMatchObject({ phase: "ended", outcome: "fulfilled", cause: "big" });
  });
  it("`after` runs from entry, fires at its own instant, and leaving cancels it", () => {
    const rusted = start().tick("2026-01-06T12:00:00Z");
    expect(rusted.timers).toEqual(["shut 2026-01-05T19:00:00.000Z"]);
    expect(rusted.view()).toMatchObject({
      phase: "ended",
      outcome: "terminated",
      cause: "rusted",
      ended: Date.parse("2026-01-05T19:00:00Z"),
    });
    const left = start().act(at(18), "ann", "open").tick("2026-01-06T12:00:00Z");
    expect(left.timers).toEqual([]);
    expect(left.due()).toBe(null);
    const again = start().act(at(10), "ann", "open").act(at(12), "ann", "close");
    expect(again.due()).toMatchObject({ at: Date.parse(at(22)), name: "shut" });
  });
  it("two events with one stamp are two steps", () => {
    const play = start().act(at(10), "ann", "open").act(at(10), "ann", "close").act(at(10), "ann", "open");
    expect(play.view().facts.opened).toBe(2);
  });
});

describe("when", () => {
  const BODY = `
facts: {level: 0, passes: 0}
actions: {set: {who: ann, with: {to: int}, then: {level: to}}}
states:
  low: {initial: true, when: {level > 5: middle}, enter: {then: {passes: passes + 1}}}
  middle: {when: {level > 10: high, level < 3: low}, enter: {then: {passes: passes + 1}}}
  high: {when: {level < 3: low}}
`;
  it("moves on in the same step, through several states", () => {
    const play = ticking(BODY).act(1, "ann", "set", { to: 20 });
    expect(play.view().states.state.state).toBe("high");
    expect(play.view().facts.passes).toBe(2);
    expect(play.act(2, "ann", "set", { to: 7 }).view().states.state.state).toBe("high");
    expect(play.act(3, "ann", "set", { to: 1 }).view().states.state.state).toBe("low");
  });
  it("a state is entered at most once in a step", () => {
    const play = ticking(`
facts: {turns: 0, on: false}
actions: {switch_on: {who: ann, then: {on: true}}, look: {who: ann}}
states:
  left: {initial: true, when: {on: right}, enter: {then: {turns: turns + 1}}}
  right: {when: {on: left}, enter: {then: {turns: turns + 1}}}
`).act(1, "ann", "switch_on");
    expect(play.view()).toMatchObject({ facts: { turns: 3 }, states: { state: { state: "left" } } });
    expect(play.act(2, "ann", "look").view().facts.turns).toBe(5);
  });
  it("reads obligations that were settled in the same step, and obligations read the state", () => {
    const play = ticking(`
actions: {go: {who: ann}, mend: {who: ann}}
obligations:
  going: {who: ann, to: ben, must: go, by: 5, else: nothing}
  mending: {who: ann, to: ben, must: mend, when: state == "bad", within: 10, else: nothing}
states:
  good: {initial: true, when: {violated(going): bad}}
  bad: {}
`).tick(9);
    expect(play.timers).toEqual(["going 5"]);
    expect(play.view()).toMatchObject({
      states: { state: { state: "bad", entered: 5 } },
      norms: { mending: { status: "active", latest: { born: 5, due: 15 } } },
    });
  });
});

describe("effects with `to`, and two regions", () => {
  it("go on in the same step", () => {
    const play = active(`
actions: {jump: {who: ann, to: far}, dim: {who: ann}}
states:
  place:
    near: {initial: true}
    far: {enter: {to: dark}}
  light:
    bright: {initial: true, on: {dim: dark}}
    dark: {}
`).act("2026-01-05T10:00:00Z", "ann", "jump");
    expect(play.view().states).toMatchObject({ place: { state: "far" }, light: { state: "dark" } });
  });
  it("that lead back stop at the state entered first in the step", () => {
    const play = active(`
facts: {turns: 0}
actions: {jump: {who: ann, to: left}}
states:
  idle: {initial: true}
  left: {enter: {then: {turns: turns + 1}, to: right}}
  right: {enter: {then: {turns: turns + 10}, to: left}}
`).act("2026-01-05T10:00:00Z", "ann", "jump");
    expect(play.refusal).toBe(null);
    expect(play.view()).toMatchObject({ facts: { turns: 11 }, states: { state: { state: "right" } } });
  });
});
