// Writing and reading the parts of a module file: unsigned LEB128 numbers in their shortest form, text with its length in
// bytes, and counted lists. Reading stops at the first thing that is not canonical.
import type { ModuleErrorCode } from "./errors.ts";

/** Bytes of a safe integer at most. */
const NUMBER_BYTES_MAX = 8;
/** Lengths below are written as one byte. */
const ONE_BYTE_LENGTH = 0x80;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A growing run of bytes. */
export class ByteWriter {
  #bytes = new Uint8Array(1024);
  #end = 0;

  get length(): number {
    return this.#end;
  }

  #room(more: number): void {
    if (this.#end + more > this.#bytes.length) this.#grow(more);
  }
  #grow(more: number): void {
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#end + more));
    grown.set(this.#bytes.subarray(0, this.#end));
    this.#bytes = grown;
  }

  byte(value: number): void {
    this.#room(1);
    this.#bytes[this.#end++] = value;
  }

  /** A safe integer, not negative. */
  number(value: number): void {
    this.#room(NUMBER_BYTES_MAX);
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#end++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#end++] = rest;
  }

  raw(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  bytes(bytes: Uint8Array): void {
    this.number(bytes.length);
    this.raw(bytes);
  }

  text(text: string): void {
    if (text.length >= ONE_BYTE_LENGTH || !this.#ascii(text)) this.bytes(encoder.encode(text));
  }
  /** A short text of ASCII alone, as most names are, without the encoder's array. */
  #ascii(text: string): boolean {
    const { length } = text;
    this.#room(1 + length);
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 0x7f) return false;
      this.#bytes[this.#end + 1 + i] = unit;
    }
    this.#bytes[this.#end] = length;
    this.#end += 1 + length;
    return true;
  }

  /** What is written so far, until more is. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#end);
  }
  done(): Uint8Array {
    return this.#bytes.slice(0, this.#end);
  }
}

/** Thrown by a reader and caught in codec.ts: never leaves the folder. */
export class WireError {
  readonly code: ModuleErrorCode;
  readonly message: string;
  readonly offset: number;
  constructor(code: ModuleErrorCode, message: string, offset: number) {
    this.code = code;
    this.message = message;
    this.offset = offset;
  }
}

/** Reads `bytes` from `at` up to `end`. */
export class ByteReader {
  readonly bytes: Uint8Array;
  at: number;
  end: number;
  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  fail(code: ModuleErrorCode, message: string, offset = this.at): never {
    throw new WireError(code, message, offset);
  }

  byte(): number {
    if (this.at >= this.end) this.fail("vm/truncated", "ends in the middle of a part");
    return this.bytes[this.at++]!;
  }

  number(): number {
    const start = this.at;
    let value = 0;
    let factor = 1;
    for (let i = 0; i < 8; i++) {
      const byte = this.byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) {
        if (byte === 0 && i > 0) this.fail("vm/not-canonical", "a number is not in its shortest form", start);
        if (value > Number.MAX_SAFE_INTEGER) break;
        return value;
      }
      factor *= 128;
    }
    return this.fail("vm/bad-encoding", "a number is too large", start);
  }

  /** How many parts follow: at most `most`, and each takes a byte at least, so that a count never makes more than is there. */
  count(most: number, what: string): number {
    const start = this.at;
    const count = this.number();
    if (count > most) this.fail("vm/oversize", `${count} ${what}, at most ${most}`, start);
    if (count > this.end - this.at) this.fail("vm/truncated", `${count} ${what} do not fit in the rest`, start);
    return count;
  }

  flag(): boolean {
    const start = this.at;
    const byte = this.byte();
    if (byte > 1) this.fail("vm/bad-encoding", "a flag is 0 or 1", start);
    return byte === 1;
  }

  take(most: number, what: string): Uint8Array {
    const length = this.count(most, `bytes of ${what}`);
    const part = this.bytes.slice(this.at, this.at + length);
    this.at += length;
    return part;
  }

  text(most: number, what: string): string {
    const start = this.at;
    const part = this.take(most, what);
    try {
      return decoder.decode(part);
    } catch {
      return this.fail("vm/bad-encoding", `${what} is not UTF-8`, start);
    }
  }

  list<T>(most: number, what: string, read: () => T): T[] {
    const count = this.count(most, what);
    const out: T[] = [];
    for (let i = 0; i < count; i++) out.push(read());
    // A copy is as large as it has to be; what grew has room for more.
    return count <= TIGHT_MAX ? out.slice() : out;
  }
}

/** Items of a list that is kept without room for more: of short ones a module has many. */
const TIGHT_MAX = 16;
