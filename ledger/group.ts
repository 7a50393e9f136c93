// Group commit: callers that come at about the same time share one transaction, one flush and one signature. Each caller's
// entries and writes stay together and in the order of the calls; a caller is answered after the flush of its group.
import { LedgerError } from "./errors.ts";
import { GROUP_BYTES_MAX, GROUP_ENTRIES_MAX, GROUP_QUIET_MS, PENDING_BYTES_MAX } from "./limits.ts";
import { type Committed, type Log, refuseLargeEntry } from "./log.ts";
import { refuseLargeWrite, type Write } from "./storage.ts";

export interface GroupOptions {
  readonly log: Log;
  /** Milliseconds a first caller waits for others; 0 (the default) is to the end of this turn of the event loop. */
  readonly waitMs?: number;
  /** Each group waits so, not only one that finds nobody before it: for a store that answers within a turn, which would otherwise be given
   *  many small groups. */
  readonly always?: boolean;
  /** Calls back after some milliseconds; by default the machine's timer. */
  readonly after?: (ms: number, run: () => void) => void;
}

/** Who has something to write. It is told once, by one of the two. */
export interface Caller {
  readonly entries: readonly Uint8Array[];
  readonly writes: readonly Write[];
  /** Nobody waits for it, so it goes along with the next group that is made for others; after GROUP_QUIET_MS one is made for it. */
  readonly quiet: boolean;
  /** Of the whole group, and the place of the caller's first entry in it. */
  readonly answer: (committed: Committed, place: number) => void;
  readonly refuse: (error: unknown) => void;
}

const byTimer = (ms: number, run: () => void): void => {
  if (ms === 0) setImmediate(run);
  else setTimeout(run, ms);
};

export class GroupCommit {
  readonly #options: GroupOptions;
  /** In the order they came, and how many bytes each has. */
  #waiting: Caller[] = [];
  #sizes: number[] = [];
  #bytes = 0;
  #entries = 0;
  /** Of those who wait, the ones for whom a group is made. */
  #callers = 0;
  /** Makes a group for those who only go along. */
  #quietTimer: NodeJS.Timeout | null = null;
  /** A group is collected or committed: who comes now is taken with it or after it. */
  #busy = false;
  /** Ends the collecting of the group that is collected, or null. */
  #due: (() => void) | null = null;
  /** Told when nobody waits any more. */
  #settling: (() => void)[] = [];

  constructor(options: GroupOptions) {
    this.#options = options;
  }

  /** Commits entries and writes with those of other callers. `first` is the index of this caller's first entry, `checkpoint` that
   *  of the group. Rejects with LedgerError: `entry-too-large`, `value-too-large` and `busy` concern this caller alone,
   *  everything else its whole group, of which then nothing is written. */
  append(
    entries: readonly Uint8Array[],
    writes: readonly Write[] = [],
    { quiet = false }: { readonly quiet?: boolean } = {},
  ): Promise<Committed> {
    return new Promise((resolve, refuse) => {
      const answer = ({ first, leaves, checkpoint, note }: Committed, place: number): void =>
        resolve({ first: first + place, leaves: leaves.slice(place, place + entries.length), checkpoint, note });
      this.add({ entries, writes, quiet, answer, refuse });
    });
  }

  /** The same for who comes often: no promise on the way. Throws what concerns this caller alone. It is never told before this returns. */
  add(caller: Caller): void {
    const { entries, writes, quiet } = caller;
    let bytes = 0;
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[i]!;
      refuseLargeEntry(entry);
      bytes += entry.length;
    }
    for (let i = 0; i < writes.length; i++) {
      const write = writes[i]!;
      refuseLargeWrite(write);
      bytes += write.value?.length ?? 0;
    }
    if (this.#bytes > 0 && this.#bytes + bytes > PENDING_BYTES_MAX)
      throw new LedgerError("ledger/busy", `${this.#bytes} bytes already wait to be written`);
    this.#waiting.push(caller);
    this.#sizes.push(bytes);
    this.#bytes += bytes;
    this.#entries += entries.length;
    if (!quiet) this.#callers++;
    const isFull = this.#entries >= GROUP_ENTRIES_MAX || this.#bytes >= GROUP_BYTES_MAX;
    if (this.#busy) {
      if (isFull && this.#due !== null) queueMicrotask(this.#due);
    } else if (quiet && !isFull) this.#quietTimer ??= setTimeout(this.#start, GROUP_QUIET_MS);
    else if (quiet) queueMicrotask(this.#start);
    else this.#start();
  }

  /** Resolves when nobody waits any more. */
  async settled(): Promise<void> {
    while (this.#waiting.length > 0 || this.#busy) {
      const settled = new Promise<void>((resolve) => this.#settling.push(resolve));
      if (!this.#busy) this.#start();
      await settled;
    }
  }

  readonly #start = (): void => {
    if (this.#quietTimer !== null) clearTimeout(this.#quietTimer);
    this.#quietTimer = null;
    if (this.#busy || this.#waiting.length === 0) return;
    this.#busy = true;
    if (this.#callers > 0) this.#collect();
    else this.#run();
  };

  /** Until its time is over, or it is full. */
  #collect(): void {
    const { after = byTimer, waitMs = 0 } = this.#options;
    const due = (): void => {
      if (this.#due !== due) return;
      this.#due = null;
      this.#run();
    };
    this.#due = due;
    after(waitMs, due);
  }

  /** Commits groups until nobody waits. */
  #run(): void {
    do {
      const callers = this.#take();
      if (!this.#commit(callers)) return;
    } while (this.#goesOn());
  }

  /** After a group. Whoever came while it was written has waited long enough, unless each group waits: true when the next starts at once. */
  #goesOn(): boolean {
    if (this.#callers > 0) {
      if (this.#options.always !== true) return true;
      this.#collect();
      return false;
    }
    this.#busy = false;
    if (this.#waiting.length > 0) this.#quietTimer ??= setTimeout(this.#start, GROUP_QUIET_MS);
    const settling = this.#settling;
    if (settling.length > 0) {
      this.#settling = [];
      for (const settled of settling) settled();
    }
    return false;
  }

  /** The next callers that fit into one group: at least one. */
  #take(): readonly Caller[] {
    let count = 0;
    let entries = 0;
    let bytes = 0;
    let callers = 0;
    for (const each of this.#waiting) {
      const more = this.#sizes[count]!;
      if (count > 0 && (entries + each.entries.length > GROUP_ENTRIES_MAX || bytes + more > GROUP_BYTES_MAX)) break;
      entries += each.entries.length;
      bytes += more;
      if (!each.quiet) callers++;
      count++;
    }
    this.#bytes -= bytes;
    this.#entries -= entries;
    this.#callers -= callers;
    const group = this.#waiting;
    const sizes = this.#sizes;
    this.#waiting = group.splice(count);
    this.#sizes = sizes.splice(count);
    return group;
  }

  /** True when it is done already. */
  #commit(group: readonly Caller[]): boolean {
    const entries: Uint8Array[] = [];
    const writes: Write[] = [];
    for (const each of group) {
      for (const entry of each.entries) entries.push(entry);
      for (const write of each.writes) writes.push(write);
    }
    let committed: Committed | null;
    try {
      committed = this.#options.log.commitNow(entries, writes);
    } catch (error) {
      for (const each of group) told(() => each.refuse(error));
      return true;
    }
    if (committed !== null) {
      answer(group, committed);
      return true;
    }
    void this.#options.log
      .commit(entries, writes)
      .then(
        (done) => answer(group, done),
        (error: unknown) => {
          for (const each of group) told(() => each.refuse(error));
        },
      )
      .then(() => {
        if (this.#goesOn()) this.#run();
      });
    return false;
  }
}

function answer(group: readonly Caller[], committed: Committed): void {
  let place = 0;
  for (const each of group) {
    const at = place;
    place += each.entries.length;
    try {
      each.answer(committed, at);
    } catch (error) {
      thrown(error);
    }
  }
}

function told(tell: () => void): void {
  try {
    tell();
  } catch (error) {
    thrown(error);
  }
}

/** A mistake of one caller does not keep the others from being told. */
function thrown(error: unknown): void {
  setImmediate(() => {
    throw error;
  });
}
