// CONNECT: the head is read as strictly as any other, then a tunnel takes the connection. Without a plug for tunnels it is refused by name.
import type { IncomingMessage, Server } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Authority } from "../message/authority.ts";
import { readConnect } from "../message/head.ts";
import type { RecordId } from "../point.ts";
import { answerOf, rawAnswer } from "./answers.ts";
import { Connection } from "./connection.ts";
import { callerLeft } from "./inbound.ts";
import { outOfReach } from "./reach.ts";
import { recordRefusal } from "./refusal.ts";
import type { Tunnel, TunnelHost, TunnelRequest } from "./tunnel.ts";
import { meaningOf } from "./words.ts";
import type { World } from "./world.ts";

export class Tunnels {
  readonly #world: World;
  readonly #tunnel: Tunnel | null;
  readonly #host: TunnelHost;
  readonly #open = new Set<TunnelRequest>();
  readonly #startedAt = new WeakMap<object, number>();

  /** `inside`: the server that reads what is inside an intercepted tunnel. */
  constructor(world: World, tunnel: Tunnel | null, inside: Server, stop: AbortSignal) {
    this.#world = world;
    this.#tunnel = tunnel;
    this.#host = {
      gate: world.gate,
      addresses: async (target) => await world.resolver.find(target),
      outOfReach,
      refuse: async (request, { word, decision, record = null }) => {
        world.numbers.denied(word);
        const { exchange, socket } = request;
        this.#answer(socket, word, {
          exchange,
          record: decision === undefined ? await this.#turnedAway(request, word) : record,
          rules: decision?.labels["explain"] === "caller" ? decision.rules : null,
        });
        this.#log(request, word, meaningOf(word)[0], 0);
      },
      serve: (stream, request) => this.#serve(inside, stream, request),
      ended: (request, { ended, bytesOut, bytesIn }) => {
        world.numbers.tunnelEnded({ out: bytesOut, in: bytesIn });
        this.#log(request, ended, 200, bytesIn);
      },
      stop,
    };
  }

  get size(): number {
    return this.#open.size;
  }

  take(connection: Connection, message: IncomingMessage, head: Buffer): void {
    const world = this.#world;
    const socket = connection.socket as Socket;
    socket.on("error", ignore);
    const exchange = world.nextExchange();
    // Inside of a tunnel, and at an ingress, nobody asks for another one.
    const target =
      connection.direction.kind === "egress" && connection.intercepted === null
        ? readConnect({
            method: "CONNECT",
            target: message.url!,
            version: message.httpVersion,
            fields: message.rawHeaders,
          })
        : ({ refused: "connect-target", detail: "CONNECT is for egress" } as const);
    if ("refused" in target) return this.#refuse(connection, exchange, target.refused, target.detail);
    if (this.#tunnel === null) return this.#refuse(connection, exchange, "no-tunnels", null);
    if (world.stopping || this.#open.size + world.exchanges.size >= world.limits.exchanges) {
      const word = world.stopping ? "stopping" : "busy";
      world.numbers.denied(word);
      void this.#turnedAway({ exchange, caller: connection.caller }, word).then((record) =>
        this.#answer(socket, word, { exchange, record }),
      );
      return;
    }
    const request: TunnelRequest = { exchange, target, caller: connection.caller, socket, head, dropped: [] };
    this.#startedAt.set(request, world.now());
    this.#open.add(request);
    this.#tunnel(request, this.#host)
      .catch((error: unknown) => world.log.error({ exchange, err: error }, "the cage made a mistake"))
      .finally(() => {
        this.#open.delete(request);
        socket.destroy();
      });
  }

  #serve(inside: Server, stream: Duplex, { target, caller }: Pick<TunnelRequest, "target" | "caller">): Promise<void> {
    return new Promise((done) => {
      const connection = new Connection(stream, {
        direction: { kind: "ingress", scheme: "https" },
        caller,
        intercepted: target as Authority,
      });
      stream.once("close", () => {
        callerLeft(connection);
        done();
      });
      inside.emit("connection", stream);
    });
  }

  #refuse(connection: Connection, exchange: string, word: string, detail: string | null): void {
    const { numbers } = this.#world;
    numbers.denied(word);
    numbers.ended(word, meaningOf(word)[0], 0, { out: 0, in: 0 });
    void recordRefusal(this.#world, { from: connection, exchange, word, detail }).then((record) =>
      this.#answer(connection.socket as Socket, word, { exchange, record }),
    );
  }

  /** Nothing was decided. */
  async #turnedAway(
    { exchange, caller }: Pick<TunnelRequest, "exchange" | "caller">,
    word: string,
  ): Promise<RecordId | null> {
    const from = { direction: { kind: "egress" }, caller } as const;
    return this.#world.turnedAway.record(this.#world, from, { exchange, word, detail: null });
  }

  #answer(socket: Socket, word: string, about: Parameters<typeof answerOf>[1]): void {
    const [status] = meaningOf(word);
    if (socket.writable)
      socket.end(rawAnswer(answerOf({ reason: word, detail: null }, about), "Refused"), () => socket.destroy());
    else socket.destroy();
    this.#world.log.info({ exchange: about.exchange, ended: word, status }, "no tunnel");
  }

  #log(request: TunnelRequest, ended: string, status: number, bytes: number): void {
    const world = this.#world;
    const ms = world.now() - (this.#startedAt.get(request) ?? world.now());
    world.numbers.ended(ended, status, ms / 1_000, { out: 0, in: 0 });
    const { target, caller, exchange } = request;
    world.access?.({
      caller: caller.address ?? caller.id ?? "-",
      at: world.date(),
      method: "CONNECT",
      target: `${target.host.includes(":") ? `[${target.host}]` : target.host}:${target.port}`,
      status,
      bytes,
      exchange,
      ended,
      ms: Math.round(ms),
    });
  }
}

function ignore(): void {}
