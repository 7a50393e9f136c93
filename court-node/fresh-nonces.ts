// Which nonces were surely never used here. Nearly every action is new, and to learn that the store, the journal and two groups on their
// way would be asked about each: a seventh of the court's thread. What is remembered is only this:
//
//   a filter of the nonces used since the court opened (two bits of one word each): who is not in it was not used since then
//   authors whose first action came after it opened: nothing of theirs was stored before
//
// A memory only. Where it does not know, the state is asked; a group that was thrown away leaves bits that say nothing wrong.
import type { Storage } from "../ledger/index.ts";
import { AUTHORS_KNOWN_MAX, NONCE_FILTER_BITS } from "./limits.ts";
import { NONCE_BYTES } from "./protocol/limits.ts";
import { Recent } from "./recent.ts";
import { SPACE } from "./records.ts";

export class FreshNonces {
  readonly #storage: Storage;
  readonly #words = new Int32Array(NONCE_FILTER_BITS / 32);
  /** Whether anything of an author was stored when it was first asked. Who is forgotten and asked about again has more in the store. */
  readonly #hasHistory = new Recent<boolean>({ entries: AUTHORS_KNOWN_MAX });

  /** `storage`: of the court, as it opened. */
  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** No action of this author and nonce is stored, or executed and on its way there. False when it is not known. */
  isFresh(author: string, nonce: Uint8Array): boolean {
    const hash = hashOf(author, nonce);
    const bits = bitsOf(hash);
    if ((this.#words[wordOf(hash)]! & bits) === bits) return false;
    let history = this.#hasHistory.get(author);
    if (history === undefined) {
      // Keys are `<author>/<nonce>`; "0" is the letter behind "/".
      const bounds = { from: `${author}/`, until: `${author}0`, most: 1 };
      history = this.#storage.range(SPACE.action, bounds).length > 0;
      this.#hasHistory.set(author, history);
    }
    return !history;
  }

  /** An action with it was executed. */
  use(author: string, nonce: Uint8Array): void {
    const hash = hashOf(author, nonce);
    this.#words[wordOf(hash)]! |= bitsOf(hash);
  }
}

/** Of the whole nonce, which may be a counter, and the end of the did. Who chooses nonces that meet makes only its own actions slower. */
function hashOf(author: string, nonce: Uint8Array): number {
  let hash = 0;
  for (let i = 0; i < NONCE_BYTES; i += 4) {
    const word = nonce[i]! | (nonce[i + 1]! << 8) | (nonce[i + 2]! << 16) | (nonce[i + 3]! << 24);
    hash = Math.imul((hash << 13) ^ (hash >>> 19) ^ word, 0x2c1b3c6d);
  }
  const { length } = author;
  for (let i = length - 6; i < length; i++) hash = Math.imul(hash ^ author.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return hash ^ (hash >>> 13);
}

/** Both bits in one word: to look there is one access to memory that nobody else has used lately. */
const wordOf = (hash: number): number => hash & (NONCE_FILTER_BITS / 32 - 1);
const bitsOf = (hash: number): number => {
  const mixed = Math.imul(hash, 0x297a2d39);
  return (1 << (mixed >>> 27)) | (1 << ((mixed >>> 22) & 31));
};
