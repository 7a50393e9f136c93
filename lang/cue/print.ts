// A document read from YAML as a text of CUE: the same tree, the same comments. `cue fmt` lays it out afterwards.
import { looksLikeType } from "../agreement/type.ts";
import type { Entry, MapNode, Node, Scalar } from "../ast.ts";
import { type Item, isFlow, type Layout } from "../yaml/comments.ts";
import { hasOwnSpelling } from "./text.ts";

/** What is known of the YAML text: its comments, and which scalars are expressions. */
export interface YamlText {
  readonly layout: Layout;
  readonly expressions: ReadonlyMap<Scalar, unknown>;
}

/** Columns of a struct with one field that stays on one line. */
const ONE_FIELD_MAX = 90;

/** The text of CUE. */
export function printCue(root: MapNode, { layout, expressions }: YamlText): string {
  const lines: string[] = [];
  const comment = (text: string, indent: string): void => void lines.push(`${indent}//${text.slice(1)}`);
  for (const { text } of layout.head) comment(text, "");
  if (layout.head.length > 0) lines.push("");

  const itemOf = (member: Entry | Node): Item => layout.items.get(member)!;
  const around = (item: Item, indent: string, print: () => string, end: string): void => {
    for (const { text, blankAbove } of item.before) {
      if (blankAbove) lines.push("");
      comment(text, indent);
    }
    if (item.blankAbove && item.before.length === 0) lines.push("");
    const text = print();
    lines.push(`${indent}${text}${end}${item.behind === null ? "" : ` //${item.behind.text.slice(1)}`}`);
    for (const { text: words } of item.foot) comment(words, indent);
  };
  const hasComments = (node: Node): boolean =>
    members(node).some((member) => {
      const item = itemOf(member);
      return item.before.length > 0 || item.behind !== null || item.foot.length > 0 || hasComments(item.value);
    });

  /** What stands behind a label, from where the lines stand so far. */
  const value = (node: Node, indent: string): string => {
    if (node.kind === "null") return "null";
    if (node.kind === "scalar") return literal(node, indent);
    const [open, close] = node.kind === "map" ? "{}" : "[]";
    const inside = members(node);
    if (inside.length === 0) return `${open}${close}`;
    if ((isFlow(node) || inside.length === 1) && !hasComments(node)) {
      const parts = inside.map((member) => {
        const { entry, value: inner } = itemOf(member);
        return entry === null ? value(inner, indent) : field(entry, indent);
      });
      const text = `${open}${parts.join(", ")}${close}`;
      if (isFlow(node) || (node.kind === "map" && layout.items.get(node)?.entry === null && fits(text))) return text;
    }
    // The lines of a block come out here, so that comments between them keep their place; its head joins the first.
    const outer = lines.splice(0);
    for (const member of inside) {
      const item = itemOf(member);
      const { entry } = item;
      const inner = `${indent}\t`;
      if (entry === null) around(item, inner, () => value(item.value, inner), ",");
      else around(item, inner, () => field(entry, inner), "");
    }
    const block = lines.splice(0);
    lines.push(...outer);
    return `${open}\n${block.join("\n")}\n${indent}${close}`;
  };
  const field = (entry: Entry, indent: string): string =>
    `${label(entry.key.text)}: ${value(entry.value, indent)}${staysText(entry.value) ? " @text()" : ""}`;

  /** Whether a field holds a text directly, or in a list, that would be read as something else without quotes. */
  const staysText = (node: Node): boolean => {
    if (node.kind === "list") return node.items.some(staysText);
    return node.kind === "scalar" && node.quoted && !expressions.has(node) && couldBeOther(node.text);
  };

  for (const entry of root.entries) around(itemOf(entry), "", () => field(entry, ""), "");
  for (const { text, blankAbove } of layout.foot) {
    if (blankAbove) lines.push("");
    comment(text, "");
  }
  return `${lines.join("\n")}\n`;
}

const members = (node: Node): readonly (Entry | Node)[] =>
  node.kind === "map" ? node.entries : node.kind === "list" ? node.items : [];

const fits = (text: string): boolean => text.length <= ONE_FIELD_MAX && !text.includes("\n");

/** A sentence is a text in any case. */
const couldBeOther = (text: string): boolean =>
  !text.includes("\n") &&
  !hasOwnSpelling(text) &&
  (looksLikeType(text) || !/^\p{L}[\p{L}\p{M}'’-]*,? \p{L}/u.test(text));

/** Names that mean something else as labels of CUE. */
const words = new Set(["true", "false", "null", "for", "in", "if", "let", "import", "package", "self", "try", "else"]);

export const label = (name: string): string =>
  /^\p{L}[\p{L}\p{Nd}_]*$/u.test(name) && !words.has(name) ? name : quotedText(name);

/** A scalar as CUE writes it: numbers and truth values as they are, everything else as a text. */
function literal(node: Scalar, indent: string): string {
  const { text, quoted } = node;
  if (!quoted && hasOwnSpelling(text)) return text;
  return textLiteral(text, indent);
}

function textLiteral(text: string, indent: string): string {
  const lines = text.split("\n");
  if (lines.length > 2 || (lines.length === 2 && lines[1] !== "")) {
    const inner = `${indent}\t`;
    const escaped = lines.map((line) =>
      line.replaceAll("\\", "\\\\").replaceAll('"""', '\\"""').replaceAll("\r", "\\r"),
    );
    return `"""\n${escaped.map((line) => (line === "" ? "" : inner + line)).join("\n")}\n${inner}"""`;
  }
  return quotedText(text);
}

/** On one line; with `#` around it when that saves escapes. */
export function quotedText(text: string): string {
  if (/["\\]/.test(text) && !/\\#|"#|[\0-\x1f\x7f]/.test(text) && !text.startsWith('""')) return `#"${text}"#`;
  const named: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\" };
  const escaped = text.replace(
    /["\\\0-\x1f\x7f]/g,
    (unit) => named[unit] ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `"${escaped}"`;
}
