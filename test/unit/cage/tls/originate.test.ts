// TLS to upstreams: what is recorded of a good one, and the word for each that cannot be believed. Certificates are made here.
import { createHash, X509Certificate } from "node:crypto";
import { connect, createServer as createTcp, type Server } from "node:net";
import { createServer, type TLSSocket, type TlsOptions } from "node:tls";
import { afterEach, beforeAll, expect, it } from "vitest";
import { originate, originateOptions, type Trust } from "../../../../cage/tls/originate.ts";
import { selfSigned, type TestAuthority, testAuthority } from "./certificates.ts";

const HOST = "api.example";
let authority: TestAuthority;
let servers: Server[] = [];
beforeAll(async () => {
  authority = await testAuthority();
});
afterEach(async () => {
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  servers = [];
});

const listening = async (server: Server): Promise<number> => {
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return (server.address() as { port: number }).port;
};

/** Greets whoever completes a handshake, and remembers what it was sent. */
async function upstream(options: TlsOptions): Promise<{ port: number; heard: Buffer[] }> {
  const heard: Buffer[] = [];
  const server = createServer(options, (socket: TLSSocket) => {
    socket.on("error", () => {});
    socket.on("data", (bytes) => heard.push(bytes));
    socket.end("welcome");
  });
  server.on("tlsClientError", () => {});
  return { port: await listening(server), heard };
}

const reach = (port: number, options: { literal?: string; trust?: boolean; timeoutMs?: number } = {}) =>
  originate(
    connect({ host: "127.0.0.1", port }),
    { host: options.literal ?? HOST, literal: options.literal !== undefined },
    {
      ...(options.trust === false ? {} : { trust: { roots: [authority.root] } }),
      ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
    },
  );

it.each(["TLSv1.3", "TLSv1.2"] as const)("records %s and the chain", async (version) => {
  const leaf = await authority.issue({ hosts: [HOST] });
  const { port } = await upstream({ ...leaf, maxVersion: version, ALPNProtocols: ["h2", "http/1.1"] });
  const reached = await reach(port);
  if ("problem" in reached) throw new Error(reached.detail);
  const chain = createHash("sha256");
  for (const each of [leaf.cert, authority.root]) chain.update(new X509Certificate(each).raw);
  expect(reached.tls).toEqual({ version, certificate: chain.digest("hex") });
  expect(reached.socket.alpnProtocol).toBe("http/1.1");
  expect(String(await new Promise((done) => reached.socket.once("data", done)))).toBe("welcome");
  reached.socket.destroy();
});

it("an address needs a certificate for the address", async () => {
  const { port } = await upstream(await authority.issue({ addresses: ["127.0.0.1"] }));
  const reached = await reach(port, { literal: "127.0.0.1" });
  if ("problem" in reached) throw new Error(reached.detail);
  expect(reached.socket.servername).toBeFalsy();
  reached.socket.destroy();
});

it.each([
  ["upstream-certificate-expired", () => authority.issue({ hosts: [HOST], from: -3, to: -1 })],
  ["upstream-certificate-not-yet", () => authority.issue({ hosts: [HOST], from: 1, to: 2 })],
  ["upstream-certificate-name", () => authority.issue({ hosts: ["other.example", "api.example.org"] })],
  ["upstream-certificate-name", () => authority.issue({ hosts: ["*.api.example"] })],
  ["upstream-certificate-self-signed", () => selfSigned(HOST)],
  ["upstream-certificate-untrusted", async () => (await testAuthority()).issue({ hosts: [HOST] })],
] as const)("%s", async (word, issue) => {
  const { port, heard } = await upstream(await issue());
  expect(await reach(port)).toMatchObject({ problem: word });
  expect(heard).toEqual([]);
});

it("an address is not a name", async () => {
  const { port } = await upstream(await authority.issue({ hosts: [HOST] }));
  expect(await reach(port, { literal: "127.0.0.1" })).toMatchObject({ problem: "upstream-certificate-name" });
});

it("a root of the test is none of Node's", async () => {
  const { port } = await upstream(await authority.issue({ hosts: [HOST] }));
  expect(await reach(port, { trust: false })).toMatchObject({ problem: "upstream-certificate-untrusted" });
});

it("old TLS", async () => {
  const leaf = await authority.issue({ hosts: [HOST] });
  const { port } = await upstream({
    ...leaf,
    minVersion: "TLSv1",
    maxVersion: "TLSv1.1",
    ciphers: "DEFAULT@SECLEVEL=0",
  });
  expect(await reach(port)).toMatchObject({ problem: "upstream-tls-version" });
});

it.each([
  ["what is not TLS", "HTTP/1.1 400 Bad Request\r\n\r\n", "upstream-tls-failed"],
  ["an end", "", "upstream-tls-failed"],
])("%s in place of a handshake", async (_, text, word) => {
  const port = await listening(
    createTcp((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => socket.end(text));
    }),
  );
  expect(await reach(port)).toMatchObject({ problem: word });
});

it("silence", async () => {
  const port = await listening(createTcp((socket) => socket.on("error", () => {}).resume()));
  expect(await reach(port, { timeoutMs: 80 })).toMatchObject({ problem: "upstream-tls-timeout" });
});

it("the same trust is read once, not for each connection", () => {
  const of = (host: string, trust?: Trust) => originateOptions({ host, literal: false }, trust).secureContext;
  const trust: Trust = { roots: [authority.root] };
  expect(of("a.example", trust)).toBe(of("b.example", trust));
  expect(of("a.example")).toBe(of("b.example"));
  expect(of("a.example", trust)).not.toBe(of("a.example", { roots: [authority.root] }));
});
