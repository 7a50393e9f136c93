// The parts that need Node: native SHA-256 and Ed25519, and a log in a folder.
import { createPublicKey, hash, type KeyObject, sign, verify } from "node:crypto";
import { resolve } from "node:path";
import { FileLock, MemoryLock } from "./lock.ts";
import { Log } from "./log.ts";
import type { Sha256 } from "./merkle.ts";
import { type NoteSigner, type VerifyEd25519, verifierKey } from "./note.ts";
import { LmdbStorage } from "./storage-lmdb.ts";

/** SHA-256 by OpenSSL in one call. A plain array and no `Buffer`: the `slice` of a Buffer shares its bytes. */
export const nativeSha256: Sha256 = (bytes) => {
  const digest = hash("sha256", bytes, "buffer");
  return new Uint8Array(digest.buffer, digest.byteOffset, digest.length);
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
  return { key: verifierKey(name, rawPublicKey(privateKey)), sign: (text) => sign(null, text, privateKey) };
}

export interface FolderOptions {
  readonly folder: string;
  readonly create: boolean;
  readonly signer: NoteSigner;
  /** Where the last checkpoint is kept a second time; by default beside the folder (`lockPathOf`), better on another disk. */
  readonly lockPath?: string;
  /** Take the folder as the newest copy when its lock is missing, and make a new lock. */
  readonly adoptLock?: boolean;
  readonly reserveBytes?: number;
  readonly freeBytes?: () => number;
  readonly readOnly?: boolean;
  /** Write in a thread of its own. */
  readonly thread?: boolean;
}

/** The lock of a ledger folder, beside it and not in it: who puts an old copy of the folder back does not put back the lock. */
export const lockPathOf = (folder: string): string => `${resolve(folder)}.checkpoint.lock`;

/** The log in a folder, with its store. Throws LedgerError. */
export async function openFolder(
  options: FolderOptions,
): Promise<{ readonly log: Log; readonly storage: LmdbStorage }> {
  const { folder, signer, lockPath = lockPathOf(options.folder), adoptLock = false, ...rest } = options;
  const file = new FileLock(lockPath);
  // A reader looks at the lock first: beside a running writer the store may move on, but never falls behind it.
  const lock = options.readOnly === true ? new MemoryLock(file.read()) : file;
  const storage = LmdbStorage.open({ folder, ...rest });
  try {
    const log = await Log.open({
      storage,
      lock,
      signer,
      readOnly: options.readOnly ?? false,
      adoptLock,
      sha256: nativeSha256,
      verify: nativeVerifyEd25519,
    });
    return { log, storage };
  } catch (error) {
    await storage.close();
    throw error;
  }
}
