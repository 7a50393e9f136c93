// Tunnels and interceptions under a real policy, with the real gate and its ledger: A11, A12, A13, and what the records say of them.
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer as createHttps } from "node:https";
import { type AddressInfo, connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { CageGate } from "../../cage/gate.ts";
import { dutiesOf, kindsOf, withTunnels } from "../../cage/obligations/index.ts";
import type { CageOptions } from "../../cage/proxy/index.ts";
import type { IntentRecord } from "../../cage/records/record.ts";
import { type Authority, createInterceptor, createTunnel, initAuthority } from "../../cage/tls/index.ts";
import { MemoryStorage } from "../../ledger/index.ts";
import { ledgerOn, loaded } from "../unit/cage/gate/kit.ts";
import { configuration } from "../unit/cage/obligations/kit.ts";
import { type TestAuthority, testAuthority } from "../unit/cage/tls/certificates.ts";
import { afterwards, cage, closeAll, raw, until } from "./fakes.ts";

let folder: string;
let outside: TestAuthority;
let local: Authority;
let pem: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "writ-tunnels-"));
  outside = await testAuthority();
  local = await initAuthority(join(folder, "ca"), { hosts: ["api.example"], days: 1, now: new Date() });
  pem = readFileSync(join(folder, "ca", "ca.pem"), "utf8");
});
afterEach(closeAll);
afterAll(() => rmSync(folder, { recursive: true }));

const policy = (port: number): string => `policy: outgoing
on: http.request
rules:
  - allow: fetch and push
    id: git
    match: {at: connect, host: git.example, port: ${port}, sni: git.example, dialled: {class: loopback}}
    then: {route: {to: tunnel}, reach: {classes: [loopback]}}
  - allow: old clients
    id: old
    match: {at: connect, host: old.example, port: ${port}, alpn: {has: http/1.1, lacks: h2}}
    then: {reach: {classes: [loopback]}}
  - allow: read what goes to the api
    id: api
    match: {at: connect, host: api.example, port: ${port}}
    then: {route: {to: "https://api.example:${port}", tls: intercept}, reach: {classes: [loopback]}}
  - allow: orders
    id: orders
    match: {at: request, host: api.example, method: GET, path: /orders}
    then: {reach: {classes: [loopback]}}
  - allow: any port, any address
    id: loose
    match: {at: connect, host: {under: loose.example}}
    then: {reach: {classes: [loopback]}}
  - allow: seldom
    id: seldom
    match: {at: connect, host: seldom.example, port: ${port}}
    then: {rate_limit: {rate: 1/h}, reach: {classes: [loopback]}}
  - allow: cards are hidden
    id: hidden
    match: {at: connect, host: hidden.example, port: ${port}}
    then: {redact: {json: [/card]}, reach: {classes: [loopback]}}
  - allow: one address
    id: address
    match: {at: connect, host: 127.0.0.1, port: ${port}}
    then: {reach: {classes: [loopback]}}
`;
const HOSTS = ["git.example", "old.example", "api.example", "a.loose.example", "seldom.example", "hidden.example"];

async function setUp(options: Partial<CageOptions> = {}) {
  const requests: string[] = [];
  const server = createHttps(await outside.issue({ hosts: HOSTS, addresses: ["127.0.0.1"] }), (request, response) => {
    requests.push(`${request.method} ${request.headers.host} ${request.url}`);
    response.end("from the upstream");
  });
  let connections = 0;
  server.on("connection", () => connections++);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  afterwards(() => {
    server.closeAllConnections();
    return new Promise((done) => server.close(done));
  });
  const { port } = server.address() as AddressInfo;
  const now = () => Date.now();
  const configured = configuration();
  const ledger = await ledgerOn(new MemoryStorage());
  const gate = await CageGate.start(
    { ledger, kinds: kindsOf(configured), now, store: { keep: () => undefined } },
    loaded(policy(port)),
  );
  const resolved: string[] = [];
  const started = await cage(withTunnels(gate, { configuration: configured, now }), {
    dutiesOf: dutiesOf({ configuration: configured, gate, now }),
    tunnel: createTunnel({ interceptor: createInterceptor(local) }),
    resolve: async (host) => {
      resolved.push(host);
      return HOSTS.includes(host) || host.endsWith(".loose.example")
        ? ["127.0.0.1"]
        : Promise.reject(new Error("unknown"));
    },
    authorities: [outside.root],
    ...options,
  });
  const records = () => [...ledger.entries()].map(({ record }) => record);
  /** Intents and refusals: the word, and what the policy was asked. */
  const told = () =>
    records().flatMap((record) =>
      record.kind === "intent"
        ? [
            {
              word: record.decided.at(-1)!.reason,
              rules: rulesOf(record),
              input: record.decided.at(-1)!.input,
              met: record.met,
            },
          ]
        : record.kind === "refusal"
          ? [{ word: String(record.body["word"]), rules: [], input: {}, met: [] }]
          : [],
    );
  const completions = () => records().flatMap((record) => (record.kind === "completion" ? [record] : []));
  return { port, requests, resolved, connections: () => connections, proxy: started.port, told, completions };
}
type Setup = Awaited<ReturnType<typeof setUp>>;

const rulesOf = ({ decided }: IntentRecord): readonly string[] =>
  decided.at(-1)!.answer?.determining.map(({ rule }) => rule) ?? [];

/** Sends a CONNECT; resolves with the whole head of the answer. */
function ask({ proxy }: Setup, target: string): Promise<{ readonly head: string; readonly socket: Socket }> {
  return new Promise((done, failed) => {
    const socket = connect(proxy, "127.0.0.1");
    let head = "";
    const take = (): void => {
      for (let byte = socket.read(1); byte !== null; byte = socket.read(1)) {
        head += byte.toString("latin1");
        if (!head.endsWith("\r\n\r\n")) continue;
        socket.off("readable", take);
        return done({ head, socket });
      }
    };
    socket.on("readable", take);
    socket.on("error", failed);
    socket.write(`CONNECT ${target} HTTP/1.1\r\nhost: ${target}\r\n\r\n`);
    afterwards(() => socket.destroy());
  });
}
async function open(at: Setup, host: string, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const { head, socket } = await ask(at, `${host}:${at.port}`);
  if (!head.startsWith("HTTP/1.1 200 ")) throw new Error(head);
  return new Promise((done, failed) => {
    const tls = connectTls({ socket, servername: host, ca: [outside.root, pem], ...options });
    tls.once("secureConnect", () => done(tls));
    tls.once("error", failed);
    tls.once("close", () => failed(new Error("closed")));
    afterwards(() => tls.destroy());
  });
}
async function get(tls: TLSSocket, host: string, path: string): Promise<string> {
  tls.write(`GET ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`);
  let text = "";
  for await (const part of tls) text += String(part);
  return text;
}

describe("a tunnel", () => {
  it("is recorded with what was seen, before and after, and with nothing of what was inside", async () => {
    const at = await setUp();
    expect(await get(await open(at, "git.example"), "fronted.example", "/secret")).toContain("from the upstream");
    await until(() => at.completions().length === 1);
    // A13: another host named inside is not seen, and the record says how far the cage saw.
    expect(at.requests).toEqual(["GET fronted.example /secret"]);
    expect(at.told()).toMatchObject([
      {
        word: "allowed",
        rules: ["git"],
        input: { at: "connect", visibility: "connect", host: "git.example", sni: "git.example" },
      },
    ]);
    expect(at.told()[0]!.input).toMatchObject({ port: at.port, dialled: { ip: "127.0.0.1", class: "loopback" } });
    const [completion] = at.completions();
    expect(completion).toMatchObject({ ended: "closed", status: 200, dialled: { ip: "127.0.0.1" } });
    expect(completion!.bytesIn).toBeGreaterThan(500);
    expect(
      JSON.stringify([at.told(), at.completions()], (_, value) => (typeof value === "bigint" ? String(value) : value)),
    ).not.toMatch(/fronted|secret/);
  });

  it("A11: another name inside never reaches the upstream", async () => {
    const at = await setUp();
    await expect(open(at, "git.example", { servername: "evil.example" })).rejects.toThrow(/unrecognized name/);
    expect(at.told()).toMatchObject([{ word: "sni-mismatch", rules: ["git"] }]);
    expect(at.connections()).toBe(0);
  });

  it("protocols that a rule wants are those of the hello", async () => {
    const at = await setUp();
    const hello = { ALPNProtocols: ["http/1.1"] };
    expect(await get(await open(at, "old.example", hello), "old.example", "/")).toContain("from the upstream");
    await expect(open(at, "old.example", { ALPNProtocols: ["h2", "http/1.1"] })).rejects.toThrow(/access denied/);
    await until(() => at.told().length === 2);
    expect(at.told().map(({ word, input }) => [word, input["alpn"]])).toEqual([
      ["allowed", ["http/1.1"]],
      ["denied", ["h2", "http/1.1"]],
    ]);
    expect(at.connections()).toBe(1);
  });

  it("A12: an address or a port that no rule names is denied, one that a rule names is not", async () => {
    const at = await setUp();
    for (const target of [
      `a.loose.example:${at.port}`,
      "a.loose.example:22",
      `127.0.0.2:${at.port}`,
      "[::1]:443",
      "git.example:443",
    ])
      expect((await ask(at, target)).head, target).toMatch(/^HTTP\/1\.1 403 /);
    expect(at.told().map(({ word }) => word)).toEqual([
      "port-not-named",
      "port-not-named",
      "denied",
      "denied",
      "denied",
    ]);
    const tls = await open(at, "127.0.0.1", { servername: "", checkServerIdentity: () => undefined });
    expect(await get(tls, "127.0.0.1", "/")).toContain("from the upstream");
    expect((await ask(at, "a.loose.example:443")).head).toMatch(/^HTTP\/1\.1 200 /);
  });

  it("a rate is drawn upon once a CONNECT, and a denial by it is told in HTTP", async () => {
    const at = await setUp();
    expect(await get(await open(at, "seldom.example"), "seldom.example", "/")).toContain("from the upstream");
    expect((await ask(at, `seldom.example:${at.port}`)).head).toMatch(/^HTTP\/1\.1 429 /);
    await until(() => at.told().length === 2);
    expect(at.told().map(({ word }) => word)).toEqual(["allowed", "rate-limited"]);
  });

  it("what a rule wants done to what is not seen denies", async () => {
    const at = await setUp();
    expect((await ask(at, `hidden.example:${at.port}`)).head).toMatch(/^HTTP\/1\.1 403 /);
    expect(at.told().map(({ word }) => word)).toEqual(["cannot-oblige"]);
    expect(at.connections()).toBe(0);
  });
});

it("a name that no rule lets out is not told to a resolver", async () => {
  const at = await setUp();
  const secret = "aGVsbG8.evil.example";
  expect((await ask(at, `${secret.toLowerCase()}:443`)).head).toMatch(/^HTTP\/1\.1 403 /);
  // The host is named, the port is not.
  expect((await ask(at, "git.example:444")).head).toMatch(/^HTTP\/1\.1 403 /);
  const url = (host: string, path: string): string =>
    `GET http://${host}${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`;
  expect((await raw(at.proxy, url("more.evil.example", "/"))).status).toBe(403);
  expect((await raw(at.proxy, url("api.example", "/no-orders"))).status).toBe(403);
  expect(at.resolved).toEqual([]);
  expect(at.told().map(({ word }) => word)).toEqual(["denied", "denied", "denied", "denied"]);
  // What the addresses decide needs them.
  expect((await ask(at, `git.example:${at.port}`)).head).toMatch(/^HTTP\/1\.1 200 /);
  expect((await ask(at, `any.loose.example:443`)).head).toMatch(/^HTTP\/1\.1 200 /);
  expect(at.resolved).toEqual(["git.example", "any.loose.example"]);
});

describe("an interception", () => {
  it("is recorded with the authority, and every request inside is decided", async () => {
    const at = await setUp();
    const host = `api.example:${at.port}`;
    expect(await get(await open(at, "api.example"), host, "/orders")).toContain("from the upstream");
    expect(await get(await open(at, "api.example"), host, "/others")).toMatch(/^HTTP\/1\.1 403 /);
    await until(() => at.told().length === 4 && at.completions().length === 3);
    expect(at.requests).toEqual([`GET ${host} /orders`]);
    expect(at.told().map(({ word, rules, input }) => [word, rules[0], input["visibility"], input["path"]])).toEqual([
      ["allowed", "api", "connect", undefined],
      ["allowed", "orders", "intercepted", "/orders"],
      ["allowed", "api", "connect", undefined],
      ["denied", undefined, "intercepted", "/others"],
    ]);
    expect(at.told()[0]!.met).toEqual([{ name: "route", found: { tls: "intercept", authority: local.id } }]);
    const inner = at.completions().find(({ response }) => response !== null)!;
    expect(inner.tls).toMatchObject({
      version: "TLSv1.3",
      certificate: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it("of a client that does not take the certificate is a denial", async () => {
    const at = await setUp();
    await expect(open(at, "api.example", { ca: [outside.root] })).rejects.toThrow(/self-signed/);
    await until(() => at.told().length === 1);
    expect(at.told()[0]!.word).toBe("tls-client-rejected");
    expect(at.connections()).toBe(0);
  });

  it("a head that does not come is not waited for inside, either", async () => {
    const at = await setUp({ limits: { headMs: 100 } });
    const tls = await open(at, "api.example");
    tls.write("GET /orders HT");
    let text = "";
    for await (const part of tls) text += String(part);
    expect(text).toMatch(/^HTTP\/1\.1 408 /);
    await until(() => at.completions().length === 1);
    expect(at.completions()[0]!.ended).toBe("closed");
  });

  it("another host inside is refused", async () => {
    const at = await setUp();
    expect(await get(await open(at, "api.example"), "git.example", "/orders")).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(at.requests).toEqual([]);
  });
});
