// Writes that are not in the store yet, the last of each key: what a journal holds in memory. Entries, and what else is written often and
// seldom read, by far the most, lie packed one behind the other, as they go to the store: an object for each would live as long as they wait,
// and be copied by the collector. They are looked up when somebody asks for one. A batch was packed for the file already, so runs of them
// are copied from there; packed for this a second time, only entries were worth it.
import { PACKED_KEPT_BYTES_MAX } from "./limits.ts";
import { findKeys, pack, packedMost, valueAt } from "./pack.ts";
import { NAMESPACE, type Write } from "./storage.ts";

type Values = Map<string, Uint8Array | null>;

export class Pending {
  readonly #spaces = new Map<string, Values>();
  /** Namespaces whose writes lie packed. */
  readonly #packs: readonly string[];
  #packed = Buffer.allocUnsafeSlow(64 * 1024);
  #end = 0;
  /** Where the packed writes of a namespace lie, the last of each key: of those before `until`. */
  readonly #found = new Map<string, { readonly places: Map<string, number>; until: number }>();
  /** Of what is in the journal, too. */
  bytes = 0;

  /** `seldomRead`: namespaces that lie packed beside the entries. */
  constructor(seldomRead: readonly string[] = []) {
    this.#packs = [NAMESPACE.entries, ...seldomRead];
  }

  get empty(): boolean {
    return this.#end === 0 && this.#spaces.size === 0;
  }

  packs(namespace: string): boolean {
    return this.#packs.includes(namespace);
  }

  /** Takes writes of packed namespaces that are packed already. */
  setPacked(run: Uint8Array): void {
    this.#room(run.length).set(run, this.#end);
    this.#end += run.length;
  }

  set(write: Write): void {
    const { namespace, key, value } = write;
    if (this.packs(namespace)) {
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
    if (needed > this.#packed.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#packed.length));
      this.#packed.copy(grown, 0, 0, this.#end);
      this.#packed = grown;
    }
    return this.#packed;
  }

  /** Null: it is removed; undefined: there is no write of it. */
  get(namespace: string, key: string): Uint8Array | null | undefined {
    if (!this.packs(namespace)) return this.#spaces.get(namespace)?.get(key);
    const place = this.#placesOf(namespace).get(key);
    return place === undefined ? undefined : valueAt(this.#packed, place);
  }

  keys(namespace: string): Iterable<string> {
    return this.packs(namespace) ? this.#placesOf(namespace).keys() : (this.#spaces.get(namespace)?.keys() ?? []);
  }

  #placesOf(namespace: string): ReadonlyMap<string, number> {
    let found = this.#found.get(namespace);
    if (found === undefined) {
      found = { places: new Map(), until: 0 };
      this.#found.set(namespace, found);
    }
    if (found.until < this.#end) findKeys(namespace, this.#packed.subarray(0, this.#end), found.until, found.places);
    found.until = this.#end;
    return found.places;
  }

  /** What lies packed, until something is set or cleared. */
  get packed(): Uint8Array {
    return this.#packed.subarray(0, this.#end);
  }

  /** What does not, of each key one. */
  others(): Write[] {
    const all: Write[] = [];
    for (const [namespace, values] of this.#spaces)
      for (const [key, value] of values) all.push({ namespace, key, value });
    return all;
  }

  /** Those of `later` after these, and what counts where both have one. */
  add(later: Pending): void {
    this.setPacked(later.packed);
    for (const write of later.others()) this.set(write);
    this.bytes += later.bytes;
  }

  clear(): void {
    this.#spaces.clear();
    this.#found.clear();
    this.#end = this.bytes = 0;
    if (this.#packed.length > PACKED_KEPT_BYTES_MAX) this.#packed = Buffer.allocUnsafeSlow(64 * 1024);
  }
}
