// What tells the alternatives of a disjunction apart before they are checked: their kinds, or a field that each of them
// gives a value of its own (`t: "card"` / `t: "cash"`). Then one alternative decides, its failures are the failures of the whole, and
// it may recur.
import type { CueConst, CueLowered, CueNode } from "../../lang/cue/lowered.ts";
import { type Kinds, keyOf, kindsOf, meet } from "./kinds.ts";
import { ALTERNATIVES_MAX, FOLLOWED_MAX } from "./limits.ts";

type Definitions = CueLowered["definitions"];

/** An alternative and what data must look like for it to be the one. */
export interface Told {
  readonly node: CueNode;
  readonly kinds: Kinds;
  /** The discriminator, and its values here. */
  readonly field: { readonly name: string; readonly values: readonly CueConst[] } | null;
}

/** The alternatives with their marks, or null when nothing tells them apart. */
export function tellApart(nodes: readonly CueNode[], definitions: Definitions): readonly Told[] | null {
  if (nodes.length > ALTERNATIVES_MAX) return null;
  const kinds = nodes.map((node) => kindsOf(node, definitions));
  const overlapping = nodes.filter((_, i) => kinds.some((other, j) => i !== j && meet(kinds[i]!, other).size > 0));
  if (overlapping.length === 0) return nodes.map((node, i) => ({ node, kinds: kinds[i]!, field: null }));
  // Structs beside other kinds are told by kind first; among each other by a field.
  if (overlapping.some((node) => [...kindsOf(node, definitions)].join() !== "struct")) return null;
  const marks = overlapping.map((node) => marksOf(node, definitions, 0));
  for (const name of marks[0]!.keys()) {
    const seen = new Set<string>();
    const distinct = marks.every((mark) => {
      const values = mark.get(name);
      if (values === undefined) return false;
      const fresh = values.every((value) => !seen.has(keyOf(value)));
      for (const value of values) seen.add(keyOf(value));
      return fresh;
    });
    if (!distinct) continue;
    return nodes.map((node, i) => {
      const at = overlapping.indexOf(node);
      return { node, kinds: kinds[i]!, field: at < 0 ? null : { name, values: marks[at]!.get(name)! } };
    });
  }
  return null;
}

/** Fields that must be there with one of a few known values. */
function marksOf(node: CueNode, definitions: Definitions, followed: number): ReadonlyMap<string, readonly CueConst[]> {
  const marks = new Map<string, readonly CueConst[]>();
  if (followed > FOLLOWED_MAX) return marks;
  if (node.is === "ref") {
    const definition = definitions.get(node.name);
    return definition === undefined ? marks : marksOf(definition, definitions, followed + 1);
  }
  if (node.is === "all") {
    for (const part of node.of)
      for (const [name, values] of marksOf(part, definitions, followed + 1))
        if (!marks.has(name)) marks.set(name, values);
    return marks;
  }
  if (node.is !== "struct") return marks;
  for (const { name, need, value } of node.fields) {
    const values = constantsOf(value);
    if (need !== "optional" && values !== null) marks.set(name, values);
  }
  return marks;
}

/** The values of an enumeration of texts, whole numbers and truth values; null for anything else. */
export function constantsOf(node: CueNode): readonly CueConst[] | null {
  if (node.is === "const") return node.kind === "string" || node.kind === "bool" || node.kind === "int" ? [node] : null;
  if (node.is === "all") {
    for (const part of node.of) {
      const values = constantsOf(part);
      if (values !== null) return values;
    }
    return null;
  }
  if (node.is !== "any") return null;
  const values = node.of.map(constantsOf);
  return values.every((each) => each !== null) ? (values as (readonly CueConst[])[]).flat() : null;
}
