// Bytes and their text forms.

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
const DIGITS = Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));
/** Most bytes whose digits are written in one piece. */
const SHORT_HEX_MAX = 64;
/** Digits of short hex, an array for each length: what `fromCharCode` takes as its arguments. */
const digits = Array.from({ length: SHORT_HEX_MAX + 1 }, (_, length) => new Array<number>(2 * length).fill(0));

/** Lower-case hex, two digits a byte. */
export function hex(bytes: Uint8Array): string {
  const { length } = bytes;
  if (length > SHORT_HEX_MAX) {
    let out = "";
    for (let i = 0; i < length; i++) out += HEX[bytes[i]!];
    return out;
  }
  // Ids and nonces, by far the most common: put together by twos they would be a chain of texts until somebody reads them.
  const out = digits[length]!;
  for (let i = 0; i < length; i++) {
    const byte = bytes[i]!;
    out[2 * i] = DIGITS[byte >> 4]!;
    out[2 * i + 1] = DIGITS[byte & 15]!;
  }
  return String.fromCharCode.apply(null, out);
}

/** Bytes of hex text in either case, or undefined when it is not hex. */
export function fromHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return undefined;
  const out = new Uint8Array(text.length / 2);
  for (let i = 0; i < out.length; i++) out[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return out;
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Order by byte, a prefix first: negative, zero or positive. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a === b) return true;
  return a.length === b.length && compareBytes(a, b) === 0;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** UTF-8 of a well-formed text. */
export const utf8 = (text: string): Uint8Array => encoder.encode(text);

/** Text of UTF-8 bytes, or undefined when they are not UTF-8. A byte order mark stays in the text. */
export function fromUtf8(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** No surrogate stands alone, so the text has a UTF-8 form. */
export const isWellFormed = (text: string): boolean => (text as unknown as Checkable).isWellFormed();

/** ES2024, in every host we support: it knows of most texts without looking at them. */
interface Checkable {
  isWellFormed(): boolean;
}

/** Number of UTF-8 bytes of a well-formed text. */
export function utf8Length(text: string): number {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800) bytes += 2;
    else if (unit >= 0xd800 && unit <= 0xdbff) {
      bytes += 4;
      i++;
    } else bytes += 3;
  }
  return bytes;
}

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Base64 with padding (RFC 4648 section 4). */
export function base64(bytes: Uint8Array): string {
  let out = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const group = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    out += BASE64[group >> 18]! + BASE64[(group >> 12) & 63]!;
    out += i + 1 < bytes.length ? BASE64[(group >> 6) & 63]! : "=";
    out += i + 2 < bytes.length ? BASE64[group & 63]! : "=";
  }
  return out;
}

/** Bytes of canonical base64 with padding; undefined for anything else, spare bits that are not zero included. */
export function fromBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const out = new Uint8Array((text.length / 4) * 3 - padding);
  for (let i = 0, at = 0; i < text.length; i += 4) {
    let group = 0;
    for (let j = 0; j < 4; j++) group = (group << 6) | (text[i + j] === "=" ? 0 : BASE64.indexOf(text[i + j]!));
    for (let shift = 16; shift >= 0 && at < out.length; shift -= 8) out[at++] = (group >> shift) & 255;
  }
  return base64(out) === text ? out : undefined;
}

/** Unsigned LEB128 of a safe integer. */
export function varint(value: number): Uint8Array {
  const out: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    out.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  out.push(rest);
  return Uint8Array.from(out);
}

/** Reads an unsigned LEB128 number in its shortest form; undefined when cut, padded or beyond the safe integers. */
export function readVarint(
  bytes: Uint8Array,
  at: number,
): { readonly value: number; readonly next: number } | undefined {
  let value = 0;
  let scale = 1;
  for (let next = at; next < bytes.length && next < at + 8; scale *= 0x80) {
    const byte = bytes[next++]!;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return (byte === 0 && next > at + 1) || !Number.isSafeInteger(value) ? undefined : { value, next };
  }
  return undefined;
}
