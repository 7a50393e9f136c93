// The log: entries in order, the tree over them, one signed checkpoint per commit. A commit takes entries and further writes
// (states, indexes) and either all of it is on disk, in the tree and covered by a checkpoint, or none of it happened.
//
// Order of a commit: hash, sign, write and flush the store, write and flush the lock, and only then answer.
import { base64, equalBytes, fromUtf8, utf8 } from "../core/index.ts";
import { type Checkpoint, parseCheckpoint, printCheckpoint } from "./checkpoint.ts";
import { LedgerError, type LedgerErrorCode } from "./errors.ts";
import { ENTRY_BYTES_MAX } from "./limits.ts";
import type { CheckpointLock } from "./lock.ts";
import { leafHash, type Sha256 } from "./merkle.ts";
import { type NoteSigner, parseNote, signNote, type VerifierKey, type VerifyEd25519, verifyNote } from "./note.ts";
import { printProof } from "./proof.ts";
import { NAMESPACE, numberKey, type Storage, tileKey, type Write } from "./storage.ts";
import { entryBundle, TILE_WIDTH } from "./tiles.ts";
import { consistencyProof, InnerNodes, inclusionProof, rootAt, type TileWrite, Tree } from "./tree.ts";

export interface LogOptions {
  readonly storage: Storage;
  readonly lock: CheckpointLock;
  /** Signs checkpoints; its key's name is the origin of the log. */
  readonly signer: NoteSigner;
  readonly sha256: Sha256;
  readonly verify?: VerifyEd25519;
  /** Only read: nothing is published, and the lock stays as it is. */
  readonly readOnly?: boolean;
  /** Take the store as the newest when its lock is missing. */
  readonly adoptLock?: boolean;
}

export interface Committed {
  /** Index of the first entry of the batch. */
  readonly first: number;
  /** Hash of each entry in the tree, in their order. */
  readonly leaves: readonly Uint8Array[];
  readonly checkpoint: Checkpoint;
  /** The signed note. */
  readonly note: string;
}

/** A commit that is not written yet. */
interface Next {
  readonly tree: Tree;
  readonly first: number;
  readonly leaves: readonly Uint8Array[];
  readonly batch: Write[];
  readonly checkpoint: Checkpoint;
  readonly note: string;
  readonly tiles: readonly TileWrite[];
}

export class Log {
  readonly #options: LogOptions;
  #tree: Tree;
  #note: string;
  #checkpoint: Checkpoint;
  /** Why nothing is written any more, or null: set when the log was found rolled back. */
  #halted: LedgerError | null = null;
  #queue: Promise<unknown> = Promise.resolve();
  /** Commits in the queue. */
  #queued = 0;
  /** Nodes of tiles used lately. */
  readonly #inner: InnerNodes;

  private constructor(options: LogOptions, tree: Tree, note: string, checkpoint: Checkpoint) {
    this.#options = options;
    this.#tree = tree;
    this.#note = note;
    this.#checkpoint = checkpoint;
    this.#inner = new InnerNodes((level, index) => this.tile(level, index), options.sha256);
  }

  /** Opens the log of a store: checks the stored root against the tiles and against the lock. A log behind its lock, or
   *  beside it, opens read-only (`haltedBy` says why). Throws `ledger/corrupt` when the store contradicts itself. */
  static async open(options: LogOptions): Promise<Log> {
    const { storage, lock, sha256, readOnly = false } = options;
    const locked = lock.read();
    const stored = storage.get(NAMESPACE.meta, "checkpoint");
    if (stored === undefined) {
      if (readOnly) throw new LedgerError("ledger/not-a-ledger", "the store has no checkpoint yet");
      const tree = new Tree(sha256);
      const log = new Log(options, tree, "", { origin: options.signer.key.name, size: 0, root: tree.root() });
      const known = locked === null ? 0 : log.#read(locked, "lock").size;
      if (known > 0)
        log.#halt("ledger/rollback-detected", `the store is empty, but a checkpoint of ${known} entries was signed`);
      else {
        const next = log.#signed({ tree, first: 0, leaves: [], batch: [] });
        await log.#publish(next);
        log.#took(next);
      }
      return log;
    }
    const note = fromUtf8(stored);
    if (note === undefined) throw new LedgerError("ledger/corrupt", "the stored checkpoint is not a text");
    const draft = new Log(options, new Tree(sha256), note, { origin: "", size: 0, root: new Uint8Array() });
    const checkpoint = draft.#read(note);
    const tiles = (level: number, index: number): Uint8Array => draft.tile(level, index);
    const tree = Tree.load(checkpoint.size, tiles, sha256);
    if (!equalBytes(tree.root(), checkpoint.root))
      throw new LedgerError("ledger/corrupt", "the stored tiles do not give the stored root");
    const log = new Log(options, tree, note, checkpoint);
    log.#compare(locked);
    return log;
  }

  /** Compares the store with the lock. The store may be ahead by what was written when the process ended, never behind. */
  #compare(locked: string | null): void {
    const { lock, readOnly = false, adoptLock = false } = this.#options;
    const { size } = this.#checkpoint;
    if (locked === null) {
      if (size > 0 && !adoptLock)
        this.#halt(
          "ledger/lock-missing",
          `the store holds ${size} entries, but the lock that knows the newest checkpoint is missing`,
        );
      else if (!readOnly) lock.write(this.#note);
      return;
    }
    const known = this.#read(locked, "lock");
    if (known.size > size)
      this.#halt(
        "ledger/rollback-detected",
        `the store holds ${size} entries, but a checkpoint of ${known.size} was signed`,
      );
    else if (!equalBytes(rootAt(known.size, this.#inner), known.root))
      this.#halt("ledger/rollback-detected", `the store contradicts the signed checkpoint of ${known.size} entries`);
    else if (known.size < size && !readOnly) lock.write(this.#note);
  }

  #halt(code: LedgerErrorCode, message: string): void {
    this.#halted = new LedgerError(code, message);
  }

  /** Reads a note of our own and checks our signature on it. */
  #read(note: string, from: "ledger" | "lock" = "ledger"): Checkpoint {
    const { signer, verify } = this.#options;
    const parsed = parseNote(note);
    const checkpoint = "reason" in parsed ? undefined : parseCheckpoint(parsed.text);
    if ("reason" in parsed || checkpoint === undefined)
      throw new LedgerError("ledger/corrupt", "a stored checkpoint cannot be read");
    if (checkpoint.origin !== signer.key.name) {
      throw new LedgerError(
        "ledger/not-a-ledger",
        `the ${from === "lock" ? "lock beside the folder" : "folder"} is of the log \`${checkpoint.origin}\`, this node is \`${signer.key.name}\``,
      );
    }
    const verdict = verifyNote(parsed, [signer.key], verify);
    if (!verdict.ok)
      throw verdict.code === "unknown-key"
        ? new LedgerError(
            "ledger/other-key",
            `the ${from} of \`${checkpoint.origin}\` is signed by another key than this one`,
          )
        : new LedgerError("ledger/corrupt", "the signature of a stored checkpoint does not fit it");
    return checkpoint;
  }

  get size(): number {
    return this.#checkpoint.size;
  }
  get origin(): string {
    return this.#options.signer.key.name;
  }
  /** The key that its checkpoints are signed by. */
  get key(): VerifierKey {
    return this.#options.signer.key;
  }
  /** The last published checkpoint. */
  get checkpoint(): Checkpoint {
    return this.#checkpoint;
  }
  get note(): string {
    return this.#note;
  }
  /** Why the log only reads, or null. */
  get haltedBy(): LedgerError | null {
    return this.#halted;
  }

  /** Commits entries and writes as one. Batches are made one after the other, in the order of the calls. On any failure
   *  nothing of the batch happened, except `flush-failed`: then the process must end. */
  commit(entries: readonly Uint8Array[], writes: readonly Write[]): Promise<Committed> {
    this.#queued++;
    const done = this.#queue.then(async () => {
      try {
        return await this.#commit(entries, writes);
      } finally {
        this.#queued--;
      }
    });
    this.#queue = done.catch(() => undefined);
    return done;
  }

  /** The same before it returns, for a store that can and when no commit is under way; null where it has to be waited for. Throws as
   *  `commit` rejects. */
  commitNow(entries: readonly Uint8Array[], writes: readonly Write[]): Committed | null {
    const { storage, lock } = this.#options;
    if (this.#queued > 0 || storage.writesNow?.() !== true) return null;
    const next = this.#next(entries, writes);
    try {
      storage.writeNow?.(next.batch);
      lock.write(next.note);
    } catch (error) {
      throw this.#failed(error);
    }
    return this.#took(next);
  }

  async #commit(entries: readonly Uint8Array[], writes: readonly Write[]): Promise<Committed> {
    const next = this.#next(entries, writes);
    await this.#publish(next);
    return this.#took(next);
  }

  /** The log as it will be, and what is to be written for it. */
  #next(entries: readonly Uint8Array[], writes: readonly Write[]): Next {
    if (this.#halted !== null) throw this.#halted;
    if (this.#options.readOnly === true)
      throw new LedgerError("ledger/read-only-folder", "the log was opened for reading only");
    for (let i = 0; i < entries.length; i++) refuseLargeEntry(entries[i]!);
    const first = this.#tree.size;
    const tree = this.#tree.fork();
    const batch: Write[] = [...writes];
    const leaves: Uint8Array[] = [];
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[i]!;
      const leaf = leafHash(entry, this.#options.sha256);
      leaves.push(leaf);
      tree.append(leaf);
      batch.push({ namespace: NAMESPACE.entries, key: numberKey(first + i), value: entry });
    }
    return this.#signed({ tree, first, leaves, batch });
  }

  #signed({ tree, first, leaves, batch }: Pick<Next, "tree" | "first" | "leaves" | "batch">): Next {
    const { signer } = this.#options;
    const checkpoint: Checkpoint = { origin: signer.key.name, size: tree.size, root: tree.root() };
    const note = signNote(printCheckpoint(checkpoint), [signer]);
    const tiles = tree.takeChanged();
    for (const { level, index, bytes } of tiles)
      batch.push({ namespace: NAMESPACE.tiles, key: tileKey(level, index), value: bytes, derived: true });
    batch.push({ namespace: NAMESPACE.meta, key: "checkpoint", value: utf8(note) });
    return { tree, first, leaves, batch, checkpoint, note, tiles };
  }

  async #publish({ batch, note }: Next): Promise<void> {
    const { storage, lock } = this.#options;
    try {
      await storage.write(batch);
      await (lock.writeLater?.(note) ?? lock.write(note));
    } catch (error) {
      throw this.#failed(error);
    }
  }

  /** After a failure that is fatal nothing is written any more. */
  #failed(error: unknown): unknown {
    if (error instanceof LedgerError && error.fatal) this.#halted = error;
    return error;
  }

  #took({ tree, first, leaves, checkpoint, note, tiles }: Next): Committed {
    for (const { level, index } of tiles) this.#inner.forget(level, index);
    this.#tree = tree;
    this.#note = note;
    this.#checkpoint = checkpoint;
    return { first, leaves, checkpoint, note };
  }

  /** The bytes of one entry, checked against its hash in the tree. */
  entry(index: number): Uint8Array {
    if (!Number.isSafeInteger(index) || index < 0 || index >= this.size) {
      throw new LedgerError("ledger/no-such-entry", `there is no entry ${index} in a log of ${this.size}`);
    }
    const entry = this.#options.storage.get(NAMESPACE.entries, numberKey(index));
    if (entry === undefined) throw new LedgerError("ledger/corrupt", `entry ${index} is missing`);
    if (!equalBytes(leafHash(entry, this.#options.sha256), this.#inner.root(0, index)))
      throw new LedgerError("ledger/corrupt", `entry ${index} is not what the tree says`);
    return entry;
  }

  /** A stored tile as wide as it is now, read from the store. */
  tile(level: number, index: number): Uint8Array {
    const tile = this.#options.storage.get(NAMESPACE.tiles, tileKey(level, index));
    if (tile === undefined) throw new LedgerError("ledger/corrupt", `tile ${level}/${index} is missing`);
    return tile;
  }

  /** The entry bundle of a tile, as wide as asked. */
  bundle(index: number, width: number): Uint8Array {
    return entryBundle(Array.from({ length: width }, (_, i) => this.entry(index * TILE_WIDTH + i)));
  }

  /** The proof file of an entry against the last checkpoint. */
  proof(index: number): string {
    this.entry(index);
    return printProof({ index, path: this.inclusion(index), checkpoint: this.#note, extra: null });
  }

  /** The path of an entry to the root of the last checkpoint, or to that of the first `size` entries. */
  inclusion(index: number, size = this.size): Uint8Array[] {
    return inclusionProof(index, size, this.#inner);
  }

  /** Root over its first `size` entries. */
  rootOf(size: number): Uint8Array {
    if (!Number.isSafeInteger(size) || size < 0 || size > this.size) {
      throw new LedgerError("ledger/no-such-entry", `there is no tree of ${size} entries in a log of ${this.size}`);
    }
    return rootAt(size, this.#inner);
  }

  /** Proof that the log of `size` entries, by default the present one, grew from its first `older`. */
  consistency(older: number, size = this.size): Uint8Array[] {
    if (!Number.isSafeInteger(older) || older < 0 || older > size || size > this.size) {
      throw new LedgerError("ledger/no-such-entry", `there is no tree of ${older} entries in a log of ${this.size}`);
    }
    return older === 0 ? [] : consistencyProof(older, size, this.#inner);
  }

  /** Root over the first `size` entries, base64: for messages. */
  describe(): string {
    return `${this.origin} ${this.size} ${base64(this.#checkpoint.root)}`;
  }

  /** Waits for commits under way, then closes the store. */
  async close(): Promise<void> {
    await this.#queue;
    this.#options.lock.close();
    await this.#options.storage.close();
  }
}

/** Throws LedgerError `ledger/entry-too-large`. */
export function refuseLargeEntry(entry: Uint8Array): void {
  if (entry.length > ENTRY_BYTES_MAX)
    throw new LedgerError(
      "ledger/entry-too-large",
      `an entry has ${entry.length} bytes, at most ${ENTRY_BYTES_MAX} are allowed`,
    );
}
