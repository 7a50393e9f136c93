// Time comes in here and nowhere else: the rim asks this interface, the court is given stamps.

export interface Clock {
  /** Ms since 1970. */
  now(): number;
  /** Runs something after a while; the answer takes it back. */
  after(ms: number, run: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** A clock that stands still until it is moved: for tests and for playing a story that takes months. */
export class FakeClock implements Clock {
  #now: number;
  #next = 0;
  readonly #waiting = new Map<number, { readonly at: number; readonly run: () => void }>();
  constructor(now: number) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): () => void {
    const key = this.#next++;
    this.#waiting.set(key, { at: this.#now + ms, run });
    return () => void this.#waiting.delete(key);
  }

  /** Moves to an instant; what waited for it runs, in order of its instant. Back is allowed: real clocks are set back. */
  set(now: number): void {
    this.#now = now;
    const due = [...this.#waiting].filter(([, { at }]) => at <= now).sort(([, a], [, b]) => a.at - b.at);
    for (const [key] of due) this.#waiting.delete(key);
    for (const [, { run }] of due) run();
  }

  advance(ms: number): void {
    this.set(this.#now + ms);
  }
}
