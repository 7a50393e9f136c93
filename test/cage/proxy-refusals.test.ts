// What the proxy refuses before any policy sees it, its bounds, and how it stops: over real sockets.
import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { cage, closeAll, fakeGate, get, parts, raw, rawUpstream, until, upstream } from "./fakes.ts";

afterEach(closeAll);

describe("heads that are refused", () => {
  const H = "Host: a.example\r\n";
  it.each<[string, string, number, string]>([
    ["two hosts", `GET http://a.example/ HTTP/1.1\r\n${H}Host: b.example\r\n\r\n`, 400, "two-hosts"],
    ["no host", "GET http://a.example/ HTTP/1.1\r\n\r\n", 400, "no-host"],
    ["another host", "GET http://a.example/ HTTP/1.1\r\nHost: b.example\r\n\r\n", 400, "host-differs"],
    ["user info", `GET http://u:p@a.example/ HTTP/1.1\r\n${H}\r\n`, 400, "userinfo"],
    ["origin form", `GET / HTTP/1.1\r\n${H}\r\n`, 400, "bad-target"],
    ["HTTP/1.0", `GET http://a.example/ HTTP/1.0\r\n${H}\r\n`, 505, "bad-version"],
    ["fragment", `GET http://a.example/#x HTTP/1.1\r\n${H}\r\n`, 400, "fragment"],
    ["dot segment", `GET http://a.example/a/../b HTTP/1.1\r\n${H}\r\n`, 400, "dot-segment"],
    ["encoded separator", `GET http://a.example/a%2fb HTTP/1.1\r\n${H}\r\n`, 400, "encoded-separator"],
    ["underscore", `GET http://a.example/ HTTP/1.1\r\n${H}X_Forwarded_For: 1\r\n\r\n`, 400, "field-name"],
    [
      "protected field named",
      `GET http://a.example/ HTTP/1.1\r\n${H}Connection: authorization\r\n\r\n`,
      400,
      "connection-names-protected",
    ],
    [
      "identity and chunked",
      `POST http://a.example/ HTTP/1.1\r\n${H}Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n`,
      400,
      "transfer-encoding",
    ],
    [
      "length and chunks",
      `POST http://a.example/ HTTP/1.1\r\n${H}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
      "transfer-encoding",
    ],
    [
      "two lengths",
      `POST http://a.example/ HTTP/1.1\r\n${H}Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd`,
      400,
      "two-lengths",
    ],
    [
      "upgrade to h2c",
      `GET http://a.example/ HTTP/1.1\r\n${H}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n`,
      501,
      "upgrade",
    ],
    [
      "websocket",
      `GET http://a.example/ HTTP/1.1\r\n${H}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
      501,
      "upgrade",
    ],
    ["other expectation", `GET http://a.example/ HTTP/1.1\r\n${H}Expect: the-best\r\n\r\n`, 417, "expectation"],
    ["HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "malformed"],
    ["no HTTP", "\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 400, "malformed"],
    ["line folding", `GET http://a.example/ HTTP/1.1\r\n${H}X: a\r\n b\r\n\r\n`, 400, "malformed"],
    ["bare line feeds", `GET http://a.example/ HTTP/1.1\nHost: a.example\n\n`, 400, "malformed"],
    ["too many fields", `GET http://a.example/ HTTP/1.1\r\n${H}${"X: y\r\n".repeat(101)}\r\n`, 431, "too-many-fields"],
    [
      "a head too large",
      `GET http://a.example/ HTTP/1.1\r\n${H}X: ${"y".repeat(17_000)}\r\n\r\n`,
      431,
      "head-too-large",
    ],
    ["a target too long", `GET http://a.example/${"y".repeat(9_000)} HTTP/1.1\r\n${H}\r\n`, 414, "target-too-long"],
    ["CONNECT without tunnels", "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n", 501, "no-tunnels"],
    ["CONNECT without a port", "CONNECT a.example HTTP/1.1\r\nHost: a.example\r\n\r\n", 400, "connect-target"],
  ])("%s", async (_, bytes, status, word) => {
    const gate = fakeGate();
    const { port } = await cage(gate, { resolve: async () => ["127.0.0.1"] });
    const answer = await raw(port, bytes);
    expect([answer.status, JSON.parse(answer.body).code]).toEqual([status, word]);
    expect(answer.head).toMatch(/^connection: close$/im);
    expect(gate.asked).toEqual([]);
    expect(gate.notes.map(({ kind, body }) => [kind, body["word"]])).toEqual([["refusal", word]]);
    expect(JSON.parse(answer.body).receipt).toBe("1".padStart(64, "0"));
  });

  it("what follows on the connection is not read", async () => {
    const gate = fakeGate();
    const up = await upstream();
    const { port } = await cage(gate);
    const answer = await raw(port, `GET / HTTP/1.1\r\nHost: a\r\n\r\n${get(`${up.url}/`)}`);
    expect(answer.text.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(up.requests).toEqual([]);
  });

  it("a refusal is answered though it cannot be recorded", async () => {
    const gate = fakeGate();
    gate.down = true;
    const { port } = await cage(gate);
    const answer = await raw(port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).not.toHaveProperty("receipt");
  });

  it("chunks that are none end the exchange, and the upstream sees a cut body", async () => {
    const gate = fakeGate();
    let got = "";
    const up = await rawUpstream((socket) => socket.on("data", (part) => (got += part)));
    const { port } = await cage(gate);
    const answer = await raw(port, [
      get(`${up.url}/`, "Transfer-Encoding: chunked\r\n", "POST"),
      "3\r\nabc\r\n",
      "zz\r\n",
    ]);
    expect([answer.status, JSON.parse(answer.body).code]).toEqual([400, "malformed"]);
    expect(got).not.toMatch(/0\r\n\r\n$/);
    await until(() => gate.completed.length === 1);
    expect(gate.completed[0]!.outcome).toMatchObject({ ended: "malformed", status: 400 });
  });
});

describe("bodies that rules read", () => {
  const post = (url: string, body: string, type = "application/json"): string =>
    `${get(url, `Content-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`, "POST")}${body}`;

  it("are held, given to the gate as text, and sent as they came", async () => {
    const gate = fakeGate((point, { json }) => (point === "body" && !json?.includes('"a": 1') ? null : []), ["body"]);
    const up = await upstream((_, response, body) => response.end(body));
    const { port, numbers } = await cage(gate);
    const good = '{ "a": 1, "big": 12345678901234567890, "part": 0.10 }';
    expect((await raw(port, post(`${up.url}/`, good))).body).toBe(good);
    const body = gate.asked.find(({ point }) => point === "body")!.facts;
    expect(body.json).toBe(good);
    expect(body.content).toMatchObject({
      size: good.length,
      media: "application/json",
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect((await raw(port, post(`${up.url}/`, '{"a": 2}'))).status).toBe(403);
    expect(up.requests).toHaveLength(1);
    await until(() => gate.completed.length === 1);
    expect(gate.completed[0]!.outcome.sent).toEqual({ size: good.length, digest: body.content!.digest });
    expect(gate.intents[0]!.decisions.map(({ point }) => point)).toEqual(["request", "body"]);
    expect(await numbers.text()).toMatch(/^writ_cage_held_bytes 0$/m);
  });

  it("of a caller that leaves before they are read are not waited for", async () => {
    let allow = (): void => undefined;
    const gate = fakeGate(() => [], ["body"]);
    const { port, numbers } = await cage(gate, {
      resolve: () =>
        new Promise((done) => {
          allow = () => done(["127.0.0.1"]);
        }),
    });
    const caller = connect(port, "127.0.0.1");
    caller.write(get("http://up.example/", "Content-Length: 10\r\n", "POST"));
    const resolving = allow;
    await until(() => allow !== resolving);
    caller.destroy();
    await until(() => numbers.pending === 0);
    await new Promise((done) => setTimeout(done, 20));
    allow();
    await until(() => gate.asked.length === 1);
    await new Promise((done) => setTimeout(done, 20));
    expect(await numbers.text()).toMatch(/^writ_cage_exchanges 0$/m);
    expect(gate.intents).toEqual([]);
  });

  it("are refused when they are no text", async () => {
    const gate = fakeGate(() => [], ["body"]);
    const up = await upstream();
    const { port } = await cage(gate);
    const body = '{"a": "\xff"}';
    const bytes =
      get(`${up.url}/`, `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n`, "POST") + body;
    const answer = await raw(port, bytes);
    expect([answer.status, JSON.parse(answer.body).code]).toEqual([400, "bad-json"]);
    expect(up.requests).toEqual([]);
  });

  it("are refused beyond the bound, announced or not", async () => {
    const gate = fakeGate(() => [], ["body"]);
    const up = await upstream();
    const { port } = await cage(gate, { limits: { heldBodyBytes: 10 } });
    const announced = await raw(port, post(`${up.url}/`, "x".repeat(11), "text/plain"));
    const chunked = await raw(port, [
      get(`${up.url}/`, "Transfer-Encoding: chunked\r\n", "POST"),
      "b\r\nxxxxxxxxxxx\r\n0\r\n\r\n",
    ]);
    for (const { status, body } of [announced, chunked])
      expect([status, JSON.parse(body).code]).toEqual([413, "body-too-large"]);
    expect(up.requests).toEqual([]);
  });
});

describe("bounds", () => {
  it("of bodies that are passed on", async () => {
    const gate = fakeGate();
    const up = await upstream();
    const { port } = await cage(gate, { limits: { bodyBytes: 10 } });
    const announced = await raw(port, get(`${up.url}/`, "Content-Length: 11\r\n", "POST"));
    expect(announced.status).toBe(413);
    expect(gate.asked).toEqual([]);
    const chunked = await raw(port, [
      get(`${up.url}/`, "Transfer-Encoding: chunked\r\n", "POST"),
      "b\r\nxxxxxxxxxxx\r\n",
    ]);
    expect([chunked.status, JSON.parse(chunked.body).code]).toEqual([413, "body-too-large"]);
    expect(up.requests).toEqual([]);
  });

  it("of connections, of one address and in all", async () => {
    const gate = fakeGate();
    const up = await upstream();
    const { port, numbers } = await cage(gate, { limits: { peerConnections: 1 } });
    const first = connect(port, "127.0.0.1");
    await new Promise((done) => first.once("connect", done));
    await until(() => true);
    const second = await raw(port, get(`${up.url}/`));
    expect(second.text).toBe("");
    first.destroy();
    await until(() => true);
    await new Promise((done) => setTimeout(done, 20));
    expect((await raw(port, get(`${up.url}/`))).status).toBe(200);
    expect(await numbers.text()).toMatch(/writ_cage_connections_refused_total 1/);
  });

  it("of requests under way, in all and of one connection", async () => {
    const gate = fakeGate();
    const up = await rawUpstream(() => undefined);
    const { port } = await cage(gate, { limits: { exchanges: 1 } });
    const waiting = connect(port, "127.0.0.1");
    waiting.write(get(`${up.url}/`));
    await until(() => gate.intents.length === 1);
    const busy = await raw(port, get(`${up.url}/`));
    expect([busy.status, JSON.parse(busy.body).code]).toEqual([503, "busy"]);
    waiting.destroy();
    const { port: another } = await cage(gate);
    const line = `GET ${up.url}/ HTTP/1.1\r\nHost: 127.0.0.1:${up.port}\r\n\r\n`;
    const before = gate.asked.length;
    const pipelining = connect(another, "127.0.0.1");
    pipelining.write(line.repeat(20));
    await until(() => gate.asked.length >= before + 16);
    await new Promise((done) => setTimeout(done, 20));
    expect(gate.asked).toHaveLength(before + 16);
    pipelining.destroy();
  });

  it("of time: a head that does not end, a body that stops, and silence", async () => {
    const gate = fakeGate();
    const up = await upstream();
    const { port } = await cage(gate, { limits: { headMs: 200, idleMs: 200 } });
    const [head, body, silent] = await Promise.all([
      raw(port, "GET http://a.example/ HTTP/1.1\r\nHost:"),
      raw(port, `${get(`${up.url}/`, "Content-Length: 10\r\n", "POST")}half`),
      raw(port, ""),
    ]);
    expect([head.status, JSON.parse(head.body).code]).toEqual([408, "head-slow"]);
    expect([body.status, JSON.parse(body.body).code]).toEqual([408, "body-slow"]);
    expect(silent.text).toBe("");
    expect(gate.notes.map(({ body: note }) => note["word"])).toEqual(["head-slow"]);
  });

  it("of time: a body that is held stops", async () => {
    const gate = fakeGate(() => [], ["body"]);
    const { port, numbers } = await cage(gate, { limits: { idleMs: 200 } });
    const answer = await raw(port, `${get("http://127.0.0.1:1/", "Content-Length: 10\r\n", "POST")}half`);
    expect([answer.status, JSON.parse(answer.body).code]).toEqual([408, "body-slow"]);
    expect(await numbers.text()).toMatch(/^writ_cage_held_bytes 0$/m);
    expect(gate.intents).toEqual([]);
    await until(() => gate.notes.length === 1);
    expect(gate.notes[0]!.body).toMatchObject({ word: "body-slow", status: 408 });
  });

  it("of an upstream's patience", async () => {
    const gate = fakeGate();
    const up = await rawUpstream((socket) =>
      socket.once("data", (part) => {
        if (String(part).includes("/half")) socket.write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf");
      }),
    );
    const { port } = await cage(gate, { limits: { idleMs: 1_000 } });
    const [slow, stalled] = await Promise.all([raw(port, get(`${up.url}/`)), raw(port, get(`${up.url}/half`))]);
    expect([slow.status, JSON.parse(slow.body).code]).toEqual([504, "upstream-slow"]);
    expect(stalled.body).toBe("half");
    await until(() => gate.completed.length === 2);
    expect(gate.completed.map(({ outcome }) => outcome.ended).sort()).toEqual(["upstream-slow", "upstream-stalled"]);
  });
});

describe("the answer", () => {
  it("is decided before its head goes out", async () => {
    const gate = fakeGate(
      (point, { response }) => (point === "response" && response?.status === 500 ? null : []),
      ["response"],
    );
    const up = await upstream((request, response) => {
      response.statusCode = request.url === "/bad" ? 500 : 200;
      response.end("secret");
    });
    const { port } = await cage(gate);
    expect((await raw(port, get(`${up.url}/good`))).body).toBe("secret");
    const bad = await raw(port, get(`${up.url}/bad`));
    expect([bad.status, JSON.parse(bad.body).code]).toEqual([502, "response-denied"]);
    expect(bad.text).not.toContain("secret");
    await until(() => gate.completed.length === 2);
    expect(gate.completed[1]!.outcome).toMatchObject({
      ended: "response-denied",
      status: 502,
      response: { status: 500 },
    });
    expect(gate.completed[1]!.outcome.decisions).toHaveLength(1);
  });
});

describe("operating it", () => {
  it("tells health and numbers on a listener of its own", async () => {
    const gate = fakeGate((_, { path }) => (path === "/no" ? null : []));
    const up = await upstream();
    const lines: string[] = [];
    const running = await cage(gate, { admin: { host: "127.0.0.1", port: 0 }, access: (line) => lines.push(line) });
    await raw(running.port, get(`${up.url}/yes?secret=1`));
    await raw(running.port, get(`${up.url}/no`));
    const ask = (path: string) => fetch(`${running.admin}${path}`);
    expect(await (await ask("/healthz")).json()).toEqual({
      ok: true,
      stopping: false,
      exchanges: 0,
      records_pending: 0,
    });
    const text = await (await ask("/metrics")).text();
    expect(text).toMatch(/writ_cage_decisions_total\{point="request",decision="allow",rule="near"\} 1/);
    expect(text).toMatch(/writ_cage_decisions_total\{point="request",decision="deny",rule="default"\} 1/);
    expect(text).toMatch(/writ_cage_denials_total\{reason="denied"\} 1/);
    expect(text).toMatch(/writ_cage_exchange_seconds_count 2/);
    expect((await ask("/other")).status).toBe(404);
    expect(lines).toEqual([
      expect.stringMatching(
        new RegExp(
          `^127\\.0\\.0\\.1 - - \\[\\d\\d/[A-Z][a-z]{2}/\\d{4}:[\\d:]{8} \\+0000\\] "GET ${up.url}/yes\\? HTTP/1\\.1" 200 5 \\S+ answered \\d+\\n$`,
        ),
      ),
      expect.stringMatching(/"GET [^ ]+\/no HTTP\/1\.1" 403 0 \S+ denied \d+\n$/),
    ]);
  });

  it("ends what is under way before it stops, and takes nothing new", async () => {
    const gate = fakeGate();
    let answer: (() => void) | null = null;
    const up = await rawUpstream((socket) =>
      socket.once("data", () => {
        answer = () => void socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
      }),
    );
    const running = await cage(gate);
    const idle = connect(running.port, "127.0.0.1");
    let idleClosed = false;
    idle.on("close", () => (idleClosed = true)).on("error", () => undefined);
    const line = `GET ${up.url}/ HTTP/1.1\r\nHost: 127.0.0.1:${up.port}\r\n\r\n`;
    const caller = connect(running.port, "127.0.0.1");
    let text = "";
    caller.on("data", (part) => (text += part));
    caller.write(line);
    await until(() => answer !== null);
    const closing = running.close();
    const refused = await raw(running.port, line).catch(() => null);
    expect(refused?.text ?? "").toBe("");
    (answer as unknown as () => void)();
    await closing;
    expect(parts(text)).toMatchObject({ status: 200, body: "ok" });
    expect(gate.completed[0]!.outcome.ended).toBe("answered");
    await until(() => idleClosed);
  });

  it("cuts what does not end by the deadline, and says so", async () => {
    const gate = fakeGate();
    const up = await rawUpstream(() => undefined);
    const running = await cage(gate, { limits: { drainMs: 50 } });
    const sending = raw(running.port, get(`${up.url}/`));
    await until(() => gate.intents.length === 1);
    await running.close();
    const answer = await sending;
    expect([answer.status, JSON.parse(answer.body).code]).toEqual([503, "stopping"]);
    expect(gate.completed[0]!.outcome).toMatchObject({ ended: "stopping", status: 503 });
  });
});
