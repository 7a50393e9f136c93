// What is sent to a cage to get past it, as bytes over sockets, to a whole cage: a compiled policy, real records. For each stored attack
// the answer, what reached the upstream, and the record that names it; then attacks of more than one request, broken peers, and a
// ledger that fails.
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer as createHttps } from "node:https";
import { type AddressInfo, connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { selfSigned } from "../unit/cage/tls/certificates.ts";
import { ATTACKS, type AttackCase, bytesOf, CASES, SMUGGLING, SSRF } from "./attacks.ts";
import { afterwards, closeAll, get, parts, raw, rawUpstream, type Seen, until, upstream } from "./fakes.ts";
import { NEAR, type Whole, wholeCage } from "./whole.ts";

const FAR = `policy: far
on: http.request
rules:
  - allow: everything
    id: all
`;

describe("the table of attacks", () => {
  it("has all 33", () =>
    expect(ATTACKS.map(({ id }) => id)).toEqual(Array.from({ length: 33 }, (_, at) => `A${at + 1}`)));
  it.each(ATTACKS.map((each) => [each.id, each] as const))(
    "%s is tried, or said to be open",
    (_, { tests = [], open }) => {
      expect(tests.length > 0 || open !== undefined).toBe(true);
      for (const file of tests) expect(existsSync(new URL(`../../${file}`, import.meta.url)), file).toBe(true);
    },
  );
  it("what is open stands in the threat model", () => {
    const page = readFileSync(new URL("../../docs/cage.md", import.meta.url), "utf8");
    for (const { id, attack, open } of ATTACKS)
      if (open !== undefined) expect(page).toContain(`| ${id} | ${attack} | ${open} |`);
  });
  it("every case is of one of them, under a name of its own", () => {
    const all = [...CASES, ...SMUGGLING, ...SSRF];
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    for (const { attack } of all) expect(ATTACKS.map(({ id }) => id)).toContain(attack);
  });
});

/** Reasons that stand in the records from an index on: of refusals, of denials, of how exchanges ended. */
const wordsOf = (cage: Whole, from: number): readonly string[] =>
  cage.records(from).flatMap((record) => {
    if (record.kind === "refusal") return [String(record.body["word"])];
    if (record.kind === "intent") return [record.decided.at(-1)!.reason];
    return record.kind === "completion" ? [record.ended] : [];
  });

const codeOf = (body: string): string => (JSON.parse(body) as { code: string }).code;

describe("one request each", () => {
  let up: Seen;
  let dialled = 0;
  let near: Whole;
  let far: Whole;
  let names: AttackCase["names"] = {};
  beforeAll(async () => {
    up = await upstream();
    up.server.on("connection", () => dialled++);
    near = await wholeCage(`${NEAR}  - allow: what comes in
    id: in
    match: {direction: ingress}
    then: {reach: {classes: [loopback]}, route: {to: "${up.url}"}}
`);
    far = await wholeCage(FAR, {}, async (host) => {
      const found = names?.[host];
      if (found === undefined) throw new Error("no such name");
      return found;
    });
  });
  beforeEach(() => {
    (up.requests as unknown[]).length = 0;
  });
  afterAll(closeAll);

  const run = async (attack: AttackCase, cage: Whole): Promise<void> => {
    const { status, word, reaches = 0, forwarded, absent = [], present = {} } = attack.expect;
    const [from, dials] = [cage.ledger.size, dialled];
    names = attack.names;
    const { text } = await raw(attack.direction === "ingress" ? cage.inPort : cage.port, bytesOf(attack, up.port));
    const answer = parts(text.replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, ""));
    const words = word === undefined ? [] : [word].flat();
    if (word !== undefined) {
      expect(answer.head).toContain("content-type: application/problem+json");
      expect(words).toContain(codeOf(answer.body));
    }
    expect(answer.status).toBe(status);
    expect(up.requests).toHaveLength(reaches);
    if (forwarded !== undefined) expect(up.requests[0]?.head).toBe(`GET ${forwarded}`);
    const fields = new Map<string, string>();
    for (const { raw } of up.requests)
      for (let at = 0; at < raw.length; at += 2) fields.set(raw[at]!.toLowerCase(), raw[at + 1]!);
    for (const name of absent) expect(fields.has(name), name).toBe(false);
    for (const [name, value] of Object.entries(present)) expect(fields.get(name)).toBe(value);
    if (word === undefined) return;
    // No address was dialled either, where it was the address that was wrong.
    if (attack.host !== undefined) expect(dialled).toBe(dials);
    await until(() => wordsOf(cage, from).some((each) => words.includes(each)));
  };

  it.each(SMUGGLING.map((each) => [each.id, each] as const))("%s", (_, each) => run(each, near));
  it.each(CASES.map((each) => [each.id, each] as const))("%s", (_, each) => run(each, near));
  it.each(SSRF.map((each) => [each.id, each] as const))("%s", (_, each) => run(each, far));
});

describe("more than one request", () => {
  afterEach(closeAll);

  it("A8: a name is resolved once, and the socket goes to that answer", async () => {
    const up = await upstream();
    let asked = 0;
    const cage = await wholeCage(`${FAR}    then: {reach: {classes: [loopback]}}\n`, {}, async () => {
      asked++;
      return asked === 1 ? ["127.0.0.1"] : ["127.0.0.2"];
    });
    expect((await raw(cage.port, get(`http://rebound.example:${up.port}/`))).status).toBe(200);
    expect(asked).toBe(1);
    await until(() => cage.gate.underWay === 0);
    const completion = cage.records().find(({ kind }) => kind === "completion");
    expect(completion).toMatchObject({ ended: "answered", dialled: { ip: "127.0.0.1", class: "loopback" } });
  });

  it("A9: a rule that reaches every class does not reach metadata; `dangerous` alone does", async () => {
    const from = async (reach: string): Promise<string> => {
      const cage = await wholeCage(`${FAR}    then: {reach: ${reach}}\n`);
      const answer = await raw(cage.port, get("http://[fd00:ec2::254]/latest/meta-data/"), { waitMs: 15_000 });
      return codeOf(answer.body);
    };
    expect(await from("{classes: [private, link-local, loopback]}")).toBe("metadata-address");
    // Now it is dialled, and nothing is there.
    expect(["unreachable", "dial-timeout"]).toContain(await from("{classes: [private], dangerous: metadata}"));
  });

  it("A10: a redirect is the caller's to follow, and each step is decided", async () => {
    const up = await upstream((_, response) => {
      response.writeHead(302, { location: "http://169.254.169.254/latest/meta-data/", "content-length": "0" });
      response.end();
    });
    const cage = await wholeCage(NEAR);
    const answer = await raw(cage.port, get(`${up.url}/`, "Authorization: Bearer secret\r\n"));
    expect(answer.status).toBe(302);
    expect(answer.head).toContain("location: http://169.254.169.254/latest/meta-data/");
    expect(up.requests).toHaveLength(1);
    const next = await raw(
      cage.port,
      get("http://169.254.169.254/latest/meta-data/", "Authorization: Bearer secret\r\n"),
    );
    expect([next.status, codeOf(next.body)]).toEqual([403, "denied"]);
  });

  it("A12: tunnels to addresses and ports that no rule names", async () => {
    const cage = await wholeCage(`policy: tunnels
on: http.request
rules:
  - allow: one host
    id: one
    match: {at: connect, host: git.example, port: 443}
`);
    for (const target of [
      "git.example:22",
      "git.example:80",
      "127.0.0.1:443",
      "[::1]:443",
      "169.254.169.254:443",
      "other.example:443",
    ]) {
      const answer = await raw(cage.port, `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
      expect([answer.status, codeOf(answer.body)], target).toEqual([403, "denied"]);
    }
    expect(cage.records().filter(({ kind }) => kind === "intent")).toHaveLength(6);
    const spelt = await raw(cage.port, "CONNECT 2130706433:443 HTTP/1.1\r\nHost: 2130706433:443\r\n\r\n");
    expect(spelt.status).toBe(400);
  });

  it("A13: another host inside a tunnel is not seen, and the record says how little was", async () => {
    const { cert, key } = await selfSigned("site.example");
    const server = createHttps({ cert, key }, (request, response) => response.end(`this is ${request.headers.host}`));
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    afterwards(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const cage = await wholeCage(
      `policy: tunnels
on: http.request
rules:
  - allow: one host
    id: one
    match: {at: connect, host: site.example, port: ${port}}
    then: {route: {to: tunnel}, reach: {classes: [loopback]}}
`,
      {},
      async () => ["127.0.0.1"],
    );
    const socket = connect(cage.port, "127.0.0.1");
    afterwards(() => socket.destroy());
    socket.write(`CONNECT site.example:${port} HTTP/1.1\r\nHost: site.example:${port}\r\n\r\n`);
    await once(socket, "readable");
    expect(String(socket.read())).toContain(" 200 ");
    const inside = connectTls({ socket, servername: "site.example", ca: cert });
    inside.write("GET / HTTP/1.1\r\nHost: hidden.example\r\nConnection: close\r\n\r\n");
    let said = "";
    for await (const part of inside) said += String(part);
    expect(said).toContain("this is hidden.example");
    await until(() => cage.gate.underWay === 0);
    const [intent] = cage.records().filter((record) => record.kind === "intent");
    expect(intent).toMatchObject({
      decided: [{ allowed: true, input: { host: "site.example", visibility: "connect" } }],
    });
    expect(JSON.stringify(cage.records())).not.toContain("hidden.example");
  });

  it("A14: names over https and a second proxy, where the request is seen", async () => {
    const up = await upstream();
    const cage = await wholeCage(`${NEAR}  - deny: names over https
    id: doh
    when: >-
      get(fields["content-type"], "") == "application/dns-message" || get(fields["accept"], "") == "application/dns-message"
`);
    for (const field of ["Content-Type: application/dns-message", "Accept: application/dns-message"]) {
      const answer = await raw(cage.port, get(`${up.url}/dns-query`, `${field}\r\n`));
      expect([answer.status, codeOf(answer.body)]).toEqual([403, "denied"]);
    }
    const nested = await raw(cage.port, `CONNECT 127.0.0.1:${up.port} HTTP/1.1\r\nHost: 127.0.0.1:${up.port}\r\n\r\n`);
    expect(nested.status).toBe(403);
    expect(up.requests).toHaveLength(0);
  });

  it("A25: a body that nests, is huge, or says a key twice does not reach the policy", async () => {
    const up = await upstream();
    const cage = await wholeCage(
      `${NEAR.replace("at: request", "at: [request, body]")}  - deny: admins
    id: admins
    match: {at: body, json: {role: {matches: "^(a+)+$"}}}
`,
      { limits: { heldBodyBytes: 100_000 } },
    );
    const post = (body: string) =>
      raw(
        cage.port,
        `${get(`${up.url}/`, `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n`, "POST")}${body}`,
      );
    expect(codeOf((await post(`${"[".repeat(40)}${"]".repeat(40)}`)).body)).toBe("input");
    expect(codeOf((await post('{"role":"x","role":"y"}')).body)).toBe("bad-json");
    expect((await post(`"${"a".repeat(100_001)}"`)).status).toBe(413);
    // A pattern that makes backtracking engines stand still.
    const start = process.cpuUsage().user;
    expect((await post(`{"role":"${"a".repeat(16_000)}b"}`)).status).toBe(200);
    expect((process.cpuUsage().user - start) / 1_000).toBeLessThan(2_000);
    expect(codeOf((await post(`{"role":"${"a".repeat(64)}"}`)).body)).toBe("denied");
    expect(up.requests).toHaveLength(1);
  });

  it("A26: what is compressed stays so", async () => {
    const bomb = Buffer.from(
      "1f8b0800000000000003edc1010d000000c2a0f74f6d0f07140000000000000000000000000000000000007c1b",
      "hex",
    );
    const up = await upstream((_, response, body) => {
      response.writeHead(200, { "content-encoding": "gzip" });
      response.end(body);
    });
    const cage = await wholeCage(NEAR);
    const answer = await raw(
      cage.port,
      `${get(`${up.url}/`, `Content-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n`, "POST")}${bomb.toString("latin1")}`,
    );
    expect(up.requests[0]!.body).toEqual(bomb);
    expect(answer.text.includes(bomb.toString("latin1"))).toBe(true);
  });

  it("A29: what lets somebody in stands in no answer and no record", async () => {
    const up = await upstream();
    const cage =
      await wholeCage(`${NEAR.replace("rules:", "secrets: [fields.x-token]\nrules:")}  - require: everything is kept
    id: kept
    then: {receipt: full}
`);
    const secrets = ["Bearer-s3cret", "session-s3cret", "token-s3cret"];
    const fields = `Authorization: ${secrets[0]}\r\nCookie: a=${secrets[1]}\r\nX-Token: ${secrets[2]}\r\n`;
    expect((await raw(cage.port, get(`${up.url}/`, fields))).status).toBe(200);
    const denied = await raw(cage.port, get("http://other.example/", fields));
    expect(denied.status).toBe(403);
    await until(() => cage.gate.underWay === 0);
    for (let index = 0; index < cage.ledger.size; index++) {
      const entry = Buffer.from(cage.ledger.log.entry(index)).toString("latin1");
      for (const secret of secrets) expect(entry).not.toContain(secret);
    }
    for (const secret of secrets) expect(denied.text).not.toContain(secret);
  });

  it("A33: a host no rule names and one that a rule denies are answered alike", async () => {
    const cage = await wholeCage(`${NEAR}  - deny: the competitor
    id: competitor
    match: {host: denied.example}
`);
    const answers = [];
    for (const host of ["denied.example", "nobody.example"]) {
      const { text } = await raw(cage.port, get(`http://${host}/`));
      answers.push(text.replace(/[0-9a-f]{64}|[0-9a-f]{12}-\d+|^date: .*$/gim, "-"));
    }
    expect(answers[0]).toBe(answers[1]);
    expect(answers[0]).not.toContain("competitor");
  });
});

describe("peers", () => {
  afterEach(closeAll);

  it("a hundred that send a byte at a time do not keep others out, and are ended", async () => {
    const up = await upstream();
    const cage = await wholeCage(NEAR, { limits: { headMs: 1_000 } });
    const slow: Socket[] = [];
    let ended = 0;
    for (let count = 0; count < 100; count++) {
      const socket = connect(cage.port, "127.0.0.1");
      socket.on("error", () => undefined);
      socket.on("close", () => ended++);
      socket.write("GET http://");
      slow.push(socket);
    }
    const drip = setInterval(() => {
      for (const socket of slow) if (!socket.destroyed) socket.write("a");
    }, 50);
    afterwards(() => {
      clearInterval(drip);
      for (const socket of slow) socket.destroy();
    });
    expect((await raw(cage.port, get(`${up.url}/`))).status).toBe(200);
    for (const socket of slow) socket.resume();
    await until(() => ended === 100, 10_000);
    expect(wordsOf(cage, 0).filter((word) => word === "head-slow").length).toBe(100);
  });

  it("one that reads nothing holds no memory: the upstream waits", async () => {
    let written = 0;
    const up = await rawUpstream((socket) => {
      socket.once("data", () => {
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
        const part = Buffer.alloc(65_536);
        const more = (): void => {
          while (!socket.destroyed && written < 1_000_000_000) {
            written += part.length;
            if (!socket.write(part)) break;
          }
        };
        socket.on("drain", more);
        more();
      });
    });
    const cage = await wholeCage(NEAR);
    const socket = connect(cage.port, "127.0.0.1");
    socket.on("error", () => undefined);
    afterwards(() => socket.destroy());
    socket.pause();
    socket.write(get(`${up.url}/`));
    await until(() => written > 100_000);
    let before = -1;
    // Until it stands still.
    while (before !== written) {
      before = written;
      await new Promise((next) => setTimeout(next, 300));
    }
    expect(written).toBeLessThan(50_000_000);
  });

  it.each<[string, (socket: Socket) => void, string, number]>([
    ["resets before it answers", (socket) => socket.resetAndDestroy(), "upstream-closed", 502],
    ["closes one half and says nothing", (socket) => socket.end(), "upstream-closed", 502],
    [
      "says two lengths",
      (socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc"),
      "upstream-malformed",
      502,
    ],
    [
      "says a length and chunks",
      (socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
      "upstream-malformed",
      502,
    ],
    ["answers in another protocol", (socket) => socket.end("SSH-2.0-OpenSSH\r\n"), "upstream-malformed", 502],
    [
      "sends a head without end",
      (socket) => void socket.write(`HTTP/1.1 200 OK\r\nX: ${"a".repeat(40_000)}`),
      "upstream-head-too-large",
      502,
    ],
    [
      "switches protocols unasked",
      (socket) => socket.end("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n"),
      "upstream-closed",
      502,
    ],
  ])("an upstream that %s", async (_, answer, word, status) => {
    const up = await rawUpstream((socket) => socket.once("data", () => answer(socket)));
    const cage = await wholeCage(NEAR);
    const told = await raw(cage.port, get(`${up.url}/`));
    expect([told.status, codeOf(told.body)]).toEqual([status, word]);
    await until(() => wordsOf(cage, 0).includes(word));
  });

  it("an answer that is cut is cut for the caller, too, and recorded so", async () => {
    const up = await rawUpstream((socket) =>
      socket.once("data", () =>
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc", () =>
          setTimeout(() => socket.resetAndDestroy(), 20),
        ),
      ),
    );
    const cage = await wholeCage(NEAR);
    const told = await raw(cage.port, get(`${up.url}/`));
    expect(told.body.length).toBeLessThan(100);
    await until(() => wordsOf(cage, 0).includes("upstream-cut"));
  });

  it("nothing behind the first answer of an upstream is taken for an answer", async () => {
    const up = await rawUpstream((socket) =>
      socket.on("data", () =>
        socket.write(
          "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison",
        ),
      ),
    );
    const cage = await wholeCage(NEAR);
    for (let count = 0; count < 3; count++) {
      const told = await raw(cage.port, get(`${up.url}/${count}`));
      expect([200, 502]).toContain(told.status);
      expect(told.text).not.toContain("poison");
    }
  });
});

describe("a ledger that fails", () => {
  afterEach(closeAll);
  const root = process.getuid?.() === 0;
  if (!root) process.stderr.write("a ledger whose disk is full: not tested, only root can mount a small disk\n");

  it.runIf(root)(
    "whose disk is full: nothing goes out, the answer says why, and it goes on when there is room",
    async () => {
      const disk = mkdtempSync(join(tmpdir(), "writ-full-"));
      const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=96m", "tmpfs", disk], { encoding: "utf8" });
      expect(mounted.status, `a small disk could not be mounted: ${mounted.stderr}`).toBe(0);
      afterwards(() => {
        spawnSync("umount", ["--lazy", disk]);
        rmSync(disk, { recursive: true, force: true });
      });
      const up = await upstream();
      const cage = await wholeCage(NEAR, { ledger: join(disk, "ledger") });
      expect((await raw(cage.port, get(`${up.url}/before`))).status).toBe(200);
      spawnSync("sh", ["-c", `dd if=/dev/zero of=${join(disk, "fill")} bs=64k 2>/dev/null`]);
      let denied = "";
      let through = 0;
      for (let count = 0; count < 400 && denied === ""; count++) {
        const seen = up.requests.length;
        const answer = await raw(cage.port, get(`${up.url}/${count}`, `X-Filling: ${"a".repeat(6_000)}\r\n`));
        if (answer.status === 200) through++;
        else {
          denied = codeOf(answer.body);
          expect(answer.status).toBe(503);
          expect(up.requests.length).toBe(seen);
        }
      }
      expect(denied).toBe("ledger-down");
      // What went out before has its intent.
      await until(() => cage.records().filter(({ kind }) => kind === "intent").length >= through + 1);
      const seen = up.requests.length;
      expect(codeOf((await raw(cage.port, get(`${up.url}/still`))).body)).toBe("ledger-down");
      expect(up.requests.length).toBe(seen);
      expect(cage.gate.down).not.toBeNull();
    },
  );

  it("that is closed under the cage: nothing goes out", async () => {
    const up = await upstream();
    const cage = await wholeCage(NEAR);
    expect((await raw(cage.port, get(`${up.url}/`))).status).toBe(200);
    await until(() => cage.gate.underWay === 0);
    await cage.ledger.close();
    const answer = await raw(cage.port, get(`${up.url}/`));
    expect([answer.status, codeOf(answer.body)]).toEqual([503, "ledger-down"]);
    expect(up.requests).toHaveLength(1);
  });
});
