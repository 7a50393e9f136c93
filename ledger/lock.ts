// The last checkpoint, kept a second time outside the store. It is written and flushed before a checkpoint is shown to anyone;
// so a store that was put back from an old copy meets a lock that knows more, and opens read-only.
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { LedgerError } from "./errors.ts";

export interface CheckpointLock {
  /** The last signed note written, or null at the very first start. */
  read(): string | null;
  /** Returns after the note is on disk. */
  write(note: string): void;
}

/** A lock in a file; by its own path it can lie on another disk than the ledger. */
export class FileLock implements CheckpointLock {
  readonly #path: string;
  constructor(path: string) {
    this.#path = path;
  }

  read(): string | null {
    return existsSync(this.#path) ? readFileSync(this.#path, "utf8") : null;
  }

  write(note: string): void {
    const fresh = `${this.#path}.new`;
    try {
      const handle = openSync(fresh, "w", 0o600);
      writeSync(handle, note);
      fsyncSync(handle);
      closeSync(handle);
      renameSync(fresh, this.#path);
      const folder = openSync(dirname(this.#path), "r");
      fsyncSync(folder);
      closeSync(folder);
    } catch (error) {
      throw new LedgerError(
        "ledger/flush-failed",
        `the lock \`${this.#path}\` could not be written: ${(error as Error).message}`,
        error,
      );
    }
  }
}

export class MemoryLock implements CheckpointLock {
  #note: string | null = null;
  read(): string | null {
    return this.#note;
  }
  write(note: string): void {
    this.#note = note;
  }
}
