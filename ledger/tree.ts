// The growing tree: appends hashes, keeps the tiles that changed, knows the root, and makes proofs from tiles.
//
// Invariant: `frontier[l]` is the root of the last complete subtree of 2^l entries that is not part of a larger complete one;
// it is there exactly when bit l of the size is set.
import { assert } from "../core/index.ts";
import { TILES_KEPT_MAX } from "./limits.ts";
import { emptyRoot, HASH_BYTES, nodeHash, type Sha256 } from "./merkle.ts";
import { hashAt, partialWidth, TILE_HEIGHT, TILE_WIDTH } from "./tiles.ts";

/** Gives a stored tile, whole or partial (its length says its width). Throws when it is missing or damaged. */
export type TileSource = (level: number, index: number) => Uint8Array;

export interface TileWrite {
  readonly level: number;
  readonly index: number;
  readonly bytes: Uint8Array;
}

const bit = (size: number, level: number): boolean => Math.floor(size / 2 ** level) % 2 === 1;

export class Tree {
  readonly #sha256: Sha256;
  #size = 0;
  #frontier: (Uint8Array | undefined)[] = [];
  /** The last tile of each level as far as it is filled. */
  #open: Uint8Array[][] = [];
  #changed = new Map<string, { level: number; index: number; hashes: Uint8Array[] }>();

  constructor(sha256: Sha256) {
    this.#sha256 = sha256;
  }

  /** A tree of `size` entries whose tiles are stored. */
  static load(size: number, tiles: TileSource, sha256: Sha256): Tree {
    const tree = new Tree(sha256);
    tree.#size = size;
    for (let level = 0; TILE_WIDTH ** level <= size; level++) {
      const width = partialWidth(level, size);
      const bytes = width === 0 ? new Uint8Array() : tiles(level, Math.floor(size / TILE_WIDTH ** (level + 1)));
      assert(bytes.length >= width * HASH_BYTES, "a tile is narrower than the size says");
      tree.#open[level] = Array.from({ length: width }, (_, i) => hashAt(bytes, i).slice());
    }
    const nodes = new InnerNodes(tiles, sha256);
    for (let level = 0; 2 ** level <= size; level++)
      if (bit(size, level)) tree.#frontier[level] = nodes.root(level, Math.floor(size / 2 ** level) - 1);
    return tree;
  }

  get size(): number {
    return this.#size;
  }

  /** A copy to append to; the original stays as it is should the batch fail. */
  fork(): Tree {
    const copy = new Tree(this.#sha256);
    copy.#size = this.#size;
    copy.#frontier = [...this.#frontier];
    copy.#open = this.#open.map((hashes) => [...hashes]);
    return copy;
  }

  /** Appends the hash of one entry. */
  append(leaf: Uint8Array): void {
    let hash = leaf;
    let level = 0;
    const index = this.#size++;
    for (;;) {
      if (level % TILE_HEIGHT === 0) this.#push(level / TILE_HEIGHT, hash);
      if (!bit(index, level)) break;
      hash = nodeHash(this.#frontier[level] as Uint8Array, hash, this.#sha256);
      this.#frontier[level] = undefined;
      level++;
    }
    this.#frontier[level] = hash;
  }

  #push(level: number, hash: Uint8Array): void {
    this.#open[level] ??= [];
    const hashes = this.#open[level];
    hashes.push(hash);
    const index = Math.floor((this.#size - 1) / TILE_WIDTH ** (level + 1));
    this.#changed.set(`${level}/${index}`, { level, index, hashes });
    if (hashes.length === TILE_WIDTH) this.#open[level] = [];
  }

  /** Tiles written since the last call, each once, with its present content. */
  takeChanged(): TileWrite[] {
    const out = [...this.#changed.values()].map(({ level, index, hashes }) => {
      const bytes = new Uint8Array(hashes.length * HASH_BYTES);
      for (const [i, hash] of hashes.entries()) bytes.set(hash, i * HASH_BYTES);
      return { level, index, bytes };
    });
    this.#changed = new Map();
    return out;
  }

  /** Root over all entries. Source: RFC 6962, section 2.1. */
  root(): Uint8Array {
    let root: Uint8Array | undefined;
    for (const hash of this.#frontier)
      if (hash !== undefined) root = root === undefined ? hash : nodeHash(hash, root, this.#sha256);
    return root ?? emptyRoot(this.#sha256);
  }
}

/** The nodes between the hashes of tiles, computed once per tile. A full tile never changes, so its nodes are kept; the tiles
 *  at the right edge are computed anew. */
export class InnerNodes {
  readonly #tiles: TileSource;
  readonly #kept = new Map<string, Uint8Array[][]>();
  readonly sha256: Sha256;

  constructor(tiles: TileSource, sha256: Sha256) {
    this.#tiles = tiles;
    this.sha256 = sha256;
  }

  /** Root of the complete subtree of 2^level entries at `index`. */
  root(level: number, index: number): Uint8Array {
    const inside = level % TILE_HEIGHT;
    const first = index * 2 ** inside;
    const rows = this.#rows(Math.floor(level / TILE_HEIGHT), Math.floor(first / TILE_WIDTH));
    const hash = rows[inside]?.[(first % TILE_WIDTH) / 2 ** inside];
    assert(hash !== undefined, "a tile is too narrow for a complete subtree");
    return hash;
  }

  #rows(level: number, index: number): Uint8Array[][] {
    const key = `${level}/${index}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined) return kept;
    const tile = this.#tiles(level, index);
    const rows = [Array.from({ length: tile.length / HASH_BYTES }, (_, i) => hashAt(tile, i))];
    for (let row = rows[0] as Uint8Array[]; row.length > 1; row = rows.at(-1) as Uint8Array[]) {
      const above: Uint8Array[] = [];
      for (let i = 0; i + 1 < row.length; i += 2)
        above.push(nodeHash(row[i] as Uint8Array, row[i + 1] as Uint8Array, this.sha256));
      rows.push(above);
    }
    if (tile.length !== TILE_WIDTH * HASH_BYTES) return rows;
    if (this.#kept.size >= TILES_KEPT_MAX) this.#kept.delete(this.#kept.keys().next().value as string);
    this.#kept.set(key, rows);
    return rows;
  }
}

/** Root of entries [from, to): from is a multiple of the largest power of two below the length, as the recursion of RFC 6962 has it. */
function rangeRoot(from: number, to: number, nodes: InnerNodes): Uint8Array {
  const length = to - from;
  let level = 0;
  while (2 ** (level + 1) <= length) level++;
  if (2 ** level === length) return nodes.root(level, from / length);
  const middle = from + 2 ** level;
  return nodeHash(rangeRoot(from, middle, nodes), rangeRoot(middle, to, nodes), nodes.sha256);
}

const split = (length: number): number => {
  let power = 1;
  while (power * 2 < length) power *= 2;
  return power;
};

/** Root over the first `size` entries, from stored tiles. */
export function rootAt(size: number, nodes: InnerNodes): Uint8Array {
  return size === 0 ? emptyRoot(nodes.sha256) : rangeRoot(0, size, nodes);
}

/** Proof that entry `index` is in the tree of the first `size`. Source: RFC 6962, section 2.1.1 (PATH). */
export function inclusionProof(index: number, size: number, nodes: InnerNodes): Uint8Array[] {
  assert(index >= 0 && index < size, "the entry is in the tree");
  const proof: Uint8Array[] = [];
  let from = 0;
  let to = size;
  while (to - from > 1) {
    const middle = from + split(to - from);
    if (index < middle) {
      proof.unshift(rangeRoot(middle, to, nodes));
      to = middle;
    } else {
      proof.unshift(rangeRoot(from, middle, nodes));
      from = middle;
    }
  }
  return proof;
}

/** Proof that the tree of `size` grew from the tree of `older`; empty for equal sizes. Source: RFC 6962, section 2.1.2 (SUBPROOF). */
export function consistencyProof(older: number, size: number, nodes: InnerNodes): Uint8Array[] {
  assert(older > 0 && older <= size, "the older tree is not empty and not larger");
  const proof: Uint8Array[] = [];
  let from = 0;
  let to = size;
  let complete = true;
  while (older !== to) {
    const middle = from + split(to - from);
    if (older <= middle) {
      proof.unshift(rangeRoot(middle, to, nodes));
      to = middle;
    } else {
      proof.unshift(rangeRoot(from, middle, nodes));
      from = middle;
      complete = false;
    }
  }
  if (!complete) proof.unshift(rangeRoot(from, to, nodes));
  return proof;
}
