// The time of the cage. It never goes back: not while it runs, and not over a restart. The clock of the machine may be set; what was judged
// by it once (a signature that expired, a nonce that was forgotten, a rule until a day) must not come again.
//
// While it runs, a clock that does not go back says how much time has passed, so when the machine's is set back the cage's goes on. At the
// start only the newest record says how late it was: a machine that is more than the usual skew behind it is told so, and
// nothing is let through until it has caught up, or the operator has said that the clock is right.
import { CLOCK_SKEW_SECONDS, CLOCK_STEP_MS } from "./limits.ts";

export interface ClockStep {
  readonly word: "clock-back" | "clock-forward";
  /** Milliseconds by which the clock was set, or is behind the newest record. */
  readonly byMs: number;
  /** The clock of the machine after it, in milliseconds since 1970. */
  readonly clock: number;
}

export interface CageClockOptions {
  /** The clock of the machine, in milliseconds since 1970. */
  readonly wall: () => number;
  /** Milliseconds of a clock that nobody sets. */
  readonly steady: () => number;
  /** Time of the newest record; null: there is none. */
  readonly newest: number | null;
  /** The operator says that the clock is right, whatever the newest record says. */
  readonly accepted?: boolean;
  /** Told once of each step. */
  readonly onStep?: (step: ClockStep) => void;
}

const SKEW_MS = CLOCK_SKEW_SECONDS * 1_000;

export class CageClock {
  readonly #options: CageClockOptions;
  #last: number;
  /** Since the machine's clock was set back: the time of the cage then, which goes on by the steady clock alone. */
  #held: { readonly time: number; readonly steady: number } | null = null;
  #behind: boolean;
  /** Both clocks, when they last agreed. */
  #wallThen: number;
  #steadyThen: number;
  steps = { back: 0, forward: 0 };

  constructor(options: CageClockOptions) {
    this.#options = options;
    const { wall, steady, newest, accepted = false } = options;
    this.#wallThen = wall();
    this.#steadyThen = steady();
    const behindMs = newest === null ? 0 : newest - this.#wallThen;
    this.#last = newest === null || accepted ? this.#wallThen : Math.max(newest, this.#wallThen);
    this.#behind = !accepted && behindMs > SKEW_MS;
    if (behindMs > SKEW_MS) this.#step("clock-back", behindMs, this.#wallThen);
  }

  /** Milliseconds since 1970; never less than before. */
  readonly now = (): number => {
    const { wall, steady } = this.#options;
    const at = this.#held === null ? wall() : Math.floor(this.#held.time + steady() - this.#held.steady);
    if (at > this.#last) this.#last = at;
    return this.#last;
  };

  /** By how many milliseconds it is ahead of the machine's. */
  get heldMs(): number {
    return Math.max(0, this.now() - this.#options.wall());
  }

  /** Why nothing can be judged now, or null: the machine's clock is behind what was recorded. */
  readonly behind = (): string | null => {
    if (!this.#behind) return null;
    const heldMs = this.heldMs;
    if (heldMs > SKEW_MS) return `the clock of the machine is ${Math.ceil(heldMs / 1_000)} s behind the newest record`;
    this.#behind = false;
    return null;
  };

  /** Compares the two clocks. Called now and then; small steps add up. */
  look(): void {
    const wall = this.#options.wall();
    const steady = this.#options.steady();
    const expected = this.#wallThen + steady - this.#steadyThen;
    const step = Math.round(wall - expected);
    const isSet = Math.abs(step) >= CLOCK_STEP_MS;
    if (this.#held !== null) {
      if (wall >= this.now()) this.#held = null;
    } else if (step <= -CLOCK_STEP_MS) this.#held = { time: Math.max(this.#last, expected), steady };
    // Set forward and back between two looks, and read in between.
    else if (!this.#behind && this.#last - wall > SKEW_MS) this.#held = { time: this.#last, steady };
    if (!isSet) return;
    this.#wallThen = wall;
    this.#steadyThen = steady;
    this.#step(step < 0 ? "clock-back" : "clock-forward", Math.abs(step), wall);
  }

  #step(word: ClockStep["word"], byMs: number, clock: number): void {
    this.steps[word === "clock-back" ? "back" : "forward"]++;
    this.#options.onStep?.({ word, byMs, clock });
  }
}
