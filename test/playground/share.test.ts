// Texts in addresses: whole or not at all.
import fc from "fast-check";
import { expect, it } from "vitest";
import { ADDRESS_UNITS_MAX, SHARED_UNITS_MAX } from "../../playground/limits.ts";
import { fragmentOf, textOfFragment } from "../../playground/share.ts";

it("come back as they were", async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "grapheme", maxLength: 400 }), async (text) => {
      expect(await textOfFragment((await fragmentOf(text))!)).toBe(text);
    }),
    { numRuns: 40, seed: Number(process.env.SEED ?? 20261128) },
  );
});

it("are refused when they are long, and do not unpack to more than a text may be", async () => {
  expect(await fragmentOf("x".repeat(SHARED_UNITS_MAX + 1))).toBeNull();
  let random = "";
  for (let n = 1; random.length < 40_000; n = (n * 48_271) % 2_147_483_647) random += n.toString(36);
  expect(await fragmentOf(random)).toBeNull();
  const bomb = new Blob(["\0".repeat(8 * SHARED_UNITS_MAX)]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  const packed = Buffer.from(await new Response(bomb).arrayBuffer()).toString("base64url");
  expect(packed.length).toBeLessThan(ADDRESS_UNITS_MAX);
  expect(await textOfFragment(`#text=${packed}`)).toBeNull();
});

it.each(["", "#", "#text=", "#text=%%%", "#text=AAAA", "#other", `#text=${"A".repeat(20_000)}`])(
  "%s is none",
  async (fragment) => {
    expect(await textOfFragment(fragment)).toBeNull();
  },
);
