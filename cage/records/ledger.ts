// The ledger of a cage: records in the log, written in groups at the end of each turn of the event loop, by way of a journal. Which
// exchanges are under way is known here, so that one whose cage ended in the middle is found at the next start.
import { join } from "node:path";
import { fromUtf8, utf8 } from "../../core/index.ts";
import { checkpointSigner, type Key, keyFile } from "../../court-node/keys.ts";
import { cosignedNotes } from "../../ledger/cosigned.ts";
import type { LedgerError } from "../../ledger/errors.ts";
import { GroupCommit } from "../../ledger/group.ts";
import { JournalStorage } from "../../ledger/journal.ts";
import { type CheckpointLock, FileLock, MemoryLock } from "../../ledger/lock.ts";
import { Log } from "../../ledger/log.ts";
import { leafHash } from "../../ledger/merkle.ts";
import { nativeSha256, nativeVerifyEd25519 } from "../../ledger/native.ts";
import { lockPathOf } from "../../ledger/node.ts";
import { printVerifierKey } from "../../ledger/note.ts";
import { numberKey, type Storage, type Write } from "../../ledger/storage.ts";
import { LmdbStorage } from "../../ledger/storage-lmdb.ts";
import { hashAt, TILE_WIDTH } from "../../ledger/tiles.ts";
import { badRecord, noSuchRecord, severalRecords } from "../codes.ts";
import { fail } from "../errors.ts";
import { INDEX_SEGMENT, INDEX_SLICE, KEPT_PAGE, RECORD_WORD_MAX, SETTLED_EVERY } from "../limits.ts";
import type { Recorded, RecordId } from "../point.ts";
import { decodeRecord } from "./decode.ts";
import { leafPrefix, nameHash, placesIn, Segment } from "./index-of-records.ts";
import { recordNamed } from "./name.ts";
import type { CageRecord, IntentRecord } from "./record.ts";

/** Origin of a log that was given no name of its own. */
export const DEFAULT_ORIGIN = "localhost/cage";
const NAMESPACE = "cage";
const SETTLED = "settled";
/** How many segments of the index are there from the first one on, and where they are. */
const INDEXED = "indexed";
const segmentKey = (segment: number): string => `index/${numberKey(segment)}`;

export interface CageLedgerOptions {
  readonly folder: string;
  /** Signs the checkpoints; by default the key of the folder, made when there is none. */
  readonly key?: Key;
  readonly origin?: string;
  /** The second copy of the last checkpoint, by default beside the folder. */
  readonly lockPath?: string;
  /** On the disk before a record is acknowledged. */
  readonly durable?: boolean;
  readonly reserveBytes?: number;
}

/** The key file of a ledger folder: that of a court's, so all that reads ledgers finds it. */
export const keyPathOf = (folder: string): string => join(folder, "node.key");

/** An entry with its index. */
export interface Entry {
  readonly index: number;
  readonly bytes: Uint8Array;
  readonly record: CageRecord;
}

/** How a record is written. */
export interface Appending {
  /** A completion will follow. */
  readonly opens?: boolean;
  /** The index of the intent it follows. */
  readonly closes?: number;
  /** Nobody waits for it, so it may go along with the next group. */
  readonly quiet?: boolean;
  /** Of an intent: it is found by it. */
  readonly exchange?: string | null;
  readonly meta?: Readonly<Record<string, string>>;
  /** In the same batch. */
  readonly also?: readonly Write[];
}

export class CageLedger {
  readonly log: Log;
  /** Of the checkpoints. */
  readonly verifierKey: string;
  readonly #storage: Storage;
  readonly #group: GroupCommit;
  /** Indexes of the intents under way, ascending: callers are told in the order of their records. */
  readonly #open = new Set<number>();
  /** Intents on their way into the log. */
  #opening = 0;
  #sinceMark = 0;
  /** Of the index: what comes in, what goes along with the next record, and the first segment that may be missing. */
  readonly #segments = new Map<number, Segment>();
  #indexWrites: Write[] = [];
  #indexed = 0;
  #indexing: Promise<void> = Promise.resolve();
  #closing = false;
  /** The tile that was looked into last. */
  #tile: { readonly number: number; readonly size: number; readonly bytes: Uint8Array } | null = null;
  /** Exchanges that a cage before this one left under way. */
  readonly lost: readonly { readonly index: number; readonly record: IntentRecord }[];

  /** Throws LedgerError, or CageError `cage/bad-record` for a ledger of something else. */
  static async open(options: CageLedgerOptions): Promise<CageLedger> {
    const { folder, origin = DEFAULT_ORIGIN, lockPath = lockPathOf(folder), durable = false, reserveBytes } = options;
    const below = LmdbStorage.open({
      folder,
      create: true,
      thread: true,
      ...(reserveBytes === undefined ? {} : { reserveBytes }),
    });
    try {
      const key = options.key ?? keyFile(keyPathOf(folder));
      const lock = new FileLock(lockPath);
      const storage = await JournalStorage.open({ storage: below, folder, lock, durable });
      return await CageLedger.on(storage, { key, origin, lock: storage.lock });
    } catch (error) {
      await below.close();
      throw error;
    }
  }

  /** The ledger of a folder for reading only, beside a running cage or after one. */
  static async read({
    folder,
    key,
    origin,
    lockPath,
  }: Required<Omit<CageLedgerOptions, "durable" | "reserveBytes">>): Promise<CageLedger> {
    const locked = new MemoryLock(new FileLock(lockPath).read());
    const below = LmdbStorage.open({ folder, create: false, readOnly: true });
    try {
      const storage = await JournalStorage.open({
        storage: below,
        folder,
        lock: locked,
        durable: false,
        readOnly: true,
      });
      return await CageLedger.on(storage, { key, origin, lock: storage.lock, readOnly: true });
    } catch (error) {
      await below.close();
      throw error;
    }
  }

  /** On a store that is open already. */
  static async on(
    storage: Storage,
    {
      key,
      origin,
      lock,
      readOnly = false,
    }: {
      readonly key: Key;
      readonly origin: string;
      readonly lock: CheckpointLock;
      readonly readOnly?: boolean;
    },
  ): Promise<CageLedger> {
    const log = await Log.open({
      storage,
      lock,
      signer: checkpointSigner(origin, key),
      sha256: nativeSha256,
      verify: nativeVerifyEd25519,
      readOnly,
    });
    return new CageLedger(log, storage, readOnly, printVerifierKey(checkpointSigner(origin, key).key));
  }

  private constructor(log: Log, storage: Storage, readOnly: boolean, verifierKey: string) {
    this.log = log;
    this.verifierKey = verifierKey;
    this.#storage = storage;
    this.#group = new GroupCommit({ log, always: true });
    this.lost = readOnly ? [] : this.#leftOpen();
    for (const { index } of this.lost) this.#open.add(index);
    if (!readOnly) this.#startIndex();
  }

  // ── The index ───────────────────────────────────────────────────────────────────────────────────────────────────────

  #startIndex(): void {
    this.#indexed = Number(this.meta(INDEXED) ?? 0);
    const whole = Math.floor(this.size / INDEX_SEGMENT);
    try {
      for (let index = whole * INDEX_SEGMENT; index < this.size; index++) this.#indexEntry(index);
    } catch {
      // An entry that is broken is no reason not to start: its segment stays without an index.
    }
    // A ledger from before there was an index, or one that was killed at the end of a segment.
    if (this.#indexed < whole) this.#indexing = this.#indexAgain(whole).catch(() => undefined);
  }

  #indexEntry(index: number): void {
    const entry = this.log.entry(index);
    const read = decodeRecord(entry);
    const exchange = "record" in read && read.record.kind === "intent" ? read.record.exchange : null;
    this.#toIndex(index, leafHash(entry, nativeSha256), exchange);
  }

  #toIndex(index: number, leaf: Uint8Array, exchange: string | null): void {
    const at = Math.floor(index / INDEX_SEGMENT);
    const segment = this.#segments.get(at) ?? new Segment();
    this.#segments.set(at, segment);
    segment.add(index % INDEX_SEGMENT, leaf, exchange);
    if (!segment.whole) return;
    this.#segments.delete(at);
    this.#indexWrites.push({ namespace: NAMESPACE, key: segmentKey(at), value: segment.encode() });
    // One that is left out is found at the next start.
    if (at !== this.#indexed) return;
    this.#indexed++;
    this.#indexWrites.push(this.metaWrite(INDEXED, String(this.#indexed)));
  }

  /** In small parts, so that requests hardly notice. */
  async #indexAgain(until: number): Promise<void> {
    for (let at = this.#indexed; at < until; at++) {
      if (this.#storage.get(NAMESPACE, segmentKey(at)) !== undefined) {
        this.#indexed = at + 1;
        continue;
      }
      for (let place = 0; place < INDEX_SEGMENT; place++) {
        if (place % INDEX_SLICE === 0) await new Promise(setImmediate);
        if (this.#closing) return;
        this.#indexEntry(at * INDEX_SEGMENT + place);
      }
      await this.keep(this.#takeIndexWrites());
    }
    // Those that came to be meanwhile.
    while (this.#storage.get(NAMESPACE, segmentKey(this.#indexed)) !== undefined) this.#indexed++;
    await this.keep([this.metaWrite(INDEXED, String(this.#indexed))]);
  }

  #takeIndexWrites(): Write[] {
    const writes = this.#indexWrites;
    this.#indexWrites = [];
    return writes;
  }

  /** Indexes at which a key may stand, the last first: by the index, and all where it is not there. */
  *#candidates(what: "leaves" | "exchanges", key: number): Generator<number, void, undefined> {
    for (let at = Math.floor((this.size - 1) / INDEX_SEGMENT); at >= 0; at--) {
      const bytes = this.#storage.get(NAMESPACE, segmentKey(at));
      const places = bytes === undefined ? null : placesIn(bytes, what, key);
      const first = at * INDEX_SEGMENT;
      if (places !== null) for (const place of places) yield first + place;
      else
        for (let index = Math.min(this.size, first + INDEX_SEGMENT) - 1; index >= first; index--)
          if (what === "exchanges" || this.#leafPrefix(index) === key) yield index;
    }
  }

  /** The tiles of the log have the hashes, many in one value. */
  #leafPrefix(index: number): number {
    const number = Math.floor(index / TILE_WIDTH);
    if (this.#tile?.number !== number || this.#tile.size !== this.size)
      this.#tile = { number, size: this.size, bytes: this.log.tile(0, number) };
    return leafPrefix(hashAt(this.#tile.bytes, index % TILE_WIDTH));
  }

  /** Intents of an exchange, the last first: one for each address that was tried. */
  *intentsOf(exchange: string): Generator<Entry, void, undefined> {
    for (const index of this.#candidates("exchanges", nameHash(exchange))) {
      const entry = this.entry(index);
      if (entry.record.kind === "intent" && entry.record.exchange === exchange) yield entry;
    }
  }

  #leftOpen(): readonly { readonly index: number; readonly record: IntentRecord }[] {
    const left = new Map<number, IntentRecord>();
    const mark = this.meta(SETTLED);
    for (const { index, record } of this.entries(mark === null ? 0 : Number(mark))) {
      if (record.kind === "intent" && goesOn(record)) left.set(index, record);
      if (record.kind === "completion") left.delete(record.intent);
    }
    return [...left].map(([index, record]) => ({ index, record }));
  }

  get size(): number {
    return this.log.size;
  }
  /** Exchanges under way. */
  get underWay(): number {
    return this.#open.size;
  }

  /** Why nothing can be written now, or null. */
  reasonNot(): string | null {
    return this.log.haltedBy?.message ?? this.#storage.readOnlyReason();
  }

  /** A note beside the records, such as the policy in use. */
  meta(key: string): string | null {
    const value = this.#storage.get(NAMESPACE, key);
    return value === undefined ? null : (fromUtf8(value) ?? null);
  }

  /** Checkpoints that witnesses have cosigned. */
  cosigned(): readonly string[] {
    return cosignedNotes(this.#storage);
  }

  metaWrite(key: string, text: string): Write {
    return { namespace: NAMESPACE, key, value: utf8(text) };
  }

  /** What was kept beside the records under a name, in the order of its keys below `until`, at most `most`. */
  *kept(
    namespace: string,
    { until, most = Number.MAX_SAFE_INTEGER }: { readonly until?: string; readonly most?: number } = {},
  ): Generator<{ readonly key: string; readonly text: string }, void, undefined> {
    let from: string | undefined;
    for (let left = most; left > 0; ) {
      const page = this.#storage.range(namespace, {
        ...(from === undefined ? {} : { from }),
        ...(until === undefined ? {} : { until }),
        most: Math.min(KEPT_PAGE, left),
      });
      for (const { key, value } of page) yield { key, text: fromUtf8(value) ?? "" };
      if (page.length < KEPT_PAGE) return;
      left -= page.length;
      // The next key there can be.
      from = `${page.at(-1)!.key}\u0000`;
    }
  }

  /** Keeps something beside the records, written with those of this turn. Rejects with LedgerError. */
  async keep(writes: readonly Write[], meta: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.#group.append(
      [],
      [...writes, ...Object.keys(meta).map((key) => this.metaWrite(key, meta[key] as string))],
    );
  }

  /** Writes a record with the others of this turn. Rejects with LedgerError. */
  append(entry: Uint8Array, how: Appending = {}): Promise<RecordId> {
    return new Promise((resolve, reject) => {
      this.add(entry, how, (error, record) => (record === null ? reject(error) : resolve(record)));
    });
  }

  /** The same with no promise on the way: `done` is told once, after this has returned. */
  add(entry: Uint8Array, how: Appending, done: Recorded): void {
    const { opens = false, closes, quiet = false, exchange = null } = how;
    const more = this.#writesWith(how);
    if (opens) this.#opening++;
    const refuse = (error: unknown): void => {
      if (opens) this.#opening--;
      this.#indexWrites.unshift(...more.index);
      done(error as LedgerError, null);
    };
    try {
      this.#group.add({
        entries: [entry],
        writes: more.writes,
        quiet,
        refuse,
        answer: ({ first, leaves }, place) => {
          const index = first + place;
          const leaf = leaves[place]!;
          if (opens) {
            this.#opening--;
            this.#open.add(index);
          }
          if (closes !== undefined) this.#open.delete(closes);
          this.#toIndex(index, leaf, exchange);
          done(null, new WrittenRecord(index, leaf));
        },
      });
    } catch (error) {
      queueMicrotask(() => refuse(error));
    }
  }

  /** What goes along with a record: `writes` in all, of them `index` is to be tried again should it fail. */
  #writesWith({ also, meta }: Appending): { readonly writes: readonly Write[]; readonly index: readonly Write[] } {
    // Not while an intent is on its way: it may be in the log already, and not yet among those under way.
    const marks = ++this.#sinceMark >= SETTLED_EVERY && this.#opening === 0;
    if (also === undefined && meta === undefined && !marks && this.#indexWrites.length === 0) return NOTHING;
    const writes: Write[] = also === undefined ? [] : [...also];
    for (const key in meta) writes.push(this.metaWrite(key, meta[key]!));
    if (marks) {
      this.#sinceMark = 0;
      writes.push(this.metaWrite(SETTLED, String(this.#settled())));
    }
    const index = this.#takeIndexWrites();
    writes.push(...index);
    return { writes, index };
  }

  /** Every exchange whose intent lies below has its completion in the log, too. */
  #settled(): number {
    for (const index of this.#open) return index;
    return this.size;
  }

  /** The record of an entry. Throws CageError `cage/bad-record`. */
  entry(index: number): Entry {
    const bytes = this.log.entry(index);
    const read = decodeRecord(bytes);
    return "record" in read ? { index, bytes, record: read.record } : fail(badRecord({ index, reason: read.reason }));
  }

  *entries(from = 0, to = this.size): Generator<Entry, void, undefined> {
    for (let index = from; index < to; index++) yield this.entry(index);
  }

  /** A record by its index, its leaf hash in hex (or the first eight digits and more), or the id of its exchange: then its last intent.
   *  Throws CageError `cage/no-such-record`, `cage/several-records`. */
  find(id: string): Entry {
    const found = recordNamed(id, {
      size: this.size,
      leavesBeginning: (prefix) => this.#leavesBeginning(prefix),
      ofExchange: (exchange) => indexesOf(this.intentsOf(exchange)),
    });
    const shown = id.slice(0, RECORD_WORD_MAX);
    if (found === null) return fail(noSuchRecord({ id: shown }));
    if (typeof found === "number") return this.entry(found);
    const records = found.map((index) => `@${index} (${leafOf(this.log.entry(index)).slice(0, 12)}…)`).join(", ");
    return fail(severalRecords({ id: shown, records }));
  }

  *#leavesBeginning(prefix: string): Generator<number, void, undefined> {
    for (const index of this.#candidates("leaves", Number.parseInt(prefix.slice(0, 8), 16)))
      if (leafOf(this.log.entry(index)).startsWith(prefix)) yield index;
  }

  /** Waits for what is under way, then closes. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.#indexing;
    await this.#group.settled();
    // Only a help: what cannot be written now is made at the next start.
    if (this.#indexWrites.length > 0) await this.keep(this.#takeIndexWrites()).catch(() => undefined);
    await this.log.close();
  }
}

function* indexesOf(entries: Iterable<Entry>): Generator<number, void, undefined> {
  for (const { index } of entries) yield index;
}

const NOTHING: { readonly writes: readonly Write[]; readonly index: readonly Write[] } = { writes: [], index: [] };

/** Whether what was decided lets the exchange go on, so that a completion follows. */
export const goesOn = ({ decided }: IntentRecord): boolean => decided.at(-1)?.allowed === true;

const hexOf = (hash: Uint8Array): string => Buffer.from(hash.buffer, hash.byteOffset, hash.length).toString("hex");

export const leafOf = (entry: Uint8Array): string => hexOf(leafHash(entry, nativeSha256));

/** Of most completions nobody looks at the hash. */
class WrittenRecord implements RecordId {
  readonly index: number;
  readonly #hash: Uint8Array;
  constructor(index: number, hash: Uint8Array) {
    this.index = index;
    this.#hash = hash;
  }
  get leaf(): string {
    return hexOf(this.#hash);
  }
}
