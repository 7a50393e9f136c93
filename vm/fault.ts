// The ways a run can end badly, as values: part of the deterministic result, the same on every machine.
import type { ErrorValue } from "./value.ts";

export type FaultCode =
  /** The fuel given was less than the run needed. */
  | "vm/out-of-fuel"
  /** `trap` met an error: the program refuses to go on with it. */
  | "vm/error"
  /** A loop met a list longer than its bound. */
  | "vm/limit"
  /** No entry of that name, or another number of arguments. */
  | "vm/bad-entry";

export interface Fault {
  readonly code: FaultCode;
  /** Function and instruction index where it happened; -1 for bad-entry. */
  readonly function: number;
  readonly pc: number;
  /** The error that was trapped, for vm/error. */
  readonly error: ErrorValue | null;
}
