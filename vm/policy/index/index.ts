// The index of a policy: finds the candidates without going through all rules. Derived from the atoms when a policy is loaded, never
// stored, and compared with the scan before it is used (docs/design/0007).
import type { Value } from "../../value.ts";
import type { Ruled } from "../table.ts";
import { buildTree } from "./build.ts";
import { type Difference, differenceOf } from "./self-test.ts";
import { search } from "./tree.ts";

/** Numbers of the rules without a false atom, ascending. */
export type Find = (input: Value) => readonly number[];

/** The index of a table without a comparison. */
export function untestedIndexOf(table: Ruled): Find {
  const tree = buildTree(table);
  return (input) => {
    const found: number[] = [];
    search(tree, input, found);
    return found.length < 2 ? found : inOrder(found);
  };
}

/** The index of a table, or where it differs from the scan: then it must not be used. */
export function indexOf(table: Ruled): { readonly find: Find } | { readonly difference: Difference } {
  const find = untestedIndexOf(table);
  const difference = differenceOf(table, find);
  return difference === null ? { find } : { difference };
}

/** Ascending and each once. */
function inOrder(found: number[]): readonly number[] {
  let ascending = true;
  for (let i = 1; i < found.length; i++)
    if (found[i]! <= found[i - 1]!) {
      ascending = false;
      break;
    }
  if (ascending) return found;
  found.sort((a, b) => a - b);
  let kept = 1;
  for (let i = 1; i < found.length; i++) if (found[i] !== found[i - 1]) found[kept++] = found[i]!;
  found.length = kept;
  return found;
}
