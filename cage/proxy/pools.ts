// Connections to upstreams, kept between requests: one pool for each scheme, host, port and address that was dialled. So a connection
// made for one decision serves another only where both go to the same place.
import { rootCertificates } from "node:tls";
import { Client, type Dispatcher, Pool } from "undici";
import { POOL_IDLE_MS, POOLS_MAX, UPSTREAM_HEAD_BYTES_MAX } from "../limits.ts";
import type { TlsFacts, Trust } from "../tls/originate.ts";
import { connectorTo, type Destination } from "./connector.ts";

export interface PoolOf {
  readonly scheme: "http" | "https";
  readonly host: string;
  readonly literal: boolean;
  readonly port: number;
  readonly destination: Destination;
}

export interface PoolOptions {
  readonly connections: number;
  readonly headMs: number;
  readonly idleMs: number;
  /** Certificates in PEM that are trusted beside those of the system. */
  readonly authorities: readonly string[];
}

/** What an exchange learns of the connection it goes over. */
export interface Carried {
  tls: TlsFacts | null;
}

/** One connection. It tells the exchange which it is, so the record names the certificate of this connection, not of its neighbour. */
class UpstreamConnection extends Client {
  tls: TlsFacts | null = null;
  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    (handler as { connection?: Carried }).connection = this;
    return super.dispatch(options, handler);
  }
}

export class UpstreamPool {
  readonly pool: Pool;
  /** Exchanges that were given to it and have not ended. */
  busy = 0;
  usedAt: number;

  constructor(
    { scheme, host, literal, destination }: PoolOf,
    { trust, ...options }: PoolOptions & { readonly trust: Trust },
    now: number,
  ) {
    this.usedAt = now;
    // The connector decides where it goes; this origin only says whether undici speaks of http or https, and never leaves.
    this.pool = new Pool(`${scheme}://upstream.invalid`, {
      connections: options.connections,
      pipelining: 1,
      headersTimeout: options.headMs,
      bodyTimeout: options.idleMs,
      maxHeaderSize: UPSTREAM_HEAD_BYTES_MAX,
      keepAliveTimeout: POOL_IDLE_MS / 2,
      keepAliveMaxTimeout: POOL_IDLE_MS,
      allowH2: false,
      factory: (origin, given) => {
        const connection: UpstreamConnection = new UpstreamConnection(origin, {
          ...given,
          connect: connectorTo(destination, scheme === "https" ? { host, literal, trust } : null, (tls) => {
            connection.tls = tls;
          }),
        });
        return connection;
      },
    });
  }
}

export class Pools {
  readonly #options: PoolOptions & { readonly trust: Trust };
  readonly #pools = new Map<string, UpstreamPool>();

  constructor(options: PoolOptions) {
    const { authorities } = options;
    this.#options = {
      ...options,
      trust: authorities.length === 0 ? {} : { roots: [...rootCertificates, ...authorities] },
    };
  }

  get size(): number {
    return this.#pools.size;
  }

  /** Null when there are too many and all are in use. */
  of(to: PoolOf, now: number): UpstreamPool | null {
    const { destination } = to;
    const key =
      destination.kind === "path"
        ? `${to.scheme}:${to.host}:${destination.path}`
        : `${to.scheme}:${to.host}:${to.port}:${destination.address.ip}`;
    const known = this.#pools.get(key);
    if (known !== undefined) {
      known.usedAt = now;
      return known;
    }
    if (this.#pools.size >= POOLS_MAX && !this.#closeOldest()) return null;
    const made = new UpstreamPool(to, this.#options, now);
    this.#pools.set(key, made);
    return made;
  }

  #closeOldest(): boolean {
    let oldest: readonly [string, UpstreamPool] | null = null;
    for (const entry of this.#pools)
      if (entry[1].busy === 0 && (oldest === null || entry[1].usedAt < oldest[1].usedAt)) oldest = entry;
    if (oldest === null) return false;
    this.#close(oldest);
    return true;
  }

  #close([key, { pool }]: readonly [string, UpstreamPool]): void {
    this.#pools.delete(key);
    pool.close().catch(() => undefined);
  }

  /** Closes what was not used for a while. */
  sweep(now: number): void {
    for (const entry of this.#pools)
      if (entry[1].busy === 0 && now - entry[1].usedAt > POOL_IDLE_MS) this.#close(entry);
  }

  async destroy(): Promise<void> {
    const all = [...this.#pools.values()];
    this.#pools.clear();
    await Promise.all(all.map(({ pool }) => pool.destroy()));
  }
}
