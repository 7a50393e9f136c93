// Why a run came out as it did: the run again, with every rule it read, what the rule said, and the values behind it.
import { lineIndex } from "../../lang/source.ts";
import { BUILTINS } from "../../stdlib/index.ts";
import { eventRecord } from "../../vm/drive.ts";
import { load } from "../../vm/load.ts";
import type { Module } from "../../vm/module.ts";
import { traceRun } from "../../vm/trace.ts";
import { ErrorValue, type Value } from "../../vm/value.ts";
import type { TExpr } from "../model.ts";
import { rangesOf } from "./coverage.ts";
import type { Happened } from "./play.ts";
import { nodesOf, rulesOf } from "./rules.ts";
import { showValue, type Words } from "./show.ts";

export interface RuleSaid {
  /** `power \`terminate\`: when`. */
  readonly what: string;
  /** The author's words. */
  readonly text: string;
  /** 1-based line in the source. */
  readonly line: number;
  readonly value: string;
  /** Names the rule read, with their values. */
  readonly reads: readonly { readonly name: string; readonly value: string }[];
}

export interface Explanation {
  /** In the order the run came to them. */
  readonly rules: readonly RuleSaid[];
  readonly instructions: number;
}

/** Runs the step again with a record of every instruction; the result is the same. */
export function explainRun(
  module: Module,
  words: Words,
  run: Pick<Happened, "before" | "event"> & { readonly at: number },
): Explanation {
  const loaded = load(module, BUILTINS);
  if ("error" in loaded) return { rules: [], instructions: 0 };
  const trace = traceRun(loaded.loaded, "step", [run.before, eventRecord(run.event)], Number.MAX_SAFE_INTEGER);
  const conditions = new Set(
    rulesOf(words.program).flatMap(({ expr }) => (isBool(expr) ? [`${expr.span.start}-${expr.span.end}`] : [])),
  );
  const rangeAt = rangesOf(module);
  const last = new Map<string, { readonly value: Value; readonly order: number }>();
  trace.steps.forEach((step, order) => {
    const range = step.wrote === null ? null : rangeAt(step.function, step.pc);
    if (range === null || step.wrote === null) return;
    const key = `${range[0]}-${range[1]}`;
    // Where a condition refuses, the refusal is made under the same place of the source: it is not what the rule said.
    if (conditions.has(key) && !isTruth(step.wrote.value)) return;
    last.set(key, { value: step.wrote.value, order });
  });
  const found = (expr: TExpr) => last.get(`${expr.span.start}-${expr.span.end}`);
  const rules = rulesOf(words.program).flatMap(({ what, expr }) => {
    const own = found(expr);
    // A constant says nothing that is not in the source.
    if (own === undefined || expr.kind === "const") return [];
    const reads = readsOf(expr, (each) => valueAt(each, words, run.at, found));
    const text = expr.span.source.text.slice(expr.span.start, expr.span.end).replace(/\s+/g, " ");
    const { line } = lineIndex(expr.span.source).position(expr.span.start);
    return [{ order: own.order, said: { what, text, line, value: showValue(own.value, expr.type, words), reads } }];
  });
  rules.sort((a, b) => a.order - b.order);
  return { rules: rules.map(({ said }) => said), instructions: trace.steps.length };
}

const isBool = ({ type }: TExpr): boolean =>
  type.kind === "bool" || (type.kind === "optional" && type.of.kind === "bool");
const isTruth = (value: Value): boolean =>
  typeof value === "boolean" || value === undefined || value instanceof ErrorValue;

type Found = (expr: TExpr) => { readonly value: Value } | undefined;

function readsOf(expr: TExpr, valueOfRead: (read: TExpr) => string | null): RuleSaid["reads"] {
  const reads = new Map<string, string>();
  for (const node of nodesOf(expr)) {
    if (
      node === expr ||
      (node.kind !== "read" && node.kind !== "norm" && node.kind !== "norm_amount" && node.kind !== "power")
    )
      continue;
    const name = node.span.source.text.slice(node.span.start, node.span.end).replace(/\s+/g, " ");
    const value = valueOfRead(node);
    if (value !== null && !reads.has(name)) reads.set(name, value);
  }
  return [...reads].map(([name, value]) => ({ name, value }));
}

/** A bare name may need no instruction of its own: `now` is the stamp, a derived value stands where it is declared. */
function valueAt(read: TExpr, words: Words, at: number, found: Found): string | null {
  const own = found(read);
  if (own !== undefined) return showValue(own.value, read.type, words);
  if (read.kind !== "read") return null;
  if (read.place.kind === "now") return showValue(at, read.type, words);
  if (read.place.kind === "derived") {
    const derived = words.program.derived[read.place.index];
    const value = derived === undefined ? undefined : found(derived.is);
    return derived === undefined || value === undefined ? null : showValue(value.value, derived.is.type, words);
  }
  return null;
}
