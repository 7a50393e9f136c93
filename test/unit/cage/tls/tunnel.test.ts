// CONNECT from its head to its end: what is denied before the answer, what after it, what reaches the upstream, and what is recorded.
import { connect as connectTcp, createServer as createTcp, type Server, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls, createServer, type TLSSocket } from "node:tls";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { LAST_WORDS_MS } from "../../../../cage/limits.ts";
import type { Facts, Obligation } from "../../../../cage/point.ts";
import { withExtension } from "../hello.ts";
import { type TestAuthority, testAuthority } from "./certificates.ts";
import { type Rule, route, type SmallCage, smallCage } from "./harness.ts";

const HOST = "git.example";
let authority: TestAuthority;
const closers: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  authority = await testAuthority();
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const listening = async (server: Server): Promise<number> => {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
  });
  closers.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((done) => server.close(done));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return (server.address() as { port: number }).port;
};

/** An upstream that says every byte back; `seen` is what reached it. */
async function echo(): Promise<{ port: number; seen: { connections: number; names: string[] } }> {
  const seen = { connections: 0, names: [] as string[] };
  const server = createServer(
    { ...(await authority.issue({ hosts: [HOST] })), allowHalfOpen: true },
    (socket: TLSSocket) => {
      seen.names.push(String(socket.servername));
      socket.on("error", () => {});
      socket.pipe(socket);
    },
  );
  server.on("tlsClientError", () => {});
  server.on("connection", () => seen.connections++);
  return { port: await listening(server), seen };
}

const cageOf = async (options: Parameters<typeof smallCage>[0]): Promise<SmallCage> => {
  const cage = await smallCage({ names: { [HOST]: ["127.0.0.1"] }, ...options });
  closers.push(cage.close);
  return cage;
};
const rule =
  (port: number, more: (facts: Facts) => boolean = () => true): Rule =>
  (facts) =>
    facts.host === HOST && facts.port === port && facts.dialled?.class === "loopback" && more(facts);

/** TLS through the cage; rejects with the alert or the end of the socket. */
async function through(cage: SmallCage, target: string, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const { status, socket } = await cage.connect(target);
  if (status !== 200) throw new Error(`status ${status}`);
  return new Promise((done, failed) => {
    const tls = connectTls({ socket, servername: HOST, ca: [authority.root], ...options });
    tls.once("secureConnect", () => done(tls));
    tls.once("error", failed);
    tls.once("close", () => failed(new Error("closed")));
  });
}
const said = (socket: Socket): Promise<string> =>
  new Promise((done) => {
    let text = "";
    socket.on("data", (bytes) => {
      text += bytes;
    });
    socket.once("close", () => done(text));
    socket.once("end", () => done(text));
  });
const until = async (holds: () => boolean): Promise<void> => {
  for (let tries = 0; !holds(); tries++) {
    if (tries > 400) throw new Error("it did not come to that");
    await new Promise((done) => setTimeout(done, 5));
  }
};

describe("an allowed tunnel", () => {
  it("carries bytes, and is recorded before and after", async () => {
    const { port, seen } = await echo();
    const cage = await cageOf({ rule: rule(port, ({ sni, alpn }) => sni === HOST && (alpn?.includes("h2") ?? false)) });
    const tls = await through(cage, `${HOST}:${port}`, { ALPNProtocols: ["h2", "http/1.1"] });
    const text = said(tls);
    tls.end("a round trip");
    expect(await text).toBe("a round trip");
    await until(() => cage.outcomes.length === 1);
    expect(seen).toEqual({ connections: 1, names: [HOST] });
    const { decision, facts } = cage.intents[0]!;
    expect(decision.allowed).toBe(true);
    expect(facts).toMatchObject({
      visibility: "connect",
      host: HOST,
      port,
      sni: HOST,
      alpn: ["h2", "http/1.1"],
      dialled: { ip: "127.0.0.1", class: "loopback" },
      addresses: [{ ip: "127.0.0.1", class: "loopback" }],
    });
    expect(facts.path).toBeUndefined();
    const { of, outcome } = cage.outcomes[0]!;
    expect(of).toBe(0);
    expect(outcome).toMatchObject({ ended: "closed", status: 200, dialled: { ip: "127.0.0.1" } });
    expect(outcome.bytesOut).toBeGreaterThan(300);
    expect(outcome.bytesIn).toBeGreaterThan(600);
    expect(cage.ended).toEqual(["closed"]);
  });

  it("holds back a fast upstream for a slow caller, and loses nothing", async () => {
    const SIZE = 40 * 1024 * 1024;
    let given = 0;
    const upstream = createServer(await authority.issue({ hosts: [HOST] }), (socket) => {
      socket.on("error", () => {});
      const part = Buffer.alloc(65_536, 1);
      const more = (): void => {
        while (given < SIZE) {
          given += part.length;
          if (!socket.write(part)) return void socket.once("drain", more);
        }
        socket.end();
      };
      more();
    });
    const port = await listening(upstream);
    const cage = await cageOf({ rule: rule(port) });
    const tls = await through(cage, `${HOST}:${port}`);
    // Nothing is read: what the upstream could hand over is in buffers of the kernel and, bounded, of the cage.
    let before = -1;
    for (; before < given || given === 0; await new Promise((done) => setTimeout(done, 50))) before = given;
    expect(given).toBeLessThan(SIZE);
    let got = 0;
    tls.on("data", (bytes: Buffer) => {
      got += bytes.length;
    });
    await new Promise((done) => tls.once("end", done));
    tls.end();
    expect(got).toBe(SIZE);
    await until(() => cage.outcomes.length === 1);
    expect(cage.outcomes[0]!.outcome.bytesIn).toBeGreaterThan(SIZE);
  });

  it("closes each half by itself", async () => {
    // The upstream answers only once it has heard the end.
    let whole = "";
    const port = await listening(
      createTcp({ allowHalfOpen: true }, (socket) => {
        socket.on("data", (bytes) => {
          whole += bytes.toString("latin1");
        });
        socket.once("end", () => socket.end("heard it all"));
      }),
    );
    const cage = await cageOf({ rule: rule(port) });
    const { socket } = await cage.connect(`${HOST}:${port}`);
    const hello = await helloOf(HOST);
    const text = said(socket);
    socket.write(hello);
    socket.end("and more");
    expect(await text).toBe("heard it all");
    expect(whole).toBe(`${Buffer.from(hello).toString("latin1")}and more`);
    await until(() => cage.outcomes.length === 1);
    expect(cage.outcomes[0]!.outcome).toMatchObject({ ended: "closed", bytesIn: 12, bytesOut: hello.length + 8 });
  });

  it.each([
    ["idle", { idleMs: 60 }],
    ["too-long", { totalMs: 60 }],
  ])("ends: %s", async (ended, pipe) => {
    const { port } = await echo();
    const cage = await cageOf({ rule: rule(port), tunnel: { pipe } });
    const tls = await through(cage, `${HOST}:${port}`);
    tls.on("error", () => {});
    await new Promise((done) => tls.resume().once("end", done));
    await until(() => cage.outcomes.length === 1);
    expect(cage.outcomes[0]!.outcome.ended).toBe(ended);
  });

  it("ends a half that is silent once the other is done", async () => {
    const port = await listening(createTcp({ allowHalfOpen: true }, (socket) => socket.resume()));
    const cage = await cageOf({ rule: rule(port), tunnel: { pipe: { halfClosedMs: 50 } } });
    const { socket } = await cage.connect(`${HOST}:${port}`);
    socket.on("error", () => {});
    socket.end(await helloOf(HOST));
    await until(() => cage.outcomes.length === 1);
    expect(cage.outcomes[0]!.outcome.ended).toBe("idle");
  });

  it.each(["caller-reset", "upstream-reset", "shutdown"] as const)("ends: %s", async (how) => {
    const upstreams: Socket[] = [];
    const port = await listening(createTcp((socket) => void upstreams.push(socket)));
    const cage = await cageOf({ rule: rule(port) });
    const { socket } = await cage.connect(`${HOST}:${port}`);
    socket.on("error", () => {});
    const over = new Promise((done) => socket.resume().once("end", done).once("close", done));
    socket.write(await helloOf(HOST));
    await until(() => upstreams.length === 1);
    if (how === "caller-reset") socket.resetAndDestroy();
    else if (how === "upstream-reset") upstreams[0]!.resetAndDestroy();
    else cage.stop();
    await until(() => cage.outcomes.length === 1);
    expect(cage.outcomes[0]!.outcome.ended).toBe(how);
    await over;
  });

  it("takes the next address when one does not answer, each with its own records", async () => {
    const { port } = await echo();
    const cage = await cageOf({ rule: rule(port), names: { [HOST]: ["127.0.0.2", "127.0.0.1"] } });
    (await through(cage, `${HOST}:${port}`)).end().resume();
    await until(() => cage.outcomes.length === 2);
    expect(cage.intents.map(({ facts }) => facts.dialled?.ip)).toEqual(["127.0.0.2", "127.0.0.1"]);
    expect(cage.outcomes.map(({ of, outcome }) => [of, outcome.ended])).toEqual([
      [0, "unreachable"],
      [1, "closed"],
    ]);
  });
});

/** The first bytes of a client that asks for this name; null: for none. */
async function helloOf(name: string | null, options: ConnectionOptions = {}): Promise<Buffer> {
  let take: (bytes: Buffer) => void = () => {};
  const first = new Promise<Buffer>((done) => {
    take = done;
  });
  const port = await listening(createTcp((socket) => void socket.once("data", take)));
  const client = connectTls({ host: "127.0.0.1", port, servername: name ?? "", ...options });
  client.on("error", () => {});
  const bytes = await first;
  client.destroy();
  return bytes;
}

describe("denied before the answer", () => {
  const reason = async (cage: SmallCage, target: string): Promise<number> => {
    const { status, socket } = await cage.connect(target);
    socket.destroy();
    return status;
  };

  it.each([
    ["denied", "other.example:443", () => false],
    // A rule that holds for every port, or for every address, names none.
    ["port-not-named", `${HOST}:22`, () => true],
    ["port-not-named", `${HOST}:8443`, ({ port }: Facts) => port !== 22],
    ["literal-not-named", "192.0.2.1:443", () => true],
    ["literal-not-named", "[2001:db8::1]:443", () => true],
    ["literal-not-named", "8.8.8.8:443", ({ dialled }: Facts) => dialled?.class === "global"],
    ["name-unknown", "nowhere.example:443", () => true],
  ] as const)("%s: %s", async (word, target, holds) => {
    const cage = await cageOf({ rule: holds });
    expect(await reason(cage, target)).toBe(403);
    expect(cage.intents.map(({ decision }) => [decision.allowed, decision.reason])).toEqual([[false, word]]);
    expect(cage.outcomes).toEqual([]);
  });

  it("by the address, though the name is allowed", async () => {
    const cage = await cageOf({ rule: ({ dialled }) => dialled?.class === "global" });
    expect(await reason(cage, `${HOST}:443`)).toBe(403);
    expect(cage.intents[0]!.decision.reason).toBe("denied");
  });

  it("by one address of several", async () => {
    const cage = await cageOf({
      rule: () => true,
      names: { [HOST]: ["93.184.216.34", "127.0.0.1"] },
      outOfReach: (_, __, addresses) =>
        addresses.every((each) => each.class === "global") ? null : { reason: "address-not-global", detail: "" },
    });
    expect(await reason(cage, `${HOST}:443`)).toBe(403);
    expect(cage.intents[0]!.decision.reason).toBe("address-not-global");
  });

  it("when the ledger does not take the denial", async () => {
    const cage = await cageOf({
      rule: () => false,
      ledger: () => {
        throw new Error("full");
      },
    });
    expect(await reason(cage, `${HOST}:443`)).toBe(403);
  });

  it("when too many are open", async () => {
    const { port } = await echo();
    const cage = await cageOf({ rule: rule(port), tunnel: { most: 1 } });
    const tls = await through(cage, `${HOST}:${port}`);
    expect(await reason(cage, `${HOST}:${port}`)).toBe(403);
    tls.destroy();
    await until(() => cage.outcomes.length === 1);
    (await through(cage, `${HOST}:${port}`)).destroy();
  });
});

it("limits of rate are drawn upon once, unless the hello brings others", async () => {
  const { port } = await echo();
  const limit = (rate: string): Obligation => ({ name: "rate_limit", args: { rate }, rules: ["r"] });
  const drawn: string[] = [];
  const near = rule(port);
  const cage = await cageOf({
    rule: (facts) => {
      if (near(facts) === false) return false;
      const given = [limit(facts.alpn?.includes("h2") === true ? "1/s" : "2/s")];
      if (facts.tentative !== true) drawn.push(String((given[0]!.args as { readonly rate: string }).rate));
      return given;
    },
  });
  (await through(cage, `${HOST}:${port}`)).destroy();
  expect(drawn).toEqual(["2/s"]);
  (await through(cage, `${HOST}:${port}`, { ALPNProtocols: ["h2"] })).destroy();
  expect(drawn).toEqual(["2/s", "2/s", "1/s"]);
});

describe("named by a rule", () => {
  it.each([
    ["a port", ({ port }: Facts) => port === 8443, `${HOST}:8443`],
    ["ports", ({ port }: Facts) => port >= 8000, `${HOST}:8443`],
    ["an address", ({ host }: Facts) => host === "127.0.0.1", "127.0.0.1:443"],
    ["a network", ({ dialled }: Facts) => dialled?.ip.startsWith("127.") ?? false, "127.0.0.1:443"],
    ["protocols", ({ alpn }: Facts) => alpn?.includes("h2") ?? false, `${HOST}:443`],
  ])("%s", async (_, holds, target) => {
    const cage = await cageOf({ rule: holds });
    const { status, socket } = await cage.connect(target);
    socket.destroy();
    expect(status).toBe(200);
  });
});

describe("denied after the answer: nothing reaches the upstream", () => {
  const ECH = [0xfe, 0x0d, 0, 1, 0];
  /** What a caller reads when it sends this through an allowed tunnel. */
  async function answerTo(
    bytes: Uint8Array,
    options: { rest?: Partial<Parameters<typeof smallCage>[0]>; end?: boolean } = {},
  ) {
    const { port, seen } = await echo();
    const cage = await cageOf({ rule: rule(port), tunnel: { helloTimeoutMs: 80 }, ...options.rest });
    const { status, socket } = await cage.connect(`${HOST}:${port}`);
    expect(status).toBe(200);
    const read: Buffer[] = [];
    socket.on("data", (chunk) => read.push(chunk));
    const closed = new Promise((done) => socket.once("end", done));
    socket.write(bytes);
    if (options.end === true) socket.end();
    await closed;
    socket.destroy();
    await until(() => cage.intents.length === 1);
    expect(seen.connections).toBe(0);
    expect(cage.outcomes).toEqual([]);
    const { decision, facts } = cage.intents[0]!;
    expect(decision.allowed).toBe(false);
    expect(cage.ended).toEqual([decision.reason]);
    return { reason: decision.reason, alert: Buffer.concat(read), facts };
  }
  const ALERT = (description: number) => Buffer.from([21, 3, 3, 0, 2, 2, description]);

  it("A11: another name inside", async () => {
    const told = await answerTo(await helloOf("evil.example"));
    expect(told).toMatchObject({ reason: "sni-mismatch", alert: ALERT(112), facts: { sni: "evil.example" } });
  });
  it("A11: a name below the one that is allowed", async () => {
    expect((await answerTo(await helloOf(`evil.${HOST}`))).reason).toBe("sni-mismatch");
  });
  it("A11: no name", async () => {
    expect(await answerTo(await helloOf(null))).toMatchObject({ reason: "sni-missing", alert: ALERT(112) });
  });
  it("A11: a hidden name", async () => {
    expect(await answerTo(withExtension(await helloOf(HOST), ECH))).toMatchObject({ reason: "ech", alert: ALERT(49) });
  });
  it("A11: another name beside a hidden one", async () => {
    const options = { rest: { tunnel: { encryptedHello: "allow" as const } } };
    expect((await answerTo(withExtension(await helloOf("evil.example"), ECH), options)).reason).toBe("sni-mismatch");
  });
  it.each([
    ["HTTP", "GET / HTTP/1.1\r\nhost: git.example\r\n\r\n"],
    ["SSH", "SSH-2.0-OpenSSH_9.2\r\n"],
    ["a tunnel inside", "CONNECT evil.example:443 HTTP/1.1\r\n\r\n"],
  ])("A11: %s is no TLS", async (_, text) => {
    expect(await answerTo(Buffer.from(text))).toMatchObject({ reason: "not-tls", alert: Buffer.alloc(0) });
  });
  it("A11: a hello that does not come", async () => {
    expect((await answerTo(Buffer.alloc(0))).reason).toBe("hello-timeout");
  });
  it("A11: a hello that does not end", async () => {
    const hello = await helloOf(HOST);
    expect((await answerTo(hello.subarray(0, hello.length - 1))).reason).toBe("hello-timeout");
  });
  it("A11: a hello byte by byte, slower than it may be", async () => {
    const { port, seen } = await echo();
    const cage = await cageOf({ rule: rule(port), tunnel: { helloTimeoutMs: 80 } });
    const { socket } = await cage.connect(`${HOST}:${port}`);
    socket.on("error", () => {});
    const hello = await helloOf(HOST);
    let at = 0;
    const drip = setInterval(() => void socket.write(hello.subarray(at, ++at)), 10);
    await until(() => cage.intents.length === 1);
    clearInterval(drip);
    socket.destroy();
    expect(cage.intents[0]!.decision.reason).toBe("hello-timeout");
    expect(seen.connections).toBe(0);
  });
  it("A11: a hello that is too large", async () => {
    expect(await answerTo(Buffer.from([22, 3, 1, 0, 4, 1, 1, 0, 0]))).toMatchObject({
      reason: "hello-too-large",
      alert: ALERT(49),
    });
  });
  it("A11: a hello that is broken", async () => {
    expect((await answerTo(Buffer.from([22, 3, 1, 0, 4, 1, 0, 0, 0]))).reason).toBe("hello-malformed");
  });
  it("a caller that leaves", async () => {
    expect((await answerTo(Buffer.from([22, 3, 1]), { end: true })).reason).toBe("hello-cut");
  });
  it("protocols that no rule allows", async () => {
    const { port, seen } = await echo();
    const cage = await cageOf({ rule: rule(port, ({ alpn }) => alpn?.join() === "http/1.1") });
    await expect(through(cage, `${HOST}:${port}`, { ALPNProtocols: ["h2"] })).rejects.toThrow(/alert/);
    expect(cage.intents[0]!.decision.reason).toBe("denied");
    expect(seen.connections).toBe(0);
  });
  it.each([
    ["mode-differs", route({ to: `https://${HOST}`, tls: "originate" })],
    ["not-interceptable", route({ to: "tunnel", tls: "intercept" })],
    ["cannot-oblige", route({ to: "https://elsewhere.example" })],
    ["cannot-oblige", { name: "redact", args: { json: ["/a"] }, rules: ["r"] }],
    ["cannot-oblige", { name: "sign", args: { key: "own" }, rules: ["r"] }],
  ])("%s", async (word, obligation) => {
    const told = await answerTo(await helloOf(HOST), { rest: { rule: ({ port }) => port !== 0 && [obligation] } });
    expect(told.reason).toBe(word);
  });
  it("a ledger that is down", async () => {
    const { port, seen } = await echo();
    const cage = await cageOf({
      rule: rule(port),
      ledger: () => {
        throw new Error("down");
      },
    });
    await expect(through(cage, `${HOST}:${port}`)).rejects.toThrow(/alert internal error/);
    expect(cage.ended).toEqual(["ledger-down"]);
    expect(seen.connections).toBe(0);
  });
  it("an upstream that does not answer", async () => {
    const port = await listening(createTcp());
    await closers.pop()!();
    const cage = await cageOf({ rule: rule(port) });
    await expect(through(cage, `${HOST}:${port}`)).rejects.toThrow(/alert internal error/);
    expect(cage.outcomes[0]!.outcome).toMatchObject({ ended: "unreachable", status: 200 });
  });
  it("a caller that does not close is closed", async () => {
    const cage = await cageOf({ rule: () => true, names: { [HOST]: ["127.0.0.1"] } });
    const { socket } = await cage.connect(`${HOST}:443`);
    socket.on("error", () => {});
    const from = Date.now();
    socket.write("no TLS at all\r\n\r\n").valueOf();
    await until(() => cage.intents.length === 1);
    const flood = setInterval(() => void socket.write(Buffer.alloc(1_000)), 20);
    await new Promise((done) => socket.once("close", done));
    clearInterval(flood);
    expect(Date.now() - from).toBeLessThan(LAST_WORDS_MS + 2_000);
  });
});

it("a hidden name beside the right one passes where the operator says so, and is recorded", async () => {
  const heard: Buffer[] = [];
  const port = await listening(createTcp((socket) => void socket.on("data", (bytes) => heard.push(bytes))));
  const cage = await cageOf({ rule: rule(port), tunnel: { encryptedHello: "allow" } });
  const { socket } = await cage.connect(`${HOST}:${port}`);
  socket.on("error", () => {});
  const hello = withExtension(await helloOf(HOST), [0xfe, 0x0d, 0, 1, 0]);
  socket.write(hello);
  await until(() => Buffer.concat(heard).length === hello.length);
  socket.destroy();
  await until(() => cage.outcomes.length === 1);
  expect(cage.intents[0]!.facts.met).toEqual([{ name: "route", found: { tls: "tunnel", ech: true } }]);
});

it("A13: another host named inside the TLS is not seen, and the record says so", async () => {
  const heard: string[] = [];
  const upstream = createServer(await authority.issue({ hosts: [HOST] }), (socket) => {
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      heard.push(String(bytes));
      socket.end("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    });
  });
  const port = await listening(upstream);
  const cage = await cageOf({ rule: rule(port) });
  const tls = await through(cage, `${HOST}:${port}`);
  tls.write("GET / HTTP/1.1\r\nhost: fronted.example\r\n\r\n");
  await said(tls);
  tls.destroy();
  await until(() => cage.outcomes.length === 1);
  expect(heard.join("")).toContain("fronted.example");
  expect(cage.intents[0]!.facts).toMatchObject({ visibility: "connect", host: HOST, sni: HOST });
  expect(JSON.stringify([cage.intents, cage.outcomes])).not.toContain("fronted");
});

it("A12: another spelling of a target is refused before it is decided", async () => {
  const cage = await cageOf({ rule: () => true });
  for (const target of [
    "0x7f.1:443",
    "2130706433:443",
    "git.example",
    "git.example:0443",
    "user@git.example:443",
    "git.example:443/x",
  ]) {
    const socket = connectTcp(cage.port, "127.0.0.1");
    socket.write(`CONNECT ${target} HTTP/1.1\r\nhost: ${target}\r\n\r\n`);
    expect(await said(socket), target).toMatch(/^HTTP\/1.1 400/);
    socket.destroy();
  }
  expect(cage.intents).toEqual([]);
});
