// Phase 4: functions of instructions become a module. The same Program gives the same bytes: every table is in the order of
// first use, and nothing depends on time, place or iteration order of the host.

import type { Source } from "../../lang/source.ts";
import { builtinById } from "../../stdlib/index.ts";
import { FUEL_SCHEDULE, worstFuel } from "../../vm/fuel.ts";
import { type DebugMap, FORMAT_VERSION, LANGUAGE_VERSION, type Module, type ModuleFunction } from "../../vm/module.ts";
import { decodeProgram } from "../../vm/regex.ts";
import type { IrFunction } from "../3-lower/ir.ts";
import type { Lowered } from "../3-lower/lower.ts";
import { manifestOf } from "../manifest.ts";
import type { Program } from "../model.ts";
import { emitFunction, Sources } from "./code.ts";
import { Pools } from "./pools.ts";

export function emit(program: Program, lowered: Lowered): Module {
  const pools = new Pools();
  const sources = new Sources();
  const { functions, lines } = emitFunctions(lowered.module.functions, pools, sources);
  const indexes = new Map<IrFunction, number>(lowered.module.functions.map((fn, index) => [fn, index]));
  const entries = lowered.module.entries.map((entry) => ({
    name: entry.name,
    function: indexes.get(entry.function) as number,
    params: entry.params.map((type) => pools.type(type)),
    result: pools.type(entry.result),
  }));
  const manifest = manifestOf(program, lowered, {
    type: (type) => pools.type(type),
    worstFuel: (name) => functions[entries.find((entry) => entry.name === name)?.function ?? -1]?.worstFuel as number,
  });
  return {
    format: FORMAT_VERSION,
    language: LANGUAGE_VERSION,
    fuelSchedule: FUEL_SCHEDULE,
    kind: "agreement",
    name: program.name,
    version: program.version,
    types: pools.types,
    constants: pools.constants,
    patterns: pools.patterns,
    functions,
    entries,
    manifest,
    debug: { sources: withBeside(sources.items).map(({ name, text }) => ({ name, text })), functions: lines },
  };
}

/** Sources that have lines in the map, then what else it takes to read the document again. */
export const withBeside = (sources: readonly Source[]): readonly Source[] => [
  ...new Set([...sources, ...sources.flatMap(({ beside }) => beside ?? [])]),
];

/** The functions in order, each with its worst fuel and its lines of the debug map. */
export function emitFunctions(
  made: readonly IrFunction[],
  pools: Pools,
  sources: Sources,
): { readonly functions: readonly ModuleFunction[]; readonly lines: DebugMap["functions"] } {
  const indexes = new Map<IrFunction, number>(made.map((fn, index) => [fn, index]));
  const functions: ModuleFunction[] = [];
  const lines: DebugMap["functions"][number][] = [];
  for (const fn of made) {
    const emitted = emitFunction(fn, pools, (callee) => indexes.get(callee) as number, sources);
    const worst = worstFuel(emitted, {
      worstOf: (index) => functions[index]?.worstFuel,
      builtin: builtinById,
      patternSize: (index) => patternSize(pools, index),
    });
    if (worst === undefined) throw new Error(`no worst fuel for ${fn.name}`);
    functions.push({
      name: fn.name,
      params: fn.params,
      registers: emitted.registers,
      code: emitted.code,
      worstFuel: worst,
    });
    lines.push(emitted.lines);
  }
  return { functions, lines };
}

function patternSize(pools: Pools, index: number): number | undefined {
  const pattern = pools.patterns[index];
  if (pattern === undefined) return undefined;
  const read = decodeProgram(pattern.program);
  return "reason" in read ? undefined : read.program.length;
}
