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

/** One segment while its entries come. A row is one number: the key, and the place below it. */
export class Segment {
  readonly #leaves = new Float64Array(INDEX_SEGMENT);
  readonly #exchanges = new Float64Array(INDEX_SEGMENT);
  #leafCount = 0;
  #exchangeCount = 0;

  add(place: number, leaf: Uint8Array, exchange: string | null): void {
    this.#leaves[this.#leafCount++] = leafPrefix(leaf) * PLACES + place;
    if (exchange !== null) this.#exchanges[this.#exchangeCount++] = nameHash(exchange) * PLACES + place;
  }

  get whole(): boolean {
    return this.#leafCount === INDEX_SEGMENT;
  }

  encode(): Uint8Array {
    const out = Buffer.alloc(4 + (this.#leafCount + this.#exchangeCount) * ROW_BYTES);
    let at = 0;
    for (const rows of [this.#leaves.subarray(0, this.#leafCount), this.#exchanges.subarray(0, this.#exchangeCount)]) {
      at = out.writeUInt16LE(rows.length, at);
      for (const row of rows.sort()) {
        at = out.writeUInt32LE(Math.floor(row / PLACES), at);
        at = out.writeUInt16LE(row % PLACES, at);
      }
    }
    return out;
  }
}
/** More than there are places in a segment. */
const PLACES = 0x1_0000;

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
