// Which Ed25519 signatures count. RFC 8032 leaves room that libraries fill differently: public keys and commitments of small
// order. Both are refused before any library is asked, so that libsodium and OpenSSL accept the same.
// Source: RFC 8032 section 5.1.7; "Taming the many EdDSAs" (Chalkias, Garillot, Nikolaenko 2020), table 1 for the points.
import { fromHex } from "../../core/index.ts";

/** The eight points of small order, by their y coordinate; the top bit (sign of x) does not matter here. */
const SMALL_ORDER = [
  "0100000000000000000000000000000000000000000000000000000000000000",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "0000000000000000000000000000000000000000000000000000000000000000",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
].map((digits) => fromHex(digits) as Uint8Array);

/** 32 bytes that name a point of small order, or no point in its one form (y is p or more). */
export function isWeakPoint(bytes: Uint8Array): boolean {
  const last = bytes[31]! & 0x7f;
  // p = 2^255 - 19: y from p on begins, read from the top, with 7f ff … ff and ends with ed or more.
  if (last === 0x7f && bytes[0]! >= 0xed) {
    let at = 30;
    while (at > 0 && bytes[at] === 0xff) at--;
    if (at === 0) return true;
  }
  return SMALL_ORDER.some((point) => {
    if (point[31] !== last) return false;
    for (let i = 0; i < 31; i++) if (point[i] !== bytes[i]) return false;
    return true;
  });
}
