// `redact` of answers: what may not come in is taken out before it is handed on, and what cannot be looked into is not handed on.
import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { afterEach, expect, it } from "vitest";
import type { CompletionRecord } from "../../cage/records/record.ts";
import { afterwards, closeAll, get, raw, type Seen, until, upstream } from "./fakes.ts";
import { type Whole, wholeCage } from "./whole.ts";

afterEach(closeAll);

const SECRET = "4111111111111111";
const JSON_BODY = `{"n": 1.00, "card": {"number": "${SECRET}"}}`;
const HIDDEN = '{"n": 1.00, "card": {"number": "[redacted]"}}';
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const digest = `sha-256=:${createHash("sha256").update(JSON_BODY).digest("base64")}:`;

const policy = (point: string, then: string): string => `policy: in
on: http.request
rules:
  - allow: look it up
    match: {at: ${point}, host: 127.0.0.1}
    then: {reach: {classes: [loopback]}, receipt: full, ${then}}
`;
async function setUp(
  text: string,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  options: Parameters<typeof wholeCage>[1] = {},
): Promise<{ readonly cage: Whole; readonly up: Seen; readonly completion: () => Promise<CompletionRecord> }> {
  const up = await upstream(answer);
  const cage = await wholeCage(text, options);
  afterwards(() => {
    // Whatever happened, it is nowhere in the ledger.
    const bytes = [...cage.ledger.entries()].map(({ bytes: entry }) => Buffer.from(entry).toString("latin1")).join();
    expect(bytes).not.toContain(SECRET);
  });
  const completions = (): readonly CompletionRecord[] =>
    cage.records().filter((record): record is CompletionRecord => record.kind === "completion");
  let seen = 0;
  /** The next one: it may come after the answer. */
  const completion = async (): Promise<CompletionRecord> => {
    await until(() => completions().length > seen);
    return completions()[seen++]!;
  };
  return { cage, up, completion };
}
const answered =
  (body: string | Buffer, fields: Readonly<Record<string, string>> = {}, status = 200) =>
  (_: IncomingMessage, response: ServerResponse): void => {
    response.writeHead(status, {
      "content-type": "application/json",
      "content-length": String(body.length),
      ...fields,
    });
    response.end(body);
  };
const field = (head: string, name: string): string | null =>
  new RegExp(`^${name}: (.*)$`, "im").exec(head)?.[1]?.trim() ?? null;

it("takes values out of request and answer, and what was said of the bytes before", async () => {
  const { cage, up, completion } = await setUp(
    policy("[request, response]", "redact: {json: [/card/number], fields: [x-card]}"),
    answered(JSON_BODY, {
      "x-card": SECRET,
      "content-digest": digest,
      "repr-digest": digest,
      etag: '"abc"',
      signature: "sig1=:AAAA:",
      "signature-input": 'sig1=("content-digest");created=1',
    }),
  );
  const answer = await raw(
    cage.port,
    `POST ${up.url}/ HTTP/1.1\r\nHost: 127.0.0.1:${up.port}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${JSON_BODY.length}\r\n\r\n${JSON_BODY}`,
  );
  expect(up.requests[0]!.body.toString()).toBe(HIDDEN);
  expect([answer.status, answer.body]).toEqual([200, HIDDEN]);
  expect(field(answer.head, "content-length")).toBe(String(HIDDEN.length));
  expect(field(answer.head, "x-card")).toBe("[redacted]");
  for (const name of ["content-digest", "repr-digest", "etag", "signature", "signature-input"])
    expect(field(answer.head, name)).toBeNull();
  expect(await completion()).toMatchObject({
    ended: "answered",
    response: { status: 200, size: HIDDEN.length, digest: sha256(HIDDEN) },
    met: [
      {
        name: "redact",
        found: {
          of: "response",
          fields: ["x-card"],
          json: ["/card/number"],
          before: sha256(JSON_BODY),
          after: sha256(HIDDEN),
        },
      },
    ],
  });
});

it("is asked for at the request, too: then no coding is asked for", async () => {
  const { cage, up } = await setUp(
    policy("request", "redact: {of: response, json: [/card/number]}"),
    (request, response) => answered(JSON_BODY, { "content-digest": digest })(request, response),
  );
  const answer = await raw(cage.port, get(`${up.url}/`, "Accept-Encoding: gzip, br\r\n"));
  expect([answer.status, answer.body, field(answer.head, "content-digest")]).toEqual([200, HIDDEN, null]);
  const { raw: fields } = up.requests[0]!;
  expect(fields[fields.findIndex((name) => name.toLowerCase() === "accept-encoding") + 1]).toBe("identity");
});

it("an answer in which there is nothing to take out is handed on as it came", async () => {
  const body = '{"n": 1}';
  const own = `sha-256=:${createHash("sha256").update(body).digest("base64")}:`;
  const { cage, up, completion } = await setUp(
    policy("[request, response]", "redact: {json: [/card/number]}"),
    answered(body, { "content-digest": own, etag: '"abc"' }),
  );
  const answer = await raw(cage.port, get(`${up.url}/`));
  expect([answer.body, field(answer.head, "content-digest"), field(answer.head, "etag")]).toEqual([body, own, '"abc"']);
  expect((await completion()).met).toEqual([]);
});

it("what was verified is redacted afterwards, and leaves without its digest", async () => {
  const { cage, up, completion } = await setUp(
    policy("request", "verify_response: {digest: required}, redact: {of: response, json: [/card/number]}"),
    answered(JSON_BODY, { "content-digest": digest }),
  );
  const answer = await raw(cage.port, get(`${up.url}/`));
  expect([answer.status, answer.body, field(answer.head, "content-digest")]).toEqual([200, HIDDEN, null]);
  expect((await completion()).met.map(({ name }) => name)).toEqual(["verify_response", "redact"]);
});

it("a head without its body says nothing of it", async () => {
  const { cage, up } = await setUp(
    policy("request", "redact: {of: response, json: [/card/number]}"),
    answered(JSON_BODY, { "content-digest": digest, etag: '"abc"' }),
  );
  const { head, status } = await raw(cage.port, get(`${up.url}/`, "", "HEAD"));
  expect([status, field(head, "content-digest"), field(head, "etag"), field(head, "content-length")]).toEqual([
    200,
    null,
    null,
    null,
  ]);
});

it("what cannot be looked into is not handed on", async () => {
  let answer = answered("");
  const { cage, up, completion } = await setUp(
    policy("[request, response]", "redact: {json: [/card/number]}"),
    (request, response) => answer(request, response),
    { limits: { heldBodyBytes: 1_000 } },
  );
  for (const [given, word] of [
    [answered(gzipSync(JSON_BODY), { "content-encoding": "gzip" }), "response-not-redacted"],
    [answered(`{"card": {"number": 1}, "card": {"number": "${SECRET}"}}`), "response-not-redacted"],
    [answered(`<p>${SECRET}</p>`, { "content-type": "text/html" }, 500), "response-not-redacted"],
    [answered(SECRET, { "content-range": "bytes 30-45/60" }, 206), "response-not-redacted"],
    [answered(Buffer.from([0x22, 0xff, 0x22])), "response-not-redacted"],
    [answered(`["${SECRET.padEnd(2_000, "1")}"]`), "body-too-large"],
  ] as const) {
    answer = given;
    const got = await raw(cage.port, get(`${up.url}/`));
    expect([got.status, JSON.parse(got.body).code, got.text.includes(SECRET)]).toEqual([502, word, false]);
    expect(await completion()).toMatchObject({ ended: word, status: 502 });
  }
});
