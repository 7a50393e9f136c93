// The rank of each norm: the order in which one sweep of step 7 visits them, so that what a norm changes is seen by those
// after it. A circle is only allowed when time passes somewhere on it. Source: agreements.md, section 2 "Rank", rule 21.
import type { Agreement, ExprOrLiteral, Obligation } from "../../lang/ast.ts";
import type { Diagnostic } from "../../lang/diagnostic.ts";
import type { Span } from "../../lang/source.ts";
import { instantCycle } from "../codes.ts";
import { namesInElse } from "./births.ts";
import { dependencies, STATE, writesOfNorm } from "./footprint.ts";
import { components, cycleThrough } from "./graph.ts";
import type { Declared } from "./names.ts";

interface Edge {
  readonly from: number;
  readonly to: number;
  /** Something must happen later, by an event or by a deadline ahead, before the edge can carry on what was born. */
  readonly waits: boolean;
  readonly span: Span;
  readonly text: string;
}

/** Rank by document index, from 0. Where a circle was reported, the ranks are of no use and no Program comes to be. */
export function findRanks(
  document: Agreement,
  names: ReadonlyMap<string, Declared>,
  report: (diagnostic: Diagnostic) => void,
): number[] {
  const edges = findEdges(document, names);
  const size = document.obligations.length;
  const outgoing = (list: readonly Edge[]): number[][] => {
    const next = Array.from({ length: size }, (): number[] => []);
    for (const edge of list) next[edge.from]!.push(edge.to);
    return next;
  };
  // Within a circle the edges that wait are cut; what is left must have no circle.
  const all = outgoing(edges);
  const group = new Array<number>(size).fill(-1);
  for (const [at, members] of components(size, (node) => all[node]!).entries())
    for (const member of members) group[member] = at;
  const kept = edges.filter((edge) => !(edge.waits && group[edge.from] === group[edge.to]));
  const next = outgoing(kept);
  const rank = new Array<number>(size).fill(0);
  for (const component of components(size, (node) => next[node]!).reverse()) {
    const path = cycleThrough(component[0]!, (node) => next[node]!);
    if (path !== null) {
      report(circle(document, path, kept));
      continue;
    }
    const node = component[0]!;
    for (const to of next[node]!) rank[to] = Math.max(rank[to]!, rank[node]! + 1);
  }
  return rank;
}

function circle(document: Agreement, path: readonly number[], edges: readonly Edge[]): Diagnostic {
  const first = document.obligations[path[0]!]!;
  return instantCycle(
    first.name.span,
    { name: first.name.text },
    {
      labels: path.slice(0, -1).map((from, at) => {
        const edge = edges.find((each) => each.from === from && each.to === path[at + 1])!;
        return { span: edge.span, text: edge.text };
      }),
    },
  );
}

function findEdges(document: Agreement, names: ReadonlyMap<string, Declared>): Edge[] {
  const norms = document.obligations;
  const index = new Map(norms.map((each, at) => [each.name.text, at]));
  const writes = norms.map((each) => writesOfNorm(each, document));
  const edges: Edge[] = [];
  for (const [from, norm] of norms.entries())
    for (const name of namesInElse(norm)) {
      const to = index.get(name.text);
      if (to === undefined) continue;
      const text = `a violation of \`${norm.name.text}\` gives birth to \`${name.text}\``;
      edges.push({ from, to, waits: waitsForViolation(norm, document), span: name.span, text });
    }
  for (const [to, norm] of norms.entries()) {
    const conditions = [norm.when, norm.duty?.kind === "holds" ? norm.duty.condition : null];
    for (const read of conditions.flatMap((each) => dependencies(each, document, names))) {
      const from = index.get(read.name);
      const reader = `\`${norm.name.text}\``;
      if (from !== undefined)
        edges.push({
          from,
          to,
          waits: waitsFor(norms[from]!, read.ask, document),
          span: read.span,
          text: `${reader} reads what became of \`${read.name}\``,
        });
      const declared = names.get(read.name);
      const place =
        read.name === STATE || declared?.kind === "region" || declared?.kind === "state" ? STATE : read.name;
      for (const [writer, written] of writes.entries())
        if (written.has(place))
          edges.push({
            from: writer,
            to,
            waits: norms[writer]!.from?.text !== read.name && waitsForViolation(norms[writer]!, document),
            span: read.span,
            text: `${reader} reads \`${read.name}\`, which \`${norms[writer]!.name.text}\` changes`,
          });
    }
  }
  return edges;
}

/** Whether a newborn instance cannot come to the asked status within the step that bore it. */
function waitsFor(norm: Obligation, ask: string | null, document: Agreement): boolean {
  switch (ask) {
    case "violated":
    case "overdue":
    case "excused":
    case "times_violated":
      return waitsForViolation(norm, document);
    case "done":
    case "met":
    case "cured":
    case "paid":
    case "owed":
      return norm.duty?.kind === "must" || (norm.duty?.kind === "pay" && norm.from === null);
    default:
      return false; // `open`, `due`: birth itself is seen
  }
}

/** A violation comes by a deadline ahead, or by someone who declares it where there is none. A condition without a
 *  deadline is watched from birth on, and can be broken at once. */
function waitsForViolation(norm: Obligation, document: Agreement): boolean {
  if (norm.cure !== null && isPositive(norm.cure, document)) return true;
  if (norm.deadline === null) return norm.duty?.kind !== "holds";
  return norm.deadline.kind === "within" && isPositive(norm.deadline.at, document);
}

/** A length of time that is surely more than nothing: a written one, or a term with a written value or `min`. */
function isPositive(length: ExprOrLiteral, document: Agreement): boolean {
  const written = (text: string): boolean => /[1-9]/.test(text.replace(/[^\d]/g, "")) && !text.trim().startsWith("-");
  if (length.kind === "scalar") return written(length.text);
  if (length.kind === "number") return written(length.text);
  if (length.kind === "call" && length.callee === "duration") {
    const [text] = length.args;
    return text?.kind === "text" && written(text.value);
  }
  if (length.kind !== "name") return false;
  const term = document.terms.find((each) => each.name.text === length.name);
  const least = term?.min ?? term?.value ?? null;
  return least !== null && least.kind === "scalar" && written(least.text);
}
