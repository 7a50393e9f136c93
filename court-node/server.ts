// The court over HTTP: Fastify registers the routes of `routes.ts`, each with its schema and its bound; every error leaves as
// problem+json. No port is opened here.
import { randomUUID } from "node:crypto";
import { Ajv2020 } from "ajv/dist/2020.js";
import Fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from "fastify";
import { type Canonical, CanonicalError, decode, hex } from "../core/index.ts";
import { LedgerError, parseTilePath } from "../ledger/index.ts";
import type { WitnessStanding } from "../ledger/witness-client.ts";
import { encodeBundle, makeBundle } from "./bundle.ts";
import type { Reply } from "./engine.ts";
import { answerNoHttp, closeSilent, countRequests, sendSafeHeaders } from "./http.ts";
import { BATCH_ACTIONS_MAX, PAGE_ENTRIES_MAX, REQUEST_MS_MAX, RETRY_AFTER_S } from "./limits.ts";
import { createMetrics } from "./metrics.ts";
import type { CourtNode } from "./node.ts";
import { openapiDocument } from "./openapi.ts";
import { docsPage, statusPage } from "./pages.ts";
import { actionFromJson, decodeEnvelope, type Read, type SignedAction } from "./protocol/action.ts";
import { type Problem, type ProblemCode, ProblemError, problem } from "./protocol/problem.ts";
import { receiptId } from "./protocol/receipt.ts";
import { type Parameter, ROUTES, type Route, type RouteName } from "./routes.ts";
import { createStreams } from "./stream.ts";
import {
  agreementReceipts,
  agreementView,
  isId,
  listAgreements,
  listModules,
  listReceipts,
  moduleFile,
  moduleManifest,
  receiptAnswer,
  receiptBytes,
} from "./views.ts";

export interface ServerOptions {
  readonly node: CourtNode;
  /** Version shown in the OpenAPI document. */
  readonly version: string;
  /** pino, or false for silence. */
  readonly logger?: FastifyBaseLogger | false;
  /** How it stands with the witnesses of the ledger, for the numbers. */
  readonly witnesses?: () => readonly WitnessStanding[];
}

const no = (code: ProblemCode, detail: string): never => {
  throw new ProblemError(problem(code, detail));
};

/** A server without a port: `listen` opens one, `inject` needs none. Closing it ends the event streams; the node stays open. */
export function createServer({ node, version, logger = false, witnesses }: ServerOptions): FastifyInstance {
  const streams = createStreams(node);
  const metrics = createMetrics(node, () => streams.size, witnesses);
  const openapi = JSON.stringify(openapiDocument(version));
  const docs = docsPage(node.origin);

  const sendProblem = (request: FastifyRequest, reply: FastifyReply, found: Problem): FastifyReply => {
    if (found.status === 503) reply.header("retry-after", RETRY_AFTER_S);
    return reply
      .code(found.status)
      .type("application/problem+json")
      .send(JSON.stringify({ ...found, requestId: request.id }));
  };
  const app = Fastify({
    ...(logger === false ? { logger: false } : { loggerInstance: logger }),
    genReqId: () => randomUUID(),
    requestTimeout: REQUEST_MS_MAX,
    forceCloseConnections: "idle",
    frameworkErrors: (error, request, reply) => {
      void sendProblem(request, reply, problemOf(error));
    },
    clientErrorHandler: answerNoHttp(problem("malformed", "this is not HTTP as it should be")),
  });
  // Our own ajv, of the dialect that OpenAPI 3.1 speaks: what is sent is what is checked, nothing is coerced, filled in or
  // removed. Bodies only; what decides is decoded and bounded again by the protocol.
  const ajv = new Ajv2020({ strict: true, allErrors: false });
  app.setValidatorCompiler(({ schema }) => ajv.compile(schema as object));
  app.removeContentTypeParser("text/plain");
  app.addContentTypeParser("application/cbor", { parseAs: "buffer" }, (_request, body, done) => done(null, body));

  sendSafeHeaders(app);
  countRequests(app, metrics.requested);
  closeSilent(app);
  app.addHook("preClose", async () => streams.close());

  app.setErrorHandler((error: FastifyError, request, reply) => {
    const found = problemOf(error);
    if (found.code === "internal") request.log.error(error);
    return sendProblem(request, reply, found);
  });
  app.setNotFoundHandler((request, reply) => {
    const [path = ""] = request.url.split("?");
    const others = (ROUTES as readonly Route[])
      .filter((route) => pathMatches(route.path, path))
      .map(({ method }) => method);
    if (others.length === 0) return sendProblem(request, reply, problem("not-found", `\`${path.slice(0, 200)}\``));
    reply.header("allow", [...new Set(others)].join(", "));
    return sendProblem(request, reply, problem("method-not-allowed", `${request.method} on \`${path.slice(0, 200)}\``));
  });

  // ── Commands ────────────────────────────────────────────────────────────────────────────────────────────────────────

  async function perform(action: SignedAction, file: Uint8Array | null): Promise<Reply> {
    const started = performance.now();
    const refused = await node.admission.admit(action);
    const reply: Reply =
      refused === null
        ? await node.engine.propose({ kind: "action", action, file })
        : { kind: "problem", problem: refused };
    metrics.answered(reply, performance.now() - started);
    return reply;
  }
  function sendAnswer(reply: FastifyReply, answer: Reply): FastifyReply {
    if (answer.kind === "problem") throw new ProblemError(answer.problem);
    const body = {
      status: answer.status,
      repeated: answer.repeated,
      receipts: answer.receipts.map(({ bytes }) => receiptAnswer(node, bytes)),
    };
    return reply
      .code(answer.status === "more" ? 202 : 200)
      .type("application/json")
      .send(JSON.stringify(body));
  }
  const short = (answer: Reply): unknown =>
    answer.kind === "problem"
      ? { problem: answer.problem }
      : {
          status: answer.status,
          repeated: answer.repeated,
          receipts: answer.receipts.map(({ seq, bytes }) => ({ seq, id: hex(receiptId(bytes)) })),
        };

  // ── Handlers, one a route ───────────────────────────────────────────────────────────────────────────────────────────

  type Handler = (
    request: FastifyRequest,
    reply: FastifyReply,
    query: Readonly<Record<string, string | number>>,
  ) => unknown;
  const idOf = (request: FastifyRequest): string => {
    const { id } = request.params as { readonly id: string };
    return isId(id) ? id : no("malformed", "id: expected 64 hex digits, lower case");
  };
  const sendJson = (reply: FastifyReply, body: unknown): FastifyReply =>
    reply.type("application/json").send(JSON.stringify(body));
  const sendPage = (reply: FastifyReply, body: string): FastifyReply =>
    reply
      .type("text/html; charset=utf-8")
      .header("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'")
      .send(body);
  const page = (query: Readonly<Record<string, string | number>>) => ({
    most: (query["limit"] as number | undefined) ?? PAGE_ENTRIES_MAX,
    after: (query["after"] as string | undefined) ?? "",
    from: (query["from"] as number | undefined) ?? 0,
  });
  const receipt: Handler = (request, reply) => {
    const match = /^(0|[1-9][0-9]{0,15})(?:\.(cbor|proof|bundle))?$/.exec(
      (request.params as { readonly seq: string }).seq,
    );
    if (match === null) return no("malformed", "seq: expected an index, and `.cbor`, `.proof` or `.bundle` behind it");
    const seq = Number(match[1]);
    const bytes = receiptBytes(node, seq);
    switch (match[2]) {
      case "cbor":
        return reply.type("application/cbor").send(Buffer.from(bytes));
      case "proof":
        return reply.type("text/plain; charset=utf-8").send(node.log.proof(seq));
      case "bundle":
        return reply.type("application/cbor").send(Buffer.from(encodeBundle(makeBundle(seq, node))));
      default:
        return sendJson(reply, receiptAnswer(node, bytes));
    }
  };

  const handlers: Readonly<Record<RouteName, Handler>> = {
    async act(request, reply) {
      const action = must(Buffer.isBuffer(request.body) ? decodeEnvelope(request.body) : actionFromJson(request.body));
      return sendAnswer(reply, await perform(action, null));
    },
    async batch(request, reply) {
      const actions = envelopesOf(request.body).map(decodeEnvelope);
      // All are checked before the first is proposed, so that they reach the court in their order.
      const answers = await performAll(actions);
      return sendJson(reply, { answers: answers.map(short) });
    },
    async deploy(request, reply) {
      const [action, file] = deploymentOf(request.body);
      return sendAnswer(reply, await perform(action, file));
    },
    async tick(request, reply) {
      const started = performance.now();
      const answer = await node.engine.propose({ kind: "tick", agreement: idOf(request) });
      metrics.answered(answer, performance.now() - started);
      return sendAnswer(reply, answer);
    },
    modules: (_request, reply, query) => sendJson(reply, listModules(node, page(query))),
    module: (request, reply) =>
      reply.type("application/octet-stream").send(Buffer.from(moduleFile(node, idOf(request)))),
    manifest: (request, reply) => sendJson(reply, moduleManifest(node, idOf(request))),
    agreements: (_request, reply, query) => sendJson(reply, listAgreements(node, page(query))),
    agreement: (request, reply) => sendJson(reply, agreementView(node, idOf(request))),
    agreementReceipts: (request, reply, query) => sendJson(reply, agreementReceipts(node, idOf(request), page(query))),
    receipts: (_request, reply, query) => sendJson(reply, listReceipts(node, page(query))),
    receipt,
    receiptCbor: receipt,
    receiptProof: receipt,
    receiptBundle: receipt,
    checkpoint: (_request, reply) => reply.type("text/plain; charset=utf-8").send(node.log.note),
    tile(request, reply) {
      const wanted = parseTilePath(`tile/${(request.params as { readonly "*": string })["*"]}`);
      if (wanted === undefined)
        return no("malformed", "path: expected a tile path such as `0/000` or `entries/000.p/17`");
      const bytes = tileBytes(node, wanted);
      if (bytes === undefined) return no("not-found", `the tree of ${node.log.size} entries has no such tile`);
      return reply
        .type("application/octet-stream")
        .header("cache-control", wanted.width === 256 ? "public, max-age=31536000, immutable" : "no-store")
        .send(Buffer.from(bytes));
    },
    events(request, reply, query) {
      const header = request.headers["last-event-id"];
      if (header !== undefined && !/^(0|[1-9][0-9]{0,15})$/.test(String(header)))
        return no("malformed", "Last-Event-ID: expected an index");
      const after = header === undefined ? (query["after"] as number | undefined) : Number(header);
      reply.hijack();
      const { raw } = reply;
      raw.writeHead(200, {
        "content-type": "text/event-stream",
        "cache-control": "no-store",
        "x-request-id": request.id,
        "x-accel-buffering": "no",
      });
      if (!streams.add(raw, after === undefined ? node.log.size : after + 1)) raw.destroy();
      return undefined;
    },
    health(_request, reply) {
      const reason = node.engine.readOnlyReason();
      const { size, root } = node.log.checkpoint;
      // Alive either way: a court that only reads still answers.
      return sendJson(reply.code(200), {
        live: true,
        ready: reason === null,
        readOnly: reason,
        origin: node.origin,
        verifierKey: node.verifierKey,
        size,
        root: hex(root),
        version,
      });
    },
    metrics: async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()),
    openapi: (_request, reply) => reply.type("application/json").send(openapi),
    docs: (_request, reply) => sendPage(reply, docs),
    status: (_request, reply) => sendPage(reply, statusPage(node)),
  };

  async function performAll(actions: readonly Read<SignedAction>[]): Promise<readonly Reply[]> {
    const started = performance.now();
    const checked = await Promise.all(
      actions.map(async (read) =>
        "problem" in read ? misread(read) : ((await node.admission.admit(read.value)) ?? read.value),
      ),
    );
    const replies = await Promise.all(
      checked.map((one): Reply | Promise<Reply> =>
        "action" in one
          ? node.engine.propose({ kind: "action", action: one, file: null })
          : { kind: "problem", problem: one },
      ),
    );
    const ms = performance.now() - started;
    for (const reply of replies) metrics.answered(reply, ms);
    return replies;
  }

  for (const route of ROUTES as readonly (Route & { readonly name: RouteName })[]) {
    // One handler reads the extension of a receipt: a parameter in the middle of a path segment cannot.
    if (route.path.startsWith("/receipts/{seq}.")) continue;
    const handle = handlers[route.name];
    const parameters = (route.parameters ?? []).filter((parameter) => parameter.in === "query");
    app.route({
      method: route.method,
      url: route.path === "/tile/{path}" ? "/tile/*" : route.path.replaceAll(/\{(\w+)\}/g, ":$1"),
      ...(route.body === undefined
        ? {}
        : {
            bodyLimit: route.body.bytesMax,
            schema: { body: { content: { "application/json": { schema: route.body.schema } } } },
          }),
      handler: async (request, reply) => {
        if (route.body !== undefined && (request.body === undefined || request.body === null))
          return no("malformed", "the body is missing");
        return handle(request, reply, queryOf(request.query as Readonly<Record<string, unknown>>, parameters));
      },
    });
  }
  return app;
}

// ── Reading requests ──────────────────────────────────────────────────────────────────────────────────────────────────

const misread = ({
  problem: { path, reason },
}: {
  readonly problem: { readonly path: string; readonly reason: string };
}): Problem => problem("malformed", path === "" ? reason : `${path}: ${reason}`);
function must<T>(read: Read<T>): T {
  if ("problem" in read) throw new ProblemError(misread(read));
  return read.value;
}

/** Bytes of canonical base64; a problem for anything else. Node's reader is lenient, so what it read is written again. */
function base64Bytes(text: string, place: string): Uint8Array {
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? bytes : no("malformed", `${place}: expected base64 with padding`);
}

function cborList(body: Buffer, what: string): readonly Canonical[] {
  try {
    const value = decode(body);
    return Array.isArray(value) ? value : no("malformed", `expected ${what}`);
  } catch (error) {
    if (error instanceof CanonicalError) return no("malformed", error.message);
    throw error;
  }
}

function envelopesOf(body: unknown): readonly Uint8Array[] {
  const envelopes = Buffer.isBuffer(body)
    ? cborList(body, "an array of envelopes").map((each, i) =>
        each instanceof Uint8Array ? each : no("malformed", `[${i}]: expected the bytes of an envelope`),
      )
    : (body as { readonly envelopes: readonly string[] }).envelopes.map((each, i) =>
        base64Bytes(each, `envelopes[${i}]`),
      );
  return envelopes.length <= BATCH_ACTIONS_MAX
    ? envelopes
    : no("too-large", `a batch has at most ${BATCH_ACTIONS_MAX} actions`);
}

function deploymentOf(body: unknown): readonly [SignedAction, Uint8Array] {
  if (!Buffer.isBuffer(body)) {
    const { action, file } = body as { readonly action: unknown; readonly file: string };
    return [must(actionFromJson(action)), base64Bytes(file, "file")];
  }
  const [envelope, file, ...rest] = cborList(body, "an array of envelope and file");
  if (!(envelope instanceof Uint8Array && file instanceof Uint8Array) || rest.length > 0)
    return no("malformed", "expected an array of envelope and file");
  return [must(decodeEnvelope(envelope)), file.slice()];
}

/** Query parameters by their schemas. */
function queryOf(
  query: Readonly<Record<string, unknown>>,
  parameters: readonly Parameter[],
): Readonly<Record<string, string | number>> {
  const found: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(query)) {
    const parameter = parameters.find((each) => each.name === name);
    if (parameter === undefined) return no("malformed", `query: there is no parameter \`${name.slice(0, 100)}\` here`);
    if (typeof value !== "string") return no("malformed", `${name}: expected one value`);
    found[name] = parameter.schema["type"] === "integer" ? count(name, value, parameter.schema) : id(name, value);
  }
  return found;
}
function count(name: string, value: string, { minimum, maximum }: { readonly [key: string]: unknown }): number {
  const number = /^(0|[1-9][0-9]{0,15})$/.test(value) ? Number(value) : Number.NaN;
  return number >= (minimum as number) && number <= (maximum as number)
    ? number
    : no("malformed", `${name}: expected a number from ${minimum} to ${maximum}`);
}
const id = (name: string, value: string): string =>
  isId(value) ? value : no("malformed", `${name}: expected 64 hex digits, lower case`);

function tileBytes(
  node: CourtNode,
  { level, index, width }: { readonly level: number | "entries"; readonly index: number; readonly width: number },
): Uint8Array | undefined {
  // Hashes of level l stand for 256^l entries each; the bundle is as wide as level 0.
  const held = Math.floor(node.log.size / 256 ** (level === "entries" ? 0 : level)) - index * 256;
  if (held < width) return undefined;
  return level === "entries" ? node.log.bundle(index, width) : node.log.tile(level, index).subarray(0, width * 32);
}

function pathMatches(template: string, path: string): boolean {
  if (template === "/tile/{path}") return path.startsWith("/tile/");
  const [wanted, given] = [template.split("/"), path.split("/")];
  return wanted.length === given.length && wanted.every((part, i) => part.startsWith("{") || part === given[i]);
}

/** What an error of Fastify, the ledger or ourselves is to the one who asked. */
function problemOf(error: FastifyError | Error): Problem {
  if (error instanceof ProblemError) return error.problem;
  if (error instanceof LedgerError)
    return problem(error.code === "ledger/corrupt" ? "internal" : "read-only", `${error.code}: ${error.message}`);
  const { code, statusCode, validation } = error as Partial<FastifyError>;
  if (validation !== undefined) {
    const [first] = validation;
    return problem(
      "malformed",
      `${(first?.instancePath ?? "").slice(1).replaceAll("/", ".") || "body"}: ${first?.message ?? "does not fit"}`,
    );
  }
  if (code === "FST_ERR_CTP_BODY_TOO_LARGE") return problem("too-large", "see /docs for the bound of this address");
  if (code === "FST_ERR_CTP_INVALID_MEDIA_TYPE")
    return problem("unsupported-media-type", "the content-type is missing or another");
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) return problem("malformed", error.message);
  return problem("internal", "see the log of the court");
}
