// Bundles from hostile hands: whatever is changed, reading gives a named error and nothing else.
import fc from "fast-check";
import { expect, it } from "vitest";
import { hex } from "../../core/index.ts";
import { keyFromSeed } from "../../court-node/keys.ts";
import { noteSigner } from "../../ledger/index.ts";
import { buildBundle, type Code, PolicyError, readBundle } from "../../policy/index.ts";
import { built, NOTES } from "../unit/policy/kit.ts";

const key = keyFromSeed(new Uint8Array(32).fill(7));
const bytes = buildBundle({ module: built(NOTES), version: 7 }, [noteSigner(key.did, key.privateKey)]);
const runs = { numRuns: 2_000, seed: 14 };

const read = (changed: Uint8Array): Code | "accepted" => {
  try {
    readBundle(changed, [key.did]);
    return "accepted";
  } catch (error) {
    if (error instanceof PolicyError) return error.code;
    throw error;
  }
};

it("one byte changed anywhere is refused", () => {
  const at = fc.integer({ min: 0, max: bytes.length - 1 });
  fc.assert(
    fc.property(at, fc.integer({ min: 1, max: 255 }), (place, by) => {
      const changed = bytes.slice();
      changed[place] = changed[place]! ^ by;
      expect(read(changed)).toMatch(/^policy\/(?:not-a-)?bundle/);
    }),
    runs,
  );
});

it("the first 400 bytes, each changed in each bit, are refused", () => {
  for (let place = 0; place < 400; place++)
    for (let bit = 0; bit < 8; bit++) {
      const changed = bytes.slice();
      changed[place] = changed[place]! ^ (1 << bit);
      expect(read(changed), `byte ${place} bit ${bit}`).toMatch(/^policy\/(?:not-a-)?bundle/);
    }
});

it("cut anywhere it is refused, and a cut body is called cut", () => {
  for (let length = 0; length < bytes.length; length += 7)
    expect(read(bytes.slice(0, length))).toBe(length === 0 ? "policy/not-a-bundle" : "policy/bundle-truncated");
});

it("parts put together at random never pass, and never break the reader", () => {
  const part = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc
      .tuple(fc.nat(bytes.length), fc.nat(bytes.length))
      .map(([from, to]) => bytes.slice(Math.min(from, to), Math.max(from, to))),
    fc.constantFrom(new TextEncoder().encode("writ-bundle 1 160 10\n"), new TextEncoder().encode("\n\n\u2014 a b\n")),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 5 }), (parts) => {
      const made = Uint8Array.from(parts.flatMap((each) => [...each]));
      const outcome = read(made);
      if (outcome === "accepted") expect(hex(made)).toBe(hex(bytes));
      else expect(outcome).toMatch(/^policy\//);
    }),
    { ...runs, numRuns: 500 },
  );
});
