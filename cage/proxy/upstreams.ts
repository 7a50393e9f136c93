// Where an ingress goes, and where a rule may send a request instead of to its own host. The operator gives places names, a rule chooses
// one with `route`; nothing of a request is ever part of a place.
import { readAuthority } from "../message/authority.ts";
import { type Head, originOf } from "../message/head.ts";
import type { Scheme } from "../message/target.ts";
import type { Decision } from "../point.ts";

export type Upstream =
  | { readonly name: string; readonly kind: "path"; readonly path: string }
  | {
      readonly name: string;
      readonly kind: "host";
      readonly scheme: Scheme;
      readonly host: string;
      readonly literal: boolean;
      readonly port: number;
    };

/** `http://host:port`, `https://host`, or `unix:/path`. Null when it is none of these. */
export function readUpstream(name: string, text: string): Upstream | null {
  if (text.startsWith("unix:")) {
    const path = text.slice("unix:".length);
    return path.startsWith("/") && !path.includes("\0") ? { name, kind: "path", path } : null;
  }
  const parts = /^(https?):\/\/([^/?#]+)\/?$/.exec(text);
  if (parts === null) return null;
  const scheme = parts[1] as Scheme;
  const authority = readAuthority(parts[2]!, scheme === "https" ? 443 : 80);
  return "refused" in authority ? null : { name, kind: "host", scheme, ...authority };
}

/** The upstream that rules choose: by a name the operator gave, or by the place itself. `own` when none is chosen or the request's own origin
 *  is; null when there is no such place, or the rule wants a tunnel of a request that is read. */
export function routeOf(
  decisions: readonly Decision[],
  upstreams: ReadonlyMap<string, Upstream>,
  head: Pick<Head, "scheme" | "host" | "port">,
): Upstream | "own" | null {
  let chosen: Upstream | "own" = "own";
  for (const { obligations } of decisions)
    for (const { name, args } of obligations) {
      if (name !== "route") continue;
      const { to, tls = "originate" } = args as { readonly to: string; readonly tls?: string };
      if (tls !== "originate") return null;
      if (to.replace(/\/$/, "") === originOf(head)) continue;
      const named = upstreams.get(to) ?? readUpstream(to, to);
      if (named === null) return null;
      chosen = named;
    }
  return chosen;
}
