// What can go wrong with a policy that is run: a code that control flow reads, a sentence, and what to do. One page each in
// docs/errors/policy/.
import type { Code, Coded } from "./codes.ts";

export class PolicyError extends Error {
  override readonly name = "PolicyError";
  readonly code: Code;
  /** What to do; empty where nothing is known to help. */
  readonly help: string;
  constructor({ code, message, help }: Coded, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.help = help;
  }
}

export const fail = (coded: Coded, cause?: unknown): never => {
  throw new PolicyError(coded, cause);
};
