// The canonical text of a source, `writ fmt`: keys of a section in the order of its table, expressions in canonical form, two
// spaces a level. Declarations keep their order, comments their place; reading the result gives the same document, and
// printing it again the same text.

import type { Reading } from "./agreement/reading.ts";
import { isWrittenValue } from "./agreement/values.ts";
import type { Entry, MapNode, Node, Scalar } from "./ast.ts";
import { hasErrors, type Outcome } from "./diagnostic.ts";
import { printExpr } from "./expr/print.ts";
import { PRINTED_COLUMNS_MAX } from "./limits.ts";
import { readForPrinting } from "./read.ts";
import { type Comment, type Item, isFlow, type Layout, layoutOf } from "./yaml/comments.ts";
import { quoted } from "./yaml/traps.ts";

/** The canonical text of a source, or null when it has errors: what is not understood is not rewritten. */
export function formatSource(input: Uint8Array | string, name: string): Outcome<string | null> {
  const { root, reading, diagnostics } = readForPrinting(input, name);
  if (root === null || reading === null || hasErrors(diagnostics)) return { value: null, diagnostics };
  const printer = new Printer(reading, layoutOf(root));
  return { value: printer.document(root), diagnostics };
}

const INDENT = 2;
const pad = (columns: number): string => " ".repeat(columns);

/** A line of output, and whether an empty one goes above it. */
interface Line {
  readonly text: string;
  readonly blankAbove: boolean;
}

class Printer {
  readonly #reading: Reading;
  readonly #layout: Layout;

  constructor(reading: Reading, layout: Layout) {
    this.#reading = reading;
    this.#layout = layout;
  }

  document(root: MapNode): string {
    const lines = [
      ...comments(this.#layout.head, 0),
      ...this.#block(root, 0).map((line, at) =>
        at === 0 && this.#layout.head.length > 0 ? { ...line, blankAbove: true } : line,
      ),
      ...comments(this.#layout.foot, 0),
    ];
    return lines.map(({ text, blankAbove }, at) => `${blankAbove && at > 0 ? "\n" : ""}${text}\n`).join("");
  }

  /** Lines of a map or list, one entry or item each or more, at a column. */
  #block(node: Node, column: number): Line[] {
    if (node.kind === "map")
      return this.#sorted(node).flatMap((entry, at) => withoutFirstBlank(this.#entry(entry, column), at === 0));
    if (node.kind === "list")
      return node.items.flatMap((item, at) => withoutFirstBlank(this.#listItem(item, column), at === 0));
    return [];
  }

  #sorted(node: MapNode): readonly Entry[] {
    const order = this.#reading.orders.get(node);
    if (order === undefined) return node.entries;
    const others = order.indexOf("*");
    const rank = ({ key }: Entry): number => {
      const at = order.indexOf(key.text);
      return at >= 0 ? at : others >= 0 ? others : order.length;
    };
    // Sorting keeps the order of equals.
    return [...node.entries].sort((a, b) => rank(a) - rank(b));
  }

  #entry(entry: Entry, column: number): Line[] {
    const item = this.#layout.items.get(entry)!;
    return this.#around(item, column, `${this.#key(entry.key)}:`, column + INDENT);
  }

  #listItem(node: Node, column: number): Line[] {
    const item = this.#layout.items.get(node)!;
    if (
      (node.kind === "map" || node.kind === "list") &&
      this.#flow(node, PRINTED_COLUMNS_MAX - column - INDENT) === null
    ) {
      // A block in an item starts behind the dash; comments above its first line go above the dash, and so does the one behind a
      // collection that stood on one line: behind the dash it would be that of the first entry.
      const before =
        item.behind === null
          ? item.before
          : [...item.before, { ...item.behind, blankAbove: item.before.length === 0 && item.blankAbove }];
      const inner = this.#block(node, column + INDENT);
      const first = inner.findIndex(({ text }) => !text.trimStart().startsWith("#"));
      const lines = inner.map((line, at) => {
        if (at < first) return { ...line, text: pad(column) + line.text.trimStart() };
        return at === first ? { ...line, text: `${pad(column)}- ${line.text.slice(column + INDENT)}` } : line;
      });
      const [head, ...rest] = lines;
      const above = { ...head!, blankAbove: before.length === 0 ? item.blankAbove : head!.blankAbove };
      return [...comments(before, column), above, ...rest, ...comments(item.foot, column)];
    }
    return this.#around(item, column, "-", column + INDENT);
  }

  /** An item with its comments: `lead` is the key with its colon, or the dash. */
  #around(item: Item, column: number, lead: string, inner: number): Line[] {
    const { value, behind } = item;
    const start = pad(column) + lead;
    const note = behind === null ? "" : `  ${behind.text}`;
    const lines: Line[] = [...comments(item.before, column)];
    const first = (text: string): void => void lines.push({ text: text + note, blankAbove: item.blankAbove });
    if (value.kind === "map" || value.kind === "list") {
      const flow = this.#flow(value, PRINTED_COLUMNS_MAX - start.length - 1);
      if (flow !== null) first(`${start} ${flow}`);
      else {
        first(start);
        for (const line of this.#block(value, inner)) lines.push(line);
      }
    } else {
      const [head, ...rest] = this.#scalarLines(value, start.length + 1, inner);
      first(head === "" ? start : `${start} ${head}`);
      for (const text of rest) lines.push({ text, blankAbove: false });
    }
    return [...lines, ...comments(item.foot, column)];
  }

  /** A collection on one line, when it was written so, fits, and loses nothing: no comment inside, no expression with a comma or
   *  bracket, which braces would cut. */
  #flow(node: Node, columns: number): string | null {
    if (node.kind === "scalar" || node.kind === "null") return this.#flowScalar(node);
    if (node.kind === "map" ? node.entries.length === 0 : node.items.length === 0)
      return node.kind === "map" ? "{}" : "[]";
    if (!isFlow(node)) return null;
    const parts: string[] = [];
    const members: readonly (Entry | Node)[] = node.kind === "map" ? this.#sorted(node) : node.items;
    for (const member of members) {
      const item = this.#layout.items.get(member)!;
      if (item.before.length > 0 || item.behind !== null || item.foot.length > 0) return null;
      const value = this.#flow(item.value, columns);
      if (value === null) return null;
      if (item.entry === null) parts.push(value);
      else {
        const key = this.#key(item.entry.key);
        if (!item.entry.key.quoted && /[,[\]{}]/.test(key)) return null;
        parts.push(value === "" ? `${key}:` : `${key}: ${value}`);
      }
    }
    const text = node.kind === "map" ? `{${parts.join(", ")}}` : `[${parts.join(", ")}]`;
    return text.length <= columns ? text : null;
  }

  #flowScalar(node: Scalar | (Node & { kind: "null" })): string | null {
    if (node.kind === "null") return node.span.end > node.span.start ? "null" : "";
    const expr = this.#canonical(node);
    if (expr !== null) return /[,[\]{}]/.test(expr) ? null : yamlScalar(expr, true);
    const raw = rawText(node);
    return /[\r\n]/.test(raw) || /^[|>]/.test(raw) || (!node.quoted && /[,[\]{}]/.test(raw)) ? null : raw;
  }

  #key(key: Scalar): string {
    const expr = this.#canonical(key);
    return expr === null ? rawText(key) : yamlScalar(expr, false);
  }

  /** The canonical text of a scalar that is an expression; null when it is none, or would then be read as something else. */
  #canonical(node: Scalar): string | null {
    const found = this.#reading.expressions.get(node);
    if (found === undefined) return null;
    const text = printExpr(found.expr);
    const changes = found.orLiteral && isWrittenValue(text);
    return changes || found.expr.kind === "broken" ? null : text;
  }

  /** Lines of a scalar in a block: the first goes behind its key, at `column`; the others are complete. */
  #scalarLines(node: Scalar | (Node & { kind: "null" }), column: number, inner: number): string[] {
    if (node.kind === "null") return [node.span.end > node.span.start ? "null" : ""];
    const expr = this.#canonical(node);
    if (expr !== null) {
      const text = yamlScalar(expr, false);
      if (column + text.length <= PRINTED_COLUMNS_MAX || !expr.includes(" ")) return [text];
      return [">-", ...wrapped(expr, PRINTED_COLUMNS_MAX - inner).map((line) => pad(inner) + line)];
    }
    const raw = rawText(node);
    if (!/[\r\n]/.test(raw)) return [raw];
    if (/^[|>]/.test(raw)) return blockLines(raw, node.text, inner);
    if (node.quoted) return [doubleQuoted(node.text)];
    // A plain scalar over several lines: its text is one line unless it holds empty ones.
    return node.text.split("\n").flatMap((line, at) => (at === 0 ? [line] : ["", pad(inner) + line]));
  }
}

const rawText = ({ span }: Scalar): string => span.source.text.slice(span.start, span.end);

const comments = (found: readonly Comment[], column: number): Line[] =>
  found.map(({ text, blankAbove }) => ({ text: pad(column) + text, blankAbove }));

const withoutFirstBlank = (lines: Line[], first: boolean): Line[] =>
  first && lines[0]?.blankAbove === true ? [{ ...lines[0], blankAbove: false }, ...lines.slice(1)] : lines;

/** A text on one line as a YAML scalar, plain when YAML would read it back so. */
function yamlScalar(text: string, flow: boolean): string {
  const starts = /^(?:[^\s\-?:,[\]{}#&*!|>'"%@`]|-[^\s,[\]{}])/.test(text);
  const breaks = /:(?:\s|$)|\s#|\s$|[\0-\x1f]|^(?:---|\.\.\.)/.test(text);
  return starts && !breaks && !(flow && /[,[\]{}]/.test(text)) ? text : quoted(text);
}

function doubleQuoted(text: string): string {
  const named: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\" };
  return `"${text.replace(/["\\\n\r\t]/g, (unit) => named[unit]!)}"`;
}

/** The lines of a folded block that fit, broken at single spaces outside quotes: folding gives each break back as a space. */
function wrapped(text: string, columns: number): string[] {
  const words = text.match(/(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\S)+/g) ?? [text];
  const lines: string[] = [];
  let line = "";
  for (const word of words) {
    if (line !== "" && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  lines.push(line);
  // A quote within an interpolation can mislead the words: then the text stays on one line.
  return lines.join(" ") === text ? lines : [text];
}

/** A literal or folded block at another column. Its lines keep their own indentation below the first. */
function blockLines(raw: string, text: string, inner: number): string[] {
  const [header = "", ...lines] = raw.split(/\r\n|\r|\n/);
  const sign = header.replace(/\s*#.*$/, "").trim();
  const spaces = (from: readonly string[]): number =>
    /^ */.exec(from.find((line) => line.trim() !== "") ?? "")![0].length;
  // What the first line is indented more than its text was the indentation of the block.
  const indent = spaces(lines) - spaces(text.split("\n"));
  const body = lines.map((line) => (line.trim() === "" ? "" : pad(inner) + line.slice(indent)));
  return [sign.replace(/\d/, String(INDENT)), ...body];
}
