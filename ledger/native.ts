// SHA-256 and Ed25519 of Node. Apart from the store, so that who only hashes or signs does not load one.
import { createPublicKey, hash, type KeyObject, sign, verify } from "node:crypto";
import { createRequire } from "node:module";
import { HASH_BYTES, type Sha256 } from "./merkle.ts";
import { type NoteSigner, type VerifyEd25519, verifierKey } from "./note.ts";

/** SHA-256 by OpenSSL in one call. The digest comes as a text of 32 units: as a Buffer it has memory of its own outside the heap,
 *  and the call takes twice the time. */
export const nativeSha256: Sha256 = (bytes) => {
  const digest = hash("sha256", bytes, "binary");
  const out = new Uint8Array(HASH_BYTES);
  for (let i = 0; i < HASH_BYTES; i++) out[i] = digest.charCodeAt(i);
  return out;
};

/** DER of an Ed25519 public key before its 32 bytes. Source: RFC 8410. */
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");
export const publicKeyObject = (publicKey: Uint8Array): KeyObject =>
  createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: "der", type: "spki" });

export const nativeVerifyEd25519: VerifyEd25519 = (signature, message, publicKey) => {
  try {
    return verify(null, message, publicKeyObject(publicKey), signature);
  } catch {
    return false;
  }
};

/** The 32 bytes of an Ed25519 key's public half. */
export function rawPublicKey(key: KeyObject): Uint8Array {
  const der = createPublicKey(key).export({ format: "der", type: "spki" });
  return new Uint8Array(der.subarray(SPKI_PREFIX.length));
}

/** Signs notes as `name` with an Ed25519 private key. */
export function noteSigner(name: string, privateKey: KeyObject): NoteSigner {
  const publicKey = rawPublicKey(privateKey);
  let native: ((text: Uint8Array) => Uint8Array) | null = null;
  return {
    key: verifierKey(name, publicKey),
    sign: (text) => {
      native ??= sodiumSigner(privateKey, publicKey) ?? ((message) => sign(null, message, privateKey));
      return native(text);
    },
  };
}

/** The part of libsodium that signs. The key is the seed and the public key, one behind the other. */
interface Sodium {
  crypto_sign_detached(signature: Buffer, message: Buffer, key: Buffer): void;
}

/** By libsodium where its native build is there: the same bytes (RFC 8032 leaves no choice) in half the time of OpenSSL. */
function sodiumSigner(privateKey: KeyObject, publicKey: Uint8Array): ((text: Uint8Array) => Uint8Array) | null {
  let sodium: Sodium;
  try {
    sodium = createRequire(import.meta.url)("sodium-native") as Sodium;
  } catch {
    return null;
  }
  const seed = Buffer.from(privateKey.export({ format: "jwk" }).d as string, "base64url");
  const key = Buffer.concat([seed, publicKey]);
  return (text) => {
    const signature = Buffer.alloc(SIGNATURE_BYTES);
    sodium.crypto_sign_detached(signature, Buffer.from(text.buffer, text.byteOffset, text.length), key);
    return signature;
  };
}
const SIGNATURE_BYTES = 64;
