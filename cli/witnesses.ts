// Witnesses as commands are told of them: their keys, how many are asked for, and who has cosigned what.
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Witnessed } from "../ledger/cosigned.ts";
import { parseCosignerKey, type VerifierKey } from "../ledger/index.ts";
import { WITNESSES_MAX } from "../ledger/limits.ts";
import { UsageError } from "./exit.ts";
import type { Io } from "./io.ts";
import { clean } from "./terminal.ts";

export interface AskedWitnesses {
  readonly keys: readonly VerifierKey[];
  readonly needed: number;
}

/** Null: nobody asks. */
export function witnessesOf(
  io: Io,
  { witness = [], witnessesNeeded }: { readonly witness?: readonly string[]; readonly witnessesNeeded?: string },
): AskedWitnesses | null {
  if (witness.length === 0) {
    if (witnessesNeeded !== undefined)
      throw new UsageError("--witnesses-needed counts nobody", "name the keys of the witnesses with --witness");
    return null;
  }
  if (witness.length > WITNESSES_MAX)
    throw new UsageError(`${witness.length} witnesses are named, at most ${WITNESSES_MAX} may be`);
  const keys = witness.map((text) => {
    const path = resolve(io.cwd, text);
    const key = parseCosignerKey(existsSync(path) ? readFileSync(path, "utf8").trim() : text);
    if (key === undefined)
      throw new UsageError(
        `\`${clean(text)}\` is no key of a witness, and no file with one`,
        "`writ ledger witness` prints it; it looks like  name+1f2e3d4c+BTV…",
      );
    return key;
  });
  // One key under two names would count as two.
  const own = new Set(keys.map(({ publicKey }) => publicKey.join()));
  if (own.size < keys.length) throw new UsageError("one witness is named twice", "each has a key of its own");
  const needed = witnessesNeeded === undefined ? keys.length : Number(witnessesNeeded);
  if (!Number.isInteger(needed) || needed < 1 || needed > keys.length)
    throw new UsageError(
      `\`${clean(witnessesNeeded ?? "")}\` is no number of witnesses`,
      `write one from 1 to ${keys.length}`,
    );
  return { keys, needed };
}

/** Who, and when: by the clock of each. */
export const cosignersOf = ({ by }: Pick<Witnessed, "by">): string =>
  by.map(({ key, time }) => `${clean(key.name)} (${timeOf(time)})`).join(", ");

export const cosignedJson = ({ checkpoint, by }: Witnessed): object => ({
  size: checkpoint.size,
  by: by.map(({ key, time }) => ({ name: key.name, time: timeOf(time) })),
});

/** A clock may say anything: beyond what a date can hold the number stands for itself. */
const timeOf = (seconds: number): string =>
  seconds <= 8_640_000_000_000 ? new Date(seconds * 1_000).toISOString() : String(seconds);

/** Of the cosigned checkpoints of a log that with the most entries. */
export function newestOf(notes: readonly string[]): string | null {
  const sizeOf = (note: string): number => Number(note.split("\n")[1]);
  return notes.reduce<string | null>(
    (best, note) => (best === null || sizeOf(note) > sizeOf(best) ? note : best),
    null,
  );
}
