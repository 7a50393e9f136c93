// What the proxy hands over when a caller asks for a tunnel, and what a tunnel may ask of the proxy. cage/tls makes tunnels.

import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Address, DialProblem } from "../dial.ts";
import type { Authority } from "../message/authority.ts";
import type { Decision, Facts, Gate, RecordId } from "../point.ts";

/** A CONNECT whose head was read. Nothing was decided, nothing was answered. */
export interface TunnelRequest {
  /** Of the cage's own making: `Facts.exchange`. */
  readonly exchange: string;
  /** In its one spelling. */
  readonly target: Authority;
  readonly caller: NonNullable<Facts["caller"]>;
  /** To the caller. Whoever takes the request owns it: no listener of the server is left on it but one for errors. */
  readonly socket: Socket;
  /** Bytes that came behind the head of the CONNECT. */
  readonly head: Buffer;
  readonly dropped: readonly string[];
}

export interface TunnelHost {
  readonly gate: Gate;
  /** Classed addresses of the target: the name is resolved once, an address is itself. */
  addresses(target: Authority): Promise<{ readonly addresses: readonly Address[] } | { readonly problem: DialProblem }>;
  /** Why these addresses may not be dialled though the policy allows the request; null when all of them may be. */
  outOfReach(
    decision: Decision,
    target: Pick<Authority, "host">,
    addresses: readonly Address[],
  ): { readonly reason: string; readonly detail: string } | null;
  /** Instead of `200`: a problem by its word, and the end of the connection. Counts and logs the answer; without a decision it is recorded
   *  here, as a request that was turned away. */
  refuse(
    request: TunnelRequest,
    problem: { readonly word: string; readonly decision?: Decision; readonly record?: RecordId },
  ): Promise<void>;
  /** After an interception: HTTP is read from the stream, and each request decided as one for `https://target`. The promise ends with the
   *  stream. */
  serve(stream: Duplex, request: Pick<TunnelRequest, "target" | "caller" | "exchange">): Promise<void>;
  /** Counts a tunnel that was opened and has ended. */
  ended(
    request: TunnelRequest,
    how: { readonly ended: string; readonly bytesOut: number; readonly bytesIn: number },
  ): void;
  /** Aborted when the cage stops for good: tunnels end then. */
  readonly stop: AbortSignal;
}

/** Decides, dials, answers and relays; resolves when the tunnel has ended and its completion is recorded. Rejects
 *  only by a mistake of ours. */
export type Tunnel = (request: TunnelRequest, host: TunnelHost) => Promise<void>;
