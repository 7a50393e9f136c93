// The court's state as the commands see it: what is stored, under what this batch has written so far.
import type { Write } from "../ledger/index.ts";
import { SELDOM_READ } from "./records.ts";

/** Reads stored bytes by namespace and key. */
export interface CourtState {
  get(namespace: string, key: string): Uint8Array | undefined;
}

/** A state with writes on top that are not stored yet. */
export class Overlay implements CourtState {
  #below: CourtState;
  readonly #writes = new Map<string, Map<string, Write>>();
  /** Of namespaces that are seldom read, those not among the others yet, in their order. */
  #seldom: Write[] = [];
  constructor(below: CourtState) {
    this.#below = below;
  }

  get(namespace: string, key: string): Uint8Array | undefined {
    if (this.#seldom.length > 0 && SELDOM_READ.includes(namespace)) {
      for (const write of this.#seldom) this.#set(write);
      this.#seldom = [];
    }
    const write = this.#writes.get(namespace)?.get(key);
    return write === undefined ? this.#below.get(namespace, key) : (write.value ?? undefined);
  }

  /** What lay below was stored: read the store instead of it. */
  rebase(below: CourtState): void {
    this.#below = below;
  }

  apply(writes: readonly Write[]): void {
    for (let i = 0; i < writes.length; i++) {
      const write = writes[i]!;
      if (SELDOM_READ.includes(write.namespace)) this.#seldom.push(write);
      else this.#set(write);
    }
  }

  #set(write: Write): void {
    let space = this.#writes.get(write.namespace);
    if (space === undefined) {
      space = new Map();
      this.#writes.set(write.namespace, space);
    }
    space.set(write.key, write);
  }

  /** All writes: where a key comes twice, the later one counts. */
  writes(): readonly Write[] {
    const all: Write[] = [];
    for (const space of this.#writes.values()) for (const write of space.values()) all.push(write);
    for (let i = 0; i < this.#seldom.length; i++) all.push(this.#seldom[i]!);
    return all;
  }
}
