// What can go wrong with a cage before it decides: a code that control flow reads, a sentence, and what to do. One page each in
// docs/errors/cage/. What goes wrong with one request is no error but a denial with its reason.
import { CodedError } from "../core/index.ts";
import type { Code, Coded } from "./codes.ts";

export class CageError extends CodedError<Code> {
  override readonly name = "CageError";
}

export const fail = (coded: Coded, cause?: unknown): never => {
  throw new CageError(coded, cause);
};
