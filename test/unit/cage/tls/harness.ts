// A small proxy around tunnels: a node server that hands over its CONNECTs, a gate whose policy is a function, and records in memory.
import { createServer, type RequestListener, type Server } from "node:http";
import { createConnection, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { readConnect } from "../../../../cage/message/head.ts";
import type { Decision, Facts, Gate, Obligation, Outcome } from "../../../../cage/point.ts";
import type { TunnelHost, TunnelRequest } from "../../../../cage/proxy/tunnel.ts";
import { createTunnel, type TunnelOptions } from "../../../../cage/tls/index.ts";
import { addressClass } from "../../../../stdlib/network.ts";
import { formatIp, parseIp } from "../../../../vm/index.ts";
import { tell } from "../../../cage/fakes.ts";

export type Rule = (facts: Facts) => boolean | readonly Obligation[];

export interface SmallCage {
  readonly port: number;
  /** In the order of the ledger. */
  readonly intents: { readonly decision: Decision; readonly facts: Facts }[];
  readonly outcomes: { readonly of: number; readonly outcome: Outcome }[];
  readonly ended: string[];
  /** Answers a CONNECT with what the caller then reads: the head of the answer, and the socket. */
  connect(target: string): Promise<{ readonly status: number; readonly socket: Socket }>;
  stop(): void;
  close(): Promise<void>;
}

export const route = (args: { readonly to: string; readonly tls?: string }): Obligation => ({
  name: "route",
  args,
  rules: ["r"],
});

export async function smallCage(options: {
  readonly rule: Rule;
  /** Addresses of names; any other name is unknown. */
  readonly names?: Readonly<Record<string, readonly string[]>>;
  readonly tunnel?: TunnelOptions;
  /** What is done with decrypted requests. */
  readonly serve?: RequestListener;
  readonly ledger?: () => void;
  readonly outOfReach?: TunnelHost["outOfReach"];
}): Promise<SmallCage> {
  const { rule, names = {}, ledger = () => {} } = options;
  const intents: SmallCage["intents"] = [];
  const outcomes: SmallCage["outcomes"] = [];
  const ended: string[] = [];
  const gate: Gate = {
    asks: () => true,
    ask: (point, facts) => {
      const said = rule(facts);
      return {
        point,
        allowed: said !== false,
        reason: said === false ? "denied" : "allowed",
        detail: null,
        rules: said === false ? [] : ["r"],
        obligations: typeof said === "boolean" ? [] : said,
        labels: {},
        shadow: [],
        module: "00",
        data: {},
        input: {},
        answer: null,
      } as Decision;
    },
    intent: (decided, facts, done) =>
      tell(done, async () => {
        ledger();
        const decision = (Array.isArray(decided) ? decided[0] : decided) as Decision;
        intents.push({ decision, facts });
        return { index: intents.length - 1, leaf: String(intents.length - 1) };
      }),
    complete: (record, outcome, done) =>
      tell(done, async () => {
        outcomes.push({ of: record.index, outcome });
        return { index: -1, leaf: "" };
      }),
    note: async () => ({ index: -1, leaf: "" }),
  };
  const stop = new AbortController();
  const inner = createServer(options.serve ?? ((_, response) => response.end("inner")));
  const host: TunnelHost = {
    gate,
    addresses: async ({ host: name, literal }) => {
      const ips = literal ? [name] : names[name];
      return ips === undefined
        ? { problem: "name-unknown" }
        : { addresses: ips.map((ip) => ({ ip: formatIp(parseIp(ip)!), class: addressClass(parseIp(ip)!) })) };
    },
    outOfReach: options.outOfReach ?? (() => null),
    refuse: async ({ socket }, { word }) => {
      socket.end(`HTTP/1.1 403 Forbidden\r\ncage-decision: deny;reason=${word}\r\nconnection: close\r\n\r\n`);
    },
    serve: (stream: Duplex) =>
      new Promise((done) => {
        stream.once("close", done);
        inner.emit("connection", stream);
      }),
    ended: (_, how) => ended.push(how.ended),
    stop: stop.signal,
  };
  const tunnel = createTunnel(options.tunnel);
  const server: Server = createServer((_, response) => response.end("plain"));
  const running = new Set<Promise<void>>();
  const sockets = new Set<Socket>();
  let exchanges = 0;
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.on("connect", (request, socket, head) => {
    const target = readConnect({
      method: "CONNECT",
      target: request.url ?? "",
      version: request.httpVersion,
      fields: request.rawHeaders,
    });
    if ("refused" in target) return socket.end(`HTTP/1.1 400 Bad Request\r\ncage-decision: ${target.refused}\r\n\r\n`);
    const asked: TunnelRequest = {
      exchange: String(++exchanges),
      target,
      caller: {},
      socket: socket as Socket,
      head,
      dropped: [],
    };
    const run = tunnel(asked, host).finally(() => running.delete(run));
    running.add(run);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as { port: number };
  return {
    port,
    intents,
    outcomes,
    ended,
    stop: () => stop.abort(),
    connect: (target) =>
      new Promise((done, failed) => {
        const socket = createConnection({ host: "127.0.0.1", port, allowHalfOpen: true });
        let text = "";
        const take = (): void => {
          for (let chunk = socket.read(1); chunk !== null; chunk = socket.read(1)) {
            text += chunk.toString("latin1");
            if (!text.endsWith("\r\n\r\n")) continue;
            socket.off("readable", take);
            return done({ status: Number(text.split(" ")[1]), socket });
          }
        };
        socket.on("readable", take);
        socket.on("error", failed);
        socket.write(`CONNECT ${target} HTTP/1.1\r\nhost: ${target}\r\n\r\n`);
      }),
    close: async () => {
      stop.abort();
      for (const socket of sockets) socket.destroy();
      server.closeAllConnections();
      inner.closeAllConnections();
      await Promise.all([...running]);
      await new Promise((done) => server.close(done));
    },
  };
}
