// Types of CUE as the types of the language: `int & >=1 & <=10` is `{type: int, min: 1, max: 10}`. Only what the language can
// say exactly; anything else is not a type here.
import type { Entry, Node } from "../ast.ts";
import type { Span } from "../source.ts";
import type { CueKind, CueNode } from "./lowered.ts";

const NAMES: readonly (readonly [string, readonly CueKind[]])[] = [
  ["text", ["string"]],
  ["int", ["int"]],
  ["decimal", ["int", "float"]],
  ["bool", ["bool"]],
  ["bytes", ["bytes"]],
  ["null", ["null"]],
  ["any", ["null", "bool", "int", "float", "string", "bytes", "list", "struct"]],
];

/** A type as its raw tree: a word, a list of words, a record, or the long form with bounds, and the part that is the type itself.
 *  Null when it has none. */
export function typeTree(constraint: CueNode, span: Span): { readonly node: Node; readonly type: Node } | null {
  const word = (text: string): Node => ({ kind: "scalar", text, quoted: false, span, form: "computed" });
  const entry = (name: string, value: Node): Entry => ({
    key: { kind: "scalar", text: name, quoted: false, span, form: "computed" },
    value,
  });
  /** Types in the long form, which has bounds. */
  const bounds = new Set<Node>();
  const typed = (node: CueNode): Node | null => {
    switch (node.is) {
      case "type": {
        const kinds = [...node.kinds].sort().join();
        const named = NAMES.find(([, of]) => [...of].sort().join() === kinds);
        return named === undefined ? null : word(named[0]);
      }
      case "any": {
        const words = node.of.map((each) => (each.is === "const" && each.kind === "string" ? word(each.text) : null));
        return words.some((each) => each === null) ? null : { kind: "list", items: words as Node[], span };
      }
      case "all":
        return bounded(node.of);
      case "list": {
        if (node.items.length > 0 || node.rest === null || node.also.length > 0) return null;
        const of = typed(node.rest);
        return of?.kind === "scalar" ? word(`list(${of.text})`) : null;
      }
      case "struct": {
        if (node.patterns.length > 0 || node.also.length > 0 || node.fields.length === 0) return null;
        const entries: Entry[] = [];
        for (const field of node.fields) {
          const type = typed(field.value);
          // Bounds stand beside a type, not within one.
          if (type === null || bounds.has(type)) return null;
          entries.push(entry(field.need === "optional" ? `${field.name}?` : field.name, type));
        }
        return { kind: "map", entries, span };
      }
      default:
        return null;
    }
  };
  const bounded = (parts: readonly CueNode[]): Node | null => {
    let type: Node | null = null;
    const more: Entry[] = [];
    for (const part of parts.flatMap((each) => (each.is === "all" ? each.of : [each]))) {
      if (part.is === "bound" && part.operand.is === "const") {
        const { op, operand } = part;
        const key = op === ">=" ? "min" : op === "<=" ? "max" : op === "=~" ? "matches" : null;
        if (key === null || (key === "matches") !== (operand.kind === "string")) return null;
        more.push(entry(key, word(operand.text)));
      } else if (part.is === "call" && part.name === "strings.MaxRunes" && part.args[0]?.is === "const")
        more.push(entry("most", word(part.args[0].text)));
      else if (type === null) {
        type = typed(part);
        if (type === null) return null;
      } else return null;
    }
    if (type === null || more.length === 0) return type;
    const long: Node = { kind: "map", entries: [entry("type", type), ...more], span };
    bounds.add(long);
    return long;
  };
  const node = typed(constraint);
  if (node === null) return null;
  return { node, type: node.kind === "map" && bounds.has(node) ? node.entries[0]!.value : node };
}
