export * from "./assert.ts";
export * from "./bytes.ts";
export {
  type Canonical,
  CanonicalError,
  decode,
  decodeViews,
  Encoded,
  encode,
  encodeBy,
  put,
  Tagged,
} from "./canonical.ts";
export { CodedError } from "./coded-error.ts";
export { blake3, contentId, HASH_CONTEXTS, type HashContext, ID_BYTES, sha256 } from "./hash.ts";
export { CANONICAL_BYTES_MAX, CANONICAL_DEPTH_MAX, INTEGER_BITS_MAX } from "./limits.ts";
