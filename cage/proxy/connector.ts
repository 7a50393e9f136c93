// How connections to upstreams are made: to a checked address or a unix socket, and for https with TLS whose certificate must be good for
// the name that was decided. What the connection turned out to be is kept beside it for the record.
import { createHash } from "node:crypto";
import { connect as connectSocket, type Socket } from "node:net";
import { connect as connectTls, type PeerCertificate, rootCertificates, type TLSSocket } from "node:tls";
import type { buildConnector } from "undici";
import { type Address, dial } from "../dial.ts";
import { DIAL_TIMEOUT_MS } from "../limits.ts";
import type { ProxyWord } from "./words.ts";

/** Where a pool goes. */
export type Destination =
  | { readonly kind: "address"; readonly address: Address; readonly port: number }
  | { readonly kind: "path"; readonly path: string };

export interface TlsFacts {
  readonly version: string;
  /** SHA-256 of the server's certificate in hex. */
  readonly certificate: string;
}

/** No connection was made, so nothing was sent. */
export class DialError extends Error {
  override readonly name = "DialError";
  readonly word: ProxyWord;
  constructor(word: ProxyWord, cause?: unknown) {
    super(word, cause === undefined ? {} : { cause });
    this.word = word;
  }
}

/** Connects as undici asks for it. `opened` learns of each TLS connection. */
export function connectorTo(
  destination: Destination,
  tls: { readonly host: string; readonly literal: boolean; readonly authorities: readonly string[] } | null,
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

function secure(
  socket: Socket,
  {
    host,
    literal,
    authorities,
  }: { readonly host: string; readonly literal: boolean; readonly authorities: readonly string[] },
  opened: (facts: TlsFacts) => void,
): Promise<TLSSocket> {
  return new Promise((done, failed) => {
    const stream = connectTls({
      socket,
      // Names go into the ClientHello; an address has none and is compared with the certificate alone.
      host,
      ...(literal ? {} : { servername: host }),
      ALPNProtocols: ["http/1.1"],
      minVersion: "TLSv1.2",
      ...(authorities.length === 0 ? {} : { ca: [...rootCertificates, ...authorities] }),
    });
    const fail = (word: ProxyWord, cause?: unknown): void => {
      clearTimeout(timer);
      stream.destroy();
      socket.destroy();
      failed(new DialError(word, cause));
    };
    const timer = setTimeout(() => fail("dial-timeout"), DIAL_TIMEOUT_MS);
    stream.once("error", (error: NodeJS.ErrnoException) =>
      fail(isOfCertificate(error.code) ? "certificate" : "tls-failed", error),
    );
    stream.once("secureConnect", () => {
      if (!stream.authorized) return fail("certificate", stream.authorizationError);
      clearTimeout(timer);
      stream.removeAllListeners("error");
      opened({
        version: stream.getProtocol() ?? "unknown",
        certificate: createHash("sha256")
          .update((stream.getPeerCertificate() as PeerCertificate).raw)
          .digest("hex"),
      });
      done(stream);
    });
  });
}

/** Codes of OpenSSL's verification, and Node's own for a name that is not in the certificate. */
const isOfCertificate = (code = ""): boolean =>
  code === "ERR_TLS_CERT_ALTNAME_INVALID" ||
  /^(?:CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|INVALID_|PATH_LENGTH|HOSTNAME_MISMATCH|CRL_|ERROR_IN_CERT)/.test(code);
