// The cookbook of docs/cage.md: every recipe as it stands there, with a real cage, ledger and upstream.
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { request } from "undici";
import { afterEach, describe, expect, it } from "vitest";
import { CLOCK_SKEW_SECONDS } from "../../cage/limits.ts";
import type { CageRecord } from "../../cage/records/record.ts";
import {
  bodyOf,
  digestField,
  keySet,
  MemoryNonces,
  type MessageSigner,
  messageSigner,
  readRequest,
  signMessage,
  verifyMessage,
} from "../../cage/signature/index.ts";
import { initAuthority } from "../../cage/tls/index.ts";
import type { Prepared } from "../../cli/cage/prepared.ts";
import { compile } from "../../compiler/index.ts";
import { Authenticator } from "../unit/cage/obligations/authenticator.ts";
import { afterwards, closeAll, get, parts, raw, type Seen, until, upstream } from "./fakes.ts";
import { loadedFrom, type Whole, wholeCage } from "./whole.ts";

const page = readFileSync(new URL("../../docs/cage.md", import.meta.url), "utf8");
const section = /\n## \d+\. Cookbook\n([\s\S]*?)\n## /.exec(page)![1]!;
const RECIPES = new Map(
  [...section.matchAll(/```yaml\npolicy: ([a-z-]+)\n([\s\S]*?)```/g)].map(([, name, text]) => [
    name!,
    `policy: ${name}\n${text}`,
  ]),
);

const tried = new Set<string>();
function recipe(name: string): string {
  tried.add(name);
  return RECIPES.get(name)!;
}

/** What the upstream of a test needs, and changes nothing else: it is on this machine. */
const NEAR =
  "  - require: loopback\n    id: near-by\n    match: {direction: egress}\n    then: {reach: {classes: [loopback]}}\n";
const here = async (): Promise<readonly string[]> => ["127.0.0.1"];
const outward = (name: string, more: Partial<Prepared> = {}): Promise<Whole> =>
  wholeCage(recipe(name) + NEAR, more, here);

afterEach(closeAll);

const send = async (cage: Whole, url: string, { method = "GET", body = "", fields = "" } = {}) => {
  const length = body === "" ? "" : `Content-Length: ${Buffer.byteLength(body)}\r\n`;
  return parts((await raw(cage.port, `${get(url, `${fields}${length}`, method)}${body}`)).text);
};
const reason = ({ body }: { readonly body: string }): string => (JSON.parse(body) as { code: string }).code;
const at = (host: string, { port }: Seen, path: string): string => `http://${host}:${port}${path}`;
/** The records, once the last completion is there. */
async function records(cage: Whole, kind: CageRecord["kind"]): Promise<readonly CageRecord[]> {
  for (let tries = 0; tries < 500 && cage.gate.underWay > 0; tries++) await new Promise((next) => setTimeout(next, 2));
  return cage.records().filter((record) => record.kind === kind);
}
const metIn = (all: readonly CageRecord[]): readonly string[] =>
  all.flatMap((record) => ("met" in record ? record.met.map(({ name }) => name) : []));

it("every recipe compiles without a word", () => {
  expect(RECIPES.size).toBeGreaterThan(8);
  for (const [name, text] of RECIPES) expect(compile({ name, text }).diagnostics, name).toEqual([]);
});

describe("recipes", () => {
  it("no-cards", async () => {
    const server = await upstream((_, response) => void response.end('{"card": {"number": "4111"}, "name": "Ann"}'));
    const cage = await outward("no-cards");
    const { status, body } = await send(cage, at("customers.example", server, "/7"));
    expect([status, body]).toEqual([200, '{"card": {"number": "[redacted]"}, "name": "Ann"}']);
    expect(metIn(await records(cage, "completion"))).toEqual(["redact"]);
  });

  it("read-only", async () => {
    const server = await upstream();
    const cage = await outward("read-only");
    expect((await send(cage, at("api.example", server, "/v1"))).status).toBe(200);
    expect(reason(await send(cage, at("api.example", server, "/v1"), { method: "POST", body: "x" }))).toBe("denied");
    expect(reason(await send(cage, at("api.example.net", server, "/v1")))).toBe("denied");
    expect(server.requests.map(({ head }) => head)).toEqual(["GET /v1"]);
  });

  it("signed-charges", async () => {
    const signer = messageSigner(generateKeyPairSync("ed25519").privateKey);
    const server = await upstream();
    const cage = await outward("signed-charges", { signers: new Map([["cage", signer]]) });
    const url = at("pay.example", server, "/v1/charges");
    const answer = await send(cage, url, {
      method: "POST",
      body: '{"card":{"number":"4111"},"amount":12.50}',
      fields: "X-Session: s3cret\r\n",
    });
    expect(answer.status).toBe(200);
    const [got] = server.requests;
    expect(got!.body.toString()).toBe('{"card":{"number":"[redacted]"},"amount":12.50}');
    expect(got!.raw.join(" ")).not.toContain("s3cret");
    const message = readRequest(
      { method: "POST", url: "/v1/charges", httpVersion: "1.1", rawHeaders: got!.raw },
      "http",
    );
    if ("refused" in message) throw new Error(message.detail);
    const profile = {
      keys: keySet({ dids: [signer.keyId] }),
      cover: ["@method", "@target-uri", "content-digest"],
      nonces: new MemoryNonces(),
    };
    expect(
      await verifyMessage({ message, body: bodyOf(got!.body), profile, now: Math.floor(Date.now() / 1_000) }),
    ).toHaveProperty("verified");
    const kept = await records(cage, "intent");
    expect(metIn(kept)).toEqual(["redact", "sign"]);
    expect(JSON.stringify(cage.records())).not.toMatch(/4111|s3cret/);
    expect(reason(await send(cage, url, { method: "POST", body: "card=4111" }))).toBe("cannot-oblige");
    expect(server.requests).toHaveLength(1);
  });

  it("partners", async () => {
    const partner = messageSigner(generateKeyPairSync("ed25519").privateKey);
    const server = await upstream();
    const text = recipe("partners").replace(/did:key:z\w+/, partner.keyId);
    const cage = await wholeCage(text, {
      upstreams: new Map([
        [
          "orders",
          { name: "orders", kind: "host", scheme: "http", host: "127.0.0.1", literal: true, port: server.port },
        ],
      ]),
    });
    // What was signed before nonces were remembered is refused, and a clock may be ahead: the next second is the first that surely counts.
    const started = Math.floor(Date.now() / 1_000);
    await until(() => Math.floor(Date.now() / 1_000) > started);
    const created = started + 1 + CLOCK_SKEW_SECONDS;
    const deliver = async (nonce: string, tag = "order-event", body = "{}") => {
      const message = {
        kind: "request",
        method: "POST",
        scheme: "http",
        authority: "hooks.example",
        target: "/hooks/new",
        path: "/hooks/new",
        query: null,
        fields: [["content-digest", digestField(Buffer.from("{}"))]],
      } as const;
      const made = await signMessage(message, {
        signer: partner,
        cover: ["@method", "@target-uri", "content-digest"],
        label: "sig1",
        created,
        nonce,
        tag,
      });
      const head = `POST /hooks/new HTTP/1.1\r\nHost: hooks.example\r\nConnection: close\r\nContent-Digest: ${message.fields[0][1]}\r\nSignature-Input: ${made["signature-input"]}\r\nSignature: ${made.signature}\r\nContent-Length: ${body.length}\r\n\r\n`;
      return parts((await raw(cage.inPort, head + body)).text);
    };
    const unsigned = parts(
      (
        await raw(
          cage.inPort,
          "POST /hooks/new HTTP/1.1\r\nHost: hooks.example\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}",
        )
      ).text,
    );
    expect([unsigned.status, reason(unsigned)]).toEqual([401, "no-signature"]);
    expect((await deliver("a")).status).toBe(200);
    expect(reason(await deliver("a"))).toBe("replayed");
    expect(reason(await deliver("b", "another"))).toBe("wrong-tag");
    expect(reason(await deliver("c", "order-event", "[]"))).toBe("wrong-digest");
    expect((await deliver("d")).status).toBe(200);
    const many = await deliver("e");
    expect([many.status, reason(many)]).toEqual([429, "rate-limited"]);
    expect(server.requests).toHaveLength(2);
    const intents = await records(cage, "intent");
    expect(JSON.stringify(intents)).toContain(partner.keyId);
    expect(metIn(intents).filter((name) => name === "require_signature").length).toBeGreaterThanOrEqual(3);
  });

  it("verified", async () => {
    let digest: string | null = digestField(Buffer.from("1.09"));
    const server = await upstream((_, response) => {
      if (digest !== null) response.setHeader("content-digest", digest);
      response.end("1.09");
    });
    const cage = await outward("verified");
    const ask = () => send(cage, at("rates.example", server, "/eur"));
    expect((await ask()).body).toBe("1.09");
    digest = digestField(Buffer.from("9.01"));
    const tampered = await ask();
    expect([tampered.status, reason(tampered), tampered.text.includes("1.09")]).toEqual([
      502,
      "response-tampered",
      false,
    ]);
    digest = null;
    expect(reason(await ask())).toBe("response-tampered");
    const ends = await records(cage, "completion");
    expect(ends.map((record) => record.kind === "completion" && record.ended)).toEqual([
      "answered",
      "response-tampered",
      "response-tampered",
    ]);
    expect(JSON.stringify(ends[1])).toContain(digestField(Buffer.from("9.01")));
    expect(metIn(ends)).toEqual(["verify_response", "verify_response", "verify_response"]);
  });

  it("co-signed", async () => {
    const [one, other] = [0, 1].map(() => messageSigner(generateKeyPairSync("ed25519").privateKey)) as [
      MessageSigner,
      MessageSigner,
    ];
    let signers: readonly (readonly [string, MessageSigner])[] = [];
    const server = await upstream(async (request, response) => {
      const message = readRequest({ ...request, method: "GET" } as never, "http");
      if ("refused" in message) throw new Error(message.detail);
      const fields: (readonly [string, string])[] = [["content-digest", digestField(Buffer.from("1.09"))]];
      const cover = ["@status", '"@target-uri";req', "content-digest"];
      const created = Math.floor(Date.now() / 1_000);
      const answer = { kind: "response", status: 200, fields, request: message } as const;
      const made = await Promise.all(
        signers.map(([label, signer]) => signMessage(answer, { signer, cover, label, created })),
      );
      response.setHeader("content-digest", fields[0]![1]);
      response.setHeader("signature-input", made.map((each) => each["signature-input"]).join(", "));
      response.setHeader("signature", made.map(({ signature }) => signature).join(", "));
      response.end("1.09");
    });
    const dids = [one.keyId, other.keyId];
    const text = recipe("co-signed").replace(/did:key:z6M\w+/g, () => dids.shift()!) + NEAR;
    const cage = await wholeCage(text, {}, here);
    const ask = () => send(cage, at("rates.example", server, "/eur"));
    signers = [
      ["a", one],
      ["b", other],
    ];
    expect((await ask()).body).toBe("1.09");
    for (const few of [
      [["a", one]],
      [
        ["a", one],
        ["b", one],
      ],
    ] as const) {
      signers = few;
      const denied = await ask();
      expect([denied.status, reason(denied), denied.text.includes("1.09")]).toEqual([502, "response-tampered", false]);
    }
    const ends = (await records(cage, "completion")).flatMap((record) => ("met" in record ? record.met : []));
    expect(ends.map(({ found }) => found["keys"] ?? found["problem"])).toEqual([
      [one.keyId, other.keyId],
      "too-few-signers",
      "too-few-signers",
    ]);
  });

  it("key-set", async () => {
    const partner = messageSigner(generateKeyPairSync("ed25519").privateKey);
    const server = await upstream();
    const orders = { name: "orders", kind: "host", scheme: "http", host: "127.0.0.1", literal: true } as const;
    let version = 0;
    let keys = { partners: [partner.keyId], revoked: {}, until: "2999-01-01T00:00:00Z" };
    const text = recipe("key-set");
    // As a bundle gives it: the newest version is the only one.
    const load = () => {
      const id = String(version).padStart(64, "0");
      return { ...loadedFrom(text, { keys }), bundle: { name: "hooks", version, id }, signedBy: [partner.keyId] };
    };
    const cage = await wholeCage(load, { upstreams: new Map([["orders", { ...orders, port: server.port }]]) });
    // Until a new memory of nonces answers for what is signed: see `partners`.
    const created = Math.floor(Date.now() / 1_000) + CLOCK_SKEW_SECONDS + 1;
    await until(() => Math.floor(Date.now() / 1_000) + CLOCK_SKEW_SECONDS >= created);
    const deliver = async (nonce: string) => {
      const made = await signMessage(
        {
          ...{ kind: "request", method: "GET", scheme: "http", authority: "hooks.example" },
          ...{ target: "/", path: "/", query: null, fields: [] },
        } as never,
        { signer: partner, cover: ["@method", "@target-uri"], label: "sig1", created, nonce },
      );
      const lines = `Signature-Input: ${made["signature-input"]}\r\nSignature: ${made.signature}\r\n`;
      const head = `GET / HTTP/1.1\r\nHost: hooks.example\r\nConnection: close\r\n${lines}\r\n`;
      return parts((await raw(cage.inPort, head)).text);
    };
    expect((await deliver("a")).status).toBe(200);
    const before = keys;
    version = 1;
    keys = { ...keys, revoked: { [partner.keyId]: new Date(created * 1_000 - 60_000).toISOString() } };
    expect(await cage.reload()).toBe(true);
    const revoked = await deliver("b");
    expect([revoked.status, reason(revoked)]).toEqual([401, "revoked-key"]);
    // The list before it is put back: refused, and the one in use stays.
    version = 0;
    keys = before;
    expect(await cage.reload()).toBe(false);
    expect(reason(await deliver("c"))).toBe("revoked-key");
    version = 2;
    keys = { ...before, until: "2026-01-01T00:00:00Z" };
    expect(await cage.reload()).toBe(true);
    expect(reason(await deliver("d"))).toBe("denied");
    expect(server.requests).toHaveLength(1);
    const lists = (await records(cage, "intent")).flatMap((record) =>
      record.kind === "intent" ? [record.decided[0]?.data["keys"]] : [],
    );
    expect(new Set(lists).size).toBe(3);
  });

  it("shared-networks", async () => {
    const folder = mkdtempSync(join(tmpdir(), "writ-shared-"));
    afterwards(() => rmSync(folder, { recursive: true, force: true }));
    const authority = join(folder, "authority");
    await initAuthority(authority, { hosts: ["app.cdn.example"], days: 1, now: new Date() });
    const cage = await wholeCage(recipe("shared-networks") + NEAR, { authority }, here);
    const tunnel = async (host: string): Promise<Socket> => {
      const socket = connect(cage.port, "127.0.0.1");
      afterwards(() => socket.destroy());
      socket.on("error", () => undefined);
      socket.write(`CONNECT ${host}:443 HTTP/1.1\r\nHost: ${host}:443\r\n\r\n`);
      await once(socket, "readable");
      return socket;
    };
    const status = (socket: Socket): string => String(socket.read()).split(" ")[1]!;
    expect(status(await tunnel("other.cdn.example"))).toBe("403");
    const socket = await tunnel("app.cdn.example");
    expect(status(socket)).toBe("200");
    const tls = connectTls({
      socket,
      servername: "app.cdn.example",
      ca: readFileSync(join(authority, "ca.pem")),
      ALPNProtocols: ["http/1.1"],
    });
    tls.write("GET /leak HTTP/1.1\r\nHost: other.cdn.example\r\n\r\n");
    let said = "";
    for await (const part of tls) said += String(part);
    expect(parts(said).status).toBe(400);
    expect(reason(parts(said))).toBe("host-differs");
    // In absolute form the host is said once, too.
    const plain = await raw(
      cage.port,
      "GET https://app.cdn.example/ HTTP/1.1\r\nHost: other.cdn.example\r\nConnection: close\r\n\r\n",
    );
    expect([plain.status, reason(parts(plain.text))]).toEqual([400, "host-differs"]);
    expect(reason(await send(cage, "https://other.cdn.example/"))).toBe("denied");
    const refusals = (await records(cage, "refusal")).map((record) => "body" in record && record.body["word"]);
    expect(refusals).toEqual(["host-differs", "host-differs"]);
  });

  it("polite", async () => {
    const server = await upstream();
    const cage = await outward("polite");
    const ask = () => send(cage, at("search.example", server, "/?q=a"));
    expect([(await ask()).status, (await ask()).status]).toEqual([200, 200]);
    const third = await ask();
    expect([third.status, reason(third)]).toEqual([429, "rate-limited"]);
    expect(third.head).toMatch(/retry-after: (?:2\d|30)/i);
    const counted = (await records(cage, "intent")).flatMap((record) => ("met" in record ? record.met : []));
    expect(counted.map(({ found }) => [found["left"], found["passed"]])).toEqual([
      [1, true],
      [0, true],
      [0, false],
    ]);
  });

  it("large-payments", async () => {
    const key = new Authenticator();
    const party = { origin: "http://localhost:7441", rpId: "localhost" };
    const file = (people: object): string =>
      JSON.stringify({ relying_party: { id: party.rpId, origin: party.origin }, people });
    const server = await upstream();
    // Enrolled with a cage that asks nobody yet.
    const first = await wholeCage(recipe("read-only"));
    const path = join(first.folder, "people.json");
    writeFileSync(path, file({}));
    const place = { host: "127.0.0.1", port: 0 };
    const enrolling = await wholeCage(recipe("read-only"), { people: path, peopleAt: place });
    const post = async (cage: Whole, to: string, body: object) => {
      const answer = await request(`${cage.people}${to}`, {
        method: "POST",
        headers: { host: "localhost:7441", "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      return { status: answer.statusCode, body: (await answer.body.json()) as object };
    };
    const entry = await post(enrolling, "/step-up/enrol", key.register(party));
    expect(entry.status).toBe(200);
    writeFileSync(path, file({ cfo: [entry.body] }));

    const cage = await outward("large-payments", { people: path, peopleAt: place });
    const pay = (body: string, fields = "") =>
      send(cage, at("pay.example", server, "/v1/payments"), {
        method: "POST",
        body,
        fields: `Content-Type: application/json\r\n${fields}`,
      });
    expect((await pay('{"amount":99}')).status).toBe(200);
    expect(reason(await pay('{"amount":"10000"}'))).toBe("denied");
    expect(reason(await pay("{}"))).toBe("denied");
    const waits = await pay('{"amount":10000}');
    expect([waits.status, reason(waits)]).toEqual([403, "step-up-required"]);
    const { step_up: id } = JSON.parse(waits.body) as { step_up: string };
    const list = await request(`${cage.people}/step-up`, { headers: { host: "localhost:7441" } });
    const { waiting } = (await list.body.json()) as { waiting: { id: string; challenge: string }[] };
    expect(waiting.map((each) => each.id)).toEqual([id]);
    expect((await post(cage, `/step-up/${id}`, key.approve(waiting[0]!.challenge, party))).status).toBe(200);
    expect(reason(await pay('{"amount":99999}', `cage-step-up: ${id}\r\n`))).toBe("step-up-other");
    expect((await pay('{"amount":10000}', `cage-step-up: ${id}\r\n`)).status).toBe(200);
    expect(reason(await pay('{"amount":10000}', `cage-step-up: ${id}\r\n`))).toBe("step-up-used");
    expect(server.requests.map(({ body }) => body.toString())).toEqual(['{"amount":99}', '{"amount":10000}']);
    expect(server.requests[1]!.raw.join(" ").toLowerCase()).not.toContain("cage-step-up");
    expect(JSON.stringify(await records(cage, "intent"))).toContain(key.id.toString("base64url"));
  });

  it("build", async () => {
    const cage = await wholeCage(recipe("build"), {}, here);
    const connect = async (host: string): Promise<number> =>
      parts(
        (await raw(cage.port, `CONNECT ${host}:443 HTTP/1.1\r\nHost: ${host}:443\r\n\r\n`, { until: "\r\n\r\n" })).text,
      ).status;
    // The address is of this machine, which the recipe does not reach: the policy had said yes.
    expect([await connect("git.example"), await connect("api.example")]).toEqual([403, 403]);
    const denied = (await records(cage, "intent")).map(
      (record) => record.kind === "intent" && record.decided.at(-1)?.reason,
    );
    expect(denied).toEqual(["address-not-global", "denied"]);
  });

  it("rollout", async () => {
    const server = await upstream((_, response) => {
      response.statusCode = 503;
      response.end("later");
    });
    const cage = await outward("rollout");
    expect((await send(cage, at("files.example", server, "/a"))).status).toBe(503);
    const [end] = await records(cage, "completion");
    expect(end?.kind === "completion" && end.decided.map(({ answer }) => answer?.shadow)).toEqual([
      [{ rule: "server-errors", at: [], effect: "deny" }],
    ]);
  });

  it("inside", async () => {
    const server = await upstream();
    const cage = await wholeCage(recipe("inside"), {}, here);
    expect((await send(cage, at("orders.svc.example", server, "/"))).status).toBe(200);
    expect(reason(await send(cage, at("metadata.google.internal", server, "/")))).toBe("denied");
  });

  it("shop", async () => {
    const server = await upstream();
    const cage = await wholeCage(recipe("shop"), {
      upstreams: new Map([
        ["shop", { name: "shop", kind: "host", scheme: "http", host: "127.0.0.1", literal: true, port: server.port }],
      ]),
      collector: "https://reports.example/",
      reports: { host: "127.0.0.1", port: 0 },
      addresses: ["192.0.2.1"],
    });
    const answer = parts(
      (await raw(cage.inPort, "GET /cart HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n")).text,
    );
    expect(answer.status).toBe(200);
    expect(answer.head).toContain(
      'nel: {"report_to":"cage","max_age":86400,"success_fraction":0.01,"failure_fraction":1.0}',
    );
    expect(answer.head).toContain('reporting-endpoints: cage="https://reports.example/"');
    const report = async (host: string, body: object) => {
      const reports = [{ age: 0, type: "network-error", url: `https://${host}/`, body }];
      const sent = await request(`${cage.reports}/`, {
        method: "POST",
        headers: { "content-type": "application/reports+json" },
        body: JSON.stringify(reports),
      });
      await sent.body.dump();
      return sent.statusCode;
    };
    const changed = (server_ip: string) => ({
      phase: "dns",
      type: "dns.address_changed",
      server_ip,
      elapsed_time: 0,
      sampling_fraction: 1,
    });
    expect(await report("shop.example", changed("192.0.2.1"))).toBe(204);
    expect(await report("other.example", changed("203.0.113.9"))).toBe(204);
    expect(await records(cage, "anomaly")).toEqual([]);
    expect(await report("shop.example", changed("203.0.113.9"))).toBe(204);
    const [anomaly, ...more] = await records(cage, "anomaly");
    expect(more).toEqual([]);
    expect(anomaly).toMatchObject({
      body: {
        word: "nel-man-in-the-middle",
        host: "shop.example",
        server_ip: "203.0.113.9",
        type: "dns.address_changed",
        matched: false,
      },
    });
    // What was reported changes no decision.
    expect(
      parts((await raw(cage.inPort, "GET /cart HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n")).text)
        .status,
    ).toBe(200);
  });
});

it("every recipe was run", () => expect([...tried].sort()).toEqual([...RECIPES.keys()].sort()));
