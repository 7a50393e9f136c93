// The end of a client's TLS at the cage, for the hosts a local authority may speak for. Leaves are made when they are first asked for and
// kept until shortly before their end.
import { X509Certificate } from "node:crypto";
import type { Socket } from "node:net";
import { createSecureContext, type SecureContext, TLSSocket } from "node:tls";
import { HANDSHAKE_TIMEOUT_MS, LEAF_RENEWED_MS, TUNNEL_IDLE_MS } from "../limits.ts";
import type { Authority } from "./authority.ts";
import { makeLeaf } from "./certificates.ts";
import { TUNNEL_PROBLEMS, type TunnelWord } from "./problems.ts";

export interface Interceptor {
  /** Of the authority: in records. */
  readonly id: string;
  speaksFor(target: { readonly host: string; readonly literal: boolean }): boolean;
  /** Ends the client's TLS, and waits for the first byte inside it. `bytes`: what was already read. A socket that failed is closed. */
  accept(
    socket: Socket,
    bytes: Buffer,
    options: { readonly host: string; readonly timeoutMs?: number | undefined; readonly idleMs?: number | undefined },
  ): Promise<{ readonly stream: TLSSocket } | { readonly problem: ClientProblem; readonly detail: string }>;
}

type ClientProblem = Extract<TunnelWord, `tls-client-${string}`>;

interface Leaf {
  readonly context: SecureContext;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** `now`: milliseconds since 1970. */
export function createInterceptor(authority: Authority, now: () => number = Date.now): Interceptor {
  // Bounded by the hosts of the authority, of which there are few.
  const leaves = new Map<string, Promise<Leaf>>();
  const hosts = new Set(authority.hosts);

  const issuer = new X509Certificate(authority.certificate).toString();
  const make = async (host: string): Promise<Leaf> => {
    const { certificate, key, until } = await makeLeaf({ host, now: new Date(now()), authority });
    return { context: createSecureContext({ cert: `${certificate}\n${issuer}`, key, minVersion: "TLSv1.2" }), until };
  };
  const leafOf = async (host: string): Promise<Leaf> => {
    const held = leaves.get(host);
    if (held !== undefined && (await held).until - LEAF_RENEWED_MS > now()) return held;
    const made = make(host);
    leaves.set(host, made);
    made.catch(() => leaves.delete(host));
    return made;
  };

  return {
    id: authority.id,
    speaksFor: ({ host, literal }) => !literal && hosts.has(host) && authority.until > now(),
    accept: async (socket, bytes, { host, timeoutMs = HANDSHAKE_TIMEOUT_MS, idleMs = TUNNEL_IDLE_MS }) => {
      const { context } = await leafOf(host);
      socket.unshift(bytes);
      const stream = new TLSSocket(socket, {
        isServer: true,
        secureContext: context,
        ALPNProtocols: ["http/1.1"],
        requestCert: false,
      });
      return new Promise((done) => {
        const fail = (problem: ClientProblem, detail: string = TUNNEL_PROBLEMS[problem][2]): void => {
          clearTimeout(timer);
          stream.destroy();
          done({ problem, detail });
        };
        const failed = (error: Error & { readonly code?: string }): void =>
          fail(isRejection(error) ? "tls-client-rejected" : "tls-client-failed", error.message);
        let left = "the client left during the handshake";
        const closed = (): void => fail("tls-client-rejected", left);
        let timer = setTimeout(() => fail("tls-client-timeout"), timeoutMs);
        stream.on("error", failed);
        stream.on("_tlsError", failed);
        for (const event of ["end", "close"]) stream.once(event, closed);
        const spoke = (): void => {
          if (stream.readableLength === 0) return closed();
          clearTimeout(timer);
          for (const event of ["end", "close"]) stream.off(event, closed);
          stream.off("_tlsError", failed);
          stream.off("readable", spoke);
          done({ stream });
        };
        // Some clients end their handshake before they look at the certificate: only one that asks for something has taken it.
        stream.once("secure", () => {
          left = "the client left without a request";
          clearTimeout(timer);
          timer = setTimeout(closed, idleMs);
          stream.once("readable", spoke);
        });
      });
    },
  };
}

/** Alerts by which clients refuse a certificate: RFC 8446 section 6.2. */
const isRejection = ({ code = "" }: { readonly code?: string }): boolean =>
  code === "ECONNRESET" ||
  /ALERT_(?:BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_\w+|UNKNOWN_CA|ACCESS_DENIED)$/.test(code);
