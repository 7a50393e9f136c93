// The comments of a YAML text, and where each belongs: before an entry or item, behind it on its line, or at its foot, as the
// last thing of what it holds.
import { CST, Lexer } from "yaml";
import type { Entry, MapNode, Node } from "../ast.ts";
import { LineIndex } from "../source.ts";

export interface Comment {
  readonly text: string;
  /** An empty line stands above it. */
  readonly blankAbove: boolean;
}

/** An entry of a map or an item of a list, as the printer sees it. */
export interface Item {
  readonly entry: Entry | null;
  readonly value: Node;
  readonly start: number;
  readonly end: number;
  readonly column: number;
  /** The item whose value this one stands in; null at the outermost level. */
  readonly owner: Item | null;
  readonly inFlow: boolean;
  readonly blankAbove: boolean;
  readonly before: Comment[];
  behind: Comment | null;
  readonly foot: Comment[];
}

export interface Layout {
  /** By the map entry or list item node. */
  readonly items: ReadonlyMap<Entry | Node, Item>;
  /** Comments at the head of the file, apart from its first entry. */
  readonly head: readonly Comment[];
  /** Comments at its end. */
  readonly foot: readonly Comment[];
}

/** Whether a collection is written in braces or brackets. */
export const isFlow = (node: Node): boolean => {
  const first = node.span.source.text[node.span.start];
  return (node.kind === "map" && first === "{") || (node.kind === "list" && first === "[");
};

export function layoutOf(root: MapNode): Layout {
  const { text } = root.span.source;
  const lines = new LineIndex(text);
  const blankAbove = (offset: number): boolean => {
    const { line } = lines.position(offset);
    return line > 1 && lines.lineText(line - 1).trim() === "";
  };
  const items: Item[] = [];
  const byNode = new Map<Entry | Node, Item>();
  const add = (entry: Entry | null, value: Node, owner: Item | null, inFlow: boolean): void => {
    const start = entry?.key.span.start ?? value.span.start;
    const line = lines.position(start);
    // An item of a list stands where its dash does.
    const before = lines.lineText(line.line).slice(0, line.column - 1);
    const column = entry === null && !inFlow ? Math.max(0, before.lastIndexOf("-")) : line.column - 1;
    const end = Math.max(value.span.end, entry?.key.span.end ?? 0);
    const item: Item = {
      entry,
      value,
      start,
      end,
      column,
      owner,
      inFlow,
      blankAbove: blankAbove(start),
      before: [],
      behind: null,
      foot: [],
    };
    items.push(item);
    byNode.set(entry ?? value, item);
    collection(value, item);
  };
  const collection = (node: Node, owner: Item | null): void => {
    const flow = isFlow(node) || (owner?.inFlow ?? false);
    if (node.kind === "map") for (const entry of node.entries) add(entry, entry.value, owner, flow);
    else if (node.kind === "list") for (const item of node.items) add(null, item, owner, flow);
  };
  collection(root, null);

  const head: Comment[] = [];
  const foot: Comment[] = [];
  for (const { offset, text: words } of commentsIn(text)) {
    const comment: Comment = { text: words, blankAbove: blankAbove(offset) };
    const { line, column } = lines.position(offset);
    const ownLine = /^(?:---)?[\s-]*$/.test(lines.lineText(line).slice(0, column - 1));
    const next = items.findIndex((item) => item.start > offset);
    const before = items[(next < 0 ? items.length : next) - 1];
    if (!ownLine && before !== undefined) {
      let item = before;
      while (item.inFlow && item.owner !== null && item.owner.end <= offset) item = item.owner;
      // Two comments behind one entry are only possible in braces over several lines.
      if (item.behind === null) item.behind = comment;
      else item.foot.push(comment);
      continue;
    }
    const following = items[next];
    const inside = following?.inFlow === true && (following.owner?.start ?? 0) < offset;
    if (following !== undefined && (inside || column - 1 <= following.column || before === undefined)) {
      const isHead = before === undefined && lines.lineText(lineAfterComments(lines, line)).trim() === "";
      if (isHead) head.push(comment);
      else following.before.push(comment);
      continue;
    }
    // Deeper than what follows: it ends what stands before it.
    let item: Item | null = before ?? null;
    while (item !== null && (item.column > column - 1 || (item.inFlow && (item.owner?.end ?? 0) <= offset)))
      item = item.owner;
    if (item === null || (following === undefined && item.owner === null && column === 1)) foot.push(comment);
    else item.foot.push(comment);
  }
  const first = items[0];
  // The empty line below the head stays with the head.
  if (first !== undefined && head.length > 0) byNode.set(first.entry ?? first.value, { ...first, blankAbove: false });
  return { items: byNode, head, foot };
}

/** The first line after the comments that start on a line. */
function lineAfterComments(lines: LineIndex, line: number): number {
  let at = line;
  while (at < lines.lineCount && lines.lineText(at).trimStart().startsWith("#")) at++;
  return at;
}

/** Every comment in order of place. */
function commentsIn(text: string): { offset: number; text: string }[] {
  const found: { offset: number; text: string }[] = [];
  let offset = 0;
  for (const lexeme of new Lexer().lex(text)) {
    const type = CST.tokenType(lexeme);
    // These stand for nothing in the text.
    if (type === "doc-mode" || type === "flow-error-end" || type === "scalar") continue;
    if (type === "comment") found.push({ offset, text: lexeme.trimEnd() });
    offset += lexeme.length;
  }
  return found;
}
