// The tree as C2SP tiles (tlog-tiles): level l, tile n holds up to 256 hashes, each the root of 256^l entries. Tiles are what
// is stored and what is served; the levels between them are computed again when a proof is made.
import { HASH_BYTES } from "./merkle.ts";

export const TILE_WIDTH = 256;
/** Tree levels of one tile. */
export const TILE_HEIGHT = 8;

/** Path of a tile below the log's prefix: `tile/0/x001/234`, partial tiles with `.p/<width>`. `level` is a number, or
 *  `entries` for the bundle of the entries themselves. */
export function tilePath(level: number | "entries", index: number, width: number = TILE_WIDTH): string {
  const digits = String(index).padStart(Math.ceil(String(index).length / 3) * 3, "0");
  const parts = digits.match(/.{3}/g) as string[];
  const path = parts.map((part, i) => (i < parts.length - 1 ? `x${part}` : part)).join("/");
  return `tile/${level}/${path}${width === TILE_WIDTH ? "" : `.p/${width}`}`;
}

/** Reads a tile path (without the leading slash), or undefined when it is not in its one form. */
export function parseTilePath(
  path: string,
): { readonly level: number | "entries"; readonly index: number; readonly width: number } | undefined {
  const match = /^tile\/(entries|[0-9]|[1-5][0-9]|6[0-3])\/((?:x[0-9]{3}\/)*[0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/.exec(
    path,
  );
  if (match === null) return undefined;
  const level = match[1] === "entries" ? "entries" : Number(match[1]);
  const index = Number((match[2] as string).replaceAll(/[x/]/g, ""));
  const width = match[3] === undefined ? TILE_WIDTH : Number(match[3]);
  if (!Number.isSafeInteger(index) || width > TILE_WIDTH) return undefined;
  return tilePath(level, index, width) === path ? { level, index, width } : undefined;
}

/** Hashes in the last tile of a level, for a tree of `size` entries; 0 when that tile is empty. */
export function partialWidth(level: number, size: number): number {
  return Math.floor(size / TILE_WIDTH ** level) % TILE_WIDTH;
}

/** An entry bundle: each entry behind its length in two bytes, big endian. Asserts nothing: entries are at most 65,535 bytes. */
export function entryBundle(entries: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(entries.reduce((sum, entry) => sum + 2 + entry.length, 0));
  let at = 0;
  for (const entry of entries) {
    out[at++] = entry.length >> 8;
    out[at++] = entry.length & 255;
    out.set(entry, at);
    at += entry.length;
  }
  return out;
}

/** The hash at a place of a tile. */
export const hashAt = (tile: Uint8Array, place: number): Uint8Array =>
  tile.subarray(place * HASH_BYTES, (place + 1) * HASH_BYTES);
