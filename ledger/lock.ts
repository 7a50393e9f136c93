// The last checkpoint, kept a second time outside the store. It is written and flushed before a checkpoint is shown to anyone;
// so a store that was put back from an old copy meets a lock that knows more, and opens read-only.
import { closeSync, existsSync, fdatasyncSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";
import { fromUtf8, utf8 } from "../core/index.ts";
import { LedgerError } from "./errors.ts";

export interface CheckpointLock {
  /** The last signed note written, or null at the very first start. Throws LedgerError when it cannot be read. */
  read(): string | null;
  /** Returns after the note is on disk. Throws LedgerError `ledger/flush-failed`. */
  write(note: string): void;
  close(): void;
}

/** Bytes of each of the two places of a lock file: a checkpoint with room for cosignatures. */
const PLACE_BYTES = 4_096;

/** A lock in a file; by its own path it can lie on another disk than the ledger.
 *
 *  The file has two places of 4,096 bytes, written in turn and in place: a length line, the note, zeros. A write that was cut
 *  leaves the other place whole. Written in place, a flush touches no metadata: 0.2 ms where a new file and a rename took 10. */
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
      throw new LedgerError("ledger/corrupt", `the lock \`${this.#path}\` holds no checkpoint`);
    const newest = sizeIn(second) > sizeIn(first) ? 1 : 0;
    this.#next = 1 - newest;
    return notes[newest] as string;
  }

  write(note: string): void {
    const bytes = utf8(`${note.length}\n${note}`);
    if (bytes.length > PLACE_BYTES)
      throw new LedgerError("ledger/flush-failed", `a checkpoint of ${bytes.length} bytes does not fit the lock`);
    const place = new Uint8Array(PLACE_BYTES);
    place.set(bytes);
    try {
      if (this.#handle === null) {
        const fresh = !existsSync(this.#path);
        this.#handle = openSync(this.#path, fresh ? "w+" : "r+", 0o600);
        if (fresh) {
          writeSync(this.#handle, new Uint8Array(2 * PLACE_BYTES));
          fsyncSync(this.#handle);
        }
      }
      writeSync(this.#handle, place, 0, PLACE_BYTES, this.#next * PLACE_BYTES);
      fdatasyncSync(this.#handle);
    } catch (error) {
      throw new LedgerError(
        "ledger/flush-failed",
        `the lock \`${this.#path}\` could not be written: ${(error as Error).message}`,
        error,
      );
    }
    this.#next = 1 - this.#next;
  }

  close(): void {
    if (this.#handle !== null) closeSync(this.#handle);
    this.#handle = null;
  }
}

/** The note of one place, or null when the place is empty or was cut. */
function noteIn(place: Uint8Array): string | null {
  const text = fromUtf8(place);
  const head = /^(\d+)\n/.exec(text ?? "");
  if (text === undefined || head === null) return null;
  const note = text.slice(head[0].length, head[0].length + Number(head[1]));
  const rest = text.slice(head[0].length + Number(head[1]));
  return note.endsWith("\n") && note.length === Number(head[1]) && /^\0*$/.test(rest) ? note : null;
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
