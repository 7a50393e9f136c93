// A connection of a caller, and what is known of it before it says anything.
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { PIPELINED_MAX } from "../limits.ts";
import type { Authority } from "../message/authority.ts";
import type { Direction } from "../message/head.ts";
import type { Facts } from "../point.ts";
import type { Exchange } from "./exchange.ts";

const CONNECTION = Symbol("connection");
interface Holding {
  [CONNECTION]?: Connection;
}

export class Connection {
  readonly socket: Duplex;
  readonly direction: Direction;
  readonly caller: NonNullable<Facts["caller"]>;
  /** The target of the tunnel whose inside this is. */
  readonly intercepted: Authority | null;
  /** What the TLS of an ingress says: the server that was named, and why the certificate of the caller is not taken. */
  readonly sni: string | null;
  readonly refused: string | null;
  readonly exchanges: Exchange[] = [];
  /** What came after is not read any more: after the answers under way it is closed. */
  poisoned = false;
  /** Answers that close it and are still to be given: until then bytes that come are no reason to end it. */
  closing = 0;
  #retired = false;

  constructor(
    socket: Duplex,
    about: {
      readonly direction: Direction;
      readonly caller: NonNullable<Facts["caller"]>;
      readonly intercepted?: Authority;
      readonly tls?: { readonly sni: string | null; readonly refused: string | null };
    },
  ) {
    this.socket = socket;
    this.direction = about.direction;
    this.caller = about.caller;
    this.intercepted = about.intercepted ?? null;
    this.sni = about.tls?.sni ?? null;
    this.refused = about.tls?.refused ?? null;
    (socket as Holding)[CONNECTION] = this;
  }

  static of(socket: Duplex): Connection | undefined {
    return (socket as Holding)[CONNECTION];
  }

  get tooDeep(): boolean {
    return this.exchanges.length > PIPELINED_MAX;
  }

  left(exchange: Exchange): void {
    const at = this.exchanges.indexOf(exchange);
    if (at >= 0) this.exchanges.splice(at, 1);
    if (this.#retired) this.#endIfIdle();
  }

  /** Who is behind it must be looked at again: it is closed after the answers under way. */
  retire(): void {
    this.poisoned = true;
    this.#retired = true;
    this.#endIfIdle();
  }

  #endIfIdle(): void {
    if (this.exchanges.length === 0 && this.closing === 0) (this.socket as Socket).destroySoon();
  }
}
