// Interceptions: a local authority that can speak for its hosts alone, its leaves, and clients that take them or do not.
import { createPrivateKey, X509Certificate } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer as createTcp, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConnectionOptions, connect as connectTls, createServer, type TLSSocket } from "node:tls";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { CA_HOSTS_MAX, LEAF_BACKDATED_MS, LEAF_LIFE_MS, LEAF_RENEWED_MS } from "../../../../cage/limits.ts";
import { makeAuthority, makeLeaf, permittedHosts } from "../../../../cage/tls/certificates.ts";
import { type Authority, createInterceptor, initAuthority, readAuthorityFolder } from "../../../../cage/tls/index.ts";
import type { PipeLimits } from "../../../../cage/tls/pipe.ts";
import { testAuthority } from "./certificates.ts";
import { type Rule, route, smallCage } from "./harness.ts";

const HOST = "api.example";
const now = new Date();
let folder: string;
let authority: Authority;
let pem: string;
const closers: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "writ-ca-"));
  authority = await initAuthority(join(folder, "ca"), { hosts: [HOST, "b.example"], days: 30, now });
  pem = readFileSync(join(folder, "ca", "ca.pem"), "utf8");
  return () => rmSync(folder, { recursive: true });
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

describe("an authority", () => {
  it("is constrained to its hosts, critically, and for no addresses", () => {
    const certificate = new X509Certificate(pem);
    expect(certificate.ca).toBe(true);
    expect(permittedHosts(certificate.raw)).toEqual([HOST, "b.example"]);
    expect(authority.hosts).toEqual([HOST, "b.example"]);
    expect(authority.id).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(Date.parse(certificate.validTo) - now.getTime()).toBeLessThanOrEqual(30 * 86_400_000);
  });
  it("keeps its key to itself", () => {
    expect(statSync(join(folder, "ca", "ca-key.pem")).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, "ca")).mode & 0o777).toBe(0o700);
  });
  it("reads again what it wrote", () => {
    expect(readAuthorityFolder(join(folder, "ca"), now).id).toBe(authority.id);
  });
  it("holds as many hosts as it may", async () => {
    const hosts = Array.from({ length: CA_HOSTS_MAX }, (_, i) => `host-${i}.example`);
    const made = await makeAuthority({ hosts, days: 1, now });
    expect(permittedHosts(new X509Certificate(made.certificate).raw)).toEqual(hosts);
  });

  it.each([
    ["ca-hosts", { hosts: [] }],
    ["ca-hosts", { hosts: ["API.example"] }],
    ["ca-hosts", { hosts: ["*.example.org"] }],
    ["ca-hosts", { hosts: ["example"] }],
    ["ca-hosts", { hosts: ["127.0.0.1"] }],
    ["ca-hosts", { hosts: ["::1"] }],
    ["ca-hosts", { hosts: [HOST, HOST] }],
    ["ca-hosts", { hosts: Array.from({ length: CA_HOSTS_MAX + 1 }, (_, i) => `h${i}.example`) }],
    ["ca-days", { days: 0 }],
    ["ca-days", { days: 367 }],
    ["ca-days", { days: 1.5 }],
  ] as const)("%s: %j", async (code, wrong) => {
    const made = initAuthority(join(folder, "never"), { hosts: [HOST], days: 1, now, ...wrong });
    await expect(made).rejects.toMatchObject({ name: "CageError", code: `cage/${code}` });
  });
  it("is never written over", async () => {
    const again = initAuthority(join(folder, "ca"), { hosts: [HOST], days: 1, now });
    await expect(again).rejects.toMatchObject({ code: "cage/ca-exists" });
    expect(readFileSync(join(folder, "ca", "ca.pem"), "utf8")).toBe(pem);
  });

  const code = (place: string, at = now): string => {
    try {
      readAuthorityFolder(place, at);
      return "none";
    } catch (error) {
      return (error as { readonly code: string }).code.replace("cage/", "");
    }
  };
  it("is not used when others can read its key", async () => {
    const place = join(folder, "exposed");
    await initAuthority(place, { hosts: [HOST], days: 1, now });
    for (const mode of [0o640, 0o604, 0o620]) {
      chmodSync(join(place, "ca-key.pem"), mode);
      expect(code(place)).toBe("ca-exposed");
    }
  });
  it("is not used with another key, after its end, without constraints, or when it is not there", async () => {
    expect(code(join(folder, "nowhere"))).toBe("ca-missing");
    expect(code(join(folder, "ca"), new Date(now.getTime() + 31 * 86_400_000))).toBe("ca-expired");
    const place = join(folder, "other");
    await initAuthority(place, { hosts: [HOST], days: 1, now });
    writeFileSync(join(place, "ca-key.pem"), readFileSync(join(folder, "ca", "ca-key.pem")));
    expect(code(place)).toBe("ca-key");
    writeFileSync(join(place, "ca.pem"), (await testAuthority()).root);
    expect(code(place)).toBe("ca-unconstrained");
    writeFileSync(join(place, "ca.pem"), "none");
    expect(code(place)).toBe("ca-unreadable");
  });
  it("has constraints that are read as they are written, or not at all", () => {
    const der = Buffer.from(new X509Certificate(pem).raw);
    const at = der.indexOf(Buffer.from(HOST, "latin1"));
    expect(at).toBeGreaterThan(0);
    // An address range shrunk, a tag of another kind of name: no longer what the cage writes.
    const address = der.indexOf(Buffer.from([0x87, 8]), at);
    for (const place of [at - 2, address, address + 3]) {
      const bent = Buffer.from(der);
      bent[place] = bent[place]! ^ 1;
      expect(permittedHosts(bent)).toBeNull();
    }
  });
});

describe("a leaf", () => {
  it("lives for a day at most, for one name", async () => {
    const leaf = await makeLeaf({ host: HOST, now, authority });
    const read = new X509Certificate(leaf.certificate);
    expect(Date.parse(read.validTo) - Date.parse(read.validFrom)).toBeLessThanOrEqual(LEAF_LIFE_MS);
    expect(read.subjectAltName).toBe(`DNS:${HOST}`);
    expect(read.ca).toBe(false);
    expect(read.checkPrivateKey(createPrivateKey(leaf.key))).toBe(true);
    expect(read.verify(new X509Certificate(pem).publicKey)).toBe(true);
  });
  it("does not outlive its authority", async () => {
    const made = await makeAuthority({ hosts: [HOST], days: 1, now: new Date(now.getTime() - 80_000_000) });
    const certificate = new X509Certificate(made.certificate);
    const leaf = await makeLeaf({
      host: HOST,
      now,
      authority: { certificate: certificate.raw, key: createPrivateKey(made.key) },
    });
    expect(leaf.until).toBe(Date.parse(certificate.validTo));
  });
});

const listening = async (server: Server): Promise<number> => {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => sockets.add(socket));
  closers.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((done) => server.close(done));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return (server.address() as { port: number }).port;
};

describe("ending a client's TLS", () => {
  /** A client and an interceptor, face to face. */
  async function meet(interceptor: ReturnType<typeof createInterceptor>, host: string, client: ConnectionOptions) {
    let take: (socket: Socket) => void = () => {};
    const accepted = new Promise<Socket>((done) => {
      take = done;
    });
    const port = await listening(createTcp(take));
    const socket = connectTls({ host: "127.0.0.1", port, servername: host, ...client });
    let serial = "";
    const told = new Promise<string>((done) => {
      socket.once("secureConnect", () => {
        serial = socket.getPeerCertificate().serialNumber;
        socket.write("x");
        done("secure");
      });
      socket.once("error", (error: Error & { readonly code?: string }) => done(error.code ?? error.message));
    });
    const made = await interceptor.accept(await accepted, Buffer.alloc(0), { host, timeoutMs: 500 });
    const result = { made, told: await told, serial, alpn: socket.alpnProtocol };
    socket.destroy();
    if ("stream" in made) made.stream.destroy();
    return result;
  }

  it("gives the same leaf until shortly before its end, then another", async () => {
    let time = now.getTime();
    const interceptor = createInterceptor(authority, () => time);
    const client = { ca: [pem], ALPNProtocols: ["http/1.1"] };
    const first = await meet(interceptor, HOST, client);
    expect(first).toMatchObject({ told: "secure", alpn: "http/1.1" });
    expect((await meet(interceptor, HOST, client)).serial).toBe(first.serial);
    expect((await meet(interceptor, "b.example", client)).serial).not.toBe(first.serial);
    time += LEAF_LIFE_MS - LEAF_BACKDATED_MS - LEAF_RENEWED_MS;
    expect((await meet(interceptor, HOST, client)).serial).not.toBe(first.serial);
  });
  it("speaks for its hosts, while it lives", () => {
    let time = now.getTime();
    const interceptor = createInterceptor(authority, () => time);
    expect(interceptor.id).toBe(authority.id);
    expect(interceptor.speaksFor({ host: HOST, literal: false })).toBe(true);
    for (const host of [`www.${HOST}`, "example", "other.example", ""])
      expect(interceptor.speaksFor({ host, literal: false })).toBe(false);
    expect(interceptor.speaksFor({ host: HOST, literal: true })).toBe(false);
    time += 31 * 86_400_000;
    expect(interceptor.speaksFor({ host: HOST, literal: false })).toBe(false);
  });
  it("is not believed for another name, even with its own key", async () => {
    const interceptor = createInterceptor({ ...authority, hosts: ["evil.example"] }, () => now.getTime());
    const { told, serial } = await meet(interceptor, "evil.example", { ca: [pem] });
    // OpenSSL's word is "permitted subtree violation"; Node has no code of its own for it.
    expect([told, serial]).toEqual(["UNSPECIFIED", ""]);
  });
  it("is left by a client that does not know it", async () => {
    const { made } = await meet(createInterceptor(authority), HOST, {});
    expect(made).toMatchObject({ problem: "tls-client-rejected" });
  });
  it("does not speak old TLS", async () => {
    const { made } = await meet(createInterceptor(authority), HOST, {
      ca: [pem],
      minVersion: "TLSv1.1",
      maxVersion: "TLSv1.1",
      ciphers: "DEFAULT@SECLEVEL=0",
    });
    expect(made).toMatchObject({ problem: "tls-client-failed" });
  });
  it("does not wait for ever", async () => {
    let take: (socket: Socket) => void = () => {};
    const accepted = new Promise<Socket>((done) => {
      take = done;
    });
    const port = await listening(createTcp(take));
    const socket = (await import("node:net")).connect(port, "127.0.0.1");
    socket.on("error", () => {});
    const made = await createInterceptor(authority).accept(await accepted, Buffer.alloc(0), {
      host: HOST,
      timeoutMs: 60,
    });
    socket.destroy();
    expect(made).toMatchObject({ problem: "tls-client-timeout" });
  });
});

describe("an intercepted CONNECT", () => {
  const rule: Rule = ({ host, port, dialled }) =>
    host === HOST &&
    port === 443 &&
    dialled?.class === "loopback" && [route({ to: `https://${HOST}`, tls: "intercept" })];
  const cageOf = async (
    serve: Parameters<typeof smallCage>[0]["serve"] = (_, response) => response.end(),
    pipe: PipeLimits = {},
  ) => {
    const cage = await smallCage({
      rule,
      names: { [HOST]: ["127.0.0.1"] },
      tunnel: { interceptor: createInterceptor(authority), pipe },
      serve,
    });
    closers.push(cage.close);
    return cage;
  };
  const until = async (holds: () => boolean): Promise<void> => {
    for (let tries = 0; !holds(); tries++) {
      if (tries > 400) throw new Error("it did not come to that");
      await new Promise((done) => setTimeout(done, 5));
    }
  };
  const open = async (cage: Awaited<ReturnType<typeof cageOf>>, options: ConnectionOptions): Promise<TLSSocket> => {
    const { socket } = await cage.connect(`${HOST}:443`);
    return new Promise((done, failed) => {
      const tls = connectTls({ socket, servername: HOST, ...options });
      tls.once("secureConnect", () => done(tls));
      tls.once("error", failed);
    });
  };

  it("hands decrypted requests over, one after another", async () => {
    const seen: string[] = [];
    const cage = await cageOf((request, response) => {
      seen.push(`${request.method} ${request.headers.host} ${request.url}`);
      response.end("read");
    });
    const tls = await open(cage, { ca: [pem], ALPNProtocols: ["h2", "http/1.1"] });
    expect(tls.alpnProtocol).toBe("http/1.1");
    tls.write(
      `GET /a?b HTTP/1.1\r\nhost: ${HOST}\r\n\r\nGET /c HTTP/1.1\r\nhost: ${HOST}\r\nconnection: close\r\n\r\n`,
    );
    await new Promise((done) => tls.resume().once("end", done));
    tls.destroy();
    expect(seen).toEqual([`GET ${HOST} /a?b`, `GET ${HOST} /c`]);
    await until(() => cage.outcomes.length === 1);
    expect(cage.intents).toHaveLength(1);
    const { decision, facts } = cage.intents[0]!;
    expect(decision.allowed).toBe(true);
    expect(facts).toMatchObject({
      visibility: "intercepted",
      sni: HOST,
      met: [{ name: "route", found: { tls: "intercept", authority: authority.id } }],
    });
    const { outcome } = cage.outcomes[0]!;
    expect(outcome.ended).toBe("closed");
    expect(outcome.bytesOut).toBeGreaterThan(60);
    expect(outcome.bytesIn).toBeGreaterThan(100);
  });

  it("a client that does not trust it is denied, never tunnelled", async () => {
    let connections = 0;
    const upstream = createServer(await (await testAuthority()).issue({ hosts: [HOST] }));
    upstream.on("connection", () => connections++);
    await listening(upstream);
    const cage = await cageOf();
    await expect(open(cage, {})).rejects.toThrow(/self-signed|unable to verify/);
    await until(() => cage.intents.length === 1);
    expect(cage.intents[0]!.decision).toMatchObject({ allowed: false, reason: "tls-client-rejected" });
    expect(cage.intents[0]!.facts.met).toMatchObject([{ found: { authority: authority.id } }]);
    expect(cage.outcomes).toEqual([]);
    expect(cage.ended).toEqual(["tls-client-rejected"]);
    expect(connections).toBe(0);
  });
  it("a client that leaves after its handshake is denied, too", async () => {
    const cage = await cageOf();
    (await open(cage, { ca: [pem] })).end().resume();
    await until(() => cage.intents.length === 1);
    expect(cage.intents[0]!.decision).toMatchObject({
      allowed: false,
      reason: "tls-client-rejected",
      detail: "the client left without a request",
    });
  });
  it("a client of HTTP/2 alone is denied before the handshake", async () => {
    const cage = await cageOf();
    await expect(open(cage, { ca: [pem], ALPNProtocols: ["h2"] })).rejects.toThrow(/no application protocol/);
    expect(cage.intents[0]!.decision.reason).toBe("no-http-1");
  });
  it("a host the authority may not speak for is denied", async () => {
    const cage = await smallCage({
      rule: ({ host }) => host === "c.example" && [route({ to: "https://c.example", tls: "intercept" })],
      names: { "c.example": ["127.0.0.1"] },
      tunnel: { interceptor: createInterceptor(authority) },
    });
    closers.push(cage.close);
    const { socket } = await cage.connect("c.example:443");
    const tls = connectTls({ socket, servername: "c.example", ca: [pem] });
    await expect(new Promise((_, failed) => tls.once("error", failed))).rejects.toThrow(/access denied/);
    expect(cage.intents[0]!.decision.reason).toBe("not-interceptable");
  });
  it("ends after its time", async () => {
    const cage = await cageOf(undefined, { totalMs: 60 });
    const tls = await open(cage, { ca: [pem] });
    tls.on("error", () => {});
    tls.write("GET / HTTP/1.1\r\n");
    await until(() => cage.outcomes.length === 1);
    expect(cage.outcomes[0]!.outcome.ended).toBe("too-long");
    tls.destroy();
  });
  it("ends without a request, when none comes", async () => {
    const cage = await cageOf(undefined, { idleMs: 60 });
    const tls = await open(cage, { ca: [pem] });
    tls.on("error", () => {});
    await until(() => cage.intents.length === 1);
    expect(cage.intents[0]!.decision.reason).toBe("tls-client-rejected");
    tls.destroy();
  });
  it("ends with the cage", async () => {
    const cage = await cageOf();
    const tls = await open(cage, { ca: [pem] });
    tls.on("error", () => {});
    tls.write("GET / HTTP/1.1\r\n");
    await until(() => cage.intents.length === 1);
    cage.stop();
    await new Promise((done) => tls.resume().once("end", done).once("close", done));
    await until(() => cage.outcomes.length === 1);
    expect(cage.outcomes[0]!.outcome.ended).toBe("shutdown");
  });
});
