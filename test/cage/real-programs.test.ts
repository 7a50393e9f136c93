// Programs as people use them, unchanged, through a cage on loopback: curl, git, Chromium, and Node applications. Upstreams have
// certificates of an authority made here; the names resolve in the cage alone.
import { execFile, spawn } from "node:child_process";
import { createHash, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { createServer as createHttps } from "node:https";
import { type AddressInfo, createServer as createTcp } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Facts, Obligation, Point } from "../../cage/point.ts";
import {
  type Authority,
  createInterceptor,
  createTunnel,
  initAuthority,
  type TunnelOptions,
} from "../../cage/tls/index.ts";
import { type TestAuthority, testAuthority } from "../unit/cage/tls/certificates.ts";
import { afterwards, cage, closeAll, type FakeGate, fakeGate, until, upstream } from "./fakes.ts";

const root = join(import.meta.dirname, "../..");
const HOSTS = ["site.example", "api.example", "git.example"];
const INTERCEPTED = "api.example";

let folder: string;
let outside: TestAuthority;
let local: Authority;
let outsidePem: string;
let localPem: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "writ-programs-"));
  outside = await testAuthority();
  local = await initAuthority(join(folder, "ca"), { hosts: [INTERCEPTED], days: 1, now: new Date() });
  outsidePem = join(folder, "outside.pem");
  localPem = join(folder, "ca", "ca.pem");
  writeFileSync(outsidePem, outside.root);
});
afterEach(closeAll);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** An https upstream for all hosts. */
async function secure(answer: RequestListener): Promise<{ port: number; requests: string[] }> {
  const requests: string[] = [];
  const server = createHttps(await outside.issue({ hosts: HOSTS }), (request, response) => {
    requests.push(`${request.method} ${request.headers.host} ${request.url}`);
    answer(request, response);
  });
  // curl does not wait for last words: an upstream that sends some is answered by a reset, or not, as it happens.
  server.on("secureConnection", (socket) => socket.prependListener("end", () => socket.destroy()));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  afterwards(() => {
    server.closeAllConnections();
    return new Promise((done) => server.close(done));
  });
  return { port: (server.address() as AddressInfo).port, requests };
}

/** A cage that lets this through to the ports that are named. */
async function through(
  ports: readonly number[],
  allows: (point: Point, facts: Facts) => boolean = () => true,
  options: TunnelOptions = {},
) {
  const intercept = ({ host, port }: Facts): Obligation => ({
    name: "route",
    args: { to: `https://${host}:${port}`, tls: "intercept" },
    rules: ["near"],
  });
  const gate: FakeGate = fakeGate((point, facts) =>
    HOSTS.includes(facts.host) && ports.includes(facts.port) && allows(point, facts)
      ? point === "connect" && facts.host === INTERCEPTED
        ? [intercept(facts)]
        : []
      : null,
  );
  const started = await cage(gate, {
    tunnel: createTunnel({ interceptor: createInterceptor(local), ...options }),
    resolve: async (host) => (HOSTS.includes(host) ? ["127.0.0.1"] : Promise.reject(new Error("unknown"))),
    authorities: [outside.root],
  });
  return { gate, proxy: `http://127.0.0.1:${started.port}`, socket: started.egress[1] };
}

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}
/** Nothing of the machine's own settings. */
const BARE = { PATH: process.env["PATH"], LANG: "C", LC_ALL: "C" };
function run(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
  return new Promise((done, failed) => {
    execFile(
      program,
      args,
      { env: { ...BARE, HOME: folder, ...env } as NodeJS.ProcessEnv, timeout: 25_000, cwd: folder },
      (error, out, err) => {
        if (error !== null && typeof error.code !== "number")
          return failed(new Error(`${program}: ${error.message}\n${err}`));
        done({ code: error === null ? 0 : (error.code as number), out, err });
      },
    );
  });
}
const intended = (gate: FakeGate) =>
  gate.intents.map(({ decisions, facts }) => ({
    reason: decisions.at(-1)!.reason,
    visibility: facts.visibility,
    host: facts.host,
    ...(facts.path === undefined ? {} : { path: facts.path }),
  }));

describe("curl", () => {
  const curl = (...args: string[]) => run("curl", ["-sS", "-m", "10", ...args]);

  it("http in absolute form", async () => {
    const up = await upstream();
    const { gate, proxy } = await through([up.port]);
    expect(await curl("-x", proxy, `http://site.example:${up.port}/a?b=c`)).toMatchObject({ code: 0, out: "hello" });
    expect(up.requests.map(({ head }) => head)).toEqual(["GET /a?b=c"]);
    expect(intended(gate)).toEqual([{ reason: "allowed", visibility: "full", host: "site.example", path: "/a" }]);
  });

  it("https through a tunnel: what is inside is not seen", async () => {
    const { port, requests } = await secure((_, response) => response.end("from the tunnel"));
    const { gate, proxy } = await through([port]);
    const ran = await curl("-x", proxy, "--cacert", outsidePem, `https://site.example:${port}/secret`);
    expect(ran).toMatchObject({ code: 0, out: "from the tunnel" });
    expect(requests).toEqual([`GET site.example:${port} /secret`]);
    expect(intended(gate)).toEqual([{ reason: "allowed", visibility: "connect", host: "site.example" }]);
    await until(() => gate.completed.length === 1);
    expect(gate.completed[0]!.outcome).toMatchObject({ ended: "closed", status: 200 });
    expect(JSON.stringify([gate.intents, gate.completed])).not.toContain("secret");
  });

  it("https intercepted: every request is decided", async () => {
    const { port, requests } = await secure((_, response) => response.end("read by the cage"));
    const { gate, proxy } = await through([port], (point, { path }) => point === "connect" || path !== "/closed");
    const url = `https://api.example:${port}`;
    const ran = await curl(
      "-x",
      proxy,
      "--cacert",
      localPem,
      `${url}/open?x=1`,
      `${url}/closed`,
      "-w",
      "%{http_code} ",
    );
    expect(ran.code).toBe(0);
    expect(ran.out).toMatch(/^read by the cage200 \{.*"code":"denied".*\}403 $/);
    expect(requests).toEqual([`GET api.example:${port} /open?x=1`]);
    expect(intended(gate)).toEqual([
      { reason: "allowed", visibility: "intercepted", host: "api.example" },
      { reason: "allowed", visibility: "intercepted", host: "api.example", path: "/open" },
      { reason: "denied", visibility: "intercepted", host: "api.example", path: "/closed" },
    ]);
    expect(gate.intents[0]!.facts.met).toEqual([{ name: "route", found: { tls: "intercept", authority: local.id } }]);
  });

  it("a client that does not trust the local authority gets nothing, and no tunnel", async () => {
    const { port, requests } = await secure((_, response) => response.end());
    const { gate, proxy } = await through([port]);
    const ran = await curl("-x", proxy, "--cacert", outsidePem, `https://api.example:${port}/`);
    expect(ran.code).toBe(60);
    await until(() => gate.intents.length === 1);
    expect(intended(gate)[0]!.reason).toBe("tls-client-rejected");
    expect(requests).toEqual([]);
  });

  it("another Host inside an interception is refused", async () => {
    const { port, requests } = await secure((_, response) => response.end());
    const { proxy } = await through([port]);
    const url = `https://api.example:${port}/`;
    const ran = await curl("-x", proxy, "--cacert", localPem, "-H", "Host: site.example", "-w", "%{http_code}", url);
    expect(ran.out).toMatch(/40\d$/);
    expect(requests).toEqual([]);
  });

  it("a denied host is told in HTTP", async () => {
    const { gate, proxy } = await through([1]);
    const ran = await curl("-x", proxy, "-o", "/dev/null", "-w", "%{http_connect}", "https://elsewhere.example/");
    expect(ran).toMatchObject({ code: 56, out: "403" });
    expect(intended(gate)).toEqual([{ reason: "denied", visibility: "connect", host: "elsewhere.example" }]);
  });

  it("A11: another name inside is told in TLS", async () => {
    const { port, requests } = await secure((_, response) => response.end());
    const { gate, proxy } = await through([port]);
    const to = ["--connect-to", `evil.example:443:site.example:${port}`];
    const ran = await curl("-x", proxy, ...to, "--cacert", outsidePem, "https://evil.example/");
    expect(ran.code).toBe(35);
    expect(ran.err).toMatch(/unrecognized name/);
    expect(intended(gate)[0]!.reason).toBe("sni-mismatch");
    expect(requests).toEqual([]);
  });

  it("A14: a second proxy behind a tunnel is no TLS", async () => {
    const heard: string[] = [];
    const second = createTcp((socket) => void socket.on("data", (bytes) => heard.push(String(bytes))));
    second.listen(0, "127.0.0.1");
    await once(second, "listening");
    afterwards(() => new Promise((done) => second.close(done)));
    const { port } = second.address() as AddressInfo;
    const { gate, proxy } = await through([port]);
    const ran = await curl("--preproxy", "", "-p", "-x", proxy, `http://site.example:${port}/`);
    expect(ran.code).not.toBe(0);
    await until(() => gate.intents.length === 1);
    expect(intended(gate)[0]!.reason).toBe("not-tls");
    expect(heard).toEqual([]);
  });
});

it("git clones and pushes over https through a tunnel", { timeout: 40_000 }, async () => {
  const bare = join(folder, "served", "repo.git");
  const git = (args: readonly string[], proxy = "") =>
    run(
      "git",
      [...(proxy === "" ? [] : ["-c", `http.proxy=${proxy}`, "-c", `http.sslCAInfo=${outsidePem}`]), ...args],
      {
        GIT_CONFIG_NOSYSTEM: "1",
        GIT_TERMINAL_PROMPT: "0",
        GIT_AUTHOR_NAME: "A",
        GIT_AUTHOR_EMAIL: "a@site.example",
        GIT_COMMITTER_NAME: "A",
        GIT_COMMITTER_EMAIL: "a@site.example",
      },
    );
  mkdirSync(bare, { recursive: true });
  await git(["init", "-q", "--bare", "-b", "main", bare]);
  await git(["-C", bare, "config", "http.receivepack", "true"]);
  const work = join(folder, "work");
  await git(["init", "-q", "-b", "main", work]);
  writeFileSync(join(work, "a.txt"), "first\n");
  await git(["-C", work, "add", "."]);
  await git(["-C", work, "commit", "-qm", "first"]);
  await git(["-C", work, "push", "-q", bare, "main"]);

  const { port } = await secure(gitBackend(join(folder, "served")));
  const { gate, proxy } = await through([port]);
  const clone = join(folder, "clone");
  const url = `https://git.example:${port}/repo.git`;
  expect(await git(["clone", "-q", url, clone], proxy)).toMatchObject({ code: 0, err: "" });
  expect(readFileSync(join(clone, "a.txt"), "utf8")).toBe("first\n");
  writeFileSync(join(clone, "b.txt"), "second\n");
  await git(["-C", clone, "add", "."]);
  await git(["-C", clone, "commit", "-qm", "second"]);
  expect(await git(["-C", clone, "push", "-q", "origin", "main"], proxy)).toMatchObject({ code: 0 });
  expect((await git(["-C", bare, "log", "--format=%s"])).out).toBe("second\nfirst\n");
  await until(() => gate.completed.length === gate.intents.length);
  expect(new Set(intended(gate).map((each) => JSON.stringify(each)))).toEqual(
    new Set([JSON.stringify({ reason: "allowed", visibility: "connect", host: "git.example" })]),
  );
  // Git leaves its last connection without waiting for the other side.
  for (const { outcome } of gate.completed) {
    expect(outcome.ended).toMatch(/^(?:closed|caller-reset)$/);
    expect(outcome.bytesOut).toBeGreaterThan(1_000);
  }
});

/** What a web server does for `git http-backend`: the common gateway interface. */
function gitBackend(served: string): RequestListener {
  return (request, response) => {
    const { pathname, search } = new URL(request.url ?? "/", "https://git.example");
    const child = spawn("git", ["http-backend"], {
      env: {
        ...BARE,
        GIT_PROJECT_ROOT: served,
        GIT_HTTP_EXPORT_ALL: "1",
        PATH_INFO: pathname,
        QUERY_STRING: search.slice(1),
        REQUEST_METHOD: request.method,
        CONTENT_TYPE: request.headers["content-type"] ?? "",
        HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
        HTTP_GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
      } as NodeJS.ProcessEnv,
    });
    request.pipe(child.stdin);
    const parts: Buffer[] = [];
    child.stdout.on("data", (part: Buffer) => parts.push(part));
    child.on("close", () => {
      const all = Buffer.concat(parts);
      const end = all.indexOf("\r\n\r\n");
      for (const line of all.subarray(0, end).toString().split("\r\n")) {
        const [name, value] = line.split(/: /, 2) as [string, string];
        if (name === "Status") response.statusCode = Number.parseInt(value, 10);
        else response.setHeader(name, value);
      }
      response.end(all.subarray(end + 4));
    });
  };
}

const chromium = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) =>
  existsSync(path),
);

it("a browser reads through a tunnel, through an interception, and in the clear", { timeout: 60_000 }, async () => {
  // A page that reads what its query names, and says what came of each.
  const answer =
    (title: string): RequestListener =>
    (request, response) => {
      response.setHeader("access-control-allow-origin", "*");
      response.setHeader("content-type", "text/html");
      response.end(
        request.url?.startsWith("/page") === true
          ? `<!doctype html><p id="out">waiting</p><script>
             const urls = new URLSearchParams(location.search).getAll("read");
             const read = (url) => fetch(url).then((answer) => answer.text()).catch(() => "nothing");
             Promise.all(urls.map(read)).then((all) => { document.getElementById("out").textContent = "read: " + all; })</script>`
          : title,
      );
    };
  const clear = await upstream((request, response) => answer("clear")(request, response as never));
  const { port } = await secure(answer("private"));
  const browse = async (proxy: string, page: string, ...urls: string[]): Promise<string> => {
    if (chromium === undefined) throw new Error("this test needs a browser: run scripts/system-packages.sh as root");
    // Roots of this test, in place of installing them.
    const trusted = [outside.root, readFileSync(localPem, "utf8")].map((pem) =>
      createHash("sha256")
        .update(new X509Certificate(pem).publicKey.export({ type: "spki", format: "der" }))
        .digest("base64"),
    );
    const { out } = await run(chromium, [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      `--user-data-dir=${join(folder, "browser")}`,
      `--proxy-server=${proxy}`,
      `--ignore-certificate-errors-spki-list=${trusted.join()}`,
      "--virtual-time-budget=8000",
      "--dump-dom",
      `${page}/page?${urls.map((url) => `read=${encodeURIComponent(url)}`).join("&")}`,
    ]);
    return /read: [a-z,]+/.exec(out)?.[0] ?? out;
  };
  const [site, api, http] = [
    `https://site.example:${port}`,
    `https://api.example:${port}`,
    `http://site.example:${clear.port}`,
  ];
  const ours = (gate: FakeGate) =>
    intended(gate).filter(({ host, path }) => HOSTS.includes(host) && path !== "/favicon.ico");

  const lenient = await through([port, clear.port], undefined, { encryptedHello: "allow" });
  expect(await browse(lenient.proxy, site, `${site}/part`, `${api}/part`)).toBe("read: private,private");
  expect(ours(lenient.gate)).toContainEqual({ reason: "allowed", visibility: "connect", host: "site.example" });
  expect(ours(lenient.gate)).toContainEqual({
    reason: "allowed",
    visibility: "intercepted",
    host: "api.example",
    path: "/part",
  });

  // A browser hides a decoy in each hello: without leave for it there is no tunnel, but an interception.
  const strict = await through([port, clear.port]);
  expect(await browse(strict.proxy, http, `${http}/part`, `${site}/part`, `${api}/part`)).toBe(
    "read: clear,nothing,private",
  );
  expect(ours(strict.gate)).toContainEqual({ reason: "ech", visibility: "connect", host: "site.example" });
  expect(ours(strict.gate)).not.toContainEqual({ reason: "allowed", visibility: "connect", host: "site.example" });
  expect(ours(strict.gate)).toContainEqual({
    reason: "allowed",
    visibility: "full",
    host: "site.example",
    path: "/part",
  });
});

describe("a Node application that knows nothing of a cage", () => {
  const preload = pathToFileURL(join(root, "dist/cage/preload.js")).href;
  const node = (code: string, cageAt: string | null) =>
    run(
      process.execPath,
      ["--import", preload, "--input-type=module", "--eval", code],
      cageAt === null ? {} : { WRIT_CAGE: cageAt },
    );

  it("fetch, http and https", async () => {
    const up = await upstream((_, response, body) => void response.end(`clear ${body.length}`));
    const { port, requests } = await secure(async (request, response) => {
      response.end(`private ${Buffer.concat(await request.toArray()).length}`);
    });
    const { gate, proxy } = await through([port, up.port]);
    const ran = await node(
      `
      import http from "node:http";
      import { get } from "node:https";
      const text = async (answer) => (await answer).text();
      const read = (send, url, options) => new Promise((done, failed) => send(url, options, async (answer) => {
        done(Buffer.concat(await answer.toArray()).toString());
      }).on("error", failed).end());
      const site = "https://site.example:${port}";
      console.log(JSON.stringify([
        await text(fetch(site + "/a?b=c")),
        await text(fetch(site + "/post", { method: "POST", body: "x".repeat(100_000) })),
        await text(fetch(site + "/stream", { method: "POST", duplex: "half", body: new Blob(["abc"]).stream() })),
        await text(fetch("http://site.example:${up.port}/clear")),
        await read(get, site + "/https", {}),
        await read(http.request, "http://site.example:${up.port}/http", { method: "PUT" }),
        (await fetch("https://elsewhere.example/")).status,
        // What the cage would refuse as ambiguous is refused before it leaves.
        await fetch(site + "/a;b").catch((error) => /: path-parameter:/.test(error.cause.message)),
      ]));`,
      proxy,
    );
    expect(ran.err).toBe("");
    expect(JSON.parse(ran.out)).toEqual([
      "private 0",
      "private 100000",
      "private 3",
      "clear 0",
      "private 0",
      "clear 0",
      403,
      true,
    ]);
    expect(requests).toEqual([
      `GET site.example:${port} /a?b=c`,
      `POST site.example:${port} /post`,
      `POST site.example:${port} /stream`,
      `GET site.example:${port} /https`,
    ]);
    // The cage sees all of it, and needs no authority of its own.
    expect(intended(gate).every(({ visibility }) => visibility === "full")).toBe(true);
    expect(gate.intents).toHaveLength(7);
  });

  it("does not start without a cage to go through", async () => {
    const ran = await node(`console.log("started")`, null);
    expect(ran.code).toBe(1);
    expect(ran.out).toBe("");
    expect(ran.err).toMatch(/WRIT_CAGE must say where the cage is/);
  });
});
