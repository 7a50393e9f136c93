// Reads a whole log and checks every hash: each entry against its tile, each tile against the tile above, the top against the
// signed root. Finds what a disk changed in silence; also the work of `writ ledger verify`.
import { equalBytes } from "../core/index.ts";
import { LedgerError } from "./errors.ts";
import type { Log } from "./log.ts";
import { leafHash, type Sha256 } from "./merkle.ts";
import type { Storage } from "./storage.ts";
import { hashAt, TILE_WIDTH } from "./tiles.ts";
import { Tree } from "./tree.ts";

export interface ScrubReport {
  readonly entries: number;
  /** The first thing that is wrong, or null. */
  readonly problem: LedgerError | null;
}

/** `onEntry` sees each entry that is right, in order; `progress` is called after each 256. */
export function scrub(
  log: Log,
  sha256: Sha256,
  options: {
    readonly onEntry?: (entry: Uint8Array, index: number) => void;
    readonly progress?: (done: number, of: number) => void;
    /** Further values to read, so that their hashes are checked too: the court's states. */
    readonly values?: { readonly storage: Storage; readonly namespaces: readonly string[] };
  } = {},
): ScrubReport {
  const tree = new Tree(sha256);
  const { size, root } = log.checkpoint;
  try {
    for (let index = 0; index < size; index++) {
      const entry = log.entry(index);
      tree.append(leafHash(entry, sha256));
      options.onEntry?.(entry, index);
      if ((index + 1) % TILE_WIDTH !== 0 && index + 1 !== size) continue;
      for (const { level, index: at, bytes } of tree.takeChanged()) {
        const stored = log.tile(level, at);
        for (let place = 0; place * 32 < bytes.length; place++) {
          if (!equalBytes(hashAt(stored, place), hashAt(bytes, place)))
            throw new LedgerError(
              "ledger/corrupt",
              `hash ${place} of tile ${level}/${at} does not follow from the entries`,
            );
        }
      }
      options.progress?.(index + 1, size);
    }
    if (!equalBytes(tree.root(), root))
      throw new LedgerError("ledger/corrupt", "the entries do not give the signed root");
    for (const namespace of options.values?.namespaces ?? []) readAll(options.values?.storage as Storage, namespace);
  } catch (error) {
    if (error instanceof LedgerError) return { entries: tree.size, problem: error };
    throw error;
  }
  return { entries: size, problem: null };
}

/** Reads each value of a namespace; the store checks their hashes. */
function readAll(storage: Storage, namespace: string): void {
  let from = "";
  for (;;) {
    const page = storage.range(namespace, { from, most: PAGE });
    if (page.length < PAGE) return;
    // The first key after the last one read.
    from = `${page.at(-1)?.key}\u0000`;
  }
}
/** Values read at once. */
const PAGE = 64;
