// The proof file of one entry: its index, the path to the root, and the signed checkpoint. Source: c2sp.org/tlog-proof.
import { base64, fromBase64 } from "../core/index.ts";
import { PROOF_BYTES_MAX, PROOF_HASHES_MAX } from "./limits.ts";
import { HASH_BYTES } from "./merkle.ts";

const HEADER = "c2sp.org/tlog-proof@v1";

export interface ProofFile {
  readonly index: number;
  readonly path: readonly Uint8Array[];
  /** The signed note, verbatim. */
  readonly checkpoint: string;
  /** Opaque, not covered by anything; null when absent. */
  readonly extra: Uint8Array | null;
}

export function printProof({ index, path, checkpoint, extra }: ProofFile): string {
  const lines = [HEADER, ...(extra === null ? [] : [`extra ${base64(extra)}`]), `index ${index}`, ...path.map(base64)];
  return `${lines.join("\n")}\n\n${checkpoint}`;
}

/** Reads a proof file in its one form, or says in words why it is none. */
export function parseProof(text: string): ProofFile | { readonly reason: string } {
  if (text.length > PROOF_BYTES_MAX) return { reason: `a proof file has at most ${PROOF_BYTES_MAX} characters` };
  const split = text.indexOf("\n\n");
  if (split < 0) return { reason: "no empty line stands before the checkpoint" };
  const lines = text.slice(0, split).split("\n");
  if (lines.shift() !== HEADER) return { reason: `the first line is not \`${HEADER}\`` };
  let extra: Uint8Array | null = null;
  if (lines[0]?.startsWith("extra ")) {
    const bytes = fromBase64((lines.shift() as string).slice(6));
    if (bytes === undefined) return { reason: "the extra line is not base64" };
    extra = bytes;
  }
  const index = /^index (0|[1-9][0-9]{0,15})$/.exec(lines.shift() ?? "");
  if (index === null || !Number.isSafeInteger(Number(index[1])))
    return { reason: "the index line is missing or not a number" };
  if (lines.length > PROOF_HASHES_MAX) return { reason: `a path has at most ${PROOF_HASHES_MAX} hashes` };
  const path: Uint8Array[] = [];
  for (const line of lines) {
    const hash = fromBase64(line);
    if (hash?.length !== HASH_BYTES) return { reason: `line ${path.length + 1} of the path is not a hash` };
    path.push(hash);
  }
  return { index: Number(index[1]), path, checkpoint: text.slice(split + 2), extra };
}
