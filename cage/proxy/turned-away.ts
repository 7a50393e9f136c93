// Records of requests that are not looked at because too much is under way, or because the cage stops. Turning away must stay cheaper than
// looking, also for the ledger: some a second have a record of their own, which names the caller; the others of that second are
// counted in one. So whoever floods a cage fills its ledger more slowly than with requests that are denied.
import { TURNED_AWAY_RECORDS, TURNED_AWAY_WINDOW_MS } from "../limits.ts";
import type { RecordId } from "../point.ts";
import { noteRefusal, type Refused, recordRefusal } from "./refusal.ts";
import type { World } from "./world.ts";

export class TurnedAway {
  /** Since when, by the clock of the world. */
  #since = Number.NEGATIVE_INFINITY;
  #own = 0;
  /** Counted and not yet written: by word and direction. */
  readonly #counted = new Map<string, { readonly word: string; readonly direction: string; count: number }>();

  /** Its own record, null where that could not be written; or null at once: it is only counted. */
  record(world: World, from: Refused["from"], about: Omit<Refused, "from">): Promise<RecordId | null> | null {
    const now = world.now();
    if (now - this.#since >= TURNED_AWAY_WINDOW_MS) {
      void this.flush(world);
      this.#since = now;
      this.#own = 0;
    }
    if (this.#own < TURNED_AWAY_RECORDS) {
      this.#own++;
      return recordRefusal(world, { ...about, from });
    }
    const direction = from.direction.kind;
    const key = `${about.word} ${direction}`;
    const counted = this.#counted.get(key);
    if (counted === undefined) this.#counted.set(key, { word: about.word, direction, count: 1 });
    else counted.count++;
    return null;
  }

  /** Writes what was counted, once its second is over. */
  sweep(world: World): void {
    if (world.now() - this.#since >= TURNED_AWAY_WINDOW_MS) void this.flush(world);
  }

  async flush(world: World): Promise<void> {
    const counted = [...this.#counted.values()];
    this.#counted.clear();
    await Promise.all(
      counted.map(({ word, direction, count }) => noteRefusal(world, null, { word, direction, count })),
    );
  }
}
