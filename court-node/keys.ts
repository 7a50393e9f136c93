// Ed25519 keys of parties and of the node, in files only their owner reads.
//
//   writ key 1
//   did:key:z6Mk…
//   <private key, 64 hex digits>

import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { closeSync, constants, existsSync, fstatSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";
import { fromHex, hex } from "../core/index.ts";
import { type NoteSigner, noteSigner, rawPublicKey } from "../ledger/index.ts";
import { CourtError } from "./errors.ts";
import { KEY_FILE_BYTES_MAX } from "./limits.ts";
import { didOfKey } from "./protocol/did.ts";
import type { Signer } from "./protocol/signer.ts";

const HEADER = "writ key 1";
/** DER of an Ed25519 private key before its 32 bytes. Source: RFC 8410, section 7. */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

export interface Key extends Signer {
  readonly privateKey: KeyObject;
  sign(message: Uint8Array): Uint8Array;
}

/** A key from its private half (32 bytes, the seed of RFC 8032). */
export function keyFromSeed(seed: Uint8Array): Key {
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: "der", type: "pkcs8" });
  return keyOf(privateKey);
}

const keyOf = (privateKey: KeyObject): Key => ({
  did: didOfKey(rawPublicKey(privateKey)),
  privateKey,
  sign: (message) => new Uint8Array(sign(null, message, privateKey)),
});

export const newKey = (): Key => keyOf(generateKeyPairSync("ed25519").privateKey);

const seedOf = (key: Key): Uint8Array =>
  new Uint8Array(key.privateKey.export({ format: "der", type: "pkcs8" }).subarray(PKCS8_PREFIX.length));

/** Writes a new key file, mode 0600. Never overwrites one. */
export function writeKeyFile(path: string, key: Key): void {
  let file: number;
  try {
    file = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
  } catch (error) {
    const exists = (error as NodeJS.ErrnoException).code === "EEXIST";
    throw new CourtError(
      exists ? "court/key-exists" : "court/key-unwritable",
      exists ? `there is a file \`${path}\` already` : `\`${path}\` cannot be written: ${(error as Error).message}`,
      error,
    );
  }
  try {
    writeSync(file, `${HEADER}\n${key.did}\n${hex(seedOf(key))}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Reads a key file. Refuses one that others may read, as a private key that lay open is no secret. */
export function readKeyFile(path: string): Key {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    throw new CourtError(
      "court/key-missing",
      `the key file \`${path}\` cannot be read: ${(error as Error).message}`,
      error,
    );
  }
  try {
    const stat = fstatSync(file);
    if (!stat.isFile() || stat.size > KEY_FILE_BYTES_MAX)
      throw new CourtError("court/key-malformed", `\`${path}\` is no key file`);
    if (process.platform !== "win32" && (stat.mode & 0o077) !== 0) {
      throw new CourtError(
        "court/key-open",
        `\`${path}\` has mode ${(stat.mode & 0o777).toString(8)}: others can read the private key`,
      );
    }
    const [header, did, secret, rest, ...more] = readFileSync(file, "utf8").split("\n");
    const seed = secret === undefined ? undefined : fromHex(secret);
    if (header !== HEADER || seed?.length !== 32 || rest !== "" || more.length > 0)
      throw new CourtError("court/key-malformed", `\`${path}\` is no key file`);
    const key = keyFromSeed(seed);
    if (key.did !== did) throw new CourtError("court/key-malformed", `\`${path}\` names ${did}, its key is ${key.did}`);
    return key;
  } finally {
    closeSync(file);
  }
}

/** The key of a file, made when there is none. */
export function keyFile(path: string): Key {
  if (existsSync(path)) return readKeyFile(path);
  const key = newKey();
  writeKeyFile(path, key);
  return key;
}

/** Signs the checkpoints of a log with a key. */
export const checkpointSigner = (origin: string, key: Key): NoteSigner => noteSigner(origin, key.privateKey);
