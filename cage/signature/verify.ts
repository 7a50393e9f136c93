// Whether a message is signed as a profile asks. A good signature alone says little: it may cover nothing, be a year old, or be
// sent for the second time. Everything is checked before the key is used, and the nonce is spent only after the signature
// was found good, so that nobody spends those of others. Source: RFC 9421 sections 3.2 and 7.
import { type BareItem, type Dictionary, type InnerList, isInnerList } from "structured-headers";
import { utf8 } from "../../core/index.ts";
import {
  CLOCK_SKEW_SECONDS,
  COMPONENTS_MAX,
  KEY_ID_BYTES_MAX,
  NONCE_BYTES_MAX,
  SIGNATURE_AGE_SECONDS,
  SIGNATURES_MAX,
} from "../limits.ts";
import { type Algorithm, checkSignature, isAlgorithm } from "./algorithms.ts";
import { signatureBase, valuesOf } from "./base.ts";
import { type Component, componentOf, distinct, readComponent } from "./component.ts";
import { type Body, checkDigests, type DigestRule } from "./digest.ts";
import type { KeySet, KnownKey } from "./key-set.ts";
import type { Message } from "./message.ts";
import type { NonceStore } from "./nonces.ts";
import { fail, SignatureError, type SignatureProblem } from "./problems.ts";
import { readDictionary } from "./structured.ts";

export interface Profile {
  readonly keys: KeySet;
  /** Components that must be covered: `@method`, `content-type`, `"signature";key="sig1"`. At least one. */
  readonly cover: readonly string[];
  /** Null: a message may come twice. */
  readonly nonces: NonceStore | null;
  /** Which of several signatures; without it, the one by a key of the set. */
  readonly label?: string;
  readonly tag?: string;
  /** `ifBody` (the default): a body must have a covered `Content-Digest`. `required`: the empty body too. */
  readonly digest?: DigestRule;
  /** Seconds; also the longest time from `created` to `expires`. */
  readonly maxAge?: number;
  /** Seconds by which two clocks may differ. */
  readonly skew?: number;
}

export interface Verified {
  readonly label: string;
  /** The did or the name of the key in the key set. */
  readonly keyId: string;
  readonly algorithm: Algorithm;
  /** Seconds since 1970. */
  readonly created: number;
  readonly expires: number | null;
  readonly nonce: string | null;
  /** The last second for which the nonce is remembered; null: it was not spent. */
  readonly until: number | null;
  readonly tag: string | null;
  /** As serialised items, in the order they were signed. */
  readonly covered: readonly string[];
}

export interface VerifyInput {
  readonly message: Message;
  readonly body: Body;
  readonly profile: Profile;
  /** Seconds since 1970, from the clock of the caller. */
  readonly now: number;
}

export type Verdict = { readonly verified: Verified } | { readonly problem: SignatureProblem };

/** Never throws for what a message holds; throws SignatureError for a profile that asks for nothing or nonsense. */
export async function verifyMessage({ message, body, profile, now }: VerifyInput): Promise<Verdict> {
  const required = profile.cover.map(componentOf);
  if (required.length === 0) fail("empty-coverage", "profile");
  try {
    return { verified: await verify(message, body, profile, required, now) };
  } catch (error) {
    if (!(error instanceof SignatureError)) throw error;
    const { problem, at, detail, help } = error;
    return { problem: { problem, at, detail, help } };
  }
}

/** Labels of the signatures whose key is one of the profile's, and whose tag is its tag. Throws SignatureError. */
export function signersOf(message: Message, { keys, tag }: Profile): readonly string[] {
  return readSignatures(message, undefined)
    .filter(({ params: { keyId, tag: own } }) => keyId !== null && keys.find(keyId) !== null && (tag ?? own) === own)
    .map(({ label }) => label);
}

async function verify(
  message: Message,
  body: Body,
  profile: Profile,
  required: readonly Component[],
  now: number,
): Promise<Verified> {
  const { maxAge = SIGNATURE_AGE_SECONDS, skew = CLOCK_SKEW_SECONDS, digest = "ifBody" } = profile;
  const found = choose(readSignatures(message, profile.label), profile);
  const { at, label, components, params, signature } = found;
  for (const each of required)
    if (!components.some(({ id }) => id === each.id)) fail("not-covered", `${at} ${each.id}`);
  const times = checkTimes(found, { now, maxAge, skew });
  const key = checkKey(found, profile.keys);
  // Both: a thief writes any `created`, and a clock ahead of ours has revoked already.
  if (key.revoked !== null && Math.max(now, times.created) >= key.revoked) fail("revoked-key", `${at} keyid`);
  if (profile.tag !== undefined && params.tag !== profile.tag) fail("wrong-tag", at);
  if (profile.nonces !== null && params.nonce === null) fail("no-nonce", at);
  // The digest comes before the signature: it is the cheaper of the two.
  checkDigests(message, components, body, digest);
  const base = signatureBase(message, components, found.raw, at);
  if (!(await checkSignature(key, utf8(base), signature))) fail("wrong-signature", at);
  let until: number | null = null;
  if (profile.nonces !== null) {
    until = Math.min(times.created + maxAge, times.expires ?? Infinity) + skew;
    const answer = await profile.nonces.use({
      keyId: key.id,
      nonce: params.nonce as string,
      created: times.created,
      until,
      now,
      skew,
    });
    if (answer !== "fresh") fail(answer, at);
  }
  return {
    label,
    keyId: key.id,
    algorithm: key.algorithm,
    ...times,
    nonce: params.nonce,
    until,
    tag: params.tag,
    covered: components.map(({ id }) => id),
  };
}

interface Found {
  readonly label: string;
  /** For problems: `signature-input sig1`. */
  readonly at: string;
  readonly components: readonly Component[];
  readonly raw: Map<string, BareItem>;
  readonly params: Params;
  readonly signature: Uint8Array;
}

interface Params {
  readonly created: number | null;
  readonly expires: number | null;
  readonly nonce: string | null;
  readonly keyId: string | null;
  readonly alg: string | null;
  readonly tag: string | null;
}

/** All signatures, or the one of `label`: what others have signed for others is not ours to judge. */
function readSignatures(message: Message, label: string | undefined): Found[] {
  const dictionary = (name: string): Dictionary | null => {
    const lines = valuesOf(message.fields, name);
    return lines.length === 0 ? null : readDictionary(lines.join(", "), name);
  };
  const [inputs, signatures] = [dictionary("signature-input"), dictionary("signature")];
  if (inputs === null && signatures === null) return fail("no-signature", "message");
  const labels = new Set([...(inputs?.keys() ?? []), ...(signatures?.keys() ?? [])]);
  if (labels.size > SIGNATURES_MAX) fail("too-many-signatures", "signature-input");
  for (const each of labels) {
    if (inputs?.has(each) !== true) fail("lonely-label", `signature ${each}`);
    if (signatures?.has(each) !== true) fail("lonely-label", `signature-input ${each}`);
  }
  if (label !== undefined && !labels.has(label)) fail("unknown-label", "signature-input");
  return (label === undefined ? [...labels] : [label]).map((each) => {
    const [input, signature] = [inputs!.get(each)!, signatures!.get(each)!];
    if (!isInnerList(input)) return fail("malformed", `signature-input ${each}`, "components stand in parentheses");
    if (isInnerList(signature) || !(signature[0] instanceof ArrayBuffer) || signature[1].size > 0)
      return fail("malformed", `signature ${each}`, "a signature is bytes");
    return readSignature(each, input, new Uint8Array(signature[0]));
  });
}

function readSignature(label: string, [items, raw]: InnerList, signature: Uint8Array): Found {
  const at = `signature-input ${label}`;
  if (items.length === 0) fail("empty-coverage", at);
  if (items.length > COMPONENTS_MAX) fail("too-many-components", at);
  const components = items.map((item) => readComponent(item, at));
  distinct(components, at);
  return { label, at, components, raw, params: readParams(raw, at), signature };
}

const PARAMS = new Set(["created", "expires", "nonce", "keyid", "alg", "tag"]);

function readParams(raw: ReadonlyMap<string, BareItem>, at: string): Params {
  for (const name of raw.keys()) if (!PARAMS.has(name)) fail("unknown-parameter", `${at} ${name}`);
  const second = (name: string): number | null => {
    const value = raw.get(name);
    if (value === undefined) return null;
    return typeof value === "number" && Number.isSafeInteger(value) && value >= 0
      ? value
      : fail("bad-parameter", `${at} ${name}`, "it is no whole number of seconds");
  };
  const text = (name: string, max: number): string | null => {
    const value = raw.get(name);
    if (value === undefined) return null;
    if (typeof value !== "string") return fail("bad-parameter", `${at} ${name}`, "it is no string");
    if (value === "" || value.length > max) return fail("bad-parameter", `${at} ${name}`, "it is empty or too long");
    return value;
  };
  return {
    created: second("created"),
    expires: second("expires"),
    nonce: text("nonce", NONCE_BYTES_MAX),
    keyId: text("keyid", KEY_ID_BYTES_MAX),
    alg: text("alg", KEY_ID_BYTES_MAX),
    tag: text("tag", KEY_ID_BYTES_MAX),
  };
}

function choose(all: readonly Found[], { tag, keys }: Profile): Found {
  if (all.length === 1) return all[0]!;
  const tagged = all.filter(({ params }) => tag === undefined || params.tag === tag);
  const known = tagged.filter(({ params }) => params.keyId !== null && keys.find(params.keyId) !== null);
  if (known.length > 1) fail("several-signatures", "signature-input");
  return known[0] ?? fail(tagged.length === 0 ? "wrong-tag" : "unknown-key", "signature-input");
}

function checkTimes(
  { params: { created, expires }, at }: Found,
  { now, maxAge, skew }: { readonly now: number; readonly maxAge: number; readonly skew: number },
): { readonly created: number; readonly expires: number | null } {
  if (created === null) return fail("no-created", at);
  if (created > now + skew) fail("not-yet", `${at} created`, `it was made at ${created}, and it is ${now}`);
  if (now > created + maxAge + skew) fail("expired", `${at} created`, `it was made at ${created}, and it is ${now}`);
  if (expires !== null) {
    if (expires <= created) fail("bad-parameter", `${at} expires`, "it expires before it is made");
    if (expires - created > maxAge) fail("window-too-long", `${at} expires`);
    if (now > expires + skew) fail("expired", `${at} expires`, `it expired at ${expires}, and it is ${now}`);
  }
  return { created, expires };
}

function checkKey({ params: { keyId, alg }, at }: Found, keys: KeySet): KnownKey {
  if (alg !== null && !isAlgorithm(alg)) fail("unknown-algorithm", `${at} alg`);
  if (keyId === null) return fail("no-key-id", at);
  const key = keys.find(keyId) ?? fail("unknown-key", `${at} keyid`);
  if (alg !== null && alg !== key.algorithm) fail("algorithm-differs", `${at} alg`);
  return key;
}
