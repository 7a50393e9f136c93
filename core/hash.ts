// Content ids: BLAKE3 in keyed mode, with one key per kind of thing, so that the same bytes as a state and as a module have
// different ids. The key of a kind is the plain BLAKE3 hash of its context string below. Any BLAKE3 implementation can
// redo this; docs/design/0002 says why it is not `derive_key`. The ledger's tree is SHA-256 and lives in `ledger/`.
//
// The fast implementation is WebAssembly and is made ready while this file loads; after that every call is synchronous.
import { sha256 as nobleSha256 } from "@noble/hashes/sha2.js";
import { createBLAKE3, type IHasher } from "hash-wasm";
import { utf8 } from "./bytes.ts";

/** Context strings. A kind is never renamed: its ids would change. */
const CONTEXTS = {
  module: "writ 2026 module v1",
  file: "writ 2026 module file v1",
  agreement: "writ 2026 agreement v1",
  offer: "writ 2026 offer v1",
  state: "writ 2026 state v1",
  input: "writ 2026 input v1",
  action: "writ 2026 action v1",
  receipt: "writ 2026 receipt v1",
  stored: "writ 2026 stored value v1",
  data: "writ 2026 data document v1",
  bundle: "writ 2026 policy bundle v1",
} as const;

export type HashContext = keyof typeof CONTEXTS;
export const HASH_CONTEXTS: Readonly<Record<HashContext, string>> = CONTEXTS;

/** Bytes of every id. */
export const ID_BYTES = 32;

async function ready(): Promise<{ plain: IHasher; keyed: Readonly<Record<HashContext, IHasher>> }> {
  const plain = await createBLAKE3(256);
  const keyed = {} as Record<HashContext, IHasher>;
  for (const [kind, context] of Object.entries(CONTEXTS)) {
    keyed[kind as HashContext] = await createBLAKE3(256, plain.init().update(utf8(context)).digest("binary"));
  }
  return { plain, keyed };
}
const { plain, keyed } = await ready();

/** The id of bytes as one kind of thing: 32 bytes. Source: BLAKE3 paper, section 2.3 (keyed_hash). */
export function contentId(context: HashContext, bytes: Uint8Array): Uint8Array {
  return keyed[context].init().update(bytes).digest("binary");
}

/** Plain BLAKE3: 32 bytes. */
export function blake3(bytes: Uint8Array): Uint8Array {
  return plain.init().update(bytes).digest("binary");
}

/** SHA-256 without `node:`, for the browser and the pure centre; `ledger/` has a faster one for Node. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return nobleSha256(bytes);
}
