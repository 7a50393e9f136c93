// Values in a text of JSON replaced in place: everything else stays byte for byte, so numbers keep their digits and keys their order.
// Source: RFC 6901 (JSON Pointer), RFC 8259.

import { readJson } from "../../vm/index.ts";
import { POINTER_LENGTH_MAX } from "../limits.ts";

/** The steps of a pointer; null when it is none, or names the whole document. */
export function pointerSteps(pointer: string): readonly string[] | null {
  if (!pointer.startsWith("/") || pointer.length > POINTER_LENGTH_MAX || /~(?![01])/.test(pointer)) return null;
  return pointer
    .slice(1)
    .split("/")
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** The text with the values at `pointers` replaced, and which of them were there; or why the text is no JSON that has one reading. */
export function replaceAt(
  text: string,
  pointers: readonly (readonly string[])[],
  by: string,
): { readonly text: string; readonly found: readonly number[] } | { readonly problem: string } {
  // Refuses a key that stands twice: of two readers, each would take another one.
  const read = readJson(text);
  if ("problem" in read) return { problem: read.problem.message };
  const spans: Span[] = [];
  const found: number[] = [];
  for (const [at, steps] of pointers.entries()) {
    const span = new Scan(text).find(steps);
    if (span === null) continue;
    found.push(at);
    spans.push(span);
  }
  // A pointer into what another one replaces has nothing left to do.
  const outer = spans.filter(
    (span, at) =>
      !spans.some(
        (other, i) =>
          i !== at &&
          other.start <= span.start &&
          span.end <= other.end &&
          (other.start < span.start || span.end < other.end || i < at),
      ),
  );
  let out = "";
  let from = 0;
  for (const { start, end } of outer.sort((a, b) => a.start - b.start)) {
    out += text.slice(from, start) + JSON.stringify(by);
    from = end;
  }
  return { text: out + text.slice(from), found };
}

/** Walks a text that is known to be JSON. */
class Scan {
  readonly #text: string;
  #at = 0;
  constructor(text: string) {
    this.#text = text;
  }

  /** The value at these steps, from where the scan stands. */
  find(steps: readonly string[]): Span | null {
    this.#space();
    if (steps.length === 0) {
      const start = this.#at;
      this.#value();
      return { start, end: this.#at };
    }
    const [step, ...rest] = steps as [string, ...string[]];
    const opens = this.#text[this.#at];
    if (opens === "{") return this.#member(step, rest);
    return opens === "[" && /^(?:0|[1-9]\d{0,8})$/.test(step) ? this.#item(Number(step), rest) : null;
  }

  #member(name: string, rest: readonly string[]): Span | null {
    this.#at++;
    for (this.#space(); this.#text[this.#at] !== "}"; this.#next()) {
      const start = this.#at;
      this.#string();
      const key = JSON.parse(this.#text.slice(start, this.#at)) as string;
      this.#space();
      this.#at++; // the colon
      if (key === name) return this.find(rest);
      this.#value();
    }
    return null;
  }

  #item(index: number, rest: readonly string[]): Span | null {
    this.#at++;
    this.#space();
    for (let at = 0; this.#text[this.#at] !== "]"; at++, this.#next()) {
      if (at === index) return this.find(rest);
      this.#value();
    }
    return null;
  }

  /** Behind a member or an item: over the comma. */
  #next(): void {
    this.#space();
    if (this.#text[this.#at] === ",") this.#at++;
    this.#space();
  }

  #space(): void {
    while (/[ \t\n\r]/.test(this.#text[this.#at] ?? "")) this.#at++;
  }

  #string(): void {
    this.#at++;
    while (this.#text[this.#at] !== '"') this.#at += this.#text[this.#at] === "\\" ? 2 : 1;
    this.#at++;
  }

  /** Over one value. */
  #value(): void {
    this.#space();
    let depth = 0;
    do {
      const unit = this.#text[this.#at]!;
      if (unit === '"') this.#string();
      else if (unit === "{" || unit === "[") {
        depth++;
        this.#at++;
      } else if (unit === "}" || unit === "]") {
        depth--;
        this.#at++;
      } else if (unit === "," || unit === ":" || /[ \t\n\r]/.test(unit)) this.#at++;
      else while (/[^\s,\]}]/.test(this.#text[this.#at] ?? ",")) this.#at++;
    } while (depth > 0);
  }
}
