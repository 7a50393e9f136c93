// A condition that bears again and again met an error at its own timer: the first instance, open and sound, was marked
// failed with it. Rule 3: the timer's effects are undone, nothing else.
import { expect, it } from "vitest";
import { ticking } from "../unit/compiler/step/written.ts";

it("a birth that fails leaves the open instances alone", () => {
  const play = ticking(`
facts: {divisor: 1, from: 2}
actions: {set: {who: ben, with: {to: int, later: int}, then: {divisor: to, from: later}}, noop: {who: ann}}
obligations:
  pulse: {who: ann, to: ben, must: pay, amount: "money(\\"6.00 USD\\") / divisor", when: now >= from, again: true, within: 90, open_at_most: 3, else: nothing}
`)
    .tick(3)
    .act(4, "ben", "set", { to: 0, later: 8 })
    .tick(9);
  expect(play.steps[0]?.refusal).toMatchObject({ kind: "fault" });
  expect(play.view().norms.pulse.open).toMatchObject([{ key: 0, status: "active", amount: "6.00" }]);
});
