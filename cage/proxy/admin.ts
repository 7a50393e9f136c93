// For the operator alone, on a listener of its own: health and numbers. Nothing here changes anything.
import { createServer, type Server } from "node:http";
import { ADMIN_MS } from "../limits.ts";
import type { Numbers } from "./numbers.ts";

export interface Health {
  readonly ok: boolean;
  readonly [more: string]: unknown;
}

export function createAdmin(numbers: Numbers, health: () => Health): Server {
  return createServer(
    { headersTimeout: ADMIN_MS, requestTimeout: ADMIN_MS, keepAliveTimeout: ADMIN_MS },
    (request, response) => {
      const send = (status: number, type: string, body: string): void => {
        response.writeHead(status, {
          "content-type": type,
          "cache-control": "no-store",
          "x-content-type-options": "nosniff",
        });
        response.end(request.method === "HEAD" ? undefined : body);
      };
      request.resume();
      if (request.method !== "GET" && request.method !== "HEAD") return send(405, "text/plain", "only GET\n");
      if (request.url === "/healthz") {
        const state = health();
        return send(state.ok ? 200 : 503, "application/json", `${JSON.stringify(state)}\n`);
      }
      if (request.url === "/metrics") {
        numbers.text().then(
          (text) => send(200, numbers.contentType, text),
          () => send(500, "text/plain", "the numbers cannot be read\n"),
        );
        return;
      }
      send(404, "text/plain", "there are /healthz and /metrics\n");
    },
  );
}
