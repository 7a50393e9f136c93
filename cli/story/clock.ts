// The clock of a story that takes weeks: it stands still until the next scene. When the story is over it goes on at the pace
// of the day, so that the court keeps serving.
import { FakeClock } from "../../court-node/clock.ts";

export class StoryClock extends FakeClock {
  #timer: NodeJS.Timeout | null = null;

  /** From now on a second is a second. */
  run(): void {
    let last = Date.now();
    this.#timer ??= setInterval(() => {
      const now = Date.now();
      this.advance(now - last);
      last = now;
    }, 100);
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }
}
