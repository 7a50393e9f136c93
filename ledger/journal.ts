// A store whose batches are in a file first, and in the store itself a little later. A batch is one append to a file that grows by
// itself, where the store would write pages all over its own; many batches then become one transaction, in which what was written
// again and again (tiles, the checkpoint) is written once.
//
//   batch   length of body (u32 LE), number (u64 LE), first 16 bytes of SHA-256 of number and body, body as in pack.ts
//
// What follows from the rest of a batch (tiles, from entries) is not in the files, but in memory until it goes to the store.
// Two files take turns. While the batches of one go into the store, the other takes new ones; the number of the last batch in the
// store is in the store, too. What a process left behind when it was killed is put into the store when it opens again; who opens it puts
// a token of its own there. With `durable` a batch is on the disk when `write` resolves; without, it is with the operating system: safe from the end of the process, not from
// that of the machine.
import { randomBytes } from "node:crypto";
import {
  closeSync,
  existsSync,
  fdatasync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { equalBytes, fromUtf8, utf8 } from "../core/index.ts";
import { LedgerError } from "./errors.ts";
import {
  JOURNAL_BYTES_MAX,
  JOURNAL_DRAIN_BYTES,
  JOURNAL_DRAIN_DURABLE_BYTES,
  JOURNAL_DRAIN_DURABLE_MS,
  JOURNAL_DRAIN_MS,
  JOURNAL_SHARED_BYTES_MAX,
  JOURNAL_SPACE_EVERY_BYTES,
} from "./limits.ts";
import type { CheckpointLock } from "./lock.ts";
import { nativeSha256 } from "./native.ts";
import { pack, packedMost, unpackBatch } from "./pack.ts";
import { Pending } from "./pending.ts";
import { NAMESPACE, refuseLargeWrite, type Storage, type Write } from "./storage.ts";
import { tilesAgain } from "./tiles-again.ts";

const HEAD_BYTES = 28;
const CHECK_BYTES = 16;
/** Number of the last batch that is in the store. */
const APPLIED = { namespace: NAMESPACE.meta, key: "journal" } as const;
/** Of the process whose journal it is. */
const OWNER = { namespace: NAMESPACE.meta, key: "journal-owner" } as const;
const TOKEN_BYTES = 16;
const FILES = ["journal.0", "journal.1"] as const;
/** A folder that was written through a journal has one from then on. */
export const hasJournal = (folder: string): boolean => FILES.some((name) => existsSync(join(folder, name)));

export interface JournalOptions {
  readonly storage: Storage;
  /** Of the two files: that of the store. */
  readonly folder: string;
  /** Written after each checkpoint is in the store, by this store; `Log.open` is given `lock` of the store in its place. */
  readonly lock: CheckpointLock;
  readonly durable: boolean;
  /** Only read: what lies in the files is seen, and nothing is changed. */
  readonly readOnly?: boolean;
  /** Namespaces that are written often and seldom read, entries aside: their writes wait as bytes. */
  readonly seldomRead?: readonly string[];
}

interface Batch {
  readonly number: number;
  readonly writes: readonly Write[];
}

/** Batches are put together here, behind room for their head. */
let shared = Buffer.allocUnsafeSlow(64 * 1024);

export class JournalStorage implements Storage {
  readonly #options: JournalOptions;
  /** Empty until the journal is taken over. */
  #files: readonly { readonly handle: number }[] = [];
  /** Not in the store yet; then what is on its way there. They change places. */
  #pending: Pending;
  #moving: Pending;
  #active = 0;
  #at = 0;
  #number = 0;
  /** Bytes that may be written before the system is asked again whether there is room. */
  #mayUse = 0;
  #draining: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;
  /** Why the store did not take the last batches, or null. They stay in both files until it does. */
  #stuck: LedgerError | null = null;
  /** Why nothing can be written until the process ends, or null. */
  #failed: LedgerError | null = null;
  #closed = false;

  /** In the store as long as nobody else took the journal over. */
  readonly #token = randomBytes(TOKEN_BYTES);

  /** Opens the files beside the store and puts into it what they hold and it does not. When the store has no room for it, it is read
   *  from the files, and taken over by the first write that finds room. */
  static async open(options: JournalOptions): Promise<JournalStorage> {
    const journal = new JournalStorage(options);
    if (options.readOnly === true) journal.#pending = journal.#left().pending;
    else
      try {
        await journal.#takeOver();
      } catch (error) {
        if (!(error instanceof LedgerError) || error.code !== "ledger/no-space") throw error;
        journal.#pending = journal.#left().pending;
      }
    return journal;
  }

  private constructor(options: JournalOptions) {
    this.#options = options;
    this.#pending = this.#newPending();
    this.#moving = this.#newPending();
  }

  #newPending(): Pending {
    return new Pending(this.#options.seldomRead);
  }

  /** What the files hold and the store does not, tiles included, and the number of its last batch. */
  #left(): { readonly pending: Pending; readonly number: number } {
    const { storage, folder } = this.#options;
    const applied = Number(fromUtf8(storage.get(APPLIED.namespace, APPLIED.key) ?? utf8("0")));
    const left = leftAfter(applied, folder);
    const pending = this.#newPending();
    for (const { writes } of left) for (const write of writes) pending.set(write);
    const [entry] = pending.keys(NAMESPACE.entries);
    const entries = { get: (key: string) => pending.get(NAMESPACE.entries, key) };
    if (entry !== undefined) for (const tile of tilesAgain(storage, entries, nativeSha256)) pending.set(tile);
    return { pending, number: left.at(-1)?.number ?? applied };
  }

  /** The token is in the store before the files are read for the last time: another process that still wrote to them answers nothing
   *  from then on, and what it answered before is in them. */
  async #takeOver(): Promise<void> {
    const { storage, folder, durable } = this.#options;
    for (let first = true; ; first = false) {
      const { pending, number } = this.#left();
      this.#number = number;
      if (pending.empty && !first) break;
      await moved(storage, pending, [appliedTo(number), { ...OWNER, value: this.#token }]);
      storage.refresh?.();
    }
    this.#files = FILES.map((name) => {
      const handle = openSync(join(folder, name), "w+", 0o600);
      ftruncateSync(handle, 0);
      fsyncSync(handle);
      return { handle };
    });
    if (durable) flushFolder(folder);
    this.#pending = this.#newPending();
  }

  /** For `Log.open`: reads the lock, and makes one where there is none: a log writes it before its first entry, so however early a
   *  process is killed, a store with entries has its lock. From then on it is written once what it tells of is in the store. */
  get lock(): CheckpointLock {
    const { lock } = this.#options;
    let missing = lock.read() === null;
    return {
      read: () => lock.read(),
      write: (note) => {
        if (missing) lock.write(note);
        missing = false;
      },
      close: () => undefined,
    };
  }

  async write(batch: readonly Write[]): Promise<void> {
    this.#refuse();
    if (this.#files.length === 0) await this.#takeOver();
    // Behind a slow disk: whoever writes waits, and memory stays bounded.
    while (this.#pending.bytes > JOURNAL_BYTES_MAX && this.#failed === null) {
      await this.#drain();
      if (this.#stuck !== null) throw this.#stuck;
    }
    // The one whose turn it is now: to the next batch it may be the other one.
    const { handle } = this.#files[this.#active]!;
    this.writeNow(batch);
    if (!this.#options.durable) return;
    await this.#flush(handle);
    this.#refuseOthers();
  }

  writesNow(): boolean {
    return !this.#options.durable && this.#files.length > 0 && this.#pending.bytes <= JOURNAL_BYTES_MAX;
  }

  writeNow(batch: readonly Write[]): void {
    this.#refuse();
    if (this.#failed !== null) throw this.#failed;
    this.#assertSpace();
    for (let i = 0; i < batch.length; i++) refuseLargeWrite(batch[i]!);
    const pending = this.#pending;
    const bytes = this.#append(pending, batch);
    pending.bytes += bytes;
    this.#mayUse -= bytes;
    const { durable } = this.#options;
    if (pending.bytes >= (durable ? JOURNAL_DRAIN_DURABLE_BYTES : JOURNAL_DRAIN_BYTES)) void this.#drain();
    else this.#drainLater();
  }

  /** The system is asked again for each bit of room that was used and after each drain: an answer costs as much as the writing. Who else
   *  fills the disk meanwhile is met by the write itself. */
  #assertSpace(): void {
    if (this.#mayUse > 0) return;
    const reasonNot = this.readOnlyReason();
    if (reasonNot !== null) throw new LedgerError("ledger/no-space", reasonNot);
    this.#mayUse = JOURNAL_SPACE_EVERY_BYTES;
  }

  /** Before a batch counts as written. */
  #refuseOthers(): void {
    const { storage, folder } = this.#options;
    storage.refresh?.();
    if (equalBytes(storage.get(OWNER.namespace, OWNER.key) ?? new Uint8Array(), this.#token)) return;
    this.#failed = new LedgerError("ledger/in-use", `another process took over the journal of \`${folder}\``);
    throw this.#failed;
  }

  #refuse(): void {
    if (this.#closed) throw new LedgerError("ledger/closed", "the ledger is closed");
    if (this.#options.readOnly === true)
      throw new LedgerError("ledger/read-only-folder", "the ledger was opened for reading only");
  }

  /** Puts a batch into the file and among those that are pending. Gives how many bytes it took. */
  #append(pending: Pending, batch: readonly Write[]): number {
    const number = this.#number + 1;
    let most = HEAD_BYTES;
    for (let i = 0; i < batch.length; i++) most += packedMost(batch[i]!);
    if (most > shared.length && most <= JOURNAL_SHARED_BYTES_MAX) shared = Buffer.allocUnsafeSlow(most);
    const bytes = most > shared.length ? Buffer.allocUnsafe(most) : shared;
    let end = HEAD_BYTES;
    // Where the runs of writes that wait as bytes begin and end.
    const runs: number[] = [];
    let inRun = false;
    for (let i = 0; i < batch.length; i++) {
      const write = batch[i]!;
      if (write.derived === true) continue;
      const packs = pending.packs(write.namespace);
      if (packs !== inRun) runs.push(end);
      inRun = packs;
      end = pack(bytes, end, write);
    }
    if (inRun) runs.push(end);
    writeHead(bytes, end, number);
    const { handle } = this.#files[this.#active] as { handle: number };
    try {
      for (let done = 0; done < end; ) done += writeSync(handle, bytes, done, end - done, this.#at + done);
    } catch (error) {
      // Nothing of it counts: the next one is written over it.
      throw new LedgerError("ledger/no-space", `the journal could not be written: ${(error as Error).message}`, error);
    }
    this.#at += end;
    this.#number = number;
    for (let i = 0; i < runs.length; i += 2) pending.setPacked(bytes.subarray(runs[i], runs[i + 1]));
    for (let i = 0; i < batch.length; i++) {
      const write = batch[i]!;
      if (write.derived === true || !pending.packs(write.namespace)) pending.set(write);
    }
    return end;
  }

  #flush(handle: number): Promise<void> {
    return new Promise((resolve, reject) => {
      fdatasync(handle, (error) => {
        if (error === null) return resolve();
        this.#failed = new LedgerError("ledger/flush-failed", `the disk refused a batch: ${error.message}`, error);
        reject(this.#failed);
      });
    });
  }

  #drainLater(): void {
    if (this.#timer !== null || this.#draining !== null) return;
    const afterMs = this.#options.durable ? JOURNAL_DRAIN_DURABLE_MS : JOURNAL_DRAIN_MS;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.#drain();
    }, afterMs);
    this.#timer.unref();
  }

  /** Puts what is pending into the store. Never rejects: a failure meets the next `write`. */
  #drain(): Promise<void> {
    this.#draining ??= this.#move().finally(() => {
      this.#draining = null;
      if (!this.#pending.empty && this.#failed === null && !this.#closed) this.#drainLater();
    });
    return this.#draining;
  }

  async #move(): Promise<void> {
    if (this.#pending.empty) return;
    this.#mayUse = 0;
    const moving = this.#pending;
    const number = this.#number;
    this.#pending = this.#moving;
    this.#moving = moving;
    if (this.#stuck === null) {
      this.#active = 1 - this.#active;
      this.#at = 0;
    }
    try {
      await moved(this.#options.storage, moving, [appliedTo(number)]);
      const note = noteOf(moving);
      const { lock } = this.#options;
      if (note !== null) await (lock.writeLater?.(note) ?? lock.write(note));
      moving.clear();
      this.#stuck = null;
    } catch (error) {
      const known =
        error instanceof LedgerError
          ? error
          : new LedgerError("ledger/flush-failed", error instanceof Error ? error.message : String(error), error);
      // A full disk has taken nothing, and may have room again; anything else ends with the process.
      if (known.code === "ledger/no-space") this.#stuck = known;
      else this.#failed = known;
      moving.add(this.#pending);
      this.#moving = this.#pending;
      this.#pending = moving;
      this.#moving.clear();
    }
  }

  get(namespace: string, key: string): Uint8Array | undefined {
    if (this.#closed) throw new LedgerError("ledger/closed", "the ledger is closed");
    let found = this.#pending.get(namespace, key);
    if (found === undefined) found = this.#moving.get(namespace, key);
    return found === undefined ? this.#options.storage.get(namespace, key) : (found ?? undefined);
  }

  range(
    namespace: string,
    options: Parameters<Storage["range"]>[1],
  ): { readonly key: string; readonly value: Uint8Array }[] {
    const { from, until, most, reverse = false } = options;
    const over = new Map<string, Uint8Array | null>();
    for (const writes of [this.#moving, this.#pending])
      for (const key of writes.keys(namespace))
        if ((from === undefined || order(key, from) >= 0) && (until === undefined || order(key, until) < 0))
          over.set(key, writes.get(namespace, key) ?? null);
    const below = this.#options.storage.range(namespace, { ...options, most: most + over.size });
    const all = [
      ...below.filter(({ key }) => !over.has(key)),
      ...[...over].flatMap(([key, value]) => (value === null ? [] : [{ key, value }])),
    ];
    all.sort((a, b) => (reverse ? order(b.key, a.key) : order(a.key, b.key)));
    return all.slice(0, most);
  }

  readOnlyReason(): string | null {
    return this.#options.storage.readOnlyReason();
  }

  /** Puts everything into the store and closes both. */
  async close(): Promise<void> {
    if (this.#closed) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#files.length > 0)
      while (this.#failed === null && (!this.#pending.empty || this.#draining !== null)) {
        await this.#drain();
        if (this.#stuck !== null) break;
      }
    this.#closed = true;
    for (const { handle } of this.#files) closeSync(handle);
    this.#options.lock.close();
    await this.#options.storage.close();
  }
}

/** A new name is on the disk only after its folder is. */
function flushFolder(folder: string): void {
  const handle = openSync(folder, "r");
  fsyncSync(handle);
  closeSync(handle);
}

/** Of keys by their UTF-8. */
function order(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    // By code points: code units differ from them for surrogates.
    if (a.charCodeAt(i) !== b.charCodeAt(i)) return a.codePointAt(i)! - b.codePointAt(i)!;
  }
  return a.length - b.length;
}

const appliedTo = (number: number): Write => ({ ...APPLIED, value: utf8(String(number)) });

/** Puts what is pending into the store, and what says so. */
function moved(storage: Storage, pending: Pending, also: readonly Write[]): Promise<void> {
  const { packed } = pending;
  const others = [...pending.others(), ...also];
  return storage.writePacked === undefined
    ? storage.write([...unpackBatch(Buffer.from(packed)), ...others])
    : storage.writePacked(packed, others);
}

/** The checkpoint among writes. */
function noteOf(writes: Pending): string | null {
  const value = writes.get(NAMESPACE.meta, "checkpoint") ?? null;
  return value === null ? null : (fromUtf8(value) ?? null);
}

/** The head of a batch whose body ends at `end`. The number lies before the body while both are hashed: nothing has to be copied. */
function writeHead(bytes: Buffer, end: number, number: number): void {
  bytes.writeBigUInt64LE(BigInt(number), HEAD_BYTES - 8);
  const check = nativeSha256(bytes.subarray(HEAD_BYTES - 8, end));
  bytes.writeUInt32LE(end - HEAD_BYTES, 0);
  bytes.writeBigUInt64LE(BigInt(number), 4);
  bytes.set(check.subarray(0, CHECK_BYTES), HEAD_BYTES - CHECK_BYTES);
}

/** Of the number and the body of a batch with its head. */
function checkOf(bytes: Uint8Array): Uint8Array {
  const hashed = Buffer.allocUnsafe(bytes.length - HEAD_BYTES + 8);
  hashed.set(bytes.subarray(4, 12));
  hashed.set(bytes.subarray(HEAD_BYTES), 8);
  return nativeSha256(hashed).subarray(0, CHECK_BYTES);
}

/** The whole batches of both files that are not in the store, in their order, up to the first that is missing. */
function leftAfter(applied: number, folder: string): readonly Batch[] {
  const all = FILES.flatMap((name) => batchesOf(readIfThere(join(folder, name))))
    .filter(({ number }) => number > applied)
    .sort((a, b) => a.number - b.number);
  const missing = all.findIndex(({ number }, i) => number !== applied + 1 + i);
  return missing < 0 ? all : all.slice(0, missing);
}

function readIfThere(path: string): Buffer {
  try {
    return statSync(path).isFile() ? readFileSync(path) : Buffer.alloc(0);
  } catch {
    return Buffer.alloc(0);
  }
}

/** A file ends where a batch is cut, changed, or older than the one before it. */
function batchesOf(file: Buffer): readonly Batch[] {
  const out: Batch[] = [];
  for (let at = 0; at + HEAD_BYTES <= file.length; ) {
    const end = at + HEAD_BYTES + file.readUInt32LE(at);
    if (end > file.length) break;
    const bytes = file.subarray(at, end);
    const number = Number(bytes.readBigUInt64LE(4));
    if (out.length > 0 && number !== (out.at(-1) as Batch).number + 1) break;
    if (!equalBytes(checkOf(bytes), bytes.subarray(12, HEAD_BYTES))) break;
    out.push({ number, writes: unpackBatch(bytes.subarray(HEAD_BYTES)) });
    at = end;
  }
  return out;
}
