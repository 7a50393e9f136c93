// A checked Program to a module, its file and its ids: phases 3 and 4.
import { encodeModule } from "../../vm/codec.ts";
import {
  CONSTANTS_MAX,
  FLOW_BITS_MAX,
  FUEL_MAX,
  FUNCTIONS_MAX,
  INSTRUCTIONS_MAX,
  REGISTERS_MAX,
  TYPES_MAX,
} from "../../vm/limits.ts";
import type { Module } from "../../vm/module.ts";
import { lower } from "../3-lower/lower.ts";
import type { Program } from "../model.ts";
import { emit } from "./emit.ts";

export interface CompiledAgreement {
  readonly module: Module;
  /** The file. */
  readonly bytes: Uint8Array;
  /** Id of the meaning: all but the debug map. 32 bytes. */
  readonly moduleId: Uint8Array;
  /** Id of the file. 32 bytes. */
  readonly fileId: Uint8Array;
}

/** A program over a bound of the machine (vm/limits.ts) gives the reason instead. */
export function compileAgreement(program: Program): CompiledAgreement | { readonly problem: string } {
  const module = emit(program, lower(program));
  const problem = tooLargeFor(module);
  if (problem !== null) return { problem };
  const encoded = encodeModule(module);
  if ("error" in encoded) return { problem: encoded.error.message };
  return { module, bytes: encoded.bytes, moduleId: encoded.moduleId, fileId: encoded.fileId };
}

/** The first bound of the machine that the module is over. */
function tooLargeFor(module: Module): string | null {
  const over = (size: number, most: number, what: string): string | null =>
    size > most ? `${size} ${what}, at most ${most}` : null;
  const tables =
    over(module.functions.length, FUNCTIONS_MAX, "functions") ??
    over(module.constants.length, CONSTANTS_MAX, "constants") ??
    over(module.types.length, TYPES_MAX, "types");
  if (tables !== null) return tables;
  for (const fn of module.functions) {
    const problem =
      over(fn.code.length, INSTRUCTIONS_MAX, "instructions") ??
      over(fn.registers, REGISTERS_MAX, "registers") ??
      over(fn.code.length * fn.registers, FLOW_BITS_MAX, "instructions times registers") ??
      over(fn.worstFuel, FUEL_MAX, "units of worst fuel");
    if (problem !== null) return `\`${fn.name}\`: ${problem}`;
  }
  return null;
}
