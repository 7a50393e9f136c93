// What a witness answers to a checkpoint, as a function of what it has seen before: whoever asks, it cosigns one history of a log and no other.
// Pure; `witness-server.ts` keeps what was cosigned. Source: c2sp.org/tlog-witness, add-checkpoint.
import { equalBytes, utf8Length } from "../core/index.ts";
import { type Checkpoint, parseHead } from "./checkpoint.ts";
import { parseGrowth } from "./growth.ts";
import { WITNESS_NOTE_BYTES_MAX, WITNESS_PROOF_HASHES_MAX } from "./limits.ts";
import { emptyRoot, growsFromNothing, verifyConsistency } from "./merkle.ts";
import { parseNote, type VerifierKey, type VerifyEd25519, verifyNote } from "./note.ts";

/** Keys of each log, by its origin. A log without keys is known, and nothing of it is taken. */
export type WitnessedLogs = ReadonlyMap<string, readonly VerifierKey[]>;

/** The head that was cosigned last. */
export type Latest = Pick<Checkpoint, "size" | "root">;
export const NOTHING_SEEN: Latest = { size: 0, root: emptyRoot() };

export type Judged =
  | {
      readonly status: 200;
      readonly checkpoint: Checkpoint;
      /** The signed text. */
      readonly text: string;
      /** With the signatures of the log's own keys, and no others. */
      readonly note: string;
    }
  | {
      readonly status: 400 | 403 | 404 | 409 | 422;
      /** One line for people. */
      readonly reason: string;
      /** With 409: what was cosigned last. */
      readonly latest?: Latest;
      /** Signed by the log, and not cosigned: it may prove that the log has two histories. */
      readonly evidence?: string;
    };

export function judge(
  body: string,
  logs: WitnessedLogs,
  latestOf: (origin: string) => Latest | null,
  verify?: VerifyEd25519,
): Judged {
  const growth = parseGrowth(body);
  if ("reason" in growth) return { status: 400, reason: growth.reason };
  const { older, path, checkpoint: note } = growth;
  if (path.length > WITNESS_PROOF_HASHES_MAX)
    return { status: 400, reason: `a proof has at most ${WITNESS_PROOF_HASHES_MAX} hashes` };
  const parsed = parseNote(note);
  if ("reason" in parsed) return { status: 400, reason: parsed.reason };
  const { text } = parsed;
  const checkpoint = parseHead(text);
  if (checkpoint === undefined) return { status: 400, reason: "the note is no checkpoint" };
  const { origin, size, root } = checkpoint;
  const keys = logs.get(origin);
  if (keys === undefined) return { status: 404, reason: "the log is not known here" };
  const verdict = verifyNote(parsed, keys, verify);
  if (!verdict.ok)
    return {
      status: 403,
      reason: verdict.code === "unknown-key" ? "no key of the log has signed it" : "invalid signature of the log",
    };
  if (older > size) return { status: 400, reason: `the old size ${older} is larger than ${size}` };
  const latest = latestOf(origin) ?? NOTHING_SEEN;
  if (older !== latest.size)
    return { status: 409, reason: `the checkpoint that was cosigned last has ${latest.size} entries`, latest };
  const wrong = problemOf(latest, { size, root }, path);
  if (wrong !== null) return { status: 422, reason: wrong, evidence: note };
  // Lines and signatures stand in one order.
  const lines = note.slice(text.length + 1).split("\n");
  const kept = parsed.signatures.flatMap(({ name, id }, at) =>
    verdict.by.some((key) => key.name === name && equalBytes(key.id, id)) ? [`${lines[at]}\n`] : [],
  );
  const signed = `${text}\n${[...new Set(kept)].join("")}`;
  return utf8Length(signed) > WITNESS_NOTE_BYTES_MAX
    ? { status: 400, reason: `a checkpoint has at most ${WITNESS_NOTE_BYTES_MAX} bytes` }
    : { status: 200, checkpoint, text, note: signed };
}

/** Null: it grew from what was seen. */
function problemOf(latest: Latest, newer: Latest, path: readonly Uint8Array[]): string | null {
  if (newer.size === 0 && !equalBytes(newer.root, NOTHING_SEEN.root)) return "a log without entries has another root";
  if (latest.size === 0)
    return growsFromNothing(NOTHING_SEEN, path) ? null : "a consistency proof from nothing is empty";
  if (latest.size === newer.size && !equalBytes(latest.root, newer.root))
    return "another root was cosigned at this size";
  return verifyConsistency(latest, newer, path)
    ? null
    : `the consistency proof does not lead from ${latest.size} entries to ${newer.size}`;
}
