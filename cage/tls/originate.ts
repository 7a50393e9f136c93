// TLS that the cage itself begins: how it is spoken to an upstream, what is recorded of it, and by which name an upstream that cannot
// be believed is refused. There is no switch that believes anyway.
import { createHash } from "node:crypto";
import type { Duplex } from "node:stream";
import {
  type ConnectionOptions,
  connect,
  createSecureContext,
  type DetailedPeerCertificate,
  type SecureContext,
  type TLSSocket,
} from "node:tls";
import { CHAIN_MAX, HANDSHAKE_TIMEOUT_MS } from "../limits.ts";
import { UPSTREAM_TLS_PROBLEMS, type UpstreamTlsWord } from "./problems.ts";

/** Whom the cage believes, when not those that Node does. */
export interface Trust {
  /** PEM, each a root. In place of the roots of Node, not beside them. */
  readonly roots?: readonly string[];
}

export interface Upstream {
  /** A name in small letters, or an address. */
  readonly host: string;
  /** The host is an address: no name is sent, and the certificate must be for the address. */
  readonly literal: boolean;
}

/** What is recorded. */
export interface TlsFacts {
  /** `TLSv1.3`. */
  readonly version: string;
  /** SHA-256 in hex over the DER of the chain that was verified, from the leaf to the root, one behind the other. */
  readonly certificate: string;
}

/** HTTP/1.1 only, TLS from 1.2 on, the certificate for this host. */
export function originateOptions({ host, literal }: Upstream, trust: Trust = THE_ROOTS_OF_NODE): ConnectionOptions {
  return {
    host,
    ...(literal ? {} : { servername: host }),
    ALPNProtocols: ["http/1.1"],
    rejectUnauthorized: true,
    secureContext: contextOf(trust),
  };
}

const THE_ROOTS_OF_NODE: Trust = {};
const contexts = new WeakMap<Trust, SecureContext>();

/** Made once for the same trust: reading some hundred and fifty roots takes a tenth of a second, in which the cage would do nothing else for
 *  each connection that is made. */
function contextOf(trust: Trust): SecureContext {
  const known = contexts.get(trust);
  if (known !== undefined) return known;
  const { roots } = trust;
  const made = createSecureContext({ minVersion: "TLSv1.2", ...(roots === undefined ? {} : { ca: [...roots] }) });
  contexts.set(trust, made);
  return made;
}

/** TLS over a socket that is where it should be. A socket that is refused is destroyed. Never throws. */
export function originate(
  socket: Duplex,
  upstream: Upstream,
  { trust, timeoutMs = HANDSHAKE_TIMEOUT_MS }: { readonly trust?: Trust; readonly timeoutMs?: number } = {},
): Promise<
  | { readonly socket: TLSSocket; readonly tls: TlsFacts }
  | { readonly problem: UpstreamTlsWord; readonly detail: string }
> {
  return new Promise((done) => {
    const tls = connect({ ...originateOptions(upstream, trust), socket });
    const end = (problem: UpstreamTlsWord, detail: string = UPSTREAM_TLS_PROBLEMS[problem]): void => {
      clearTimeout(timer);
      tls.destroy();
      socket.destroy();
      done({ problem, detail });
    };
    const failed = (error: Error): void => end(upstreamTlsProblem(error), error.message);
    const closed = (): void => end("upstream-tls-failed", "the upstream closed the connection during the handshake");
    const timer = setTimeout(() => end("upstream-tls-timeout"), timeoutMs);
    tls.once("close", closed);
    // Stays: an error that comes later is followed by `close`, which is what users of the socket look at.
    tls.on("error", failed);
    tls.once("secureConnect", () => {
      clearTimeout(timer);
      tls.off("close", closed);
      done({ socket: tls, tls: tlsFacts(tls) });
    });
  });
}

/** Of a connection whose handshake is done. */
export function tlsFacts(socket: TLSSocket): TlsFacts {
  const chain = createHash("sha256");
  for (const each of chainOf(socket)) chain.update(each);
  return { version: socket.getProtocol() ?? "unknown", certificate: chain.digest("hex") };
}

/** DER from the leaf to the root, which names itself as its issuer. */
function chainOf(socket: TLSSocket): readonly Buffer[] {
  const chain: Buffer[] = [];
  let at: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  while (at?.raw !== undefined && chain.length < CHAIN_MAX) {
    chain.push(at.raw);
    at = at.issuerCertificate === at ? undefined : at.issuerCertificate;
  }
  return chain;
}

const BY_CODE: Readonly<Record<string, UpstreamTlsWord>> = {
  CERT_HAS_EXPIRED: "upstream-certificate-expired",
  CERT_NOT_YET_VALID: "upstream-certificate-not-yet",
  DEPTH_ZERO_SELF_SIGNED_CERT: "upstream-certificate-self-signed",
  SELF_SIGNED_CERT_IN_CHAIN: "upstream-certificate-untrusted",
  UNABLE_TO_GET_ISSUER_CERT: "upstream-certificate-untrusted",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "upstream-certificate-untrusted",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "upstream-certificate-untrusted",
  CERT_UNTRUSTED: "upstream-certificate-untrusted",
  CERT_SIGNATURE_FAILURE: "upstream-certificate-untrusted",
  ERR_TLS_CERT_ALTNAME_INVALID: "upstream-certificate-name",
  ERR_TLS_CERT_ALTNAME_FORMAT: "upstream-certificate-name",
  CERT_REVOKED: "upstream-certificate-revoked",
  INVALID_CA: "upstream-certificate-bad",
  INVALID_PURPOSE: "upstream-certificate-bad",
  PATH_LENGTH_EXCEEDED: "upstream-certificate-bad",
  CERT_CHAIN_TOO_LONG: "upstream-certificate-bad",
  CERT_REJECTED: "upstream-certificate-bad",
  ERR_SSL_EE_KEY_TOO_SMALL: "upstream-certificate-bad",
  ERR_SSL_CA_MD_TOO_WEAK: "upstream-certificate-bad",
  ERR_SSL_UNSUPPORTED_PROTOCOL: "upstream-tls-version",
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: "upstream-tls-version",
  ERR_SSL_WRONG_VERSION_NUMBER: "upstream-tls-failed",
};

/** The word for an error of the handshake. What is not known by its code is a handshake that failed. */
export const upstreamTlsProblem = (error: Error & { readonly code?: string }): UpstreamTlsWord =>
  BY_CODE[error.code ?? ""] ?? "upstream-tls-failed";
