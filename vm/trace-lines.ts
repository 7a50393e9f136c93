// A trace as the author sees it: one entry for each visit of a line of source, with the values its instructions wrote.
import { placesOf } from "./debug.ts";
import type { Module } from "./module.ts";
import type { Trace } from "./trace.ts";
import type { Value } from "./value.ts";

export interface TraceLine {
  readonly source: string;
  /** 1-based; 0 for instructions the debug map says nothing about. */
  readonly line: number;
  readonly text: string;
  /** Name of the function, and calls around it. */
  readonly function: string;
  readonly depth: number;
  /** What was computed there, in order, with the part of the source it belongs to (UTF-16 offsets). */
  readonly values: readonly { readonly start: number; readonly end: number; readonly value: Value }[];
  /** Fuel used in this visit. */
  readonly fuel: number;
}

/** Steps that follow each other on one line of one function are one entry. */
export function traceLines(module: Module, trace: Trace): TraceLine[] {
  const place = placesOf(module.debug);
  const out: (TraceLine & { values: { start: number; end: number; value: Value }[]; fuel: number })[] = [];
  let key = "";
  let before = 0;
  for (const step of trace.steps) {
    const at = place(step.function, step.pc);
    const here = `${step.function}:${step.depth}:${at?.source ?? ""}:${at?.line ?? 0}`;
    if (here !== key) {
      key = here;
      out.push({
        source: at?.source ?? "",
        line: at?.line ?? 0,
        text: at?.text ?? "",
        function: module.functions[step.function]!.name,
        depth: step.depth,
        values: [],
        fuel: 0,
      });
    }
    const entry = out[out.length - 1]!;
    if (step.wrote !== null) entry.values.push({ start: at?.start ?? 0, end: at?.end ?? 0, value: step.wrote.value });
    entry.fuel += step.fuel - before;
    before = step.fuel;
  }
  return out;
}
