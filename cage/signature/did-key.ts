// did:key of the kinds that sign messages: Ed25519 (z6Mk…) and P-256 (zDn…).
// Source: the did:key method, section 2; multicodec table (ed25519-pub 0xed, p256-pub 0x1200).
import { createPublicKey, ECDH, type KeyObject } from "node:crypto";
import { base58, fromBase58 } from "../../court-node/protocol/did.ts";
import { type BoundKey, bindKey } from "./algorithms.ts";
import { fail } from "./problems.ts";

const PREFIX = "did:key:z";
/** Base58 characters of 35 bytes: bounds the quadratic work of decoding. */
const ENCODED_LENGTH_MAX = 48;
const ED25519_PUB = [0xed, 0x01] as const;
const P256_PUB = [0x80, 0x24] as const;

/** The key of a did. Throws SignatureError `bad-key`. */
export function keyOfDid(did: string): BoundKey {
  const bad = (): never => fail("bad-key", did.slice(0, 80), "it is no did:key of Ed25519 or P-256");
  if (!did.startsWith(PREFIX) || did.length > PREFIX.length + ENCODED_LENGTH_MAX) return bad();
  const bytes = fromBase58(did.slice(PREFIX.length));
  if (bytes === undefined) return bad();
  const [kind, key] = [bytes.subarray(0, 2), bytes.subarray(2)];
  const is = (prefix: readonly number[]): boolean => kind[0] === prefix[0] && kind[1] === prefix[1];
  try {
    if (is(ED25519_PUB) && key.length === 32) {
      const jwk = { kty: "OKP", crv: "Ed25519", x: text(key) };
      return bindKey(createPublicKey({ key: jwk, format: "jwk" }));
    }
    if (is(P256_PUB) && key.length === 33) {
      const point = ECDH.convertKey(key, "prime256v1", undefined, undefined, "uncompressed") as Buffer;
      const jwk = { kty: "EC", crv: "P-256", x: text(point.subarray(1, 33)), y: text(point.subarray(33)) };
      return bindKey(createPublicKey({ key: jwk, format: "jwk" }));
    }
  } catch {
    return bad();
  }
  return bad();
}

/** The did of a key, public or private; null when its kind has none here. */
export function didOf(key: KeyObject): string | null {
  if (key.type === "secret") return null;
  const { crv, x, y } = (key.type === "private" ? createPublicKey(key) : key).export({ format: "jwk" });
  if (crv === "Ed25519") return PREFIX + base58(Uint8Array.from([...ED25519_PUB, ...bytesOf(x)]));
  if (crv !== "P-256") return null;
  const odd = bytesOf(y).at(-1)! & 1;
  return PREFIX + base58(Uint8Array.from([...P256_PUB, 2 + odd, ...bytesOf(x)]));
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");
const bytesOf = (base64url: string | undefined): Uint8Array => Buffer.from(base64url as string, "base64url");
