// A checked Program to a module, its file and its ids: phases 3 and 4.
import { builtinById } from "../../stdlib/table.ts";
import { encodeModule } from "../../vm/codec.ts";
import type { Module } from "../../vm/module.ts";
import { verifyModule } from "../../vm/verify.ts";
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

/** Why the machine would refuse the module. Everything it proves is proved here already, so that what compiles also loads:
 *  the bounds of a function can be counted, but how deep calls nest and what all functions need together only it knows. */
function tooLargeFor(module: Module): string | null {
  const error = verifyModule(module, builtinById);
  if (error === null) return null;
  const where = module.functions[error.function];
  return where === undefined ? error.message : `\`${where.name}\`: ${error.message}`;
}
