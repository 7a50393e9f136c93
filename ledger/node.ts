// A log in a folder, with its store and the host's own SHA-256 and Ed25519.
import { resolve } from "node:path";
import { hasJournal, JournalStorage } from "./journal.ts";
import { FileLock, MemoryLock } from "./lock.ts";
import { Log } from "./log.ts";
import { nativeSha256, nativeVerifyEd25519 } from "./native.ts";
import type { NoteSigner } from "./note.ts";
import type { Storage } from "./storage.ts";
import { LmdbStorage } from "./storage-lmdb.ts";

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
  /** Batches are on the disk in a journal first, and in the store a little later: for who writes much. A folder that has a journal is
   *  opened with it in any case. */
  readonly journal?: boolean;
  /** Namespaces that are written often and seldom read: in the journal they wait as bytes. */
  readonly seldomRead?: readonly string[];
}

/** The lock of a ledger folder, beside it and not in it: who puts an old copy of the folder back does not put back the lock. */
export const lockPathOf = (folder: string): string => `${resolve(folder)}.checkpoint.lock`;

/** The log in a folder, with its store. Throws LedgerError. */
export async function openFolder(options: FolderOptions): Promise<{ readonly log: Log; readonly storage: Storage }> {
  const {
    folder,
    signer,
    lockPath = lockPathOf(options.folder),
    adoptLock = false,
    journal = false,
    seldomRead = [],
    ...rest
  } = options;
  const file = new FileLock(lockPath);
  // A reader looks at the lock first: beside a running writer the store may move on, but never falls behind it.
  const lock = options.readOnly === true ? new MemoryLock(file.read()) : file;
  const readOnly = options.readOnly ?? false;
  const below = LmdbStorage.open({ folder, ...rest });
  let storage: Storage = below;
  try {
    // The log keeps the lock itself, after each batch: the journal has none to write.
    if (journal || hasJournal(folder))
      storage = await JournalStorage.open({
        storage: below,
        folder,
        lock: new MemoryLock(),
        durable: true,
        readOnly,
        seldomRead,
      });
    const log = await Log.open({
      storage,
      lock,
      signer,
      readOnly,
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
