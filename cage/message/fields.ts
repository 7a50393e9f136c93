// The fields of a head: names in small letters, hop-by-hop fields taken out, the cage's own names dropped when they come from
// outside. What is left is decided and sent. Source: RFC 9110 sections 5 and 7.6.1; RFC 9112 section 6.
import { FIELDS_MAX } from "../limits.ts";
import { type Refused, refuse } from "./refusals.ts";

export type Field = readonly [name: string, value: string];

export interface Fields {
  /** In the order they came. */
  readonly fields: readonly Field[];
  /** How the body is delimited: a length, chunks, or no body. */
  readonly body:
    | { readonly kind: "none" }
    | { readonly kind: "length"; readonly bytes: number }
    | { readonly kind: "chunked" };
  /** Of the field Host, as it came; null when there is none. */
  readonly host: string | null;
  /** Fields of the cage's own names that came from outside and were dropped. */
  readonly dropped: readonly string[];
}

const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "proxy-authenticate",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Names the cage and what stands around it give: from outside they are lies. */
const owned = (name: string): boolean =>
  name === "forwarded" || /^(?:cage|x-forwarded|client-cert|x-real)(?:-|$)/.test(name) || name === "via";

/** Fields that mean something to both ends: `Connection` may not remove them on the way. */
const PROTECTED = new Set([
  "host",
  "authorization",
  "cookie",
  "set-cookie",
  "content-length",
  "content-type",
  "content-encoding",
]);
const guarded = (name: string): boolean =>
  PROTECTED.has(name) || owned(name) || /^(?:signature|signature-input|content-digest|repr-digest)$/.test(name);

/** `raw`: names and values in turn, as they came over the wire. */
export function readFields(raw: readonly string[]): Fields | Refused {
  if (raw.length > 2 * FIELDS_MAX) return refuse("too-many-fields");
  const all: Field[] = [];
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at]!.toLowerCase();
    const value = raw[at + 1]!;
    if (!/^[a-z0-9-]+$/.test(name)) return refuse("field-name");
    if (!plain(value)) return refuse("field-value");
    all.push([name, value]);
  }
  const values = (name: string): string[] => all.filter((field) => field[0] === name).map((field) => field[1]);

  const hosts = values("host");
  if (hosts.length > 1) return refuse("two-hosts");
  const body = bodyOf(values("transfer-encoding"), values("content-length"));
  if ("refused" in body) return body;
  if (values("expect").some((value) => value.toLowerCase() !== "100-continue")) return refuse("expectation");
  const named = values("connection").flatMap((value) => value.split(",").map((word) => word.trim().toLowerCase()));
  if (named.some(guarded)) return refuse("connection-names-protected");
  if (named.includes("upgrade") || values("upgrade").length > 0 || values("http2-settings").length > 0)
    return refuse("upgrade");

  const away = new Set(named);
  const kept = all.filter(
    ([name]) =>
      !HOP_BY_HOP.has(name) &&
      !away.has(name) &&
      !owned(name) &&
      name !== "host" &&
      name !== "content-length" &&
      name !== "expect",
  );
  return { fields: kept, body, host: hosts[0] ?? null, dropped: all.map(([name]) => name).filter(owned) };
}

/** No control bytes, and no bytes that another reader could take for one. */
function plain(value: string): boolean {
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if ((code < 0x20 && code !== 0x09) || code === 0x7f || code > 0xff) return false;
  }
  return true;
}

function bodyOf(codings: readonly string[], lengths: readonly string[]): Fields["body"] | Refused {
  if (codings.length > 0) {
    if (codings.length > 1 || codings[0]!.toLowerCase() !== "chunked") return refuse("transfer-encoding");
    return lengths.length > 0 ? refuse("two-lengths") : { kind: "chunked" };
  }
  if (lengths.length === 0) return { kind: "none" };
  if (lengths.length > 1) return refuse("two-lengths");
  if (!/^(?:0|[1-9]\d{0,15})$/.test(lengths[0]!) || !Number.isSafeInteger(Number(lengths[0])))
    return refuse("bad-length");
  return { kind: "length", bytes: Number(lengths[0]) };
}
