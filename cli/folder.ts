// A ledger folder opened for reading, without asking for what the folder itself can tell: its key, and the origin of its log.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { fromUtf8 } from "../core/index.ts";
import { checkpointSigner, readKeyFile } from "../court-node/keys.ts";
import { openForReading } from "../court-node/node.ts";
import { cosignedNotes } from "../ledger/cosigned.ts";
import {
  FileLock,
  LmdbStorage,
  Log,
  lockPathOf,
  MemoryLock,
  NAMESPACE,
  type NoteSigner,
  nativeSha256,
  nativeVerifyEd25519,
  parseVerifierKey,
  type Storage,
} from "../ledger/index.ts";
import { JournalStorage } from "../ledger/journal.ts";
import { sentences } from "./commands/serve.ts";
import { UsageError } from "./exit.ts";
import type { Io } from "./io.ts";
import { clean } from "./terminal.ts";

export interface FolderOptions {
  readonly key?: string;
  readonly lock?: string;
  readonly origin?: string;
}

export async function openLedger(
  io: Io,
  folder: string,
  options: FolderOptions,
): Promise<{ readonly log: Log; readonly storage: Storage }> {
  const path = folderOf(io, folder);
  const keyPath = options.key === undefined ? join(path, "node.key") : resolve(io.cwd, options.key);
  if (!existsSync(keyPath))
    throw new UsageError(`\`${clean(folder)}\` holds no node.key`, "name the court's key file with --key");
  const lockPath = options.lock === undefined ? lockPathOf(path) : resolve(io.cwd, options.lock);
  return sentences(async () => {
    const key = readKeyFile(keyPath);
    const origin = options.origin ?? originOf(lockPath) ?? "localhost/court";
    return openForReading({ folder: path, origin, key, lockPath });
  });
}

function folderOf(io: Io, folder: string): string {
  const path = resolve(io.cwd, folder);
  if (!existsSync(path)) throw new UsageError(`there is no folder \`${clean(folder)}\``);
  if (!statSync(path).isDirectory()) throw new UsageError(`\`${clean(folder)}\` is a file; a ledger is a folder`);
  if (readdirSync(path).length === 0) throw new UsageError(`\`${clean(folder)}\` is empty: no court has used it`);
  return path;
}

/** The same for whoever looks into it from outside: `key` may be the verifier key, and what a running cage has not moved into its store yet
 *  is seen, too. `locked`: the second copy of the last checkpoint. `cosigned`: those that witnesses have cosigned. */
export async function openForVerifying(
  io: Io,
  folder: string,
  options: FolderOptions & {
    /** What the option with the key is called. */
    readonly keyOption?: string;
  },
): Promise<{ readonly log: Log; readonly locked: string | null; readonly cosigned: readonly string[] }> {
  const path = folderOf(io, folder);
  const lockPath = options.lock === undefined ? lockPathOf(path) : resolve(io.cwd, options.lock);
  const locked = existsSync(lockPath) ? new FileLock(lockPath).read() : null;
  return sentences(async () => {
    const below = LmdbStorage.open({ folder: path, create: false, readOnly: true });
    try {
      // A copy of the folder comes without its lock.
      const newest = locked ?? fromUtf8(below.get(NAMESPACE.meta, "checkpoint") ?? new Uint8Array());
      const origin = options.origin ?? newest?.split("\n")[0];
      const signer = signerOf(io, path, { ...options, shown: folder, origin });
      const lock = new MemoryLock(locked);
      const storage = await JournalStorage.open({ storage: below, folder: path, lock, durable: false, readOnly: true });
      const opened = { storage, lock, signer, sha256: nativeSha256, verify: nativeVerifyEd25519, readOnly: true };
      return { log: await Log.open(opened), locked, cosigned: cosignedNotes(storage) };
    } catch (error) {
      await below.close();
      throw error;
    }
  });
}

/** Of the key that is trusted: it signs nothing here. */
function signerOf(
  io: Io,
  path: string,
  {
    key: given,
    origin,
    shown,
    keyOption = "--key",
  }: {
    readonly key?: string;
    readonly origin?: string | undefined;
    readonly shown: string;
    readonly keyOption?: string;
  },
): NoteSigner {
  const file = given === undefined ? join(path, "node.key") : resolve(io.cwd, given);
  const text = existsSync(file) ? readFileSync(file, "utf8").trim() : given;
  if (text === undefined)
    throw new UsageError(
      `\`${clean(shown)}\` holds no node.key`,
      `name the key that is trusted with ${keyOption}: the verifier key that a court or a cage prints, or its key file`,
    );
  const verifier = parseVerifierKey(text);
  if (verifier === undefined && !existsSync(file))
    throw new UsageError(
      `\`${clean(text)}\` is neither a verifier key nor a file`,
      "a verifier key looks like  name+1f2e3d4c+ATV…  and is copied whole: its middle is a check of the rest",
    );
  if (verifier === undefined) return checkpointSigner(origin ?? "localhost/court", readKeyFile(file));
  return {
    key: verifier,
    sign: () => {
      throw new Error("a verifier key signs nothing");
    },
  };
}

/** The first line of the last checkpoint. */
function originOf(lockPath: string): string | null {
  if (!existsSync(lockPath)) return null;
  return new FileLock(lockPath).read()?.split("\n")[0] ?? null;
}
