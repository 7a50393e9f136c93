// Which definitions refer to each other in circles. The machine has no recursion: such definitions are checked together by one
// function that works through a list of what is still to be looked at.
import type { CueLowered, CueNode } from "../../lang/cue/lowered.ts";

export interface Groups {
  /** The circle of a definition, in order of names; undefined when it is in none. */
  readonly of: (name: string) => readonly string[] | undefined;
  /** Definitions that refer to themselves without going into a struct or list: they say nothing. */
  readonly empty: ReadonlySet<string>;
}

export function groupsOf({ definitions }: CueLowered): Groups {
  const edges = new Map<string, ReadonlySet<string>>();
  const shallow = new Map<string, ReadonlySet<string>>();
  for (const [name, node] of definitions) {
    edges.set(name, refsIn(node, true));
    shallow.set(name, refsIn(node, false));
  }
  const reached = new Map([...edges.keys()].map((name) => [name, reachable(edges, name)]));
  const groups = new Map<string, readonly string[]>();
  for (const [name, others] of reached)
    if (others.has(name))
      groups.set(name, [...others].filter((other) => reached.get(other)?.has(name) === true).sort());
  const empty = new Set([...shallow.keys()].filter((name) => reachable(shallow, name).has(name)));
  return { of: (name) => groups.get(name), empty };
}

function reachable(edges: ReadonlyMap<string, ReadonlySet<string>>, from: string): ReadonlySet<string> {
  const found = new Set<string>();
  const waiting = [...(edges.get(from) ?? [])];
  while (waiting.length > 0) {
    const next = waiting.pop()!;
    if (found.has(next)) continue;
    found.add(next);
    waiting.push(...(edges.get(next) ?? []));
  }
  return found;
}

/** Names that a constraint refers to; with `deep` also inside its structs and lists. */
function refsIn(root: CueNode, deep: boolean): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (node: CueNode): void => {
    if (node.is === "ref") found.add(node.name);
    for (const part of partsOf(node, deep)) visit(part);
  };
  visit(root);
  return found;
}

function partsOf(node: CueNode, deep: boolean): readonly CueNode[] {
  switch (node.is) {
    case "all":
    case "any":
      return node.of;
    case "call":
      // The list of `matchN` holds constraints on the same value.
      return node.args.flatMap((arg) =>
        arg.is === "list" ? [...arg.items, ...(arg.rest === null ? [] : [arg.rest])] : arg,
      );
    case "struct":
      return [
        ...node.also,
        ...(deep
          ? [...node.fields.map(({ value }) => value), ...node.patterns.flatMap(({ label, value }) => [label, value])]
          : []),
      ];
    case "list":
      return [...node.also, ...(deep ? [...node.items, ...(node.rest === null ? [] : [node.rest])] : [])];
    default:
      return [];
  }
}
