// Tiles of entries whose store has them not, as the process ended before they were written: they follow from the entries.
import { fromUtf8 } from "../core/index.ts";
import { parseCheckpoint } from "./checkpoint.ts";
import { LedgerError } from "./errors.ts";
import { leafHash, type Sha256 } from "./merkle.ts";
import { parseNote } from "./note.ts";
import { NAMESPACE, numberKey, type Storage, tileKey, type Write } from "./storage.ts";
import { Tree } from "./tree.ts";

/** `storage`: with the tiles of all entries of its checkpoint. `entries`: those behind them, by their keys. Whether they are the right ones is
 *  told by the log, whose root they give. Throws LedgerError `ledger/corrupt`. */
export function tilesAgain(
  storage: Pick<Storage, "get">,
  entries: { get(key: string): Uint8Array | null | undefined },
  sha256: Sha256,
): Write[] {
  const tree = Tree.load(sizeOf(storage), tileOf(storage), sha256);
  for (;;) {
    const next = entries.get(numberKey(tree.size)) ?? null;
    if (next === null) break;
    tree.append(leafHash(next, sha256));
  }
  return tree
    .takeChanged()
    .map(({ level, index, bytes }) => ({ namespace: NAMESPACE.tiles, key: tileKey(level, index), value: bytes }));
}

function sizeOf(storage: Pick<Storage, "get">): number {
  const stored = storage.get(NAMESPACE.meta, "checkpoint");
  if (stored === undefined) return 0;
  const note = parseNote(fromUtf8(stored) ?? "");
  const checkpoint = "reason" in note ? undefined : parseCheckpoint(note.text);
  if (checkpoint === undefined) throw new LedgerError("ledger/corrupt", "a stored checkpoint cannot be read");
  return checkpoint.size;
}

const tileOf =
  (storage: Pick<Storage, "get">) =>
  (level: number, index: number): Uint8Array => {
    const tile = storage.get(NAMESPACE.tiles, tileKey(level, index));
    if (tile === undefined) throw new LedgerError("ledger/corrupt", `tile ${level}/${index} is missing`);
    return tile;
  };
