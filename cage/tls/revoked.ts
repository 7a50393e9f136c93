// Lists of revoked certificates (CRL), as they are read before TLS judges callers by them. What OpenSSL would only say of each caller, one by
// one, is said here of the file: a list that is over, of an authority that is not asked, or not signed by it. Source: RFC 5280 section 5.
import "reflect-metadata";
import { constants, createHash, verify, type X509Certificate } from "node:crypto";
import * as x509 from "@peculiar/x509";

export interface RevocationList {
  readonly pem: string;
  /** SHA-256 of its DER in hex. */
  readonly digest: string;
  /** The authority, as RFC 2253 does not: only to be compared and shown. */
  readonly issuer: string;
  /** When it was made, and when the next one is due, in milliseconds since 1970. */
  readonly made: number;
  readonly until: number;
}

/** A list, or why it cannot be used, in a few words. */
export function readRevocations(
  pem: string,
  authorities: readonly X509Certificate[],
  now: Date,
): RevocationList | { readonly reason: string } {
  const list = new x509.X509Crl(pem);
  const raw = Buffer.from(list.rawData);
  const { issuer, nextUpdate, thisUpdate } = list;
  const named = authorities.filter(({ raw: der }) => subjectOf(der) === issuer);
  if (named.length === 0) return { reason: `it is of \`${issuer}\`, which is none of the authorities of callers` };
  if (!named.some((authority) => isSignedBy(list, authority)))
    return { reason: `it is not signed by the \`${issuer}\` that is an authority of callers` };
  // Without an end nobody would notice that no newer list comes.
  if (nextUpdate === undefined) return { reason: "it does not say until when it is good" };
  if (nextUpdate <= now) return { reason: `it was good until ${nextUpdate.toISOString()}: make a new one` };
  if (thisUpdate > now) return { reason: `it is good from ${thisUpdate.toISOString()} on` };
  const digest = createHash("sha256").update(raw).digest("hex");
  return { pem, digest, issuer, made: thisUpdate.getTime(), until: nextUpdate.getTime() };
}

/** Authorities for which there is no list: OpenSSL would take none of their callers. */
export const withoutList = (
  authorities: readonly X509Certificate[],
  lists: readonly RevocationList[],
): readonly string[] =>
  authorities.map(({ raw }) => subjectOf(raw)).filter((subject) => lists.every(({ issuer }) => issuer !== subject));

const subjectOf = (der: Uint8Array): string => new x509.X509Certificate(der as Uint8Array<ArrayBuffer>).subject;

function isSignedBy(list: x509.X509Crl, { publicKey }: X509Certificate): boolean {
  const { name, hash } = list.signatureAlgorithm as {
    readonly name: string;
    readonly hash?: { readonly name: string };
  };
  const key =
    name === "RSA-PSS"
      ? { key: publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO }
      : publicKey;
  try {
    return verify(
      hash?.name.replace("-", "") ?? null,
      Buffer.from((list as unknown as { readonly tbs: ArrayBuffer }).tbs),
      key,
      Buffer.from(list.signature),
    );
  } catch {
    // A key of another kind, or an algorithm that is not known.
    return false;
  }
}
