// Literals of expressions: where a quoted text ends, what its escapes mean, what a number is worth. The forms are CUE's.
// Source: The CUE Language Specification, sections "Integer literals" to "String and byte sequence literals".
import { EXPONENT_MAX, EXPR_NESTING_MAX } from "../limits.ts";

/** End offset of the quoted text that starts at `start` (at its `#`s or its quote), or null when it has no end. */
export function scanQuoted(text: string, start: number, nesting = 0): number | null {
  let at = start;
  while (text[at] === "#") at++;
  const hashes = text.slice(start, at);
  const quote = text[at];
  if ((quote !== '"' && quote !== "'") || nesting > EXPR_NESTING_MAX) return null;
  const lead = `\\${hashes}`;
  const close = quote + hashes;
  at++;
  while (at < text.length) {
    if (text.startsWith(close, at)) return at + close.length;
    if (text[at] === "\n") return null;
    if (!text.startsWith(lead, at)) at++;
    else if (text[at + lead.length] === "(") {
      const end = scanInterpolation(text, at + lead.length, nesting + 1);
      if (end === null) return null;
      at = end;
    } else at += lead.length + 1;
  }
  return null;
}

/** End offset, past its `)`, of the interpolation whose `(` stands at `open`. */
function scanInterpolation(text: string, open: number, nesting: number): number | null {
  let depth = 0;
  for (let at = open; at < text.length; ) {
    const unit = text[at]!;
    const quoted = unit === '"' || unit === "'" || (unit === "#" && /^#+["']/.test(text.slice(at, at + 8)));
    if (quoted) {
      const end = scanQuoted(text, at, nesting);
      if (end === null) return null;
      at = end;
      continue;
    }
    at++;
    if (unit === "(") depth++;
    else if (unit === ")" && --depth === 0) return at;
  }
  return null;
}

/** A part of a quoted text: decoded text, bytes, or the offsets of an interpolated expression. */
export type QuotedPart =
  | { readonly kind: "text"; readonly value: string }
  | { readonly kind: "byte"; readonly value: number }
  | { readonly kind: "expression"; readonly start: number; readonly end: number };

export interface QuotedMistake {
  readonly start: number;
  readonly end: number;
  readonly why: string;
}

const simpleEscapes: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "/": "/",
  "\\": "\\",
};

/** Parts of a whole quoted text as `scanQuoted` found it. Offsets are those of `text`. */
export function decodeQuoted(text: string): {
  bytes: boolean;
  parts: readonly QuotedPart[];
  mistakes: readonly QuotedMistake[];
} {
  const hashes = /^#*/.exec(text)![0];
  const quote = text[hashes.length]!;
  const bytes = quote === "'";
  const lead = `\\${hashes}`;
  const last = text.length - hashes.length - 1;
  const parts: QuotedPart[] = [];
  const mistakes: QuotedMistake[] = [];
  let run = "";
  const flush = () => {
    if (run !== "") parts.push({ kind: "text", value: run });
    run = "";
  };
  let at = hashes.length + 1;
  while (at < last) {
    if (!text.startsWith(lead, at)) {
      run += text[at++];
      continue;
    }
    const start = at;
    at += lead.length;
    const letter = text[at] ?? "";
    if (letter === "(") {
      const end = scanInterpolation(text, at, 1)!;
      flush();
      parts.push({ kind: "expression", start: at + 1, end: end - 1 });
      at = end;
      continue;
    }
    const simple = simpleEscapes[letter];
    const digits = /^(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2})|([0-7]{3}))/.exec(text.slice(at, at + 9));
    if (simple !== undefined || letter === quote) {
      run += simple ?? quote;
      at++;
    } else if (digits !== null && (digits[1] ?? digits[2]) !== undefined) {
      let point = Number.parseInt((digits[1] ?? digits[2])!, 16);
      at += digits[0].length;
      // A pair of \u escapes may stand for one character, as in JSON.
      const low =
        point >= 0xd800 && point < 0xdc00
          ? /^u([dD][c-fC-F][0-9a-fA-F]{2})/.exec(
              text.startsWith(lead, at) ? text.slice(at + lead.length, at + lead.length + 5) : "",
            )
          : null;
      if (low !== null) {
        point = 0x10000 + ((point - 0xd800) << 10) + (Number.parseInt(low[1]!, 16) - 0xdc00);
        at += lead.length + 5;
      }
      if (point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
        mistakes.push({ start, end: at, why: "is not a Unicode character" });
      else run += String.fromCodePoint(point);
    } else if (digits !== null && bytes) {
      const value = digits[3] === undefined ? Number.parseInt(digits[4]!, 8) : Number.parseInt(digits[3], 16);
      at += digits[0].length;
      if (value > 255) mistakes.push({ start, end: at, why: "is more than one byte" });
      else {
        flush();
        parts.push({ kind: "byte", value });
      }
    } else {
      at += letter === "" ? 0 : 1;
      mistakes.push({ start, end: at, why: "is not an escape; a backslash itself is written `\\\\`" });
    }
  }
  flush();
  return { bytes, parts, mistakes };
}

/** What a number literal is worth, as plain decimal digits: with a point exactly when it is a decimal. */
export type NumberValue = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly why: string };

const multipliers = "KMGTP";

/** `1_000`, `0x1F`, `0b101`, `0o17`, `1.50`, `.5`, `1e-3`, `64Ki` (1024s), `1.5M` (1000s). As in CUE a multiplier gives a whole
 *  number; one that does not is refused, as are leading zeros and exponents beyond EXPONENT_MAX. */
export function decodeNumber(written: string): NumberValue {
  if (/__|_$|^_|_\.|\._|_[eE]/.test(written))
    return { ok: false, why: "has a `_` that does not stand between two digits" };
  const text = written.replace(/_/g, "");
  const based = /^0(?:x[0-9a-fA-F]+|b[01]+|o[0-7]+)$/.test(text.replace(/^0X/, "0x"));
  if (based) return { ok: true, text: BigInt(text.replace(/^0X/, "0x")).toString() };
  const found = /^(\d*)(?:\.(\d*))?(?:([KMGTP])(i?)|[eE]([+-]?\d+))?$/.exec(text);
  if (found === null || (found[1] === "" && (found[2] ?? "") === "")) return { ok: false, why: "is not a number" };
  const [, whole = "", fraction, letter, binary, exponent] = found;
  if (/^0\d/.test(whole)) return { ok: false, why: "starts with 0" };
  if (letter !== undefined) {
    const step = multipliers.indexOf(letter) + 1;
    const factor = binary === "i" ? 1024n ** BigInt(step) : 1000n ** BigInt(step);
    const part = fraction ?? "";
    const product = BigInt(`${whole}${part}` || "0") * factor;
    const scale = 10n ** BigInt(part.length);
    if (product % scale !== 0n) return { ok: false, why: "is not a whole number" };
    return { ok: true, text: (product / scale).toString() };
  }
  if (exponent === undefined)
    return { ok: true, text: fraction === undefined ? whole : `${whole || "0"}.${fraction || "0"}` };
  if (exponent.replace(/^[+-]?0*/, "").length > 3 || Math.abs(Number(exponent)) > EXPONENT_MAX)
    return { ok: false, why: `has an exponent beyond ${EXPONENT_MAX}` };
  const digits = `${whole}${fraction ?? ""}`;
  const point = whole.length + Number(exponent);
  const padded = point <= 0 ? "0".repeat(1 - point) + digits : digits.padEnd(point, "0");
  const cut = point <= 0 ? 1 : point;
  return { ok: true, text: `${padded.slice(0, cut).replace(/^0+(?=\d)/, "")}.${padded.slice(cut) || "0"}` };
}
