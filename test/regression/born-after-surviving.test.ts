// A duty that survives the end for some time was still born after that time was over. Rule 14.
import { expect, it } from "vitest";
import { ticking } from "../unit/compiler/step/written.ts";

const body = (survives: string): string => `
actions: {go: {who: ann}, mend: {who: ann}, stop: {who: ben, ends: terminated}}
obligations:
  going: {who: ann, to: ben, must: go, by: 20, survives: yes, else: mending}
  mending: {who: ann, to: ben, must: mend, within: 50, survives: ${survives}, else: nothing}
`;

it("not when its time is over", () => {
  expect(ticking(body("5")).act(2, "ben", "stop").tick(30).view().norms.mending.born).toBe(0);
});
it("but before", () => {
  expect(ticking(body("25")).act(2, "ben", "stop").tick(24).status("mending")).toBe("active");
});
