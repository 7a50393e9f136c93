// Takes the ClientHello off a socket, and nothing more than came with it: nothing is forwarded before it is judged.
import type { Duplex } from "node:stream";
import { type ClientHello, readClientHello } from "../client-hello.ts";
import { HELLO_TIMEOUT_MS } from "../limits.ts";
import type { TunnelWord } from "./problems.ts";

export type Received =
  /** `bytes`: all that came so far. They belong to the upstream. */
  { readonly hello: ClientHello; readonly bytes: Buffer } | { readonly problem: TunnelWord };

const BAD = { "not-tls": "not-tls", "too-large": "hello-too-large", malformed: "hello-malformed" } as const;

/** `head`: what was already read. The socket is left paused. Bounded by the reader: it asks for no more after 16 KiB. */
export function receiveHello(
  socket: Duplex,
  head: Uint8Array,
  timeoutMs: number = HELLO_TIMEOUT_MS,
): Promise<Received> {
  return new Promise((done) => {
    let bytes = Buffer.from(head);
    const end = (received: Received): void => {
      clearTimeout(timer);
      socket.off("readable", take);
      for (const event of ["end", "close", "error"]) socket.off(event, cut);
      done(received);
    };
    const cut = (): void => end({ problem: "hello-cut" });
    const judge = (): boolean => {
      const read = readClientHello(bytes);
      if ("more" in read) return false;
      end("bad" in read ? { problem: BAD[read.bad] } : { hello: read.hello, bytes });
      return true;
    };
    const take = (): void => {
      for (let chunk = socket.read(); chunk !== null; chunk = socket.read()) {
        bytes = Buffer.concat([bytes, chunk]);
        if (judge()) return;
      }
    };
    const timer = setTimeout(() => end({ problem: "hello-timeout" }), timeoutMs);
    if (bytes.length > 0 && judge()) return;
    socket.on("readable", take);
    for (const event of ["end", "close", "error"]) socket.once(event, cut);
    if (socket.destroyed) cut();
  });
}

/** Why the hello is not that of a client that asked for this host; null when it is. Says nothing of a name that is hidden. */
export function helloProblem(
  { serverName }: ClientHello,
  { host, literal }: { readonly host: string; readonly literal: boolean },
): TunnelWord | null {
  // RFC 6066 section 3: an address is never a server name.
  if (literal) return serverName === null ? null : "sni-mismatch";
  if (serverName === null) return "sni-missing";
  return serverName === host ? null : "sni-mismatch";
}
