// Of several instances of one obligation due at the same instant the one that was born first fired first, not the one with
// the least key. Rule 1: instant, edge, name, instance.
import { expect, it } from "vitest";
import { ticking } from "../unit/compiler/step/written.ts";

it("equal deadlines of one name go by key", () => {
  const play = ticking(`
facts: {level: 0}
actions: {note: {who: ben, with: {least: int}}, set: {who: ben, with: {to: int}, then: {level: to}}, answer: {who: ann}}
obligations:
  patient: {on: note, who: ann, to: ben, must: answer, when: level > least, within: 8, open_at_most: 2, else: nothing}
`)
    .act(1, "ben", "note", { least: 5 })
    .act(2, "ben", "note", { least: -1 })
    .act(2, "ben", "set", { to: 9 });
  expect(play.view().norms.patient.open.map((each: { key: number; due: number }) => [each.key, each.due])).toEqual([
    [4, 10],
    [3, 10],
  ]);
  expect(play.due()).toMatchObject({ at: 10, name: "patient", key: 3 });
});
