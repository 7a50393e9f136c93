// A module made ready to run: verified, with its tables looked up. What the interpreter, the code tier and the trace run
// from.
import type { ModuleError } from "./errors.ts";
import type { Fault } from "./fault.ts";
import { FUEL_MAX } from "./limits.ts";
import type { Module } from "./module.ts";
import type { MachineBuiltin } from "./operations.ts";
import { decodeProgram, type RegexProgram } from "./regex.ts";
import { ErrorValue, type Value } from "./value.ts";
import { verifyModule } from "./verify.ts";

/** `fuel`: what was used; with a fault of vm/out-of-fuel it is all that was given. */
export type Result =
  | { readonly value: Value; readonly fuel: number }
  | { readonly fault: Fault; readonly fuel: number };

export interface RunOptions {
  /** Most fuel the run may use. A whole number of units; the declared worst fuel of the entry always suffices. */
  readonly fuel: number;
}

/** A verified module with its tables looked up. */
export interface Loaded {
  readonly module: Module;
  readonly builtins: ReadonlyMap<number, MachineBuiltin>;
  readonly programs: readonly RegexProgram[];
  /** The error for a missing key, by constant. */
  readonly absent: readonly ErrorValue[];
  /** The error `fail` makes, by constant. */
  readonly unstated: readonly ErrorValue[];
}

/** The fuel of a run: what is no whole number from 0 to FUEL_MAX is the nearest of both, and nothing for NaN. */
export function allowance(options: RunOptions): number {
  return Math.min(FUEL_MAX, Math.max(0, Math.floor(options.fuel))) || 0;
}

/** Verifies a module and looks its tables up. */
export function load(
  module: Module,
  builtins: Iterable<MachineBuiltin>,
): { readonly loaded: Loaded } | { readonly error: ModuleError } {
  const table = new Map<number, MachineBuiltin>();
  for (const builtin of builtins) table.set(builtin.id, builtin);
  const error = verifyModule(module, (id) => table.get(id));
  if (error !== null) return { error };
  const programs = module.patterns.map((pattern) => {
    const read = decodeProgram(pattern.program);
    return (read as { program: RegexProgram }).program; // verified
  });
  const about = (constant: Value): string => (typeof constant === "string" ? constant : "");
  return {
    loaded: {
      module,
      builtins: table,
      programs,
      absent: module.constants.map((constant) => new ErrorValue("absent", about(constant))),
      unstated: module.constants.map((constant) => new ErrorValue("unstated", about(constant))),
    },
  };
}
