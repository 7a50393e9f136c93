// The encoding that is hashed, signed and stored: deterministic CBOR (RFC 8949 section 4.2.1). Each value has one form, and
// `decode` takes only that form, so equal values have equal bytes and equal bytes equal values.
//
//   null, undefined, booleans   simple values 22, 23, 20, 21
//   integers                    major 0 and 1 in the shortest form; beyond 64 bits tags 2 and 3 with no leading zero
//   text (well-formed), bytes   definite length
//   arrays                      definite length
//   maps                        text keys, ascending by the bytes of their encoding (shorter keys first), no duplicates
//   tags                        `Tagged`, numbers other than 2 and 3
//
// There are no floats: nothing that decides is one.
import { isWellFormed, utf8Length } from "./bytes.ts";
import { BLOCK_BYTES, CANONICAL_BYTES_MAX, CANONICAL_DEPTH_MAX, INTEGER_BITS_MAX } from "./limits.ts";

export type Canonical =
  | null
  | undefined
  | boolean
  | number // safe integers
  | bigint
  | string
  | Uint8Array
  | Tagged
  | Encoded
  | readonly Canonical[]
  | ReadonlyMap<string, Canonical>
  | { readonly [key: string]: Canonical };

export class Tagged {
  readonly tag: number;
  readonly value: Canonical;
  constructor(tag: number, value: Canonical) {
    this.tag = tag;
    this.value = value;
  }
}

/** A part that was encoded before and is written again as it is. `decode` gives it as the value it is of. */
export class Encoded {
  readonly bytes: Uint8Array;
  /** How deep values lie in it. */
  readonly depth: number;
  private constructor(bytes: Uint8Array, depth: number) {
    this.bytes = bytes;
    this.depth = depth;
  }
  /** Throws as `encode` does. */
  static of(value: Canonical): Encoded {
    const bytes = encode(value);
    return new Encoded(bytes, deepest);
  }
}

/** Why bytes are not a canonical value, or a value has no canonical form; `offset` in bytes (0 when encoding). */
export class CanonicalError extends Error {
  override readonly name = "CanonicalError";
  readonly code: "core/not-canonical" | "core/not-encodable";
  readonly offset: number;
  constructor(code: CanonicalError["code"], message: string, offset: number) {
    super(message);
    this.code = code;
    this.offset = offset;
  }
}

const refuse = (message: string): never => {
  throw new CanonicalError("core/not-encodable", message, 0);
};

// ── Encoding ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const encoder = new TextEncoder();
// Short results are parts of a common block, in which they are written where they will lie: memory of one's own costs more than writing the
// bytes, and so does copying them. A block is as small as the one Node shares among buffers, so what a long-lived result keeps alive is
// bounded by it. What does not fit into the rest of the block is written to `large` and copied out. Encoding never yields, so nobody else
// writes meanwhile.
let block = new Uint8Array(BLOCK_BYTES);
let taken = 0;
let large = new Uint8Array(4096);
/** One of the two, and where in it the value under way begins and ends so far. */
let buffer = block;
let begin = 0;
let end = 0;
/** Of what is written. */
let deepest = 0;

function start(): void {
  buffer = block;
  begin = end = taken;
}

function room(bytes: number): void {
  if (end + bytes > buffer.length) makeRoom(end - begin, bytes);
}

function makeRoom(written: number, bytes: number): void {
  const needed = written + bytes;
  if (needed > CANONICAL_BYTES_MAX) refuse(`a value encodes to more than ${CANONICAL_BYTES_MAX} bytes`);
  const into = needed <= large.length ? large : new Uint8Array(Math.max(large.length * 2, needed));
  into.set(buffer.subarray(begin, end));
  buffer = large = into;
  begin = 0;
  end = written;
}

/** The bytes of the value that was written. */
function finished(): Uint8Array {
  const length = end - begin;
  if (length > BLOCK_BYTES / 4) return buffer.slice(begin, end);
  if (buffer !== block) {
    block = new Uint8Array(BLOCK_BYTES);
    block.set(buffer.subarray(begin, end));
    taken = length;
    return block.subarray(0, length);
  }
  taken = end;
  return block.subarray(begin, end);
}

function head(major: number, value: number): void {
  room(9);
  if (value < 24) buffer[end++] = major | value;
  else if (value < 0x100) {
    buffer[end++] = major | 24;
    buffer[end++] = value;
  } else if (value < 0x10000) {
    buffer[end++] = major | 25;
    buffer[end++] = value >> 8;
    buffer[end++] = value & 255;
  } else if (value < 0x1_0000_0000) {
    buffer[end++] = major | 26;
    word(value);
  } else {
    buffer[end++] = major | 27;
    word(Math.floor(value / 0x1_0000_0000));
    word(value % 0x1_0000_0000);
  }
}

function word(value: number): void {
  buffer[end++] = (value >>> 24) & 255;
  buffer[end++] = (value >>> 16) & 255;
  buffer[end++] = (value >>> 8) & 255;
  buffer[end++] = value & 255;
}

function writeBigint(value: bigint): void {
  const negative = value < 0n;
  const magnitude = negative ? -1n - value : value;
  if (magnitude < 0x1_0000_0000_0000_0000n) {
    const high = Number(magnitude >> 32n);
    if (high === 0) return head(negative ? 0x20 : 0, Number(magnitude));
    room(9);
    buffer[end++] = (negative ? 0x20 : 0) | 27;
    word(high);
    word(Number(magnitude & 0xffffffffn));
    return;
  }
  const digits = magnitude.toString(16);
  if (digits.length * 4 > INTEGER_BITS_MAX) refuse(`an integer has more than ${INTEGER_BITS_MAX} bits`);
  const padded = digits.length % 2 === 0 ? digits : `0${digits}`;
  head(0xc0, negative ? 3 : 2);
  head(0x40, padded.length / 2);
  room(padded.length / 2);
  for (let i = 0; i < padded.length; i += 2) buffer[end++] = Number.parseInt(padded.slice(i, i + 2), 16);
}

/** Most UTF-16 units written one by one: beyond, the encoder's call and its view of the buffer cost less than the loop. */
const ONE_BY_ONE_MAX = 192;

function writeText(text: string): void {
  const units = text.length;
  if (units > ONE_BY_ONE_MAX) return writeLongText(text);
  // Short ASCII (names, dids, ids in hex), by far the most common: no call into the encoder. Variables of the function, not of the
  // module, in the loop: half the time.
  // For the head, too, which would move `end` if it had to make room.
  room(9 + units);
  const before = end;
  head(0x60, units);
  const into = buffer;
  const at = end;
  for (let i = 0; i < units; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 0x7f) {
      end = before;
      return writeLongText(text);
    }
    into[at + i] = unit;
  }
  end = at + units;
}

function writeLongText(text: string): void {
  if (!isWellFormed(text)) refuse("a text has half of a surrogate pair");
  const bytes = utf8Length(text);
  head(0x60, bytes);
  room(bytes);
  encoder.encodeInto(text, buffer.subarray(end));
  end += bytes;
}

/** Order of map keys: by encoded bytes, that is by length in bytes, then by byte. */
function compareKeys(a: string, b: string): number {
  const difference = utf8Length(a) - utf8Length(b);
  if (difference !== 0) return difference;
  for (let i = 0; i < a.length; i++) {
    if (a.charCodeAt(i) === b.charCodeAt(i)) continue;
    // Code point order is UTF-8 byte order; code units differ from it only for surrogates.
    return a.codePointAt(i)! - b.codePointAt(i)!;
  }
  return 0;
}

// Records of one kind come one after the other, each with the same keys: the order of the keys seen last is kept for each count.
const KEPT_KEYS_MAX = 32;
const kept: { readonly keys: readonly string[]; readonly sorted: readonly string[] }[] = [];

function inOrder(keys: readonly string[]): readonly string[] {
  const { length } = keys;
  if (length < 2) return keys;
  const known = kept[length];
  if (known !== undefined) {
    let at = 0;
    while (at < length && keys[at] === known.keys[at]) at++;
    if (at === length) return known.sorted;
  }
  const sorted = ascending(keys) ? keys : [...keys].sort(compareKeys);
  if (length <= KEPT_KEYS_MAX) kept[length] = { keys, sorted };
  return sorted;
}

function ascending(keys: readonly string[]): boolean {
  for (let at = 1; at < keys.length; at++) if (compareKeys(keys[at - 1]!, keys[at]!) > 0) return false;
  return true;
}

function writeNumber(value: number): void {
  if (!Number.isSafeInteger(value) || Object.is(value, -0)) refuse(`${value} is not an exact integer`);
  if (value >= 0) head(0, value);
  else head(0x20, -1 - value);
}

function writeBytes(bytes: Uint8Array): void {
  const { length } = bytes;
  room(9 + length);
  head(0x40, length);
  // An id is written one by one: below some length the call of `set` costs more.
  if (length < 64) {
    const out = buffer;
    const at = end;
    for (let i = 0; i < length; i++) out[at + i] = bytes[i]!;
  } else buffer.set(bytes, end);
  end += length;
}

function writeEncoded({ bytes }: Encoded): void {
  room(bytes.length);
  buffer.set(bytes, end);
  end += bytes.length;
}

function simple(byte: number): void {
  room(1);
  buffer[end++] = byte;
}

function writeMap(keys: readonly string[], writeOne: (key: string) => void): void {
  head(0xa0, keys.length);
  for (const key of inOrder(keys)) {
    writeText(key);
    writeOne(key);
  }
}

function writePlain(value: undefined | null | boolean | number | bigint | string): void {
  switch (typeof value) {
    case "string":
      return writeText(value);
    case "number":
      return writeNumber(value);
    case "boolean":
      return simple(value ? 0xf5 : 0xf4);
    case "bigint":
      return writeBigint(value);
    default:
      return simple(value === null ? 0xf6 : 0xf7);
  }
}

function deepen(depth: number): void {
  if (depth > CANONICAL_DEPTH_MAX) refuse(`values lie more than ${CANONICAL_DEPTH_MAX} deep inside each other`);
  deepest = depth;
}

function write(value: Canonical, depth: number): void {
  if (depth > deepest) deepen(depth);
  switch (typeof value) {
    case "string":
    case "number":
    case "boolean":
    case "undefined":
    case "bigint":
      return writePlain(value);
    case "object":
      break;
    default:
      refuse(`a ${typeof value} has no canonical form`);
  }
  const object = value as Exclude<Canonical, string | number | boolean | undefined | bigint>;
  if (object === null) simple(0xf6);
  else if (Array.isArray(object)) {
    const { length } = object;
    head(0x80, length);
    for (let i = 0; i < length; i++) write(object[i], depth + 1);
  } else if (object instanceof Uint8Array) writeBytes(object);
  else if (object instanceof Tagged) {
    if (!Number.isSafeInteger(object.tag) || object.tag < 0 || object.tag === 2 || object.tag === 3)
      refuse(`tag ${object.tag} is not free`);
    head(0xc0, object.tag);
    write(object.value, depth + 1);
  } else if (object instanceof Encoded) {
    if (depth + object.depth > deepest) deepen(depth + object.depth);
    writeEncoded(object);
  } else if (object instanceof Map) writeMap([...object.keys()], (key) => write(object.get(key), depth + 1));
  else {
    const record = object as { readonly [key: string]: Canonical };
    writeMap(Object.keys(record), (key) => write(record[key], depth + 1));
  }
}

/** The bytes of a value. Throws CanonicalError `core/not-encodable` for what has no form (floats, lone surrogates, too deep). */
export function encode(value: Canonical): Uint8Array {
  start();
  deepest = 0;
  write(value, 0);
  return finished();
}

/** The bytes that `write` puts with the functions below: exactly one value. For who writes one shape again and again, and would
 *  otherwise build arrays only to have them encoded. Nothing else is encoded meanwhile. Throws like `encode`. */
export function encodeBy<T>(write: (what: T) => void, what: T): Uint8Array {
  start();
  write(what);
  return finished();
}

/** What `encodeBy` writes with. The items of an array follow its head, the value of a tag its number. */
export const put = {
  array: (length: number): void => head(0x80, length),
  tag: (tag: number): void => head(0xc0, tag),
  map: writeMap,
  text: writeText,
  bytes: writeBytes,
  /** Null for none. */
  bytesOrNull: (bytes: Uint8Array | null): void => (bytes === null ? simple(0xf6) : writeBytes(bytes)),
  number: writeNumber,
  plain: writePlain,
  encoded: writeEncoded,
} as const;

// ── Decoding ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Most bytes of a text that is read one by one: beyond, the decoder's call costs less. */
const SHORT_TEXT_MAX = 64;
/** Units of a short text, an array for each length: what `fromCharCode` takes as its arguments. */
const units = Array.from({ length: SHORT_TEXT_MAX + 1 }, (_, length) => new Array<number>(length).fill(0));

class Reader {
  readonly bytes: Uint8Array;
  /** Byte strings are views on `bytes`, not copies. */
  readonly views: boolean;
  at = 0;
  constructor(bytes: Uint8Array, views: boolean) {
    this.bytes = bytes;
    this.views = views;
  }

  fail(message: string, offset = this.at): never {
    throw new CanonicalError("core/not-canonical", `${message}, at byte ${offset}`, offset);
  }

  byte(): number {
    const byte = this.bytes[this.at];
    if (byte === undefined) this.fail("the bytes end in the middle of a value");
    this.at++;
    return byte;
  }

  /** The number of an initial byte, in its shortest form only. */
  argument(info: number): number | bigint {
    const start = this.at - 1;
    if (info < 24) return info;
    if (info > 27) this.fail("lengths are written in full", start);
    const size = 1 << (info - 24);
    if (this.at + size > this.bytes.length) this.fail("the bytes end in the middle of a number");
    let value = 0n;
    let small = 0;
    for (let i = 0; i < size; i++) {
      const byte = this.bytes[this.at++]!;
      if (size < 8) small = small * 256 + byte;
      else value = (value << 8n) | BigInt(byte);
    }
    if (size < 8) {
      if (small < (size === 1 ? 24 : size === 2 ? 0x100 : 0x10000))
        this.fail("a number is not in its shortest form", start);
      return small;
    }
    if (value < 0x1_0000_0000n) this.fail("a number is not in its shortest form", start);
    return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
  }

  size(info: number): number {
    const value = this.argument(info);
    if (typeof value === "bigint" || value > this.bytes.length - this.at) this.fail("a length reaches past the end");
    return value;
  }

  take(length: number): Uint8Array {
    const { at } = this;
    this.at += length;
    return this.views ? this.bytes.subarray(at, at + length) : this.bytes.slice(at, at + length);
  }

  text(info: number): string {
    const start = this.at - 1;
    const length = this.size(info);
    const { at } = this;
    this.at += length;
    const short = length <= SHORT_TEXT_MAX ? this.ascii(at, length) : undefined;
    if (short !== undefined) return short;
    try {
      return decoder.decode(this.bytes.subarray(at, at + length));
    } catch {
      return this.fail("a text is not UTF-8", start);
    }
  }

  /** Undefined when there is another letter in it. */
  ascii(at: number, length: number): string | undefined {
    const out = units[length]!;
    for (let i = 0; i < length; i++) {
      const byte = this.bytes[at + i]!;
      if (byte > 0x7f) return undefined;
      out[i] = byte;
    }
    return String.fromCharCode.apply(null, out);
  }

  value(depth: number): Canonical {
    const start = this.at;
    if (depth > CANONICAL_DEPTH_MAX) this.fail(`values lie more than ${CANONICAL_DEPTH_MAX} deep inside each other`);
    const initial = this.byte();
    const info = initial & 31;
    switch (initial >> 5) {
      case 0:
        return this.argument(info);
      case 1: {
        const value = this.argument(info);
        const negative = -1n - BigInt(value);
        return negative >= BigInt(Number.MIN_SAFE_INTEGER) ? Number(negative) : negative;
      }
      case 2:
        return this.take(this.size(info));
      case 3:
        return this.text(info);
      case 4: {
        const length = this.size(info);
        const out: Canonical[] = [];
        for (let i = 0; i < length; i++) out.push(this.value(depth + 1));
        return out;
      }
      case 5:
        return this.map(this.size(info), depth);
      case 6:
        return this.tagged(this.argument(info), depth, start);
      default:
        if (initial === 0xf4) return false;
        if (initial === 0xf5) return true;
        if (initial === 0xf6) return null;
        if (initial === 0xf7) return undefined;
        return this.fail(
          initial === 0xff ? "lengths are written in full" : "floats and other simple values are not used",
          start,
        );
    }
  }

  map(length: number, depth: number): ReadonlyMap<string, Canonical> {
    const out = new Map<string, Canonical>();
    let last: string | null = null;
    for (let i = 0; i < length; i++) {
      const start = this.at;
      const initial = this.byte();
      if (initial >> 5 !== 3) this.fail("a key is not a text", start);
      const key = this.text(initial & 31);
      if (last !== null && compareKeys(last, key) >= 0) this.fail("keys are out of order or come twice", start);
      last = key;
      out.set(key, this.value(depth + 1));
    }
    return out;
  }

  tagged(tag: number | bigint, depth: number, start: number): Canonical {
    if (typeof tag === "bigint") return this.fail("a tag is too large", start);
    const value = this.value(depth + 1);
    if (tag !== 2 && tag !== 3) return new Tagged(tag, value);
    if (!(value instanceof Uint8Array)) return this.fail("a large integer is not written as bytes", start);
    if (value.length <= 8 || value[0] === 0) return this.fail("an integer is not in its shortest form", start);
    if (value.length * 8 > INTEGER_BITS_MAX)
      return this.fail(`an integer has more than ${INTEGER_BITS_MAX} bits`, start);
    let magnitude = 0n;
    for (const byte of value) magnitude = (magnitude << 8n) | BigInt(byte);
    return tag === 2 ? magnitude : -1n - magnitude;
  }
}

/** The value of canonical bytes; maps come back as `Map`. Throws CanonicalError `core/not-canonical` with the offset for
 *  anything else: cut, trailing bytes, longer forms, keys out of order, floats, too deep, too large. */
export const decode = (bytes: Uint8Array): Canonical => read(bytes, false);

/** The same, with byte strings as views on the given bytes, which nobody may change afterwards. */
export const decodeViews = (bytes: Uint8Array): Canonical => read(bytes, true);

function read(bytes: Uint8Array, views: boolean): Canonical {
  if (bytes.length > CANONICAL_BYTES_MAX) {
    throw new CanonicalError(
      "core/not-canonical",
      `a value has at most ${CANONICAL_BYTES_MAX} bytes, here are ${bytes.length}`,
      0,
    );
  }
  const reader = new Reader(bytes, views);
  const value = reader.value(0);
  if (reader.at !== bytes.length) reader.fail("bytes follow the value");
  return value;
}
