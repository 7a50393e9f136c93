// The head of a request as it is decided and sent: one value, made once. Nothing of the bytes that came is used after this.
import type { Authority } from "./authority.ts";
import { printAuthority, readAuthority } from "./authority.ts";
import { type Field, type Fields, readFields } from "./fields.ts";
import { type Refused, refuse } from "./refusals.ts";
import { readTarget, type Scheme, type Target } from "./target.ts";

/** What the parser of the server gives. */
export interface RawHead {
  readonly method: string;
  readonly target: string;
  /** `1.1`. */
  readonly version: string;
  /** Names and values in turn. */
  readonly fields: readonly string[];
}

export interface Head {
  readonly method: string;
  readonly scheme: Scheme;
  readonly host: string;
  readonly port: number;
  /** The host is an address. */
  readonly literal: boolean;
  readonly path: string;
  readonly query: string | null;
  readonly fields: readonly Field[];
  readonly body: Fields["body"];
  readonly dropped: readonly string[];
}

/** Egress takes an absolute target, ingress a path: the scheme is then that of the port the request came in on. */
export type Direction = { readonly kind: "egress" } | { readonly kind: "ingress"; readonly scheme: Scheme };

export function readHead(raw: RawHead, direction: Direction): Head | Refused {
  if (raw.version !== "1.1") return refuse("bad-version");
  if (!/^[A-Z][A-Z-]{0,31}$/.test(raw.method)) return refuse("bad-method");
  const target = readTarget(raw.target);
  if ("refused" in target) return target;
  const fields = readFields(raw.fields);
  if ("refused" in fields) return fields;
  if ((target.scheme === null) !== (direction.kind === "ingress")) return refuse("bad-target");
  const scheme = target.scheme ?? (direction as { readonly scheme: Scheme }).scheme;
  if (fields.host === null) return refuse("no-host");
  const authority = bothOf(target, fields.host, scheme);
  if ("refused" in authority) return authority;
  return {
    method: raw.method,
    scheme,
    host: authority.host,
    port: authority.port,
    literal: authority.literal,
    path: target.path,
    query: target.query,
    fields: fields.fields,
    body: fields.body,
    dropped: fields.dropped,
  };
}

/** The authority that target and field Host name. */
function bothOf({ named, authority }: Target, host: string, scheme: Scheme): Authority | Refused {
  // Nearly always they say it in the same way.
  if (authority !== null && named === host) return authority;
  const read = readAuthority(host, scheme === "https" ? 443 : 80);
  if ("refused" in read || authority === null) return read;
  return authority.host === read.host && authority.port === read.port ? authority : refuse("host-differs");
}

/** The target in origin form, as it is sent. */
export const originForm = (head: Pick<Head, "path" | "query">): string =>
  head.query === null ? head.path : `${head.path}?${head.query}`;

/** The value of the field Host, as it is sent. */
export const hostField = (head: Pick<Head, "host" | "port" | "scheme">): string => printAuthority(head, head.scheme);

/** `https://host` of the request's own target. */
export const originOf = (head: Pick<Head, "host" | "port" | "scheme">): string => `${head.scheme}://${hostField(head)}`;

/** The target of a CONNECT. */
export function readConnect(raw: RawHead): Authority | Refused {
  if (raw.version !== "1.1") return refuse("bad-version");
  const fields = readFields(raw.fields);
  if ("refused" in fields) return fields;
  const authority = readAuthority(raw.target, null);
  if ("refused" in authority) return authority.refused === "bad-host" ? refuse("connect-target") : authority;
  if (fields.body.kind !== "none") return refuse("two-lengths", "CONNECT has no body");
  if (fields.host !== null) {
    const named = readAuthority(fields.host, authority.port);
    if ("refused" in named) return named;
    if (named.host !== authority.host || named.port !== authority.port) return refuse("host-differs");
  }
  return authority;
}
