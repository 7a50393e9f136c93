// The growing tree: appends hashes, keeps the tiles that changed, knows the root, and makes proofs from tiles.
//
// Invariant: `frontier[l]` is the root of the last complete subtree of 2^l entries that is not part of a larger complete one;
// it is there exactly when bit l of the size is set.
import { assert } from "../core/index.ts";
import { TILES_KEPT_MAX } from "./limits.ts";
import { emptyRoot, HASH_BYTES, nodeHash, type Sha256 } from "./merkle.ts";
import { partialWidth, TILE_HEIGHT, TILE_WIDTH } from "./tiles.ts";

/** Gives a stored tile, whole or partial (its length says its width). Throws when it is missing or damaged. */
export type TileSource = (level: number, index: number) => Uint8Array;

export interface TileWrite {
  readonly level: number;
  readonly index: number;
  readonly bytes: Uint8Array;
}

interface ChangedTile {
  readonly level: number;
  readonly index: number;
  readonly bytes: Uint8Array;
  width: number;
}

const TILE_BYTES = TILE_WIDTH * HASH_BYTES;

const bit = (size: number, level: number): boolean => Math.floor(size / 2 ** level) % 2 === 1;

export class Tree {
  readonly #sha256: Sha256;
  #size = 0;
  #frontier: (Uint8Array | undefined)[] = [];
  /** The last tile of each level. Copies of the tree share it: each writes only behind what the size says is filled. */
  #open: Uint8Array[] = [];
  #changed: ChangedTile[] = [];
  /** The last of them of each level. */
  #changing: (ChangedTile | undefined)[] = [];

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
      const open = new Uint8Array(TILE_BYTES);
      open.set(bytes.subarray(0, width * HASH_BYTES));
      tree.#open[level] = open;
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
    copy.#open = [...this.#open];
    return copy;
  }

  /** Appends the hash of one entry. */
  append(leaf: Uint8Array): void {
    let hash = leaf;
    let level = 0;
    const index = this.#size++;
    // Bit `level` of the index, and those above it.
    let rest = index;
    for (;;) {
      if (level % TILE_HEIGHT === 0) this.#push(level / TILE_HEIGHT, rest, hash);
      if (rest % 2 === 0) break;
      hash = nodeHash(this.#frontier[level] as Uint8Array, hash, this.#sha256);
      this.#frontier[level] = undefined;
      rest = (rest - 1) / 2;
      level++;
    }
    this.#frontier[level] = hash;
  }

  /** `at`: how many hashes of the level are before this one. */
  #push(level: number, at: number, hash: Uint8Array): void {
    const place = at % TILE_WIDTH;
    const index = (at - place) / TILE_WIDTH;
    // A full tile stays as it is: the next one gets bytes of its own.
    if (place === 0) this.#open[level] = new Uint8Array(TILE_BYTES);
    const bytes = this.#open[level] as Uint8Array;
    bytes.set(hash, place * HASH_BYTES);
    const changing = this.#changing[level];
    if (changing?.index === index) {
      changing.width = place + 1;
      return;
    }
    const changed = { level, index, bytes, width: place + 1 };
    this.#changing[level] = changed;
    this.#changed.push(changed);
  }

  /** Tiles written since the last call, each once, with its present content: what is in them now does not change any more, only more comes
   *  behind it. */
  takeChanged(): TileWrite[] {
    const out = this.#changed.map(({ level, index, bytes, width }) => ({
      level,
      index,
      bytes: bytes.subarray(0, width * HASH_BYTES),
    }));
    this.#changed = [];
    this.#changing = [];
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

/** The nodes of tiles, computed once per tile and kept: the hashes of the tile, then the row above them, up to its root. A full
 *  tile never changes; whoever widens a tile calls `forget`. What looks for damage on the disk must not read through this. */
export class InnerNodes {
  readonly #tiles: TileSource;
  /** In order of use: the first was used longest ago. */
  readonly #kept = new Map<string, TileNodes>();
  readonly sha256: Sha256;

  constructor(tiles: TileSource, sha256: Sha256) {
    this.#tiles = tiles;
    this.sha256 = sha256;
  }

  /** Root of the complete subtree of 2^level entries at `index`; at level 0 the hash of an entry. */
  root(level: number, index: number): Uint8Array {
    const row = level % TILE_HEIGHT;
    const width = TILE_WIDTH / 2 ** row;
    const { bytes, starts } = this.#nodes(Math.floor(level / TILE_HEIGHT), Math.floor(index / width));
    const at = (starts[row] ?? bytes.length) + (index % width) * HASH_BYTES;
    assert(at < (starts[row + 1] ?? bytes.length), "a tile is too narrow for a complete subtree");
    return bytes.slice(at, at + HASH_BYTES);
  }

  /** The tile is not what it was. */
  forget(level: number, index: number): void {
    this.#kept.delete(`${level}/${index}`);
  }

  #nodes(level: number, index: number): TileNodes {
    const key = `${level}/${index}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined) this.#kept.delete(key);
    const nodes = kept ?? nodesOf(this.#tiles(level, index), this.sha256);
    this.#kept.set(key, nodes);
    if (this.#kept.size > TILES_KEPT_MAX) {
      const oldest = this.#kept.keys().next();
      if (oldest.done !== true) this.#kept.delete(oldest.value);
    }
    return nodes;
  }
}

interface TileNodes {
  /** Row after row, 32 bytes a node. */
  readonly bytes: Uint8Array;
  /** Where each row starts, and where the last one ends. */
  readonly starts: readonly number[];
}

function nodesOf(tile: Uint8Array, sha256: Sha256): TileNodes {
  const starts = [0];
  for (let width = tile.length / HASH_BYTES; width >= 1; width = Math.floor(width / 2))
    starts.push((starts.at(-1) as number) + width * HASH_BYTES);
  const bytes = new Uint8Array(starts.at(-1) as number);
  bytes.set(tile);
  for (let row = 1; row + 1 < starts.length; row++) {
    let below = starts[row - 1] as number;
    for (let at = starts[row] as number; at < (starts[row + 1] as number); at += HASH_BYTES, below += 2 * HASH_BYTES)
      bytes.set(nodeHash(hashIn(bytes, below), hashIn(bytes, below + HASH_BYTES), sha256), at);
  }
  return { bytes, starts };
}

const hashIn = (bytes: Uint8Array, at: number): Uint8Array => bytes.subarray(at, at + HASH_BYTES);

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
