// Writes that are not in the store yet, the last of each key: what a journal holds in memory.
import type { Write } from "./storage.ts";

type Values = Map<string, Uint8Array | null>;

export class Pending {
  readonly #spaces = new Map<string, Values>();
  /** Of what is in the journal, too. */
  bytes = 0;

  get empty(): boolean {
    return this.#spaces.size === 0;
  }

  set({ namespace, key, value }: Write): void {
    let values = this.#spaces.get(namespace);
    if (values === undefined) {
      values = new Map();
      this.#spaces.set(namespace, values);
    }
    values.set(key, value);
  }

  /** Null: it is removed; undefined: there is no write of it. */
  get(namespace: string, key: string): Uint8Array | null | undefined {
    return this.#spaces.get(namespace)?.get(key);
  }

  of(namespace: string): ReadonlyMap<string, Uint8Array | null> {
    return this.#spaces.get(namespace) ?? NONE;
  }

  /** Of each key one. */
  writes(): Write[] {
    const all: Write[] = [];
    for (const [namespace, values] of this.#spaces)
      for (const [key, value] of values) all.push({ namespace, key, value });
    return all;
  }

  /** These before those of `later`, which count where both have one. */
  before(later: Pending): void {
    for (const write of later.writes()) this.set(write);
    this.bytes += later.bytes;
  }
}

const NONE: ReadonlyMap<string, Uint8Array | null> = new Map();
