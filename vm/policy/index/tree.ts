// The index of a rule table: at each node the value of one path is looked up, which gives the nodes of the rules that ask for it; the rules
// that ask nothing of that path follow. At the leaves are some rules with the atoms that are left to test.
import { ErrorValue, type Value } from "../../value.ts";
import { valueAt } from "../atoms.ts";
import type { Step } from "../table.ts";
import { kindOf, type Lookup, textOfHost, textOfPath } from "./conditions.ts";
import type { Intervals } from "./intervals.ts";
import { type Key, keyOf } from "./keys.ts";
import type { Nested, Network } from "./nested.ts";
import type { Test } from "./tests.ts";

export type Tree = Leaf | Split;

export interface Leaf {
  readonly kind: "leaf";
  readonly rules: readonly LeafRule[];
}
export interface LeafRule {
  readonly rule: number;
  readonly tests: readonly LeafTest[];
}

export interface LeafTest {
  /** The slot of the input, or -1 for any other path. */
  readonly slot: number;
  readonly path: readonly Step[];
  readonly test: Test;
}

/** The slot that a path is, or -1. */
export const slotOf = (path: readonly Step[]): number =>
  path.length === 1 && typeof path[0] === "number" ? path[0] : -1;

export interface Split {
  readonly kind: "split";
  readonly slot: number;
  readonly path: readonly Step[];
  readonly finder: Finder;
  /** Rules that ask nothing here. */
  readonly others: Tree | null;
}

export type Finder =
  | { readonly lookup: "equal" | "item"; readonly nodes: ReadonlyMap<Key | undefined, Tree> }
  | { readonly lookup: "begin" | "end" | "path" | "host"; readonly nodes: Nested<string, Tree> }
  | { readonly lookup: "network"; readonly nodes: Nested<Network, Tree> }
  | { readonly lookup: "range"; readonly kind: string; readonly nodes: Intervals<Tree> };

/** Adds the candidates among the rules of a tree: in no order, and some twice. */
export function search(tree: Tree, input: Value, found: number[]): void {
  let at: Tree | null = tree;
  while (at !== null) {
    if (at.kind === "leaf") {
      testEach(at, input, found);
      return;
    }
    const value = placeOf(input, at.slot, at.path);
    if (value !== undefined) look(at.finder, value, input, found);
    at = at.others;
  }
}

function placeOf(input: Value, slot: number, path: readonly Step[]): Value {
  if (slot < 0 || !Array.isArray(input)) return valueAt(input, path);
  const value: Value = input[slot];
  return typeof value === "object" && value instanceof ErrorValue ? undefined : value;
}

function testEach({ rules }: Leaf, input: Value, found: number[]): void {
  next: for (let i = 0; i < rules.length; i++) {
    const { rule, tests } = rules[i]!;
    for (let k = 0; k < tests.length; k++) {
      const { slot, path, test } = tests[k]!;
      const value = placeOf(input, slot, path);
      if (value === undefined || !test(value)) continue next;
    }
    found.push(rule);
  }
}

function look(finder: Finder, value: Value, input: Value, found: number[]): void {
  switch (finder.lookup) {
    case "equal": {
      const node = finder.nodes.get(keyOf(value));
      if (node !== undefined) search(node, input, found);
      return;
    }
    case "item":
      if (!Array.isArray(value)) return;
      for (const item of value) {
        const node = finder.nodes.get(keyOf(item));
        if (node !== undefined) search(node, input, found);
      }
      return;
    case "network":
      if (value instanceof Uint8Array)
        finder.nodes.find({ bytes: value, bits: 8 * value.length }, (node) => search(node, input, found));
      return;
    case "range":
      if (kindOf(value) === finder.kind) finder.nodes.find(value, (node) => search(node, input, found));
      return;
    default: {
      const text = textOf(finder.lookup, value);
      if (text !== null) finder.nodes.find(text, (node) => search(node, input, found));
    }
  }
}

function textOf(lookup: Lookup, value: Value): string | null {
  if (lookup === "path") return textOfPath(value);
  if (lookup === "host") return textOfHost(value);
  return typeof value === "string" ? value : null;
}
