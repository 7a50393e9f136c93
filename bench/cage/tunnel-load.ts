// Requests inside of open tunnels, and the upstream at their end, in one process: a ClientHello first, as proxies look for it, then bytes to
// and fro, as many as a request and an answer have. No cryptography: what is measured is the proxy.
//
//   node tunnel-load.js PROXY-PORT TUNNELS SECONDS      prints JSON: {exchanges, seconds}
import { connect, createServer, type Socket } from "node:net";
import { performance } from "node:perf_hooks";

const [port, tunnels, seconds] = process.argv.slice(2).map(Number) as [number, number, number];
const NAME = "localhost";
const REQUEST = Buffer.alloc(120, 0x17);
const ANSWER = Buffer.alloc(1_100, 0x17);

/** A ClientHello of TLS 1.3 with a server name, an application protocol and a key share. Source: RFC 8446 section 4.1.2, RFC 6066 section 3. */
function clientHello(): Buffer {
  const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);
  const extension = (type: number, body: Buffer): Buffer => Buffer.concat([u16(type), u16(body.length), body]);
  const name = Buffer.from(NAME, "latin1");
  const list = Buffer.concat([Buffer.of(0), u16(name.length), name]);
  const protocol = Buffer.from("http/1.1", "latin1");
  const extensions = Buffer.concat([
    extension(0, Buffer.concat([u16(list.length), list])),
    extension(16, Buffer.concat([u16(protocol.length + 1), Buffer.of(protocol.length), protocol])),
    extension(43, Buffer.from([2, 3, 4])),
    extension(10, Buffer.from([0, 2, 0, 29])),
    extension(13, Buffer.from([0, 2, 8, 7])),
    extension(51, Buffer.concat([u16(36), u16(29), u16(32), Buffer.alloc(32, 9)])),
  ]);
  const body = Buffer.concat([
    Buffer.from([3, 3]),
    Buffer.alloc(32, 7),
    Buffer.of(0),
    Buffer.from([0, 2, 0x13, 1, 1, 0]),
    u16(extensions.length),
    extensions,
  ]);
  const message = Buffer.concat([Buffer.from([1, 0]), u16(body.length), body]);
  return Buffer.concat([Buffer.from([22, 3, 1]), u16(message.length), message]);
}
const HELLO = clientHello();
/** What a server says after it: the cage and squid pass it on. */
const SERVER_HELLO = Buffer.from([22, 3, 3, 0, 4, 14, 0, 0, 0]);

const upstream = createServer((socket) => {
  socket.setNoDelay(true);
  socket.on("error", () => socket.destroy());
  let heard = 0;
  let greeted = false;
  socket.on("data", (part) => {
    heard += part.length;
    if (!greeted) {
      if (heard < HELLO.length) return;
      greeted = true;
      heard -= HELLO.length;
      socket.write(SERVER_HELLO);
    }
    while (heard >= REQUEST.length) {
      heard -= REQUEST.length;
      socket.write(ANSWER);
    }
  });
});

let exchanges = 0;
let running = true;

function tunnel(target: number): Promise<Socket> {
  return new Promise((done, fail) => {
    const socket = connect(port, "127.0.0.1");
    socket.setNoDelay(true);
    socket.on("error", fail);
    socket.on("close", () => {
      if (running) fail(new Error("a tunnel was closed"));
    });
    socket.write(`CONNECT ${NAME}:${target} HTTP/1.1\r\nHost: ${NAME}:${target}\r\n\r\n`);
    let state: "connecting" | "hello" | "open" = "connecting";
    let text = "";
    let heard = 0;
    socket.on("data", (part) => {
      if (state === "connecting") {
        text += part.toString("latin1");
        if (!text.includes("\r\n\r\n")) return;
        if (!text.startsWith("HTTP/1.1 200")) return fail(new Error(`no tunnel: ${text}`));
        state = "hello";
        socket.write(HELLO);
        return;
      }
      heard += part.length;
      if (state === "hello") {
        if (heard < SERVER_HELLO.length) return;
        heard -= SERVER_HELLO.length;
        state = "open";
        done(socket);
        return;
      }
      while (heard >= ANSWER.length) {
        heard -= ANSWER.length;
        exchanges++;
        if (running) socket.write(REQUEST);
      }
    });
  });
}

async function main(): Promise<void> {
  await new Promise<void>((ready) => upstream.listen(0, "127.0.0.1", ready));
  const target = (upstream.address() as { port: number }).port;
  const sockets = await Promise.all(Array.from({ length: tunnels }, () => tunnel(target)));
  process.stdout.write("open\n");
  const start = performance.now();
  for (const socket of sockets) socket.write(REQUEST);
  await new Promise((wait) => setTimeout(wait, seconds * 1_000));
  running = false;
  process.stdout.write(`${JSON.stringify({ exchanges, seconds: (performance.now() - start) / 1_000 })}\n`);
  process.exit(0);
}
main().catch((error: unknown) => {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(1);
});
