// Relations: the transitive closure of edges in a data document, computed when the data is loaded. A closure is a map from each
// node to the map of the nodes it reaches; unknown nodes reach only themselves, and circles are harmless.
import { mapOf } from "../map.ts";
import { ErrorValue, MapValue, type Value } from "../value.ts";
import { CLOSURE_PAIRS_MAX, RELATION_NODES_MAX } from "./limits.ts";
import type { Relation, Step } from "./table.ts";

/** The closure, or why the data is refused. */
export function closureOf(
  relation: Relation,
  data: readonly Value[],
): { readonly closure: Value } | { readonly reason: string } {
  let at: Value = data[relation.document];
  for (const step of relation.path) at = stepInto(at, step);
  const edges = edgesOf(relation, at);
  if (edges === null) return { reason: `relation \`${relation.name}\`: its document holds no nodes there` };
  if (edges.size > RELATION_NODES_MAX)
    return { reason: `relation \`${relation.name}\`: more than ${RELATION_NODES_MAX} nodes` };
  let pairs = 0;
  const entries: (readonly [string, Value])[] = [];
  for (const start of edges.keys()) {
    const reached = new Set<string>();
    const waiting = [start];
    while (waiting.length > 0)
      for (const next of edges.get(waiting.pop() as string) ?? [])
        if (!reached.has(next)) {
          reached.add(next);
          waiting.push(next);
          if (++pairs > CLOSURE_PAIRS_MAX)
            return { reason: `relation \`${relation.name}\`: more than ${CLOSURE_PAIRS_MAX} pairs reach each other` };
        }
    entries.push([start, mapOf([...reached].map((name) => [name, true] as const)) as MapValue]);
  }
  return { closure: mapOf(entries) as MapValue };
}

function edgesOf({ edges }: Relation, nodes: Value): ReadonlyMap<string, readonly string[]> | null {
  const found = new Map<string, string[]>();
  const add = (from: string, to: Value): void => {
    const list = found.get(from) ?? [];
    found.set(from, list);
    if (typeof to === "string") list.push(to);
    else if (Array.isArray(to)) list.push(...to.filter((each): each is string => typeof each === "string"));
  };
  if (edges.kind === "step") {
    if (!(nodes instanceof MapValue)) return null;
    nodes.keys.forEach((key, i) => {
      add(key, stepInto(nodes.values[i], edges.step));
    });
    return found;
  }
  if (!Array.isArray(nodes)) return null;
  for (const pair of nodes) {
    const from = stepInto(pair, edges.from);
    if (typeof from === "string") add(from, stepInto(pair, edges.to));
  }
  return found;
}

function stepInto(value: Value, step: Step): Value {
  if (typeof step === "number") return Array.isArray(value) ? value[step] : new ErrorValue("absent");
  if (!(value instanceof MapValue)) return new ErrorValue("absent", step);
  const at = value.keys.indexOf(step);
  return at < 0 ? new ErrorValue("absent", step) : value.values[at];
}
