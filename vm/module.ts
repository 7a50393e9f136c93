// The parts of a module: what the compiler makes, the codec writes, the verifier checks and the machine runs.
// One canonical file per module (`codec.ts`): the same source gives the same bytes on any machine.
import type { PolicyTable } from "./policy/table.ts";
import type { Type } from "./type.ts";
import type { Value } from "./value.ts";

export const FORMAT_VERSION = 1;
/** Version of the language a module was written in: expressions, rounding, builtins. */
export const LANGUAGE_VERSION = 1;

export interface Module {
  readonly format: number;
  readonly language: number;
  /** Version of the fuel schedule (`fuel.ts`) the declared bounds were computed with. */
  readonly fuelSchedule: number;
  readonly kind: "agreement" | "policy";
  readonly name: string;
  readonly version: string;
  readonly types: readonly Type[];
  readonly constants: readonly Value[];
  readonly patterns: readonly Pattern[];
  readonly functions: readonly ModuleFunction[];
  readonly entries: readonly Entry[];
  /** Of a policy: what decides beside functions. */
  readonly policy?: PolicyTable;
  /** What a host shows or checks before calling: data only, see compiler/manifest.ts. Part of the meaning. */
  readonly manifest: Manifest;
  /** Outside the id of the meaning, inside the id of the file. */
  readonly debug: DebugMap;
}

/** A regex compiled to a program for the machine's own matcher; `source` is the author's text. */
export interface Pattern {
  readonly source: string;
  readonly program: Uint8Array;
}

export interface ModuleFunction {
  readonly name: string;
  readonly params: number;
  readonly registers: number;
  /** Instructions: opcode numbers with their operands, see opcodes.ts. */
  readonly code: readonly Instruction[];
  /** Declared worst fuel of one call, callees and loops included. The verifier proves it. */
  readonly worstFuel: number;
}

/** `[opcode, operand, …]` in the order of the opcode's row. */
export type Instruction = readonly number[];

export interface Entry {
  /** Agreements: `init`, `step`, `due`, `query`. Policies: `decide`, `check`. */
  readonly name: string;
  readonly function: number;
  /** Indexes into `types`. */
  readonly params: readonly number[];
  readonly result: number;
}

/** Where instructions come from: `functions[f]` lists `[pc, source, start, end]`, ascending by pc; UTF-16 offsets. Of a module that was read
 *  from a file the lists are read when they are asked for, each time: who asks often keeps them. */
export interface DebugMap {
  readonly sources: readonly { readonly name: string; readonly text: string }[];
  readonly functions: readonly (readonly (readonly [pc: number, source: number, start: number, end: number])[])[];
  /** Of a policy, for each rule of its table: where it is written, then where each of its atoms is. */
  readonly rules?: readonly (readonly (readonly [source: number, start: number, end: number])[])[];
}

/** Plain data (maps, lists, texts, numbers); its shape is the compiler's, see compiler/manifest.ts. */
export type Manifest = { readonly [key: string]: ManifestValue };
export type ManifestValue = null | boolean | number | string | readonly ManifestValue[] | Manifest;
