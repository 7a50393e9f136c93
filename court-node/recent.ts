// A memory of what was used lately, in two generations: what is asked for moves to the young one; when that is full it becomes the
// old one, and what the old one held is forgotten. A map that forgets its oldest key at each new one costs more: what is
// removed from a Map leaves holes, and finding the first key walks over them.

export interface RecentBounds<V> {
  /** Values kept at most. */
  readonly entries: number;
  /** Bytes that the values may have together; one value alone may have more. */
  readonly bytes?: number;
  readonly bytesOf?: (value: V) => number;
}

export class Recent<V, K = string> {
  #young = new Map<K, V>();
  #old = new Map<K, V>();
  #youngBytes = 0;
  readonly #entries: number;
  readonly #bytes: number;
  readonly #bytesOf: (value: V) => number;

  constructor({ entries, bytes = Number.POSITIVE_INFINITY, bytesOf = () => 0 }: RecentBounds<V>) {
    this.#entries = entries / 2;
    this.#bytes = bytes / 2;
    this.#bytesOf = bytesOf;
  }

  get(key: K): V | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: K, value: V): void {
    const before = this.#young.get(key);
    const bytes = this.#bytesOf(value) - (before === undefined ? 0 : this.#bytesOf(before));
    if (before === undefined && (this.#young.size >= this.#entries || this.#youngBytes + bytes > this.#bytes)) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngBytes = 0;
    }
    this.#young.set(key, value);
    this.#youngBytes += bytes;
  }
}
