// Checks the signatures of actions before they reach the court, off the main thread: Node verifies Ed25519 in its thread pool.
// Measured on two idle cores: 93 us a signature on the main thread, 49 us with 64 under way in the pool, which also leaves the
// main thread to the court. Worker threads of our own would have the same two cores and messages on top.
import { type KeyObject, verify } from "node:crypto";
import { equalBytes } from "../core/index.ts";
import { publicKeyObject } from "../ledger/index.ts";
import { KEYS_CACHED_MAX, VERIFIED_CACHED_MAX } from "./limits.ts";
import { railBytes, type SignedAction } from "./protocol/action.ts";
import { keyOfDid } from "./protocol/did.ts";
import { type Problem, problem } from "./protocol/problem.ts";

export interface Admission {
  /** Null when every signature on the action fits. */
  admit(action: SignedAction): Promise<Problem | null>;
}

/** A map that forgets the oldest beyond its size. */
class Recent<V> {
  readonly #map = new Map<string, V>();
  readonly #max: number;
  constructor(max: number) {
    this.#max = max;
  }
  get(key: string): V | undefined {
    return this.#map.get(key);
  }
  set(key: string, value: V): void {
    this.#map.set(key, value);
    if (this.#map.size <= this.#max) return;
    const [oldest] = this.#map.keys();
    if (oldest !== undefined) this.#map.delete(oldest);
  }
}

const verifies = (signature: Uint8Array, message: Uint8Array, key: KeyObject): Promise<boolean> =>
  new Promise((answer) => {
    verify(null, message, key, signature, (error, fits) => answer(error === null && fits));
  });

type Signatures = Pick<SignedAction, "signature" | "rail">;
const sameSignatures = (a: Signatures | undefined, b: Signatures): boolean =>
  a !== undefined &&
  equalBytes(a.signature, b.signature) &&
  (a.rail === null || b.rail === null
    ? a.rail === b.rail
    : a.rail.did === b.rail.did && equalBytes(a.rail.signature, b.rail.signature));

export function createAdmission(): Admission {
  const keys = new Recent<KeyObject>(KEYS_CACHED_MAX);
  /** Signatures by the id of the action they were found to fit: the same bytes need no second look. */
  const verified = new Recent<Signatures>(VERIFIED_CACHED_MAX);
  const keyOf = (did: string): KeyObject | undefined => {
    const known = keys.get(did);
    if (known !== undefined) return known;
    const raw = keyOfDid(did);
    if (raw === undefined) return undefined;
    const key = publicKeyObject(raw);
    keys.set(did, key);
    return key;
  };
  return {
    async admit({ action, bytes, id, signature, rail }) {
      const name = Buffer.from(id.buffer, id.byteOffset, id.length).toString("latin1");
      if (sameSignatures(verified.get(name), { signature, rail })) return null;
      const author = keyOf(action.author);
      if (author === undefined || !(await verifies(signature, bytes, author)))
        return problem("wrong-signature", `the signature is not of \`${action.author}\``);
      if (rail !== null) {
        const railKey = keyOf(rail.did);
        if (railKey === undefined || !(await verifies(rail.signature, railBytes(id, action.value), railKey)))
          return problem("wrong-rail-signature", `the signature is not of \`${rail.did}\``);
      }
      verified.set(name, { signature, rail });
      return null;
    },
  };
}
