// A split by a quotient needed more than 34 digits and faulted; shares that round up past the whole faulted though they
// made no more than it. Rules 4 and 26.
import { expect, it } from "vitest";
import { offered, START, usd } from "../unit/compiler/step/written.ts";

const AT = "2026-01-05T10:00:00Z";
const body = (to: string): string => `
accounts: {jar: {asset: USD, from: ann, to_begin: 22.22 USD, returns_to: ann}}
actions:
  share: {who: ann, with: {much: money}, moves: [{split: much, from: jar, to: ${to}, remainder: ben}]}
`;
const share = (to: string, much: string) =>
  offered(body(to)).sign(START, "ann", usd("22.22")).sign(START, "ben").act(AT, "ann", "share", { much });

it("a third is a third, however many digits it has", () => {
  const play = share("{ann: 20%, cat: 1/3, ben: rest}", "22.22 USD");
  expect(play.refusal).toBe(null);
  expect(play.moves).toEqual(["split 4.44 USD jar -> ann", "split 7.41 USD jar -> cat", "split 10.37 USD jar -> ben"]);
});
it("a share is at most what is left", () => {
  const play = share("{ann: 50%, cat: 50%, ben: rest}", "0.01 USD");
  expect(play.refusal).toBe(null);
  expect(play.moves).toEqual(["split 0.01 USD jar -> ann"]);
});
