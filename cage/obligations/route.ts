// `route`: where a request goes, and how TLS is done on the way. A place is an origin or a unix socket: path and query are those of
// the request that was decided.
import { SOCKET_PATH_BYTES_MAX } from "../limits.ts";
import { readTarget } from "../message/target.ts";
import { Arguments, misread, reading } from "./arguments.ts";
import type { Obligation } from "./obligation.ts";

export type Place =
  | {
      readonly kind: "origin";
      readonly scheme: "http" | "https";
      readonly host: string;
      readonly port: number;
      readonly literal: boolean;
    }
  | { readonly kind: "socket"; readonly path: string }
  /** One that the operator has named. */
  | { readonly kind: "named"; readonly name: string }
  /** The host and port of the CONNECT. */
  | { readonly kind: "tunnel" };

export interface RouteArgs {
  readonly to: Place;
  /** Null: `tunnel` where a tunnel is asked for, else `originate`. */
  readonly tls: "originate" | "tunnel" | "intercept" | null;
}

export const route: Obligation<RouteArgs> = {
  name: "route",
  points: ["connect", "request", "body"],
  tunnels: true,
  several: false,
  check: (args, { upstreams }) =>
    reading(() => {
      const read = new Arguments(args, ["to", "tls"]);
      const to = placeOf(read.required("to"), upstreams ?? NOBODY);
      const tls = read.word("tls", ["originate", "tunnel", "intercept"]);
      if ((to.kind === "socket" || to.kind === "named") && tls === "tunnel")
        return misread("a tunnel ends at the host that was asked for", "write `to: tunnel`");
      if (to.kind === "tunnel" && tls === "originate")
        return misread("`to: tunnel` and `tls: originate` are two ways", "leave one of them out");
      return { to, tls };
    }),
};

const NOBODY: ReadonlySet<string> = new Set();

function placeOf(text: string, upstreams: ReadonlySet<string>): Place {
  if (text === "tunnel") return { kind: "tunnel" };
  if (upstreams.has(text)) return { kind: "named", name: text };
  if (/^[a-z][a-z0-9-]*$/.test(text))
    return misread(
      `there is no upstream \`${text.slice(0, 40)}\``,
      "name it when the cage is started: `--upstream name=place`",
    );
  if (text.startsWith("unix:")) {
    const path = text.slice("unix:".length);
    if (!path.startsWith("/") || path.includes("\0") || Buffer.byteLength(path) > SOCKET_PATH_BYTES_MAX)
      return misread("the socket has no absolute path of at most 107 bytes", "write `unix:/run/name.sock`");
    return { kind: "socket", path };
  }
  const target = readTarget(text);
  if ("refused" in target || target.scheme === null || target.authority === null)
    return misread("`to` is no origin", "write `https://host`, `http://host:port`, `unix:/path` or `tunnel`");
  if (target.path !== "/" || target.query !== null)
    return misread("`to` has a path", "leave the path out: it is that of the request");
  return { kind: "origin", scheme: target.scheme, ...target.authority };
}
