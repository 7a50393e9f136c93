// The durable store: one LMDB environment in one folder, one writer, one transaction and one flush per batch.
//
// LMDB has no checksums and returns a flipped byte as if it were the truth. So every value is stored as
// `SHA-256(namespace 0x00 key 0x00 value)` (the first 16 bytes) and then the value, and the hash is checked on every read.
// `overlappingSync` is off: a commit resolves when it is on the disk, not when it is visible.
import { hash } from "node:crypto";
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  statfsSync,
  statSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { ABORT, type Database, open, type RootDatabase } from "lmdb";
import { fromUtf8, utf8 } from "../core/index.ts";
import { Committer, type Outcome } from "./committer.ts";
import { LedgerError } from "./errors.ts";
import { FREE_BYTES_RESERVE, MAP_BYTES } from "./limits.ts";
import { packBatch, unpackBatch } from "./pack.ts";
import { refuseLargeWrite, type Storage, type Write } from "./storage.ts";
import { claim, release, WRITER_FILE } from "./writer.ts";

/** Version of the layout of keys and values. */
const VERSION = "writ ledger 1";
const CHECK_BYTES = 16;
const DATA_FILE = "ledger.mdb";
/** Counts the batches, so that a second writer that got past the claim is seen inside the transaction. */
const TURN = { namespace: "meta", key: "turn" } as const;

export interface LmdbOptions {
  readonly folder: string;
  /** Make the folder when it is missing. */
  readonly create: boolean;
  /** Open without the right to write and beside a running writer. */
  readonly readOnly?: boolean;
  /** Free bytes below which writing stops. */
  readonly reserveBytes?: number;
  /** Write in a thread of its own: for who has other things to do meanwhile. */
  readonly thread?: boolean;
  /** Free bytes of the disk; by default asked of the system. */
  readonly freeBytes?: () => number;
}

const fullKey = (namespace: string, key: string): Buffer => Buffer.from(`${namespace}\u0000${key}`);

/** The stored form of a value. The hash is made in one call over one buffer: half the time of feeding it in parts. */
function seal(fullKey: Buffer, value: Uint8Array): Buffer {
  const hashed = Buffer.allocUnsafe(fullKey.length + 1 + value.length);
  hashed.set(fullKey);
  hashed[fullKey.length] = 0;
  hashed.set(value, fullKey.length + 1);
  const sealed = Buffer.allocUnsafe(CHECK_BYTES + value.length);
  hash("sha256", hashed, "buffer").copy(sealed, 0, 0, CHECK_BYTES);
  sealed.set(value, CHECK_BYTES);
  return sealed;
}

export class LmdbStorage implements Storage {
  readonly #root: RootDatabase<Buffer, Buffer>;
  readonly #data: Database<Buffer, Buffer>;
  readonly #options: LmdbOptions;
  /** The thread that writes, or null: this one. */
  #committer: Committer | null = null;
  #closed = false;
  #turn = 0;

  private constructor(root: RootDatabase<Buffer, Buffer>, options: LmdbOptions) {
    this.#root = root;
    this.#data = root;
    this.#options = options;
  }

  /** Opens a ledger folder, or makes one. Every way this can fail is a LedgerError with what to do. */
  static open(options: LmdbOptions): LmdbStorage {
    const { folder, create, readOnly = false } = options;
    if (!existsSync(folder)) {
      if (!create) throw new LedgerError("ledger/missing-folder", `there is no folder \`${folder}\``);
      try {
        makeFolder(folder);
      } catch (error) {
        throw new LedgerError(
          "ledger/read-only-folder",
          `the folder \`${folder}\` cannot be made: ${reason(error)}`,
          error,
        );
      }
    }
    const file = join(folder, DATA_FILE);
    if (!existsSync(file)) {
      const inside = contents(folder);
      if (!create || readOnly) throw new LedgerError("ledger/not-a-ledger", `\`${folder}\` holds no ledger`);
      if (
        inside.some(
          (name) =>
            name !== WRITER_FILE &&
            !name.startsWith("checkpoint.") &&
            !name.startsWith("journal.") &&
            !name.endsWith(".key") &&
            name !== "ledger.mdb-lock",
        )
      ) {
        throw new LedgerError("ledger/not-a-ledger", `\`${folder}\` is not empty and holds no ledger`);
      }
    }
    if (!readOnly) {
      try {
        accessSync(folder, constants.W_OK);
        if (existsSync(file)) accessSync(file, constants.W_OK);
      } catch (error) {
        throw new LedgerError("ledger/read-only-folder", `\`${folder}\` cannot be written`, error);
      }
      claim(folder);
    }
    const damage = existsSync(file) ? damageOf(file) : null;
    if (damage !== null) {
      if (!readOnly) release(folder);
      throw new LedgerError("ledger/corrupt", `\`${file}\` ${damage}`);
    }
    let root: RootDatabase<Buffer, Buffer>;
    const settings = {
      noSubdir: true,
      overlappingSync: false,
      encoding: "binary",
      keyEncoding: "binary",
      mapSize: MAP_BYTES,
      readOnly,
      maxReaders: 64,
    } as const;
    try {
      root = open<Buffer, Buffer>({ ...settings, path: file });
    } catch (error) {
      if (!readOnly) release(folder);
      throw new LedgerError("ledger/corrupt", `\`${file}\` cannot be opened as a store: ${reason(error)}`, error);
    }
    const storage = new LmdbStorage(root, options);
    try {
      storage.#prove(readOnly);
    } catch (error) {
      void root.close();
      if (!readOnly) release(folder);
      throw error;
    }
    if (options.thread === true && !readOnly) {
      const turnKey = fullKey(TURN.namespace, TURN.key);
      storage.#committer = new Committer({ path: file, options: settings, turnKey, checkBytes: CHECK_BYTES });
    }
    return storage;
  }

  #prove(readOnly: boolean): void {
    let found: Uint8Array | undefined;
    try {
      found = this.get("meta", "version");
    } catch (error) {
      throw error instanceof LedgerError
        ? error
        : new LedgerError("ledger/corrupt", `the store cannot be read: ${reason(error)}`, error);
    }
    if (found === undefined) {
      if (this.range("meta", { most: 1 }).length > 0 || this.range("entries", { most: 1 }).length > 0)
        throw new LedgerError("ledger/corrupt", "the store has lost its version");
      if (readOnly) throw new LedgerError("ledger/not-a-ledger", "the store is empty");
      const key = fullKey("meta", "version");
      this.#root.putSync(key, seal(key, utf8(VERSION)));
    } else if (fromUtf8(found) !== VERSION) {
      throw new LedgerError(
        "ledger/wrong-version",
        `the store is \`${fromUtf8(found)}\`, this program reads \`${VERSION}\``,
      );
    }
    this.#turn = this.#storedTurn();
  }

  #storedTurn(): number {
    const turn = this.get(TURN.namespace, TURN.key);
    return turn === undefined ? 0 : Number(fromUtf8(turn));
  }

  write(batch: readonly Write[]): Promise<void> {
    return this.writePacked(NOTHING, batch);
  }

  async writePacked(packed: Uint8Array, batch: readonly Write[]): Promise<void> {
    if (this.#closed) throw new LedgerError("ledger/closed", "the ledger is closed");
    if (this.#options.readOnly === true)
      throw new LedgerError("ledger/read-only-folder", "the ledger was opened for reading only");
    const reasonNot = this.readOnlyReason();
    if (reasonNot !== null) throw new LedgerError("ledger/no-space", reasonNot);
    batch.forEach(refuseLargeWrite);
    const outcome =
      this.#committer === null
        ? this.#commit(packed.length === 0 ? batch : [...unpackBatch(Buffer.from(packed)), ...batch])
        : await this.#committer.write(packBatch(batch, packed), this.#turn, this.#turn + 1);
    if (outcome.kind === "failed")
      throw new LedgerError("ledger/flush-failed", `the disk refused a batch: ${outcome.reason}`);
    if (outcome.kind === "others")
      throw new LedgerError("ledger/in-use", `another process wrote to \`${this.#options.folder}\``);
    this.#turn++;
    // What was read in this turn of the event loop was read from a snapshot before the batch.
    if (this.#committer !== null) this.#data.resetReadTxn();
  }

  /** One transaction, one flush, on this thread: 2 ms for a full group. The asynchronous form of the package reports a full disk
   *  by an unhandled rejection that would end the process before its callers are answered. */
  #commit(batch: readonly Write[]): Outcome {
    const puts = batch.map(sealed);
    const turnKey = fullKey(TURN.namespace, TURN.key);
    const turn = seal(turnKey, utf8(String(this.#turn + 1)));
    let others = false;
    try {
      this.#data.transactionSync(() => {
        others = this.#storedTurn() !== this.#turn;
        if (others) return ABORT;
        for (const { key, value } of puts) {
          if (value === null) this.#data.removeSync(key);
          else this.#data.putSync(key, value);
        }
        this.#data.putSync(turnKey, turn);
        return undefined;
      });
    } catch (error) {
      return { kind: "failed", reason: reason(error) };
    }
    return { kind: others ? "others" : "done" };
  }

  get(namespace: string, key: string): Uint8Array | undefined {
    if (this.#closed) throw new LedgerError("ledger/closed", "the ledger is closed");
    const found = this.#data.get(fullKey(namespace, key));
    return found === undefined ? undefined : this.#opened(namespace, key, found);
  }

  #opened(namespace: string, key: string, sealed: Buffer): Uint8Array {
    // A copy, and no Buffer: those know another `slice`, and what is not in the store yet is none either.
    const value = new Uint8Array(sealed.subarray(CHECK_BYTES));
    if (sealed.length < CHECK_BYTES || !sealed.equals(seal(fullKey(namespace, key), value))) {
      throw new LedgerError("ledger/corrupt", `the stored value \`${namespace} ${key}\` is not what was written`);
    }
    return value;
  }

  refresh(): void {
    this.#data.resetReadTxn();
  }

  range(
    namespace: string,
    options: Parameters<Storage["range"]>[1],
  ): { readonly key: string; readonly value: Uint8Array }[] {
    const prefix = `${namespace}\u0000`;
    const low = Buffer.from(prefix + (options.from ?? ""));
    const high = options.until === undefined ? Buffer.from(`${namespace}\u0001`) : Buffer.from(prefix + options.until);
    const bounds =
      options.reverse === true
        ? { start: high, end: low, reverse: true, exclusiveStart: true, inclusiveEnd: true }
        : { start: low, end: high };
    const out: { key: string; value: Uint8Array }[] = [];
    for (const { key, value } of this.#data.getRange({ ...bounds, limit: options.most })) {
      const text = fromUtf8(key);
      if (text === undefined || !text.startsWith(prefix))
        throw new LedgerError("ledger/corrupt", `a key below \`${namespace}\` is damaged`);
      const name = text.slice(prefix.length);
      out.push({ key: name, value: this.#opened(namespace, name, value) });
    }
    return out;
  }

  readOnlyReason(): string | null {
    const free = this.#options.freeBytes?.() ?? freeBytes(this.#options.folder);
    const reserve = this.#options.reserveBytes ?? FREE_BYTES_RESERVE;
    return free < reserve
      ? `${free} bytes are free on the disk of the ledger, less than the reserve of ${reserve}`
      : null;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#committer?.close();
    await this.#root.close();
    if (this.#options.readOnly !== true) release(this.#options.folder);
  }
}

const NOTHING = new Uint8Array();

/** A write as it is stored. */
function sealed(write: Write): { readonly key: Buffer; readonly value: Buffer | null } {
  const key = fullKey(write.namespace, write.key);
  return { key, value: write.value === null ? null : seal(key, write.value) };
}

/** What makes a data file impossible to map, or null. LMDB maps the file and a page beyond its end would take the whole process
 *  down, so the two head pages are read first: each has a magic number and the number of the last page in use.
 *  Layout: 24 bytes of page head, then magic (4), version (4), address, map size (8 each), two tree records (48 each), last page
 *  (8), transaction (8), all little endian. */
function damageOf(file: string): string | null {
  const { size } = statSync(file);
  if (!statSync(file).isFile()) return "is not a file";
  const head = Buffer.alloc(PAGE_SIZES[PAGE_SIZES.length - 1]! + 160);
  const handle = openSync(file, "r");
  const read = readSync(handle, head, 0, head.length, 0);
  closeSync(handle);
  const isHead = (at: number): boolean => read >= at + 160 && head.readUInt32LE(at + 24) === 0xbeefc0de;
  if (!isHead(0)) return "is not a data file of this store";
  const page = PAGE_SIZES.find(isHead);
  if (page === undefined) return "has lost its second head page";
  const [first, second] = [0, page].map((at) => ({
    last: head.readBigUInt64LE(at + 144),
    transaction: head.readBigUInt64LE(at + 152),
  })) as [Head, Head];
  const newest = second.transaction > first.transaction ? second : first;
  const needed = (newest.last + 1n) * BigInt(page);
  return newest.transaction > 0n && needed > BigInt(size) ? `is cut: it has ${size} bytes and needs ${needed}` : null;
}
interface Head {
  readonly last: bigint;
  readonly transaction: bigint;
}
const PAGE_SIZES = [4_096, 8_192, 16_384, 32_768, 65_536];

function freeBytes(folder: string): number {
  const stat = statfsSync(folder);
  return stat.bavail * stat.bsize;
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Makes a folder and what is missing above it. Not `recursive: true`: Node 20 never returns from that below `/proc`. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  const above = dirname(folder);
  if (above !== folder) makeFolder(above);
  mkdirSync(folder, { mode: 0o700 });
}

function contents(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    throw new LedgerError(
      "ledger/missing-folder",
      `\`${folder}\` is not a folder that can be read: ${reason(error)}`,
      error,
    );
  }
}
