// Token buckets in whole numbers. Levels are counted in parts of a token, as many as the period has milliseconds: one millisecond adds `count`
// parts, one request takes `periodMs` parts, so nothing is ever rounded. Pure but for what it remembers: the time comes in.
//
// The number of buckets is bounded. When there are too many, the one used longest ago is forgotten, but not what it had: its level
// is kept as a lid, and a bucket that is made anew starts no fuller than the lid is by then. So whoever makes the cage forget
// gets no more tokens than whoever waits. Invariant: between two instants no key is given more than burst + rate · time, forgotten or not.
//
// What changed is told to who keeps it over a restart, and put back from there: see cage/remembered.ts.
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

/** A bucket as it is kept over a restart. */
export interface KeptLevel {
  readonly limit: string;
  readonly rate: Rate;
  /** Null: the lid of the limit. */
  readonly key: string | null;
  readonly parts: number;
  readonly at: number;
}
/** A bucket that changed; without a level it is as good as full, and need not be kept. */
export type LevelChange = Pick<KeptLevel, "limit" | "rate" | "key"> & Partial<Pick<KeptLevel, "parts" | "at">>;

export class RateLimits {
  readonly #max: number;
  readonly #kept: boolean;
  readonly #limits = new Map<string, Buckets>();

  /** `kept`: somebody asks for `changes`. */
  constructor({
    bucketsMax = BUCKETS_MAX,
    kept = false,
  }: { readonly bucketsMax?: number; readonly kept?: boolean } = {}) {
    this.#max = bucketsMax;
    this.#kept = kept;
  }

  /** Takes a token of one key. `limit` names the limit: equal limits share their buckets. Null: there are too many limits. */
  take(limit: string, rate: Rate, key: string, nowMs: number): Taken | null {
    let buckets = this.#limits.get(limit);
    if (buckets === undefined) {
      if (this.#limits.size >= RATE_LIMITS_MAX) return null;
      buckets = new Buckets(rate, this.#max, this.#kept);
      this.#limits.set(limit, buckets);
    }
    return buckets.take(key, nowMs);
  }

  /** Puts back a bucket as it was before a restart. False: by now it is full, so nothing is lost by forgetting it. Its time may lie ahead of a
   *  clock that was set back: then it fills from now on. */
  restore({ limit, rate, key, parts, at }: KeptLevel, nowMs: number): boolean {
    const buckets = this.#limits.get(limit) ?? new Buckets(rate, this.#max, this.#kept);
    if (!buckets.restore(key, { parts, at: Math.min(at, nowMs) }, nowMs)) return false;
    this.#limits.set(limit, buckets);
    return true;
  }

  /** What changed since this was asked last. */
  *changes(): Generator<LevelChange, void, undefined> {
    for (const [limit, buckets] of this.#limits)
      for (const change of buckets.changes()) yield { limit, rate: buckets.rate, ...change };
  }

  /** Buckets of all limits. */
  get size(): number {
    return [...this.#limits.values()].reduce((sum, { size }) => sum + size, 0);
  }
}

class Buckets {
  readonly rate: Rate;
  readonly #max: number;
  /** Whole. */
  readonly #full: number;
  /** In the order of their last use. */
  readonly #levels = new Map<string, Level>();
  /** The emptiest that was forgotten. Null: none. */
  #lid: Level | null = null;
  /** The clock may go back; buckets do not. */
  #now = 0;
  /** Keys of buckets that changed; null: the lid did. Null where nobody asks. */
  readonly #changed: Set<string | null> | null;

  constructor(rate: Rate, max: number, kept: boolean) {
    this.rate = rate;
    this.#max = max;
    this.#changed = kept ? new Set() : null;
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
    this.#change(key);
    const { periodMs, count } = this.rate;
    const passed = level.parts >= periodMs;
    if (passed) level.parts -= periodMs;
    const missing = Math.max(0, periodMs - level.parts);
    return { passed, left: Math.floor(level.parts / periodMs), waitMs: Math.ceil(missing / count) };
  }

  restore(key: string | null, level: Level, nowMs: number): boolean {
    this.#now = Math.max(this.#now, nowMs);
    this.#fill(level);
    if (level.parts >= this.#full) return false;
    if (key === null) this.#lid = level;
    else this.#levels.set(key, level);
    return true;
  }

  #change(key: string | null): void {
    if (this.#changed === null) return;
    // Asked for with every record, so there are few; a change that is not told is lost by a restart, and nothing else.
    if (this.#changed.size <= 2 * this.#max) this.#changed.add(key);
  }

  *changes(): Generator<Pick<LevelChange, "key" | "parts" | "at">, void, undefined> {
    const changed = this.#changed ?? [];
    for (const key of changed) {
      const level = key === null ? this.#lid : (this.#levels.get(key) ?? null);
      yield level === null ? { key } : { key, parts: level.parts, at: level.at };
    }
    this.#changed?.clear();
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
    this.#change(key);
    this.#fill(level);
    if (level.parts === this.#full) return;
    if (this.#lid !== null) this.#fill(this.#lid);
    if (this.#lid === null || level.parts < this.#lid.parts) this.#lid = level;
    this.#change(null);
  }

  #fill(level: Level): void {
    const { count } = this.rate;
    const missing = this.#full - level.parts;
    // Compared by division first: the product of a long time would not be exact.
    const elapsed = this.#now - level.at;
    level.parts = elapsed >= Math.ceil(missing / count) ? this.#full : level.parts + elapsed * count;
    level.at = this.#now;
  }
}
