// The plainest YAML read at once: block maps and lists, braces and brackets on one line, scalars on one line, comments. It is most of
// what people write, and large files are made of it; the package `yaml` takes ten times as long. Whatever is unusual, doubtful or wrong is not read
// here: null, and the way of read.ts decides, traps and all.
//
// Invariant: what is read here is read the same way there, without a diagnostic. Compared in tests on every document we have and on
// random ones.
import type { Entry, ListNode, MapNode, Node, Scalar } from "../ast.ts";
import type { Source } from "../source.ts";

/** Levels inside each other; deeper ones are left to the other way. */
const DEPTH_MAX = 24;
/** No tabs, carriage returns or characters that only look like spaces or line breaks. */
const USUAL = /^[\n\x20-\x7e\u00a1-\u1fff\u2010-\u2027\u2030-\u205e\u2070-\ud7ff]*$/;
/** What a scalar without quotes begins with here: no sign that means something. */
const BEGINS = /^(?:[A-Za-z0-9_/.$+^\\~(=\u00a1-\ud7ff]|-[A-Za-z0-9.])/;
/** A name, an instant, a sentence. */
const KEY = /((?=[A-Za-z0-9_$])[\w$.,?+/()'-]+(?::[\w$.,?+/()'-]+)*(?: [\w$.,?+/()'-]+)*):(?: +|(?=\n)|$)/y;
const FLOW_KEY = /((?=[A-Za-z0-9_$])[\w$.?-]+(?: [\w$.?-]+)*): +/y;
/** Round brackets as in `list(map(int))`. With a comma inside them they are a trap. */
const ROUND = "\\((?:[^,[\\]{}\"'()]|\\([^,[\\]{}\"'()]*\\))*\\)";
const FLOW_SCALAR = new RegExp(`[^\\s,[\\]{}"'()](?:(?:[^,[\\]{}"'()]|${ROUND})*(?:[^\\s,[\\]{}"'()]|${ROUND}))?`, "y");
const QUOTE = /["']/;
const NULL = "null";

class Doubt extends Error {}

/** The tree of a source, or null: it is not of the plainest kind. */
export function readPlainYaml(source: Source): MapNode | null {
  if (!USUAL.test(source.text)) return null;
  const host = Error as { stackTraceLimit?: number };
  const limit = host.stackTraceLimit;
  host.stackTraceLimit = 0;
  try {
    return new Reader(source).root();
  } catch (error) {
    if (error instanceof Doubt) return null;
    throw error;
  } finally {
    if (limit !== undefined) host.stackTraceLimit = limit;
  }
}

const doubt = (): never => {
  throw new Doubt();
};

/** The names of the keys of a map that is being read: most maps have few, and are gone through. */
class Names {
  readonly #entries: readonly Entry[];
  #many: Set<string> | null = null;
  constructor(entries: readonly Entry[]) {
    this.#entries = entries;
  }

  has(name: string): boolean {
    const entries = this.#entries;
    if (entries.length < FEW) {
      for (let i = 0; i < entries.length; i++) if (entries[i]!.key.text === name) return true;
      return false;
    }
    this.#many ??= new Set();
    for (let i = this.#many.size; i < entries.length; i++) this.#many.add(entries[i]!.key.text);
    return this.#many.has(name);
  }
}
const FEW = 16;

class Reader {
  readonly #source: Source;
  readonly #text: string;
  /** The line at hand: where its content begins and ends, and its column. -1: there is none. */
  #at = 0;
  #end = 0;
  #column = -1;
  /** Where the line ends with the comment behind its content. */
  #ended = 0;
  /** The same of the value read last: what it stands in ends there. */
  #last = 0;
  /** Where the line after it begins. */
  #next = 0;

  constructor(source: Source) {
    this.#source = source;
    this.#text = source.text;
    this.#line();
  }

  root(): MapNode {
    if (this.#column !== 0 || this.#isItem()) doubt();
    const map = this.#map(0, 0);
    if (this.#column >= 0) doubt();
    return map;
  }

  /** Goes to the next line with something on it. */
  #line(): void {
    const text = this.#text;
    /** Column of the deepest comment on the way. */
    let comment = -1;
    for (;;) {
      const start = this.#next;
      if (start >= text.length) {
        if (comment >= 0) doubt();
        this.#column = -1;
        return;
      }
      const found = text.indexOf("\n", start);
      let end = found < 0 ? text.length : found;
      this.#next = end + 1;
      let at = start;
      while (at < end && text.charCodeAt(at) === 32) at++;
      if (at === end) continue;
      const column = at - start;
      if (text.charCodeAt(at) === 35) {
        if (column > comment) comment = column;
        continue;
      }
      // A comment that stands deeper than what follows belongs to what is before it: then the other way decides.
      if (comment > column) doubt();
      while (text.charCodeAt(end - 1) === 32) end--;
      this.#ended = end;
      const mark = text.slice(at, end).indexOf("#");
      if (mark >= 0) {
        end = at + mark;
        // In quotes, or behind a sign, it may be no comment.
        if (text.charCodeAt(end - 1) !== 32 || QUOTE.test(text.slice(at, end))) doubt();
        while (text.charCodeAt(end - 1) === 32) end--;
      }
      this.#at = at;
      this.#end = end;
      this.#column = column;
      return;
    }
  }

  #isItem(): boolean {
    return this.#text.charCodeAt(this.#at) === 45 && this.#text.charCodeAt(this.#at + 1) === 32;
  }

  /** The map whose keys stand in a column, from the key at hand. */
  #map(column: number, depth: number): MapNode {
    if (depth > DEPTH_MAX) doubt();
    const start = this.#at;
    const entries: Entry[] = [];
    const names = new Names(entries);
    while (this.#column === column) {
      if (this.#isItem()) doubt();
      KEY.lastIndex = this.#at;
      const found = KEY.exec(this.#text);
      if (found === null || this.#at + found[1]!.length >= this.#end) doubt();
      const name = found![1]!;
      if (names.has(name) || name === NULL) doubt();
      const key = this.#scalar(name, this.#at, this.#at + name.length);
      const from = this.#at + found![0].length;
      const value = from < this.#end ? this.#onLine(from, column) : this.#below(column, depth);
      entries.push({ key, value });
    }
    if (this.#column > column) doubt();
    return { kind: "map", entries, span: { source: this.#source, start, end: this.#last } };
  }

  /** The value on the lines below its key. */
  #below(column: number, depth: number): Node {
    this.#line();
    if (this.#column > column)
      return this.#isItem() ? this.#list(this.#column, depth + 1) : this.#map(this.#column, depth + 1);
    // A list may stand in the column of its key.
    if (this.#column === column && this.#isItem()) return this.#list(column, depth + 1);
    return doubt();
  }

  #list(column: number, depth: number): ListNode {
    if (depth > DEPTH_MAX) doubt();
    const start = this.#at;
    const items: Node[] = [];
    while (this.#column === column && this.#isItem()) {
      let at = this.#at + 2;
      while (this.#text.charCodeAt(at) === 32) at++;
      if (this.#text.charCodeAt(at) === 45) doubt();
      KEY.lastIndex = at;
      const found = KEY.exec(this.#text);
      let value: Node;
      if (found !== null && at + found[1]!.length < this.#end) {
        this.#column += at - this.#at;
        this.#at = at;
        value = this.#map(this.#column, depth + 1);
      } else value = this.#onLine(at, column);
      items.push(value);
    }
    if (this.#column > column) doubt();
    return { kind: "list", items, span: { source: this.#source, start, end: this.#last } };
  }

  /** A value that is on the line from `from` to its end; goes to the next line, which must not go on with it. */
  #onLine(from: number, column: number): Node {
    const text = this.#text;
    const end = this.#end;
    const first = text[from]!;
    let value: Node;
    if (first === "{" || first === "[") {
      const flow = new Flow(this.#source, end);
      value = flow.value(from, 0);
      if (value.span.end !== end) doubt();
    } else if (first === '"' || first === "'") {
      value = quotedScalar(this.#source, from, end);
      if (value.span.end !== end) doubt();
    } else {
      const written = text.slice(from, end);
      if (!BEGINS.test(written) || written.includes(": ") || written.endsWith(":")) doubt();
      value = this.#scalar(written, from, end);
      if (written === NULL) value = { kind: "null", span: value.span };
    }
    this.#last = this.#ended;
    this.#line();
    if (this.#column > column) doubt();
    return value;
  }

  #scalar(text: string, start: number, end: number): Scalar {
    return { kind: "scalar", text, quoted: false, span: { source: this.#source, start, end } };
  }
}

/** A scalar in quotes without escapes. */
function quotedScalar(source: Source, start: number, end: number): Scalar {
  const close = source.text.indexOf(source.text[start]!, start + 1);
  if (close < 0 || close >= end) doubt();
  const text = source.text.slice(start + 1, close);
  // Two single quotes are one; a backslash in double quotes escapes.
  if (source.text[close + 1] === source.text[start] || (source.text[start] === '"' && text.includes("\\"))) doubt();
  return { kind: "scalar", text, quoted: true, span: { source, start, end: close + 1 } };
}

/** Braces and brackets on one line. */
class Flow {
  readonly #source: Source;
  readonly #text: string;
  readonly #end: number;
  constructor(source: Source, end: number) {
    this.#source = source;
    this.#text = source.text;
    this.#end = end;
  }

  value(start: number, depth: number): Node {
    if (depth > DEPTH_MAX) doubt();
    switch (this.#text[start]) {
      case "{":
        return this.#map(start, depth);
      case "[":
        return this.#list(start, depth);
      case '"':
      case "'":
        return quotedScalar(this.#source, start, this.#end);
      default: {
        FLOW_SCALAR.lastIndex = start;
        const found = FLOW_SCALAR.exec(this.#text);
        const text = found === null ? "" : found[0];
        const end = start + text.length;
        if (!BEGINS.test(text) || end > this.#end || text.includes("\n") || /:(?: |$)/.test(text)) doubt();
        const span = { source: this.#source, start, end };
        return text === NULL ? { kind: "null", span } : { kind: "scalar", text, quoted: false, span };
      }
    }
  }

  /** The place after spaces. */
  #skip(at: number): number {
    let to = at;
    while (this.#text.charCodeAt(to) === 32) to++;
    return to;
  }

  /** Whether the collection goes on behind a value that ends at `at`: the place of what follows, or the end with a minus. */
  #after(at: number, close: string): number {
    const to = this.#skip(at);
    if (this.#text[to] === close) return -(to + 1);
    // Without a space a comma may be one of a number.
    if (this.#text[to] !== "," || this.#text[to + 1] !== " ") doubt();
    const next = this.#skip(to + 1);
    if (this.#text[next] === close) doubt();
    return next;
  }

  #map(start: number, depth: number): MapNode {
    const entries: Entry[] = [];
    const names = new Names(entries);
    let at = this.#skip(start + 1);
    if (this.#text[at] === "}") at = -(at + 1);
    while (at >= 0) {
      FLOW_KEY.lastIndex = at;
      const found = FLOW_KEY.exec(this.#text);
      const name = found === null ? "" : found[1]!;
      if (found === null || names.has(name) || name === NULL || FLOW_KEY.lastIndex > this.#end) doubt();
      const span = { source: this.#source, start: at, end: at + name.length };
      const value = this.value(FLOW_KEY.lastIndex, depth + 1);
      entries.push({ key: { kind: "scalar", text: name, quoted: false, span }, value });
      at = this.#after(value.span.end, "}");
    }
    return { kind: "map", entries, span: { source: this.#source, start, end: -at } };
  }

  #list(start: number, depth: number): ListNode {
    const items: Node[] = [];
    let at = this.#skip(start + 1);
    if (this.#text[at] === "]") at = -(at + 1);
    while (at >= 0) {
      const value = this.value(at, depth + 1);
      items.push(value);
      at = this.#after(value.span.end, "]");
    }
    return { kind: "list", items, span: { source: this.#source, start, end: -at } };
  }
}
