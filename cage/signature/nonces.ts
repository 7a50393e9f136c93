// Nonces that were used, so that a message is taken once. The store is bounded: what is full refuses, it never forgets a nonce that
// could come again. One key cannot fill it for others.
import { NONCES_MAX, NONCES_PER_KEY_MAX } from "../limits.ts";

export type NonceAnswer = "fresh" | "replayed" | "nonces-full" | "before-memory";

export interface NonceUse {
  readonly keyId: string;
  readonly nonce: string;
  readonly created: number;
  /** The last second in which the signature would still be taken. */
  readonly until: number;
  readonly now: number;
  /** By how much a clock may be ahead. */
  readonly skew: number;
}

export interface NonceStore {
  /** Remembers the nonce, or says why the message is not taken. Called after the signature was found good, and atomic. */
  use(use: NonceUse): NonceAnswer | Promise<NonceAnswer>;
}

export interface NonceOptions {
  readonly max?: number;
  readonly maxPerKey?: number;
  /** The second the memory begins. Earlier signatures are refused, as they may have been used before a restart. Null: it always was. */
  readonly since?: number | null;
  /** What a memory before this one held. */
  readonly used?: Iterable<UsedNonce>;
  /** The second below which that one has forgotten what had expired. */
  readonly swept?: number;
}

export interface UsedNonce {
  readonly keyId: string;
  readonly nonce: string;
  readonly until: number;
}

export class MemoryNonces implements NonceStore {
  readonly #max: number;
  readonly #maxPerKey: number;
  readonly #since: number | null;
  /** Nonces of each key, with the last second in which they matter. */
  readonly #keys = new Map<string, Map<string, number>>();
  #size = 0;
  /** When expired nonces were last forgotten. */
  #swept = 0;

  constructor(options: NonceOptions = {}) {
    const { max = NONCES_MAX, maxPerKey = NONCES_PER_KEY_MAX, since = null, used = [], swept = 0 } = options;
    this.#max = max;
    this.#maxPerKey = maxPerKey;
    this.#since = since;
    this.#swept = swept;
    for (const { keyId, nonce, until } of used) this.#remember(keyId, nonce, until);
  }

  get size(): number {
    return this.#size;
  }

  use({ keyId, nonce, created, until, now, skew }: NonceUse): NonceAnswer {
    if (this.#since !== null && created <= this.#since + skew) return "before-memory";
    // The clock went back: what has expired once is forgotten.
    if (until < this.#swept) return "before-memory";
    let used = this.#keys.get(keyId);
    if ((used?.get(nonce) ?? -1) >= now) return "replayed";
    if (this.#full(used) && now > this.#swept) {
      this.#sweep(now);
      used = this.#keys.get(keyId);
    }
    if (this.#full(used)) return "nonces-full";
    this.#remember(keyId, nonce, until);
    return "fresh";
  }

  #remember(keyId: string, nonce: string, until: number): void {
    const used = this.#keys.get(keyId) ?? new Map<string, number>();
    this.#keys.set(keyId, used);
    if (!used.has(nonce)) this.#size++;
    used.set(nonce, Math.max(until, used.get(nonce) ?? 0));
  }

  #full(used: Map<string, number> | undefined): boolean {
    return this.#size >= this.#max || (used?.size ?? 0) >= this.#maxPerKey;
  }

  /** Forgets what has expired; at most once a second, as it looks at everything. */
  #sweep(now: number): void {
    this.#swept = now;
    for (const [keyId, used] of this.#keys) {
      for (const [nonce, until] of used)
        if (until < now) {
          used.delete(nonce);
          this.#size--;
        }
      if (used.size === 0) this.#keys.delete(keyId);
    }
  }
}
