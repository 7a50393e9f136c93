// A policy over HTTP: AuthZEN, the policy's own questions, health and metrics. Every error leaves as problem+json. No port is opened here.
import { createHash, randomUUID, timingSafeEqual } from "node:crypto";
import Fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from "fastify";
import { answerNoHttp, closeSilent, countRequests, sendSafeHeaders } from "../court-node/http.ts";
import { answerText, type CheckAnswer, type Decision, readJson, type Value } from "../vm/index.ts";
import {
  configurationOf,
  type Evaluation,
  inputOf,
  isLast,
  type Mapping,
  type Response,
  readEvaluation,
  readEvaluations,
  refusal,
  responseOf,
} from "./authzen.ts";
import { PolicyError } from "./errors.ts";
import {
  BATCH_BYTES_MAX,
  CONNECTIONS_MAX,
  QUESTION_BYTES_MAX,
  REQUEST_ID_MAX,
  REQUEST_MS_MAX,
  RETRY_AFTER_S,
} from "./limits.ts";
import type { DecisionLog } from "./log-file.ts";
import type { Metrics } from "./metrics.ts";
import { type Problem, ProblemError, problem } from "./problem.ts";
import type { Running } from "./running.ts";

export interface PolicyServerOptions {
  readonly running: Running;
  readonly metrics: Metrics;
  readonly log: DecisionLog | null;
  readonly mappings: readonly Mapping[];
  /** Bearer tokens that may ask; null lets everybody ask. */
  readonly tokens: readonly string[] | null;
  /** Address that clients know; asked when it is needed, as a port may be chosen late. */
  readonly url: () => string;
  /** Milliseconds since 1970: the time in the log. */
  readonly now: () => number;
  readonly version: string;
  readonly logger: FastifyBaseLogger | false;
}

const no = (code: Problem["code"], detail: string): never => {
  throw new ProblemError(code, detail);
};

const VISIBLE = /^[\x21-\x7e]+$/;

/** A server without a port: `listen` opens one, `inject` needs none. */
export function createPolicyServer(options: PolicyServerOptions): FastifyInstance {
  const { running, metrics, log, mappings, logger } = options;
  const app = Fastify({
    ...(logger === false ? { logger: false } : { loggerInstance: logger }),
    genReqId: ({ headers }) => {
      const given = headers["x-request-id"];
      return typeof given === "string" && given.length <= REQUEST_ID_MAX && VISIBLE.test(given) ? given : randomUUID();
    },
    requestTimeout: REQUEST_MS_MAX,
    bodyLimit: QUESTION_BYTES_MAX,
    forceCloseConnections: "idle",
    frameworkErrors: (error, request, reply) => {
      void sendProblem(request, reply, problemOf(error));
    },
    clientErrorHandler: answerNoHttp(problem("malformed", "this is not HTTP as it should be")),
  });
  app.server.maxConnections = CONNECTIONS_MAX;
  // JSON as the policy reads it: numbers keep their digits, and a key that comes twice is refused.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "string" }, (_request, body, done) => {
    const read = readJson(String(body));
    if ("value" in read) return done(null, { value: read.value });
    const { message, offset } = read.problem;
    return done(new ProblemError("malformed", `the body is no JSON: ${message}, at character ${offset + 1}`));
  });

  sendSafeHeaders(app);
  countRequests(app, metrics.requested);
  closeSilent(app);
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const found = problemOf(error);
    if (found.code === "internal" || found.code === "log-failed") request.log.error(error);
    return sendProblem(request, reply, found);
  });
  const routes = new Map<string, string[]>();
  app.addHook("onRoute", ({ url, method }) => {
    routes.set(url, [...(routes.get(url) ?? []), ...[method].flat()]);
  });
  app.setNotFoundHandler((request, reply) => {
    const [path = ""] = request.url.split("?");
    const methods = routes.get(path);
    if (methods === undefined) return sendProblem(request, reply, problem("not-found", `\`${path.slice(0, 200)}\``));
    reply.header("allow", methods.join(", "));
    return sendProblem(request, reply, problem("method-not-allowed", `${request.method} on \`${path}\``));
  });

  // ── Asking ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The answer, in the log before it leaves. */
  function ask(kind: "decide", input: Value, request: FastifyRequest): Decision;
  function ask(kind: "check", input: Value, request: FastifyRequest): CheckAnswer;
  function ask(kind: "decide" | "check", input: Value, request: FastifyRequest): Decision | CheckAnswer {
    const started = performance.now();
    const { machine } = running.policy;
    const answer = kind === "check" ? machine.check(input) : machine.decide(input);
    try {
      const at = new Date(options.now()).toISOString();
      log?.append({ kind, at, answer, input: { value: input }, request: request.id });
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error;
      metrics.logFailed();
      request.log.error({ code: error.code }, error.message);
      return no("log-failed", error.code);
    }
    const decision = "violations" in answer ? (answer.violations.length === 0 ? "allow" : "deny") : answer.decision;
    metrics.decided(kind, decision, answer.fuel, performance.now() - started);
    return answer;
  }

  function evaluate(evaluation: Evaluation, request: FastifyRequest): Response {
    const input = inputOf(evaluation, mappings);
    const answer = ask("decide", input, request);
    const [first] = answer.determining;
    const texts = first === undefined ? null : running.policy.machine.texts(input, first.rule);
    const id = log === null ? request.id : String(log.head.seq);
    return responseOf(answer, id, texts === null ? null : { user: texts.message, admin: texts.because });
  }

  const admitted = options.tokens === null ? null : options.tokens.map(digest);
  const allowed = (request: FastifyRequest): void => {
    if (admitted === null) return;
    const given = /^Bearer ([\x21-\x7e]+)$/i.exec(request.headers.authorization ?? "")?.[1];
    // Digests have one length, so comparing them takes one time, whatever was sent.
    const found = given !== undefined && admitted.filter((token) => timingSafeEqual(token, digest(given))).length > 0;
    if (!found) no("unauthorized", "no token that is known here");
  };
  const bodyOf = (request: FastifyRequest): Value => {
    const body = request.body as { readonly value: Value } | undefined | null;
    return body === undefined || body === null ? no("malformed", "the body is missing") : body.value;
  };
  const send = (reply: FastifyReply, body: unknown): FastifyReply =>
    reply.type("application/json").send(typeof body === "string" ? body : JSON.stringify(body));
  const post = (url: string, bodyLimit: number, handle: (body: Value, request: FastifyRequest) => unknown): void => {
    app.route({
      method: "POST",
      url,
      bodyLimit,
      onRequest: async (request) => allowed(request),
      handler: async (request, reply) => send(reply, handle(bodyOf(request), request)),
    });
  };

  post("/access/v1/evaluation", QUESTION_BYTES_MAX, (body, request) => {
    const read = readEvaluation(body);
    return "reason" in read ? no("malformed", read.reason) : evaluate(read, request);
  });
  post("/access/v1/evaluations", BATCH_BYTES_MAX, (body, request) => {
    const read = readEvaluations(body);
    if ("reason" in read) return no("malformed", read.reason);
    if (!("semantic" in read)) return evaluate(read, request);
    const evaluations: Response[] = [];
    for (const each of read.evaluations) {
      const response = "reason" in each ? refusal(each) : evaluate(each, request);
      evaluations.push(response);
      if (isLast(read.semantic, response)) break;
    }
    return { evaluations };
  });
  post("/v1/decide", QUESTION_BYTES_MAX, (body, request) => answerText(ask("decide", body, request)));
  post("/v1/check", QUESTION_BYTES_MAX, (body, request) => answerText(ask("check", body, request)));

  app.get("/.well-known/authzen-configuration", (_request, reply) => send(reply, configurationOf(options.url())));
  app.get("/healthz", (_request, reply) => {
    const { policy, bundle, stale } = running;
    return send(reply, {
      live: true,
      // A policy is in use, even when a newer one does not load.
      ready: true,
      policy: policy.name,
      module: policy.moduleId,
      bundle,
      stale,
      version: options.version,
    });
  });
  app.get("/metrics", async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()));
  return app;
}

const digest = (token: string): Buffer => createHash("sha256").update(token).digest();

function sendProblem(request: FastifyRequest, reply: FastifyReply, found: Problem): FastifyReply {
  if (found.status === 503) reply.header("retry-after", RETRY_AFTER_S);
  if (found.status === 401) reply.header("www-authenticate", "Bearer");
  return reply
    .code(found.status)
    .type("application/problem+json")
    .send(JSON.stringify({ ...found, requestId: request.id }));
}

/** What an error of Fastify or of ourselves is to the one who asked. */
function problemOf(error: FastifyError | Error): Problem {
  if (error instanceof ProblemError) return error.problem;
  const { code, statusCode } = error as Partial<FastifyError>;
  if (code === "FST_ERR_CTP_BODY_TOO_LARGE") return problem("too-large", "the body is over the bound of this address");
  // AuthZEN asks for 400 here, where HTTP has 415.
  if (code === "FST_ERR_CTP_INVALID_MEDIA_TYPE")
    return problem("malformed", "the content-type is not application/json");
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) return problem("malformed", error.message);
  return problem("internal", "see the log of the server");
}
