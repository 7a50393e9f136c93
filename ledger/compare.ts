// Checkpoints of one log beside each other: what somebody kept, and what somebody else was shown. A log that shows two histories has signed
// both, and the two notes prove it. Pure, as the offline verifier is.
import { equalBytes } from "../core/index.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { type GrowthFile, parseGrowth } from "./growth.ts";
import type { VerifierKey, VerifyEd25519 } from "./note.ts";
import { parseProof } from "./proof.ts";
import { type ProofVerdict, verifyCheckpoint, verifyGrowth } from "./verify.ts";

/** A checkpoint as somebody keeps it. */
export interface Kept {
  /** The signed note, verbatim. */
  readonly note: string;
  readonly checkpoint: Checkpoint;
  /** How it grew from an earlier one, where that was kept with it. */
  readonly growth: GrowthFile | null;
}

/** Reads what holds a checkpoint: a signed note, a proof of an entry, or a proof of growth. */
export function readKept(
  text: string,
  trusted: readonly VerifierKey[],
  verify?: VerifyEd25519,
): Kept | Extract<ProofVerdict, { ok: false }> {
  const growth = text.startsWith("old ") ? parseGrowth(text) : null;
  const proof = text.startsWith("c2sp.org/") ? parseProof(text) : null;
  for (const read of [growth, proof])
    if (read !== null && "reason" in read) return { ok: false, code: "malformed", message: read.reason };
  const holder = (growth ?? proof) as { readonly checkpoint: string } | null;
  const note = holder?.checkpoint ?? text;
  const head = verifyCheckpoint(note, trusted, verify);
  return head.ok ? { note, checkpoint: head.checkpoint, growth: growth as GrowthFile | null } : head;
}

/** `same`, `grown`: one history. `fork`: two, and the two notes alone prove it. `other-log`: of two logs. `unproven`: of different sizes, and
 *  nothing shows how one grew to the other; `misproven`: what was given to show it does not. */
export type Relation = "same" | "grown" | "fork" | "other-log" | "unproven" | "misproven";

export function relation(a: Kept, b: Kept): Relation {
  const [older, newer] = a.checkpoint.size <= b.checkpoint.size ? [a, b] : [b, a];
  if (older.checkpoint.origin !== newer.checkpoint.origin) return "other-log";
  if (older.checkpoint.size === newer.checkpoint.size)
    return equalBytes(older.checkpoint.root, newer.checkpoint.root) ? "same" : "fork";
  // From the empty log everything grows.
  if (older.checkpoint.size === 0) return "grown";
  const { growth } = newer;
  if (growth === null || growth.older !== older.checkpoint.size) return "unproven";
  return verifyGrowth(older.checkpoint, newer.checkpoint, growth.path) ? "grown" : "misproven";
}
