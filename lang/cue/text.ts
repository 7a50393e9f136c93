// Texts of CUE as they stand in a source, with the way back: which offset each unit of the value came from.
// Source: The CUE Language Specification, section "String and byte sequence literals".

export interface TextRead {
  readonly text: string;
  /** Offset of each unit in the literal; the last item is where the text ends. */
  readonly at: Uint32Array;
}

const named: Readonly<Record<string, string>> = {
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

/** The value of `"…"`, `#"…"#` or a text over several lines; null for anything else: interpolations and bytes have no value
 *  of their own. */
export function readText(raw: string): TextRead | null {
  const hashes = /^#*/.exec(raw)![0];
  const several = raw.startsWith('"""', hashes.length);
  const quote = several ? '"""' : '"';
  const close = quote + hashes;
  let at = hashes.length + quote.length;
  const end = raw.length - close.length;
  if (!raw.startsWith(quote, hashes.length) || !raw.endsWith(close) || end < at) return null;
  let last = end;
  let margin = "";
  if (several) {
    // The first line break belongs to the opening quotes, the last one and what follows it to the closing ones.
    const first = /^\r?\n/.exec(raw.slice(at, at + 2));
    const indent = /\r?\n([ \t]*)$/.exec(raw.slice(at - 1, end));
    if (first === null || indent === null) return null;
    margin = indent[1]!;
    at += first[0].length;
    last = Math.max(at, end - indent[0].length);
    if (at - first[0].length === end - indent[0].length) return { text: "", at: Uint32Array.of(at) };
  }
  const lead = `\\${hashes}`;
  const offsets: number[] = [];
  let text = "";
  const put = (value: string, from: number): void => {
    for (let unit = 0; unit < value.length; unit++) offsets.push(from);
    text += value;
  };
  let lineStart = several;
  while (at < last) {
    if (lineStart) {
      if (raw.startsWith(margin, at)) at += margin.length;
      lineStart = false;
      continue;
    }
    if (raw.startsWith(lead, at)) {
      const from = at;
      at += lead.length;
      const letter = raw[at] ?? "";
      if (letter === "(") return null;
      const digits = { u: 4, U: 8 }[letter];
      if (digits !== undefined) {
        const point = Number.parseInt(raw.slice(at + 1, at + 1 + digits), 16);
        if (!(point <= 0x10ffff)) return null;
        put(String.fromCodePoint(point), from);
        at += 1 + digits;
      } else if (several && /^\r?\n/.test(raw.slice(at, at + 2))) {
        at += letter === "\r" ? 2 : 1;
        lineStart = true;
      } else {
        put(named[letter] ?? letter, from);
        at++;
      }
    } else if (several && raw.startsWith("\r\n", at)) {
      put("\n", at);
      at += 2;
      lineStart = true;
    } else {
      lineStart = several && raw[at] === "\n";
      put(raw[at]!, at);
      at++;
    }
  }
  return { text, at: Uint32Array.from([...offsets, last]) };
}

/** Numbers, truth values and null. */
export const hasOwnSpelling = (text: string): boolean => /^(?:-?(?:0|[1-9]\d*)(?:\.\d+)?|true|false|null)$/.test(text);
