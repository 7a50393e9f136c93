// JSON with tokens kept: `1` is an int and `1.0` a decimal, digits beyond 2^53 survive, key order does not matter. What
// JSON readers disagree on is refused: duplicate keys, lone surrogates, numbers over 34 digits, anything over the bounds.
// Source: RFC 8259.
import { base64, isWellFormed } from "../core/bytes.ts";
import { Decimal, formatDecimal, parseDecimal, parseInt34 } from "./decimal.ts";
import { JSON_DEPTH_MAX, JSON_LENGTH_MAX, JSON_PARTS_MAX } from "./limits.ts";
import { mapOf } from "./map.ts";
import { ErrorValue, MapValue, type Value } from "./value.ts";

export interface JsonProblem {
  readonly reason: "syntax" | "duplicate-key" | "number" | "text" | "depth" | "size";
  /** One lower-case line. */
  readonly message: string;
  /** UTF-16 offset in the text. */
  readonly offset: number;
}

/** Reading one text. A problem is thrown as an instance of this and caught in `readJson`: it never leaves this file. */
class Refusal {
  readonly problem: JsonProblem;
  constructor(problem: JsonProblem) {
    this.problem = problem;
  }
}

const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

class Reader {
  readonly text: string;
  at = 0;
  parts = 0;
  constructor(text: string) {
    this.text = text;
  }

  refuse(reason: JsonProblem["reason"], message: string, offset = this.at): never {
    throw new Refusal({ reason, message, offset });
  }

  space(): void {
    for (;;) {
      const unit = this.text.charCodeAt(this.at);
      if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) return;
      this.at++;
    }
  }

  value(depth: number): Value {
    if (++this.parts > JSON_PARTS_MAX) this.refuse("size", `more than ${JSON_PARTS_MAX} values`);
    const unit = this.text[this.at];
    switch (unit) {
      case "{":
      case "[":
        if (depth >= JSON_DEPTH_MAX) this.refuse("depth", `nested deeper than ${JSON_DEPTH_MAX}`);
        this.at++;
        return unit === "{" ? this.object(depth + 1) : this.list(depth + 1);
      case '"':
        return this.string();
      case "t":
        return this.word("true", true);
      case "f":
        return this.word("false", false);
      case "n":
        return this.word("null", null);
      default:
        return this.number();
    }
  }

  word(word: string, value: Value): Value {
    if (!this.text.startsWith(word, this.at)) this.refuse("syntax", "expected a value");
    this.at += word.length;
    return value;
  }

  number(): Value {
    NUMBER.lastIndex = this.at;
    const match = NUMBER.exec(this.text);
    if (match === null) this.refuse("syntax", this.at >= this.text.length ? "ends too early" : "expected a value");
    const [token, fraction, exponent] = match;
    const value = fraction === undefined && exponent === undefined ? parseInt34(token) : parseDecimal(token);
    if (value === undefined || value instanceof ErrorValue)
      this.refuse("number", "a number has more than 34 digits or is out of range");
    this.at += token.length;
    return value;
  }

  string(): string {
    const start = this.at++;
    let out = "";
    for (;;) {
      PLAIN.lastIndex = this.at;
      const plain = PLAIN.exec(this.text)![0];
      out += plain;
      this.at += plain.length;
      const unit = this.text[this.at];
      if (unit === undefined) this.refuse("syntax", "a text does not end", start);
      this.at++;
      if (unit === '"') break;
      if (unit !== "\\") this.refuse("syntax", "a control character in a text must be escaped", this.at - 1);
      const letter = this.text[this.at++] ?? "";
      if (letter === "u") {
        const digits = this.text.slice(this.at, this.at + 4);
        if (!/^[0-9a-fA-F]{4}$/.test(digits)) this.refuse("syntax", "`\\u` needs four hex digits", this.at - 2);
        out += String.fromCharCode(Number.parseInt(digits, 16));
        this.at += 4;
      } else {
        const plainEscape = Object.hasOwn(ESCAPES, letter) ? ESCAPES[letter]! : undefined;
        if (plainEscape === undefined) this.refuse("syntax", "unknown escape in a text", this.at - 2);
        out += plainEscape;
      }
    }
    if (!isWellFormed(out)) this.refuse("text", "half of a surrogate pair in a text", start);
    return out;
  }

  list(depth: number): Value {
    const out: Value[] = [];
    this.space();
    if (this.text[this.at] === "]") {
      this.at++;
      return out;
    }
    for (;;) {
      this.space();
      out.push(this.value(depth));
      this.space();
      const unit = this.text[this.at];
      if (unit === "]") break;
      if (unit !== ",") this.refuse("syntax", "expected `,` or `]`");
      this.at++;
    }
    this.at++;
    return out;
  }

  object(depth: number): Value {
    const start = this.at - 1;
    const entries: [string, Value][] = [];
    this.space();
    if (this.text[this.at] === "}") this.at++;
    else
      for (;;) {
        this.space();
        if (this.text[this.at] !== '"') this.refuse("syntax", "expected a key in quotes");
        const key = this.string();
        this.space();
        if (this.text[this.at] !== ":") this.refuse("syntax", "expected `:`");
        this.at++;
        this.space();
        entries.push([key, this.value(depth)]);
        this.space();
        const unit = this.text[this.at++];
        if (unit === "}") break;
        if (unit !== ",") this.refuse("syntax", "expected `,` or `}`", this.at - 1);
      }
    return mapOf(entries) ?? this.refuse("duplicate-key", "a key comes twice in one object", start);
  }
}

/** The value of a JSON text, or why it has none. Objects become MapValue, numbers int or Decimal by their token. */
export function readJson(text: string): { readonly value: Value } | { readonly problem: JsonProblem } {
  if (text.length > JSON_LENGTH_MAX)
    return { problem: { reason: "size", message: `longer than ${JSON_LENGTH_MAX} characters`, offset: 0 } };
  const reader = new Reader(text);
  try {
    reader.space();
    const value = reader.value(0);
    reader.space();
    if (reader.at < text.length) reader.refuse("syntax", "something follows the value");
    return { value };
  } catch (refusal) {
    if (refusal instanceof Refusal) return { problem: refusal.problem };
    throw refusal;
  }
}

/** Canonical JSON: no spaces, keys by UTF-8 bytes, decimals with a point. What JSON has no word for: unknown is null, bytes
 *  are base64, an error is `{"error": code, "about": text}`. Undefined when the value is over the bounds of reading. */
export function writeJson(value: Value): string | undefined {
  const out: string[] = [];
  const room = { parts: JSON_PARTS_MAX, length: JSON_LENGTH_MAX };
  return write(value, 0, out, room) ? out.join("") : undefined;
}

function write(value: Value, depth: number, out: string[], room: { parts: number; length: number }): boolean {
  const put = (text: string): boolean => {
    out.push(text);
    room.length -= text.length;
    return room.length >= 0;
  };
  if (--room.parts < 0) return false;
  if (value === null || value === undefined) return put("null");
  switch (typeof value) {
    case "string":
      return put(JSON.stringify(value));
    case "boolean":
    case "number":
    case "bigint":
      return put(String(value));
  }
  if (value instanceof Decimal) return put(formatDecimal(value));
  if (value instanceof Uint8Array) return put(`"${base64(value)}"`);
  if (depth >= JSON_DEPTH_MAX) return false;
  if (value instanceof ErrorValue)
    return put(`{"about":${JSON.stringify(value.about)},"error":${JSON.stringify(value.code)}}`);
  if (value instanceof MapValue) {
    put("{");
    for (let i = 0; i < value.keys.length; i++) {
      if (!put(`${i === 0 ? "" : ","}${JSON.stringify(value.keys[i]!)}:`)) return false;
      if (!write(value.values[i], depth + 1, out, room)) return false;
    }
    return put("}");
  }
  put("[");
  for (let i = 0; i < value.length; i++) {
    if (i > 0) put(",");
    if (!write(value[i], depth + 1, out, room)) return false;
  }
  return put("]");
}
