// Rule 12: cases, and rule 27: inputs and effects.
import { describe, expect, it } from "vitest";
import { active, offered, START, usd } from "./written.ts";

const AT = "2026-01-05T10:00:00Z";

describe("cases", () => {
  const BODY = `
facts: {size: 0, mark: false, level: int?}
accounts: {prize: {asset: USD, from: ann, to_begin: 10.00 USD, returns_to: ann}}
actions:
  weigh:
    who: cat
    with: {kilos: int}
    then: {size: kilos}
    cases:
      - {when: kilos >= 500, moves: [pay all from prize to ben], ends: fulfilled}
      - {when: level > 3, then: {mark: true}}
      - {when: kilos == 13, then: {mark: true}}
      - else: refuse
  know: {who: cat, with: {l: int}, then: {level: l}}
`;
  const start = () => offered(BODY).sign(START, "ann", usd("10.00")).sign(START, "ben");

  it("the first match wins; what stands outside happens with each", () => {
    const play = start().act(AT, "cat", "weigh", { kilos: 500 });
    expect(play.moves).toEqual(["pay 10.00 USD prize -> ben"]);
    expect(play.view()).toMatchObject({
      phase: "ended",
      outcome: "fulfilled",
      cause: "weigh",
      facts: { size: 500, mark: false },
    });
  });
  it("an unknown condition is not true: the next is tried", () => {
    expect(start().act(AT, "cat", "weigh", { kilos: 13 }).view().facts).toEqual({ size: 13, mark: true, level: null });
  });
  it("`else: refuse` refuses and changes nothing", () => {
    const play = start().act(AT, "cat", "weigh", { kilos: 12 });
    expect(play.refusal).toBe("needs else");
    expect(play.view().facts.size).toBe(0);
  });
});

describe("effects", () => {
  it("right sides read the state before; all are written together", () => {
    const play = active("facts: {x: 1, y: 2}\nactions: {swap: {who: ann, then: {x: y, y: x}, give: {was: x}}}").act(
      AT,
      "ann",
      "swap",
    );
    expect(play.view().facts).toEqual({ x: 2, y: 1 });
    expect(play.last.given).toEqual([["was", 1]]);
  });
  it("`tell` and `give` are in the answer, of a refused event there are none", () => {
    const body =
      "facts: {x: 1}\nactions: {say: {who: ann, with: {ok: bool}, needs: ok, then: {x: x + 1}, give: {next: x + 1}, tell: {to: ben, what: x}}}";
    const play = active(body).act(AT, "ann", "say", { ok: true });
    expect(play.last).toMatchObject({ given: [["next", 2]], tells: [["ben", 1]] });
    play.act(AT, "ann", "say", { ok: false });
    expect(play.last).toMatchObject({ given: [], tells: [] });
  });
});

describe("inputs", () => {
  const BODY = `
facts: {seen: 0}
actions:
  enter:
    who: ann
    with:
      count: {type: int, min: 1, max: 9}
      code: {type: text, matches: "^[a-z]+$", most: 5}
      note: {type: text, optional: true}
    then: {seen: count}
`;
  const enter = (inputs: Record<string, string | number | boolean | null>) =>
    active(BODY).act(AT, "ann", "enter", inputs);
  const path = (inputs: Record<string, string | number | boolean | null>) => {
    const play = enter(inputs);
    return [play.last.refusal?.kind, play.last.refusal?.path];
  };
  it("fit, or are refused with the path", () => {
    expect(enter({ count: 3, code: "abc" }).refusal).toBe(null);
    expect(enter({ count: 3, code: "abc", note: "hello" }).refusal).toBe(null);
    expect(path({ count: 0, code: "abc" })).toEqual(["invalid-input", "count"]);
    expect(path({ count: 10, code: "abc" })).toEqual(["invalid-input", "count"]);
    expect(path({ count: "three", code: "abc" })).toEqual(["invalid-input", "count"]);
    expect(path({ count: 3, code: "ABC" })).toEqual(["invalid-input", "code"]);
    expect(path({ count: 3, code: "abcdef" })).toEqual(["invalid-input", "code"]);
    expect(path({ count: 3 })).toEqual(["invalid-input", "code"]);
    expect(path({ count: 3, code: "abc", extra: 1 })).toEqual(["invalid-input", ""]);
    expect(active(BODY).act(AT, "ann", "enter").last.refusal).toMatchObject({ kind: "invalid-input", path: "count" });
    expect(active(BODY).send(AT, { by: "ann", name: "enter", inputs: [1, 2] }).last.refusal?.kind).toBe(
      "invalid-input",
    );
  });
  it("`for` names a duty that the action performs", () => {
    const play = active(
      "actions: {go: {who: ann}}\nobligations: {going: {who: ann, to: ben, must: go, else: nothing}}",
    );
    expect(play.send(AT, { by: "ann", name: "go", for: "coming" }).last.refusal).toMatchObject({
      kind: "invalid-input",
      path: "for",
    });
    expect(play.send(AT, { by: "ann", name: "go", for: "going" }).status("going")).toBe("fulfilled");
  });
});
