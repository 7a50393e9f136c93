// Every obligation of `http.request`, by name. A test holds this table equal to the published one.
import type { ObligationName } from "../point.ts";
import { nel } from "./nel.ts";
import type { Obligation } from "./obligation.ts";
import { rateLimit } from "./rate-limit.ts";
import { reach } from "./reach.ts";
import { receipt } from "./receipt.ts";
import { redact } from "./redact.ts";
import { requireSignature } from "./require-signature.ts";
import { route } from "./route.ts";
import { sign } from "./sign.ts";
import { stepUp } from "./step-up.ts";
import { verifyResponse } from "./verify-response.ts";

export const OBLIGATIONS = {
  require_signature: requireSignature,
  step_up: stepUp,
  rate_limit: rateLimit,
  reach,
  redact,
  route,
  sign,
  verify_response: verifyResponse,
  receipt,
  nel,
} as const;

/** Arguments of an obligation that is ready to be carried out. */
export type ArgsOf<N extends ObligationName> = (typeof OBLIGATIONS)[N] extends Obligation<infer A> ? A : never;
