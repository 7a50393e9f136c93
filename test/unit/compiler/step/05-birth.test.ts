// Rule 5: when an obligation is born.
import { describe, expect, it } from "vitest";
import { active, offered, START, ticking } from "./written.ts";

describe("once", () => {
  const body = `
actions: {go: {who: ann}}
obligations: {going: {who: ann, to: ben, must: go, within: 3 h, else: nothing}}
`;
  it("at activation, not before", () => {
    const play = offered(body).sign(START, "ann");
    expect(play.status("going")).toBe("");
    play.sign("2026-01-05T10:00:00Z", "ben");
    expect(play.view().norms.going.latest).toMatchObject({
      key: 0,
      status: "active",
      born: Date.parse("2026-01-05T10:00:00Z"),
      due: Date.parse("2026-01-05T13:00:00Z"),
    });
  });
});

describe("named in an `else`", () => {
  it("by that violation only", () => {
    const body = `
actions: {go: {who: ann}, mend: {who: ann}}
obligations:
  going: {who: ann, to: ben, must: go, by: 5, else: mending}
  mending: {who: ann, to: ben, must: mend, within: 5, else: nothing}
`;
    const play = ticking(body);
    expect(play.status("mending")).toBe("");
    expect(play.tick(6).view().norms.mending).toMatchObject({
      status: "active",
      born: 1,
      latest: { born: 5, due: 10 },
    });
    expect(ticking(body).act(4, "ann", "go").status("mending")).toBe("");
  });
});

describe("on an action", () => {
  const body = (most: string): string => `
actions: {letter: {who: ben, with: {days: int}}, answer: {who: ann}, other: {who: ben}}
obligations: {reply: {on: letter, who: ann, to: ben, must: answer, within: duration("1 h") * days, else: nothing, ${most}}}
`;
  it("one per accepted event, with its inputs", () => {
    const play = active(body("open_at_most: 3"))
      .act("2026-01-05T10:00:00Z", "ben", "letter", { days: 2 })
      .act("2026-01-05T10:30:00Z", "ben", "letter", { days: 5 });
    expect(play.view().norms.reply).toMatchObject({
      born: 2,
      open: [
        { due: Date.parse("2026-01-05T12:00:00Z"), key: 3 },
        { due: Date.parse("2026-01-05T15:30:00Z"), key: 4 },
      ],
    });
  });
  it("the oldest due is met first", () => {
    const play = active(body("open_at_most: 3"))
      .act("2026-01-05T10:00:00Z", "ben", "letter", { days: 9 })
      .act("2026-01-05T10:30:00Z", "ben", "letter", { days: 1 })
      .act("2026-01-05T11:00:00Z", "ann", "answer");
    expect(play.view().norms.reply.open).toMatchObject([{ due: Date.parse("2026-01-05T19:00:00Z") }]);
    expect(play.view().norms.reply.latest).toMatchObject({
      status: "fulfilled",
      due: Date.parse("2026-01-05T11:30:00Z"),
    });
  });
  it("one more than `open_at_most` is refused and changes nothing", () => {
    const play = active(body("open_at_most: 2"));
    for (const minute of ["00", "01", "02"]) play.act(`2026-01-05T10:${minute}:00Z`, "ben", "letter", { days: 1 });
    expect(play.refusal).toBe("limit reply");
    expect(play.view().norms.reply).toMatchObject({ born: 2, open: [{}, {}] });
    play.act("2026-01-05T10:10:00Z", "ann", "answer").act("2026-01-05T10:11:00Z", "ben", "letter", { days: 1 });
    expect(play.refusal).toBe(null);
  });
  it("a refused event bears nothing", () => {
    const play = active(body("open_at_most: 2")).act("2026-01-05T10:00:00Z", "ann", "letter", { days: 1 });
    expect(play.refusal).toBe("not-the-party letter");
    expect(play.view().norms.reply.born).toBe(0);
  });
});

describe("`when` delays birth until it turns true", () => {
  const body = (more: string): string => `
facts: {level: 0}
actions: {set: {who: ben, with: {to: int}, then: {level: to}}, refill: {who: ann, then: {level: 10}}}
obligations: {filling: {who: ann, to: ben, must: refill, when: level < 5 && level > 0, within: 10, else: nothing${more}}}
`;
  it("waits, then is born at the event that makes it true", () => {
    const play = ticking(body(""));
    expect(play.status("filling")).toBe("waiting");
    play.act(3, "ben", "set", { to: 9 });
    expect(play.status("filling")).toBe("waiting");
    play.act(4, "ben", "set", { to: 2 });
    expect(play.view().norms.filling).toMatchObject({
      status: "active",
      born: 1,
      waiting: [],
      latest: { born: 4, due: 14 },
    });
  });
  it("fires once unless `again`", () => {
    const play = ticking(`${body("")}limits: {fine: level < 100}`).act(1, "ben", "set", { to: 2 });
    play.act(2, "ann", "refill");
    expect(play.status("filling")).toBe("fulfilled");
    expect(play.view().phase).toBe("ended");
  });
  it("with `again`, on each rising edge, and not while it stays true", () => {
    const play = ticking(body(", again: true")).act(1, "ben", "set", { to: 2 }).act(2, "ben", "set", { to: 3 });
    expect(play.view().norms.filling.born).toBe(1);
    play.act(3, "ann", "refill");
    expect(play.status("filling")).toBe("fulfilled");
    expect(play.view().phase).toBe("active");
    play.act(4, "ben", "set", { to: 1 });
    expect(play.view().norms.filling).toMatchObject({ born: 2, status: "active", latest: { born: 4 } });
  });
  it("an edge that rises while the last one is open is refused", () => {
    const play = ticking(body(", again: true"))
      .act(1, "ben", "set", { to: 2 })
      .act(2, "ben", "set", { to: 9 })
      .act(3, "ben", "set", { to: 2 });
    expect(play.refusal).toBe("limit filling");
    expect(play.view().facts.level).toBe(9);
  });
  it("in an `else`: the instance waits and remembers its cause", () => {
    const play = ticking(`
facts: {ready: false}
actions: {go: {who: ann}, prepare: {who: ben, then: {ready: true}}, mend: {who: ann}}
obligations:
  going: {who: ann, to: ben, must: go, by: 5, else: mending}
  mending: {who: ann, to: ben, must: mend, when: ready, by: cause.due + 20, else: nothing}
`).tick(6);
    expect(play.status("mending")).toBe("waiting");
    expect(play.view().phase).toBe("active");
    play.act(9, "ben", "prepare");
    expect(play.view().norms.mending).toMatchObject({
      status: "active",
      latest: { born: 9, due: 25, cause: { norm: "going", due: 5 } },
    });
  });
});
