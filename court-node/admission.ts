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

type Verified = Pick<SignedAction, "id" | "signature" | "rail">;
const same = (a: Verified | undefined, b: Verified): boolean =>
  a !== undefined &&
  equalBytes(a.id, b.id) &&
  equalBytes(a.signature, b.signature) &&
  (a.rail === null || b.rail === null
    ? a.rail === b.rail
    : a.rail.did === b.rail.did && equalBytes(a.rail.signature, b.rail.signature));

/** 30 bits of an id, a small integer to the host: a text of it would have to be made and hashed first. Of two actions that share them one is
 *  checked again. */
const placeOf = (id: Uint8Array): number => id[0]! | (id[1]! << 8) | (id[2]! << 16) | ((id[3]! & 0x3f) << 24);

export function createAdmission(verifier: Verifier): Admission {
  /** Signatures that were found to fit an action: the same bytes need no second look. */
  const verified = new Recent<Verified, number>({ entries: VERIFIED_CACHED_MAX });
  const fits = (signature: Uint8Array, message: Uint8Array, did: string): Promise<boolean> => {
    const key = keyOfDid(did);
    return key === undefined ? Promise.resolve(false) : verifier.verify(signature, message, key);
  };
  return {
    async admit({ action, bytes, id, signature, rail }) {
      const place = placeOf(id);
      const asked = { id, signature, rail };
      if (same(verified.get(place), asked)) return null;
      if (!(await fits(signature, bytes, action.author)))
        return problem("wrong-signature", `the signature is not of \`${action.author}\``);
      if (rail !== null && !(await fits(rail.signature, railBytes(id, action.value), rail.did)))
        return problem("wrong-rail-signature", `the signature is not of \`${rail.did}\``);
      verified.set(place, asked);
      return null;
    },
  };
}
