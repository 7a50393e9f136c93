// The writer of a decision log. A line is in the file before its decision is answered; a crash leaves whole lines and at most one
// that is cut, which the next start takes away. One process writes at a time.
//
// Invariant: the file on disk is as long as `#size`, and `#head` is its last line.
import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  linkSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { resolve } from "node:path";
import { assert, fromUtf8, hex } from "../core/index.ts";
import { nativeSha256 } from "../ledger/native.ts";
import type { Head } from "./chain.ts";
import { logChanged, logInUse, logMalformed, logUnwritable } from "./codes.ts";
import { fail, PolicyError } from "./errors.ts";
import { LINE_BYTES_MAX } from "./limits.ts";
import { maskInput, secretsOf } from "./mask.ts";
import type { PolicyParts } from "./open.ts";
import { type Answered, lineHash, NO_LINE, readLine, writeAnswerLine, writeLogLine } from "./record.ts";
import { Store, storeOf } from "./store.ts";

export interface DecisionLogOptions {
  /** Flush each line to the disk before its decision is answered: it then survives a power cut, not only a crash. */
  readonly sync?: boolean;
  /** `digest`: inputs are not written, and such lines cannot be run again. */
  readonly inputs?: "whole" | "digest";
  /** Folder of modules and documents; by default `<log>.store`. */
  readonly store?: string;
}

export class DecisionLog {
  readonly path: string;
  readonly #options: DecisionLogOptions;
  readonly #store: Store;
  /** Paths of the secrets of each policy that was kept, by its id. */
  readonly #secrets = new Map<string, readonly string[]>();
  #file: number;
  #size = 0;
  #head: Head = { seq: -1, hash: NO_LINE };
  /** Bytes of a cut line that were taken away when the log was opened. */
  readonly recovered: number;

  /** Opens a log to go on with it, or begins one. Throws PolicyError. */
  static open(file: string, options: DecisionLogOptions = {}): DecisionLog {
    const path = resolve(file);
    takeLock(path);
    try {
      return new DecisionLog(path, options);
    } catch (error) {
      dropLock(path);
      throw error;
    }
  }

  private constructor(path: string, options: DecisionLogOptions) {
    this.path = path;
    this.#options = options;
    this.#store = new Store(options.store ?? storeOf(path));
    this.#file = world(() => openSync(path, "a+", 0o640));
    try {
      this.recovered = this.#goOn();
    } catch (error) {
      closeSync(this.#file);
      throw error;
    }
  }

  get head(): Head {
    return this.#head;
  }

  /** Keeps what a policy is made of, so that its decisions can be run again, and learns what must not be written down. Before its first
   *  answer. */
  keep(parts: PolicyParts): void {
    this.#store.keep(parts);
    this.#secrets.set(hex(parts.moduleId), secretsOf(parts.module));
  }

  /** Writes the line of a decision. Throws PolicyError; then nothing of it is in the file. */
  append(answered: Answered): Head {
    const secrets = this.#secrets.get(answered.answer.module);
    assert(secrets !== undefined, "a policy is kept before its answers");
    const { input } = answered;
    const kept: Answered["input"] =
      input === null || this.#options.inputs === "digest"
        ? null
        : secrets.length === 0
          ? input
          : { value: maskInput(input.value, secrets), masked: secrets };
    const line = writeAnswerLine({ ...answered, input: kept }, { seq: this.#head.seq + 1, prev: this.#head.hash });
    if (line === undefined) return fail(logUnwritable({ reason: "the answer is too large for a line" }));
    this.#write(line);
    return this.#head;
  }

  /** Goes on in a new file when the old one was renamed or removed. */
  reopen(): void {
    const now = world(() => (existsSync(this.path) ? statSync(this.path) : null));
    if (now !== null && now.ino === fstatSync(this.#file).ino) return;
    const fresh = world(() => openSync(this.path, "ax+", 0o640));
    closeSync(this.#file);
    this.#file = fresh;
    this.#size = 0;
    this.#begin();
  }

  close(): void {
    world(() => fdatasyncSync(this.#file));
    closeSync(this.#file);
    dropLock(this.path);
  }

  /** Reads the end of the file; a cut line is taken away. Gives the bytes taken. */
  #goOn(): number {
    const { size } = fstatSync(this.#file);
    const { line, from, end } = world(() => lastLine(this.#file, size));
    if (end < size) world(() => ftruncateSync(this.#file, end));
    this.#size = end;
    if (line === null) this.#begin();
    else {
      const read = readLine(line);
      if ("reason" in read) return fail(logMalformed({ line: `at byte ${from + 1}`, reason: read.reason }));
      this.#head = { seq: read.line.seq, hash: lineHash(line, nativeSha256) };
    }
    return size - end;
  }

  #begin(): void {
    this.#write(writeLogLine({ seq: this.#head.seq + 1, prev: this.#head.hash }));
  }

  #write(line: string): void {
    const bytes = Buffer.from(`${line}\n`);
    const { size } = world(() => fstatSync(this.#file));
    if (size !== this.#size)
      fail(logChanged({ reason: `it has ${size} bytes, this process left it with ${this.#size}` }));
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at);
      if (this.#options.sync === true) fdatasyncSync(this.#file);
    } catch (error) {
      // What was written of the line would be taken for a crash, and the next line would stand behind it.
      ftruncateSync(this.#file, this.#size);
      fail(logUnwritable({ reason: (error as Error).message }), error);
    }
    this.#size += bytes.length;
    this.#head = { seq: this.#head.seq + 1, hash: lineHash(line, nativeSha256) };
  }
}

function world<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof PolicyError) throw error;
    return fail(logUnwritable({ reason: (error as Error).message }), error);
  }
}

/** The last whole line, where it begins, and where the file ends with it. */
function lastLine(
  file: number,
  size: number,
): { readonly line: string | null; readonly from: number; readonly end: number } {
  let wanted = 65_536;
  for (;;) {
    const length = Math.min(size, wanted);
    const bytes = Buffer.alloc(length);
    let got = 0;
    while (got < length) {
      const count = readSync(file, bytes, got, length - got, size - length + got);
      if (count === 0) break;
      got += count;
    }
    const stop = bytes.lastIndexOf(0x0a);
    const before = stop <= 0 ? -1 : bytes.lastIndexOf(0x0a, stop - 1);
    if (stop >= 0 && (before >= 0 || length === size)) {
      const line = fromUtf8(bytes.subarray(before + 1, stop));
      if (line === undefined) return fail(logMalformed({ line: "at the end", reason: "it is no UTF-8" }));
      return { line, from: size - length + before + 1, end: size - length + stop + 1 };
    }
    if (length === size) return { line: null, from: 0, end: 0 };
    if (length > 2 * LINE_BYTES_MAX)
      return fail(logMalformed({ line: "at the end", reason: `it has more than ${LINE_BYTES_MAX} bytes` }));
    wanted *= 4;
  }
}

// ── One writer ────────────────────────────────────────────────────────────────────────────────────────────────────────

const lockOf = (path: string): string => `${path}.lock`;

/** The lock is a file with the id of its process. One whose process is gone was left by a crash and is taken over. */
function takeLock(path: string): void {
  const lock = lockOf(path);
  const own = `${lock}.${process.pid}`;
  try {
    writeFileSync(own, `${process.pid}\n`, { mode: 0o640 });
    for (let attempt = 0; attempt < LOCK_ATTEMPTS; attempt++) {
      if (linked(own, lock)) {
        held.add(path);
        return;
      }
      const owner = ownerOf(lock);
      if (owner !== null && (held.has(path) || (owner !== process.pid && isAlive(owner))))
        fail(logInUse({ file: path, pid: owner }));
      // Renamed before it is removed: of two that find the lock of a dead process only one gets it away.
      rename(lock, `${own}.gone`);
      rmSync(`${own}.gone`, { force: true });
    }
  } catch (error) {
    if (error instanceof PolicyError) throw error;
    fail(logUnwritable({ reason: (error as Error).message }), error);
  } finally {
    rmSync(own, { force: true });
  }
  fail(logInUse({ file: path, pid: "unknown" }));
}

/** Tries to take a lock that others take and leave at the same time. */
const LOCK_ATTEMPTS = 8;

/** Whether the lock is ours now. A link appears with its content, a new file would be empty for a moment. */
function linked(own: string, lock: string): boolean {
  try {
    linkSync(own, lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function rename(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

/** Logs that this process has open: its own id in a lock is otherwise that of an earlier process with the same id. */
const held = new Set<string>();

function ownerOf(lock: string): number | null {
  try {
    const pid = Number(readFileSync(lock, "utf8"));
    return Number.isSafeInteger(pid) && pid > 0 ? pid : null;
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function dropLock(path: string): void {
  held.delete(path);
  rmSync(lockOf(path), { force: true });
}
