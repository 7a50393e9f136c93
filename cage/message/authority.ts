// Host and port of a request, in the one spelling that is decided and sent. Names are ASCII in small letters, as they go over
// the wire (`xn--…`); what a resolver could read as an address in another spelling (`0x7f.1`, `2130706433`) is refused.
import { normalHost, parseIp } from "../../vm/index.ts";
import { AUTHORITIES_KNOWN_MAX, HOST_BYTES_MAX } from "../limits.ts";
import { type Refused, refuse } from "./refusals.ts";

export interface Authority {
  /** A name in small letters, an IPv4 address, or an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
  /** Host is an address, not a name. */
  readonly literal: boolean;
}

/** What was read lately, by the port that is meant where none is written, and by the text: a client names the same few hosts. Other ports
 *  than these three are meant once in a tunnel. */
const known = new Map<number | null, Map<string, Authority>>([
  [80, new Map()],
  [443, new Map()],
  [null, new Map()],
]);

/** `defaultPort` is used when none is written; null: one must be written. */
export function readAuthority(text: string, defaultPort: number | null): Authority | Refused {
  const lately = known.get(defaultPort);
  const found = lately?.get(text);
  if (found !== undefined) return found;
  const read = parseAuthority(text, defaultPort);
  if (lately === undefined || "refused" in read) return read;
  if (lately.size >= AUTHORITIES_KNOWN_MAX) lately.clear();
  lately.set(text, read);
  return read;
}

function parseAuthority(text: string, defaultPort: number | null): Authority | Refused {
  if (text.length > HOST_BYTES_MAX + 8) return refuse("bad-host", "the host is too long");
  if (text.includes("@")) return refuse("userinfo");
  const parts = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(text);
  if (parts === null) return refuse("bad-host");
  const host = readHost(parts[1]!);
  if (host === null) return refuse("bad-host");
  if (parts[2] === undefined && (defaultPort === null || text.endsWith(":"))) return refuse("bad-host");
  const port = parts[2] === undefined ? (defaultPort as number) : Number(parts[2]);
  if (port < 1 || port > 65_535 || (parts[2] !== undefined && String(port) !== parts[2])) return refuse("bad-host");
  return { host: host.host, port, literal: host.literal };
}

function readHost(text: string): { readonly host: string; readonly literal: boolean } | null {
  if (text.startsWith("[") && !text.includes(":")) return null;
  const host = normalHost(text);
  return host === undefined ? null : { host, literal: parseIp(host) !== undefined };
}

/** As it stands in a target or a field Host: IPv6 in brackets, no port when it is the scheme's own. */
export function printAuthority({ host, port }: Pick<Authority, "host" | "port">, scheme: "http" | "https"): string {
  const name = host.includes(":") ? `[${host}]` : host;
  return port === (scheme === "https" ? 443 : 80) ? name : `${name}:${port}`;
}
