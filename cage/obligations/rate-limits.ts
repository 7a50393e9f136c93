// Token buckets in whole numbers. Levels are counted in parts of a token, as many as the period has milliseconds: one millisecond adds `count`
// parts, one request takes `periodMs` parts, so nothing is ever rounded. Pure but for what it remembers: the time comes in.
//
// The number of buckets is bounded. When there are too many, the one used longest ago is forgotten, but not what it had: its level
// is kept as a lid, and a bucket that is made anew starts no fuller than the lid is by then. So whoever makes the cage forget
// gets no more tokens than whoever waits. Invariant: between two instants no key is given more than burst + rate · time, forgotten or not.
import { BUCKETS_MAX, RATE_LIMITS_MAX } from "../limits.ts";

export interface Rate {
  /** Tokens in each period. */
  readonly count: number;
  readonly periodMs: number;
  /** Tokens that a bucket holds. */
  readonly burst: number;
}

export interface Taken {
  readonly passed: boolean;
  /** Whole tokens left. */
  readonly left: number;
  /** Milliseconds until there is a token; 0 when there is one. */
  readonly waitMs: number;
}

interface Level {
  parts: number;
  /** The latest time it was brought up to. */
  at: number;
}

export class RateLimits {
  readonly #max: number;
  readonly #limits = new Map<string, Buckets>();

  constructor({ bucketsMax = BUCKETS_MAX }: { readonly bucketsMax?: number } = {}) {
    this.#max = bucketsMax;
  }

  /** Takes a token of one key. `limit` names the limit: equal limits share their buckets. Null: there are too many limits. */
  take(limit: string, rate: Rate, key: string, nowMs: number): Taken | null {
    let buckets = this.#limits.get(limit);
    if (buckets === undefined) {
      if (this.#limits.size >= RATE_LIMITS_MAX) return null;
      buckets = new Buckets(rate, this.#max);
      this.#limits.set(limit, buckets);
    }
    return buckets.take(key, nowMs);
  }

  /** Buckets of all limits. */
  get size(): number {
    return [...this.#limits.values()].reduce((sum, { size }) => sum + size, 0);
  }
}

class Buckets {
  readonly #rate: Rate;
  readonly #max: number;
  /** Whole. */
  readonly #full: number;
  /** In the order of their last use. */
  readonly #levels = new Map<string, Level>();
  /** The emptiest that was forgotten. Null: none. */
  #lid: Level | null = null;
  /** The clock may go back; buckets do not. */
  #now = 0;

  constructor(rate: Rate, max: number) {
    this.#rate = rate;
    this.#max = max;
    this.#full = rate.burst * rate.periodMs;
  }

  get size(): number {
    return this.#levels.size;
  }

  take(key: string, nowMs: number): Taken {
    this.#now = Math.max(this.#now, nowMs);
    const level = this.#levels.get(key) ?? this.#made();
    this.#levels.delete(key);
    this.#levels.set(key, level);
    this.#fill(level);
    const { periodMs, count } = this.#rate;
    const passed = level.parts >= periodMs;
    if (passed) level.parts -= periodMs;
    const missing = Math.max(0, periodMs - level.parts);
    return { passed, left: Math.floor(level.parts / periodMs), waitMs: Math.ceil(missing / count) };
  }

  #made(): Level {
    if (this.#levels.size >= this.#max) this.#forget();
    if (this.#lid === null) return { parts: this.#full, at: this.#now };
    this.#fill(this.#lid);
    const { parts } = this.#lid;
    if (parts === this.#full) this.#lid = null;
    return { parts, at: this.#now };
  }

  #forget(): void {
    const [key, level] = this.#levels.entries().next().value as [string, Level];
    this.#levels.delete(key);
    this.#fill(level);
    if (level.parts === this.#full) return;
    if (this.#lid !== null) this.#fill(this.#lid);
    if (this.#lid === null || level.parts < this.#lid.parts) this.#lid = level;
  }

  #fill(level: Level): void {
    const { count } = this.#rate;
    const missing = this.#full - level.parts;
    // Compared by division first: the product of a long time would not be exact.
    const elapsed = this.#now - level.at;
    level.parts = elapsed >= Math.ceil(missing / count) ? this.#full : level.parts + elapsed * count;
    level.at = this.#now;
  }
}
