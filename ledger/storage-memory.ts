// The store in memory, for tests, simulations and the playground. `failNext` makes the next write fail as a disk would.
import { compareBytes, utf8 } from "../core/index.ts";
import { LedgerError } from "./errors.ts";
import { refuseLargeWrite, type Storage, type Write } from "./storage.ts";

interface Space {
  readonly values: Map<string, Uint8Array>;
  /** Keys in order of their UTF-8 bytes; null after a key came or went. */
  sorted: readonly Key[] | null;
}
interface Key {
  readonly text: string;
  readonly bytes: Uint8Array;
}

export class MemoryStorage implements Storage {
  #spaces = new Map<string, Space>();
  failNext: LedgerError | null = null;
  readOnly: string | null = null;

  async write(batch: readonly Write[]): Promise<void> {
    const failure = this.failNext;
    this.failNext = null;
    if (failure !== null) throw failure;
    if (this.readOnly !== null) throw new LedgerError("ledger/no-space", this.readOnly);
    batch.forEach(refuseLargeWrite);
    for (const { namespace, key, value } of batch) {
      let space = this.#spaces.get(namespace);
      if (space === undefined) {
        space = { values: new Map(), sorted: null };
        this.#spaces.set(namespace, space);
      }
      if (value === null ? space.values.has(key) : !space.values.has(key)) space.sorted = null;
      if (value === null) space.values.delete(key);
      else space.values.set(key, value.slice());
    }
  }

  get(namespace: string, key: string): Uint8Array | undefined {
    return this.#spaces.get(namespace)?.values.get(key);
  }

  range(
    namespace: string,
    options: Parameters<Storage["range"]>[1],
  ): { readonly key: string; readonly value: Uint8Array }[] {
    const space = this.#spaces.get(namespace);
    if (space === undefined) return [];
    space.sorted ??= [...space.values.keys()]
      .map((text) => ({ text, bytes: utf8(text) }))
      .sort((a, b) => compareBytes(a.bytes, b.bytes));
    const { sorted, values } = space;
    const low = options.from === undefined ? 0 : firstNotBelow(sorted, utf8(options.from));
    const high = options.until === undefined ? sorted.length : firstNotBelow(sorted, utf8(options.until));
    const found =
      options.reverse === true
        ? sorted.slice(Math.max(low, high - options.most), high).reverse()
        : sorted.slice(low, Math.min(high, low + options.most));
    return found.map(({ text }) => ({ key: text, value: values.get(text) as Uint8Array }));
  }

  readOnlyReason(): string | null {
    return this.readOnly;
  }

  /** A copy of everything, as a backup would be. */
  copy(): MemoryStorage {
    const copy = new MemoryStorage();
    for (const [name, { values }] of this.#spaces) copy.#spaces.set(name, { values: new Map(values), sorted: null });
    return copy;
  }

  async close(): Promise<void> {}
}

/** Place of the first key that is not below the bound. */
function firstNotBelow(sorted: readonly Key[], bound: Uint8Array): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareBytes((sorted[middle] as Key).bytes, bound) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
