// Records of requests that are not looked at because too much is under way, or because the cage stops, and of connections that never get as
// far as a request. Turning away must stay cheaper than looking, also for the ledger: some a second have a record of their own, which
// names the caller; the others of that second are counted in one. So whoever floods a cage fills its ledger more slowly than with requests
// that are denied. Requests share one bound; connections have one for each word, so that no flood of one hides the other.
import { TURNED_AWAY_RECORDS, TURNED_AWAY_WINDOW_MS } from "../limits.ts";
import type { PlainRecord, RecordId } from "../point.ts";
import { noteRefusal, type Refused, recordRefusal } from "./refusal.ts";
import type { World } from "./world.ts";

/** Why a connection ends before there is a request. */
export type ConnectionWord = "too-many-connections" | "handshake-failed";

export class TurnedAway {
  readonly #windows = {
    requests: new Window(),
    "too-many-connections": new Window(),
    "handshake-failed": new Window(),
  } as const satisfies Readonly<Record<ConnectionWord | "requests", Window>>;

  /** Its own record, null where that could not be written; or null at once: it is only counted. */
  record(world: World, from: Refused["from"], about: Omit<Refused, "from">): Promise<RecordId | null> | null {
    return this.#windows.requests.isOwn(world, about.word, from) ? recordRefusal(world, { ...about, from }) : null;
  }

  /** A connection without a request: nobody is answered, so nobody waits for its record. */
  connection(world: World, from: Refused["from"], word: ConnectionWord, detail: string): void {
    if (!this.#windows[word].isOwn(world, word, from)) return;
    const body: PlainRecord = { word, direction: from.direction.kind, caller: from.caller, detail };
    world.log.info({ ended: word, caller: from.caller.address, detail }, "no request");
    void noteRefusal(world, null, body);
  }

  /** Writes what was counted, once its second is over. */
  sweep(world: World): void {
    for (const window of Object.values(this.#windows)) window.sweep(world);
  }

  async flush(world: World): Promise<void> {
    await Promise.all(Object.values(this.#windows).map((window) => window.flush(world)));
  }
}

class Window {
  /** Since when, by the clock of the world. */
  #since = Number.NEGATIVE_INFINITY;
  #own = 0;
  /** Counted and not yet written: by word and direction. */
  readonly #counted = new Map<string, { readonly word: string; readonly direction: string; count: number }>();

  /** Whether this one has a record of its own; else it is counted. */
  isOwn(world: World, word: string, from: Refused["from"]): boolean {
    const now = world.now();
    if (now - this.#since >= TURNED_AWAY_WINDOW_MS) {
      void this.flush(world);
      this.#since = now;
      this.#own = 0;
    }
    if (this.#own < TURNED_AWAY_RECORDS) {
      this.#own++;
      return true;
    }
    const direction = from.direction.kind;
    const key = `${word} ${direction}`;
    const counted = this.#counted.get(key);
    if (counted === undefined) this.#counted.set(key, { word, direction, count: 1 });
    else counted.count++;
    return false;
  }

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
