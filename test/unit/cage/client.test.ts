// The client against real servers on loopback: an origin that verifies and signs, and a proxy that forwards, or changes, what passes.

import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import {
  createServer,
  type IncomingMessage,
  request as nodeRequest,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { FormData, request } from "undici";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Client, type ClientOptions, createClient, keySet, messageSigner } from "../../../cage/client/index.ts";
import {
  bodyOf,
  digestField,
  MemoryNonces,
  type RequestMessage,
  readRequest,
  signMessage,
  verifyMessage,
} from "../../../cage/signature/index.ts";

const sender = messageSigner(generateKeyPairSync("ed25519").privateKey);
const origin = messageSigner(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey);
const nonces = new MemoryNonces();
const seconds = (): number => Math.floor(Date.now() / 1_000);

/** What the origin saw, and what the proxy does to it. */
let seen: { verdict: string; line: string; raw: string[]; body: Buffer }[] = [];
let lines: string[] = [];
let meddle: { request?: (body: Buffer) => Buffer; response?: (response: Answer) => Answer } = {};
interface Answer {
  status: number;
  fields: [string, string][];
  body: Buffer;
}

const all = async (stream: AsyncIterable<Buffer>): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
};

async function answerOf(path: string, message: RequestMessage, verdict: string): Promise<Answer> {
  const text = JSON.stringify({ verdict });
  const bodies: Readonly<Record<string, () => Buffer>> = {
    "/large": () => Buffer.alloc(1_000_000, "x"),
    "/gzip": () => gzipSync(text),
    // RFC 9530 appendix B.2: the content of such an answer is empty.
    "/head": () => Buffer.alloc(0),
  };
  const body = bodies[path]?.() ?? Buffer.from(text);
  const fields: [string, string][] = [
    ["content-type", "application/json"],
    ["content-digest", digestField(body)],
  ];
  if (path === "/latin") fields.push(["x-name", "caf\u00e9"]);
  if (path === "/gzip") fields.push(["content-encoding", "gzip"]);
  if (path === "/redirect") fields.push(["location", "/elsewhere"]);
  const status = path === "/redirect" ? 307 : verdict === "verified" ? 200 : 401;
  if (path === "/unsigned") return { status, fields, body };
  const made = await signMessage(
    { kind: "response", status, fields, request: message },
    {
      signer: origin,
      label: "answer",
      created: seconds(),
      cover: [
        ...["@status", '"@method";req', '"@target-uri";req', "content-digest"],
        ...(path === "/latin" ? ['"x-name";bs'] : []),
        ...(message.fields.some(([name]) => name === "signature") ? ['"signature";req;key="sig1"'] : []),
      ],
    },
  );
  return {
    status,
    fields: [...fields, ["signature-input", made["signature-input"]], ["signature", made.signature]],
    body,
  };
}

async function serveOrigin(incoming: IncomingMessage, out: ServerResponse): Promise<void> {
  const body = await all(incoming);
  const message = readRequest(incoming, "http");
  if ("refused" in message) {
    out.writeHead(400).end(message.refused);
    return;
  }
  const verdict = await verifyMessage({
    message,
    body: bodyOf(body),
    profile: { keys: keySet({ dids: [sender.keyId] }), cover: ["@method", "@target-uri"], nonces, label: "sig1" },
    now: seconds(),
  });
  const word = "verified" in verdict ? "verified" : verdict.problem.problem;
  seen.push({ verdict: word, line: `${incoming.method} ${incoming.url}`, raw: incoming.rawHeaders, body });
  const answer = await answerOf(message.path, message, word);
  // With a length and bytes, Node writes fields as they are; together with a text it writes them as UTF-8.
  out.writeHead(answer.status, [...answer.fields, ["content-length", String(answer.body.length)]].flat());
  out.end(answer.body);
}

/** Forwards requests in absolute form, as the cage will. */
async function serveProxy(incoming: IncomingMessage, out: ServerResponse): Promise<void> {
  lines.push(`${incoming.method} ${incoming.url}`);
  const target = new URL(incoming.url as string);
  const body = (meddle.request ?? ((same) => same))(await all(incoming));
  const sent = nodeRequest({
    host: "127.0.0.1",
    port: target.port,
    method: incoming.method as string,
    path: `${target.pathname}${target.search}`,
    headers: { ...incoming.headers, ...(body.length > 0 ? { "content-length": body.length } : {}) },
  });
  sent.end(body);
  const answer = await new Promise<IncomingMessage>((done) => sent.on("response", done));
  const fields = Array.from({ length: answer.rawHeaders.length / 2 }, (_, at): [string, string] => [
    answer.rawHeaders[2 * at]!.toLowerCase(),
    answer.rawHeaders[2 * at + 1]!,
  ]).filter(([name]) => !["connection", "keep-alive", "transfer-encoding", "content-length"].includes(name));
  const passed = (meddle.response ?? ((same) => same))({
    status: answer.statusCode as number,
    fields,
    body: await all(answer),
  });
  out.writeHead(passed.status, [...passed.fields, ["content-length", String(passed.body.length)]].flat());
  out.end(passed.body);
}

const folder = mkdtempSync(join(tmpdir(), "writ-client-"));
const servers: Server[] = [];
const start = async (serve: typeof serveOrigin, path?: string): Promise<string> => {
  const server = createServer((incoming, out) => {
    serve(incoming, out).catch((error: Error) => out.destroy(error));
  });
  servers.push(server);
  await new Promise<void>((done) =>
    path === undefined ? server.listen(0, "127.0.0.1", done) : server.listen(path, done),
  );
  return path === undefined ? `http://127.0.0.1:${(server.address() as AddressInfo).port}` : `unix:${path}`;
};
let api = "";
let cage = "";
let socket = "";
const clients: Client[] = [];
const client = (options: Partial<ClientOptions> = {}): Client => {
  const made = createClient({ sign: { signer: sender }, ...options });
  clients.push(made);
  return made;
};
beforeAll(async () => {
  api = await start(serveOrigin);
  cage = await start(serveProxy);
  socket = await start(serveProxy, join(folder, "cage.sock"));
});
beforeEach(() => {
  seen = [];
  lines = [];
  meddle = {};
});
afterAll(async () => {
  await Promise.all(clients.map((each) => each.close()));
  for (const server of servers) server.closeAllConnections();
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  rmSync(folder, { recursive: true, force: true });
});

const verdicts = (): string[] => seen.map(({ verdict }) => verdict);
const verify = { keys: keySet({ dids: [origin.keyId] }) };

describe("requests are signed", () => {
  it("by fetch, without and with a body", async () => {
    const { fetch } = client();
    expect(await (await fetch(`${api}/a?b=c`)).json()).toEqual({ verdict: "verified" });
    const posted = await fetch(`${api}/orders`, {
      method: "POST",
      body: '{"a":1}',
      headers: { "content-type": "application/json" },
    });
    expect(posted.status).toBe(200);
    expect(verdicts()).toEqual(["verified", "verified"]);
    expect(seen[1]!.raw.join(" ")).toContain('"content-digest" "content-type")');
    const form = new FormData();
    form.set("a", "1");
    expect((await fetch(`${api}/form`, { method: "POST", body: form })).status).toBe(200);
    expect((await fetch(`${api}/empty`, { method: "POST" })).status).toBe(200);
  });
  it.each<readonly [string, () => string | Uint8Array | Readable]>([
    ["a text", () => "hello"],
    ["bytes", () => new TextEncoder().encode("hello")],
    ["a buffer", () => Buffer.from("hello")],
    ["a stream", () => Readable.from([Buffer.from("he"), Buffer.from("llo")])],
  ])("by a dispatcher, with %s", async (_, body) => {
    const { dispatcher } = client();
    const answer = await request(`${api}/a`, { dispatcher, method: "PUT", body: body(), query: { x: "1 2" } });
    expect(await answer.body.json()).toEqual({ verdict: "verified" });
    expect(seen[0]).toMatchObject({ verdict: "verified", line: "PUT /a?x=1%202", body: Buffer.from("hello") });
  });
  it.each<readonly [string, NonNullable<Parameters<typeof request>[1]>["headers"]]>([
    ["an object", { "X-A": "1", "x-b": ["2", "3"] }],
    ["a list", ["X-A", "1", "x-b", "2", "x-b", "3"]],
    [
      "pairs",
      new Map<string, string | string[]>([
        ["X-A", "1"],
        ["x-b", ["2", "3"]],
      ]),
    ],
  ])("with fields as %s", async (_, headers) => {
    const { dispatcher } = client({
      sign: { signer: sender, cover: ["@method", "@target-uri", "x-a", "x-b"], tag: "t", validFor: 60 },
    });
    await (await request(`${api}/a`, { dispatcher, headers: headers as never })).body.dump();
    expect(verdicts()).toEqual(["verified"]);
    expect(seen[0]!.raw.join(" ")).toMatch(
      /"x-a" "x-b"\);created=\d+;expires=\d+;nonce="[\w-]{24}";keyid="did:key:z6Mk\w+";tag="t"/,
    );
  });
  it("and a digest that is covered already is covered once", async () => {
    const cover = ["@method", "@target-uri", '"content-digest"', "content-length"];
    const { fetch } = client({ sign: { signer: sender, cover } });
    expect((await fetch(`${api}/a`, { method: "POST", body: "hello" })).status).toBe(200);
    expect(seen[0]!.raw.join(" ").match(/"content-digest"/g)).toHaveLength(1);
  });
  it("and the same message is not taken twice", async () => {
    await client().fetch(`${api}/a`);
    const { port } = new URL(api);
    const again = nodeRequest({ host: "127.0.0.1", port, path: "/a", headers: seen[0]!.raw as never }).end();
    await new Promise<IncomingMessage>((done) => again.on("response", done)).then(all as never);
    expect(verdicts()).toEqual(["verified", "replayed"]);
  });
  it("not without a signer", async () => {
    expect(
      (await client({ sign: undefined as never, through: cage }).fetch(`${api}/a`, { method: "POST", body: "x" }))
        .status,
    ).toBe(401);
    expect(verdicts()).toEqual(["no-signature"]);
  });
  it("and a redirect is handed to the caller", async () => {
    const answer = await client().fetch(`${api}/redirect`);
    expect([answer.status, answer.headers.get("location")]).toEqual([307, "/elsewhere"]);
    expect(seen).toHaveLength(1);
  });
});

describe("through the cage", () => {
  it.each(["loopback", "a unix socket"])("on %s, in absolute form", async (where) => {
    const { fetch } = client({ through: where === "loopback" ? cage : socket });
    expect((await fetch(`${api}/a?b`, { method: "POST", body: "hello" })).status).toBe(200);
    expect(lines).toEqual([`POST ${api}/a?b`]);
    expect(seen).toMatchObject([{ verdict: "verified", line: "POST /a?b", body: Buffer.from("hello") }]);
  });
  it("which may not change what it passes on", async () => {
    meddle = { request: () => Buffer.from("other") };
    expect((await client({ through: cage }).fetch(`${api}/a`, { method: "POST", body: "hello" })).status).toBe(401);
    expect(verdicts()).toEqual(["wrong-digest"]);
  });
});

describe("answers are verified", () => {
  it("and then seen as they came", async () => {
    const { fetch, dispatcher } = client({ through: cage, verify });
    const answer = await fetch(`${api}/gzip`);
    expect([answer.status, await answer.json()]).toEqual([200, { verdict: "verified" }]);
    const large = await request(`${api}/large`, { dispatcher });
    let bytes = 0;
    for await (const chunk of large.body) {
      bytes += (chunk as Buffer).length;
      await new Promise((done) => setImmediate(done));
    }
    expect(bytes).toBe(1_000_000);
    expect((await fetch(`${api}/latin`)).status).toBe(200);
    expect((await fetch(`${api}/head`, { method: "HEAD" })).status).toBe(200);
  });
  it("also when the request is not signed", async () => {
    const answer = await client({ sign: undefined as never, verify }).fetch(`${api}/a`);
    expect(answer.status).toBe(401);
  });
  it.each<readonly [string, string, (answer: Answer) => Answer]>([
    ["wrong-digest", "another body", (answer) => ({ ...answer, body: Buffer.from("{}") })],
    ["wrong-signature", "another status", (answer) => ({ ...answer, status: 201 })],
    [
      "no-signature",
      "no signature",
      (answer) => ({ ...answer, fields: answer.fields.filter(([name]) => !name.startsWith("signature")) }),
    ],
    [
      "no-digest",
      "no digest",
      (answer) => ({ ...answer, fields: answer.fields.filter(([name]) => name !== "content-digest") }),
    ],
  ])("%s: %s", async (problem, _, response) => {
    meddle = { response };
    const { fetch, dispatcher } = client({ through: cage, verify });
    await expect(fetch(`${api}/a`)).rejects.toMatchObject({ name: "SignatureError", problem });
    await expect(request(`${api}/a`, { dispatcher })).rejects.toMatchObject({ problem });
  });
  it("the answer to an earlier request is none to this one", async () => {
    const kept: Answer[] = [];
    const { fetch } = client({ through: cage, verify });
    meddle = {
      response: (answer) => {
        kept.push(answer);
        return kept[0] as Answer;
      },
    };
    expect((await fetch(`${api}/a`)).status).toBe(200);
    await expect(fetch(`${api}/a`)).rejects.toMatchObject({ problem: "wrong-signature" });
  });
  it("what is not signed names its status", async () => {
    await expect(client({ verify }).fetch(`${api}/unsigned`)).rejects.toThrow(
      "no-signature at message: the message carries no signature (a response with status 200)",
    );
  });
  it("and a caller who went away gets nothing", async () => {
    const stop = new AbortController();
    meddle = {
      response: (answer) => {
        stop.abort();
        return answer;
      },
    };
    await expect(client({ through: cage, verify }).fetch(`${api}/a`, { signal: stop.signal })).rejects.toMatchObject({
      name: "AbortError",
    });
  });
  it("a body that is too long is not held", async () => {
    meddle = { response: (answer) => ({ ...answer, body: Buffer.alloc(16_777_217) }) };
    await expect(client({ through: cage, verify }).fetch(`${api}/a`)).rejects.toMatchObject({
      problem: "body-too-large",
    });
  });
});

describe("what cannot be sent has a word", () => {
  const send = (path: string, options: object = {}): Promise<unknown> =>
    request(`${api}${path}`, { dispatcher: client().dispatcher, ...options });
  it.each<readonly [string, string, () => Promise<unknown>]>([
    ["bad-request", "an ambiguous path", () => send("/a;b/c")],
    ["bad-request", "another host", () => send("/a", { headers: { host: "other.example" } })],
    ["bad-request", "an upgrade", () => send("/a", { upgrade: "websocket" })],
    ["body-kind", "a form", () => send("/a", { method: "POST", body: new FormData() })],
    ["body-kind", "a list of numbers", () => send("/a", { method: "POST", body: Readable.from([1]) })],
    ["body-too-large", "17 MB", () => send("/a", { method: "POST", body: Buffer.alloc(16_777_217) })],
    [
      "body-too-large",
      "17 MB in pieces",
      () =>
        send("/a", { method: "POST", body: Readable.from(Array.from({ length: 17 }, () => Buffer.alloc(1_000_000))) }),
    ],
    [
      "missing-component",
      "a field that is not there",
      () => request(`${api}/a`, { dispatcher: client({ sign: { signer: sender, cover: ["x-none"] } }).dispatcher }),
    ],
  ])("%s: %s", async (problem, _, sending) => {
    await expect(sending()).rejects.toMatchObject({ problem });
    expect(seen).toEqual([]);
  });
  it("before anything is sent", () => {
    expect(() => client({ sign: { signer: sender, cover: ["@host"] } })).toThrow(
      expect.objectContaining({ problem: "bad-component" }),
    );
    expect(() => client({ through: "cage.example" })).toThrow(TypeError);
    expect(() => client({ through: socket, dispatcher: client().dispatcher })).toThrow(TypeError);
  });
});
