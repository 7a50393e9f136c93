// Canonical bytes written one value after the other, with no values in between: for records, of which a busy cage writes some thousands a
// second. The encoding is that of core/canonical.ts, to the byte. All that is written until `taken` is called is one value.
import { CANONICAL_BYTES_MAX, CANONICAL_DEPTH_MAX, CanonicalError, encode, isWellFormed } from "../../core/index.ts";
import { RECORD_BLOCK_BYTES } from "../limits.ts";
import type { PlainRecord, PlainValue } from "../point.ts";
import { NUMBER_TAG } from "./plain.ts";

// One buffer for all records. Writing never yields, so nobody else is in it.
let bytes = bufferOf(64 * 1024);
let end = 0;
/** Where the members of a map are moved from when they come out of order. */
let spare = bufferOf(64 * 1024);
/** Starts of members, of one map behind those of the map around it. */
const starts: number[] = [];
let started = 0;

/** With Node's own ways of writing text, which no type names. */
interface TextBuffer extends Buffer<ArrayBuffer> {
  /** Gives the number of bytes. */
  utf8Write(text: string, at: number): number;
}
function bufferOf(size: number): TextBuffer {
  return Buffer.allocUnsafeSlow(size) as TextBuffer;
}

const refuse = (message: string): never => {
  throw new CanonicalError("core/not-encodable", message, 0);
};

function room(more: number): void {
  const needed = end + more;
  if (needed <= bytes.length) return;
  // A text takes less than the most that is asked for it.
  if (end > CANONICAL_BYTES_MAX) refuse(`a value encodes to more than ${CANONICAL_BYTES_MAX} bytes`);
  const grown = bufferOf(Math.max(bytes.length * 2, needed));
  bytes.copy(grown, 0, 0, end);
  bytes = grown;
}

/** Starts a value, whatever became of the one before. */
export function begin(): void {
  end = 0;
  started = 0;
}

// Results are parts of a common block: memory of one's own costs more than writing the bytes.
let block = new Uint8Array(RECORD_BLOCK_BYTES);
let used = 0;

/** The bytes written since `begin`, or since a place. */
export function taken(from = 0): Uint8Array {
  const length = end - from;
  if (end > CANONICAL_BYTES_MAX) refuse(`a value encodes to more than ${CANONICAL_BYTES_MAX} bytes`);
  if (length > RECORD_BLOCK_BYTES / 4) return new Uint8Array(bytes.subarray(from, end));
  if (used + length > RECORD_BLOCK_BYTES) {
    block = new Uint8Array(RECORD_BLOCK_BYTES);
    used = 0;
  }
  const out = block.subarray(used, used + length);
  used += length;
  bytes.copy(out, 0, from, end);
  return out;
}

/** Where the next byte comes. */
export const place = (): number => end;

/** The head of a map or an array of fewer than 24 whose count is known only once they are written: `close` writes it. */
export function open(): number {
  room(1);
  return end++;
}
export function closeMap(head: number, members: number): void {
  bytes[head] = 0xa0 | members;
}

/** Bytes that were encoded before: members whose names or values are always the same. */
export function encoded(part: Uint8Array): void {
  const { length } = part;
  room(length);
  if (length < 64) {
    const into = bytes;
    const at = end;
    for (let i = 0; i < length; i++) into[at + i] = part[i]!;
  } else bytes.set(part, end);
  end += length;
}

/** A member's name, and its value where that is always the same, for `encoded`. */
export const member = (name: string, value?: string | number | boolean): Uint8Array =>
  Uint8Array.of(...encode(name), ...(value === undefined ? [] : encode(value)));

function head(major: number, value: number): void {
  room(9);
  const into = bytes;
  if (value < 24) into[end++] = major | value;
  else if (value < 0x100) {
    into[end] = major | 24;
    into[end + 1] = value;
    end += 2;
  } else if (value < 0x10000) {
    into[end] = major | 25;
    into[end + 1] = value >> 8;
    into[end + 2] = value & 255;
    end += 3;
  } else if (value < 0x1_0000_0000) {
    into[end] = major | 26;
    word(into, end + 1, value);
    end += 5;
  } else {
    const high = Math.floor(value / 0x1_0000_0000);
    into[end] = major | 27;
    word(into, end + 1, high);
    word(into, end + 5, value - high * 0x1_0000_0000);
    end += 9;
  }
}

function word(into: Uint8Array, at: number, value: number): void {
  into[at] = value >>> 24;
  into[at + 1] = value >>> 16;
  into[at + 2] = value >>> 8;
  into[at + 3] = value;
}

export const array = (length: number): void => head(0x80, length);

/** Most UTF-16 units written one by one: beyond, the call that writes all of them costs less than the loop. */
const ONE_BY_ONE_MAX = 64;

export function text(value: string): void {
  const units = value.length;
  room(9 + 3 * units);
  const into = bytes;
  if (units <= ONE_BY_ONE_MAX) {
    let at = end;
    if (units < 24) into[at++] = 0x60 | units;
    else {
      into[at] = 0x78;
      into[at + 1] = units;
      at += 2;
    }
    for (let i = 0; i < units; i++) {
      const unit = value.charCodeAt(i);
      if (unit > 0x7f) return wideText(value);
      into[at + i] = unit;
    }
    end = at + units;
    return;
  }
  const wide = units < 0x100 ? 2 : units < 0x10000 ? 3 : 5;
  // Every letter beyond ASCII has more bytes than units.
  if (into.utf8Write(value, end + wide) !== units) return wideText(value);
  head(0x60, units);
  end += units;
}

function wideText(value: string): void {
  if (!isWellFormed(value)) refuse("a text has half of a surrogate pair");
  head(0x60, Buffer.byteLength(value));
  end += bytes.utf8Write(value, end);
}

/** A whole number. */
export function count(value: number): void {
  if (!Number.isSafeInteger(value) || Object.is(value, -0)) refuse(`${value} is not an exact integer`);
  if (value >= 0) head(0, value);
  else head(0x20, -1 - value);
}

export function flag(value: boolean): void {
  room(1);
  bytes[end++] = value ? 0xf5 : 0xf4;
}

export function texts(values: readonly string[]): void {
  head(0x80, values.length);
  for (let i = 0; i < values.length; i++) text(values[i]!);
}

/** A value of JSON. `depth`: how many values it lies in. */
export function plain(value: PlainValue | undefined, depth: number): void {
  if (depth > CANONICAL_DEPTH_MAX) refuse(`values lie more than ${CANONICAL_DEPTH_MAX} deep inside each other`);
  switch (typeof value) {
    case "string":
      return text(value);
    case "number":
      return number(value, depth);
    case "boolean":
      return flag(value);
    case "object":
      if (value === null) break;
      return Array.isArray(value) ? list(value, depth) : plainRecord(value as PlainRecord, depth);
    default:
      return encoded(encode(value));
  }
  room(1);
  bytes[end++] = 0xf6;
}

function number(value: number, depth: number): void {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) return count(value);
  head(0xc0, NUMBER_TAG);
  plain(String(value), depth + 1);
}

function list(values: readonly PlainValue[], depth: number): void {
  head(0x80, values.length);
  for (let i = 0; i < values.length; i++) plain(values[i], depth + 1);
}

/** Members without a value are left out. The others are written as they come, and then put in order where they are not: most are. */
export function plainRecord(record: PlainRecord, depth: number): void {
  if (depth > CANONICAL_DEPTH_MAX) refuse(`values lie more than ${CANONICAL_DEPTH_MAX} deep inside each other`);
  const start = open();
  const mark = started;
  let ordered = true;
  let last = 0;
  for (const key in record) {
    const value = record[key];
    if (value === undefined) continue;
    const at = end;
    text(key);
    if (started > mark && ordered && compareAt(last, at) > 0) ordered = false;
    starts[started++] = last = at;
    plain(value, depth + 1);
  }
  const members = started - mark;
  if (!ordered) arrange(mark, members);
  started = mark;
  if (members < 24) closeMap(start, members);
  else widen(start, members);
}

/** By their encoded bytes, as a canonical map has its names. */
function compareAt(a: number, b: number): number {
  const from = bytes;
  while (from[a] === from[b]) {
    a++;
    b++;
  }
  return from[a]! - from[b]!;
}

/** Puts the members that start at the marks from `mark` on in the order of their names. */
function arrange(mark: number, members: number): void {
  const first = starts[mark]!;
  const ends = starts.slice(mark + 1, mark + members);
  ends.push(end);
  const order = ends.map((_, member) => member);
  order.sort((a, b) => compareAt(starts[mark + a]!, starts[mark + b]!));
  if (spare.length < bytes.length) spare = bufferOf(bytes.length);
  bytes.copy(spare, first, first, end);
  let at = first;
  for (const each of order) at += spare.copy(bytes, at, starts[mark + each]!, ends[each]!);
}

/** The head of a map that needs more than the byte kept for it: the members make way first. */
function widen(start: number, members: number): void {
  const more = members < 0x100 ? 1 : members < 0x10000 ? 2 : 4;
  room(more);
  bytes.copyWithin(start + 1 + more, start + 1, end);
  const behind = end + more;
  end = start;
  head(0xa0, members);
  end = behind;
}
