// Bytes of a file to its text. Everything that could make two readers see different texts is refused by name.
import * as codes from "../codes.ts";
import type { Diagnostic } from "../diagnostic.ts";
import { SOURCE_BYTES_MAX } from "../limits.ts";
import type { Source } from "../source.ts";

export interface Decoded {
  /** The text as far as it could be read; "" when it was not looked at. */
  readonly source: Source;
  /** Errors here end the reading. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Text of a source. Refuses: more than SOURCE_BYTES_MAX bytes, anything but UTF-8, a byte order mark, control characters,
 *  and a carriage return that ends no line, which readers of YAML take differently. */
export function decodeSource(input: Uint8Array | string, name: string): Decoded {
  const none: Source = { name, text: "" };
  const start = (source: Source) => ({ source, start: 0, end: 0 });
  // Bytes of a text are at least its UTF-16 units.
  if (input.length > SOURCE_BYTES_MAX) {
    const bytes = typeof input === "string" ? `${input.length} characters` : `${input.length} bytes`;
    return { source: none, diagnostics: [codes.sourceTooLarge(start(none), { size: bytes, max: SOURCE_BYTES_MAX })] };
  }
  if (typeof input !== "string") {
    const bad = firstBadByte(input);
    if (bad !== null) {
      const before = new TextDecoder("utf-8", { ignoreBOM: true }).decode(input.subarray(0, bad));
      const source = { name, text: new TextDecoder("utf-8", { ignoreBOM: true }).decode(input) };
      const byte = input[bad]!.toString(16).padStart(2, "0");
      const wide = input.length > 1 && (input[0] === 0xff || input[0] === 0xfe) && input[0] + input[1]! === 0x1fd;
      const help = wide ? "this looks like UTF-16; save the file as UTF-8" : undefined;
      const span = { source, start: before.length, end: before.length + 1 };
      return { source, diagnostics: [codes.notUtf8(span, { byte: `0x${byte}` }, { help })] };
    }
  }
  const text = typeof input === "string" ? input : new TextDecoder("utf-8", { ignoreBOM: true }).decode(input);
  const source: Source = { name, text };
  if (text.startsWith("\ufeff")) return { source, diagnostics: [codes.byteOrderMark({ source, start: 0, end: 1 })] };
  const lone = /\p{Surrogate}/u.exec(text);
  if (lone !== null) {
    const span = { source, start: lone.index, end: lone.index + 1 };
    return { source, diagnostics: [codes.notUtf8(span, { byte: "a lone surrogate" })] };
  }
  const control = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]|\r(?!\n)/.exec(text);
  if (control !== null) {
    const point = control[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
    const span = { source, start: control.index, end: control.index + 1 };
    return { source, diagnostics: [codes.controlCharacter(span, { character: `U+${point}` })] };
  }
  return { source, diagnostics: [] };
}

/** Index of the first byte that is not UTF-8, or null. Source: RFC 3629, section 4. */
function firstBadByte(bytes: Uint8Array): number | null {
  for (let at = 0; at < bytes.length; ) {
    const lead = bytes[at]!;
    if (lead < 0x80) {
      at++;
      continue;
    }
    const more =
      lead >= 0xc2 && lead < 0xe0 ? 1 : lead >= 0xe0 && lead < 0xf0 ? 2 : lead >= 0xf0 && lead < 0xf5 ? 3 : 0;
    if (more === 0) return at;
    // Overlong forms, surrogates and points past U+10FFFF narrow the second byte.
    const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
    const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
    for (let next = 1; next <= more; next++) {
      const byte = bytes[at + next];
      if (byte === undefined || byte < (next === 1 ? low : 0x80) || byte > (next === 1 ? high : 0xbf)) return at;
    }
    at += more + 1;
  }
  return null;
}
