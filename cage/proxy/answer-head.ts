// The head of an upstream's answer as it is handed on: names in small letters, hop-by-hop fields and the cage's own names taken out,
// bytes that a reader downstream could take for a line end refused. Source: RFC 9110 sections 5.5 and 7.6.1.
import { NAME_KNOWN_BYTES_MAX, NAMES_ALIKE_MAX, VALUE_KNOWN_BYTES_MAX } from "../limits.ts";
import type { Field } from "../message/fields.ts";
import type { Peer } from "../point.ts";
import { PEER_FIELD, readPeer } from "./peer.ts";

const DROPPED = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "proxy-authenticate",
  "proxy-authentication-info",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** What a name means here; most of them nothing. */
interface Known {
  readonly name: string;
  readonly role: "kept" | "dropped" | "peer" | "connection" | "length";
  /** As a server spelled it. */
  readonly spelled: string;
  /** The value it had last: most fields of a server say the same each time. */
  last: string;
}
/** Names that came lately, by their length. They and their values are known again by their bytes: a text of so few bytes takes longer to
 *  make than to compare. One text of the whole head, cut at each field, was no faster. */
const known: readonly Known[][] = Array.from({ length: NAME_KNOWN_BYTES_MAX + 1 }, () => []);

export interface AnswerHead {
  readonly fields: readonly Field[];
  /** Of the field Content-Length; null when there is none. */
  readonly length: number | null;
  /** What the cage of the upstream says of its record. Not there, too, where it is said twice. */
  readonly peer?: Peer;
}

/** `raw`: names and values in turn. Null when the head is none that can be handed on. */
export function readAnswerHead(raw: readonly Buffer[]): AnswerHead | null {
  const fields: Field[] = [];
  let away: string[] | null = null;
  let length: number | null = null;
  let said: string | null | undefined;
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const field = knownOf(raw[at]!);
    if (field === null) return null;
    const value = textOf(field, raw[at + 1]!);
    if (value === null) return null;
    switch (field.role) {
      case "connection":
        if (value === "keep-alive") continue;
        away ??= [];
        for (const word of value.split(",")) away.push(word.trim().toLowerCase());
        continue;
      case "dropped":
        continue;
      case "peer":
        said = said === undefined ? value : null;
        continue;
      case "length":
        if (length !== null || !/^\d{1,15}$/.test(value)) return null;
        length = Number(value);
    }
    fields.push([field.name, value]);
  }
  const peer = said === undefined || said === null ? null : readPeer(said);
  if (away === null) return peer === null ? { fields, length } : { fields, length, peer };
  const named = new Set(away);
  // The length and what the body is are for the caller, whatever Connection says.
  return {
    fields: fields.filter(([name]) => !named.has(name) || name === "content-length" || name === "content-type"),
    length,
    ...(peer === null ? {} : { peer }),
  };
}

/** Null when the name is no token. */
function knownOf(raw: Buffer): Known | null {
  const alike = known[raw.length];
  for (const each of alike ?? []) if (isText(raw, each.spelled)) return each;
  const spelled = raw.toString("latin1");
  const name = spelled.toLowerCase();
  if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name)) return null;
  const made: Known = { name, role: roleOf(name), spelled, last: "" };
  if (alike !== undefined && alike.length < NAMES_ALIKE_MAX) alike.push(made);
  return made;
}

/** Null when a reader downstream could take a byte of it for something else. */
function textOf(field: Known, raw: Buffer): string | null {
  if (isText(raw, field.last)) return field.last;
  if (!plain(raw)) return null;
  const text = raw.toString("latin1");
  if (raw.length <= VALUE_KNOWN_BYTES_MAX) field.last = text;
  return text;
}

/** From the end: names begin alike. */
function isText(bytes: Buffer, text: string): boolean {
  if (bytes.length !== text.length) return false;
  for (let at = text.length - 1; at >= 0; at--) if (bytes[at] !== text.charCodeAt(at)) return false;
  return true;
}

function roleOf(name: string): Known["role"] {
  if (name === "connection") return "connection";
  if (name === PEER_FIELD) return "peer";
  if (DROPPED.has(name) || name.startsWith("cage-")) return "dropped";
  return name === "content-length" ? "length" : "kept";
}

function plain(value: Buffer): boolean {
  for (let at = 0; at < value.length; at++) {
    const code = value[at]!;
    if ((code < 0x20 && code !== 0x09) || code === 0x7f) return false;
  }
  return true;
}
