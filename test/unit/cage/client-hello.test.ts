// The beginning of a TLS connection as a tunnel reads it: real hellos of Node's TLS, cut, broken and mutated.
import { createServer, type Socket } from "node:net";
import { type ConnectionOptions, connect } from "node:tls";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { readClientHello } from "../../../cage/client-hello.ts";
import { CLIENT_HELLO_BYTES_MAX } from "../../../cage/limits.ts";
import { withExtension } from "./hello.ts";

/** The first bytes a real client sends. */
async function helloOf(options: ConnectionOptions): Promise<Uint8Array> {
  let take: (bytes: Uint8Array) => void = () => {};
  const taken = new Promise<Uint8Array>((resolve) => {
    take = resolve;
  });
  const server = createServer((socket: Socket) => {
    socket.on("error", () => {});
    socket.once("data", (bytes) => {
      take(new Uint8Array(bytes));
      socket.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const client = connect({ ...options, host: "127.0.0.1", port: (server.address() as { port: number }).port });
  client.on("error", () => {});
  const bytes = await taken;
  client.destroy();
  await new Promise((resolve) => server.close(resolve));
  return bytes;
}

let named: Uint8Array;
let nameless: Uint8Array;
beforeAll(async () => {
  named = await helloOf({ servername: "API.example", ALPNProtocols: ["h2", "http/1.1"] });
  nameless = await helloOf({ servername: "" });
});

describe("a real hello", () => {
  it("names server and protocols", () => {
    expect(readClientHello(named)).toEqual({
      hello: { serverName: "api.example", protocols: ["h2", "http/1.1"], encrypted: false },
    });
  });
  it("may name none", () => {
    expect(readClientHello(nameless)).toMatchObject({ hello: { serverName: null } });
  });
  it("is asked for whole, at every cut", () => {
    for (let size = 0; size < named.length; size++)
      expect(readClientHello(named.subarray(0, size)), `${size}`).toEqual({ more: true });
  });
  it("may come in many records", () => {
    const body = named.subarray(5);
    const parts: number[] = [];
    for (let at = 0; at < body.length; at += 7) {
      const part = body.subarray(at, at + 7);
      parts.push(22, 3, 1, 0, part.length, ...part);
    }
    expect(readClientHello(Uint8Array.from(parts))).toEqual(readClientHello(named));
  });
  it("hides its name with ECH", () => {
    expect(readClientHello(withExtension(named, [0xfe, 0x0d, 0, 1, 0]))).toMatchObject({ hello: { encrypted: true } });
  });
  it("names an extension once", () => {
    expect(readClientHello(withExtension(withExtension(named, [0xfe, 0x0d, 0, 0]), [0xfe, 0x0d, 0, 0]))).toEqual({
      bad: "malformed",
    });
  });
});

describe("what is none", () => {
  it.each([
    ["HTTP", [...Buffer.from("GET / HTTP/1.1\r\n")], "not-tls"],
    ["SSH", [...Buffer.from("SSH-2.0-x\r\n")], "not-tls"],
    ["another handshake", [22, 3, 1, 0, 4, 2, 0, 0, 0], "not-tls"],
    ["SSL 2", [0x80, 0x2e, 1, 0, 2], "not-tls"],
    ["an empty record", [22, 3, 1, 0, 0], "malformed"],
    ["a hello without a body", [22, 3, 1, 0, 4, 1, 0, 0, 0], "malformed"],
    ["a hello over the bound", [22, 3, 1, 0, 4, 1, 1, 0, 0], "too-large"],
  ])("%s", (_, bytes, bad) => {
    expect(readClientHello(Uint8Array.from(bytes))).toEqual({ bad });
  });
  it("endless records", () => {
    const records: number[] = [22, 3, 1, 0, 4, 1, 0, 0x3f, 0];
    while (records.length < CLIENT_HELLO_BYTES_MAX) records.push(22, 3, 1, 0, 1, 0);
    expect(readClientHello(Uint8Array.from(records))).toEqual({ bad: "too-large" });
  });
  it("never throws", () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 0, max: 255 }), fc.nat(), (place, byte, cut) => {
        const bytes = named.slice(0, named.length - (cut % 4) * 9);
        bytes[place % bytes.length] = byte;
        const read = readClientHello(bytes);
        expect(Object.keys(read)).toHaveLength(1);
      }),
      { numRuns: 5000 },
    );
  });
});
