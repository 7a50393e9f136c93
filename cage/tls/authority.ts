// The local authority on disk: `ca.pem`, which applications are told to trust, and `ca-key.pem`, which only the user of the cage reads.
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { normalHost, parseIp } from "../../vm/index.ts";
import { CA_DAYS_MAX, CA_HOSTS_MAX } from "../limits.ts";
import { certificateId, makeAuthority, permittedHosts } from "./certificates.ts";

export interface Authority {
  /** `sha256:` of the certificate. */
  readonly id: string;
  readonly hosts: readonly string[];
  /** Milliseconds since 1970. */
  readonly until: number;
  /** DER. */
  readonly certificate: Uint8Array;
  readonly key: KeyObject;
}

export const AUTHORITY_PROBLEMS = {
  "ca-hosts": "an authority is for 1 to 256 names in small letters, each once, and for no addresses",
  "ca-days": "an authority lives for 1 to 366 days",
  "ca-exists": "there is an authority already: whoever trusts it would trust what stands in its place",
  "ca-missing": "there is no authority",
  "ca-exposed": "the key can be read by others than its owner",
  "ca-key": "the key is not that of the certificate",
  "ca-unconstrained": "the certificate is not one of `writ cage ca init`: it could speak for other names",
  "ca-expired": "the authority has expired",
  "ca-unreadable": "the files of the authority cannot be read or written",
} as const satisfies Readonly<Record<string, string>>;
export type AuthorityWord = keyof typeof AUTHORITY_PROBLEMS;

export class AuthorityError extends Error {
  override readonly name = "AuthorityError";
  readonly code: AuthorityWord;
  constructor(code: AuthorityWord, about = "", cause?: unknown) {
    super(`${AUTHORITY_PROBLEMS[code]}${about === "" ? "" : `: ${about}`}`, cause === undefined ? {} : { cause });
    this.code = code;
  }
}

export const CERTIFICATE_FILE = "ca.pem";
export const KEY_FILE = "ca-key.pem";

/** Throws AuthorityError. Nothing that exists is written over. */
export async function initAuthority(
  folder: string,
  { hosts, days, now }: { readonly hosts: readonly string[]; readonly days: number; readonly now: Date },
): Promise<Authority> {
  const wrong = hosts.find((host) => normalHost(host) !== host || parseIp(host) !== undefined || !host.includes("."));
  if (wrong !== undefined) throw new AuthorityError("ca-hosts", wrong);
  if (hosts.length === 0 || hosts.length > CA_HOSTS_MAX || new Set(hosts).size < hosts.length)
    throw new AuthorityError("ca-hosts");
  if (!Number.isInteger(days) || days < 1 || days > CA_DAYS_MAX) throw new AuthorityError("ca-days");
  if ([CERTIFICATE_FILE, KEY_FILE].some((name) => existsSync(join(folder, name))))
    throw new AuthorityError("ca-exists", folder);
  const made = await makeAuthority({ hosts, now, days });
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, KEY_FILE), made.key, { mode: 0o600, flag: "wx" });
    writeFileSync(join(folder, CERTIFICATE_FILE), made.certificate, { mode: 0o644, flag: "wx" });
  } catch (error) {
    throw new AuthorityError("ca-unreadable", (error as Error).message, error);
  }
  return readAuthorityFolder(folder, now);
}

/** As it is used: the key is private and fits, the certificate constrained and in time. Throws AuthorityError. */
export function readAuthorityFolder(folder: string, now: Date): Authority {
  const read = certificateIn(folder);
  let key: KeyObject;
  try {
    key = createPrivateKey(privateText(join(folder, KEY_FILE)));
  } catch (error) {
    throw error instanceof AuthorityError
      ? error
      : new AuthorityError("ca-unreadable", (error as Error).message, error);
  }
  if (!read.certificate.checkPrivateKey(key)) throw new AuthorityError("ca-key", folder);
  const until = Date.parse(read.certificate.validTo);
  if (until <= now.getTime()) throw new AuthorityError("ca-expired", read.certificate.validTo);
  return { id: read.id, hosts: read.hosts, until, certificate: read.certificate.raw, key };
}

/** What may be shown of it: nothing of the key is read. */
export function certificateIn(folder: string): {
  readonly id: string;
  readonly hosts: readonly string[];
  readonly certificate: X509Certificate;
} {
  const path = join(folder, CERTIFICATE_FILE);
  if (!existsSync(path)) throw new AuthorityError("ca-missing", folder);
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(readFileSync(path));
  } catch (error) {
    throw new AuthorityError("ca-unreadable", (error as Error).message, error);
  }
  const hosts = certificate.ca ? permittedHosts(certificate.raw) : null;
  if (hosts === null) throw new AuthorityError("ca-unconstrained", path);
  return { id: certificateId(certificate.raw), hosts, certificate };
}

/** The mode is that of the file which is then read, not of what stands there later. */
function privateText(path: string): string {
  const file = openSync(path, "r");
  try {
    if ((fstatSync(file).mode & 0o077) !== 0) throw new AuthorityError("ca-exposed", path);
    return readFileSync(file, "utf8");
  } finally {
    closeSync(file);
  }
}
