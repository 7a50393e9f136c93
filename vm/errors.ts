// Why a module is refused, as a value: `decodeModule` and `verifyModule` give one instead of a module, and never throw.

export type ModuleErrorCode =
  // the bytes (codec.ts)
  | "vm/not-a-module" // wrong magic
  | "vm/unknown-version" // format, language or fuel schedule this machine does not know
  | "vm/truncated" // ends too early
  | "vm/trailing-bytes" // goes on after its end
  | "vm/bad-section" // a section is unknown, missing, repeated, out of order or of another length than it says
  | "vm/not-canonical" // a second way to write the same thing
  | "vm/oversize" // over a bound of limits.ts
  | "vm/bad-encoding" // a part that is not what its place asks for
  // the meaning (verify.ts)
  | "vm/bad-type"
  | "vm/bad-constant"
  | "vm/bad-pattern"
  | "vm/bad-function"
  | "vm/bad-operand"
  | "vm/bad-jump"
  | "vm/bad-loop"
  | "vm/unset-register"
  | "vm/bad-call"
  | "vm/unknown-builtin"
  | "vm/wrong-fuel"
  | "vm/bad-entry-point"
  | "vm/bad-table"
  | "vm/bad-debug-map";

export interface ModuleError {
  readonly code: ModuleErrorCode;
  /** One lower-case line for people. */
  readonly message: string;
  /** Byte offset in the file, or -1 when the error is in the meaning. */
  readonly offset: number;
  /** Function and instruction index, or -1. */
  readonly function: number;
  readonly pc: number;
}

export function moduleError(
  code: ModuleErrorCode,
  message: string,
  at: { readonly offset?: number; readonly function?: number; readonly pc?: number } = {},
): ModuleError {
  return { code, message, offset: at.offset ?? -1, function: at.function ?? -1, pc: at.pc ?? -1 };
}
