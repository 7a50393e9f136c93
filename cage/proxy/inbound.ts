// The server side: Node's parser with its bounds set, connections counted, and everything that is no request answered by a word. What the
// parser lets through is checked once more in cage/message.
import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { HEAD_BYTES_MAX, LINGER_MS, SWEEP_MS } from "../limits.ts";
import type { Direction } from "../message/head.ts";
import { callerOf, type IngressTls } from "../tls/ingress.ts";
import { answerOf, rawAnswer } from "./answers.ts";
import { Connection } from "./connection.ts";
import { Exchange } from "./exchange.ts";
import { recordRefusal } from "./refusal.ts";
import { meaningOf, type ProxyWord } from "./words.ts";
import type { World } from "./world.ts";

export interface Listener {
  readonly direction: Direction;
  /** Who calls here, when the place alone says so: one socket for each application. */
  readonly caller: string | null;
  /** The cage ends the TLS of its callers. */
  readonly tls?: IngressTls | null;
}

export interface Inbound {
  readonly server: Server;
  readonly connections: Set<Socket>;
}

export type OnConnect = (connection: Connection, request: IncomingMessage, head: Buffer) => void;

/** Errors of the parser that have a word of their own. */
const PARSER_WORDS: Readonly<Record<string, ProxyWord | "transfer-encoding" | "bad-length" | "two-lengths">> = {
  HPE_HEADER_OVERFLOW: "head-too-large",
  HPE_INVALID_TRANSFER_ENCODING: "transfer-encoding",
  HPE_INVALID_CONTENT_LENGTH: "bad-length",
  HPE_UNEXPECTED_CONTENT_LENGTH: "two-lengths",
  HPE_CHUNK_EXTENSIONS_OVERFLOW: "body-too-large",
};

export function createInbound(world: World, listener: Listener | null, onConnect: OnConnect): Inbound {
  const { limits } = world;
  const connections = new Set<Socket>();
  const peers = new Map<string, number>();
  const tls = listener?.tls ?? null;
  /** Connections that were one too many: that their TLS does not come to be says nothing more. */
  const refused = new WeakSet<Socket>();
  /** Connections of callers who showed a certificate that was taken. */
  const judged = new Set<Connection>();
  const options = {
    maxHeaderSize: HEAD_BYTES_MAX,
    headersTimeout: Math.min(limits.headMs, limits.exchangeMs),
    // Of a whole request; bodies that stand still are seen earlier, by the sweep.
    requestTimeout: limits.exchangeMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: SWEEP_MS,
    // Said by a word of our own, with a record.
    requireHostHeader: false,
    insecureHTTPParser: false,
    joinDuplicateHeaders: false,
    noDelay: true,
  };
  const server: Server =
    tls === null ? createServer(options) : createTlsServer({ ...options, ...tls.serverOptions(limits.handshakeMs) });
  // None may be left out silently: cage/message counts them.
  server.maxHeadersCount = 0;
  server.maxRequestsPerSocket = limits.connectionRequests;

  const serve = (request: IncomingMessage, response: ServerResponse, expects: boolean): void => {
    const connection = Connection.of(request.socket);
    if (connection === undefined) return void request.socket.destroy();
    // What was refused before it is still answered; then the connection closes.
    if (connection.poisoned) return;
    new Exchange(world, connection, request, response, expects).run();
  };
  server.on("request", (request, response) => serve(request, response, false));
  server.on("checkContinue", (request, response) => serve(request, response, true));
  // Other expectations are refused by cage/message.
  server.on("checkExpectation", (request, response) => serve(request, response, false));
  server.on("connect", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const connection = Connection.of(socket);
    if (connection === undefined) return void socket.destroy();
    onConnect(connection, request, head);
  });
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => clientError(world, error, socket));
  if (listener === null) {
    // Node looks whether heads are late once a server listens. This one never does: it is handed what is inside of interceptions.
    server.emit("listening");
    return { server, connections };
  }

  server.on("connection", (socket: Socket) => {
    const peer = socket.remoteAddress ?? "";
    const ofPeer = (peers.get(peer) ?? 0) + 1;
    if (connections.size >= limits.connections || (peer !== "" && ofPeer > limits.peerConnections)) {
      world.numbers.connectionRefused();
      refused.add(socket);
      const which = connections.size >= limits.connections ? "in all" : "of one address";
      world.turnedAway.connection(world, comesFrom(listener, peer), "too-many-connections", which);
      socket.destroy();
      return;
    }
    connections.add(socket);
    peers.set(peer, ofPeer);
    socket.once("close", () => {
      connections.delete(socket);
      const left = (peers.get(peer) ?? 1) - 1;
      if (left > 0) peers.set(peer, left);
      else peers.delete(peer);
    });
    if (tls === null) know(socket, null);
  });
  const know = (socket: Socket, said: ReturnType<typeof callerOf> | null): void => {
    const peer = socket.remoteAddress ?? "";
    const { direction, caller } = comesFrom(listener, peer);
    const subject = said?.subject ?? null;
    const connection = new Connection(socket, {
      direction,
      caller: subject === null ? caller : { ...caller, id: subject },
      ...(said === null ? {} : { tls: said }),
    });
    socket.once("close", () => callerLeft(connection));
    if (subject === null) return;
    judged.add(connection);
    socket.once("close", () => judged.delete(connection));
  };
  if (tls !== null) {
    tls.follow(server as ReturnType<typeof createTlsServer>, () => {
      for (const each of judged) each.retire();
    });
    server.on("secureConnection", (socket: TLSSocket) => know(socket, callerOf(socket)));
    server.on("tlsClientError", (error: Error, socket: TLSSocket) => {
      // Of a socket that is gone, only the one below it still knows where it came from. Node has no other name for that.
      const { _parent: below = null } = socket as { readonly _parent?: Socket | null };
      if (below !== null && refused.has(below)) return;
      world.numbers.handshakeFailed();
      // One that ends without having said anything, as checks of a port do, has begun no handshake.
      if ((below ?? socket).bytesRead === 0 && (error as NodeJS.ErrnoException).code === "ECONNRESET") return;
      const from = comesFrom(listener, (below ?? socket).remoteAddress ?? "");
      world.turnedAway.connection(world, from, "handshake-failed", handshakeProblem(error));
    });
  }
  return { server, connections };
}

/** What is known of a connection by itself. */
const comesFrom = ({ direction, caller: id }: Listener, peer: string): Pick<Connection, "direction" | "caller"> => ({
  direction,
  caller: {
    ...(id === null ? {} : { id }),
    ...(peer === "" ? {} : { address: peer.startsWith("::ffff:") ? peer.slice(7) : peer }),
  },
});

/** In the words of OpenSSL, which operators look for. */
function handshakeProblem({ code, reason, message }: NodeJS.ErrnoException & { readonly reason?: string }): string {
  if (code === "ERR_TLS_HANDSHAKE_TIMEOUT") return "it did not end in time";
  if (code === "ECONNRESET") return "the caller left";
  return reason ?? code ?? message;
}

export function callerLeft(connection: Connection): void {
  for (const exchange of [...connection.exchanges]) exchange.callerLeft();
}

function clientError(world: World, error: NodeJS.ErrnoException, socket: Duplex): void {
  const connection = Connection.of(socket);
  if (
    connection === undefined ||
    (connection.poisoned && connection.closing === 0) ||
    error.code === "ECONNRESET" ||
    error.code === "EPIPE" ||
    !socket.writable
  )
    return void socket.destroy();
  if (connection.poisoned) return;
  connection.poisoned = true;
  const current = connection.exchanges.at(-1);
  const late = error.code === "ERR_HTTP_REQUEST_TIMEOUT";
  if (current !== undefined && !current.request.complete) {
    const cut = error.code === "HPE_INVALID_EOF_STATE";
    return current.bodyBroken(
      late
        ? "body-slow"
        : cut
          ? "body-cut"
          : error.code === "HPE_CHUNK_EXTENSIONS_OVERFLOW"
            ? "body-too-large"
            : "malformed",
    );
  }
  const word = late ? "head-slow" : (PARSER_WORDS[error.code ?? ""] ?? "malformed");
  // A connection that never said anything is no request.
  if (late && (socket as Socket).bytesRead === 0) return void socket.destroy();
  const exchange = world.nextExchange();
  const [status] = meaningOf(word);
  world.numbers.denied(word);
  world.numbers.ended(word, status, 0, { out: 0, in: 0 });
  world.log.info({ exchange, ended: word, status, code: error.code }, "not answered");
  connection.closing++;
  void recordRefusal(world, { from: connection, exchange, word, detail: error.code ?? null }).then((record) => {
    // Answers to earlier requests come first; behind them nothing more can be said.
    if (connection.exchanges.length > 0 || !socket.writable) {
      connection.closing--;
      return;
    }
    socket.end(
      rawAnswer(answerOf({ reason: word, detail: null }, { exchange, record }), STATUS_CODES[status] ?? "Bad Request"),
    );
    // Closed while bytes lie unread, the connection would be reset and the answer with it lost.
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once("close", () => clearTimeout(timer));
  });
}
