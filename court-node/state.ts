// The court's state as the commands see it: what is stored, under what this batch has written so far.
import type { Write } from "../ledger/index.ts";

/** Reads stored bytes by namespace and key. */
export interface CourtState {
  get(namespace: string, key: string): Uint8Array | undefined;
}

/** A state with writes on top that are not stored yet. */
export class Overlay implements CourtState {
  #below: CourtState;
  readonly #writes = new Map<string, Map<string, Write>>();
  constructor(below: CourtState) {
    this.#below = below;
  }

  get(namespace: string, key: string): Uint8Array | undefined {
    const write = this.#writes.get(namespace)?.get(key);
    return write === undefined ? this.#below.get(namespace, key) : (write.value ?? undefined);
  }

  /** What lay below was stored: read the store instead of it. */
  rebase(below: CourtState): void {
    this.#below = below;
  }

  apply(writes: readonly Write[]): void {
    for (const write of writes) {
      let space = this.#writes.get(write.namespace);
      if (space === undefined) {
        space = new Map();
        this.#writes.set(write.namespace, space);
      }
      space.set(write.key, write);
    }
  }

  /** All writes, the last of each key, in the order the keys were first written, namespace by namespace. */
  writes(): readonly Write[] {
    return [...this.#writes.values()].flatMap((space) => [...space.values()]);
  }
}
