// Where a record is, by its leaf hash or the id of its exchange, without reading all records. One value for each 1,024 entries, written once
// they are all in the log, in the same batch as a later record: so it never names what is not there. A value that is missing is made again
// from the entries; one that is there is only a hint, as what it points to is looked at.
//
//   value   count of leaves (u16 LE), then each: first 4 bytes of the hash (u32 LE), place (u16 LE); then the same of exchanges, whose u32
//           is FNV-1a of the id. Both ascend.
import { INDEX_SEGMENT } from "../limits.ts";

/** 32 bits of a name. Equal ones are told apart by the records they lead to. */
export function nameHash(name: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

export const leafPrefix = (leaf: Uint8Array): number =>
  ((leaf[0]! << 24) | (leaf[1]! << 16) | (leaf[2]! << 8) | leaf[3]!) >>> 0;

type Row = readonly [key: number, place: number];

/** One segment while its entries come. */
export class Segment {
  readonly #leaves: Row[] = [];
  readonly #exchanges: Row[] = [];

  add(place: number, leaf: Uint8Array, exchange: string | null): void {
    this.#leaves.push([leafPrefix(leaf), place]);
    if (exchange !== null) this.#exchanges.push([nameHash(exchange), place]);
  }

  get whole(): boolean {
    return this.#leaves.length === INDEX_SEGMENT;
  }

  encode(): Uint8Array {
    const out = Buffer.alloc(4 + (this.#leaves.length + this.#exchanges.length) * ROW_BYTES);
    let at = 0;
    for (const rows of [this.#leaves, this.#exchanges]) {
      at = out.writeUInt16LE(rows.length, at);
      for (const [key, place] of rows.sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
        at = out.writeUInt32LE(key, at);
        at = out.writeUInt16LE(place, at);
      }
    }
    return out;
  }
}

const ROW_BYTES = 6;

/** Places of a key in a segment, the last first; null when the bytes are no segment. */
export function placesIn(bytes: Uint8Array, what: "leaves" | "exchanges", key: number): readonly number[] | null {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.length < 4) return null;
  const leaves = view.readUInt16LE(0);
  const second = 2 + leaves * ROW_BYTES;
  if (second + 2 > view.length) return null;
  const exchanges = view.readUInt16LE(second);
  if (leaves !== INDEX_SEGMENT || second + 2 + exchanges * ROW_BYTES !== view.length) return null;
  const [start, count] = what === "leaves" ? [2, leaves] : [second + 2, exchanges];
  const keyAt = (row: number): number => view.readUInt32LE(start + row * ROW_BYTES);
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keyAt(middle) < key) low = middle + 1;
    else high = middle;
  }
  const places: number[] = [];
  for (; low < count && keyAt(low) === key; low++) places.push(view.readUInt16LE(start + low * ROW_BYTES + 4));
  return places.reverse();
}
