// Checks the signatures of actions before they reach the court, off the main thread, and remembers what fitted. The signature of actions that
// were signed together is checked once.
import { equalBytes } from "../core/index.ts";
import { HASH_BYTES } from "../ledger/merkle.ts";
import { nativeSha256 } from "../ledger/native.ts";
import { VERIFIED_CACHED_MAX } from "./limits.ts";
import { railBytes, type SignedAction, signedBytes } from "./protocol/action.ts";
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

/** A signature over actions that were signed together, and what came of checking it. */
interface Checked {
  /** What is signed: how many they are, and their root at the end. */
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
  readonly author: string;
  readonly fits: Promise<boolean>;
}

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
  /** Signatures over actions that were signed together, checked or being checked. */
  const shared = new Recent<Checked, number>({ entries: VERIFIED_CACHED_MAX });
  const fitsTogether = (message: Uint8Array, { action, signature }: SignedAction): Promise<boolean> => {
    const { author } = action;
    const place = placeOf(message.subarray(-HASH_BYTES));
    const known = shared.get(place);
    if (known?.author === author && equalBytes(known.message, message) && equalBytes(known.signature, signature))
      return known.fits;
    const found = fits(signature, message, author);
    shared.set(place, { message, signature, author, fits: found });
    return found;
  };
  const fitsAuthor = (signed: SignedAction): Promise<boolean> => {
    const message = signedBytes(signed, nativeSha256);
    if (message === undefined) return Promise.resolve(false);
    return signed.together === null
      ? fits(signed.signature, message, signed.action.author)
      : fitsTogether(message, signed);
  };
  return {
    async admit(signed) {
      const { action, id, signature, together, rail } = signed;
      const place = placeOf(id);
      const asked = { id, signature, rail };
      // A path is looked at each time: beside the same signature it may be another.
      if (together === null && same(verified.get(place), asked)) return null;
      if (!(await fitsAuthor(signed)))
        return problem("wrong-signature", `the signature is not of \`${action.author}\``);
      if (rail !== null && !(await fits(rail.signature, railBytes(id, action.value), rail.did)))
        return problem("wrong-rail-signature", `the signature is not of \`${rail.did}\``);
      if (together === null) verified.set(place, asked);
      return null;
    },
  };
}
