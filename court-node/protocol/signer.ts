// Who signs: a did and a way to sign bytes with its key. The pure form runs in a browser; `court-node/keys.ts` has the
// native one for Node.
import { ed25519 } from "@noble/curves/ed25519.js";
import { didOfKey } from "./did.ts";

export interface Signer {
  readonly did: string;
  /** Ed25519 signature, 64 bytes. */
  sign(message: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/** Verifies Ed25519 strictly (RFC 8032, no ZIP-215 liberties), as `node:crypto` does. */
export type Verify = (signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array) => boolean;

export const pureVerify: Verify = (signature, message, publicKey) => {
  try {
    return ed25519.verify(signature, message, publicKey, { zip215: false });
  } catch {
    return false;
  }
};

/** A signer from a seed of 32 bytes (the private key of RFC 8032). */
export function pureSigner(seed: Uint8Array): Signer {
  return { did: didOfKey(ed25519.getPublicKey(seed)), sign: (message) => ed25519.sign(message, seed) };
}
