// The proxy over real sockets: what is sent is the canonical head, what is denied never arrives, and every exchange has its records.
import { createHash } from "node:crypto";
import { createServer } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { readUpstream } from "../../cage/proxy/index.ts";
import { testAuthority } from "../unit/cage/tls/certificates.ts";
import { afterwards, cage, closeAll, fakeGate, get, raw, rawUpstream, until, upstream } from "./fakes.ts";

afterEach(closeAll);

const hash = (text: string): string => createHash("sha256").update(text).digest("hex");

describe("egress in absolute form", () => {
  it("sends the canonical head and hands the answer on", async () => {
    const gate = fakeGate();
    const up = await upstream((_, response) => {
      response.writeHead(200, [
        "X-Up",
        "1",
        "Set-Cookie",
        "a=1",
        "Set-Cookie",
        "b=2",
        "Keep-Alive",
        "timeout=9",
        "Cage-Lie",
        "x",
        "Content-Length",
        "5",
      ]);
      response.end("hello");
    });
    const { port } = await cage(gate);
    const answer = await raw(
      port,
      get(
        `${up.url}/a%c3?q=%2f`,
        "X-Forwarded-For: 6.6.6.6\r\nX-Odd: a\r\nX-odd: b\r\nTE: trailers\r\nProxy-Authorization: secret\r\n",
      ),
    );
    expect(answer.status).toBe(200);
    expect(answer.body).toBe("hello");
    expect(answer.head).toMatch(/^x-up: 1$/m);
    expect(answer.head).toMatch(/set-cookie: a=1\r\nset-cookie: b=2/);
    expect(answer.head).not.toMatch(/cage-lie|timeout=9/i);
    expect(answer.head).toMatch(/^cage-decision: allow;exchange="[0-9a-f]{12}-1";receipt="0{63}1"$/m);
    expect(up.requests).toEqual([
      {
        head: "GET /a%C3?q=%2F",
        raw: ["host", `127.0.0.1:${up.port}`, "connection", "keep-alive", "x-odd", "a", "x-odd", "b"],
        body: Buffer.alloc(0),
      },
    ]);
    await until(() => gate.completed.length === 1);
    expect(gate.asked).toHaveLength(1);
    expect(gate.asked[0]).toMatchObject({
      point: "request",
      facts: {
        direction: "egress",
        visibility: "full",
        scheme: "http",
        host: "127.0.0.1",
        port: up.port,
        method: "GET",
        path: "/a%C3",
        query: "q=%2F",
        caller: { address: "127.0.0.1" },
        dropped: ["x-forwarded-for"],
        dialled: { ip: "127.0.0.1", class: "loopback" },
      },
    });
    expect(gate.completed[0]!.outcome).toMatchObject({
      ended: "answered",
      status: 200,
      dialled: { ip: "127.0.0.1", class: "loopback" },
      response: { status: 200, size: 5, digest: hash("hello") },
    });
  });

  it("denies without a byte to the upstream, and says no rule", async () => {
    const gate = fakeGate(() => null);
    const up = await upstream();
    const { port } = await cage(gate);
    const answer = await raw(port, get(`${up.url}/`));
    expect(answer.status).toBe(403);
    expect(answer.head).toMatch(/content-type: application\/problem\+json/);
    expect(answer.head).toMatch(/^cage-decision: deny;exchange="[^"]+";reason=denied;receipt="0{63}1"$/m);
    expect(JSON.parse(answer.body)).toEqual({
      type: "urn:writ:cage:denied",
      title: "the policy does not allow this",
      status: 403,
      code: "denied",
      exchange: expect.any(String),
      receipt: "1".padStart(64, "0"),
    });
    expect(up.requests).toEqual([]);
    expect(gate.intents).toHaveLength(1);
    expect(gate.completed).toEqual([]);
  });

  it("acts on nothing that cannot be recorded", async () => {
    const gate = fakeGate();
    const up = await upstream();
    const { port } = await cage(gate);
    gate.down = true;
    const answer = await raw(port, get(`${up.url}/`));
    expect(answer.status).toBe(503);
    expect(JSON.parse(answer.body).code).toBe("ledger-down");
    expect(up.requests).toEqual([]);
  });

  it("passes bodies on as they come, with their digests in the record", async () => {
    const gate = fakeGate();
    const up = await upstream((_, response, body) => response.end(body));
    const { port } = await cage(gate);
    const length = await raw(port, [get(`${up.url}/`, "Content-Length: 6\r\n", "POST"), "abc", "def"]);
    expect(length.body).toBe("abcdef");
    const chunked = await raw(port, [
      get(`${up.url}/`, "Transfer-Encoding: chunked\r\n", "POST"),
      "3\r\nabc\r\n",
      "3\r\ndef\r\n0\r\n\r\n",
    ]);
    expect(chunked.body).toBe("abcdef");
    expect(up.requests.map(({ raw: fields }) => fields.slice(4))).toEqual([
      ["content-length", "6"],
      ["transfer-encoding", "chunked"],
    ]);
    await until(() => gate.completed.length === 2);
    for (const { outcome } of gate.completed) {
      expect(outcome.sent).toEqual({ size: 6, digest: hash("abcdef") });
      expect(outcome.response).toMatchObject({ size: 6, digest: hash("abcdef") });
    }
  });

  it("answers Expect: 100-continue once the request is allowed", async () => {
    const gate = fakeGate((_, { path }) => (path === "/no" ? null : []));
    const up = await upstream((_, response, body) => response.end(body));
    const { port } = await cage(gate);
    const yes = await raw(port, [get(`${up.url}/yes`, "Expect: 100-continue\r\nContent-Length: 3\r\n", "PUT"), "abc"]);
    expect(yes.text).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/);
    const no = await raw(port, get(`${up.url}/no`, "Expect: 100-continue\r\nContent-Length: 3\r\n", "PUT"));
    expect(no.status).toBe(403);
    expect(no.head).toMatch(/connection: close/i);
  });

  it("hands redirects on, HEAD without a body, and many requests over one connection", async () => {
    const gate = fakeGate();
    const up = await upstream((request, response) => {
      if (request.url === "/moved") response.writeHead(302, { location: "http://169.254.169.254/" }).end();
      else response.writeHead(200, { "content-length": "5" }).end(request.method === "HEAD" ? undefined : "hello");
    });
    const { port } = await cage(gate);
    const moved = await raw(port, get(`${up.url}/moved`));
    expect(moved.status).toBe(302);
    expect(moved.head).toMatch(/location: http:\/\/169\.254\.169\.254\//);
    const head = await raw(port, get(`${up.url}/`, "", "HEAD"));
    expect([head.status, head.body]).toEqual([200, ""]);
    expect(head.head).toMatch(/content-length: 5/);
    const host = `127.0.0.1:${up.port}`;
    const both = await raw(port, `GET ${up.url}/1 HTTP/1.1\r\nHost: ${host}\r\n\r\n${get(`${up.url}/2`)}`);
    expect(both.text.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
    expect(gate.asked).toHaveLength(4);
  });

  it("streams what is larger than any buffer, no faster than it is read", async () => {
    const gate = fakeGate();
    const chunk = Buffer.alloc(65_536, "x");
    const up = await upstream((_, response) => {
      let left = 512;
      const more = (): void => {
        while (left-- > 0) if (!response.write(chunk)) return void response.once("drain", more);
        response.end();
      };
      more();
    });
    const { port, numbers } = await cage(gate);
    const answer = await raw(port, get(`${up.url}/`));
    expect(answer.status).toBe(200);
    await until(() => gate.completed.length === 1);
    expect(gate.completed[0]!.outcome.response?.size).toBe(512 * 65_536);
    expect(await numbers.text()).toMatch(/^writ_cage_held_bytes 0$/m);
  });

  it("listens on a unix socket that names its caller", async () => {
    const gate = fakeGate();
    const up = await upstream();
    const path = join(tmpdir(), `writ-cage-${process.pid}.sock`);
    await cage(gate, { egress: [{ at: { path }, caller: "billing" }] });
    const answer = await raw(0, get(`${up.url}/`), { path });
    expect(answer.status).toBe(200);
    expect(gate.asked[0]!.facts.caller).toEqual({ id: "billing" });
  });
});

describe("ingress", () => {
  const route = (to: string) => [{ name: "route", args: { to }, rules: ["in"] }];

  it("goes where the rule says, with the host the caller named", async () => {
    const orders = await upstream((_, response) => response.end("orders"));
    const gate = fakeGate((_, { path }) =>
      path === "/orders" ? route("orders") : path === "/none" ? route("nowhere") : [],
    );
    const { inPort } = await cage(gate, { upstreams: new Map([["orders", readUpstream("orders", orders.url)!]]) });
    const ask = (path: string) =>
      raw(inPort, `GET ${path} HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n`);
    expect((await ask("/orders")).body).toBe("orders");
    expect(orders.requests[0]!.raw.slice(0, 2)).toEqual(["host", "shop.example"]);
    expect(gate.asked[0]!.facts).toMatchObject({
      direction: "ingress",
      host: "shop.example",
      port: 80,
      scheme: "http",
    });
    for (const path of ["/none", "/elsewhere"]) {
      const answer = await ask(path);
      expect(answer.status).toBe(502);
      expect(JSON.parse(answer.body).code).toBe("no-route");
    }
    expect((await raw(inPort, get(`${orders.url}/`))).status).toBe(400);
  });
});

describe("addresses", () => {
  const near = (port: number, addresses: readonly string[], reach: readonly string[] = ["loopback"]) => {
    const gate = fakeGate();
    const ask = gate.ask;
    gate.ask = (point, facts) => ({
      ...ask(point, facts),
      obligations: reach.length === 0 ? [] : [{ name: "reach", args: { classes: reach }, rules: [] }],
    });
    return { gate, options: { resolve: async () => addresses }, url: `http://up.example:${port}/` };
  };

  it.each([
    ["not named by a rule", ["127.0.0.1"], [], "address-not-global"],
    ["one of several not named", ["127.0.0.1", "10.0.0.1"], ["loopback"], "address-not-global"],
    ["metadata, though its class is named", ["169.254.169.254"], ["link-local"], "metadata-address"],
    ["metadata inside an IPv6 address", ["64:ff9b::a9fe:a9fe"], ["translated"], "metadata-address"],
    ["metadata of another vendor", ["100.100.100.200"], ["shared"], "metadata-address"],
    ["metadata on IPv6", ["fd00:ec2::254"], ["private"], "metadata-address"],
  ])("%s: denied", async (_, addresses, reach, reason) => {
    const { gate, options, url } = near(80, addresses, reach);
    const { port } = await cage(gate, options);
    const answer = await raw(port, get(url));
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.body).code).toBe(reason);
    expect(gate.intents[0]!.decisions[0]).toMatchObject({ allowed: false, reason });
  });

  it("metadata behind another address of the place that a rule names: denied", async () => {
    const to = "http://orders.example:9";
    const gate = fakeGate(() => [{ name: "route", args: { to }, rules: ["in"] }]);
    const addresses = (name: string) => (name === "orders.example" ? ["127.0.0.9", "169.254.169.254"] : ["127.0.0.1"]);
    const { port } = await cage(gate, { resolve: async (name) => addresses(name) });
    const answer = await raw(port, get("http://up.example/"));
    expect([answer.status, JSON.parse(answer.body).code]).toEqual([403, "metadata-address"]);
    expect(gate.intents.map(({ decisions: [decision] }) => decision!.allowed)).toEqual([false]);
  });

  it("tries the next address when one does not answer, each with its own records", async () => {
    const up = await upstream();
    const { gate, options, url } = near(up.port, ["127.0.0.9", "127.0.0.1"]);
    const { port } = await cage(gate, options);
    expect((await raw(port, get(url))).body).toBe("hello");
    await until(() => gate.completed.length === 2);
    expect(gate.completed.map(({ outcome }) => [outcome.dialled?.ip, outcome.ended])).toEqual([
      ["127.0.0.9", "unreachable"],
      ["127.0.0.1", "answered"],
    ]);
    expect(gate.intents.map(({ facts }) => facts.dialled?.ip)).toEqual(["127.0.0.9", "127.0.0.1"]);
    expect((await raw(port, get(url))).body).toBe("hello");
    await until(() => gate.completed.length === 3);
    expect(gate.completed[2]!.outcome.dialled?.ip).toBe("127.0.0.1");
  });

  it("resolves a name once for many requests, and decides before it says that there is none", async () => {
    let asked = 0;
    const gate = fakeGate((_, { path }) => (path === "/no" ? null : []));
    const { port } = await cage(gate, {
      resolve: async () => {
        asked++;
        throw new Error("no such name");
      },
    });
    const no = await raw(port, get("http://nobody.example/no"));
    expect([no.status, JSON.parse(no.body).code]).toEqual([403, "denied"]);
    const yes = await raw(port, get("http://nobody.example/yes"));
    expect([yes.status, JSON.parse(yes.body).code]).toEqual([502, "name-unknown"]);
    expect(asked).toBe(2);
    const up = await upstream();
    const held = near(up.port, ["127.0.0.1"]);
    let found = 0;
    const second = await cage(held.gate, {
      resolve: async () => {
        found++;
        return ["127.0.0.1"];
      },
    });
    for (let at = 0; at < 3; at++) expect((await raw(second.port, get(held.url))).status).toBe(200);
    expect(found).toBe(1);
  });
});

describe("upstreams that fail", () => {
  it.each<[string, (write: (text: string) => void, close: () => void) => void, string, number]>([
    ["closes at once", (_, close) => close(), "upstream-closed", 502],
    [
      "answers with a status that is none",
      (write) => write("HTTP/1.1 000 No\r\ncontent-length: 0\r\n\r\n"),
      "upstream-malformed",
      502,
    ],
    ["speaks no HTTP", (write) => write("SSH-2.0-x\r\n\r\n"), "upstream-malformed", 502],
    [
      "names two lengths",
      (write) => write("HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab"),
      "upstream-malformed",
      502,
    ],
    [
      "sends a head without end",
      (write) => write(`HTTP/1.1 200 OK\r\nx: ${"y".repeat(40_000)}\r\n\r\n`),
      "upstream-head-too-large",
      502,
    ],
    [
      "switches protocols",
      (write) => write("HTTP/1.1 101 Switching\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n"),
      "upstream-closed",
      502,
    ],
  ])("%s", async (_, serve, ended, status) => {
    const gate = fakeGate();
    const up = await rawUpstream((socket) =>
      socket.once("data", () =>
        serve(
          (text) => socket.write(text),
          () => socket.destroy(),
        ),
      ),
    );
    const { port } = await cage(gate);
    const answer = await raw(port, get(`${up.url}/`));
    expect([answer.status, JSON.parse(answer.body).code]).toEqual([status, ended]);
    await until(() => gate.completed.length === 1);
    expect(gate.completed[0]!.outcome).toMatchObject({ ended, status });
  });

  it.each([
    ["a body that is too short", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf"],
    ["chunks without an end", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n"],
    ["chunks that are none", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\nzz\r\n"],
  ])("%s: the caller sees that it was cut", async (_, bytes) => {
    const gate = fakeGate();
    const up = await rawUpstream((socket) =>
      socket.once("data", () => {
        socket.write(bytes);
        setTimeout(() => socket.end(), 20);
      }),
    );
    const { port } = await cage(gate);
    const answer = await raw(port, get(`${up.url}/`));
    expect(answer.text).not.toMatch(/0\r\n\r\n$/);
    await until(() => gate.completed.length === 1);
    expect(gate.completed[0]!.outcome).toMatchObject({ ended: "upstream-cut", response: { status: 200 } });
  });

  it("nothing listens", async () => {
    const gate = fakeGate();
    const { port } = await cage(gate);
    const answer = await raw(port, get("http://127.0.0.1:1/"));
    expect([answer.status, JSON.parse(answer.body).code]).toEqual([502, "unreachable"]);
    await until(() => gate.completed.length === 1);
  });

  it("answers late", async () => {
    const gate = fakeGate();
    const up = await rawUpstream(() => undefined);
    const { port } = await cage(gate, { limits: { exchangeMs: 300 } });
    const answer = await raw(port, get(`${up.url}/`));
    expect([answer.status, JSON.parse(answer.body).code]).toEqual([504, "too-long"]);
  });
});

describe("https in absolute form", () => {
  it("begins TLS itself, records what it met, and says by name what it does not believe", async () => {
    const authority = await testAuthority();
    const good = await authority.issue({ hosts: ["up.example"] });
    const server = createServer(good, (_, response) => void response.end("private"));
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    afterwards(() => {
      server.closeAllConnections();
      return new Promise((done) => server.close(done));
    });
    const port = (server.address() as AddressInfo).port;
    const gate = fakeGate();
    const near = { resolve: async () => ["127.0.0.1"] };
    const trusting = await cage(gate, { ...near, authorities: [authority.root] });
    const answer = await raw(trusting.port, get(`https://up.example:${port}/`));
    expect([answer.status, answer.body]).toEqual([200, "private"]);
    await until(() => gate.completed.length === 1);
    expect(gate.asked[0]!.facts).toMatchObject({ scheme: "https", visibility: "full", host: "up.example", port });
    expect(gate.completed[0]!.outcome).toMatchObject({
      ended: "answered",
      tls: { version: "TLSv1.3", certificate: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
    const other = await raw(trusting.port, get(`https://other.example:${port}/`));
    expect([other.status, JSON.parse(other.body).code]).toEqual([502, "upstream-certificate-name"]);
    const doubting = await cage(gate, near);
    const unknown = await raw(doubting.port, get(`https://up.example:${port}/`));
    expect([unknown.status, JSON.parse(unknown.body).code]).toEqual([502, "upstream-certificate-untrusted"]);
    await until(() => gate.completed.length === 3);
    expect(gate.completed[2]!.outcome).toMatchObject({ ended: "upstream-certificate-untrusted", status: 502 });
  });
});

describe("callers that leave", () => {
  it("ends what the upstream was doing", async () => {
    const gate = fakeGate();
    let closed = 0;
    const up = await rawUpstream((socket) => {
      socket.once("data", () => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nfirst"));
      socket.once("close", () => closed++);
    });
    const { port } = await cage(gate);
    await raw(port, `GET ${up.url}/ HTTP/1.1\r\nHost: 127.0.0.1:${up.port}\r\n\r\n`, { until: "first" });
    await until(() => closed === 1 && gate.completed.length === 1);
    expect(gate.completed[0]!.outcome).toMatchObject({ ended: "caller-left", status: null });
  });

  it("in the middle of its body", async () => {
    const gate = fakeGate();
    let got = "";
    const up = await rawUpstream((socket) => socket.on("data", (part) => (got += part)));
    const { port } = await cage(gate);
    const caller = connect(port, "127.0.0.1");
    caller.write(`${get(`${up.url}/`, "Content-Length: 100\r\n", "POST")}half`);
    await until(() => got.includes("half"));
    caller.destroy();
    await until(() => gate.completed.length === 1);
    expect(gate.completed[0]!.outcome.ended).toBe("body-cut");
  });
});
