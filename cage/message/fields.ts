// The fields of a head: names in small letters, hop-by-hop fields taken out, the cage's own names dropped when they come from
// outside. What is left is decided and sent. Source: RFC 9110 sections 5 and 7.6.1; RFC 9112 section 6.
import { FIELDS_MAX, NAME_KNOWN_BYTES_MAX, NAMES_KNOWN_MAX } from "../limits.ts";
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

/** What a name means here; most of them nothing. */
interface Known {
  readonly name: string;
  readonly role: "kept" | "away" | "owned" | "host" | "length" | "coding" | "expect" | "connection" | "upgrade";
}
/** Names as they were spelled lately: a client sends the same ones again and again. */
const known = new Map<string, Known | null>();

/** Null when the name is none. */
function knownOf(raw: string): Known | null {
  let found = known.get(raw);
  if (found !== undefined) return found;
  const name = raw.toLowerCase();
  found = /^[a-z0-9-]+$/.test(name) ? { name, role: roleOf(name) } : null;
  if (known.size < NAMES_KNOWN_MAX && raw.length <= NAME_KNOWN_BYTES_MAX) known.set(raw, found);
  return found;
}

function roleOf(name: string): Known["role"] {
  if (name === "host") return "host";
  if (name === "content-length") return "length";
  if (name === "transfer-encoding") return "coding";
  if (name === "expect") return "expect";
  if (name === "connection") return "connection";
  if (name === "upgrade" || name === "http2-settings") return "upgrade";
  if (HOP_BY_HOP.has(name)) return "away";
  return owned(name) ? "owned" : "kept";
}

/** `raw`: names and values in turn, as they came over the wire. */
export function readFields(raw: readonly string[]): Fields | Refused {
  if (raw.length > 2 * FIELDS_MAX) return refuse("too-many-fields");
  const kept: Field[] = [];
  const dropped: string[] = [];
  const hosts: string[] = [];
  const codings: string[] = [];
  const lengths: string[] = [];
  const connection: string[] = [];
  let upgrade = false;
  let expectation = false;
  for (let at = 0; at < raw.length; at += 2) {
    const field = knownOf(raw[at]!);
    if (field === null) return refuse("field-name");
    const value = raw[at + 1]!;
    if (!plain(value)) return refuse("field-value");
    switch (field.role) {
      case "kept":
        kept.push([field.name, value]);
        break;
      case "owned":
        dropped.push(field.name);
        break;
      case "host":
        hosts.push(value);
        break;
      case "length":
        lengths.push(value);
        break;
      case "coding":
        codings.push(value);
        break;
      case "expect":
        expectation ||= value.toLowerCase() !== "100-continue";
        break;
      case "connection":
        connection.push(...value.split(",").map((word) => word.trim().toLowerCase()));
        break;
      case "upgrade":
        upgrade = true;
        break;
    }
  }
  if (hosts.length > 1) return refuse("two-hosts");
  const body = bodyOf(codings, lengths);
  if ("refused" in body) return body;
  if (expectation) return refuse("expectation");
  if (connection.some(guarded)) return refuse("connection-names-protected");
  if (upgrade || connection.includes("upgrade")) return refuse("upgrade");
  const fields = connection.length === 0 ? kept : kept.filter(([name]) => !connection.includes(name));
  return { fields, body, host: hosts[0] ?? null, dropped };
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
