// Why a tunnel ends before a byte of it is forwarded, and why an upstream is not believed: one word each. The word is in the record
// and, while HTTP is still spoken, in the answer, so it is part of the format: words are added, not changed.

/** Descriptions of RFC 8446 section 6 that a client is told in place of an answer. */
const ACCESS_DENIED = 49;
const INTERNAL_ERROR = 80;
const UNRECOGNISED_NAME = 112;
const NO_APPLICATION_PROTOCOL = 120;

/** `status`: while the CONNECT has not been answered; `alert`: after it, to a client that speaks TLS. */
export const TUNNEL_PROBLEMS = {
  "literal-not-named": [403, ACCESS_DENIED, "no rule names the address that is asked for in place of a host"],
  "port-not-named": [403, ACCESS_DENIED, "no rule names the port, which is not 443"],
  "mode-differs": [403, ACCESS_DENIED, "a rule asks that the request be handed over in absolute form"],
  "too-many-tunnels": [503, INTERNAL_ERROR, "as many tunnels are open as may be"],
  "shutting-down": [503, INTERNAL_ERROR, "the cage is shutting down"],
  "not-tls": [403, null, "what comes through the tunnel is not TLS"],
  "hello-timeout": [408, null, "the ClientHello did not come in time"],
  "hello-cut": [400, null, "the caller left before its ClientHello was whole"],
  "hello-too-large": [403, ACCESS_DENIED, "the ClientHello is too long"],
  "hello-malformed": [403, ACCESS_DENIED, "the ClientHello breaks RFC 8446"],
  ech: [403, ACCESS_DENIED, "the ClientHello hides the name it means"],
  "sni-missing": [403, UNRECOGNISED_NAME, "the ClientHello names no server"],
  "sni-mismatch": [403, UNRECOGNISED_NAME, "the ClientHello names another server than the CONNECT"],
  "no-http-1": [403, NO_APPLICATION_PROTOCOL, "the client offers no HTTP/1.1, and the connection is to be intercepted"],
  "not-interceptable": [403, ACCESS_DENIED, "the local authority may not speak for the host"],
  "tls-client-rejected": [
    403,
    null,
    "the client does not take the certificate of the local authority, or left without a request",
  ],
  "tls-client-failed": [403, null, "the client and the cage found no common TLS"],
  "tls-client-timeout": [408, null, "the handshake with the client did not end in time"],
} as const satisfies Readonly<Record<string, readonly [status: number, alert: number | null, meaning: string]>>;

export type TunnelWord = keyof typeof TUNNEL_PROBLEMS;

/** Why the certificate or the TLS of an upstream is refused; nothing of the request was sent. */
export const UPSTREAM_TLS_PROBLEMS = {
  "upstream-certificate-expired": "the certificate of the upstream, or of one that vouches for it, has expired",
  "upstream-certificate-not-yet": "the certificate of the upstream, or of one that vouches for it, is not yet valid",
  "upstream-certificate-self-signed": "the certificate of the upstream is signed by itself",
  "upstream-certificate-untrusted": "nobody who is trusted vouches for the certificate of the upstream",
  "upstream-certificate-name": "the certificate of the upstream is for other names",
  "upstream-certificate-revoked": "the certificate of the upstream is revoked",
  "upstream-certificate-bad": "the certificate of the upstream cannot be used",
  "upstream-tls-version": "the upstream speaks no TLS from 1.2 on",
  "upstream-tls-failed": "the upstream and the cage found no common TLS",
  "upstream-tls-timeout": "the handshake with the upstream did not end in time",
} as const satisfies Readonly<Record<string, string>>;

export type UpstreamTlsWord = keyof typeof UPSTREAM_TLS_PROBLEMS;
