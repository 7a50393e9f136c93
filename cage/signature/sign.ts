// Signing a message: the two fields to add to it. Source: RFC 9421 section 3.1.
import type { KeyObject } from "node:crypto";
import { type BareItem, parseDictionary } from "structured-headers";
import { utf8 } from "../../core/index.ts";
import { COMPONENTS_MAX, KEY_ID_BYTES_MAX, NONCE_BYTES_MAX } from "../limits.ts";
import { type Algorithm, bindKey, makeSignature } from "./algorithms.ts";
import { paramsText, signatureBase, valuesOf } from "./base.ts";
import { componentOf, distinct } from "./component.ts";
import { didOf } from "./did-key.ts";
import type { Message } from "./message.ts";
import { fail } from "./problems.ts";
import { bytesText } from "./structured.ts";

/** Who signs. The bytes may be signed elsewhere, in a module for keys. */
export interface MessageSigner {
  /** For `keyid`. */
  readonly keyId: string;
  readonly algorithm: Algorithm;
  /** ECDSA as r and s of fixed length (IEEE P1363), not as DER. */
  sign(base: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/** A signer from a private key or a secret. Without `keyId` it is the did of the key. Throws SignatureError `bad-key`. */
export function messageSigner(key: KeyObject, options: { keyId?: string; algorithm?: Algorithm } = {}): MessageSigner {
  if (key.type === "public") fail("bad-key", "key", "a public key signs nothing");
  const bound = bindKey(key, options.algorithm);
  const keyId = options.keyId ?? didOf(key) ?? fail("bad-key", "key", "a key of this kind has no did; give it a name");
  return { keyId, algorithm: bound.algorithm, sign: (base) => makeSignature(bound, base) };
}

export interface SignOptions {
  readonly signer: MessageSigner;
  /** Written as in a profile. */
  readonly cover: readonly string[];
  readonly label: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly expires?: number;
  readonly nonce?: string;
  readonly tag?: string;
}

export interface SignatureFields {
  /** To be added as fields of these names; earlier ones stay. */
  readonly "signature-input": string;
  readonly signature: string;
}

/** Throws SignatureError for what cannot be signed. */
export async function signMessage(message: Message, options: SignOptions): Promise<SignatureFields> {
  const { signer, label } = options;
  const at = `signature-input ${label}`;
  if (!/^[a-z*][a-z0-9_.*-]{0,63}$/.test(label)) fail("bad-parameter", at, "the label is no key of a structured field");
  if (labelsOf(message).has(label)) fail("label-taken", at);
  const components = options.cover.map(componentOf);
  if (components.length === 0) fail("empty-coverage", at);
  if (components.length > COMPONENTS_MAX) fail("too-many-components", at);
  distinct(components, at);
  const params = paramsOf(options, at);
  const base = signatureBase(message, components, params, at);
  const signature = await signer.sign(utf8(base));
  return {
    "signature-input": `${label}=${paramsText(components, params)}`,
    signature: `${label}=${bytesText(signature)}`,
  };
}

function paramsOf({ signer, created, expires, nonce, tag }: SignOptions, at: string): Map<string, BareItem> {
  const params = new Map<string, BareItem>();
  const second = (name: string, value: number): void => {
    if (!Number.isSafeInteger(value) || value < 0) fail("bad-parameter", `${at} ${name}`);
    params.set(name, value);
  };
  const text = (name: string, value: string, max: number): void => {
    if (!/^[\x20-\x7e]+$/.test(value) || value.length > max) fail("bad-parameter", `${at} ${name}`);
    params.set(name, value);
  };
  second("created", created);
  if (expires !== undefined) {
    if (expires <= created) fail("bad-parameter", `${at} expires`, "it expires before it is made");
    second("expires", expires);
  }
  if (nonce !== undefined) text("nonce", nonce, NONCE_BYTES_MAX);
  text("keyid", signer.keyId, KEY_ID_BYTES_MAX);
  if (tag !== undefined) text("tag", tag, KEY_ID_BYTES_MAX);
  return params;
}

/** Labels that stand in the message, also when its fields are no good otherwise. */
function labelsOf(message: Message): Set<string> {
  const lines = ["signature-input", "signature"].map((name) => valuesOf(message.fields, name).join(", "));
  try {
    return new Set(lines.flatMap((line) => [...parseDictionary(line).keys()]));
  } catch {
    return fail("malformed", "signature-input", "the message carries signature fields that cannot be read");
  }
}
