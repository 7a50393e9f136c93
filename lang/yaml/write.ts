// A raw tree as a text of YAML, laid out afterwards by the printer. For trees that came from elsewhere: what stands under their
// spans is not YAML.
import type { MapNode, Node, Scalar } from "../ast.ts";

/** Comments of an entry, without their marks, and whether an empty line stands above it. */
export interface Remarks {
  readonly above: readonly string[];
  readonly behind: string | null;
  readonly blankAbove: boolean;
}

/** What only the original text knows. */
export interface Original {
  readonly remarks: (key: Scalar) => Remarks;
  /** Whether a map or list was written on one line. */
  readonly onOneLine: (node: Node) => boolean;
}

/** Columns of a collection on one line; the printer breaks longer ones. */
const ONE_LINE_MAX = 110;

export function writeYaml(root: MapNode, { remarks, onOneLine }: Original): string {
  const lines: string[] = [];
  const block = (node: Node, indent: string, lead: string): void => {
    if (node.kind === "map" && node.entries.length > 0) {
      node.entries.forEach(({ key, value }, at) => {
        const { above, behind, blankAbove } = remarks(key);
        if (blankAbove && at > 0) lines.push("");
        const start = at === 0 ? lead : indent;
        const rest = at === 0 ? indent : start;
        if (at === 0 && above.length > 0) lines.push(...above.map((text) => `${lead.replace(/\S.*$/, "")}#${text}`));
        else lines.push(...above.map((text) => `${rest}#${text}`));
        entry(start, `${keyText(key, false)}:`, value, indent, behind === null ? "" : ` #${behind}`);
      });
    } else if (node.kind === "list" && node.items.length > 0)
      node.items.forEach((item, at) => {
        const start = `${at === 0 ? lead : indent}- `;
        // One field is written behind the dash, without braces.
        const one = item.kind === "map" && item.entries.length === 1;
        const flow = one
          ? null
          : item.kind === "map" || item.kind === "list"
            ? short(item, start.length)
            : inline(item);
        if (flow === null) block(item, `${indent}  `, start);
        else lines.push(`${start}${flow}`);
      });
    else lines.push(`${lead}${inline(node)}`);
  };
  const entry = (start: string, key: string, value: Node, indent: string, note: string): void => {
    const flow = value.kind === "map" || value.kind === "list" ? short(value, start.length + key.length + 1) : null;
    if (value.kind === "scalar" || value.kind === "null" || flow !== null) {
      lines.push(`${start}${key} ${flow ?? inline(value)}${note}`);
      return;
    }
    lines.push(`${start}${key}${note}`);
    block(value, `${indent}  `, `${indent}  `);
  };
  /** The collection on one line, when it was so and fits. */
  const short = (node: Node, column: number): string | null => {
    if (isEmpty(node)) return flowOf(node);
    if (!onOneLine(node)) return null;
    const text = flowOf(node);
    return column + text.length <= ONE_LINE_MAX ? text : null;
  };
  block(root, "", "");
  return `${lines.join("\n")}\n`;
}

const isEmpty = (node: Node): boolean =>
  node.kind === "map" ? node.entries.length === 0 : node.kind === "list" && node.items.length === 0;

function flowOf(node: Node): string {
  if (node.kind === "list") return `[${node.items.map(flowOf).join(", ")}]`;
  if (node.kind === "map")
    return `{${node.entries.map(({ key, value }) => `${keyText(key, true)}: ${flowOf(value)}`).join(", ")}}`;
  return node.kind === "scalar" ? scalarOf(node, true) : "null";
}

const inline = (node: Node): string => (node.kind === "scalar" ? scalarOf(node, false) : flowOf(node));

function scalarOf({ text, quoted }: Scalar, flow: boolean): string {
  return !quoted && isPlain(text, flow) ? text : doubleQuoted(text);
}

const keyText = ({ text }: Scalar, flow: boolean): string => (isPlain(text, flow) ? text : doubleQuoted(text));

/** Whether YAML reads the text back as it is without quotes. Source: YAML 1.2.2, section 7.3.3. */
export function isPlain(text: string, flow: boolean): boolean {
  const starts = /^(?:[^\s\-?:,[\]{}#&*!|>'"%@`]|-[^\s,[\]{}])/.test(text);
  const breaks = /:(?:\s|$)|\s#|\s$|[\0-\x1f\x7f-\x9f\u2028\u2029]|^(?:---|\.\.\.)|^(?:null|Null|NULL|~)$/.test(text);
  return starts && !breaks && !(flow && /[,[\]{}]/.test(text));
}

export function doubleQuoted(text: string): string {
  const named: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\" };
  return `"${text.replace(/["\\\0-\x1f\x7f-\x9f\u2028\u2029]/g, (unit) => named[unit] ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)}"`;
}
