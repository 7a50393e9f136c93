// The Merkle tree of RFC 6962: hashes, roots, and the checking of proofs. Making proofs is `tree.ts`; nothing is shared
// between the two but the two hash functions, so that one does not repeat a mistake of the other.
import { compareBytes, sha256 as pureSha256 } from "../core/index.ts";
import { LEAF_SHARED_BYTES_MAX, PROOF_HASHES_MAX, TREE_SIZE_MAX } from "./limits.ts";

/** SHA-256 of bytes: 32 bytes. The pure one by default; a Node program passes its native one. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array;

export const HASH_BYTES = 32;

// What is hashed is put together here: hashing never yields, and memory of its own for each hash costs as much as the hash.
const leafBytes = new Uint8Array(LEAF_SHARED_BYTES_MAX);
const nodeBytes = new Uint8Array(1 + 2 * HASH_BYTES);

/** Hash of an entry. Source: RFC 6962, section 2.1: SHA-256(0x00 || entry). */
export function leafHash(entry: Uint8Array, sha256: Sha256 = pureSha256): Uint8Array {
  const bytes =
    entry.length < LEAF_SHARED_BYTES_MAX ? leafBytes.subarray(0, 1 + entry.length) : new Uint8Array(1 + entry.length);
  bytes[0] = 0;
  bytes.set(entry, 1);
  return sha256(bytes);
}

/** Hash of two subtrees. Source: RFC 6962, section 2.1: SHA-256(0x01 || left || right). */
export function nodeHash(left: Uint8Array, right: Uint8Array, sha256: Sha256 = pureSha256): Uint8Array {
  nodeBytes[0] = 1;
  nodeBytes.set(left, 1);
  nodeBytes.set(right, 1 + HASH_BYTES);
  return sha256(nodeBytes);
}

/** Root of the tree without entries: the hash of no bytes. */
export const emptyRoot = (sha256: Sha256 = pureSha256): Uint8Array => sha256(new Uint8Array());

const isSize = (size: number): boolean => Number.isSafeInteger(size) && size >= 0 && size <= TREE_SIZE_MAX;
const wellFormed = (proof: readonly Uint8Array[]): boolean =>
  proof.length <= PROOF_HASHES_MAX && proof.every((hash) => hash.length === HASH_BYTES);

/** The root that an inclusion proof leads to, or undefined when the numbers or the length of the proof cannot be right.
 *  Source: RFC 9162, section 2.1.3.2. */
export function rootFromInclusion(
  leaf: Uint8Array,
  at: { readonly index: number; readonly size: number },
  proof: readonly Uint8Array[],
  sha256: Sha256 = pureSha256,
): Uint8Array | undefined {
  if (!isSize(at.size) || !isSize(at.index) || at.index >= at.size || leaf.length !== HASH_BYTES || !wellFormed(proof))
    return undefined;
  let node = at.index;
  let last = at.size - 1;
  let hash = leaf;
  for (const sibling of proof) {
    if (last === 0) return undefined;
    if (node % 2 === 1 || node === last) {
      hash = nodeHash(sibling, hash, sha256);
      // The levels at which the right edge has no sibling are passed over.
      while (node % 2 === 0 && node !== 0) {
        node /= 2;
        last = Math.floor(last / 2);
      }
    } else hash = nodeHash(hash, sibling, sha256);
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 ? hash : undefined;
}

/** Does the proof show that the leaf stands at `index` of the tree with this size and root? */
export function verifyInclusion(
  leaf: Uint8Array,
  at: { readonly index: number; readonly size: number },
  proof: readonly Uint8Array[],
  root: Uint8Array,
): boolean {
  const reached = rootFromInclusion(leaf, at, proof);
  return reached !== undefined && compareBytes(reached, root) === 0;
}

/** Does the proof show that the tree of `newer` only grew from the tree of `older`? A tree of size 0 has no proof: everything
 *  grew from it, so nothing is shown, and the answer is no; see `growsFromNothing`. Source: RFC 9162, section 2.1.4.2. */
export function verifyConsistency(
  older: { readonly size: number; readonly root: Uint8Array },
  newer: { readonly size: number; readonly root: Uint8Array },
  proof: readonly Uint8Array[],
): boolean {
  if (!isSize(older.size) || !isSize(newer.size) || older.size === 0 || older.size > newer.size || !wellFormed(proof))
    return false;
  if (older.size === newer.size) return proof.length === 0 && compareBytes(older.root, newer.root) === 0;
  // A complete subtree is its own first hash; it is left out of the proof.
  const path = isPowerOfTwo(older.size) ? [older.root, ...proof] : [...proof];
  const first = path.shift();
  if (first === undefined) return false;
  let node = older.size - 1;
  let last = newer.size - 1;
  while (node % 2 === 1) {
    node = (node - 1) / 2;
    last = Math.floor(last / 2);
  }
  let oldHash = first;
  let newHash = first;
  for (const sibling of path) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      oldHash = nodeHash(sibling, oldHash);
      newHash = nodeHash(sibling, newHash);
      while (node % 2 === 0 && node !== 0) {
        node /= 2;
        last = Math.floor(last / 2);
      }
    } else newHash = nodeHash(newHash, sibling);
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && compareBytes(oldHash, older.root) === 0 && compareBytes(newHash, newer.root) === 0;
}

/** The convention of C2SP witnesses for size 0: every tree grows from the empty one, shown by an empty proof. */
export const growsFromNothing = (
  older: { readonly size: number; readonly root: Uint8Array },
  proof: readonly Uint8Array[],
): boolean => older.size === 0 && proof.length === 0 && compareBytes(older.root, emptyRoot()) === 0;

function isPowerOfTwo(size: number): boolean {
  let rest = size;
  while (rest % 2 === 0) rest /= 2;
  return rest === 1;
}
