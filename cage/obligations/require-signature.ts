// `require_signature`: the request is signed by one of these, as strictly as cage/signature has it. The verdict comes before every other
// gate, and becomes a fact: the policy is asked again with it.

import { KEYS_MAX, SIGNATURE_AGE_SECONDS, SIGNATURE_AGE_SECONDS_MAX } from "../limits.ts";
import type { Facts, Met } from "../point.ts";
import {
  bodyOf,
  keyOfDid,
  keySet,
  type NonceStore,
  type Profile,
  type RequestMessage,
  SignatureError,
  verifyMessage,
} from "../signature/index.ts";
import { Arguments, misread, reading } from "./arguments.ts";
import { type Denial, denial, type Obligation } from "./obligation.ts";
import { coverOf } from "./sign.ts";

export interface RequireSignatureArgs {
  readonly profile: Omit<Profile, "nonces">;
  readonly nonce: boolean;
}

export const requireSignature: Obligation<RequireSignatureArgs> = {
  name: "require_signature",
  points: ["request", "body"],
  tunnels: false,
  several: true,
  check: (args) =>
    reading(() => {
      const read = new Arguments(args, ["from", "revoked", "cover", "label", "tag", "max_age", "nonce", "digest"]);
      const [label, tag] = [read.text("label"), read.text("tag")];
      return {
        profile: {
          keys: keysOf(read.texts("from") ?? [], read.instants("revoked")),
          cover: coverOf(read.texts("cover") ?? ["@method", "@target-uri"]),
          ...(label === null ? {} : { label }),
          ...(tag === null ? {} : { tag }),
          digest:
            read.word("digest", ["required", "if-body"]) === "required" ? ("required" as const) : ("ifBody" as const),
          maxAge: read.seconds("max_age", { min: 1, max: SIGNATURE_AGE_SECONDS_MAX }) ?? SIGNATURE_AGE_SECONDS,
        },
        nonce: read.flag("nonce") ?? true,
      };
    }),
};

/** `revoked`: may name keys that are not taken any more. One that is none is a key that was meant and is still taken. */
export function keysOf(from: readonly string[], revoked: ReadonlyMap<string, number>): Profile["keys"] {
  if (from.length === 0) misread("`from` names nobody", "name the dids whose signatures are taken");
  if (from.length > KEYS_MAX) misread("`from` names too many", "name fewer dids");
  if (revoked.size > KEYS_MAX) misread("`revoked` names too many", "leave out those that `from` does not name");
  try {
    for (const did of revoked.keys()) keyOfDid(did);
    return keySet({ dids: from, revoked });
  } catch (error) {
    if (!(error instanceof SignatureError)) throw error;
    return misread(`\`${error.at.slice(0, 60)}\`: ${error.detail}`, "give did:key of Ed25519 or P-256, each once");
  }
}

export type Verification =
  | { readonly signature: NonNullable<Facts["signature"]>; readonly met: Met }
  | { readonly signature: NonNullable<Facts["signature"]>; readonly denial: Denial };

/** The verdict as facts, off the main thread. `nonces`: of one exchange, so that two obligations may look at one signature. */
export async function signatureVerdict(
  args: RequireSignatureArgs,
  request: { readonly message: RequestMessage; readonly content: Uint8Array },
  { now, nonces }: { readonly now: number; readonly nonces: NonceStore },
): Promise<Verification> {
  const { message, content } = request;
  const profile = { ...args.profile, nonces: args.nonce ? nonces : null };
  const verdict = await verifyMessage({ message, body: bodyOf(content), profile, now });
  if ("problem" in verdict) {
    const { problem, at, detail, help } = verdict.problem;
    return {
      signature: { verified: false, failure: problem },
      denial: denial(problem, 401, `${at}: ${detail}`, { more: { at, detail, help } }),
    };
  }
  const { keyId, tag, label, created, nonce, until, covered } = verdict.verified;
  return {
    signature: { verified: true, key: keyId, ...(tag === null ? {} : { tag }) },
    met: {
      name: "require_signature",
      found: {
        key: keyId,
        label,
        created,
        nonce,
        ...(until === null ? {} : { until }),
        covered,
        ...(tag === null ? {} : { tag }),
      },
    },
  };
}

/** A store for one exchange: a nonce that this exchange has spent is still its own. */
export function ownNonces(store: NonceStore): NonceStore {
  const own = new Set<string>();
  return {
    use: async (use) => {
      const key = `${use.keyId} ${use.nonce}`;
      if (own.has(key)) return "fresh";
      const answer = await store.use(use);
      if (answer === "fresh") own.add(key);
      return answer;
    },
  };
}
