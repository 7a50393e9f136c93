// The cap of an account was read in the middle of the moves: it refused what the moves as a whole kept, and before a
// shortage. Limits are read last (rule 15, step 9).
import { expect, it } from "vitest";
import { offered, START, usd } from "../unit/compiler/step/written.ts";

const AT = "2026-01-05T10:00:00Z";
const start = () =>
  offered(`
terms: {forty: 40.00 USD, hundred: 100.00 USD}
accounts:
  jar: {asset: USD, from: ann, to_begin: 90.00 USD, returns_to: ann}
  cup: {asset: USD, returns_to: ben, cap: 30.00 USD}
actions:
  through: {who: ann, moves: [move forty from jar to cup, pay all from cup to cat]}
  both: {who: ann, moves: [move forty from jar to cup, pay hundred from jar to ben]}
  fill: {who: ann, moves: move forty from jar to cup}
`)
    .sign(START, "ann", usd("90.00"))
    .sign(START, "ben");

it("what only passes through is within the cap", () => {
  const play = start().act(AT, "ann", "through");
  expect(play.refusal).toBe(null);
  expect(play.moves).toEqual(["move 40.00 USD jar -> cup", "pay 40.00 USD cup -> cat"]);
});
it("a shortage comes before the cap", () => {
  expect(start().act(AT, "ann", "both").refusal).toBe("shortage jar");
});
it("what stays over it is refused", () => {
  expect(start().act(AT, "ann", "fill").refusal).toBe("limit cup");
});
