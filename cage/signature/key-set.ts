// The keys whose signatures are taken, by the name a signature gives in `keyid`: a did, or a name agreed between two parties.
import type { KeyObject } from "node:crypto";
import { KEYS_MAX } from "../limits.ts";
import { type Algorithm, type BoundKey, bindKey } from "./algorithms.ts";
import { keyOfDid } from "./did-key.ts";
import { fail } from "./problems.ts";

export interface KnownKey extends BoundKey {
  /** The did, or the name. */
  readonly id: string;
  /** The first second in which it counts no more; null: it was not revoked. */
  readonly revoked: number | null;
}

export interface KeySet {
  /** `did:key:z…` and `did:key:z…#z…` name the same key. */
  find(keyId: string): KnownKey | null;
}

export interface KeySetOptions {
  readonly dids?: readonly string[];
  /** By did or name, the first second in which the key counts no more. Keys that are in no set may stand here, too. */
  readonly revoked?: ReadonlyMap<string, number>;
  readonly named?: readonly { readonly id: string; readonly key: KeyObject; readonly algorithm?: Algorithm }[];
}

/** Throws SignatureError `bad-key` when one is of no kind that is used. */
export function keySet({ dids = [], named = [], revoked = new Map() }: KeySetOptions): KeySet {
  if (dids.length + named.length > KEYS_MAX) fail("bad-key", "key set", "it has too many keys");
  const keys = new Map<string, KnownKey>();
  const add = (id: string, bound: BoundKey): void => {
    if (keys.has(id)) fail("bad-key", id, "two keys have this name");
    // A private key would verify as well, and stay in memory for nothing.
    if (bound.key.type === "private") fail("bad-key", id, "a private key verifies nothing; give the public one");
    keys.set(id, { ...bound, id, revoked: revoked.get(id) ?? null });
  };
  for (const did of dids) add(did, keyOfDid(did));
  for (const { id, key, algorithm } of named) {
    // Whoever reads a did in a record takes it for the key itself.
    if (id.startsWith("did:")) fail("bad-key", id, "a did names its own key; give it in `dids`");
    add(id, bindKey(key, algorithm));
  }
  return {
    find: (keyId) => {
      const mark = keyId.indexOf("#");
      const did = mark < 0 || !keyId.startsWith("did:key:") ? keyId : keyId.slice(0, mark);
      if (did !== keyId && keyId.slice(mark + 1) !== did.slice("did:key:".length)) return null;
      return keys.get(did) ?? null;
    },
  };
}
