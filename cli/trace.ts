// A run looked at line by line: the source lines it went through, with the values computed there.
import type { Happened } from "../compiler/scenario/index.ts";
import { BUILTINS } from "../stdlib/index.ts";
import { eventRecord, type Module, showValue, type TraceLine, traceLines } from "../vm/index.ts";
import { load } from "../vm/load.ts";
import { type Trace, traceRun } from "../vm/trace.ts";
import { clean, type Paint, thousands } from "./terminal.ts";

/** The run again, slower, with every instruction recorded. The result is the same as before. */
export function traceOf(module: Module, { before, event }: Pick<Happened, "before" | "event">): Trace {
  const loaded = load(module, BUILTINS);
  if ("error" in loaded) throw new Error(`the module was refused: ${loaded.error.message}`);
  return traceRun(loaded.loaded, "step", [before, eventRecord(event)], Number.MAX_SAFE_INTEGER);
}

/** Lines of source in the order the run visited them. */
export function traceText(module: Module, happened: Pick<Happened, "before" | "event">, paint: Paint): string {
  const trace = traceOf(module, happened);
  const lines = traceLines(module, trace).filter((line) => line.line > 0);
  const gutter = Math.max(1, ...lines.map((line) => String(line.line).length));
  const out = lines.map(
    (line) => `    ${paint.dim(`${String(line.line).padStart(gutter)} |`)} ${clean(line.text)}${valuesOf(line, paint)}`,
  );
  if (trace.cut) out.push(`    ${paint.dim("… the trace is longer than is kept")}`);
  out.push(`    ${paint.dim(`${thousands(trace.steps.length)} instructions`)}`);
  return out.join("\n");
}

/** The last values of a line: what its expressions came to. */
function valuesOf(line: TraceLine, paint: Paint): string {
  const shown = line.values.slice(-3).map(({ value }) => clean(showValue(value, 40)));
  return shown.length === 0 ? "" : paint.dim(`    → ${shown.join(", ")}`);
}
