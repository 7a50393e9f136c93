// Where people look through what waits for them, and approve it: a small HTTP server of its own, on another address than the traffic. Who
// reaches it sees requests; who approves is decided by the credential alone.
//
//   GET  /                     the page
//   GET  /step-up              what waits, as JSON
//   POST /step-up/<id>         an assertion; 200 when the request is approved
//   POST /step-up/enrol        a registration; the entry for the file of people, which nothing here writes
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from "@simplewebauthn/server";
import { fromUtf8 } from "../../core/index.ts";
import { ADMIN_BODY_BYTES_MAX, ADMIN_CONNECTIONS_MAX, ADMIN_TIMEOUT_MS } from "../limits.ts";
import { PAGE, PAGE_PARTS } from "./admin-page.ts";
import { enrolled } from "./people.ts";
import type { StepUps } from "./step-ups.ts";

export interface AdminOptions {
  readonly stepUps: StepUps;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Not listening yet. On a port, only requests for the host of the page are answered, so no other page leads a browser here. */
export function adminServer(options: AdminOptions): Server {
  const server = createServer(
    { requestTimeout: ADMIN_TIMEOUT_MS, headersTimeout: ADMIN_TIMEOUT_MS },
    (request, response) => {
      answer(request, options).then(
        (made) => send(response, made),
        () => send(response, problem(500, "the cage made a mistake")),
      );
    },
  );
  server.maxConnections = ADMIN_CONNECTIONS_MAX;
  return server;
}

interface Made {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const json = (status: number, value: unknown): Made => ({
  status,
  type: "application/json",
  body: JSON.stringify(value),
});
const problem = (status: number, detail: string): Made => ({
  status,
  type: "application/problem+json",
  body: JSON.stringify({ type: "about:blank", status, detail }),
});

const hashed = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
const CONTENT_POLICY = [
  "default-src 'none'",
  `script-src ${hashed(PAGE_PARTS.script)}`,
  `style-src ${hashed(PAGE_PARTS.style)}`,
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

function send(response: ServerResponse, { status, type, body }: Made): void {
  response.writeHead(status, {
    "content-type": type,
    "cache-control": "no-store",
    "content-security-policy": CONTENT_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    ...(status >= 400 ? { connection: "close" } : {}),
  });
  response.end(body);
}

async function answer(request: IncomingMessage, { stepUps, now }: AdminOptions): Promise<Made> {
  const { relyingParty } = stepUps.people;
  if (request.headers.host !== new URL(relyingParty.origin).host) return problem(421, `ask for ${relyingParty.origin}`);
  const { method, url } = request;
  if (method === "GET" && url === "/") return { status: 200, type: "text/html; charset=utf-8", body: PAGE };
  if (method === "GET" && url === "/step-up")
    return json(200, {
      relying_party: relyingParty.id,
      waiting: stepUps.waiting(now()).map(({ id, who, expires, challenge, request: shown }) => ({
        id,
        who,
        expires: new Date(expires).toISOString(),
        challenge,
        credentials: stepUps.people.credentials(who).map((each) => each.id),
        request: shown,
      })),
    });
  const id = /^\/step-up\/([A-Za-z0-9_-]{1,64})$/.exec(url ?? "")?.[1];
  if (method !== "POST" || id === undefined) return problem(404, "there is nothing here");
  if (request.headers["content-type"] !== "application/json") return problem(415, "send application/json");
  const read = await bodyOf(request);
  if ("problem" in read) return read.problem;
  if (id === "enrol") {
    const entry = await enrolled(read.value as RegistrationResponseJSON, relyingParty);
    return "problem" in entry ? problem(400, entry.problem) : json(200, entry);
  }
  const refused = await stepUps.approve(id, read.value as AuthenticationResponseJSON, now);
  return refused === null ? json(200, { approved: id }) : problem(403, refused);
}

async function bodyOf(request: IncomingMessage): Promise<{ readonly value: object } | { readonly problem: Made }> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > ADMIN_BODY_BYTES_MAX) return { problem: problem(413, `send at most ${ADMIN_BODY_BYTES_MAX} bytes`) };
    parts.push(part);
  }
  try {
    const value: unknown = JSON.parse(fromUtf8(Buffer.concat(parts)) ?? "");
    if (typeof value === "object" && value !== null) return { value };
  } catch {
    // Said below.
  }
  return { problem: problem(400, "the body is no object of JSON") };
}
