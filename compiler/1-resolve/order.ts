// The order of derived values: each reads only earlier ones. A value that needs itself is an error that shows the way.
import type { Agreement, Derived } from "../../lang/ast.ts";
import type { Diagnostic } from "../../lang/diagnostic.ts";
import { derivedCycle } from "../codes.ts";
import { components, cycleThrough } from "./graph.ts";
import type { Declared } from "./names.ts";
import { type Read, readsOf } from "./reads.ts";

/** Names a derived value reads, its bands, rows and copied table included. */
export function readsOfDerived(derived: Derived, all: readonly Derived[] = []): Read[] {
  const { is } = derived;
  if (is.kind === "bands") {
    const like = is.like === null ? undefined : all.find((each) => each.name.text === is.like?.text);
    const rows = like !== undefined && like !== derived && like.is.kind === "bands" ? like.is : is;
    return [
      ...readsOf(is.of),
      ...[...is.rows, ...rows.rows].flatMap((row) => [...readsOf(row.bound), ...readsOf(row.give)]),
      ...readsOf(is.else ?? rows.else),
    ];
  }
  if (is.kind === "first")
    return [...is.rows.flatMap((row) => [...readsOf(row.when), ...readsOf(row.give)]), ...readsOf(is.else)];
  return readsOf(is);
}

/** Document indexes in an order of reading; those on a cycle come last, in the order of the source. */
export function orderDerived(
  document: Agreement,
  names: ReadonlyMap<string, Declared>,
  report: (diagnostic: Diagnostic) => void,
): number[] {
  const reads = document.derive.map((each) => readsOfDerived(each, document.derive));
  const indexOf = (read: Read): number => {
    const found = names.get(read.name);
    return found?.kind === "derived" ? found.index : -1;
  };
  const next = reads.map((list) => list.map(indexOf).filter((index) => index >= 0));
  const order: number[] = [];
  const circular: number[] = [];
  for (const component of components(document.derive.length, (node) => next[node]!)) {
    const path = cycleThrough(component[0]!, (node) => next[node]!);
    if (path === null) {
      order.push(component[0]!);
      continue;
    }
    circular.push(...component);
    const name = (index: number): string => document.derive[index]!.name.text;
    report(
      derivedCycle(
        document.derive[path[0]!]!.name.span,
        { name: name(path[0]!) },
        {
          labels: path.slice(0, -1).map((from, at) => ({
            span: reads[from]!.find((read) => indexOf(read) === path[at + 1])!.span,
            text: `\`${name(from)}\` needs \`${name(path[at + 1]!)}\``,
          })),
        },
      ),
    );
  }
  // Successors come first already; ties keep the order of the source as far as the readers allow.
  return [...order, ...circular];
}
