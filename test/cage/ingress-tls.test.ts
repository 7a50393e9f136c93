// An ingress that ends TLS: certificates by name, HTTP/1.1 alone, who the caller is by its own certificate, files read again.
import { createHash, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { connect as plain } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { readUpstream } from "../../cage/proxy/index.ts";
import { IngressTls } from "../../cage/tls/index.ts";
import { type TestAuthority, testAuthority } from "../unit/cage/tls/certificates.ts";
import { afterwards, closeAll, raw, type Seen, until, upstream } from "./fakes.ts";
import { type Whole, wholeCage } from "./whole.ts";

const POLICY = `policy: partners
on: http.request
rules:
  - allow: the partner
    id: partner
    match: {at: request, direction: ingress, scheme: https, caller: {id: "CN=partner\\\\, inc.,O=Example"}}
    then: {route: {to: web}}
  - allow: what is open
    id: open
    match: {at: request, path: /open, sni: shop.example}
    then: {route: {to: web}}
`;
let folder: string;
let ours: TestAuthority;
let others: TestAuthority;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "writ-ingress-"));
  [ours, others] = await Promise.all([testAuthority(), testAuthority()]);
  write("clients.pem", ours.root);
  const shop = await ours.issue({ hosts: ["shop.example"] });
  write("shop.pem", shop.cert);
  write("shop-key.pem", shop.key, 0o600);
  const api = await ours.issue({ hosts: ["api.example"] });
  write("api.pem", api.cert);
  write("api-key.pem", api.key, 0o600);
});
afterEach(closeAll);
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string): string => join(folder, name);
function write(name: string, text: string, mode = 0o644): void {
  writeFileSync(file(name), text);
  chmodSync(file(name), mode);
}

async function setUp(clients = true, ledger?: string): Promise<{ readonly cage: Whole; readonly up: Seen }> {
  const up = await upstream();
  const web = readUpstream("web", up.url)!;
  const cage = await wholeCage(POLICY, {
    ...(ledger === undefined ? {} : { ledger }),
    egress: [],
    ingress: [{ at: { host: "127.0.0.1", port: 0 }, caller: null, scheme: "https", ends: true }],
    upstreams: new Map([["web", web]]),
    tls: {
      certificates: [
        { chain: file("shop.pem"), key: file("shop-key.pem") },
        { chain: file("api.pem"), key: file("api-key.pem") },
      ],
      clients: clients ? file("clients.pem") : null,
    },
  });
  return { cage, up };
}

function ask(
  { inPort }: Whole,
  servername: string,
  path: string,
  options: { readonly cert?: string; readonly key?: string; readonly host?: string } = {},
): Promise<{ readonly status: number; readonly body: string }> {
  const { host = servername, ...more } = options;
  return new Promise((done, failed) => {
    const asked = request(
      { host: "127.0.0.1", port: inPort, servername, path, headers: { host }, ca: ours.root, agent: false, ...more },
      (response) => {
        let body = "";
        response.on("data", (part) => (body += part));
        response.on("end", () => done({ status: response.statusCode!, body }));
      },
    );
    asked.on("error", failed);
    asked.end();
  });
}
const open = ({ inPort }: Whole, options: ConnectionOptions): Promise<TLSSocket> =>
  new Promise((done, failed) => {
    const socket = connect({ host: "127.0.0.1", port: inPort, ca: ours.root, ...options });
    socket.once("secureConnect", () => done(socket));
    socket.once("error", failed);
    afterwards(() => socket.destroy());
  });
const codeOf = ({ status, body }: { readonly status: number; readonly body: string }) => [
  status,
  (JSON.parse(body) as { readonly code: string }).code,
];

it("tells who calls by the certificate, and records the name of the server", async () => {
  const { cage, up } = await setUp();
  const partner = await ours.issue({ subject: "O=Example, CN=partner\\, inc.", client: true });
  expect(await ask(cage, "shop.example", "/a", partner)).toEqual({ status: 200, body: "hello" });
  expect(await ask(cage, "api.example", "/a", partner)).toMatchObject({ status: 200 });
  const [intent] = cage.records().flatMap((record) => (record.kind === "intent" ? [record] : []));
  expect(intent!.decided[0]!.input).toMatchObject({
    scheme: "https",
    sni: "shop.example",
    caller: { id: "CN=partner\\, inc.,O=Example", address: "127.0.0.1" },
  });

  // Without one the policy decides.
  expect(codeOf(await ask(cage, "shop.example", "/a"))).toEqual([403, "denied"]);
  expect(await ask(cage, "shop.example", "/open")).toMatchObject({ status: 200 });

  // One that is shown and not good is not passed over.
  const before = up.requests.length;
  const bad = [
    await others.issue({ subject: "O=Example, CN=partner\\, inc.", client: true }),
    await ours.issue({ subject: "O=Example, CN=partner\\, inc.", client: true, from: -3, to: -1 }),
    await ours.issue({ hosts: ["partner.example"] }),
  ];
  for (const shown of bad)
    expect(codeOf(await ask(cage, "shop.example", "/open", shown))).toEqual([403, "client-certificate"]);
  expect(up.requests).toHaveLength(before);
  const refusals = cage.records().flatMap((record) => (record.kind === "refusal" ? [record.body] : []));
  expect(refusals.map(({ word, direction }) => [word, direction])).toEqual(
    bad.map(() => ["client-certificate", "ingress"]),
  );
  expect(refusals.map(({ detail }) => detail)).toEqual([
    expect.stringMatching(/SELF_SIGNED|UNABLE_TO/),
    "CERT_HAS_EXPIRED",
    "INVALID_PURPOSE",
  ]);
});

it("is for one host a connection, in HTTP/1.1 by TLS from 1.2 on", async () => {
  const { cage, up } = await setUp(false);
  expect(codeOf(await ask(cage, "shop.example", "/open", { host: "api.example" }))).toEqual([421, "misdirected"]);
  expect(up.requests).toEqual([]);
  expect((await open(cage, { servername: "api.example" })).getPeerCertificate().subjectaltname).toBe("DNS:api.example");
  expect((await open(cage, { servername: "shop.example", ALPNProtocols: ["h2", "http/1.1"] })).alpnProtocol).toBe(
    "http/1.1",
  );
  const h2 = { servername: "shop.example", ALPNProtocols: ["h2"] } as const;
  await expect(open(cage, h2 as unknown as ConnectionOptions)).rejects.toThrow(/no application protocol/);
  const old = { servername: "shop.example", maxVersion: "TLSv1.1", minVersion: "TLSv1.1", ciphers: "ALL@SECLEVEL=0" };
  await expect(open(cage, old as ConnectionOptions)).rejects.toThrow();
  expect(await cage.cage.numbers.text()).toMatch(/writ_cage_handshakes_failed_total 2/);
});

it("records each handshake that fails, with who it was and why; not a port that is only tried", async () => {
  const { cage } = await setUp(false);
  const failed = () =>
    cage.records().flatMap((record) => (record.kind === "refusal" ? [record.body["detail"] as string] : []));
  const h2 = { servername: "shop.example", ALPNProtocols: ["h2"] } as unknown as ConnectionOptions;
  await expect(open(cage, h2)).rejects.toThrow();
  await until(() => failed().length === 1);
  expect(cage.records().at(-1)).toMatchObject({
    kind: "refusal",
    body: {
      word: "handshake-failed",
      direction: "ingress",
      caller: { address: "127.0.0.1" },
      detail: "no application protocol",
    },
  });
  await raw(cage.inPort, "GET / HTTP/1.1\r\n\r\n");
  await until(() => failed().length === 2);
  // One that says a part of a hello and leaves: its socket is gone when that is known, its address is not.
  const part = plain(cage.inPort, "127.0.0.1", () => part.write(Buffer.from([22, 3, 1, 0, 200, 1]), () => part.end()));
  part.on("error", () => undefined);
  await until(() => failed().length === 3);
  expect(cage.records().at(-1)).toMatchObject({ body: { caller: { address: "127.0.0.1" } } });
  const tried = plain(cage.inPort, "127.0.0.1", () => tried.destroy());
  await once(tried, "close");
  await until(async () => /handshakes_failed_total 4/.test(await cage.cage.numbers.text()));
  expect(failed()).toEqual(["no application protocol", "http request", "the caller left"]);
});

it("records the certificates it begins with, and those that take their place, before they are used", async () => {
  const digest = (name: string): string =>
    createHash("sha256")
      .update(new X509Certificate(readFileSync(file(name))).raw)
      .digest("hex");
  const { cage } = await setUp();
  const of = () => cage.records().flatMap((record) => (record.kind === "certificates" ? [record.body] : []));
  const first = { served: [digest("shop.pem"), digest("api.pem")], clients: [digest("clients.pem")] };
  expect(of()).toEqual([{ before: null, after: first }]);
  const next = await ours.issue({ hosts: ["api.example"] });
  write("api.pem", next.cert);
  expect(await cage.reload()).toBe(false);
  expect(of()).toHaveLength(1);
  write("api-key.pem", next.key, 0o600);
  expect(await cage.reload()).toBe(true);
  const second = { served: [digest("shop.pem"), digest("api.pem")], clients: first.clients };
  expect(second.served[1]).not.toBe(first.served[1]);
  expect(of().slice(1)).toEqual([{ before: first, after: second }]);
  // The next cage on the ledger goes on from there.
  await cage.close();
  const again = await setUp(true, cage.folder);
  expect(again.cage.records().findLast(({ kind }) => kind === "certificates")).toMatchObject({
    body: { before: second, after: second },
  });
});

it("reads its files again, and keeps what it has when they cannot be used", async () => {
  const { cage } = await setUp(false);
  const serial = async () => (await open(cage, { servername: "shop.example" })).getPeerCertificate().serialNumber;
  const first = await serial();
  const next = await ours.issue({ hosts: ["shop.example"] });
  write("shop.pem", next.cert);
  expect(await cage.reload()).toBe(false);
  expect(await serial()).toBe(first);
  write("shop-key.pem", next.key, 0o600);
  expect(await cage.reload()).toBe(true);
  expect(await serial()).not.toBe(first);
});

it("says what is wrong with its files", async () => {
  const past = await ours.issue({ hosts: ["a.example"], from: -3, to: -1 });
  write("past.pem", past.cert);
  write("past-key.pem", past.key, 0o600);
  write("open-key.pem", past.key, 0o604);
  const said = (chain: string, key: string | null, clients: string | null = null): string => {
    const certificates = [{ chain: file(chain), key: key === null ? null : file(key) }];
    try {
      new IngressTls({ certificates, clients: clients === null ? null : file(clients) }, new Date());
    } catch (error) {
      return (error as Error).message.replaceAll(`${folder}/`, "");
    }
    return "fine";
  };
  expect(said("shop.pem", "shop-key.pem", "clients.pem")).toBe("fine");
  expect(said("none.pem", null)).toBe("none.pem cannot be used for TLS: there is no such file");
  expect(said("shop.pem", null)).toBe("shop.pem cannot be used for TLS: it holds no key, and none was given beside it");
  expect(said("shop-key.pem", "shop-key.pem")).toBe("shop-key.pem cannot be used for TLS: it holds no certificate");
  expect(said("shop.pem", "api-key.pem")).toBe(
    "shop.pem cannot be used for TLS: its key is not the one in api-key.pem",
  );
  expect(said("past.pem", "open-key.pem")).toMatch(/open-key\.pem .* every user of this machine may read it/);
  expect(said("past.pem", "past-key.pem")).toMatch(/it was valid until/);
  expect(said("shop.pem", "shop-key.pem", "api.pem")).toMatch(/it is no authority's/);
  expect(said("shop.pem", "shop-key.pem", "shop-key.pem")).toMatch(/it holds no certificate/);
});
