// A nonce counts as fresh only when it surely is: not after it was used, not for an author of whom something was stored, whatever was
// forgotten meanwhile.
import { expect, it } from "vitest";
import { FreshNonces } from "../../../court-node/fresh-nonces.ts";
import { AUTHORS_KNOWN_MAX } from "../../../court-node/limits.ts";
import { actionKey, SPACE } from "../../../court-node/records.ts";
import { MemoryStorage } from "../../../ledger/index.ts";

const nonceOf = (number: number): Uint8Array => {
  const nonce = new Uint8Array(16);
  new DataView(nonce.buffer).setUint32(12, number);
  return nonce;
};
const author = (number: number): string => `did:key:z6Mk${String(number).padStart(44, "A")}`;

it("who is new is fresh until the nonce is used, and nobody else's is", () => {
  const nonces = new FreshNonces(new MemoryStorage());
  for (let number = 0; number < 2_000; number++) {
    expect(nonces.isFresh(author(number % 7), nonceOf(number))).toBe(true);
    nonces.use(author(number % 7), nonceOf(number));
  }
  for (let number = 0; number < 2_000; number++)
    expect(nonces.isFresh(author(number % 7), nonceOf(number))).toBe(false);
  // Few that were never used look like used ones: then the state is asked.
  let unknown = 0;
  for (let number = 0; number < 2_000; number++)
    if (!nonces.isFresh(author(8 + (number % 7)), nonceOf(number))) unknown++;
  expect(unknown).toBeLessThan(10);
});

it("of whom something was stored before, the state is asked", async () => {
  const storage = new MemoryStorage();
  await storage.write([{ namespace: SPACE.action, key: actionKey(author(1), nonceOf(1)), value: new Uint8Array(1) }]);
  const nonces = new FreshNonces(storage);
  expect(nonces.isFresh(author(1), nonceOf(1))).toBe(false);
  expect(nonces.isFresh(author(1), nonceOf(2))).toBe(false);
  expect(nonces.isFresh(author(2), nonceOf(1))).toBe(true);
});

it("who was forgotten is no stranger: the nonces used since the court opened stay known", () => {
  const nonces = new FreshNonces(new MemoryStorage());
  expect(nonces.isFresh(author(1), nonceOf(1))).toBe(true);
  nonces.use(author(1), nonceOf(1));
  for (let number = 2; number < AUTHORS_KNOWN_MAX + 10; number++) nonces.isFresh(author(number), nonceOf(number));
  // Nothing of it is stored yet: it may be in a group on its way.
  expect(nonces.isFresh(author(1), nonceOf(1))).toBe(false);
});
