// A checked Program to a module, its file and its ids: phases 3 and 4.
import { encodeModule } from "../../vm/codec.ts";
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
  const encoded = encodeModule(module);
  if ("error" in encoded) return { problem: encoded.error.message };
  return { module, bytes: encoded.bytes, moduleId: encoded.moduleId, fileId: encoded.fileId };
}
