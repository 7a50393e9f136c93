// Digests of bodies: `Content-Digest` over what is sent, `Repr-Digest` over the representation, which is the same bytes wherever
// the whole of it is sent. Source: RFC 9530 sections 2, 3 and 5.
import { createHash, timingSafeEqual } from "node:crypto";
import { type Dictionary, isInnerList } from "structured-headers";
import { valuesOf } from "./base.ts";
import type { Component } from "./component.ts";
import type { Message } from "./message.ts";
import { fail } from "./problems.ts";
import { bytesText, readDictionary } from "./structured.ts";

export type DigestAlgorithm = "sha-256" | "sha-512";
const HASHES: Readonly<Record<DigestAlgorithm, string>> = { "sha-256": "sha256", "sha-512": "sha512" };
const isDigest = (text: string): text is DigestAlgorithm => Object.hasOwn(HASHES, text);

/** A body as far as signatures need it: who reads a stream hashes while it passes. */
export interface Body {
  readonly bytes: number;
  digest(algorithm: DigestAlgorithm): Uint8Array;
}

export const bodyOf = (content: Uint8Array): Body => ({
  bytes: content.length,
  digest: (algorithm) => createHash(HASHES[algorithm]).update(content).digest(),
});

/** The value of a digest field. */
export const digestField = (content: Uint8Array, algorithms: readonly DigestAlgorithm[] = ["sha-256"]): string =>
  algorithms.map((each) => `${each}=${bytesText(bodyOf(content).digest(each))}`).join(", ");

export type DigestRule = "required" | "ifBody";

/** Every digest that is there is that of the body, and the one the rule asks for is covered. Throws SignatureError. */
export function checkDigests(message: Message, components: readonly Component[], body: Body, rule: DigestRule): void {
  const content = compareDigests(message, body);
  if (rule === "ifBody" && body.bytes === 0) return;
  if (!content) return fail("no-digest", "content-digest");
  const covering = components.filter(({ name, req, tr }) => name === "content-digest" && !req && !tr);
  // `;key="sha-256"` covers that member only: it must be one that was compared.
  if (!covering.some(({ key }) => key === null || isDigest(key)))
    fail("no-digest", "content-digest", "it is not covered");
}

/** Every digest that is there is that of the body. Whether there was a `Content-Digest`. Throws SignatureError. */
export function compareDigests(message: Message, body: Body): boolean {
  const content = readDigests(message, "content-digest");
  if (content !== null) compare(content, body, "content-digest");
  const repr = readDigests(message, "repr-digest");
  if (repr !== null && sendsWhole(message)) compare(repr, body, "repr-digest");
  return content !== null;
}

function readDigests(message: Message, name: string): Dictionary | null {
  const lines = valuesOf(message.fields, name);
  return lines.length === 0 ? null : readDictionary(lines.join(", "), name);
}

function compare(digests: Dictionary, body: Body, at: string): void {
  let compared = 0;
  for (const [name, member] of digests) {
    if (isInnerList(member) || !(member[0] instanceof ArrayBuffer))
      fail("malformed", `${at} ${name}`, "a digest is bytes");
    // Others, like md5, prove nothing.
    if (!isDigest(name)) continue;
    const [given, own] = [new Uint8Array(member[0] as ArrayBuffer), body.digest(name)];
    if (given.length !== own.length || !timingSafeEqual(given, own)) fail("wrong-digest", `${at} ${name}`);
    compared++;
  }
  if (compared === 0) fail("digest-algorithm", at);
}

/** The content is the whole representation. */
function sendsWhole(message: Message): boolean {
  if (valuesOf(message.fields, "content-range").length > 0) return false;
  if (message.kind === "request") return true;
  return message.status !== 206 && message.status !== 304 && message.request?.method !== "HEAD";
}
