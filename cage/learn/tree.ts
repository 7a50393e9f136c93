// The paths of one host as a tree of segments. Where one place has more words than an interface has, they are names that somebody gave, and
// become `any`. Joining depends on what was seen, not on its order.
import { LEARNED_WORDS_MAX } from "../limits.ts";
import { type Segment, segmentKey } from "./shapes.ts";

export interface Node<T> {
  readonly children: Map<string, { readonly segment: Segment; readonly node: Node<T> }>;
  /** What is known of paths that end here. */
  value: T | null;
}

export const emptyNode = <T>(): Node<T> => ({ children: new Map(), value: null });

export type Join<T> = (a: T, b: T) => T;

export function addPath<T>(root: Node<T>, shape: readonly Segment[], value: T, join: Join<T>): void {
  let node = root;
  for (const segment of shape) node = childOf(node, segment);
  node.value = node.value === null ? value : join(node.value, value);
}

function childOf<T>(node: Node<T>, segment: Segment): Node<T> {
  const key = segmentKey(segment);
  let child = node.children.get(key);
  if (child === undefined) {
    child = { segment, node: emptyNode() };
    node.children.set(key, child);
  }
  return child.node;
}

/** Joins words that are too many, from the root on: what is joined above is looked at below as one. */
export function joinWords<T>(node: Node<T>, join: Join<T>): void {
  const words = [...node.children.values()].filter(({ segment }) => segment.kind === "literal");
  if (words.length > LEARNED_WORDS_MAX) {
    const any = childOf(node, { kind: "any" });
    for (const { segment, node: child } of words) {
      node.children.delete(segmentKey(segment));
      merge(any, child, join);
    }
  }
  for (const { node: child } of node.children.values()) joinWords(child, join);
}

function merge<T>(into: Node<T>, from: Node<T>, join: Join<T>): void {
  if (from.value !== null) into.value = into.value === null ? from.value : join(into.value, from.value);
  for (const { segment, node } of from.children.values()) merge(childOf(into, segment), node, join);
}

/** Every shape with its value, ascending by key. */
export function shapesOf<T>(node: Node<T>, before: readonly Segment[] = []): { shape: readonly Segment[]; value: T }[] {
  const own = node.value === null ? [] : [{ shape: before, value: node.value }];
  const sorted = [...node.children].sort(([a], [b]) => (a < b ? -1 : 1));
  return [...own, ...sorted.flatMap(([, { segment, node: child }]) => shapesOf(child, [...before, segment]))];
}
