// Hashes, as lower-case hex text, so that they compare with written ones and with the hash of an evidence.
import { hex, utf8 } from "../core/bytes.ts";
import { blake3, sha256 } from "../core/hash.ts";
import type { Value } from "../vm/value.ts";
import { isBytes, isText, KIND } from "./args.ts";
import type { Builtin } from "./builtin.ts";

/** Of bytes, or of the UTF-8 form of a text. */
const hexOf =
  (hash: (bytes: Uint8Array) => Uint8Array) =>
  ([data]: readonly Value[]): Value =>
    isText(data) ? hex(hash(utf8(data))) : isBytes(data) ? hex(hash(data)) : KIND;

export const HASH: readonly Builtin[] = [
  {
    id: 120,
    name: "sha256",
    signature: "(text | bytes) -> text",
    fuel: 400,
    perUnit: { fuel: 4, argument: 0 },
    doc: "SHA-256 of bytes or of a text's UTF-8 form: 64 hex digits. Source: FIPS 180-4.",
    examples: [['sha256("abc")', "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"]],
    run: hexOf(sha256),
  },
  {
    id: 121,
    name: "blake3",
    signature: "(text | bytes) -> text",
    fuel: 200,
    perUnit: { fuel: 2, argument: 0 },
    doc: "BLAKE3 of bytes or of a text's UTF-8 form: 64 hex digits.",
    examples: [['blake3("abc")', "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85"]],
    run: hexOf(blake3),
  },
  {
    id: 122,
    name: "hex",
    signature: "(bytes) -> text",
    fuel: 4,
    perUnit: { fuel: 1, argument: 0 },
    doc: "Bytes as lower-case hex text.",
    examples: [[String.raw`hex('\x01\xff')`, "01ff"]],
    run: ([data]) => (isBytes(data) ? hex(data) : KIND),
  },
];
