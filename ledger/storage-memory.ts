// The store in memory, for tests, simulations and the playground. `failNext` makes the next write fail as a disk would.
import { compareBytes, utf8 } from "../core/index.ts";
import { LedgerError } from "./errors.ts";
import type { Storage, Write } from "./storage.ts";

export class MemoryStorage implements Storage {
  #values = new Map<string, Uint8Array>();
  failNext: LedgerError | null = null;
  readOnly: string | null = null;

  async write(batch: readonly Write[]): Promise<void> {
    const failure = this.failNext;
    this.failNext = null;
    if (failure !== null) throw failure;
    if (this.readOnly !== null) throw new LedgerError("ledger/no-space", this.readOnly);
    for (const { namespace, key, value } of batch) {
      if (value === null) this.#values.delete(`${namespace}\u0000${key}`);
      else this.#values.set(`${namespace}\u0000${key}`, value.slice());
    }
  }

  get(namespace: string, key: string): Uint8Array | undefined {
    return this.#values.get(`${namespace}\u0000${key}`);
  }

  range(
    namespace: string,
    options: Parameters<Storage["range"]>[1],
  ): { readonly key: string; readonly value: Uint8Array }[] {
    const prefix = `${namespace}\u0000`;
    const found = [...this.#values.entries()]
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => ({ key: key.slice(prefix.length), value }))
      .filter(
        ({ key }) =>
          (options.from === undefined || key >= options.from) && (options.until === undefined || key < options.until),
      )
      .sort((a, b) => compareBytes(utf8(a.key), utf8(b.key)));
    return (options.reverse === true ? found.reverse() : found).slice(0, options.most);
  }

  readOnlyReason(): string | null {
    return this.readOnly;
  }

  /** A copy of everything, as a backup would be. */
  copy(): MemoryStorage {
    const copy = new MemoryStorage();
    copy.#values = new Map(this.#values);
    return copy;
  }

  async close(): Promise<void> {}
}
