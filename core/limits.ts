// Bounds of the encoding.

/** Arrays, maps and tags inside each other: encoding and decoding recurse. */
export const CANONICAL_DEPTH_MAX = 128;
/** Bytes of one encoded value: the largest module file with its sources. */
export const CANONICAL_BYTES_MAX = 32 * 1024 * 1024;
/** Bits of an integer: 34 decimal digits need 113. */
export const INTEGER_BITS_MAX = 256;
/** Bytes of the blocks that short encodings share. */
export const BLOCK_BYTES = 8_192;
