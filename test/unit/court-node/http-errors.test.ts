// Bad input over HTTP: each is a problem+json with its code, and nothing is written.
import { request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import type { FastifyInstance, InjectOptions } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { base64, encode } from "../../../core/index.ts";
import {
  actionToJson,
  createClient,
  createServer,
  encodeEnvelope,
  nodeOf,
  PROBLEMS,
  ROUTES,
  type SignedAction,
} from "../../../court-node/index.ts";
import {
  buyer,
  example,
  type Kit,
  lateDelivery,
  node as nodeKey,
  ORIGIN,
  openKit,
  prepare,
  seller,
  send,
  stranger,
} from "./kit.ts";

let kit: Kit;
let app: FastifyInstance;
let url: string;
let agreement: string;
beforeAll(async () => {
  kit = await openKit();
  agreement = await lateDelivery(kit);
  const node = nodeOf(
    { log: kit.log, storage: kit.storage },
    { origin: ORIGIN, key: nodeKey, clock: kit.clock, onFatal: () => undefined },
  );
  app = createServer({ node: { ...node, engine: kit.engine }, version: "1.2.3" });
  url = await app.listen({ host: "127.0.0.1", port: 0 });
});
afterAll(() => app.close());

const act = (fields = {}): Promise<SignedAction> =>
  prepare(kit, "act", seller, { agreement, name: "deliver", ...fields });
const json = { "content-type": "application/json" };
const cbor = { "content-type": "application/cbor" };

/** Sends, and expects this problem and an unchanged ledger. */
async function problem(code: keyof typeof PROBLEMS, options: InjectOptions): Promise<string> {
  const size = kit.log.size;
  const response = await app.inject(options);
  const body = response.json() as { readonly [key: string]: string };
  expect([body["code"], response.statusCode], response.body).toEqual([code, PROBLEMS[code].status]);
  expect(response.headers["content-type"]).toMatch(/^application\/problem\+json/);
  expect(body).toMatchObject({
    type: `urn:writ:problem:${code}`,
    title: PROBLEMS[code].title,
    help: PROBLEMS[code].help,
    requestId: response.headers["x-request-id"],
  });
  expect(kit.log.size).toBe(size);
  return body["detail"] as string;
}

describe("bad requests", () => {
  it("bodies out of shape, each field by name", async () => {
    const good = actionToJson(await act());
    const post = (payload: unknown, headers: Record<string, string> = json) => ({
      method: "POST" as const,
      url: "/actions",
      headers,
      payload: typeof payload === "string" || Buffer.isBuffer(payload) ? payload : JSON.stringify(payload),
    });
    expect(await problem("malformed", post({ ...good, version: 2 }))).toMatch(/version/);
    expect(await problem("malformed", post({ ...good, kind: "steal" }))).toMatch(/kind/);
    expect(await problem("malformed", post({ ...good, deadline: "soon" }))).toMatch(/deadline/);
    expect(await problem("malformed", post({ ...good, nonce: "00" }))).toMatch(/nonce/);
    expect(await problem("malformed", post({ ...good, more: 1 }))).toMatch(/additional/);
    expect(await problem("malformed", post({ ...good, agreement: "x" }))).toMatch(/agreement/);
    expect(await problem("malformed", post({ ...good, author: "did:key:zz" }))).toMatch(/author/);
    expect(await problem("malformed", post({ ...good, signature: good.signature.slice(2) }))).toMatch(/signature/);
    expect(await problem("malformed", post({ ...good, value: [{ asset: "USD", amount: 1 }] }))).toMatch(/value/);
    for (const body of ["", "{", "[]", "null", "3", "\u0000", '{"__proto__": 1}'])
      await problem("malformed", post(body));
    for (const body of [Buffer.from([0xff]), Buffer.alloc(0), Buffer.from(encode([1, 2, 3])), Buffer.from(encode("x"))])
      await problem("malformed", post(body, cbor));
    await problem("unsupported-media-type", post("x", { "content-type": "text/plain" }));
    await problem("wrong-signature", post({ ...good, signature: "00".repeat(64) }));
  });
  it("bodies over their bounds", async () => {
    await problem("too-large", {
      method: "POST",
      url: "/actions",
      headers: json,
      payload: `{"version":1,"inputs":"${"x".repeat(200_000)}"}`,
    });
    await problem("too-large", { method: "POST", url: "/actions", headers: cbor, payload: Buffer.alloc(200_000) });
    await problem("malformed", { method: "POST", url: "/actions", headers: cbor, payload: Buffer.alloc(100_000) });
    const envelope = base64(encodeEnvelope(await act()));
    await problem("malformed", {
      method: "POST",
      url: "/actions/batch",
      headers: json,
      payload: JSON.stringify({ envelopes: new Array(1001).fill(envelope) }),
    });
    await problem("too-large", {
      method: "POST",
      url: "/actions/batch",
      headers: cbor,
      payload: Buffer.from(encode(new Array(1001).fill(new Uint8Array(1)))),
    });
  });
  it("a body that says it is small and is not, or never ends", async () => {
    const { port } = app.server.address() as AddressInfo;
    const status = await new Promise<number>((answer, fail) => {
      const request = httpRequest(
        { port, method: "POST", path: "/actions", headers: { ...json, "transfer-encoding": "chunked" } },
        (response) => {
          answer(response.statusCode ?? 0);
          request.destroy();
        },
      );
      request.on("error", fail);
      const chunk = "x".repeat(50_000);
      for (let i = 0; i < 5; i++) request.write(chunk);
    });
    expect(status).toBe(413);
    const raw = await new Promise<string>((answer) => {
      const socket = connect(port, "127.0.0.1", () => socket.write("GARBAGE\r\n\r\n"));
      let text = "";
      socket.on("data", (data) => {
        text += data.toString();
      });
      socket.on("close", () => answer(text));
    });
    expect(raw).toMatch(/^HTTP\/1.1 400 [\s\S]*application\/problem\+json[\s\S]*"code":"malformed"/);
  });
  it("envelopes that fail", async () => {
    const post = async (signed: SignedAction) => ({
      method: "POST" as const,
      url: "/actions",
      headers: cbor,
      payload: Buffer.from(encodeEnvelope(signed)),
    });
    await problem("wrong-origin", await post(await act({ origin: "elsewhere/main" })));
    await problem("late-deadline", await post(await act({ deadline: 1 })));
    await problem("unknown-party", await post(await prepare(kit, "act", stranger, { agreement, name: "deliver" })));
    await problem("unknown-agreement", await post(await act({ agreement: "0".repeat(64) })));
    const signed = await act();
    await problem("wrong-signature", await post({ ...signed, signature: new Uint8Array(64) }));
  });
  it("addresses, methods and parameters that are not there", async () => {
    await problem("not-found", { url: "/nowhere" });
    await problem("not-found", { url: "/agreements/x/y/z" });
    const wrong = await app.inject({ method: "DELETE", url: `/agreements/${agreement}` });
    expect([wrong.statusCode, wrong.headers["allow"], (wrong.json() as { code: string }).code]).toEqual([
      405,
      "GET",
      "method-not-allowed",
    ]);
    await problem("malformed", { url: "/agreements/xyz" });
    await problem("malformed", { url: `/agreements/${agreement.toUpperCase()}` });
    await problem("unknown-agreement", { url: `/agreements/${"0".repeat(64)}` });
    await problem("unknown-agreement", { url: `/agreements/${"0".repeat(64)}/receipts` });
    await problem("unknown-agreement", { method: "POST", url: `/agreements/${"0".repeat(64)}/tick` });
    await problem("nothing-due", { method: "POST", url: `/agreements/${agreement}/tick` });
    await problem("unknown-module", { url: `/modules/${"0".repeat(64)}` });
    await problem("unknown-module", { url: `/modules/${"0".repeat(64)}/manifest` });
    await problem("unknown-receipt", { url: "/receipts/999" });
    await problem("unknown-receipt", { url: "/receipts/999.proof" });
    for (const path of [
      "/receipts/-1",
      "/receipts/01",
      "/receipts/1.exe",
      "/receipts/99999999999999999",
      "/receipts?limit=0",
      "/receipts?limit=201",
      "/receipts?from=x",
      "/receipts?from=1&from=2",
      "/receipts?colour=red",
      "/modules?after=zz",
      "/tile/9/x/1",
      "/tile/0/0",
      "/tile/..%2f..%2fetc",
    ]) {
      await problem("malformed", { url: path });
    }
    await problem("not-found", { url: "/tile/0/000" });
    await problem("not-found", { url: "/tile/0/001.p/1" });
    await problem("malformed", { url: "/events", headers: { "last-event-id": "-3" } });
  });
  it("modules that are none", async () => {
    const { moduleId, bytes } = example("escrow/agreement.yaml");
    const signed = await prepare(kit, "deploy", seller, { name: moduleId });
    const deploy = (file: unknown) => ({
      method: "POST" as const,
      url: "/modules",
      headers: json,
      payload: JSON.stringify({ action: actionToJson(signed), file }),
    });
    await problem("malformed", deploy(3));
    await problem("malformed", deploy("*"));
    await problem("malformed", deploy("QQ"));
    await problem("bad-module", deploy(""));
    await problem("bad-module", deploy(base64(bytes.slice(0, -1))));
    const large = await app.inject({
      method: "POST",
      url: "/modules",
      headers: cbor,
      payload: Buffer.from(encode([encodeEnvelope(signed), new Uint8Array(17 * 1024 * 1024)])),
    });
    expect((large.json() as { code: string }).code).toBe("bad-module");
  });
});

describe("what is served", () => {
  it("a batch answers each in order, good ones and bad ones", async () => {
    const client = createClient({ url, origin: ORIGIN, now: () => kit.clock.now() });
    const signed = [
      await prepare(kit, "act", buyer, { agreement, name: "a" }),
      await prepare(kit, "act", stranger, { agreement, name: "b" }),
      { ...(await prepare(kit, "act", buyer, { agreement, name: "c" })), signature: new Uint8Array(64) },
      await prepare(kit, "act", seller, { agreement, name: "d" }),
    ];
    const answers = await client.batch(signed);
    expect(answers.map((answer) => ("problem" in answer ? answer.problem.code : answer.status))).toEqual([
      "refused",
      "unknown-party",
      "wrong-signature",
      "refused",
    ]);
    const response = await app.inject({
      method: "POST",
      url: "/actions/batch",
      headers: cbor,
      payload: Buffer.from(encode([encodeEnvelope(signed[0] as SignedAction), new Uint8Array([1])])),
    });
    expect(
      (response.json() as { answers: readonly { status?: string; repeated?: boolean; problem?: { code: string } }[] })
        .answers,
    ).toMatchObject([{ status: "refused", repeated: true }, { problem: { code: "malformed" } }]);
  });
  it("tiles and checkpoint as the log has them", async () => {
    const size = kit.log.size;
    const hashes = await app.inject({ url: `/tile/0/000.p/${size}` });
    expect(new Uint8Array(hashes.rawPayload)).toEqual(kit.log.tile(0, 0));
    const entries = await app.inject({ url: `/tile/entries/000.p/2` });
    expect(new Uint8Array(entries.rawPayload)).toEqual(kit.log.bundle(0, 2));
    expect((await app.inject({ url: "/checkpoint" })).body).toBe(kit.log.note);
  });
  it("health, metrics, pages and an OpenAPI document with every route and problem", async () => {
    expect((await app.inject({ url: "/healthz" })).json()).toMatchObject({
      live: true,
      ready: true,
      readOnly: null,
      origin: ORIGIN,
      size: kit.log.size,
    });
    kit.storage.readOnly = "the disk is full";
    expect((await app.inject({ url: "/healthz" })).json()).toMatchObject({
      live: true,
      ready: false,
      readOnly: "the disk is full",
    });
    kit.storage.readOnly = null;
    const metrics = (await app.inject({ url: "/metrics" })).body;
    expect(metrics).toMatch(new RegExp(`writ_ledger_entries ${kit.log.size}`));
    expect(metrics).toMatch(/writ_commands_total\{status="unknown-party"\} [1-9]/);
    const page = await app.inject({ url: "/" });
    expect([page.statusCode, page.headers["content-security-policy"]]).toEqual([
      200,
      "default-src 'none'; style-src 'unsafe-inline'",
    ]);
    expect(page.body).toContain(agreement.slice(0, 12));
    const docs = (await app.inject({ url: "/docs" })).body;
    const openapi = (await app.inject({ url: "/openapi.json" })).json() as {
      paths: Record<string, Record<string, { responses: Record<string, unknown> }>>;
      info: { version: string };
    };
    expect(openapi.info.version).toBe("1.2.3");
    for (const route of ROUTES) {
      expect(docs).toContain(`<code>${route.path}</code>`);
      expect(openapi.paths[route.path]?.[route.method.toLowerCase()]?.responses).toHaveProperty("500");
    }
    expect(docs).not.toMatch(/https?:\/\//);
  });
  it("names from outside are text on the page, not markup", async () => {
    await send(kit, "act", seller, { agreement, name: "<script>alert(1)</script>" });
    const page = await app.inject({ url: "/" });
    expect(page.body).toContain("&lt;script&gt;");
    expect(page.body).not.toContain("<script>");
  });
  it("lists in pages", async () => {
    const client = createClient({ url, origin: ORIGIN });
    const { agreements } = (await client.agreements()) as unknown as { agreements: { id: string }[] };
    expect(agreements.map(({ id }) => id)).toContain(agreement);
    expect(((await client.agreements(agreement)) as unknown as { agreements: unknown[] }).agreements).toEqual([]);
    const page = (await app.inject({ url: "/receipts?from=1&limit=2" })).json() as {
      receipts: { seq: number }[];
      size: number;
    };
    expect([page.receipts.map(({ seq }) => seq), page.size]).toEqual([[1, 2], kit.log.size]);
    const { moduleId, bytes } = example("late-delivery/agreement.yaml");
    expect(await client.module(moduleId)).toEqual(new Uint8Array(bytes));
    expect((await app.inject({ url: `/modules/${moduleId}/manifest` })).json()).toMatchObject({
      name: "late-delivery",
      manifest: { title: "Late delivery and penalty" },
    });
  });
});

describe("the event stream", () => {
  const read = async (after: number | undefined, count: number, during?: () => Promise<unknown>): Promise<number[]> => {
    const client = createClient({ url, origin: ORIGIN });
    const stop = new AbortController();
    const seen: number[] = [];
    const reading = (async () => {
      for await (const { seq } of client.events({ ...(after === undefined ? {} : { after }), signal: stop.signal })) {
        seen.push(seq);
        if (seen.length >= count) break;
      }
    })();
    await new Promise((ready) => setTimeout(ready, 100));
    await during?.();
    await reading;
    stop.abort();
    return seen;
  };
  it("gives what happens from now on", async () => {
    const size = kit.log.size;
    expect(
      await read(undefined, 2, async () => {
        await send(kit, "act", seller, { agreement, name: "x1" });
        await send(kit, "act", seller, { agreement, name: "x2" });
      }),
    ).toEqual([size, size + 1]);
  });
  it("resumes after the last one seen, without a gap or a repeat", async () => {
    const size = kit.log.size;
    expect(await read(1, size - 1, () => send(kit, "act", seller, { agreement, name: "x3" }))).toEqual(
      Array.from({ length: size - 1 }, (_, i) => i + 2),
    );
  });
  it("ends when the server closes", async () => {
    const node = nodeOf(
      { log: kit.log, storage: kit.storage },
      { origin: ORIGIN, key: nodeKey, clock: kit.clock, onFatal: () => undefined },
    );
    const other = createServer({ node, version: "1" });
    const client = createClient({ url: await other.listen({ host: "127.0.0.1", port: 0 }), origin: ORIGIN });
    const seen: number[] = [];
    const reading = (async () => {
      for await (const { seq } of client.events({ after: 0 })) seen.push(seq);
    })();
    await expect.poll(() => seen.length).toBe(kit.log.size - 1);
    await other.close();
    await reading;
  });
});
