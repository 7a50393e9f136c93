// The offline verifier: an entry, its proof file and the keys one trusts go in, a verdict comes out. Pure: no clock, disk or
// net, no `node:` module, so that it runs in a browser page or in a machine without a network.

import type { Checkpoint } from "./checkpoint.ts";
import { parseCheckpoint } from "./checkpoint.ts";
import { leafHash, verifyConsistency, verifyInclusion } from "./merkle.ts";
import {
  type NoteVerdict,
  parseNote,
  pureVerifyEd25519,
  type VerifierKey,
  type VerifyEd25519,
  verifyNote,
} from "./note.ts";
import { parseProof } from "./proof.ts";

export { type Checkpoint, parseCheckpoint, printCheckpoint } from "./checkpoint.ts";
export { leafHash, verifyConsistency, verifyInclusion } from "./merkle.ts";
export { parseVerifierKey, printVerifierKey, type VerifierKey, verifierKey } from "./note.ts";
export { type ProofFile, parseProof, printProof } from "./proof.ts";

export type ProofProblem =
  | "malformed" // the file is not a proof, or the note in it not a note
  | "not-a-checkpoint" // the signed text is not origin, size and root
  | "wrong-origin" // signed for another log than the trusted key's
  | "unknown-key" // no signature by a trusted key
  | "bad-signature" // a trusted key's signature does not fit the text
  | "bad-proof"; // the path does not lead from this entry to the signed root

export type ProofVerdict =
  | {
      readonly ok: true;
      readonly index: number;
      readonly checkpoint: Checkpoint;
      readonly signers: readonly VerifierKey[];
      readonly pathLength: number;
    }
  | { readonly ok: false; readonly code: ProofProblem; readonly message: string };

const no = (code: ProofProblem, message: string): ProofVerdict => ({ ok: false, code, message });

/** Reads and checks a signed checkpoint. The key that counts is the log's own: its name is the origin. */
export function verifyCheckpoint(
  note: string,
  trusted: readonly VerifierKey[],
  verify: VerifyEd25519 = pureVerifyEd25519,
):
  | { readonly ok: true; readonly checkpoint: Checkpoint; readonly signers: readonly VerifierKey[] }
  | Extract<ProofVerdict, { ok: false }> {
  const fail = (code: ProofProblem, message: string): Extract<ProofVerdict, { ok: false }> => ({
    ok: false,
    code,
    message,
  });
  const parsed = parseNote(note);
  if ("reason" in parsed) return fail("malformed", `the checkpoint is not a signed note: ${parsed.reason}`);
  const checkpoint = parseCheckpoint(parsed.text);
  if (checkpoint === undefined) return fail("not-a-checkpoint", "the signed text is not an origin, a size and a root");
  const verdict: NoteVerdict = verifyNote(parsed, trusted, verify);
  if (!verdict.ok) {
    return verdict.code === "unknown-key"
      ? fail("unknown-key", `no trusted key signed this checkpoint; it is signed by \`${verdict.name}\``)
      : fail("bad-signature", `the signature of \`${verdict.name}\` does not fit the checkpoint`);
  }
  if (!verdict.by.some((key) => key.name === checkpoint.origin)) {
    return fail(
      "wrong-origin",
      `the checkpoint is of \`${checkpoint.origin}\`, the trusted key is of \`${verdict.by[0]?.name}\``,
    );
  }
  return { ok: true, checkpoint, signers: verdict.by };
}

/** Is this entry in the log of one of the trusted keys, as the proof file says? */
export function verifyProof(
  entry: Uint8Array,
  proofText: string,
  trusted: readonly VerifierKey[],
  verify: VerifyEd25519 = pureVerifyEd25519,
): ProofVerdict {
  const proof = parseProof(proofText);
  if ("reason" in proof) return no("malformed", proof.reason);
  const head = verifyCheckpoint(proof.checkpoint, trusted, verify);
  if (!head.ok) return head;
  const { checkpoint, signers } = head;
  if (proof.index >= checkpoint.size)
    return no("bad-proof", `index ${proof.index} is not in a tree of ${checkpoint.size} entries`);
  if (!verifyInclusion(leafHash(entry), { index: proof.index, size: checkpoint.size }, proof.path, checkpoint.root)) {
    return no("bad-proof", `the path does not lead from this entry at index ${proof.index} to the signed root`);
  }
  return { ok: true, index: proof.index, checkpoint, signers, pathLength: proof.path.length };
}

/** Did the log only grow between two of its checkpoints? */
export function verifyGrowth(older: Checkpoint, newer: Checkpoint, proof: readonly Uint8Array[]): boolean {
  if (older.origin !== newer.origin) return false;
  return older.size === 0 ? newer.size >= 0 && proof.length === 0 : verifyConsistency(older, newer, proof);
}
