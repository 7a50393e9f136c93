// did:key of Ed25519 keys: the public key itself, written as a did.
//
//   did:key:z6Mk…   "z", then base58btc of  0xed 0x01  public key (32 bytes)
//
// Source: the did:key method, section 2; multicodec table (ed25519-pub); multibase (base58btc).
import { PUBLIC_KEY_BYTES } from "./limits.ts";

const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const DIGIT = new Map([...ALPHABET].map((letter, digit) => [letter, digit]));
const PREFIX = "did:key:z";
/** 0xed as an unsigned varint. */
const ED25519_PUB = [0xed, 0x01] as const;
/** Base58 characters of 34 bytes: bounds the quadratic work of decoding. */
const ENCODED_LENGTH_MAX = 48;

/** Base58 with the alphabet of Bitcoin. Quadratic: for keys, not for texts. */
export function base58(bytes: Uint8Array): string {
  const digits: number[] = [];
  for (const byte of bytes) {
    let carry = byte;
    for (let i = 0; i < digits.length; i++) {
      carry += digits[i]! * 256;
      digits[i] = carry % 58;
      carry = Math.floor(carry / 58);
    }
    for (; carry > 0; carry = Math.floor(carry / 58)) digits.push(carry % 58);
  }
  let zeros = 0;
  while (zeros < bytes.length && bytes[zeros] === 0) zeros++;
  return (
    "1".repeat(zeros) +
    digits
      .reverse()
      .map((digit) => ALPHABET[digit])
      .join("")
  );
}

/** Undefined when a letter is none of the alphabet. The caller bounds the text. */
export function fromBase58(text: string): Uint8Array | undefined {
  const bytes: number[] = [];
  for (const letter of text) {
    let carry = DIGIT.get(letter);
    if (carry === undefined) return undefined;
    for (let i = 0; i < bytes.length; i++) {
      carry += bytes[i]! * 58;
      bytes[i] = carry & 255;
      carry >>= 8;
    }
    for (; carry > 0; carry >>= 8) bytes.push(carry & 255);
  }
  let zeros = 0;
  while (zeros < text.length && text[zeros] === "1") zeros++;
  return Uint8Array.from([...new Array<number>(zeros).fill(0), ...bytes.reverse()]);
}

/** The did of an Ed25519 public key (32 bytes). */
export const didOfKey = (publicKey: Uint8Array): string =>
  PREFIX + base58(Uint8Array.from([...ED25519_PUB, ...publicKey]));

/** Keys of dids read lately: an author is read several times on the way of each action. */
const KNOWN_MAX = 4_096;
const known = new Map<string, Uint8Array>();

/** The Ed25519 public key (32 bytes) of a did:key, or undefined when it is none. */
export function keyOfDid(did: string): Uint8Array | undefined {
  const before = known.get(did);
  if (before !== undefined) return before;
  const key = readDid(did);
  if (key === undefined) return undefined;
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(did, key);
  return key;
}

function readDid(did: string): Uint8Array | undefined {
  if (!did.startsWith(PREFIX) || did.length > PREFIX.length + ENCODED_LENGTH_MAX) return undefined;
  const bytes = fromBase58(did.slice(PREFIX.length));
  if (bytes === undefined || bytes.length !== ED25519_PUB.length + PUBLIC_KEY_BYTES) return undefined;
  return bytes[0] === ED25519_PUB[0] && bytes[1] === ED25519_PUB[1] ? bytes.slice(ED25519_PUB.length) : undefined;
}
