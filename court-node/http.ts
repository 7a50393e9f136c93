// What every HTTP server of ours does around its routes: bytes that are no HTTP are answered in a problem, answers carry safe headers,
// requests are counted, and closing waits for no connection that asks nothing.
import type { Socket } from "node:net";
import type { FastifyInstance } from "fastify";
import { Counter, Histogram, type Registry } from "prom-client";
import { CLOSE_SWEEP_MS } from "./limits.ts";

/** Answers a connection that does not speak HTTP, and ends it. `problem`: the body, as JSON. */
export const answerNoHttp =
  (problem: object) =>
  (_error: Error, socket: Socket): void => {
    const body = JSON.stringify(problem);
    if (socket.writable)
      socket.end(
        `HTTP/1.1 400 Bad Request\r\ncontent-type: application/problem+json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
      );
    else socket.destroy();
  };

export function sendSafeHeaders(app: FastifyInstance): void {
  app.addHook("onRequest", async (request, reply) => {
    reply
      .header("x-request-id", request.id)
      .header("x-content-type-options", "nosniff")
      .header("cache-control", "no-store");
  });
}

/** Counts the answers of a server in its registry. */
export function countRequests(
  app: FastifyInstance,
  requested: (route: string, status: number, ms: number) => void,
): void {
  app.addHook("onResponse", async (request, reply) => {
    requested(request.routeOptions.url ?? "none", reply.statusCode, reply.elapsedTime);
  });
}

/** The numbers of requests; gives what counts one. */
export function requestNumbers(registry: Registry): (route: string, status: number, ms: number) => void {
  const registers = [registry];
  const requests = new Counter({
    name: "writ_http_requests_total",
    help: "HTTP requests answered",
    labelNames: ["route", "status"],
    registers,
  });
  const seconds = new Histogram({
    name: "writ_http_request_seconds",
    help: "Time to answer an HTTP request",
    labelNames: ["route"],
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
    registers,
  });
  return (route, status, ms) => {
    requests.inc({ route, status: String(status) });
    seconds.observe({ route }, ms / 1000);
  };
}

/** Connections that finish their last request only now, or never asked anything, would hold the port until they time out. Node does not
 *  count those that asked nothing as idle. */
export function closeSilent(app: FastifyInstance): void {
  const silent = new Set<Socket>();
  app.server.on("connection", (socket: Socket) => {
    silent.add(socket);
    socket.once("close", () => silent.delete(socket));
  });
  app.server.on("request", (request) => silent.delete(request.socket));
  app.addHook("preClose", async () => {
    const sweep = setInterval(() => {
      app.server.closeIdleConnections();
      for (const socket of silent) socket.destroy();
    }, CLOSE_SWEEP_MS);
    app.server.once("close", () => clearInterval(sweep));
  });
}
