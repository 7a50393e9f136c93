// Proof that a log only grew: the size it grew from, the hashes, and the signed checkpoint it grew to. The form is the body of a request to a
// witness. Source: c2sp.org/tlog-witness, add-checkpoint; RFC 6962 section 2.1.2.
import { base64, fromBase64 } from "../core/index.ts";
import { PROOF_BYTES_MAX, PROOF_HASHES_MAX } from "./limits.ts";
import { HASH_BYTES } from "./merkle.ts";

export interface GrowthFile {
  readonly older: number;
  readonly path: readonly Uint8Array[];
  /** The signed note, verbatim. */
  readonly checkpoint: string;
}

export const printGrowth = ({ older, path, checkpoint }: GrowthFile): string =>
  `${[`old ${older}`, ...path.map(base64)].join("\n")}\n\n${checkpoint}`;

/** Reads a growth file in its one form, or says in words why it is none. */
export function parseGrowth(text: string): GrowthFile | { readonly reason: string } {
  if (text.length > PROOF_BYTES_MAX) return { reason: `a growth file has at most ${PROOF_BYTES_MAX} characters` };
  const split = text.indexOf("\n\n");
  if (split < 0) return { reason: "no empty line stands before the checkpoint" };
  const lines = text.slice(0, split).split("\n");
  const older = /^old (0|[1-9][0-9]{0,15})$/.exec(lines.shift() ?? "");
  if (older === null || !Number.isSafeInteger(Number(older[1])))
    return { reason: "the first line is not `old <size>`" };
  if (lines.length > PROOF_HASHES_MAX) return { reason: `a growth file has at most ${PROOF_HASHES_MAX} hashes` };
  const path: Uint8Array[] = [];
  for (const line of lines) {
    const hash = fromBase64(line);
    if (hash?.length !== HASH_BYTES) return { reason: `line ${path.length + 2} is not a hash` };
    path.push(hash);
  }
  return { older: Number(older[1]), path, checkpoint: text.slice(split + 2) };
}
