// The local authority on disk: `ca.pem`, which applications are told to trust, and `ca-key.pem`, which only the user of the cage reads.
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { normalHost, parseIp } from "../../vm/index.ts";
import {
  caDays,
  caExists,
  caExpired,
  caExposed,
  caHosts,
  caKey,
  caMissing,
  caUnconstrained,
  caUnreadable,
} from "../codes.ts";
import { fail } from "../errors.ts";
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

export const CERTIFICATE_FILE = "ca.pem";
export const KEY_FILE = "ca-key.pem";

/** Throws CageError. Nothing that exists is written over. */
export async function initAuthority(
  folder: string,
  { hosts, days, now }: { readonly hosts: readonly string[]; readonly days: number; readonly now: Date },
): Promise<Authority> {
  const wrong = hosts.find((host, at) => !isName(host) || hosts.indexOf(host) < at);
  if (wrong !== undefined) fail(caHosts({ host: `\`${visible(wrong)}\`` }));
  if (hosts.length === 0 || hosts.length > CA_HOSTS_MAX) fail(caHosts({ host: `${hosts.length} hosts` }));
  if (!Number.isInteger(days) || days < 1 || days > CA_DAYS_MAX) fail(caDays({ days, most: CA_DAYS_MAX }));
  if ([CERTIFICATE_FILE, KEY_FILE].some((name) => existsSync(join(folder, name)))) fail(caExists({ folder }));
  const made = await makeAuthority({ hosts, now, days });
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, KEY_FILE), made.key, { mode: 0o600, flag: "wx" });
    writeFileSync(join(folder, CERTIFICATE_FILE), made.certificate, { mode: 0o644, flag: "wx" });
  } catch (error) {
    fail(unreadable(error), error);
  }
  return readAuthorityFolder(folder, now);
}

/** As it is used: the key is private and fits, the certificate constrained and in time. Throws CageError. */
export function readAuthorityFolder(folder: string, now: Date): Authority {
  const read = certificateIn(folder);
  const key = keyIn(join(folder, KEY_FILE));
  if (!read.certificate.checkPrivateKey(key)) fail(caKey({ folder }));
  const until = Date.parse(read.certificate.validTo);
  if (until <= now.getTime()) fail(caExpired({ until: read.certificate.validTo }));
  return { id: read.id, hosts: read.hosts, until, certificate: read.certificate.raw, key };
}

/** What may be shown of it: nothing of the key is read. */
export function certificateIn(folder: string): {
  readonly id: string;
  readonly hosts: readonly string[];
  readonly certificate: X509Certificate;
} {
  const path = join(folder, CERTIFICATE_FILE);
  if (!existsSync(path)) fail(caMissing({ folder }));
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(readFileSync(path));
  } catch (error) {
    return fail(unreadable(error), error);
  }
  const hosts = certificate.ca ? permittedHosts(certificate.raw) : null;
  if (hosts === null) return fail(caUnconstrained({ file: path }));
  return { id: certificateId(certificate.raw), hosts, certificate };
}

/** The mode is that of the file which is then read, not of what stands there later. */
function keyIn(path: string): KeyObject {
  let text: string;
  let shared: boolean;
  try {
    const file = openSync(path, "r");
    try {
      shared = (fstatSync(file).mode & 0o077) !== 0;
      text = shared ? "" : readFileSync(file, "utf8");
    } finally {
      closeSync(file);
    }
    if (!shared) return createPrivateKey(text);
  } catch (error) {
    return fail(unreadable(error), error);
  }
  return fail(caExposed({ file: path }));
}

const isName = (host: string): boolean =>
  normalHost(host) === host && parseIp(host) === undefined && host.includes(".");
const visible = (text: string): string => text.slice(0, 80).replace(/[^\x21-\x7e]/g, "?");
const unreadable = (error: unknown) => caUnreadable({ reason: error instanceof Error ? error.message : String(error) });
