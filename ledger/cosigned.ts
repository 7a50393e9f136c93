// Cosigned checkpoints as a log keeps them beside its own: for each number of witnesses the newest note that so many have cosigned, so that one of them who is
// down for a day does not take away what all had said before.
import { fromUtf8, utf8 } from "../core/index.ts";
import { type Checkpoint, parseCheckpoint } from "./checkpoint.ts";
import { type Cosigned, verifyCosignatures } from "./cosignature.ts";
import { WITNESSES_MAX } from "./limits.ts";
import { type Note, parseNote, type VerifierKey, type VerifyEd25519, verifyNote } from "./note.ts";
import { numberKey, type Storage, type Write } from "./storage.ts";

const NAMESPACE = "cosigned";

export const cosignedWrites = (note: string, by: number): Write[] =>
  Array.from({ length: by }, (_, at) => ({ namespace: NAMESPACE, key: numberKey(at + 1), value: utf8(note) }));

/** Each once. */
export function cosignedNotes(storage: Pick<Storage, "range">): readonly string[] {
  const kept = storage.range(NAMESPACE, { most: WITNESSES_MAX });
  return [...new Set(kept.map(({ value }) => fromUtf8(value) ?? ""))];
}

/** A checkpoint with who has cosigned it. */
export interface Witnessed {
  readonly note: string;
  readonly checkpoint: Checkpoint;
  readonly by: readonly Cosigned[];
}

/** What one note proves of a log. `bad`: a line of a known key does not fit, whoever wrote it. */
export function witnessedIn(
  note: string,
  {
    log,
    witnesses,
    verify,
  }: { readonly log: VerifierKey; readonly witnesses: readonly VerifierKey[]; readonly verify?: VerifyEd25519 },
): Witnessed | { readonly bad: string } {
  const parsed: Note | { readonly reason: string } = parseNote(note);
  if ("reason" in parsed) return { bad: parsed.reason };
  const checkpoint = parseCheckpoint(parsed.text);
  if (checkpoint === undefined || checkpoint.origin !== log.name) return { bad: "it is no checkpoint of this log" };
  if (!verifyNote(parsed, [log], verify).ok) return { bad: "the log has not signed it" };
  const verdict = verifyCosignatures(parsed, witnesses, verify);
  return verdict.ok
    ? { note, checkpoint, by: verdict.by }
    : { bad: `the cosignature of \`${verdict.name}\` does not fit` };
}
