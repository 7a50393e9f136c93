// A condition with a deadline, in cure, that turns true by time alone was mended only if something else happened to be sent
// in between; so the result hung on when ticks came. Likewise one kept late. Rules 2 and 19.
import { expect, it } from "vitest";
import { ticking } from "../unit/compiler/step/written.ts";

const body = (more: string): string => `
facts: {from: 33}
actions: {noop: {who: ben}, set: {who: ben, with: {to: int}, then: {from: to}}}
obligations:
  fresh: {who: ann, to: ben, holds: now >= from, by: 30, ${more}, else: nothing}
  other: {who: ben, to: ann, must: noop, else: nothing}
`;

it("one late tick and many punctual ones give the same", () => {
  const late = ticking(body("cure: 6")).tick(50);
  expect(late.timers).toEqual(["fresh 30", "fresh 33"]);
  expect(late.status("fresh")).toBe("cured");
  const punctual = ticking(body("cure: 6")).tick(31).tick(33).tick(37);
  expect(punctual.status("fresh")).toBe("cured");
});
it("kept late, at the instant it is kept", () => {
  const play = ticking(body("late: allowed")).tick(50);
  expect(play.timers).toEqual(["fresh 30", "fresh 33"]);
  expect(play.view().norms.fresh.latest).toMatchObject({ status: "violated", late: true, made_good: true });
});
