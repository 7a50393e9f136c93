// Everything a court stored, as chunks: canonical CBOR of [[namespace, key, value], …]. A snapshot read into an empty store
// gives the same court, checkpoint and all. Source of the shape: the snapshot chunks of ABCI, which carry bytes unseen.
import { CanonicalError, decode, encode, fromUtf8 } from "../core/index.ts";
import { type CheckpointLock, LedgerError, NAMESPACE, type Storage, type Write } from "../ledger/index.ts";
import { SNAPSHOT_CHUNK_BYTES } from "./limits.ts";
import { SPACE } from "./records.ts";

const NAMESPACES: readonly string[] = [...Object.values(NAMESPACE), ...Object.values(SPACE)];
/** Records read from the store at a time. */
const PAGE = 256;
/** The store's own word about its format: an empty store has its own. */
const isOwn = (namespace: string, key: string): boolean => namespace === NAMESPACE.meta && key === "version";

/** All records, in chunks of about a MiB. The caller sees to it that nothing is written meanwhile. */
export function takeSnapshot(storage: Storage): readonly Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let records: [string, string, Uint8Array][] = [];
  let bytes = 0;
  const close = (): void => {
    if (records.length > 0) chunks.push(encode(records));
    records = [];
    bytes = 0;
  };
  for (const namespace of NAMESPACES) {
    for (let from = ""; ; ) {
      const page = storage.range(namespace, { from, most: PAGE });
      for (const { key, value } of page) {
        if (isOwn(namespace, key)) continue;
        records.push([namespace, key, value]);
        bytes += value.length + key.length;
        if (bytes >= SNAPSHOT_CHUNK_BYTES) close();
      }
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) break;
      from = `${last.key}\u0000`;
    }
  }
  close();
  return chunks;
}

/** Reads a snapshot into an empty store, and into a new lock its checkpoint. A lock that knows a checkpoint keeps it, so that
 *  an old snapshot opens read-only. Opening the log afterwards checks everything against the signed checkpoint. */
export async function restoreSnapshot(
  { storage, lock }: { readonly storage: Storage; readonly lock: CheckpointLock },
  chunks: Iterable<Uint8Array>,
): Promise<void> {
  for (const namespace of NAMESPACES) {
    const present = storage.range(namespace, { most: 2 }).filter(({ key }) => !isOwn(namespace, key));
    if (present.length > 0) throw new LedgerError("ledger/not-a-ledger", "a snapshot is read into an empty store only");
  }
  for (const chunk of chunks) await storage.write(writesOf(chunk));
  const checkpoint = storage.get(NAMESPACE.meta, "checkpoint");
  const note = checkpoint === undefined ? undefined : fromUtf8(checkpoint);
  if (note !== undefined && lock.read() === null) lock.write(note);
}

function writesOf(chunk: Uint8Array): readonly Write[] {
  const bad = (why: string): never => {
    throw new LedgerError("ledger/corrupt", `a chunk of the snapshot cannot be read: ${why}`);
  };
  try {
    const records = decode(chunk);
    if (!Array.isArray(records)) return bad("it is no list");
    return records.map((record) => {
      const [namespace, key, value] =
        Array.isArray(record) && record.length === 3 ? record : bad("a record has three parts");
      if (
        typeof namespace !== "string" ||
        !NAMESPACES.includes(namespace) ||
        typeof key !== "string" ||
        !(value instanceof Uint8Array)
      )
        return bad("a record is misshapen");
      return { namespace, key, value: value.slice() };
    });
  } catch (error) {
    if (error instanceof CanonicalError) return bad(error.message);
    throw error;
  }
}
