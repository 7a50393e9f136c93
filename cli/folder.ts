// A ledger folder opened for reading, without asking for what the folder itself can tell: its key, and the origin of its log.
import { existsSync, readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { readKeyFile } from "../court-node/keys.ts";
import { openForReading } from "../court-node/node.ts";
import { FileLock, type LmdbStorage, type Log, lockPathOf } from "../ledger/index.ts";
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
): Promise<{ readonly log: Log; readonly storage: LmdbStorage }> {
  const path = resolve(io.cwd, folder);
  if (!existsSync(path)) throw new UsageError(`there is no folder \`${clean(folder)}\``);
  if (!statSync(path).isDirectory()) throw new UsageError(`\`${clean(folder)}\` is a file; a ledger is a folder`);
  if (readdirSync(path).length === 0) throw new UsageError(`\`${clean(folder)}\` is empty: no court has used it`);
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

/** The first line of the last checkpoint. */
function originOf(lockPath: string): string | null {
  if (!existsSync(lockPath)) return null;
  return new FileLock(lockPath).read()?.split("\n")[0] ?? null;
}
