// Where in a YAML document a place is: the keys above it, by indentation. Works on half-written text, where no parser gives a tree.

/** A key, or a step into a list. */
export type Step = string | typeof ITEM;
export const ITEM: unique symbol = Symbol("item");

export interface At {
  /** Keys and items above the place, outermost first. */
  readonly path: readonly Step[];
  /** What is written before the place in its own line, without indentation and list marks. */
  readonly before: string;
  /** The key of the line when the place is behind its colon. */
  readonly key: string | null;
  /** Keys that stand beside the place already. */
  readonly siblings: ReadonlySet<string>;
}

interface Line {
  /** Column of the first character that is no list mark. */
  readonly indent: number;
  /** Columns of the list marks before it. */
  readonly marks: readonly number[];
  readonly key: string | null;
  readonly text: string;
}

const KEY = /^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s#"'[\]{},&*!|>%@`-][^#:]*?|-[^\s#:][^#:]*?)\s*:(?:\s|$)/;

function lineOf(text: string): Line | null {
  const marks: number[] = [];
  let at = 0;
  for (;;) {
    while (text[at] === " ") at++;
    if (text[at] !== "-" || (text[at + 1] !== " " && text[at + 1] !== undefined)) break;
    marks.push(at);
    at++;
  }
  const rest = text.slice(at);
  if (rest.trim() === "" && marks.length === 0) return null;
  if (rest.startsWith("#")) return null;
  return { indent: at, marks, key: keyOf(rest), text: rest };
}

function keyOf(text: string): string | null {
  const found = KEY.exec(text)?.[1];
  if (found === undefined) return null;
  return /^["']/.test(found) ? found.slice(1, -1) : found;
}

/** A key or an item that lines may stand under. */
interface Open {
  readonly indent: number;
  readonly step: Step;
  /** Keys right under it. */
  readonly keys: Set<string>;
}

/** Closes what a line does not stand under, and opens the items that it begins. */
function enter(open: Open[], { marks, indent }: Line): void {
  const column = marks[0] ?? indent;
  // A list may stand in the column of its key.
  const isOver = (each: Open): boolean =>
    each.indent < column || (each.indent === column && marks.length > 0 && each.step !== ITEM);
  while (open.length > 1 && !isOver(open[open.length - 1]!)) open.pop();
  for (const mark of marks) open.push({ indent: mark, step: ITEM, keys: new Set() });
}

/** `line` and `column` from 1. */
export function pathAt(text: string, line: number, column: number): At {
  const lines = text.split(/\r\n|\r|\n/);
  const open: Open[] = [{ indent: -1, step: ITEM, keys: new Set() }];
  const add = (each: Line): void => {
    enter(open, each);
    if (each.key === null) return;
    open[open.length - 1]!.keys.add(each.key);
    open.push({ indent: each.indent, step: each.key, keys: new Set() });
  };
  for (const above of lines.slice(0, line - 1)) {
    const read = lineOf(above);
    if (read !== null) add(read);
  }
  const before = (lines[line - 1] ?? "").slice(0, column - 1);
  const own = lineOf(before) ?? { indent: before.length, marks: [], key: null, text: "" };
  enter(open, own);
  const path = open.slice(1).map(({ step }) => step);
  const holder = open[open.length - 1]!;
  // Those below, too, as long as they stand in the same place.
  for (const below of lines.slice(line)) {
    const read = lineOf(below);
    if (read === null) continue;
    if (read.indent < own.indent || (read.marks[0] ?? read.indent) < own.indent) break;
    add(read);
    if (!open.includes(holder)) break;
  }
  return { path, before: own.text, key: own.key, siblings: holder.keys };
}

/** What kind of document it is, by its first keys. */
export function kindAt(text: string): "agreement" | "policy" | "module" | null {
  const found = /^(agreement|policy|module)\s*:/m.exec(text)?.[1];
  return (found as "agreement" | "policy" | "module" | undefined) ?? null;
}
