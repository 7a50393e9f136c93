// Content ids: the published BLAKE3 vectors, and the fast implementation against an independent one.
import { readFileSync } from "node:fs";
import { blake3 as nobleBlake3 } from "@noble/hashes/blake3.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  blake3,
  contentId,
  HASH_CONTEXTS,
  type HashContext,
  hex,
  ID_BYTES,
  sha256,
  utf8,
} from "../../../core/index.ts";

interface Vectors {
  readonly key: string;
  readonly cases: readonly { readonly input_len: number; readonly hash: string; readonly keyed_hash: string }[];
}
const vectors: Vectors = JSON.parse(
  readFileSync(new URL("../../vectors/blake3/test_vectors.json", import.meta.url), "utf8"),
);
/** The input of a vector: 0, 1 … 250, 0, 1 … */
const input = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i % 251);
const kinds = Object.keys(HASH_CONTEXTS) as HashContext[];
/** A content id as its definition reads: keyed BLAKE3, the key being the hash of the context. */
const slowId = (kind: HashContext, bytes: Uint8Array): Uint8Array =>
  nobleBlake3(bytes, { key: nobleBlake3(utf8(HASH_CONTEXTS[kind])) });

describe("BLAKE3 vectors", () => {
  it.each(vectors.cases)("of $input_len bytes", ({ input_len, hash, keyed_hash }) => {
    const bytes = input(input_len);
    expect(hex(blake3(bytes))).toBe(hash.slice(0, 2 * ID_BYTES));
    // The independent one is held to the keyed vectors, and content ids to it.
    expect(hex(nobleBlake3(bytes, { key: utf8(vectors.key) }))).toBe(keyed_hash.slice(0, 2 * ID_BYTES));
    for (const kind of ["state", "receipt"] as const)
      expect(hex(contentId(kind, bytes))).toBe(hex(slowId(kind, bytes)));
  });
  it("are all of them", () => expect(vectors.cases.length).toBe(35));
});

describe("content ids", () => {
  it("agree with the independent implementation on any bytes, called in any order", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...kinds), fc.uint8Array({ maxLength: 3_000 })), { maxLength: 5 }),
        (calls) => {
          for (const [kind, bytes] of calls) expect(hex(contentId(kind, bytes))).toBe(hex(slowId(kind, bytes)));
        },
      ),
      { numRuns: 60 },
    );
  });
  it("differ by kind, and from the plain hash", () => {
    const bytes = utf8("the same bytes");
    const ids = [...kinds.map((kind) => hex(contentId(kind, bytes))), hex(blake3(bytes))];
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(Object.values(HASH_CONTEXTS)).size).toBe(kinds.length);
  });
  it("are new bytes with every call", () => {
    const first = contentId("state", utf8("a"));
    const copy = hex(first);
    contentId("state", utf8("b"));
    expect(hex(first)).toBe(copy);
    expect(first.length).toBe(ID_BYTES);
  });
});

it("SHA-256 of no bytes and of `abc` (FIPS 180-2)", () => {
  expect(hex(sha256(new Uint8Array()))).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  expect(hex(sha256(utf8("abc")))).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});
