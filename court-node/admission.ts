// Checks the signatures of actions before they reach the court, off the main thread, and remembers what fitted.
import { equalBytes } from "../core/index.ts";
import { VERIFIED_CACHED_MAX } from "./limits.ts";
import { railBytes, type SignedAction } from "./protocol/action.ts";
import { keyOfDid } from "./protocol/did.ts";
import { type Problem, problem } from "./protocol/problem.ts";
import { Recent } from "./recent.ts";
import type { Verifier } from "./verifier.ts";

export interface Admission {
  /** Null when every signature on the action fits. */
  admit(action: SignedAction): Promise<Problem | null>;
}

type Signatures = Pick<SignedAction, "signature" | "rail">;
const sameSignatures = (a: Signatures | undefined, b: Signatures): boolean =>
  a !== undefined &&
  equalBytes(a.signature, b.signature) &&
  (a.rail === null || b.rail === null
    ? a.rail === b.rail
    : a.rail.did === b.rail.did && equalBytes(a.rail.signature, b.rail.signature));

export function createAdmission(verifier: Verifier): Admission {
  /** Signatures by the id of the action they were found to fit: the same bytes need no second look. */
  const verified = new Recent<Signatures>({ entries: VERIFIED_CACHED_MAX });
  const fits = (signature: Uint8Array, message: Uint8Array, did: string): Promise<boolean> => {
    const key = keyOfDid(did);
    return key === undefined ? Promise.resolve(false) : verifier.verify(signature, message, key);
  };
  return {
    async admit({ action, bytes, id, signature, rail }) {
      const name = Buffer.from(id.buffer, id.byteOffset, id.length).toString("latin1");
      if (sameSignatures(verified.get(name), { signature, rail })) return null;
      if (!(await fits(signature, bytes, action.author)))
        return problem("wrong-signature", `the signature is not of \`${action.author}\``);
      if (rail !== null && !(await fits(rail.signature, railBytes(id, action.value), rail.did)))
        return problem("wrong-rail-signature", `the signature is not of \`${rail.did}\``);
      verified.set(name, { signature, rail });
      return null;
    },
  };
}
