// Writes that are not in the store yet, the last of each key: what a journal holds in memory. Entries, by far the most, lie packed one behind
// the other, as they go to the store: an object for each would live as long as they wait. They are looked up when somebody asks for one.
import { ENTRIES_KEPT_BYTES_MAX } from "./limits.ts";
import { pack, packedMost, unpackBatch } from "./pack.ts";
import { NAMESPACE, type Write } from "./storage.ts";

type Values = Map<string, Uint8Array | null>;

export class Pending {
  readonly #spaces = new Map<string, Values>();
  #entries = Buffer.allocUnsafeSlow(64 * 1024);
  #end = 0;
  /** Of the packed entries, those up to `#lookedUp`. */
  readonly #found: Values = new Map();
  #lookedUp = 0;
  /** Of what is in the journal, too. */
  bytes = 0;

  get empty(): boolean {
    return this.#end === 0 && this.#spaces.size === 0;
  }

  set(write: Write): void {
    const { namespace, key, value } = write;
    if (namespace === NAMESPACE.entries) {
      this.#end = pack(this.#room(packedMost(write)), this.#end, write);
      return;
    }
    let values = this.#spaces.get(namespace);
    if (values === undefined) {
      values = new Map();
      this.#spaces.set(namespace, values);
    }
    values.set(key, value);
  }

  #room(bytes: number): Buffer {
    const needed = this.#end + bytes;
    if (needed > this.#entries.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#entries.length));
      this.#entries.copy(grown, 0, 0, this.#end);
      this.#entries = grown;
    }
    return this.#entries;
  }

  /** Null: it is removed; undefined: there is no write of it. */
  get(namespace: string, key: string): Uint8Array | null | undefined {
    return this.of(namespace).get(key);
  }

  of(namespace: string): ReadonlyMap<string, Uint8Array | null> {
    if (namespace !== NAMESPACE.entries) return this.#spaces.get(namespace) ?? NONE;
    for (const { key, value } of unpackBatch(this.#entries.subarray(this.#lookedUp, this.#end)))
      this.#found.set(key, value);
    this.#lookedUp = this.#end;
    return this.#found;
  }

  /** The entries, packed: until something is set or cleared. */
  get packed(): Uint8Array {
    return this.#entries.subarray(0, this.#end);
  }

  /** The others, of each key one. */
  others(): Write[] {
    const all: Write[] = [];
    for (const [namespace, values] of this.#spaces)
      for (const [key, value] of values) all.push({ namespace, key, value });
    return all;
  }

  /** Those of `later` after these, and what counts where both have one. */
  add(later: Pending): void {
    const { packed } = later;
    this.#room(packed.length).set(packed, this.#end);
    this.#end += packed.length;
    for (const write of later.others()) this.set(write);
    this.bytes += later.bytes;
  }

  clear(): void {
    this.#spaces.clear();
    this.#found.clear();
    this.#end = this.#lookedUp = this.bytes = 0;
    if (this.#entries.length > ENTRIES_KEPT_BYTES_MAX) this.#entries = Buffer.allocUnsafeSlow(64 * 1024);
  }
}

const NONE: ReadonlyMap<string, Uint8Array | null> = new Map();
