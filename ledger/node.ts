// The parts that need Node: native SHA-256 and Ed25519, and a log in a folder.
import { createHash, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { join } from "node:path";
import { FileLock } from "./lock.ts";
import { Log } from "./log.ts";
import type { Sha256 } from "./merkle.ts";
import { type NoteSigner, type VerifyEd25519, verifierKey } from "./note.ts";
import { LmdbStorage } from "./storage-lmdb.ts";

/** SHA-256 by OpenSSL: five times the pure one. */
export const nativeSha256: Sha256 = (bytes) => createHash("sha256").update(bytes).digest();

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
  return { key: verifierKey(name, rawPublicKey(privateKey)), sign: (text) => sign(null, text, privateKey) };
}

export interface FolderOptions {
  readonly folder: string;
  readonly create: boolean;
  readonly signer: NoteSigner;
  /** Where the last checkpoint is kept a second time; by default beside the store. */
  readonly lockPath?: string;
  readonly reserveBytes?: number;
  readonly freeBytes?: () => number;
  readonly readOnly?: boolean;
}

/** The log in a folder, with its store. Throws LedgerError. */
export async function openFolder(
  options: FolderOptions,
): Promise<{ readonly log: Log; readonly storage: LmdbStorage }> {
  const { folder, signer, lockPath, ...rest } = options;
  const storage = LmdbStorage.open({ folder, ...rest });
  try {
    const log = await Log.open({
      storage,
      lock: new FileLock(lockPath ?? join(folder, "checkpoint.lock")),
      signer,
      sha256: nativeSha256,
      verify: nativeVerifyEd25519,
    });
    return { log, storage };
  } catch (error) {
    await storage.close();
    throw error;
  }
}
