// A cage: listeners, what they share, and how it starts, drains and stops. The policy and the ledger behind the gate belong to the caller.
import { randomBytes } from "node:crypto";
import { rmSync, statSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo, Server as NetServer, Socket } from "node:net";
import { performance } from "node:perf_hooks";
import type { Logger } from "pino";
import type { WitnessStanding } from "../../ledger/witness-client.ts";
import { type Resolve, systemResolve } from "../dial.ts";
import { DRAIN_LOOK_MS, SWEEP_MS } from "../limits.ts";
import type { DutiesOf } from "../obligations/duties.ts";
import type { Gate } from "../point.ts";
import type { IngressTls } from "../tls/ingress.ts";
import { accessLine } from "./access-log.ts";
import { createAdmin, type Health } from "./admin.ts";
import { onlyOwn } from "./duties.ts";
import type { Exchange } from "./exchange.ts";
import { createInbound, type Inbound } from "./inbound.ts";
import { type ClockNumbers, Numbers } from "./numbers.ts";
import { Pools } from "./pools.ts";
import { Resolver } from "./resolver.ts";
import { LIMITS, type Limits, type ListenAt, type Place } from "./settings.ts";
import type { Tunnel } from "./tunnel.ts";
import { Tunnels } from "./tunnels.ts";
import { TurnedAway } from "./turned-away.ts";
import { UnderWay } from "./under-way.ts";
import type { Upstream } from "./upstreams.ts";
import type { World } from "./world.ts";

export type IngressAt = ListenAt & {
  /** That of the outside: `https` also where TLS ends before the cage. */
  readonly scheme?: "http" | "https";
  /** The cage itself ends the TLS. */
  readonly tls?: IngressTls | null;
};

export interface CageOptions {
  readonly gate: Gate;
  readonly log: Logger;
  readonly egress?: readonly ListenAt[];
  readonly ingress?: readonly IngressAt[];
  readonly admin?: Place | null;
  readonly upstreams?: ReadonlyMap<string, Upstream>;
  /** How it stands with the witnesses of the ledger. */
  readonly witnesses?: () => readonly WitnessStanding[];
  /** Hosts behind another cage: requests to them name their record. */
  readonly peers?: ReadonlySet<string>;
  readonly limits?: Partial<Limits>;
  /** What meets the obligations of policies; without it only those of the proxy itself are met. */
  readonly dutiesOf?: DutiesOf;
  /** What takes CONNECT; without it CONNECT is refused. */
  readonly tunnel?: Tunnel | null;
  /** Takes lines of the access log. */
  readonly access?: ((line: string) => void) | null;
  /** PEM of authorities whose upstreams are trusted beside those of the system. */
  readonly authorities?: readonly string[];
  readonly resolve?: Resolve;
  /** More for `/healthz`. */
  readonly health?: () => Health;
  /** Of its own time, for the numbers. */
  readonly clock?: ClockNumbers;
}

export interface Cage {
  /** Such as `http://127.0.0.1:7440` or `unix:/run/cage.sock`, in the order they were given. */
  readonly egress: readonly string[];
  readonly ingress: readonly string[];
  readonly admin: string | null;
  readonly numbers: Numbers;
  /** Takes no new requests, waits for those under way until the deadline, then closes everything. */
  close(): Promise<void>;
}

/** Starts a cage. Rejects when it cannot listen; nothing stays open then. */
export async function startCage(options: CageOptions): Promise<Cage> {
  const { gate, log, egress = [], ingress = [], admin = null } = options;
  const limits: Limits = { ...LIMITS, ...options.limits };
  const stop = new AbortController();
  const inbounds: Inbound[] = [];
  const now = (): number => performance.now();
  const resolver = new Resolver(options.resolve ?? systemResolve, now);
  const pools = new Pools({
    connections: limits.upstreamConnections,
    headMs: limits.idleMs,
    idleMs: limits.idleMs,
    authorities: options.authorities ?? [],
  });
  const exchanges = new UnderWay<Exchange>();
  const connections = (): number => inbounds.reduce((sum, each) => sum + each.connections.size, 0);
  const numbers = new Numbers(() => ({
    connections: connections(),
    exchanges: exchanges.size,
    tunnels: tunnels.size,
    upstreams: pools.size,
    heldBytes: world.heldBytes,
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    ...(options.witnesses === undefined ? {} : { witnesses: options.witnesses() }),
  }));
  // Never from outside, and different after a restart.
  const prefix = randomBytes(6).toString("hex");
  let count = 0;
  const access = options.access ?? null;
  const world: World = {
    gate,
    dutiesOf: options.dutiesOf ?? onlyOwn,
    limits,
    resolver,
    pools,
    upstreams: options.upstreams ?? new Map(),
    peers: options.peers ?? new Set(),
    numbers,
    log,
    access: access === null ? null : (line) => access(accessLine(line)),
    exchanges,
    heldBytes: 0,
    turnedAway: new TurnedAway(),
    stopping: false,
    now,
    date: Date.now,
    nextExchange: () => `${prefix}-${++count}`,
  };
  const inside = createInbound(world, null, (connection) => connection.socket.destroy());
  const tunnels = new Tunnels(world, options.tunnel ?? null, inside.server, stop.signal);

  const servers: NetServer[] = [];
  const open = async (server: Server, place: Place, scheme: "http" | "https" = "http"): Promise<string> => {
    const url = await listen(server, place, scheme);
    servers.push(server);
    return url;
  };
  const serve = (listener: Parameters<typeof createInbound>[1], at: Place): Promise<string> => {
    const inbound = createInbound(world, listener, (connection, request, head) =>
      tunnels.take(connection, request, head),
    );
    inbounds.push(inbound);
    return open(inbound.server, at, (listener?.tls ?? null) === null ? "http" : "https");
  };
  const urls = { egress: [] as string[], ingress: [] as string[], admin: null as string | null };
  try {
    for (const { at, caller } of egress) urls.egress.push(await serve({ direction: { kind: "egress" }, caller }, at));
    for (const { at, caller, tls = null, scheme = tls === null ? "http" : "https" } of ingress)
      urls.ingress.push(await serve({ direction: { kind: "ingress", scheme }, caller, tls }, at));
    if (admin !== null)
      urls.admin = await open(
        createAdmin(numbers, () => {
          const more = options.health?.() ?? { ok: true };
          return {
            ...more,
            ok: more.ok && !world.stopping,
            stopping: world.stopping,
            exchanges: exchanges.size,
            records_pending: numbers.pending,
          };
        }),
        admin,
      );
  } catch (error) {
    await Promise.all(servers.map(closed));
    throw error;
  }
  const sweep = setInterval(() => {
    const at = now();
    for (const exchange of exchanges) exchange.sweep(at);
    pools.sweep(at);
    world.turnedAway.sweep(world);
  }, SWEEP_MS);
  sweep.unref();

  let closing: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    world.stopping = true;
    const all = servers.map(closed);
    const deadline = now() + limits.drainMs;
    while (exchanges.size + tunnels.size > 0 && now() < deadline) {
      for (const { server } of inbounds) server.closeIdleConnections();
      await wait(DRAIN_LOOK_MS);
    }
    for (const exchange of exchanges) exchange.stop("stopping");
    stop.abort();
    // The last answers are on their way: a connection that has nothing left to say closes by itself.
    for (const { server } of inbounds) server.closeIdleConnections();
    if (connections() > 0) await wait(DRAIN_LOOK_MS);
    for (const { connections: open } of inbounds) for (const socket of open as Set<Socket>) socket.destroy();
    await Promise.all(all);
    clearInterval(sweep);
    await pools.destroy();
    await world.turnedAway.flush(world);
    while (numbers.pending > 0 && now() < deadline + DRAIN_LOOK_MS) await wait(1);
  };
  return {
    ...urls,
    numbers,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

const closed = (server: NetServer): Promise<void> =>
  new Promise((done) => {
    server.close(() => done());
    (server as Server).closeIdleConnections();
  });

/** The URL it listens at. */
export function listen(server: Server, place: Place, scheme: "http" | "https" = "http"): Promise<string> {
  // A socket that a killed cage left behind is nobody's.
  if ("path" in place && isSocket(place.path)) rmSync(place.path, { force: true });
  return new Promise((done, failed) => {
    server.once("error", failed);
    server.listen("path" in place ? { path: place.path } : { host: place.host, port: place.port }, () => {
      server.removeListener("error", failed);
      const address = server.address() as AddressInfo | string;
      done(
        typeof address === "string"
          ? `unix:${address}`
          : `${scheme}://${address.family === "IPv6" ? `[${address.address}]` : address.address}:${address.port}`,
      );
    });
  });
}

function isSocket(path: string): boolean {
  try {
    return statSync(path).isSocket();
  } catch {
    return false;
  }
}
