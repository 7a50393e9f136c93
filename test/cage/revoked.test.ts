// Callers whose certificates are revoked, with an authority, certificates and lists that openssl makes by the commands of docs/cage.md.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { readUpstream } from "../../cage/proxy/index.ts";
import { IngressTls, type IngressTlsFiles } from "../../cage/tls/index.ts";
import { afterwards, closeAll, until, upstream } from "./fakes.ts";
import { type Whole, wholeCage } from "./whole.ts";

const POLICY = `policy: partners
on: http.request
rules:
  - allow: whoever shows a certificate
    match: {at: request, caller: {id: {present: true}}}
    then: {route: {to: web}}
`;
const folder = mkdtempSync(join(tmpdir(), "writ-revoked-"));
const file = (name: string): string => join(folder, name);
const sh = (commands: string): void =>
  void execFileSync("sh", ["-ec", commands], { cwd: folder, stdio: "pipe", env: { ...process.env, CAGE: "" } });

/** The commands of the documentation that stand under a mark; the last of the second ones is for a cage that runs on its own. */
function documented(mark: string): string {
  const text = readFileSync(new URL("../../docs/cage.md", import.meta.url), "utf8");
  return /```sh\n([^`]+)```/.exec(text.slice(text.indexOf(`<!-- ${mark}`)))![1]!;
}
const REVOKE = documented("revoking, one caller").replace(/kill -HUP .*\n/, "");

beforeAll(() => {
  const key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
  sh(`
    authority() { openssl req -x509 ${key} -keyout $1-key.pem -out $1.pem -days 30 -subj "/O=Example/CN=$2" \\
      -addext keyUsage=critical,keyCertSign,cRLSign; }
    authority partners-ca partners
    authority other-ca partners
    authority third-ca third
    printf 'extendedKeyUsage=clientAuth\\n' > caller.ext
    for name in partner friend; do
      openssl req ${key} -keyout $name-key.pem -out $name.csr -subj /O=Example/CN=$name
      openssl x509 -req -in $name.csr -CA partners-ca.pem -CAkey partners-ca-key.pem -CAcreateserial -days 9 -extfile caller.ext -out $name.pem
    done
    openssl req -x509 ${key} -keyout shop-key.pem -out shop.pem -days 9 -subj /CN=shop.example -addext subjectAltName=DNS:shop.example
  `);
  sh(documented("revoking, once"));
});
afterEach(closeAll);
afterAll(() => rmSync(folder, { recursive: true }));

const FILES: IngressTlsFiles = {
  certificates: [{ chain: file("shop.pem"), key: file("shop-key.pem") }],
  clients: file("partners-ca.pem"),
  revoked: [file("revoked.pem")],
};

/** Answers what waits at the upstream. */
let slow: (() => void) | null = null;

async function setUp(list: string | null = null): Promise<Whole> {
  if (list !== null) writeFileSync(file("revoked.pem"), list);
  const up = await upstream((request, response) => {
    if (request.url === "/slow") slow = () => void response.end("hello");
    else response.end("hello");
  });
  const web = readUpstream("web", up.url)!;
  return wholeCage(POLICY, {
    egress: [],
    ingress: [{ at: { host: "127.0.0.1", port: 0 }, caller: null, scheme: "https", ends: true }],
    upstreams: new Map([["web", web]]),
    tls: FILES,
  });
}

interface Said {
  readonly status: number;
  readonly code: string;
}
function caller({ inPort }: Whole, name: string): (path?: string) => Promise<Said> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  afterwards(() => agent.destroy());
  const tls = {
    ca: readFileSync(file("shop.pem")),
    cert: readFileSync(file(`${name}.pem`)),
    key: readFileSync(file(`${name}-key.pem`)),
  };
  return (path = "/") =>
    new Promise((done, failed) => {
      const headers = { host: "shop.example" };
      request(
        { host: "127.0.0.1", port: inPort, path, servername: "shop.example", headers, agent, ...tls },
        async (answer) => {
          const body = Buffer.concat(await answer.toArray()).toString();
          done({ status: answer.statusCode!, code: answer.statusCode === 200 ? "" : JSON.parse(body).code });
        },
      )
        .on("error", failed)
        .end();
    });
}

it("a caller that is revoked is refused from the next request on, open connections included, and recorded", async () => {
  const cage = await setUp();
  const [partner, friend] = [caller(cage, "partner"), caller(cage, "friend")];
  for (const each of [partner, friend]) expect(await each()).toEqual({ status: 200, code: "" });
  const another = caller(cage, "partner");
  const waiting = another("/slow");
  await until(() => slow !== null);
  sh(REVOKE);
  expect(await cage.reload()).toBe(true);
  // What is under way is answered; the others are closed at once.
  const open = async (): Promise<string> => /writ_cage_connections (\d+)/.exec(await cage.cage.numbers.text())![1]!;
  await until(async () => (await open()) === "1");
  slow!();
  expect(await waiting).toEqual({ status: 200, code: "" });
  await until(async () => (await open()) === "0");
  expect(await another()).toEqual({ status: 403, code: "client-certificate" });
  expect(await partner()).toEqual({ status: 403, code: "client-certificate" });
  expect(await friend()).toEqual({ status: 200, code: "" });
  const serial = execFileSync("openssl", ["x509", "-in", file("partner.pem"), "-noout", "-serial"], {
    encoding: "utf8",
  });
  expect(cage.records().findLast(({ kind }) => kind === "refusal")).toMatchObject({
    body: {
      word: "client-certificate",
      detail: `CERT_REVOKED CN=partner,O=Example, serial ${serial.trim().slice("serial=".length)}`,
      caller: { address: "127.0.0.1" },
    },
  });
  const digest = execFileSync("sh", ["-c", "openssl crl -in revoked.pem -outform DER | sha256sum"], {
    cwd: folder,
    encoding: "utf8",
  });
  const lists = cage.records().flatMap((record) => (record.kind === "certificates" ? [record.body] : []));
  expect(lists.at(-1)).toMatchObject({ after: { revoked: [digest.slice(0, 64)] } });
});

it("a list that cannot be used changes nothing; one that is over takes no caller", async () => {
  const good = readFileSync(file("revoked.pem"), "utf8");
  const tls = new IngressTls(FILES, new Date());
  const said = (list: string): string => {
    writeFileSync(file("revoked.pem"), list);
    try {
      tls.use(tls.readAgain(new Date()));
    } catch (error) {
      return (error as Error).message;
    }
    return "fine";
  };
  const make = (ca: string, more: string): string => {
    sh(`openssl ca -config ca.cnf -cert ${ca}.pem -keyfile ${ca}-key.pem -gencrl ${more} -out made.pem`);
    return readFileSync(file("made.pem"), "utf8");
  };
  expect(said("")).toMatch(/it holds no list of revoked certificates/);
  expect(said(make("other-ca", "-crldays 7"))).toMatch(/it is not signed by the `.*partners.*`/);
  const past = "-crl_lastupdate 20250101000000Z";
  expect(said(make("partners-ca", `${past} -crl_nextupdate 20250102000000Z`))).toMatch(/was good until 2025-01-02/);
  expect(said(make("partners-ca", `${past} -crldays 7`))).toMatch(/is older than the one in use/);
  expect(said(readFileSync(file("partners-ca.pem"), "utf8"))).toMatch(/it holds no list/);
  // Of two authorities each needs one.
  writeFileSync(
    file("both.pem"),
    readFileSync(file("partners-ca.pem"), "utf8") + readFileSync(file("third-ca.pem"), "utf8"),
  );
  writeFileSync(file("revoked.pem"), good);
  expect(() => new IngressTls({ ...FILES, clients: file("both.pem") }, new Date())).toThrow(
    /there is no list of `.*third.*`, so none of its callers would be taken/,
  );
  writeFileSync(file("revoked.pem"), good + make("third-ca", "-crldays 7"));
  new IngressTls({ ...FILES, clients: file("both.pem") }, new Date());

  const cage = await setUp(good);
  writeFileSync(file("revoked.pem"), make("partners-ca", "-crlsec 2"));
  expect(await cage.reload()).toBe(true);
  await new Promise((done) => setTimeout(done, 2_100));
  expect(await caller(cage, "friend")()).toEqual({ status: 403, code: "client-certificate" });
  expect(cage.records().findLast(({ kind }) => kind === "refusal")).toMatchObject({
    body: { detail: "CRL_HAS_EXPIRED" },
  });
});
