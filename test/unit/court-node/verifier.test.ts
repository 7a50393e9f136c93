// Every way a signature is checked accepts the same: the threads with libsodium, OpenSSL on this thread and in the pool of the
// host, and the pure one of a browser.
import { generateKeyPairSync, sign } from "node:crypto";
import { createRequire } from "node:module";
import { ed25519 } from "@noble/curves/ed25519.js";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { fromHex } from "../../../core/index.ts";
import { createVerifier } from "../../../court-node/index.ts";
import { isWeakPoint } from "../../../court-node/protocol/ed25519.ts";
import { pureVerify } from "../../../court-node/protocol/signer.ts";
import { nativeVerifyEd25519, rawPublicKey } from "../../../ledger/index.ts";

type Case = { readonly signature: Uint8Array; readonly message: Uint8Array; readonly publicKey: Uint8Array };

const threads = createVerifier(1);
const pool = createVerifier(0);
afterAll(() => Promise.all([threads.close(), pool.close()]));

const strict =
  (verify: typeof pureVerify) =>
  ({ signature, message, publicKey }: Case): boolean =>
    !isWeakPoint(publicKey) && !isWeakPoint(signature) && verify(signature, message, publicKey);

async function verdicts(one: Case): Promise<boolean[]> {
  const { signature, message, publicKey } = one;
  return [
    await threads.verify(signature, message, publicKey),
    await pool.verify(signature, message, publicKey),
    strict(nativeVerifyEd25519)(one),
    strict(pureVerify)(one),
  ];
}

const { privateKey } = generateKeyPairSync("ed25519");
const publicKey = rawPublicKey(privateKey);
const message = new TextEncoder().encode("sixty-three dollars");
const good: Case = { signature: new Uint8Array(sign(null, message, privateKey)), message, publicKey };
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const P = 2n ** 255n - 19n;

const little = (value: bigint): Uint8Array =>
  Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 255n));
const bigOf = (bytes: Uint8Array): bigint => bytes.reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n);
const joined = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));

/** Encodings of points of small order, in their one form and in others. */
const weak: Uint8Array[] = [];
for (const y of [
  0n,
  1n,
  P - 1n,
  bigOf(fromHex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")!),
  bigOf(fromHex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")!),
  P,
  P + 1n,
  P + 18n,
])
  for (const sign of [0n, 1n]) weak.push(little(y | (sign << 255n)));

describe("a signature", () => {
  it("that fits, fits everywhere", async () => {
    expect(await verdicts(good)).toEqual([true, true, true, true]);
  });
  it("of 500 at once, each gets its own answer", async () => {
    const all = await Promise.all(
      Array.from({ length: 500 }, (_, i) =>
        threads.verify(i % 3 === 0 ? new Uint8Array(64) : good.signature, message, publicKey),
      ),
    );
    expect(all).toEqual(Array.from({ length: 500 }, (_, i) => i % 3 !== 0));
  });
  it("with S at or above the order is refused", async () => {
    const s = bigOf(good.signature.subarray(32));
    const signature = joined(good.signature.subarray(0, 32), little(s + ORDER));
    expect(await verdicts({ ...good, signature })).toEqual([false, false, false, false]);
  });
  it.each(weak.map((point) => [Buffer.from(point).toString("hex"), point] as const))(
    "under the weak key %s",
    async (_, point) => {
      expect(isWeakPoint(point)).toBe(true);
      // Under a key of small order one signature fits many messages: R = S·B + small point.
      for (const r of [little(1n), little(P - 1n), point]) {
        const signature = joined(r, new Uint8Array(32));
        expect(await verdicts({ signature, message, publicKey: point })).toEqual([false, false, false, false]);
      }
    },
  );
  it("with a commitment of small order is refused, though OpenSSL takes it", async () => {
    // The signer may choose r = 0: R is the neutral point, S = h·a.
    const secret = ed25519.utils.getExtendedPublicKey(new Uint8Array(32).fill(7));
    const key = secret.pointBytes;
    const R = little(1n);
    const { hash } = await import("node:crypto");
    const h = bigOf(new Uint8Array(hash("sha512", joined(R, key, message), "buffer"))) % ORDER;
    const signature = joined(R, little((h * secret.scalar) % ORDER));
    expect(nativeVerifyEd25519(signature, message, key)).toBe(true);
    expect(await verdicts({ signature, message, publicKey: key })).toEqual([false, false, false, false]);
  });
  it("of changed bytes is refused alike", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 2 }), fc.nat(), fc.integer({ min: 1, max: 255 }), async (part, place, change) => {
        const changed = { signature: good.signature.slice(), message: message.slice(), publicKey: publicKey.slice() };
        const bytes = [changed.signature, changed.message, changed.publicKey][part]!;
        bytes[place % bytes.length]! ^= change;
        const all = await verdicts(changed);
        expect(new Set(all).size, all.join(" ")).toBe(1);
        expect(all[0]).toBe(false);
      }),
      { numRuns: 150 },
    );
  });
  it("of random keys and signatures is judged alike", async () => {
    const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
    await fc.assert(
      fc.asyncProperty(bytes(64), bytes(32), fc.uint8Array({ maxLength: 40 }), async (signature, key, any) => {
        expect(new Set(await verdicts({ signature, message: any, publicKey: key })).size).toBe(1);
      }),
      { numRuns: 150 },
    );
  });
});

it("the native build of libsodium is there on the machines that test", () => {
  expect(typeof createRequire(import.meta.url)("sodium-native").crypto_sign_verify_detached).toBe("function");
});

it("signatures under way are checked in the pool when their thread ends", async () => {
  const dying = createVerifier(1);
  const asked = Array.from({ length: 200 }, () => dying.verify(good.signature, message, publicKey));
  await new Promise((next) => setImmediate(next));
  await dying.close();
  expect(await Promise.all(asked)).toEqual(Array.from({ length: 200 }, () => true));
});
