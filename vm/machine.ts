// A module to be run by its entry points, in the tier that suits it; the result is the same in both.
import type { ModuleError } from "./errors.ts";
import { allowance, type Loaded, load, type Result, type RunOptions } from "./load.ts";
import type { Module } from "./module.ts";
import type { MachineBuiltin } from "./operations.ts";
import { runnerOf, type Tier } from "./tier.ts";
import { type Trace, traceRun } from "./trace.ts";
import type { Value } from "./value.ts";

export interface Machine {
  readonly module: Module;
  /** Runs an entry point. Same arguments, same bytes of result on every machine and in every tier. */
  readonly run: (entry: string, args: readonly Value[], options: RunOptions) => Result;
  /** The same run looked at step by step: slower, same result. */
  readonly trace: (entry: string, args: readonly Value[], options: RunOptions) => Trace;
  /** Declared worst fuel of an entry point, undefined when there is none of that name. */
  readonly worstFuel: (entry: string) => number | undefined;
}

export interface MachineOptions {
  /** By default `auto`: interpreted, and translated when it has become hot. */
  readonly tier?: Tier;
}

/** A machine for a module, or why the module is refused. Machines of one module may run side by side, not inside each other. */
export function createMachine(
  module: Module,
  builtins: Iterable<MachineBuiltin>,
  options: MachineOptions = {},
): { readonly machine: Machine } | { readonly error: ModuleError } {
  const read = load(module, builtins);
  return "error" in read ? read : { machine: machineOf(read.loaded, options.tier ?? "auto") };
}

function machineOf(loaded: Loaded, tier: Tier): Machine {
  const { module } = loaded;
  const entries = new Map(module.entries.map((entry) => [entry.name, entry]));
  const runner = runnerOf(loaded, tier);
  return {
    module,
    worstFuel: (name) => {
      const entry = entries.get(name);
      return entry === undefined ? undefined : module.functions[entry.function]!.worstFuel;
    },
    trace: (name, args, options) => traceRun(loaded, name, args, allowance(options)),
    run: (name, args, options) => {
      const entry = entries.get(name);
      if (entry === undefined || args.length !== entry.params.length)
        return { fault: { code: "vm/bad-entry", function: -1, pc: -1, error: null }, fuel: 0 };
      return runner.run(entry.function, args, allowance(options));
    },
  };
}
