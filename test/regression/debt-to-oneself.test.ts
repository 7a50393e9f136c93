// What an account could not pay to the very role that funds it was written down as a debt of that role to itself.
import { expect, it } from "vitest";
import { offered, START, usd } from "../unit/compiler/step/written.ts";

it("nobody owes itself", () => {
  const play = offered(`
terms: {unit: 20.00 USD}
accounts: {jar: {asset: USD, from: ann, to_begin: 10.00 USD, returns_to: ann}}
actions: {go: {who: ann}, other: {who: ben}}
obligations:
  going: {who: ann, to: ben, must: go, by: 2026-01-06T00:00:00Z, else: {moves: [{split: unit, from: jar, to: {ann: 75%, ben: rest}, remainder: ben}]}}
  later: {who: ben, to: ann, must: other, else: nothing}
`)
    .sign(START, "ann", usd("10.00"))
    .sign(START, "ben")
    .tick("2026-01-07T00:00:00Z");
  expect(play.moves).toEqual(["split 10.00 USD jar -> ann"]);
  expect(play.view().owes).toEqual([{ debtor: "ann", creditor: "ben", asset: "USD", amount: "5.00" }]);
});
