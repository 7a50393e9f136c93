// What can go wrong with a cage before it decides: a code that control flow reads, a sentence, and what to do. One page each in
// docs/errors/cage/. What goes wrong with one request is no error but a denial with its reason.
import type { Code, Coded } from "./codes.ts";

export class CageError extends Error {
  override readonly name = "CageError";
  readonly code: Code;
  /** What to do. */
  readonly help: string;
  constructor({ code, message, help }: Coded, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.help = help;
  }
}

export const fail = (coded: Coded, cause?: unknown): never => {
  throw new CageError(coded, cause);
};
