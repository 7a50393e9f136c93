// Checks the signatures of actions before they reach the court, off the main thread, and remembers what fitted. The signature of actions that
// were signed together is checked once.
import { equalBytes } from "../core/index.ts";
import { nativeSha256 } from "../ledger/native.ts";
import { VERIFIED_CACHED_MAX } from "./limits.ts";
import { railBytes, type SignedAction } from "./protocol/action.ts";
import { keyOfDid } from "./protocol/did.ts";
import { type Problem, problem } from "./protocol/problem.ts";
import { togetherBytes, togetherRoot } from "./protocol/together.ts";
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
interface Root {
  readonly root: Uint8Array;
  readonly size: number;
  readonly signature: Uint8Array;
  readonly author: string;
  readonly fits: Promise<boolean>;
}

const sameBytes = (known: Root, root: Uint8Array, signature: Uint8Array): boolean =>
  equalBytes(known.root, root) && equalBytes(known.signature, signature);

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
  /** Signatures over the roots of actions that were signed together, checked or being checked. */
  const roots = new Recent<Root, number>({ entries: VERIFIED_CACHED_MAX });
  const fitsTogether = (root: Uint8Array, { action, signature }: SignedAction, size: number): Promise<boolean> => {
    const { author } = action;
    const place = placeOf(root);
    const known = roots.get(place);
    if (known?.size === size && known.author === author && sameBytes(known, root, signature)) return known.fits;
    const found = fits(signature, togetherBytes(size, root), author);
    roots.set(place, { root, size, signature, author, fits: found });
    return found;
  };
  const fitsAuthor = (signed: SignedAction): Promise<boolean> => {
    const { action, bytes, id, signature, together } = signed;
    if (together === null) return fits(signature, bytes, action.author);
    const root = togetherRoot(id, together, nativeSha256);
    return root === undefined ? Promise.resolve(false) : fitsTogether(root, signed, together.size);
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
