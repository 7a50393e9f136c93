// What an operator may set of the proxy: where it listens, its upstreams, its bounds.
import {
  BODY_BYTES_DEFAULT,
  CONNECTION_REQUESTS_DEFAULT,
  CONNECTIONS_DEFAULT,
  DRAIN_MS_DEFAULT,
  EXCHANGE_MS_DEFAULT,
  EXCHANGES_DEFAULT,
  HANDSHAKE_TIMEOUT_MS,
  HEAD_MS_DEFAULT,
  HELD_BODY_BYTES_DEFAULT,
  HELLO_TIMEOUT_MS,
  IDLE_MS_DEFAULT,
  KEEP_ALIVE_MS_DEFAULT,
  PEER_CONNECTIONS_DEFAULT,
  TUNNEL_HALF_CLOSED_MS,
  TUNNEL_IDLE_MS,
  TUNNEL_TOTAL_MS,
  TUNNELS_MAX,
  UPSTREAM_CONNECTIONS_DEFAULT,
} from "../limits.ts";

export interface Limits {
  readonly headMs: number;
  readonly idleMs: number;
  readonly exchangeMs: number;
  readonly keepAliveMs: number;
  readonly drainMs: number;
  readonly bodyBytes: number;
  readonly heldBodyBytes: number;
  readonly connections: number;
  readonly peerConnections: number;
  readonly connectionRequests: number;
  readonly exchanges: number;
  readonly upstreamConnections: number;
  /** Of the first message of TLS, and of a whole handshake with a caller. */
  readonly helloMs: number;
  readonly handshakeMs: number;
  readonly tunnelIdleMs: number;
  readonly tunnelHalfClosedMs: number;
  readonly tunnelMs: number;
  readonly tunnels: number;
}

export const LIMITS: Limits = {
  headMs: HEAD_MS_DEFAULT,
  idleMs: IDLE_MS_DEFAULT,
  exchangeMs: EXCHANGE_MS_DEFAULT,
  keepAliveMs: KEEP_ALIVE_MS_DEFAULT,
  drainMs: DRAIN_MS_DEFAULT,
  bodyBytes: BODY_BYTES_DEFAULT,
  heldBodyBytes: HELD_BODY_BYTES_DEFAULT,
  connections: CONNECTIONS_DEFAULT,
  peerConnections: PEER_CONNECTIONS_DEFAULT,
  connectionRequests: CONNECTION_REQUESTS_DEFAULT,
  exchanges: EXCHANGES_DEFAULT,
  upstreamConnections: UPSTREAM_CONNECTIONS_DEFAULT,
  helloMs: HELLO_TIMEOUT_MS,
  handshakeMs: HANDSHAKE_TIMEOUT_MS,
  tunnelIdleMs: TUNNEL_IDLE_MS,
  tunnelHalfClosedMs: TUNNEL_HALF_CLOSED_MS,
  tunnelMs: TUNNEL_TOTAL_MS,
  tunnels: TUNNELS_MAX,
};

/** Where to listen: a port of an address, or a path. */
export type Place = { readonly host: string; readonly port: number } | { readonly path: string };

export interface ListenAt {
  readonly at: Place;
  /** Who calls here; null when the place does not say. */
  readonly caller: string | null;
}

/** `127.0.0.1:7440`, `[::1]:7440`, `7440` for this machine, `unix:/run/cage.sock`; null for anything else. */
export function readPlace(text: string): Place | null {
  if (text.startsWith("unix:")) {
    const path = text.slice("unix:".length);
    return path === "" || path.includes("\0") ? null : { path };
  }
  const parts = /^(?:(\[[0-9a-f:.]+\]|[^:[\]\s]+):)?(\d{1,5})$/i.exec(text);
  if (parts === null || Number(parts[2]) > 65_535) return null;
  const host = parts[1] ?? "127.0.0.1";
  return { host: host.startsWith("[") ? host.slice(1, -1) : host, port: Number(parts[2]) };
}
