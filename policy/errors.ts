// What can go wrong with a policy that is run: a code that control flow reads, a sentence, and what to do. One page each in
// docs/errors/policy/.
import { CodedError } from "../core/index.ts";
import type { Code, Coded } from "./codes.ts";

export class PolicyError extends CodedError<Code> {
  override readonly name = "PolicyError";
}

export const fail = (coded: Coded, cause?: unknown): never => {
  throw new PolicyError(coded, cause);
};
