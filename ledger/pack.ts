// Writes as one run of bytes: as they are handed to the thread that writes them, and as they lie in a journal. For each write
//
//   key bytes (u32 LE), value bytes (i32 LE, -1: remove), key with its namespace, 0x00, value
//
// so the key, the zero byte and the value lie as the store hashes them.
import type { Write } from "./storage.ts";

/** Bytes that a write takes at most. */
export function packedMost({ namespace, key, value }: Write): number {
  // A key's UTF-8 has at most three bytes for each UTF-16 unit.
  return 8 + 3 * (namespace.length + key.length + 1) + 1 + (value === null ? 0 : value.length);
}

/** Puts one write into `bytes` from `at` on, and gives where it ends. */
export function pack(bytes: Buffer, at: number, { namespace, key, value }: Write): number {
  const start = at + 8;
  const end = ascii(bytes, start, namespace, key) ?? start + bytes.write(`${namespace}\u0000${key}`, start);
  uint32(bytes, at, end - start);
  uint32(bytes, at + 4, value === null ? -1 : value.length);
  bytes[end] = 0;
  if (value === null) return end + 1;
  bytes.set(value, end + 1);
  return end + 1 + value.length;
}

/** Most keys, letter by letter: half the time of a call that puts them together first. Undefined when there is another letter. */
function ascii(bytes: Uint8Array, start: number, namespace: string, key: string): number | undefined {
  let at = start;
  for (let i = 0; i < namespace.length; i++) {
    const unit = namespace.charCodeAt(i);
    if (unit > 0x7f) return undefined;
    bytes[at++] = unit;
  }
  bytes[at++] = 0;
  for (let i = 0; i < key.length; i++) {
    const unit = key.charCodeAt(i);
    if (unit > 0x7f) return undefined;
    bytes[at++] = unit;
  }
  return at;
}

function uint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >> 8;
  bytes[at + 2] = value >> 16;
  bytes[at + 3] = value >> 24;
}

/** All of them behind those that are packed already, in memory of its own: it can be handed over whole. */
export function packBatch(writes: readonly Write[], packed: Uint8Array = NOTHING): Uint8Array<ArrayBuffer> {
  let most = packed.length;
  for (let i = 0; i < writes.length; i++) most += packedMost(writes[i]!);
  const bytes = Buffer.from(new ArrayBuffer(most));
  bytes.set(packed);
  let at = packed.length;
  for (let i = 0; i < writes.length; i++) at = pack(bytes, at, writes[i]!);
  return new Uint8Array(bytes.buffer, 0, at);
}
const NOTHING = new Uint8Array();

/** The writes of a whole run. */
export function unpackBatch(body: Buffer): readonly Write[] {
  const writes: Write[] = [];
  for (let at = 0; at < body.length; at = endAt(body, at)) {
    const keyEnd = at + 8 + body.readUInt32LE(at);
    const [namespace, key] = body
      .subarray(at + 8, keyEnd)
      .toString()
      .split("\u0000") as [string, string];
    writes.push({ namespace, key, value: valueAt(body, at) });
  }
  return writes;
}

/** Notes in `places` where the writes of one namespace lie, from `from` on: the last one of each key. The others are passed over. */
export function findKeys(namespace: string, body: Buffer, from: number, places: Map<string, number>): void {
  const start = Buffer.from(`${namespace}\u0000`);
  for (let at = from; at < body.length; at = endAt(body, at))
    if (startsAt(body, at + 8, start))
      places.set(body.toString("utf8", at + 8 + start.length, at + 8 + body.readUInt32LE(at)), at);
}

function startsAt(body: Buffer, at: number, start: Uint8Array): boolean {
  for (let i = 0; i < start.length; i++) if (body[at + i] !== start[i]) return false;
  return true;
}

/** A copy of the value of the write at `at`. */
export function valueAt(body: Buffer, at: number): Uint8Array | null {
  const valueBytes = body.readInt32LE(at + 4);
  const start = at + 8 + body.readUInt32LE(at) + 1;
  return valueBytes < 0 ? null : new Uint8Array(body.subarray(start, start + valueBytes));
}

/** Where the write at `at` ends. */
const endAt = (body: Buffer, at: number): number =>
  at + 8 + body.readUInt32LE(at) + 1 + Math.max(0, body.readInt32LE(at + 4));
