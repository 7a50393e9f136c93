// How connections to upstreams are made: to a checked address or a unix socket, and for https with TLS whose certificate must be good for
// the name that was decided. What the connection turned out to be is kept beside it for the record.
import { connect as connectSocket, type Socket } from "node:net";
import type { buildConnector } from "undici";
import { type Address, dial } from "../dial.ts";
import { originate, type TlsFacts, type Trust } from "../tls/originate.ts";
import type { UpstreamTlsWord } from "../tls/problems.ts";
import type { ProxyWord } from "./words.ts";

/** Where a pool goes. */
export type Destination =
  | { readonly kind: "address"; readonly address: Address; readonly port: number }
  | { readonly kind: "path"; readonly path: string };

interface Tls {
  readonly host: string;
  readonly literal: boolean;
  readonly trust: Trust;
}

/** No connection was made, so nothing was sent. */
export class DialError extends Error {
  override readonly name = "DialError";
  readonly word: ProxyWord | UpstreamTlsWord;
  constructor(word: ProxyWord | UpstreamTlsWord, cause?: unknown) {
    super(word, cause === undefined ? {} : { cause });
    this.word = word;
  }
}

/** Connects as undici asks for it. `opened` learns of each TLS connection. */
export function connectorTo(
  destination: Destination,
  tls: Tls | null,
  opened: (facts: TlsFacts) => void,
): buildConnector.connector {
  return (_options, done) => {
    open(destination)
      .then((socket): Socket | Promise<Socket> => (tls === null ? socket : secure(socket, tls, opened)))
      .then(
        (socket) => done(null, socket),
        (error: Error) => done(error, null),
      );
  };
}

async function open(destination: Destination): Promise<Socket> {
  if (destination.kind === "path") return openPath(destination.path);
  const made = await dial(destination.address, destination.port);
  if ("problem" in made) throw new DialError(made.problem);
  return made.socket;
}

function openPath(path: string): Promise<Socket> {
  return new Promise((done, failed) => {
    const socket = connectSocket({ path });
    socket.once("error", (error) => failed(new DialError("unreachable", error)));
    socket.once("connect", () => {
      socket.removeAllListeners("error");
      done(socket);
    });
  });
}

async function secure(
  socket: Socket,
  { host, literal, trust }: Tls,
  opened: (facts: TlsFacts) => void,
): Promise<Socket> {
  const made = await originate(socket, { host, literal }, { trust });
  if ("problem" in made) throw new DialError(made.problem, made.detail);
  opened(made.tls);
  return made.socket;
}
