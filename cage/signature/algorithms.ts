// The algorithms of RFC 9421 section 3.3. The key says which one it is for; a message never chooses.
import { constants, createHmac, type KeyObject, sign, timingSafeEqual, verify } from "node:crypto";
import { isWeakPoint } from "../../court-node/protocol/ed25519.ts";
import { RSA_BITS_MAX, RSA_BITS_MIN, SECRET_BYTES_MIN } from "../limits.ts";
import { fail } from "./problems.ts";

export type Algorithm =
  | "ed25519"
  | "ecdsa-p256-sha256"
  | "ecdsa-p384-sha384"
  | "rsa-pss-sha512"
  | "rsa-v1_5-sha256"
  | "hmac-sha256";

interface Row {
  /** Of `node:crypto`; null: the algorithm has its own. */
  readonly hash: string | null;
  readonly options?: object;
  /** Bytes of a signature; null: as long as the modulus. */
  readonly bytes: number | null;
}

const EC = { dsaEncoding: "ieee-p1363" };
const ALGORITHMS: Readonly<Record<Algorithm, Row>> = {
  ed25519: { hash: null, bytes: 64 },
  "ecdsa-p256-sha256": { hash: "sha256", options: EC, bytes: 64 },
  "ecdsa-p384-sha384": { hash: "sha384", options: EC, bytes: 96 },
  "rsa-pss-sha512": {
    hash: "sha512",
    options: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 64 },
    bytes: null,
  },
  "rsa-v1_5-sha256": { hash: "sha256", options: { padding: constants.RSA_PKCS1_PADDING }, bytes: null },
  "hmac-sha256": { hash: "sha256", bytes: 32 },
};

export const isAlgorithm = (text: string): text is Algorithm => Object.hasOwn(ALGORITHMS, text);

/** A key and the one algorithm it is used with. */
export interface BoundKey {
  readonly key: KeyObject;
  readonly algorithm: Algorithm;
}

/** Binds a key to its algorithm. RSA keys have two: then `algorithm` must be given. Throws SignatureError. */
export function bindKey(key: KeyObject, algorithm?: Algorithm): BoundKey {
  const fitting = algorithmsOf(key);
  const chosen =
    algorithm ?? (fitting.length === 1 ? fitting[0]! : fail("bad-key", "key", "name the algorithm of an RSA key"));
  return fitting.includes(chosen) ? { key, algorithm: chosen } : fail("algorithm-differs", "key");
}

function algorithmsOf(key: KeyObject): readonly Algorithm[] {
  if (key.type === "secret")
    return (key.symmetricKeySize as number) < SECRET_BYTES_MIN
      ? fail("bad-key", "key", "the secret is too short")
      : ["hmac-sha256"];
  const { modulusLength = 0, namedCurve } = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case "ed25519":
      return isWeakPoint(publicBytes(key)) ? fail("bad-key", "key", "the key has a small order") : ["ed25519"];
    case "ec":
      if (namedCurve === "prime256v1") return ["ecdsa-p256-sha256"];
      return namedCurve === "secp384r1" ? ["ecdsa-p384-sha384"] : fail("bad-key", "key", "the curve is not used");
    case "rsa":
    case "rsa-pss":
      if (modulusLength < RSA_BITS_MIN || modulusLength > RSA_BITS_MAX)
        fail("bad-key", "key", "the modulus has a bad size");
      return key.asymmetricKeyType === "rsa" ? ["rsa-pss-sha512", "rsa-v1_5-sha256"] : ["rsa-pss-sha512"];
    default:
      return fail("bad-key", "key");
  }
}

const publicBytes = (key: KeyObject): Uint8Array => Buffer.from(key.export({ format: "jwk" }).x as string, "base64url");

/** On the thread pool: a check by Ed25519 takes about as long as three requests. */
export function checkSignature(
  { key, algorithm }: BoundKey,
  base: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  const { hash, options, bytes } = ALGORITHMS[algorithm];
  if (bytes !== null && signature.length !== bytes) return Promise.resolve(false);
  if (key.type === "secret") {
    const own = createHmac("sha256", key).update(base).digest();
    return Promise.resolve(timingSafeEqual(own, signature));
  }
  // OpenSSL takes commitments of small order, libsodium does not (docs/design/0008).
  if (algorithm === "ed25519" && isWeakPoint(signature.subarray(0, 32))) return Promise.resolve(false);
  return new Promise((done) =>
    verify(hash, base, { key, ...options }, signature, (error, good) => done(error === null && good)),
  );
}

/** `key` is private, or a secret. */
export function makeSignature({ key, algorithm }: BoundKey, base: Uint8Array): Promise<Uint8Array> {
  const { hash, options } = ALGORITHMS[algorithm];
  if (key.type === "secret") return Promise.resolve(createHmac("sha256", key).update(base).digest());
  return new Promise((done, failed) =>
    sign(hash, Buffer.from(base), { key, ...options }, (error, signature) =>
      error === null ? done(signature) : failed(error),
    ),
  );
}
