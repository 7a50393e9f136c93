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

interface Waiting {
  readonly entries: readonly Uint8Array[];
  readonly writes: readonly Write[];
  readonly bytes: number;
  readonly quiet: boolean;
  readonly answer: (committed: Committed) => void;
  readonly refuse: (error: unknown) => void;
}

const byTimer = (ms: number, run: () => void): void => {
  if (ms === 0) setImmediate(run);
  else setTimeout(run, ms);
};

export class GroupCommit {
  readonly #options: GroupOptions;
  readonly #waiting: Waiting[] = [];
  #bytes = 0;
  #entries = 0;
  /** Of those who wait, the ones for whom a group is made. */
  #callers = 0;
  /** Makes a group for those who only go along. */
  #quietTimer: NodeJS.Timeout | null = null;
  /** A group is collected or committed: who comes now is taken with it or after it. */
  #busy = false;
  /** Ends the wait of the group that is collected. */
  #full: (() => void) | null = null;
  #idle: Promise<void> = Promise.resolve();

  constructor(options: GroupOptions) {
    this.#options = options;
  }

  /** Commits entries and writes with those of other callers. `first` is the index of this caller's first entry, `checkpoint` that
   *  of the group. Rejects with LedgerError: `entry-too-large`, `value-too-large` and `busy` concern this caller alone,
   *  everything else its whole group, of which then nothing is written. `quiet`: nobody waits for it, so it goes along with the next
   *  group that is made for others; after GROUP_QUIET_MS one is made for it. */
  append(
    entries: readonly Uint8Array[],
    writes: readonly Write[] = [],
    { quiet = false }: { readonly quiet?: boolean } = {},
  ): Promise<Committed> {
    return new Promise((answer, refuse) => {
      entries.forEach(refuseLargeEntry);
      writes.forEach(refuseLargeWrite);
      let bytes = 0;
      for (const entry of entries) bytes += entry.length;
      for (const { value } of writes) bytes += value?.length ?? 0;
      if (this.#bytes > 0 && this.#bytes + bytes > PENDING_BYTES_MAX)
        throw new LedgerError("ledger/busy", `${this.#bytes} bytes already wait to be written`);
      this.#waiting.push({ entries, writes, bytes, quiet, answer, refuse });
      this.#bytes += bytes;
      this.#entries += entries.length;
      if (!quiet) this.#callers++;
      const isFull = this.#entries >= GROUP_ENTRIES_MAX || this.#bytes >= GROUP_BYTES_MAX;
      if (this.#busy) {
        if (isFull) this.#full?.();
      } else if (quiet && !isFull) this.#quietTimer ??= setTimeout(() => this.#start(), GROUP_QUIET_MS);
      else this.#start();
    });
  }

  /** Resolves when nobody waits any more. */
  async settled(): Promise<void> {
    while (this.#waiting.length > 0 || this.#busy) {
      if (!this.#busy) this.#start();
      await this.#idle;
    }
  }

  #start(): void {
    if (this.#quietTimer !== null) clearTimeout(this.#quietTimer);
    this.#quietTimer = null;
    if (this.#busy || this.#waiting.length === 0) return;
    this.#busy = true;
    this.#idle = this.#run();
  }

  async #run(): Promise<void> {
    if (this.#callers > 0) await this.#collect();
    // Whoever came while a group was written has waited long enough: the next group starts at once.
    do {
      await this.#commit(this.#take());
      if (this.#options.always === true && this.#callers > 0) await this.#collect();
    } while (this.#callers > 0);
    this.#busy = false;
    if (this.#waiting.length > 0) this.#quietTimer = setTimeout(() => this.#start(), GROUP_QUIET_MS);
  }

  async #collect(): Promise<void> {
    const { after = byTimer, waitMs = 0 } = this.#options;
    await new Promise<void>((resolve) => {
      this.#full = resolve;
      after(waitMs, resolve);
    });
    this.#full = null;
  }

  /** The next callers that fit into one group: at least one. */
  #take(): readonly Waiting[] {
    let count = 0;
    let entries = 0;
    let bytes = 0;
    for (const each of this.#waiting) {
      entries += each.entries.length;
      bytes += each.bytes;
      if (count > 0 && (entries > GROUP_ENTRIES_MAX || bytes > GROUP_BYTES_MAX)) break;
      count++;
    }
    const group = this.#waiting.splice(0, count);
    for (const each of group) {
      this.#bytes -= each.bytes;
      this.#entries -= each.entries.length;
      if (!each.quiet) this.#callers--;
    }
    return group;
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    try {
      const committed = await this.#options.log.commit(
        group.flatMap(({ entries }) => entries),
        group.flatMap(({ writes }) => writes),
      );
      const { checkpoint, note, leaves } = committed;
      let at = 0;
      for (const { entries, answer } of group) {
        const end = at + entries.length;
        answer({ first: committed.first + at, leaves: leaves.slice(at, end), checkpoint, note });
        at = end;
      }
    } catch (error) {
      for (const { refuse } of group) refuse(error);
    }
  }
}
