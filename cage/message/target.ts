// The target of a request: path and query in the one spelling that is decided and sent. Servers disagree on dot segments,
// empty segments, encoded separators, `;` and escapes of plain characters; what they may read differently is refused.
// Source: RFC 3986 sections 2.3, 3.3, 3.4, 6.2.2; RFC 9112 section 3.2.
import { TARGET_BYTES_MAX } from "../limits.ts";
import { type Authority, readAuthority } from "./authority.ts";
import { type Refused, refuse } from "./refusals.ts";

export type Scheme = "http" | "https";

export interface Target {
  /** Of an absolute target; null for a path alone. */
  readonly scheme: Scheme | null;
  /** Host and port as they were written, and as they are meant. */
  readonly named: string | null;
  readonly authority: Authority | null;
  readonly path: string;
  /** Behind the `?`; null when there is none. */
  readonly query: string | null;
}

export function readTarget(raw: string): Target | Refused {
  if (raw.length > TARGET_BYTES_MAX) return refuse("target-too-long");
  if (raw.includes("#")) return refuse("fragment");
  const scheme = raw.startsWith("/") ? null : schemeOf(raw);
  if (scheme === undefined) return refuse("bad-target");
  let rest = raw;
  let named: string | null = null;
  let authority: Authority | null = null;
  if (scheme !== null) {
    const start = scheme.length + "://".length;
    let end = start;
    while (end < raw.length && raw[end] !== "/" && raw[end] !== "?") end++;
    named = raw.slice(start, end);
    rest = raw.slice(end);
    const read = readAuthority(named, scheme === "https" ? 443 : 80);
    if ("refused" in read) return read;
    authority = read;
  }
  const mark = rest.indexOf("?");
  const path = readPath(mark < 0 ? rest : rest.slice(0, mark));
  if (typeof path !== "string") return path;
  const query = mark < 0 ? null : readQuery(rest.slice(mark + 1));
  if (query !== null && typeof query !== "string") return query;
  return { scheme, named, authority, path, query };
}

function schemeOf(raw: string): Scheme | undefined {
  if (raw.startsWith("http://")) return "http";
  if (raw.startsWith("https://")) return "https";
  return /^https?(?=:\/\/)/i.exec(raw)?.[0].toLowerCase() as Scheme | undefined;
}

/** Escapes in capitals; an empty path is `/`. */
function readPath(raw: string): string | Refused {
  if (raw === "") return "/";
  // Most paths: nothing in them is read in two ways.
  if (/^(?:\/[A-Za-z0-9_~-]+)+\/?$/.test(raw) || raw === "/") return raw;
  if (!/^[\x21-\x7e]*$/.test(raw) || /["<>\\^`{|}]/.test(raw)) return refuse("path-bytes");
  if (raw.includes(";")) return refuse("path-parameter");
  if (/%(?:2f|5c|00)/i.test(raw)) return refuse("encoded-separator");
  if (/%25(?:[0-9a-f]{2})/i.test(raw)) return refuse("double-encoding");
  if (/%(?![0-9a-f]{2})/i.test(raw)) return refuse("path-bytes", "a `%` without two hexadecimal digits");
  const path = raw.replace(/%[0-9a-f]{2}/gi, (triple) => triple.toUpperCase());
  for (const [triple] of path.matchAll(/%[0-9A-F]{2}/g)) {
    const code = Number.parseInt(triple.slice(1), 16);
    if (code < 0x20 || code === 0x7f) return refuse("path-bytes", "an escape of a control byte");
    if (/[A-Za-z0-9._~-]/.test(String.fromCharCode(code)))
      return code === 0x2e
        ? refuse("dot-segment", "an escaped dot")
        : refuse("path-bytes", "an escape of a plain byte");
  }
  if (/\/\.{1,2}(?:\/|$)/.test(path)) return refuse("dot-segment");
  return path.includes("//") ? refuse("empty-segment") : path;
}

/** As it came, but for escapes in capitals. */
function readQuery(raw: string): string | Refused {
  if (!/^[\x21-\x7e]*$/.test(raw) || /["<>\\^`{|}]/.test(raw)) return refuse("bad-query");
  if (/%(?![0-9a-f]{2})/i.test(raw)) return refuse("bad-query", "a `%` without two hexadecimal digits");
  return raw.replace(/%[0-9a-f]{2}/gi, (triple) => triple.toUpperCase());
}
