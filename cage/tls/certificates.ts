// Certificates as the cage makes them: a local authority that can speak for a written list of names and nothing else, and leaves of
// a day for these names. Source: RFC 5280 sections 4.2.1.3, 4.2.1.9, 4.2.1.10, 4.2.1.12.
import "reflect-metadata";
import { createHash, type KeyObject, randomBytes, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";
import { CA_DAYS_MAX, LEAF_BACKDATED_MS, LEAF_LIFE_MS } from "../limits.ts";

type CryptoKey = webcrypto.CryptoKey;

const KEY = { name: "ECDSA", namedCurve: "P-256" } as const;
const SIGNING = { name: "ECDSA", hash: "SHA-256" } as const;
const NAME_CONSTRAINTS = "2.5.29.30";

x509.cryptoProvider.set(webcrypto as unknown as Crypto);

export interface Made {
  /** PEM. */
  readonly certificate: string;
  /** PEM, PKCS 8. */
  readonly key: string;
}

/** A root that is good for exactly these hosts (and, as name constraints go, for names below them), and for no address. */
export async function makeAuthority(options: {
  readonly hosts: readonly string[];
  readonly now: Date;
  readonly days: number;
}): Promise<Made> {
  const { hosts, now, days } = options;
  const keys = await webcrypto.subtle.generateKey(KEY, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: `CN=Writ cage ${randomBytes(4).toString("hex")}`,
    notBefore: new Date(now.getTime() - LEAF_BACKDATED_MS),
    notAfter: new Date(now.getTime() + Math.min(days, CA_DAYS_MAX) * 86_400_000),
    signingAlgorithm: SIGNING,
    keys: keys as never,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth], false),
      new x509.Extension(NAME_CONSTRAINTS, true, nameConstraints(hosts) as Uint8Array<ArrayBuffer>),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey as never),
    ],
  });
  return { certificate: certificate.toString("pem"), key: await pemOf(keys.privateKey) };
}

/** A certificate of one name, for at most a day from its first to its last second. */
export async function makeLeaf(options: {
  readonly host: string;
  readonly now: Date;
  readonly authority: { readonly certificate: Uint8Array; readonly key: KeyObject };
}): Promise<Made & { readonly until: number }> {
  const { host, now, authority } = options;
  const issuer = new x509.X509Certificate(authority.certificate as Uint8Array<ArrayBuffer>);
  const signingKey = await webcrypto.subtle.importKey(
    "pkcs8",
    authority.key.export({ type: "pkcs8", format: "der" }),
    KEY,
    false,
    ["sign"],
  );
  const keys = await webcrypto.subtle.generateKey(KEY, true, ["sign", "verify"]);
  const until = Math.min(now.getTime() - LEAF_BACKDATED_MS + LEAF_LIFE_MS, issuer.notAfter.getTime());
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    // A common name holds at most 64 characters; clients read the alternative name only.
    subject: "CN=intercepted by the cage",
    issuer: issuer.subject,
    notBefore: new Date(now.getTime() - LEAF_BACKDATED_MS),
    notAfter: new Date(until),
    signingAlgorithm: SIGNING,
    publicKey: keys.publicKey as never,
    signingKey: signingKey as never,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth], false),
      new x509.SubjectAlternativeNameExtension([{ type: "dns", value: host }], false),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey as never),
    ],
  });
  return { certificate: certificate.toString("pem"), key: await pemOf(keys.privateKey), until };
}

/** The hosts a root is constrained to; null when it is not constrained as the cage does it: critically, to names alone. */
export function permittedHosts(certificate: Uint8Array): readonly string[] | null {
  const read = new x509.X509Certificate(certificate as Uint8Array<ArrayBuffer>);
  const extension = read.getExtension(NAME_CONSTRAINTS);
  if (extension === null || !extension.critical) return null;
  const value = new Uint8Array(extension.value);
  const hosts = namesIn(value);
  // What the cage writes for these hosts is all there is.
  return hosts !== null && Buffer.from(nameConstraints(hosts)).equals(value) ? hosts : null;
}

/** Name of a certificate in records: SHA-256 over its DER. */
export const certificateId = (der: Uint8Array): string => `sha256:${createHash("sha256").update(der).digest("hex")}`;

/** The subject as RFC 2253 writes it: `CN=partner,O=Example`. */
export function distinguishedName(der: Uint8Array): string {
  const { subjectName } = new x509.X509Certificate(der as Uint8Array<ArrayBuffer>);
  return [...subjectName.toJSON()]
    .reverse()
    .map((part) => new x509.Name([part]).toString())
    .join(",");
}

/** Positive, 127 random bits. */
function serial(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0]! & 0x7f) | 0x40;
  return bytes.toString("hex");
}

async function pemOf(key: CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key)).toString("base64");
  return `-----BEGIN PRIVATE KEY-----\n${der.replace(/.{1,64}/g, "$&\n")}-----END PRIVATE KEY-----\n`;
}

// ── Name constraints ──────────────────────────────────────────────────────────────────────────────────────────────────
//
//   NameConstraints ::= SEQUENCE { permitted [0] GeneralSubtrees, excluded [1] GeneralSubtrees }
//   GeneralSubtree  ::= SEQUENCE { base GeneralName }   GeneralName: [2] dNSName, [7] iPAddress with its mask
//
// Names that are permitted say nothing about addresses, so all of these are excluded.

const PERMITTED = 0xa0;
const SEQUENCE = 0x30;
const DNS_NAME = 0x82;
const ADDRESS = 0x87;
const EXCLUDED = [0xa1, ...[8, 32].map((size) => tlv(SEQUENCE, tlv(ADDRESS, new Uint8Array(size))))] as const;

function nameConstraints(hosts: readonly string[]): Uint8Array {
  const permitted = hosts.map((host) => tlv(SEQUENCE, tlv(DNS_NAME, Buffer.from(host, "latin1"))));
  const [tag, ...addresses] = EXCLUDED;
  return tlv(SEQUENCE, Buffer.concat([tlv(PERMITTED, Buffer.concat(permitted)), tlv(tag, Buffer.concat(addresses))]));
}

/** DER: tag, length, value; values under 64 KiB. */
function tlv(tag: number, value: Uint8Array): Uint8Array {
  const size = value.length;
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 255];
  return Buffer.concat([Uint8Array.from([tag, ...length]), value]);
}

/** The texts of dNSName in `permitted`, as far as they can be found; the caller writes them again and compares. */
function namesIn(der: Uint8Array): readonly string[] | null {
  const whole = valueAt(der, SEQUENCE);
  const permitted = whole === null ? null : valueAt(whole, PERMITTED);
  if (permitted === null) return null;
  const names: string[] = [];
  for (let rest = permitted; rest.length > 0; ) {
    const subtree = valueAt(rest, SEQUENCE);
    const name = subtree === null ? null : valueAt(subtree, DNS_NAME);
    if (subtree === null || name === null) return null;
    names.push(Buffer.from(name).toString("latin1"));
    rest = rest.subarray(tlv(SEQUENCE, subtree).length);
  }
  return names;
}

function valueAt(der: Uint8Array, tag: number): Uint8Array | null {
  if (der[0] !== tag || der[1] === undefined) return null;
  const long = der[1] < 128 ? 0 : der[1] & 0x7f;
  if (long > 2) return null;
  const size = long === 0 ? der[1] : Number(`0x${Buffer.from(der.subarray(2, 2 + long)).toString("hex") || "0"}`);
  const start = 2 + long;
  return der.length < start + size ? null : der.subarray(start, start + size);
}
