// Why a signature is not taken, or not made: one word each, with what it means and what to do. The word is in records and answers, so
// it is part of the format.

export const SIGNATURE_PROBLEMS = {
  // The fields.
  "no-signature": ["the message carries no signature", "sign it: RFC 9421, fields `Signature-Input` and `Signature`"],
  "field-too-large": ["a signature or digest field is too long", "send fewer signatures, or smaller ones"],
  "too-many-signatures": [
    "the message carries too many signatures",
    "send the sender's own and those of the last hops",
  ],
  malformed: ["the field is no structured field of its type", "write it as RFC 9651 says"],
  "other-spelling": [
    "the field is not in its one spelling",
    "write each label and parameter once, numbers without leading zeros, base64 with its padding",
  ],
  "lonely-label": [
    "a label stands in only one of `Signature-Input` and `Signature`",
    "give each label in both fields, or in neither",
  ],
  "unknown-label": ["the message has no signature of the label asked for", "sign under the label of the profile"],
  "several-signatures": ["more than one signature could be meant", "name the label or the tag in the profile"],
  // What is covered.
  "empty-coverage": ["the signature covers nothing", "cover at least what the profile asks for"],
  "too-many-components": ["the signature covers too many components", "cover what matters only"],
  "bad-component": ["a component is not one of RFC 9421", "use the names and parameters of RFC 9421 section 2"],
  "duplicate-component": [
    "a component is covered twice",
    "name each component once; the order of parameters makes no difference",
  ],
  "missing-component": ["a component that is covered is not in the message", "cover only what is sent"],
  "ambiguous-component": [
    "a component has more than one value",
    "cover `@query` instead of a parameter that is repeated",
  ],
  "component-value": ["a component has bytes that cannot be in a signature base", "cover the field with `;bs`"],
  "base-too-large": ["the signature base is too long", "cover fewer or smaller fields"],
  "not-covered": ["the signature does not cover what it must", "cover every component of the profile"],
  // Parameters.
  "bad-parameter": [
    "a parameter of the signature has the wrong type or an impossible value",
    "write it as RFC 9421 section 2.3 says",
  ],
  "unknown-parameter": ["a parameter of the signature is not known", "use those of RFC 9421 section 2.3"],
  "no-created": ["the signature does not say when it was made", "give `created`"],
  expired: ["the signature is too old", "sign again, and check the clock"],
  "not-yet": ["the signature was made in the future", "check the clock"],
  "window-too-long": ["the signature wants to be valid for longer than is allowed", "give an earlier `expires`"],
  "wrong-tag": ["the signature has another tag", "sign with the tag of the profile"],
  "no-nonce": ["the signature has no nonce", "give a fresh random `nonce`"],
  replayed: ["the nonce was used before", "give a fresh random `nonce` for each message"],
  "nonces-full": ["no more nonces can be remembered now", "wait until earlier signatures have expired"],
  "before-memory": ["the signature may have been used before nonces were remembered", "sign again"],
  // Keys.
  "no-key-id": ["the signature does not name its key", "give `keyid`"],
  "unknown-key": [
    "the key is not one of those that are taken",
    "sign with a key of the profile, and name it as the profile does",
  ],
  "revoked-key": ["the key was revoked", "sign with a key that is still taken"],
  "bad-key": [
    "the key is of no kind or size that is used",
    "use Ed25519, P-256, P-384, RSA from 2048 bits or a secret from 32 bytes",
  ],
  "unknown-algorithm": ["the algorithm is not one of RFC 9421", "leave `alg` out: the key says which it is"],
  "algorithm-differs": ["the algorithm is not that of the key", "leave `alg` out: the key says which it is"],
  "wrong-signature": [
    "the signature is not that of this message by this key",
    "sign the message as it is sent; compare the signature bases",
  ],
  "too-few-signers": ["fewer have signed than are asked for", "let each signer sign under a label of its own"],
  // Digests.
  "no-digest": ["the body has no digest that is covered", "send `Content-Digest` and cover it"],
  "wrong-digest": [
    "the digest is not that of the body",
    "compute it over the body as it is sent, after content coding",
  ],
  "digest-algorithm": ["the digest is of no algorithm that is taken", "use sha-256 or sha-512"],
  // Making one.
  "label-taken": ["the message carries a signature of this label", "choose another label"],
  "bad-request": ["the request cannot be sent as it is written", "see the detail"],
  "body-too-large": ["the body is too long to be held", "send it without signature or verification"],
  "body-kind": ["the body is of a kind whose bytes are not known", "give text, bytes, a stream or an iterable"],
} as const satisfies Readonly<Record<string, readonly [meaning: string, help: string]>>;

export type SignatureWord = keyof typeof SIGNATURE_PROBLEMS;

export interface SignatureProblem {
  readonly problem: SignatureWord;
  /** Where: a field, a label, a component, as `signature-input sig1 "@method"`. */
  readonly at: string;
  /** Lower-case line for people. */
  readonly detail: string;
  readonly help: string;
}

/** Thrown inside this folder, and by what makes signatures; `verifyMessage` returns the problem. */
export class SignatureError extends Error implements SignatureProblem {
  readonly problem: SignatureWord;
  readonly at: string;
  readonly detail: string;
  readonly help: string;
  constructor(problem: SignatureWord, at: string, detail: string) {
    super(`${problem} at ${at}: ${detail}`);
    this.name = "SignatureError";
    this.problem = problem;
    this.at = at;
    this.detail = detail;
    this.help = SIGNATURE_PROBLEMS[problem][1];
  }
}

export function fail(problem: SignatureWord, at: string, detail: string = SIGNATURE_PROBLEMS[problem][0]): never {
  throw new SignatureError(problem, at, detail);
}
