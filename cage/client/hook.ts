// The ways of Node to send a request, led through a cage: a dispatcher for `fetch` and undici, an agent for `http` and `https`. Both hand
// the request over in absolute form.
import { type ClientRequest, Agent as HttpAgent, type RequestOptions } from "node:http";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { Agent, type Dispatcher } from "undici";
import { refused } from "./refused.ts";
import { prepare } from "./request.ts";

export type Cage =
  | { readonly kind: "port"; readonly host: string; readonly port: number; readonly origin: string }
  | { readonly kind: "socket"; readonly path: string; readonly origin: string };

/** Throws TypeError: an application that is meant to go through a cage does not start without one. */
export function readCage(text: string | undefined): Cage {
  if (text?.startsWith("unix:/"))
    return { kind: "socket", path: text.slice("unix:".length), origin: "http://localhost" };
  const url = text !== undefined && /^http:\/\/[^/@?#]+\/?$/.test(text) && URL.canParse(text) ? new URL(text) : null;
  if (url === null)
    throw new TypeError("WRIT_CAGE must say where the cage is: `http://127.0.0.1:7440` or `unix:/run/cage.sock`");
  const host = url.hostname.replace(/^\[|\]$/g, "");
  return { kind: "port", host, port: Number(url.port || "80"), origin: url.origin };
}

/** Requests are spelled as the cage spells them; one that it would refuse as ambiguous is refused here. */
export function cageDispatcher(cage: Cage): Dispatcher {
  const agent = new Agent(cage.kind === "socket" ? { connect: { socketPath: cage.path } } : {});
  return agent.compose((dispatch) => (options, handler) => {
    prepare(options, { sign: null, through: cage.origin, now: 0 })
      .then(({ options: prepared }) => dispatch(prepared, handler))
      .catch((error: Error) => refused(handler, error));
    return true;
  });
}

/** What Node calls on an agent, beside what it declares. */
interface Sending {
  addRequest(request: ClientRequest & { path: string }, options: RequestOptions & { readonly path?: string }): void;
}

/** TLS to the origin begins at the cage, so both kinds of agent speak plain HTTP to it. */
export function cageAgent(cage: Cage, protocol: "http:" | "https:"): HttpAgent {
  const agent = new HttpAgent({ keepAlive: true });
  const own = agent as HttpAgent & Sending & { protocol: string; defaultPort: number };
  own.protocol = protocol;
  own.defaultPort = protocol === "https:" ? 443 : 80;
  const addRequest = own.addRequest.bind(own);
  own.addRequest = (request, options) => {
    const { hostname } = options;
    const host = String(hostname ?? options.host ?? "localhost");
    const port = Number(options.port ?? own.defaultPort);
    const authority = `${host.includes(":") ? `[${host.replace(/^\[|\]$/g, "")}]` : host}${port === own.defaultPort ? "" : `:${port}`}`;
    if (request.path.startsWith("/")) request.path = `${protocol}//${authority}${request.path}`;
    addRequest(request, options);
  };
  own.createConnection = (() =>
    cage.kind === "socket" ? connect(cage.path) : connect({ host: cage.host, port: cage.port })) as () => Duplex;
  return agent;
}
