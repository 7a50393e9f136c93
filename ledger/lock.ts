// The last checkpoint, kept a second time outside the store. It is written and flushed before a checkpoint is shown to anyone;
// so a store that was put back from an old copy meets a lock that knows more, and opens read-only.
import {
  closeSync,
  existsSync,
  fdatasync,
  fdatasyncSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { fromUtf8, hex, sha256, utf8 } from "../core/index.ts";
import { LedgerError } from "./errors.ts";

export interface CheckpointLock {
  /** The last signed note written, or null at the very first start. Throws LedgerError when it cannot be read. */
  read(): string | null;
  /** Returns after the note is on disk. Throws LedgerError `ledger/flush-failed`. */
  write(note: string): void;
  /** The same without holding up this thread; one call at a time. */
  writeLater?(note: string): Promise<void>;
  close(): void;
}

/** Bytes of each of the two places of a lock file: a checkpoint with room for cosignatures. */
const PLACE_BYTES = 4_096;

/** A lock in a file; by its own path it can lie on another disk than the ledger.
 *
 *  The file has two places of 4,096 bytes, written in turn and in place: a line with the length and the SHA-256 of the note, the
 *  note, zeros. A write that was cut leaves the other place whole. Written in place, a flush touches no metadata: 0.2 ms where a new file and a rename took 10. */
export class FileLock implements CheckpointLock {
  readonly #path: string;
  #handle: number | null = null;
  #next = 0;
  constructor(path: string) {
    this.#path = path;
  }

  read(): string | null {
    if (!existsSync(this.#path)) return null;
    const bytes = readFileSync(this.#path);
    const notes = [0, 1].map((place) => noteIn(bytes.subarray(place * PLACE_BYTES, (place + 1) * PLACE_BYTES)));
    const [first, second] = notes as [string | null, string | null];
    if (first === null && second === null)
      throw new LedgerError(
        "ledger/lock-missing",
        `the lock \`${this.#path}\` is damaged: neither of its places holds a checkpoint`,
      );
    const newest = sizeIn(second) > sizeIn(first) ? 1 : 0;
    this.#next = 1 - newest;
    return notes[newest] as string;
  }

  write(note: string): void {
    this.#failing(() => fdatasyncSync(this.#put(note)));
  }

  async writeLater(note: string): Promise<void> {
    const handle = this.#failing(() => this.#put(note));
    await new Promise<void>((resolve, reject) => {
      fdatasync(handle, (error) => (error === null ? resolve() : reject(this.#failure(error))));
    });
  }

  /** Into the place whose turn it is, not yet flushed. */
  #put(note: string): number {
    const text = utf8(note);
    const head = utf8(`${text.length} ${hex(sha256(text))}\n`);
    if (head.length + text.length > PLACE_BYTES)
      throw new LedgerError("ledger/flush-failed", `a checkpoint of ${text.length} bytes does not fit the lock`);
    const place = new Uint8Array(PLACE_BYTES);
    place.set(head);
    place.set(text, head.length);
    if (this.#handle === null) {
      if (!existsSync(this.#path)) this.#create(place);
      this.#handle = openSync(this.#path, "r+");
    }
    writeSync(this.#handle, place, 0, PLACE_BYTES, this.#next * PLACE_BYTES);
    this.#next = 1 - this.#next;
    return this.#handle;
  }

  #failing<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw error instanceof LedgerError ? error : this.#failure(error as Error);
    }
  }
  #failure(error: Error): LedgerError {
    return new LedgerError(
      "ledger/flush-failed",
      `the lock \`${this.#path}\` could not be written: ${error.message}`,
      error,
    );
  }

  /** The file appears under its name only when it is whole, with the same note in both places. */
  #create(place: Uint8Array): void {
    const fresh = `${this.#path}.new`;
    withFile(fresh, "w", (handle) => {
      writeSync(handle, place);
      writeSync(handle, place);
      fsyncSync(handle);
    });
    renameSync(fresh, this.#path);
    // A new name is on disk only after its folder is.
    withFile(dirname(this.#path), "r", fsyncSync);
  }

  close(): void {
    if (this.#handle !== null) closeSync(this.#handle);
    this.#handle = null;
  }
}

function withFile(path: string, flags: string, action: (handle: number) => void): void {
  const handle = openSync(path, flags, 0o600);
  try {
    action(handle);
  } finally {
    closeSync(handle);
  }
}

/** The note of one place, or null when it was cut or changed. */
function noteIn(place: Uint8Array): string | null {
  const newline = place.indexOf(10);
  const head = /^([1-9][0-9]{0,3}) ([0-9a-f]{64})$/.exec(fromUtf8(place.subarray(0, Math.max(0, newline))) ?? "");
  if (head === null) return null;
  const text = place.subarray(newline + 1, newline + 1 + Number(head[1]));
  return hex(sha256(text)) === head[2] ? (fromUtf8(text) ?? null) : null;
}

/** Entries the checkpoint of a note covers: its second line. */
const sizeIn = (note: string | null): number => (note === null ? -1 : Number(note.split("\n")[1]));

export class MemoryLock implements CheckpointLock {
  #note: string | null;
  constructor(note: string | null = null) {
    this.#note = note;
  }
  read(): string | null {
    return this.#note;
  }
  write(note: string): void {
    this.#note = note;
  }
  close(): void {}
}
