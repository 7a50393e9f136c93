// What a witness has cosigned, one file a log: written and flushed before the cosignature leaves, in two places in turn, so that a process that is killed
// has the last one or the one before, and never less than what it answered.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { hex, sha256, utf8 } from "../core/index.ts";
import { parseHead } from "./checkpoint.ts";
import { LedgerError } from "./errors.ts";
import { FileLock } from "./lock.ts";
import { parseNote } from "./note.ts";
import type { Latest } from "./witness.ts";
import { claim, release } from "./writer.ts";

export interface Kept extends Latest {
  /** With the cosignature. */
  readonly note: string;
}

/** Name of a log in paths. Source: c2sp.org/tlog-witness, monitor retrieval. */
export const originHash = (origin: string): string => hex(sha256(utf8(origin)));

export class WitnessState {
  readonly #folder: string;
  readonly #kept = new Map<string, { readonly lock: FileLock; latest: Kept | null }>();

  /** The only process that writes there. Throws LedgerError: a file that is damaged is no reason to begin again, as another history could be
   *  cosigned then. */
  static open(folder: string, origins: Iterable<string>): WitnessState {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    claim(folder);
    try {
      return new WitnessState(folder, origins);
    } catch (error) {
      release(folder);
      throw error;
    }
  }

  private constructor(folder: string, origins: Iterable<string>) {
    this.#folder = folder;
    for (const origin of origins) {
      const path = join(folder, `${originHash(origin)}.cosigned`);
      const lock = new FileLock(path);
      const note = lock.read();
      const latest = note === null ? null : keptIn(note, origin);
      if (latest === undefined)
        throw new LedgerError("ledger/corrupt", `\`${path}\` holds no checkpoint of \`${origin}\``);
      this.#kept.set(origin, { lock, latest });
    }
  }

  latest(origin: string): Kept | null {
    return this.#kept.get(origin)?.latest ?? null;
  }

  /** On the disk when it returns. Throws LedgerError `ledger/flush-failed`: what the disk has is not known then. */
  keep(origin: string, kept: Kept): void {
    const of = this.#kept.get(origin)!;
    of.lock.write(kept.note);
    of.latest = kept;
  }

  close(): void {
    for (const { lock } of this.#kept.values()) lock.close();
    release(this.#folder);
  }
}

function keptIn(note: string, origin: string): Kept | undefined {
  const parsed = parseNote(note);
  const head = "reason" in parsed ? undefined : parseHead(parsed.text);
  return head === undefined || head.origin !== origin ? undefined : { size: head.size, root: head.root, note };
}
